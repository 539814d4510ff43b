"""Clauses of a prompt about places in the song ("no hats in bars 1 to 8, loud in the chorus"), parted from the rest.

What a place is, a backend knows: bars and markers of a MIDI song, times of a recording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from subtract_core.understanding.clauses import one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern

P = TypeVar("P")
Span = tuple[int, int]
REST = "rest"
"""Said of what lies before the place where the part comes in."""
COUNTS = {name: n for n, name in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)}
COUNTS["sixteen"] = 16
NUMBER = rf"(?:\d{{1,4}}|{'|'.join(COUNTS)})"
TO = r"(?: ?[-\u2013] ?| (?:to|until|till|through|thru) )"
HOW = (
    r"(?:(?:only|just|but|all) )*(?:(?P<until>(?:un|')?till?|up to|before)|(?P<after>after)"
    r"|(?P<from>(?:starting |beginning )?from|(?:starting|beginning) (?:at|in|on|with))"
    r"|(?P<outside>(?:everywhere (?:else )?but|(?:everywhere (?:else )?)?(?:except|apart from|other than|outside|not))"
    r"(?: (?:for|from|in|during|on|of|at))*)|(?P<at>at)|(?P<between>between)"
    r"|(?P<when>(?:every|each) time|when(?:ever)?)(?: (?:we|you) (?:get|come|hit|are|reach)(?: (?:in|to))?)?"
    r"|in|during|for|on|over|throughout|through)"
)
"""What stands before a place; its groups name what of the song is meant, see `how`."""
TO_OR_AND = rf"(?:{TO}|(?(between) and |(?!)))"
"""Behind `HOW`, between the first and the last of a range."""
OF_SONG = r"(?: of (?:the|this|my) (?:whole |entire )?(?:song|piece|track|tune|recording))?(?![\w'\u2019])(?! of\b)"
"""What may stand behind a place, and what may not: "the last bar of every verse" is another."""
HALF = r"(?:the )?(?P<half>first|1st|second|2nd|last) half"
MAKE = r"(?:make|keep|let|leave|have|play|give) "
"""What else may stand before a place at the beginning of a clause."""
NOT_ALIKE = r"(?<!like )(?<!as )(?<!than )"
_THEN = r"(?:and\s+)?then\s+"
_BREAK = lazy_pattern(
    rf"[,.;:!?]+(?:\s+(?:{_THEN})?|$)|(?:\.\.+|\u2026)(?:{_THEN})?|(?<!where)(?<!else)\s+but\s+|\s+{_THEN}"
    r"|\s+[-\u2013\u2014/=]+\s+(?!\d+(?!\w))"
)
_AND = lazy_pattern(r"(?i) and(?= )")
_STRONG = lazy_pattern(r"[.;!?]|^$")
_AS_IT_WAS = lazy_pattern(r"(?i)\b(?:as|than|like|what|where|how|which) (?:you|it|we|i|he|she|they|there)\b")
"""What was there, with which a clause compares: "half of what you played in the chorus"."""
_POLITE = lazy_pattern(r"(?i)(?:please|pls|thanks|thank you|thx|[\s,.!])+")
_PART = (
    r"(?:(?:the|my|part|drum(?:s|mer)?|bass|guitars?|keys|piano|strings|lead|it|and|only|just|should|must|to|have|let"
    r") )*"
)
_COMES_IN = lazy_pattern(
    rf"(?i){_PART}(?:(?:(?:comes?|coming|kicks?|joins?) in|enters?)(?: (?:with |playing )?(?P<then>.+))?"
    r"|(?:comes?|coming|starts?|begins?|joins?)(?: playing)?(?: in)?)"
)
_PLAYS = lazy_pattern(rf"(?i){_PART}plays?(?: only| just)?")
_ONLY = lazy_pattern(r"(?i)\b(?:only|just)\b")


class Places(Protocol[P]):
    """Finds words for places that a song has."""

    def __call__(self, clause: str, mark: str = "") -> list[tuple[Span, P]]:
        """Where places are named in a clause, in order, and which. mark: what stands behind it."""

    def before(self, place: P) -> P | None:
        """What lies before a place, or before the first of several; None at the beginning of the song."""

    def outside(self, places: Sequence[P]) -> list[P]:
        """What of the song lies in none of some places."""


def parted(prompt: str, find: Places[P], own: Callable[[str], str]) -> tuple[str, dict[P, str]]:
    """A prompt without the clauses about places that the song has, and each of these places -> what they ask there.

    own: a clause without what is not about the part, or read elsewhere, such as places of fills; a place that goes with
    it is none.
    "In the chorus: loud, on the ride" is about the chorus up to the next place or the end of the sentence, and "come in
    at bar 9" asks for rests before it. Places that the song has not stay in the prompt.
    """
    kept, said, header = list[str](), dict[P, list[str]](), list[P]()
    for clause, mark in _clauses(re.sub(r"\s*[()]\s*", ", ", " ".join(prompt.split())), find):
        places, rest = _placed(clause, mark, find, own)
        ends = _STRONG.search(mark.strip()) is not None
        if places and not rest and ends and kept and not _STRONG.search(kept[-1]):
            rest = tidied(kept.pop())  # "swing it, but only in the bridge"
        if places and _PLAYS.fullmatch(rest) and _ONLY.search(clause):
            places, rest = find.outside(places), REST
        elif places and (comes := _COMES_IN.fullmatch(rest)):
            kept += [comes["then"] + mark] if comes["then"] else []
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


def _placed(clause: str, mark: str, find: Places[P], own: Callable[[str], str]) -> tuple[list[P], str]:
    """The places that a clause is about, and what is left of it."""
    found = [] if _AS_IT_WAS.search(clause) else find(clause, mark)
    mine = own(clause) if found else ""
    if any(clause[begin:end].strip() not in mine for (begin, end), _ in found):
        return [], clause
    return list(dict.fromkeys(place for _, place in found)), _without(clause, [span for span, _ in found])


def _clauses(text: str, find: Places[P]) -> list[tuple[str, str]]:
    """Clauses, and the marks behind them; one about two places is two ("soft in the verse and loud in the chorus")."""
    found, begin = list[tuple[str, str]](), 0
    for mark in [*_BREAK.finditer(text), None]:
        clause, sign = (text[begin : mark.start()], mark[0]) if mark else (text[begin:], "")
        begin = mark.end() if mark else begin
        if clause:
            halves = _split(clause, find)
            found += [*((half, ", ") for half in halves[:-1]), (halves[-1], sign)]
    return found


def _split(clause: str, find: Places[P]) -> list[str]:
    """A clause, or two that "and" joins where each is about a place: places stand first in both, or last."""
    joints, found = list(_AND.finditer(clause)), find(clause)
    for joint in reversed(joints) if found and not found[0][0][0] else joints:
        halves = clause[: joint.start()], clause[joint.end() + 1 :]
        if all(half != _without(half, [span for span, _ in find(half)]) != "" for half in halves):
            return [part for half in halves for part in _split(half, find)]
    return [clause]


def how(found: re.Match[str]) -> str:
    """What of the song is meant by `HOW`: "in" a place, "until", "from", "after" or "outside" it."""
    return next((name for name in ("until", "after", "from", "outside") if found[name]), "in")


def counted(said: str) -> int:
    """A number in digits or words, see `NUMBER`."""
    return COUNTS.get(said.lower()) or int(said)


def _without(clause: str, spans: list[tuple[int, int]]) -> str:
    """A clause without some stretches of it."""
    for begin, end in sorted(set(spans), reverse=True):
        clause = clause[:begin] + clause[end:]
    return tidied(clause) if spans else clause
