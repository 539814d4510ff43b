"""Words for a place in a song, of which a sentence that holds throughout cannot speak."""

from __future__ import annotations

import re

from subtract_core.choice import shown
from subtract_core.understanding.patterns import lazy_pattern

_PARTS = (
    r"(?:intro(?:duction)?|(?:pre-?)?chorus(?:es)?|verses?|bridge|refrain|outro|coda|breakdown|drop|middle eight|"
    r"solos?|(?:beginning|start|end|ending)(?! of (?!(?:the|this) (?:song|piece|track|tune))))"
)
_WHICH = r"(?:(?:first|second|third|last|final|next|whole|entire|other) )?"
_NUMBER = r"(?:\d+|two|three|four|eight|twelve|sixteen)"
_MORE = (
    r"(?:(?:busi|loud|soft|quiet|full|dens|thick|hard|heavi|light|simpl|spars|high|low|bigg)er"
    r"|(?:more|less) (?:intense|busy|dense|active|energetic|aggressive|complex|notes))"
)
_NOT_ALIKE = r"(?<!like )(?<!as )(?<!than )\b"
_BARS = (
    rf"(?:the )?(?:first|last|final) {_NUMBER} (?:bars|measures)"
    r"|(?:(?<=^)|(?<=[,.;:] ))(?:the )?(?:first|last|final) (?:bar|measure):?(?! of (?:every|each|a|all|the phrase)\b)"
    rf"|(?:in|for|during|until|till|after|over|on) the (?:first|second|third|fourth|last|final)"
    rf"(?: (?:bar|measure)(?! of (?:every|each|a|all)\b)| {_NUMBER}(?=\s*(?:$|[,.;:!?)]|(?:and|but|then)\b)))"
    rf"|{_MORE} (?:every|each) {_NUMBER} (?:bars|measures)"
    rf"|(?:from |at |in |until |to |on )?bars? \d+(?: ?(?:-|to|until|and) ?\d+)?"
)
_SOME_BARS = lazy_pattern(rf"(?i){_NOT_ALIKE}(?:{_BARS})\b")
_PLACE = lazy_pattern(
    rf"(?i){_NOT_ALIKE}(?:"
    rf"(?:in|at|during|before|after|until|till|towards?|into|from|for|through) (?:the|a|my|our|its) {_WHICH}{_PARTS}"
    rf"|(?:in|during|for) (?:all )?(?:verses|choruses|intros|bridges|solos)"
    rf"|{_BARS}"
    rf"|fad(?:e|es|ing) (?:in|out)"
    rf")\b"
)
_BREAK = lazy_pattern(r"[,.;:!?]+(?:\s+|$)|\s+but\s+|\s+(?:and\s+)?then\s+")


def place_in(sentence: str) -> str | None:
    """The first words of a sentence that name a place in a song ("in the chorus", "from bar 9"), if any do."""
    found = _PLACE.search(" ".join(sentence.split()))
    return found[0] if found else None


def is_place(words: str) -> bool:
    """Whether words name a place in a song and say nothing else."""
    return bool(_PLACE.fullmatch(re.sub(r"(?i)\b(?:only|just)\b", "", words).strip(" ,.;:!?")))


def without_places(sentence: str) -> str:
    """A sentence without the clauses about some bars by number ("no hats in the first 4 bars", "busier every 4 bars"):
    nobody means those to hold throughout. Clauses about parts of a song ("louder in the chorus") stay."""
    clauses = [clause for clause in _BREAK.split(" ".join(sentence.split())) if clause]
    kept = [clause for clause in clauses if not _SOME_BARS.search(clause)]
    return sentence if len(kept) == len(clauses) else ", ".join(kept)


def place_warning(sentence: str, instead: str) -> str | None:
    """What to say of a sentence for a whole song that names a place in it, if one does. instead: how to give it."""
    place = place_in(sentence)
    left_out = "says nothing" if place and _SOME_BARS.search(place) else "or not"
    return place and f"the prompt holds for the whole song, {shown(place)} {left_out}; {instead}"
