"""Fast and slow: of a part they say how much it plays, as the tempo is the song's."""

from __future__ import annotations

import re
from dataclasses import replace

from subtract_core.facts import CHOICE
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_STYLES = "|".join(sorted({style for styles in CHOICE["style"].options.values() for style in styles}))
_DRIVEN = "rock|punk|metal|funk|disco|dance|hip hop|afrobeat|country"
"""Styles of which a fast one plays many notes; a fast swing, or a slow rock, is a tempo."""
_TEMPO = lazy_pattern(
    r"(?i)\b(?:tempos?|tempi|bpm|beats? (?:per|a) minute|metronome|(?:up|mid|down)[- ]?tempo|speed (?:it |this )?up"
    r"|slow (?:it |this |things )?down|rush\w*|drag(?:s|ging)?)\b"
    r"|\b(?:fast|quick|slow|brisk)(?:er)? (?:\w+ )?(?:songs?|tracks?|tunes?|pieces?|numbers?)\b"
    rf"|\b(?:slow|(?:fast|quick|brisk)(?! (?:{_DRIVEN})\b)) (?:{_STYLES}|bebop|bop|shuffle)\b"
    r"|\b(?:song|track|tune|piece) (?:is|should be) (?:\w+ )?(?:fast|slow|quick)"
)
"""Words for how fast a song is: what they ask for stays the tempo."""
_NOT = r"(?:\b(?:not|never|no|nothing|without|less|too)|n['\u2019]?t)"
_SPEED = lazy_pattern(
    rf"(?i)(?P<not>{_NOT} (?:(?:be|play|go|too|so|that|very|get|anything) )*)?\b(?P<very>(?:very|really|super|extremely"
    r"|insanely|as) )?(?:(?P<fast>fast(?:er)?|quick(?:er|ly)?|rapid(?:ly)?|speedy|brisk)|(?P<slow>slow(?:er|ly)?))\b"
    r"(?!-danc)"
)
_SOUND = lazy_pattern(
    r"(?i)\b(?:fast|quick|slow)(?:er)? (?:attacks?|decays?|releases?|vibratos?|strings|builds?(?:[- ]?ups?)?|fades?"
    r"|bends?|slides?|tremolos?)\b"
)
"""Words for a sound, or a change: neither the tempo nor the number of notes."""


def as_density(sentence: str, wish: Wish) -> Wish:
    """What a sentence about a part comes to: a wish in which fast and slow ask for many and few notes, unless it speaks
    of the tempo."""
    if _TEMPO.search(sentence):
        return wish
    others = {scale: level for scale, level in wish.levels.items() if scale != "tempo"}
    if _SOUND.search(sentence):
        return replace(wish, levels=others)
    level = wish.levels.get("tempo")
    found = _SPEED.search(sentence)
    if level is None and found and not _is_told_otherwise(found, wish):
        level = (0.75 if found["fast"] else 0.25) + (0.0 if not found["very"] else 0.25 if found["fast"] else -0.25)
        level = 1 - level if found["not"] else level
    if level is None:
        return wish
    return replace(wish, levels={"density": level, **others})


def _is_told_otherwise(found: re.Match[str], wish: Wish) -> bool:
    """Whether a word for speed says what was heard anyway: short notes in "quick jabs", half-time in "half as fast"."""
    figures = wish.options.get("figure", {})
    is_brief = "note length" in wish.levels and re.match(r"(?i)quick|brisk|slow", found["fast"] or found["slow"])
    return bool(is_brief) or "half-time" in figures or "double-time" in figures
