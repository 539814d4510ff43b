"""How beats divide: in halves, in a long part and a short one, or in thirds, as in compound meters.

What is an eighth to a figure depends on it: a shuffle has its off-beats at two thirds of the beat, a bar of 6/8 two of
them in every dotted beat. Notes say so more surely than time signatures, which are 4/4 of shuffles too.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from midi_subtract.metrics import FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes

Division = tuple[int, ...]
"""Where the eighths of a beat begin, in steps from it, itself included."""

HALVES: Division = (0, 6)
SWUNG: Division = (0, 8)
THIRDS: Division = (0, 4, 8)

_AROUND = 2
"""Bars on either side that are heard along with a bar."""


def divisions(parts: Iterable[Notes], bar_starts: IntArray) -> list[Division]:
    """How the beats of each bar divide, by what begins between them there and nearby in any part; in halves where
    nothing does.

    The off-beat is where most begins from half to two thirds of the beat; with a third of the beat, half as often at
    least, these are thirds.
    """
    start, stop = int(bar_starts[0]), int(bar_starts[-1])
    begun = np.zeros(stop - start, dtype=np.int64)  # parts in which something begins on a step
    for part in parts:
        begins = np.zeros(stop - start, dtype=np.bool_)
        begins[part.onset[(part.onset >= start) & (part.onset < stop)] - start] = True
        begun += begins
    lengths = np.diff(bar_starts)
    bars = np.arange(len(lengths))
    bar = np.repeat(bars, lengths)
    place = (np.arange(stop - start) - np.repeat(bar_starts[:-1] - start, lengths)) % STEPS_PER_BEAT
    counts = np.bincount(bar * STEPS_PER_BEAT + place, begun, minlength=len(bars) * STEPS_PER_BEAT)
    total = np.concatenate([np.zeros((1, STEPS_PER_BEAT)), np.cumsum(counts.reshape(-1, STEPS_PER_BEAT), axis=0)])
    around = total[np.minimum(bars + _AROUND + 1, len(bars))] - total[np.maximum(bars - _AROUND, 0)]
    return [_division(count) for count in around]


def _division(count: FloatArray) -> Division:
    """count: [12], what begins on each step of a beat."""
    offbeat = 6 + int(count[6:9].argmax())
    return THIRDS if offbeat == 8 and 2 * count[4] >= count[8] else (0, offbeat)


def eighths(length: int, division: Division) -> list[int]:
    """Where the eighths of a bar of so many steps begin, in steps from its line."""
    beats = range(0, length, STEPS_PER_BEAT)
    return [beat + at for beat in beats for at in division if beat + at < length]


def beat_lines(bar_starts: IntArray) -> IntArray:
    """Where the bar lines would be if every bar were followed by silence up to a whole beat: as 7/8 is half a beat more
    than 3/4, the beats of the bars after it lie between quarters of the song."""
    whole = -(-np.append(bar_starts[0], np.diff(bar_starts)) // STEPS_PER_BEAT) * STEPS_PER_BEAT
    lines: IntArray = np.cumsum(whole)
    return lines


def moved_bars(times: IntArray, lines: IntArray, to: IntArray, early: int = 1) -> IntArray:
    """Times in steps as far from the lines `to` as they are from theirs, the last step of a bar at most; what comes
    `early` steps before a line, as onsets do that announce a bar, belongs to that bar."""
    bar = np.clip(np.searchsorted(lines, times + early, side="right") - 1, 0, len(lines) - 2)
    moved: IntArray = to[bar] + np.minimum(times - lines[bar], np.diff(to)[bar] - 1)
    return moved


def shuffled(step: int, division: Division) -> int:
    """Where a stroke written for beats in halves goes: an off-beat to that of `division`; in a swung beat or one in
    thirds sixteenths before and after it to a third of the beat and to what is left after the off-beat."""
    beat, at = divmod(step, STEPS_PER_BEAT)
    places = {6: division[-1]} | ({3: 4, 9: 10} if division[-1] == 8 else {})
    return beat * STEPS_PER_BEAT + places.get(at, at)
