"""Beats of compound meters: in 6/8, 9/8 and 12/8 a beat is a dotted quarter, of which a third is an eighth.

A file counts quarters whatever its meter. Three eighths as one beat are what a model knows as triplets; as one and a
half beats it hardly knows them, and puts snares where no drummer would.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from midi_subtract.metrics import FloatArray
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.song import Meter, bar_starts, place_between

FEWEST_BEATS = 8
"""Dotted beats in a row, at least, if not all of the song: a bar or two of 6/8 among others keep to quarters."""


def dotted(meters: Sequence[Meter], stop: int) -> list[Meter]:
    """Meters, in steps of quarters up to `stop`, those that are compound for long enough with dotted beats."""
    counted = [replace(meter, dotted=meter.is_compound) for meter in meters]
    ends = [*(meter.step for meter in meters[1:]), stop]
    result: list[Meter] = []
    for beat, run in groupby(zip(counted, ends, strict=True), lambda span: span[0].beat):
        spans = list(run)
        begin, end = spans[0][0].step, spans[-1][1]
        is_long = end - begin >= min(FEWEST_BEATS * beat * STEPS_PER_BEAT, stop)
        result += [replace(meter, dotted=meter.dotted and is_long) for meter, _ in spans]
    return result


def beat_steps(meters: Sequence[Meter], stop: int) -> FloatArray:
    """Where every beat lies up to `stop`, and two beyond, in steps of quarters.

    A beat of another length begins where its meter does; what is left before it of the beat that it cuts off, if no
    more than a half, lengthens the one before: the beats of 7/8 are two quarters and a dotted one.
    """
    changes = [now for before, now in pairwise(meters) if now.beat != before.beat]
    begins, lengths = [0, *(m.step for m in changes)], [m.beat * STEPS_PER_BEAT for m in (meters[0], *changes)]
    beats: list[float] = []
    beyond = int(max(0, stop - begins[-1]) / lengths[-1] + 2.5)  # whole ones: no meter cuts them off
    ends = [*begins[1:], begins[-1] + beyond * lengths[-1]]
    for begin, end, length in zip(begins, ends, lengths, strict=True):
        run = np.arange(begin, end, length).tolist()
        beats += run[:-1] if len(run) > 1 and end - run[-1] <= length / 2 else run
    return np.array(beats, dtype=np.float64)


def on_beats(meters: Sequence[Meter], beats: FloatArray) -> list[Meter]:
    """Meters moved from steps of quarters to steps of these beats, in which there are as many bars.

    A bar that has another length there, as it ends in a beat that was cut off, becomes a meter of its own.
    """
    begins = [meter.step for meter in meters]
    quarters = bar_starts([replace(meter, dotted=False) for meter in meters], begins[-1])
    lines = np.rint(STEPS_PER_BEAT * place_between(quarters.astype(np.float64), beats)).astype(np.int64).tolist()
    moved: list[Meter] = []
    begins_anew = False
    for quarter, line, after in zip(quarters.tolist(), lines, [*lines[1:], None], strict=True):
        meter = meters[bisect_right(begins, quarter) - 1]
        length = meter.bar_steps if after is None else after - line
        is_longer = length > meter.bar_steps
        if begins_anew or is_longer or quarter == meter.step:
            moved.append(replace(meter, step=line, length=length if is_longer else None))
        begins_anew = length != meter.bar_steps
    return moved
