"""How many notes are asked for, by a number: "8 notes per bar", "one note every two bars", "two chords a beat"."""

from __future__ import annotations

import re

from subtract_core.knobs import RANGES
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import CLAUSE, DENIAL, tidied
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "a single": 1, "a couple of": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "sixteen": 16,
    "twenty": 20, "twenty-four": 24, "thirty-two": 32,
}  # fmt: skip
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_ROUGHLY = (
    r"(?:(?:play|use|with|just|only|about|around|roughly|some|exactly|at (?:least|most)|no more than|not more than"
    r"|up to|maximum|max|more like|maybe|not more|keep it to|limit it to|it) ){0,4}"
)
_COUNTED = r"(?:notes?|onsets?|hits?|strokes?|strums?|chords?|attacks?|plucks?|stabs?|strikes?)"
_EACH = r"(?:per|an?|in (?:each|every|a|one)|for (?:each|every)|each|every|to (?:the|a)|/)"
_PER = lazy_pattern(
    rf"(?i)(?<![\w.])(?P<lead>{_ROUGHLY})(?P<number>{_NUMBER})(?: ?(?:to|-|\u2013|or) ?(?P<most>{_NUMBER}))?[ -]"
    rf"(?P<how>(?!beat|bar|more|(?:of|few|lot)\b)[\w-]+ )?{_COUNTED} ?{_EACH} ?"
    r"(?:(?P<spans>\d|two|three|four|other|second) )?(?P<unit>bars?|measures?|beats?)\b"
    r"(?: (?:max(?:imum)?|or so|at most|at least|is plenty|is enough|please))*"
)


_ONE_DRUM = lazy_pattern(r"(?i)kick|snare|hat\b|ride|crash|tom|clap|rim")
"""Strokes of it are not all that drums play."""


def notes_counted(sentence: str, stem: Stem, bar: float) -> tuple[str, Wish]:
    """The sentence without the number of notes in a bar or a beat that it states, and the density that this asks for.

    bar: the beats of a bar. A bass of one note a bar is asked for whole notes, too."""
    found = _PER.search(" ".join(sentence.split()))
    if not found or DENIAL.search(CLAUSE.split(found.string[: found.start()])[-1]):
        return sentence, Wish()
    if stem is Stem.DRUMS and _ONE_DRUM.search(found["how"] or ""):
        return sentence, Wish()
    number = _mean(found["number"], found["most"])
    beats = _span(found["spans"]) * (1.0 if found["unit"].lower().startswith("beat") else bar)
    density = 4 * number / beats
    if not RANGES["density"][0] < density <= RANGES["density"][1]:
        return sentence, Wish()
    rest = found.string[: found.start()] + (found["how"] or "").strip() + found.string[found.end() :]
    rest = tidied(re.sub(r"(?:\s*[,;:])+", ",", rest))
    options = {"figure": {"whole notes": True}} if stem is Stem.BASS and number == 1 and beats == bar else {}
    return rest, Wish({"density": level("density", stem, density)}, options, {"density": density})


def _span(word: str | None) -> float:
    """Of how many bars or beats: two in "every other bar"."""
    return 2.0 if (word or "").lower() in ("other", "second") else _value(word or "one")


def _value(word: str) -> float:
    return float(_NUMBERS.get(word.lower()) or word)


def _mean(least: str, most: str | None) -> float:
    return (_value(least) + _value(most or least)) / 2
