"""Phrases of a sentence, read each by itself: of "low, soft, sparse" the text encoder is apt to hear two words alone.

Of the 200 sentences of `benchmarks/text_understanding.py` as many are wholly right with this as without it, of lists of
two to four words such as these 99% rather than 84%.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.plain import plain
from subtract_core.understanding.words import split
from subtract_core.wish import Wish

_BREAK = lazy_pattern(r"\s*[,;.:!?]+(?:\s+|$)|\s+-+\s+|\s+[\u2013\u2014]\s+|\s+but\s+")
_PIECES = lazy_pattern(f"({_BREAK.pattern})")
_MARKS = " ,.;:!?"
_LONGEST = 3  # words; in longer phrases much hangs on the rest of the sentence
_MOST = 20  # phrases of which it is told whether they say nothing; each takes two readings
_APART = 0.26  # levels of two phrases that lie farther apart are a contrast, and ask for neither: "soft, then loud"
_ONE_OF = ("sound", "style", "figure")  # choices of which another option is none too few
_POLITE = lazy_pattern(r"(?i)(?:(?:and|but|yes|yeah|ok|okay|please|pls|thanks|thank you|so|now|then|well|hey|hi) ?)+")


def phrases(sentence: str) -> list[str]:
    """The parts of a sentence between commas, stops, dashes and "but", in their order."""
    parts = (part.strip(_MARKS) for part in _BREAK.split(" ".join(sentence.split())))
    return [part for part in parts if part]


def taken_up(whole: Wish, alone: Sequence[tuple[str, Wish, Wish]]) -> Wish:
    """A wish with what short phrases surely ask for by themselves, where it says nothing of it.

    alone: every phrase, what it likely asks for, and what it surely does."""
    levels, options = dict(whole.levels), {choice: dict(said) for choice, said in whole.options.items()}
    for phrase, _, sure in alone:
        if len(split(phrase)) > _LONGEST:
            continue
        for scale, level in sure.levels.items():
            if all(abs(likely.levels.get(scale, level) - level) <= _APART for _, likely, _ in alone):
                levels.setdefault(scale, level)
        for choice, said in sure.options.items():
            if not (choice in _ONE_OF and any(whole.options.get(choice, {}).values())):
                options[choice] = {**said, **options.get(choice, {})}
    return Wish(levels, options)


def not_understood(sentence: str, understand: Callable[[str], Wish], is_known: Callable[[str], bool]) -> list[str]:
    """The phrases of a sentence that say nothing: neither is anything that they ask for by themselves asked for by the
    whole, nor does that change without them; of the first `_MOST` different ones.

    is_known: tells phrases that say something else than a wish does."""
    whole, pieces = understand(sentence), _PIECES.split(" ".join(sentence.split()))
    places = {pieces[at].strip(_MARKS): at for at in range(0, len(pieces), 2)}  # marks stand between them
    lost = []
    for part, at in islice(places.items(), _MOST):
        if not part or _POLITE.fullmatch(part) or is_known(part) or _agree(understand(part), whole):
            continue
        without = "".join(pieces[:at] + pieces[at + 2 :])
        if plain(without).strip(_MARKS) == plain(sentence).strip(_MARKS):  # a reason, or a courtesy
            continue
        if not without.strip(_MARKS) or _is_same(understand(without), whole):
            lost.append(part)
    return lost


def _is_same(one: Wish, other: Wish) -> bool:
    """Whether two wishes are one but for a shade of their levels."""
    if one.levels.keys() != other.levels.keys():
        return False
    near = all(abs(level - other.levels[scale]) <= _APART / 2 for scale, level in one.levels.items())
    return near and replace(one, levels=other.levels) == other


def _agree(part: Wish, whole: Wish) -> bool:
    """Whether a part of a sentence speaks of something of which the whole does."""
    spoken = ({*wish.levels, *((c, o) for c, said in wish.options.items() for o in said)} for wish in (part, whole))
    first, second = spoken
    return bool(first & second) or (bool(part) and not part.is_told)
