"""What a prompt says of bars and markers of a song, as sections, see `placed_clauses`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from midi_subtract.files.markers import Marker, plain_name, spans_named, unnumbered
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.placed_clauses import (
    HALF,
    HOW,
    NOT_ALIKE,
    NUMBER,
    OF_SONG,
    TO,
    counted,
    how,
    parted,
    without,
)

Bars = tuple[int, int]
"""First and last bar, counted from 1."""
InProse = str | Bars
"""A place that a prompt names: the name of markers, or bars."""

_NTH = {name: n for n, name in enumerate("first second third fourth fifth sixth".split())} | {"last": -1, "final": -1}
_WHICH = "|".join(_NTH)
_BARS = (
    rf"(?:bars?|measures?) (?P<first>\d{{1,4}})(?:{TO}(?:bar )?(?P<last>\d{{1,4}}))?(?P<on> on(?:wards?)?)?"
    rf"|(?:the )?(?P<end>first|last|final) (?P<count>{NUMBER}) (?:bars|measures)"
    rf"|(?:the )?(?P<nth>{_WHICH}) (?:bar|measure)|{HALF}"
)
_SECTION = lazy_pattern(
    r"intro|verse|chorus|bridge|refrain|outro|coda|break|drop|solo|hook|interlude|middle (?:eight|8)|build"
)
"""What names of markers are taken for places by themselves; others, such as "Groove", as "the groove section"."""
_IS = r"(?: (?:should|must|can|could|to|gets?|is|are|be|has|have|with))+"


def sections_in(
    prompt: str, markers: Sequence[Marker], bars: int, is_free: Callable[[str], bool] = lambda clause: True
) -> tuple[str, dict[InProse, str]]:
    """A prompt without the clauses about places that a song of so many bars has, and each of these places -> what they
    ask there. is_free: see `parted`."""
    return parted(prompt, _Places(markers, bars), is_free) if prompt else (prompt, {})


class _Places:
    """Finds words for places that a song has."""

    def __init__(self, markers: Sequence[Marker], bars: int) -> None:
        self.markers, self.bars = markers, bars
        names = {plain_name(name) for marker in markers for name in (marker.name, unnumbered(marker.name))}
        name = "|".join(
            re.escape(n) + ("" if _SECTION.search(n) else "(?= (?:section|part))") for n in sorted(names, key=len)[::-1]
        )
        which = rf"(?P<which>(?:{_WHICH}) )?(?P<name>{name or '(?!)'})"
        the = r"(?:(?:the|my|our|all|all the|both|both the|each|every) )?"
        behind = rf"(?: (?P<number>[1-9]))?(?: section| part)?{OF_SONG}"
        self._in = re.compile(
            rf"(?i){NOT_ALIKE}(?:(?P<how>(?<!\w){HOW}) |^)(?:(?:{_BARS}){OF_SONG}|{the}{which}(?:e?s)?{behind})"
        )
        self._of = re.compile(rf"(?i){the}{which}(?P<several>e?s)?{behind}(?P<verb>{_IS})?(?: |$)")

    def spans(self, clause: str) -> list[tuple[int, int]]:
        """Where places are named in a clause."""
        return [found.span() for found in self._in.finditer(clause) if self._meant(found)]

    def __call__(self, clause: str, mark: str) -> tuple[list[InProse], str]:
        """The places that a clause names, and the clause without them. mark: what stands behind it."""
        found = [(match.span(), place) for match in self._in.finditer(clause) if (place := self._meant(match))]
        if not found and (match := self._of.match(clause)):
            alone = mark.startswith(":") and match.end() == len(clause)
            is_meant = alone or ((match["verb"] or match["several"]) and match.end() < len(clause))
            if is_meant and (place := self._named(match, "in")):
                found = [(match.span(), place)]
        return [place for _, place in found], without(clause, [span for span, _ in found])

    def before(self, place: InProse) -> Bars | None:
        """The bars before a place, or before the first of several."""
        first = spans_named(place, self.markers, self.bars)[0][0][0] if isinstance(place, str) else place[0]
        return (1, first - 1) if first > 1 else None

    def _meant(self, found: re.Match[str]) -> InProse | None:
        which = how(found)
        if found["name"]:
            is_another = not found["how"] or (found["until"] or "").lower() == "before"  # "fill before the chorus"
            return None if is_another else self._named(found, which)
        which = "from" if found["on"] else "in" if which == "from" and found["last"] else which
        return self._bars(which, *self._counted(found))

    def _bars(self, which: str, first: int, last: int) -> Bars | None:
        """Bars from, until or after some; None for those that the song has not."""
        begin, end = {
            "until": (1, first - 1), "after": (last + 1, self.bars), "from": (first, self.bars), "in": (first, last),
        }[which]  # fmt: skip
        return (begin, min(end, self.bars)) if 1 <= begin <= min(end, self.bars) else None

    def _counted(self, found: re.Match[str]) -> Bars:
        if found["first"]:
            return int(found["first"]), int(found["last"] or found["first"])
        if found["half"]:
            middle = self.bars // 2
            return (1, middle) if found["half"].lower() == "first" else (middle + 1, self.bars)
        if found["count"]:
            count = counted(found["count"])
            return (1, count) if found["end"].lower() == "first" else (self.bars - count + 1, self.bars)
        nth = _NTH[found["nth"].lower()]
        bar = self.bars if nth < 0 else nth + 1
        return bar, bar

    def _named(self, found: re.Match[str], which: str) -> InProse | None:
        spans, _ = spans_named(found["name"], self.markers, self.bars)
        nth = int(found["number"]) - 1 if found["number"] else _NTH.get((found["which"] or "").strip().lower())
        is_unsure = which == "after" and nth is None and len(spans) > 1
        if not spans or is_unsure or (nth is not None and nth >= len(spans)):
            return None
        if nth is None and which == "in":
            return plain_name(found["name"])
        first, stop = spans[nth or 0]
        return self._bars(which, first, stop - 1)
