"""Clauses of a sentence, and whether one denies what it names: what all who read words by rule share."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import dropwhile

from subtract_core.understanding.patterns import lazy_pattern

_PIECE = lazy_pattern(r"\w+|\s+|[^\w\s]")
_JOINT = lazy_pattern(r"\s+|[,.;:!?\u2013\u2014-]|and|but")
_MARKS = lazy_pattern(r"(?:\s*[,;])+")
CLAUSE = lazy_pattern(r"([,.;:!?]+(?:\s+|$)|\s+[-\u2013\u2014]+\s+|\s+and\s+|\s+but\s+)")
DENIAL = lazy_pattern(
    r"(?i)\b(?:no|(?<!why )not|cannot|never|nor|without|avoid\w*|instead of|dont|\w+n['\u2019]t)\b"
    r"(?! (?:forget|hesitate|enough|be (?:afraid|shy))\b)"
)
"""Words that deny what follows them in a clause; "don't forget to" and "not enough" ask for it."""


def is_meant(found: re.Match[str], elsewhere: re.Pattern[str] | None = None) -> bool:
    """Whether the clause of some words neither denies them nor has one of `elsewhere`, which speaks of another thing
    than they do."""
    text = found.string
    begins, ends = _clauses(text)
    begin = begins[bisect_right(begins, found.start()) - 1]
    if DENIAL.search(text[begin : found.start()]):
        return False
    return not (elsewhere and elsewhere.search(text[begin : ends[bisect_left(ends, found.end())]]))


@lru_cache(maxsize=16)
def _clauses(text: str) -> tuple[list[int], list[int]]:
    """Where the clauses of a text begin, and where they end."""
    between = list(CLAUSE.finditer(text))
    return [0, *(mark.end() for mark in between)], [*(mark.start() for mark in between), len(text)]


def one_comma(rest: str) -> str:
    """What is left of a sentence, with one comma where marks stand in a row since the words between them are gone."""
    return _MARKS.sub(",", rest)


def tidied(rest: str) -> str:
    """What is left of a sentence, without marks and conjunctions at its ends."""
    words = _PIECE.findall(rest)
    while words and _JOINT.fullmatch(words[-1]):
        words.pop()
    return " ".join("".join(dropwhile(_JOINT.fullmatch, words)).split())
