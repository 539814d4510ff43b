"""What a prompt says of times of a recording ("sparse, but busy from 0:45 to 1:10"), as sections, see
`placed_clauses`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from subtract_core.spans import gaps, in_force
from subtract_core.stems import Stem
from subtract_core.understanding.other_players import without_other_players
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.placed_clauses import (
    HALF,
    HOW,
    MAKE,
    NOT_ALIKE,
    NUMBER,
    OF_SONG,
    TO_OR_AND,
    Span,
    counted,
    how,
    parted,
)

Times = tuple[float, float]
"""Where something begins and ends, in seconds."""

_SECONDS = {"s": 1, "m": 60}
_UNIT = r"(?:s|secs?|seconds?|mins?|minutes?)"
_AT = r"(?:(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?:\.\d+)?|\d{1,4}(?:\.\d+)? ?" + _UNIT + r")"
_TIME = lazy_pattern(
    rf"(?i){NOT_ALIKE}(?:(?P<how>(?<!\w){HOW}) |^(?:{MAKE})?)(?:(?P<first>{_AT})(?:{TO_OR_AND}(?P<last>{_AT}))?"
    r"(?P<on> on(?:wards?)?| (?:to|until|till) the end)?"
    rf"|(?:the )?(?P<end>first|last|final) (?P<count>{NUMBER}) (?P<unit>{_UNIT})|{HALF}){OF_SONG}"
)


def with_prompt(
    prompt: str, sentences: Mapping[float, str], stem: Stem, length: float
) -> tuple[str | None, dict[float, str]]:
    """A prompt without what it says of times, and that beside sentences that hold from a second on; "" where the rest
    of the prompt is all that holds. Where both begin together, a sentence that is given wins. length: of the recording,
    in seconds."""
    rest, placed = parted(prompt, _Times(length), lambda clause: without_other_players(clause, stem))
    if not placed:
        return prompt, dict(sentences)
    spans = [(begin, False, end, said) for (begin, end), said in placed.items()]
    spans += [(second, True, length, said) for second, said in sentences.items()]
    found = {second: said or "" for second, said in in_force(spans).items() if second < length}
    return rest or None, found


class _Times:
    """Finds words for times that a recording of so many seconds has."""

    def __init__(self, length: float) -> None:
        self.length = length

    def __call__(self, clause: str, mark: str = "") -> list[tuple[Span, Times]]:
        """Where times are named in a clause, and which."""
        return [(found.span(), place) for found in _TIME.finditer(clause) for place in self._meant(found)]

    def before(self, place: Times) -> Times | None:
        """What lies before a time."""
        return (0.0, place[0]) if place[0] > 0 else None

    def outside(self, places: Sequence[Times]) -> list[Times]:
        """What of the recording lies in none of some times."""
        return gaps(places, 0.0, self.length)

    def _meant(self, found: re.Match[str]) -> list[Times]:
        which = how(found)
        if found["first"]:
            is_clock = ":" in found["first"]
            if not is_clock and which == "in":  # "for 10 seconds" says not when
                return []
            first, last = _seconds(found["first"]), _seconds(found["last"] or found["first"])
            until = last if found["last"] else self.length
            begin, end = {"until": (0.0, first), "after": (last, self.length)}.get(which, (first, until))
        elif found["half"]:
            is_first = found["half"].lower() in ("first", "1st")
            begin, end = (0.0, self.length / 2) if is_first else (self.length / 2, self.length)
        else:
            lasting = counted(found["count"]) * _SECONDS[found["unit"][0].lower()]
            begin, end = (0.0, lasting) if found["end"].lower() == "first" else (self.length - lasting, self.length)
        place = max(begin, 0.0), min(end, self.length)
        if begin >= place[1]:
            return []
        return self.outside([place]) if which == "outside" else [place]


def _seconds(said: str) -> float:
    """Seconds of "1:05", "1:00:05", "45 seconds" or "2 minutes"."""
    if ":" in said:
        return float(sum(float(part) * 60**place for place, part in enumerate(reversed(said.split(":")))))
    number = re.match(r"[\d.]+", said)
    assert number
    return float(number[0]) * _SECONDS[said[number.end() :].strip()[0].lower()]
