"""What a prompt says of places in the song ("no hats in bars 1 to 8, loud in the chorus"), as sections."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from midi_subtract.files.markers import Marker, plain_name, spans_named, unnumbered
from midi_subtract.words.clauses import one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern

Bars = tuple[int, int]
"""First and last bar, counted from 1."""
InProse = str | Bars
"""A place that a prompt names: the name of markers, or bars."""
REST = "rest"
"""Said of the bars before the part comes in."""

_COUNT = {name: n for n, name in enumerate("one two three four five six seven eight".split(), 1)}
_COUNT |= {"twelve": 12, "sixteen": 16}
_NTH = {name: n for n, name in enumerate("first second third fourth fifth sixth".split())} | {"last": -1, "final": -1}
_NUMBER, _WHICH = rf"(?:\d{{1,4}}|{'|'.join(_COUNT)})", "|".join(_NTH)
_TO = r" ?(?:-|\u2013|to|until|till|through|and) ?(?:bar )?"
_HOW = (
    r"(?:(?:only|just|but|all) )*(?:(?P<until>(?:un)?till?|up to|before)|(?P<after>after)"
    r"|(?P<from>(?:starting |beginning )?from|(?:starting|beginning) (?:at|in|on|with))"
    r"|in|during|for|on|over|throughout|through|at)"
)
_NOT_OF = r"(?! of (?:every|each|a|all)\b)"
_BARS = (
    rf"(?:bars?|measures?) (?P<first>\d{{1,4}})(?:{_TO}(?P<last>\d{{1,4}}))?(?P<on> on(?:wards?)?)?"
    rf"|(?:the )?(?P<end>first|last|final) (?P<count>{_NUMBER}) (?:bars|measures){_NOT_OF}"
    rf"|(?:the )?(?P<nth>{_WHICH}) (?:bar|measure){_NOT_OF}"
    r"|the (?P<half>first|second|last) half(?! of (?:every|each|the bar|a bar))"
)
_SECTION = lazy_pattern(
    r"intro|verse|chorus|bridge|refrain|outro|coda|break|drop|solo|hook|interlude|middle (?:eight|8)|build"
)
"""What names of markers are taken for places by themselves; others, such as "Groove", as "the groove section"."""
_BREAK = lazy_pattern(
    r"[,.;:!?]+(?:\s+(?:(?:and\s+)?then\s+)?|$)|\s+but\s+|\s+(?:and\s+)?then\s+|\s+[-\u2013\u2014]+\s+"
)
_AND = lazy_pattern(r"(?i) and(?= )")
_STRONG = lazy_pattern(r"[.;!?]|^$")
_IS = r"(?: (?:should|must|can|could|to|gets?|is|are|be|has|have|with))+"
_COMES_IN = lazy_pattern(
    r"(?i)(?:(?:the|my|part|drum(?:s|mer)?|bass|guitars?|keys|piano|strings|lead|it|and|only|just|should|must|to) )*"
    r"(?:comes?|coming|enters?|starts?|begins?|kicks?|joins?)(?: playing)?(?: in)?"
)


def sections_in(
    prompt: str, markers: Sequence[Marker], bars: int, is_free: Callable[[str], bool] = lambda clause: True
) -> tuple[str, dict[InProse, str]]:
    """A prompt without the clauses about places that the song has, and each of these places -> what they ask there.

    bars: how many the song has. is_free: whether a clause that names a place may be taken for one about it; other words
    for places, such as those for fills, are read elsewhere.
    "In the chorus: loud, on the ride" is about the chorus up to the next place or the end of the sentence, and "come in
    at bar 9" asks for rests before it. Places that the song has not stay in the prompt.
    """
    find = _Places(markers, bars)
    kept, said, header = list[str](), dict[InProse, list[str]](), list[InProse]()
    for clause, mark in _clauses(" ".join(prompt.split()), find):
        places, rest = find(clause, mark) if is_free(clause) else ([], clause)
        ends = _STRONG.search(mark.strip()) is not None
        if places and not rest and ends and kept and not _STRONG.search(kept[-1]):
            rest = tidied(kept.pop())  # "swing it, but only in the bridge"
        if places and _COMES_IN.fullmatch(rest):
            first = find.first(places[0])
            places, rest = [(1, first - 1)] if first > 1 else [], REST if first > 1 else ""
        for place in places or header:
            said.setdefault(place, []).extend([rest] if rest else [])
        if not places and not header:
            kept.append(clause + mark)
        header = [] if ends or (places and rest) else places or header
    asked = {place: ", ".join(clauses) for place, clauses in said.items() if clauses}
    return (tidied(one_comma("".join(kept))) if asked else prompt), asked


def _clauses(text: str, find: _Places) -> list[tuple[str, str]]:
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


class _Places:
    """Finds words for places that a song has."""

    def __init__(self, markers: Sequence[Marker], bars: int) -> None:
        self.markers, self.bars = markers, bars
        names = {plain_name(name) for marker in markers for name in (marker.name, unnumbered(marker.name))}
        name = "|".join(
            re.escape(n) + ("" if _SECTION.search(n) else "(?= (?:section|part))") for n in sorted(names, key=len)[::-1]
        )
        which = rf"(?P<which>(?:{_WHICH}) )?(?P<name>{name or '(?!)'})"
        the = r"(?:(?:the|my|our|all|all the|each|every) )?"
        not_of = r"(?: section| part)?(?![\w'\u2019])(?! of (?!the song))"
        self._in = re.compile(
            rf"(?i)(?<!like )(?<!as )(?<!than )(?:(?P<how>(?<!\w){_HOW}) |^)"
            rf"(?:(?:{_BARS})(?!\w)|{the}{which}(?:e?s)?{not_of})"
        )
        self._of = re.compile(rf"(?i){the}{which}(?P<several>e?s)?{not_of}(?P<verb>{_IS})?(?: |$)")

    def spans(self, clause: str) -> list[tuple[int, int]]:
        """Where places are named in a clause."""
        return [found.span() for found in self._in.finditer(clause) if self._meant(found)]

    def __call__(self, clause: str, mark: str) -> tuple[list[InProse], str]:
        """The places that a clause names, and the clause without them. mark: what stands behind it."""
        found = [(match.span(), place) for match in self._in.finditer(clause) if (place := self._meant(match))]
        if not found and (match := self._of.match(clause)):
            alone = mark.startswith(":") and match.end() == len(clause)
            is_meant = alone or ((match["verb"] or match["several"]) and match.end() < len(clause))
            if is_meant and (place := self._named(match["name"], match["which"] or "", "in")):
                found = [(match.span(), place)]
        for (begin, end), _ in reversed(found):
            clause = clause[:begin] + clause[end:]
        return [place for _, place in found], tidied(clause) if found else clause

    def first(self, place: InProse) -> int:
        """The bar with which a place begins, the first of several."""
        return place[0] if isinstance(place, tuple) else spans_named(place, self.markers, self.bars)[0][0][0]

    def _meant(self, found: re.Match[str]) -> InProse | None:
        how = next((how for how in ("until", "after", "from") if found[how]), "in")
        if found["name"]:
            is_another = not found["how"] or (found["until"] or "").lower() == "before"  # "fill before the chorus"
            return None if is_another else self._named(found["name"], found["which"] or "", how)
        how = "from" if found["on"] else "in" if how == "from" and found["last"] else how
        return self._bars(how, *self._counted(found))

    def _bars(self, how: str, first: int, last: int) -> Bars | None:
        """Bars from, until or after some; None for those that the song has not."""
        begin, end = {
            "until": (1, first - 1), "after": (last + 1, self.bars), "from": (first, self.bars), "in": (first, last),
        }[how]  # fmt: skip
        return (begin, min(end, self.bars)) if 1 <= begin <= min(end, self.bars) else None

    def _counted(self, found: re.Match[str]) -> Bars:
        if found["first"]:
            return int(found["first"]), int(found["last"] or found["first"])
        if found["half"]:
            middle = self.bars // 2
            return (1, middle) if found["half"].lower() == "first" else (middle + 1, self.bars)
        if found["count"]:
            count = _COUNT.get(found["count"].lower()) or int(found["count"])
            return (1, count) if found["end"].lower() == "first" else (self.bars - count + 1, self.bars)
        bar = _NTH[found["nth"].lower()] % self.bars + 1
        return bar, bar

    def _named(self, name: str, which: str, how: str) -> InProse | None:
        spans, _ = spans_named(name, self.markers, self.bars)
        nth = _NTH.get(which.strip().lower())
        if not spans or (nth is not None and nth >= len(spans)) or (how == "after" and nth is None and len(spans) > 1):
            return None
        if nth is None and how == "in":
            return plain_name(name)
        first, stop = spans[nth or 0]
        return self._bars(how, first, stop - 1)
