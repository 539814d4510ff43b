"""Clauses of a prompt about places in the song ("no hats in bars 1 to 8, loud in the chorus"), parted from the rest.

What a place is, a backend knows: bars and markers of a MIDI song, times of a recording.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol, TypeVar

from subtract_core.understanding.clauses import one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern

P = TypeVar("P")
REST = "rest"
"""Said of what lies before the place where the part comes in."""
COUNTS = {name: n for n, name in enumerate("one two three four five six seven eight".split(), 1)}
COUNTS |= {"twelve": 12, "sixteen": 16}
NUMBER = rf"(?:\d{{1,4}}|{'|'.join(COUNTS)})"
TO = r" ?(?:-|\u2013|to|until|till|through|and) ?"
HOW = (
    r"(?:(?:only|just|but|all) )*(?:(?P<until>(?:un)?till?|up to|before)|(?P<after>after)"
    r"|(?P<from>(?:starting |beginning )?from|(?:starting|beginning) (?:at|in|on|with))"
    r"|in|during|for|on|over|throughout|through|between|at)"
)
"""What stands before a place; its groups name what of the song is meant, see `stretch`."""
OF_SONG = r"(?: of (?:the|this|my) (?:whole |entire )?(?:song|piece|track|tune|recording))?(?![\w'\u2019])(?! of\b)"
"""What may stand behind a place, and what may not: "the last bar of every verse" is another."""
HALF = r"the (?P<half>first|second|last) half"
NOT_ALIKE = r"(?<!like )(?<!as )(?<!than )"
_THEN = r"(?:and\s+)?then\s+"
_BREAK = lazy_pattern(rf"[,.;:!?]+(?:\s+(?:{_THEN})?|$)|\s+but\s+|\s+{_THEN}|\s+[-\u2013\u2014]+\s+")
_AND = lazy_pattern(r"(?i) and(?= )")
_STRONG = lazy_pattern(r"[.;!?]|^$")
_AS_IT_WAS = lazy_pattern(r"(?i)\b(?:as|than|like|what|where|how|which) (?:you|it|we|i|he|she|they|there)\b")
"""What was there, with which a clause compares: "half of what you played in the chorus"."""
_POLITE = lazy_pattern(r"(?i)(?:please|pls|thanks|thank you|thx|[\s,.!])+")
_COMES_IN = lazy_pattern(
    r"(?i)(?:(?:the|my|part|drum(?:s|mer)?|bass|guitars?|keys|piano|strings|lead|it|and|only|just|should|must|to) )*"
    r"(?:comes?|coming|enters?|starts?|begins?|kicks?|joins?)(?: playing)?(?: in)?"
)


class Places(Protocol[P]):
    """Finds words for places that a song has."""

    def spans(self, clause: str) -> list[tuple[int, int]]:
        """Where places are named in a clause."""

    def __call__(self, clause: str, mark: str) -> tuple[list[P], str]:
        """The places that a clause names, and the clause without them. mark: what stands behind it."""

    def before(self, place: P) -> P | None:
        """What lies before a place, or before the first of several; None at the beginning of the song."""


def parted(prompt: str, find: Places[P], is_free: Callable[[str], bool]) -> tuple[str, dict[P, str]]:
    """A prompt without the clauses about places that the song has, and each of these places -> what they ask there.

    is_free: whether a clause that names a place may be taken for one about it; other words for places, such as those
    for fills, are read elsewhere.
    "In the chorus: loud, on the ride" is about the chorus up to the next place or the end of the sentence, and "come in
    at bar 9" asks for rests before it. Places that the song has not stay in the prompt.
    """
    kept, said, header = list[str](), dict[P, list[str]](), list[P]()
    for clause, mark in _clauses(" ".join(prompt.split()), find):
        is_of_place = not _AS_IT_WAS.search(clause) and is_free(clause)
        places, rest = find(clause, mark) if is_of_place else ([], clause)
        ends = _STRONG.search(mark.strip()) is not None
        if places and not rest and ends and kept and not _STRONG.search(kept[-1]):
            rest = tidied(kept.pop())  # "swing it, but only in the bridge"
        if places and _COMES_IN.fullmatch(rest):
            before = find.before(places[0])
            places, rest = ([], "") if before is None else ([before], REST)
        for place in places or header:
            said.setdefault(place, []).extend([rest] if rest else [])
        if not places and not header:
            kept.append(clause + mark)
        header = [] if ends or (places and rest) else places or header
    asked = {place: ", ".join(clauses) for place, clauses in said.items() if clauses}
    rest = tidied(one_comma("".join(kept)))
    return ("" if _POLITE.fullmatch(rest) else rest) if asked else prompt, asked


def _clauses(text: str, find: Places[P]) -> list[tuple[str, str]]:
    """Clauses, and the marks behind them; one about two places is two ("soft in the verse and loud in the chorus")."""
    found, begin = list[tuple[str, str]](), 0
    for mark in [*_BREAK.finditer(text), None]:
        clause, sign = (text[begin : mark.start()], mark[0]) if mark else (text[begin:], "")
        begin = mark.end() if mark else begin
        while len(spans := find.spans(clause)) > 1:
            joints = [a for a in _AND.finditer(clause) if spans[0][1] <= a.start() and a.end() < spans[1][0] - 1]
            if not joints:
                break
            found.append((clause[: joints[-1].start()], ", "))
            clause = clause[joints[-1].end() + 1 :]
        if clause:
            found.append((clause, sign))
    return found


def how(found: re.Match[str]) -> str:
    """What of the song is meant by `HOW`: "in" a place, "until", "from" or "after" it."""
    return next((name for name in ("until", "after", "from") if found[name]), "in")


def counted(said: str) -> int:
    """A number in digits or words, see `NUMBER`."""
    return COUNTS.get(said.lower()) or int(said)


def without(clause: str, spans: list[tuple[int, int]]) -> str:
    """A clause without some stretches of it, which are in order."""
    for begin, end in reversed(spans):
        clause = clause[:begin] + clause[end:]
    return tidied(clause) if spans else clause
