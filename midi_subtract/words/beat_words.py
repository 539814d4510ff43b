"""Beats of a bar on which a sentence says that something is struck: "on 1 and 3", "on the one", "on the and of 4"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from subtract_core.understanding.patterns import lazy_pattern

_NUMBER = {
    **{word: 1 + at for at, word in enumerate(("one", "two", "three", "four", "five", "six"))},
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "first": 1, "second": 2, "third": 3, "fourth": 4, "downbeat": 1,
}  # fmt: skip
_NO_BEAT = r"(?![\w/-]|\.\d)(?! (?:on the floor|to the|bars?|measures?|times|notes?|hits?|strokes?|sides?|drums?)\b)"
_COUNT = rf"(?:[1-6]|one|two|three|four|five|six){_NO_BEAT}"
_AND_OF = r"(?:(?:the )?['\"]?(?:and|&)['\"]? of )?"
_JOIN = r"(?:,? and |, ?| ?[&+] ?| (?=\d))(?:on |at )?"


def _listed(beat: str) -> str:
    beat = rf"{_AND_OF}(?:the )?(?:beats? )?{beat}"
    return rf"{beat}(?:{_JOIN}{beat})*"


_LIST = rf"{_listed(_COUNT)}(?: beats?)?|{_listed('(?:1st|2nd|3rd|4th|first|second|third|fourth)')} beats?"
_OF_BAR = r"(?:(?: (?:of|in))? (?:every|each|the|a) (?:bar|measure)\b)?"
_BEATS = lazy_pattern(
    rf"(?i)(?:(?<=\bon )|(?<=\bat )|(?<=\bonly ))(?:{_LIST}|(?:the )?downbeat(?![\w-])){_OF_BAR}"
    r"|\b(?:2|two) ?(?:and|&|\+) ?(?:4|four)\b"
)
_ONE_OF_LIST = lazy_pattern(rf"(?i)({_AND_OF})(?:the )?(?:beats? )?\b([1-6]|{'|'.join(_NUMBER)})\b")
TOKEN = r"@\d\+?(?:&\d\+?)*"
"""What `beats_as_tokens` writes for beats: "@1&3", and "@2+" for the and of 2."""
_SAID = lazy_pattern(r" on (?:(?:, | and )?(?:the and of )?\d)+$")


def beats_as_tokens(sentence: str) -> tuple[str, dict[str, str]]:
    """The sentence with each list of beats as one word (`TOKEN`), which no clause ends in; and the words of each."""
    words = dict[str, str]()

    def token(found: re.Match[str]) -> str:
        beats = {(_NUMBER.get(n.lower()) or int(n), bool(off)) for off, n in _ONE_OF_LIST.findall(found[0])}
        said = "@" + "&".join(f"{beat}{'+' * is_off}" for beat, is_off in sorted(beats))
        words[said] = found[0]
        return said

    return _BEATS.sub(token, sentence), words


def with_beats(sentence: str, words: Mapping[str, str]) -> str:
    """A sentence of `beats_as_tokens` in its own words again."""
    return re.sub(TOKEN, lambda found: words.get(found[0], found[0]), sentence)


def on_beats(token: str) -> str:
    """How the name of something goes on that is struck on the beats of a token: " on 1 and 3"."""
    beats = [f"the and of {beat[0]}" if beat.endswith("+") else beat for beat in token[1:].split("&")]
    return " on " + " and ".join(filter(None, [", ".join(beats[:-1]), beats[-1]]))


def without_beats(name: str) -> str:
    """A name without what `on_beats` added."""
    return _SAID.sub("", name)


def beats_said(pace: str) -> list[tuple[int, bool]]:
    """(beat from 1, whether its and is meant) of what `on_beats` wrote; nothing for anything else."""
    return [(int(n), bool(off)) for off, n in re.findall(r"(the and of )?(\d)", pace)] if _SAID.fullmatch(pace) else []
