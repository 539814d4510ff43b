"""What a prompt says of bars and markers of a song, as sections, see `placed_clauses`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from midi_subtract.files.markers import Marker, plain_name, spans_named, unnumbered
from subtract_core.spans import gaps
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

Bars = tuple[int, int]
"""First and last bar, counted from 1."""
InProse = str | Bars
"""A place that a prompt names: the name of markers, or bars."""

_NTH = {name: n for n, name in enumerate("first second third fourth fifth sixth".split())} | {"last": -1, "final": -1}
_NTH |= {name: n for n, name in enumerate("1st 2nd 3rd 4th 5th 6th".split())}
_WHICH = "|".join(_NTH)
_BARS = (
    rf"(?:bars?|measures?) (?P<first>{NUMBER})(?:{TO_OR_AND}(?:bar )?(?P<last>{NUMBER}))?(?![\w/])"
    r"(?P<on>\+| on(?:wards?)?| (?:to|until|till|through) the end)?"
    rf"|(?:the )?(?P<end>first|last|final) (?P<count>{NUMBER}) (?:bars|measures)"
    rf"|(?:the )?(?P<nth>{_WHICH}) (?:bar|measure)|{HALF}"
)
_PLAIN_BARS = r"(?<=\w )(?<!of )(?<!copy )(?<!repeat )(?<!to )(?<!in )(?=(?:bars|measures) \d+ ?[-\u2013])"
"""Before bars that no other word stands before: "tacet bars 1-8"."""
_SECTION = lazy_pattern(
    r"intro|verse|chorus|bridge|refrain|outro|coda|break|drop|solo|hook|interlude|middle (?:eight|8)|build"
)
"""What names of markers are taken for places by themselves; others, such as "Groove", as "the groove section"."""
_IS = r"(?: (?:should|must|can|could|to|gets?|is|are|be|has|have))+"
_NO_PLACE = r"(?! (?:effects?|pickups?|pedals?|reverb|style|feel|vibe|energy|structure|tones?|sounds?)\b|-)"
_NO_HOW = "like|as|than|before|into|to|of|no|verse|chorus"
_ONCE = lazy_pattern(r"(?i)\b(?:hit|stab|accent|crash|fill|break|pause|slide|gliss|glissando|roll|hold|note|chord)s?\b")
"""What comes once "at bar 9"; all else goes on from there."""
_PUT_PLAINLY = (
    (lazy_pattern(r"(?i)\b(?:mm?|bb?)\. ?(?=\d)"), "bars "),
    (lazy_pattern(r"(?i)\bsit(?:ting)? out (?=the |my |both |all |bars? )"), "rest in "),
    (lazy_pattern(r"\s*\[([^\]]+)\]:?\s*"), r". \1: "),
)
_LIST = lazy_pattern(
    r"(?i)(?<!between )\b(bars?|measures?|verse|chorus) (\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*,? (?:and|or|&) \d+(?:-\d+)?)"
    r"(?![\w/]| (?:notes?|beats?)\b)"
)


def sections_in(
    prompt: str, markers: Sequence[Marker], bars: int, own: Callable[[str], str] = str
) -> tuple[str, dict[InProse, str]]:
    """A prompt without the clauses about places that a song of so many bars has, and each of these places -> what they
    ask there. own: see `parted`."""
    if not prompt:
        return prompt, {}
    text = _LIST.sub(lambda m: " and ".join(f"{m[1]} {n}" for n in re.findall(r"[\d-]+", m[2])), prompt)
    for words, plainly in _PUT_PLAINLY:
        text = words.sub(plainly, text)
    rest, asked = parted(text, _Places(text, markers, bars), own)
    return (rest, asked) if asked else (prompt, {})


class _Places:
    """Finds words for places that a song has."""

    def __init__(self, prompt: str, markers: Sequence[Marker], bars: int) -> None:
        self.stop = bars + 1
        self._stretches = cache(lambda name: spans_named(name, markers, bars)[0])
        names = {plain_name(name) for marker in markers for name in (marker.name, unnumbered(marker.name))}
        name = "|".join(
            re.escape(n) + ("" if _SECTION.search(n) else "(?= (?:section|part))")
            for n in sorted(names, key=len)[::-1]
            if n and n in plain_name(prompt)  # a song may have hundreds
        )
        which = rf"(?:(?P<which>{_WHICH}) (?:(?P<several>{NUMBER}) )?)?(?P<name>{name or '(?!)'})(?P<plural>e?s)?"
        the = r"(?:(?:the|my|our|all|all the|both|both the|each|every) )?"
        named = rf"{the}{which}(?: (?P<number>[1-9]|one|two|three|four)(?!\w))?(?: section| part)?{OF_SONG}"
        comes = r"(?(when)(?: (?:comes?|hits?|starts?|begins?|kicks?|arrives?|drops?)(?: (?:in|around|along|back))*)?)"
        self._in = re.compile(
            rf"(?i)(?<!\w){NOT_ALIKE}(?:(?P<how>{HOW}) |(?P<also>and|or|nor|&|to) |^(?:{MAKE})?|{_PLAIN_BARS})"
            rf"(?:(?:{_BARS}){OF_SONG}|{named}{comes}(?(from)(?: on(?:wards?)?(?! (?:the|a|my)\b))?))"
        )
        self._bare = [
            re.compile(
                rf"(?i)(?P<span>(?:only )?(?P<make>{MAKE})?(?P<each>(?=each|every|all|both))?{named}{_NO_PLACE}"
                rf"(?P<verb>{_IS}(?! (?:already|usually)\b))?(?: |$))"
            ),
            re.compile(
                rf"(?i)(?:(?!(?:{_NO_HOW})\b)[\w-]+ ){{1,3}}(?P<span>{named})$"
                r"(?:(?!)(?P<make>)(?P<each>)(?P<verb>))?"  # no such words
            ),
        ]
        clauses = re.split(r" - |[,.;:]\s+| and | but ", prompt)
        self._is_list = sum(any(b.match(c) for b in self._bare) and not self._said(c) for c in clauses) > 1

    def __call__(self, clause: str, mark: str = "") -> list[tuple[Span, InProse]]:
        """Where places are named in a clause, and which."""
        found = self._said(clause)
        for match in filter(None, (bare.match(clause) for bare in self._bare)):
            is_alone = match.end("span") - match.start("span") == len(clause)
            begins = not match.start("span") and any(match[name] for name in ("make", "verb", "plural"))
            says = self._is_list or begins or match["each"] is not None
            if not found and (mark.strip()[:1] in (*":=-\u2013\u2014",) if is_alone else says):
                found = [(match.span("span"), place) for place in self._meant(match, "in")]
        return found

    def before(self, place: InProse) -> Bars | None:
        """The bars before a place, or before the first of several."""
        first = self._spans([place])[0][0]
        return (1, first - 1) if first > 1 else None

    def outside(self, places: Sequence[InProse]) -> list[InProse]:
        """The bars that are in none of some places."""
        return [(first, stop - 1) for first, stop in gaps(self._spans(places), 1, self.stop)]

    def _spans(self, places: Sequence[InProse]) -> list[Bars]:
        """The first bar of each stretch of places, and the one behind it."""
        return [span for p in places for span in (self._stretches(p) if isinstance(p, str) else [(p[0], p[1] + 1)])]

    def _said(self, clause: str) -> list[tuple[Span, InProse]]:
        """Places that stand behind words such as "in"; "bars 1 and 9" and "verse 1 to verse 2" are two, and one."""
        found, which = list[tuple[Span, InProse]](), ""
        for match in self._in.finditer(clause):
            (begin, end), joins = match.span(), bool(found) and match.start() == found[-1][0][1] + 1
            places = list[InProse]()
            if joins and which == "from" and match["name"] and not match["from"]:
                if until := self._spans(self._meant(match, "in")):
                    (begin, _), place = found.pop()
                    places = self._held([(self._spans([place])[0][0], until[0][0])])
            elif joins if match["also"] else match["how"] or not match["name"]:
                which = which if match["also"] else how(match)
                places = self._meant(match, "in" if which == "outside" else which)
            found += [((begin, end), place) for place in places]
        if which == "outside" and found:
            whole = found[0][0][0], found[-1][0][1]
            found = [(whole, place) for place in self.outside([place for _, place in found])]
        return found

    def _meant(self, found: re.Match[str], which: str) -> list[InProse]:
        if found["name"]:
            spans = self._stretches(found["name"].lower())
            nth = counted(found["number"]) - 1 if found["number"] else _NTH.get((found["which"] or "").lower())
            if found["several"]:
                count = counted(found["several"])
                spans = spans[-count:] if nth == -1 else spans[:count]
            elif nth is not None:
                spans = spans[nth:][:1]
            elif which == "in":
                return [plain_name(found["name"])] if spans else []
            is_once = nth is None and which == "after" and len(spans) > 1
        else:
            spans = [self._counted(found)]
            is_once = _ONCE.search(found.string, max(found.start() - 40, 0), found.end() + 40) is not None
            if which == "from" and found["last"]:
                which = "in"
            elif found["on"] or (found["at"] and found["first"] and not found["last"] and not is_once):
                which = "from"
        is_before = which == "until" and (found["until"] or "").lower() == "before"
        if not spans or (is_before and (found["name"] or is_once)) or (which == "after" and is_once):
            return []  # "a fill before the chorus"
        first, after = spans[0]
        around = {"until": [(1, first)], "after": [(after, self.stop)], "from": [(first, self.stop)]}
        return self._held(around.get(which, spans))

    def _held(self, spans: Sequence[Bars]) -> list[InProse]:
        """Those of some stretches, each up to the bar behind it, that the song has."""
        return [(first, min(stop, self.stop) - 1) for first, stop in spans if 1 <= first < min(stop, self.stop)]

    def _counted(self, found: re.Match[str]) -> Bars:
        """The first bar, and the one behind the last."""
        if found["first"]:
            return counted(found["first"]), counted(found["last"] or found["first"]) + 1
        if found["half"]:
            middle = (self.stop + 1) // 2
            return (1, middle) if found["half"].lower() in ("first", "1st") else (middle, self.stop)
        nth = _NTH[(found["nth"] or found["end"]).lower()]
        count = counted(found["count"]) if found["count"] else 1
        return (self.stop - count, self.stop) if nth < 0 else (nth + 1, nth + 1 + count)
