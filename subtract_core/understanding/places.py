"""Words for a place in a song, of which a sentence that holds throughout cannot speak."""

from __future__ import annotations

import re

from subtract_core.choice import shown

_PARTS = (
    r"(?:intro(?:duction)?|(?:pre-?)?chorus(?:es)?|verses?|bridge|refrain|outro|coda|breakdown|drop|middle eight|"
    r"solos?|(?:beginning|start|end|ending)(?! of (?!(?:the|this) (?:song|piece|track|tune))))"
)
_WHICH = r"(?:(?:first|second|third|last|final|next|whole|entire|other) )?"
_PLACE = re.compile(
    rf"(?i)(?<!like )(?<!as )(?<!than )\b(?:"
    rf"(?:in|at|during|before|after|until|till|towards?|into|from|for|through) (?:the|a|my|our|its) {_WHICH}{_PARTS}"
    rf"|(?:in|during|for) (?:all )?(?:verses|choruses|intros|bridges|solos)"
    rf"|(?:the )?(?:first|last) (?:\d+|two|three|four|eight|twelve|sixteen) bars"
    rf"|(?:from |at |in |until |to |on )?bars? \d+(?: ?(?:-|to|until|and) ?\d+)?"
    rf"|fad(?:e|es|ing) (?:in|out)"
    rf")\b"
)


def place_in(sentence: str) -> str | None:
    """The first words of a sentence that name a place in a song ("in the chorus", "from bar 9"), if any do."""
    found = _PLACE.search(" ".join(sentence.split()))
    return found[0] if found else None


def place_warning(sentence: str, instead: str) -> str | None:
    """What to say of a sentence for a whole song that names a place in it, if one does. instead: how to give it."""
    place = place_in(sentence)
    return place and f"the prompt holds for the whole song, {shown(place)} or not; {instead}"
