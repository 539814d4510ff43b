"""What inserters are given, checked: an error names the argument and says what would be valid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real

from subtract_core.choice import checked_length, shown
from subtract_core.errors import InputError
from subtract_core.spans import checked_spans, joined

LOWEST_GAIN, HIGHEST_GAIN = -60.0, 24.0
SLOWEST_TEMPO, FASTEST_TEMPO = 20.0, 400.0
_BEYOND = 1.0  # seconds: lengths are shown, and places given, in whole ones


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, as in 1:05."""
    minutes, rest = divmod(round(abs(seconds), 1), 60)  # rounded first, lest 59.97 become 0:60
    return f"{'-' if seconds < 0 else ''}{int(minutes)}:{rest:04.1f}".removesuffix(".0")


def checked_gain(gain: float) -> float:
    """`gain`; raises `InputError` for what is no number of decibels in range."""
    if isinstance(gain, bool) or not isinstance(gain, Real):
        raise InputError(f"gain: {shown(gain)} is no number; choose {LOWEST_GAIN:g} to {HIGHEST_GAIN:g} dB")
    if not LOWEST_GAIN <= gain <= HIGHEST_GAIN:
        raise InputError(f"gain: {gain} is out of range; choose {LOWEST_GAIN:g} to {HIGHEST_GAIN:g} dB")
    return float(gain)


def checked_tempo(tempo: float | None) -> float | None:
    """`tempo`; raises `InputError` for what is no number of beats a minute in range."""
    if tempo is None:
        return None
    valid = f"choose {SLOWEST_TEMPO:g} to {FASTEST_TEMPO:g} beats a minute"
    if isinstance(tempo, bool) or not isinstance(tempo, Real):
        raise InputError(f"tempo: {shown(tempo)} is no number; {valid}")
    if not SLOWEST_TEMPO <= tempo <= FASTEST_TEMPO:
        raise InputError(f"tempo: {tempo} is out of range; {valid}")
    return float(tempo)


def checked_sections(sections: Mapping[float, str] | None, name: str, length: float) -> dict[float, str]:
    """`sections` in the order of the song, which is called `name` and lasts `length` seconds; raises `InputError`."""
    if not isinstance(sections, Mapping | None):
        raise InputError(
            f"sections: seconds with a sentence each are needed, as in {{4.5: 'busier'}}, not {shown(sections)}"
        )
    checked: dict[float, str] = {}
    for place, sentence in (sections or {}).items():
        second = _second("sections", place, "a number, as in {4.5: 'busier'}")
        if not isinstance(sentence, str):
            raise InputError(
                f"sections: what is asked from {clock(second)} on is {shown(sentence)}; a sentence is needed"
            )
        if not 0 <= second < length:
            raise InputError(f"sections: {clock(second)} is not in the song; {name} lasts {clock(length)}")
        checked[second] = checked_length(f"sections: {clock(second)}", sentence)
    return dict(sorted(checked.items()))


def checked_only(only: object, name: str, length: float) -> list[tuple[float, float]]:
    """Pairs of seconds of a song, which is called `name` and lasts `length` seconds, in order; an end of None, or less
    than `_BEYOND` after the song's, is the song's. Raises `InputError`, which names `only`, for what are none."""
    example = "[(4.5, 60)]"
    spans = []
    wanted = f"numbers, as in {example}"
    for first, last in checked_spans(only, lambda second: _second("only", second, wanted), example, clock):
        stop = length if last is None else last
        if not 0 <= first < length or stop >= length + _BEYOND:
            asked = clock(first) if last is None else f"{clock(first)}-{clock(stop)}"
            raise InputError(f"only: {asked} is not in the song; {name} lasts {clock(length)}")
        if stop == first:
            raise InputError(f"only: {clock(first)}-{clock(stop)} has no length; give a later end")
        spans.append((first, min(stop, length)))
    return joined(spans)


def _second(argument: str, value: object, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InputError(f"{argument}: {shown(value)} is no second of the song; give {wanted}")
    return float(value)
