"""The wish that facts stated in words come to."""

from __future__ import annotations

from collections.abc import Iterable

from subtract_core.facts import SCALE
from subtract_core.instructions.worded import State
from subtract_core.wish import LEVELS, Wish


def level_of(scale: str, word: str, negated: bool) -> int:
    """The level (0 to LEVELS - 1) that a word of a scale asks for; ruled out, it asks for the other side."""
    words = SCALE[scale].words
    place = round(words.index(word) * (LEVELS - 1) / (len(words) - 1))
    if not negated:
        return place
    other = LEVELS - 1 - place
    return other if len(words) < LEVELS else min(max(other, 1), LEVELS - 2)


def wish_of(states: Iterable[State]) -> Wish:
    """The wish that states come to, as the text encoder is trained to understand them; what is stated last wins."""
    levels: dict[str, float] = {}
    options: dict[str, dict[str, bool]] = {}
    for state in states:
        if state.fact in SCALE:
            levels[state.fact] = level_of(state.fact, state.word, state.negated) / (LEVELS - 1)
        else:
            options.setdefault(state.fact, {})[state.word] = not state.negated
    return Wish(levels, options)
