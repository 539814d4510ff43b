"""Beats of compound meters: in 6/8, 9/8 and 12/8 a beat is a dotted quarter, of which a third is an eighth.

A file counts quarters whatever its meter. Three eighths as one beat are what a model knows as triplets; as one and a
half beats it hardly knows them, and puts snares where no drummer would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from midi_subtract.metrics import FloatArray
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.song import Meter, place_between

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

    A beat of another length begins where its meter does; what is left before it of the beat that it cuts off, if less
    than a half, lengthens the one before.
    """
    changes = [now for before, now in pairwise(meters) if now.beat != before.beat]
    begins, lengths = [0, *(m.step for m in changes)], [m.beat * STEPS_PER_BEAT for m in (meters[0], *changes)]
    beats: list[float] = []
    ends = [*begins[1:], max(stop, begins[-1]) + 2 * lengths[-1]]
    for begin, end, length in zip(begins, ends, lengths, strict=True):
        run = np.arange(begin, end, length).tolist()
        beats += run[:-1] if len(run) > 1 and end - run[-1] < length / 2 else run
    return np.array(beats, dtype=np.float64)


def on_beats(meters: Sequence[Meter], beats: FloatArray) -> list[Meter]:
    """Meters moved from steps of quarters to steps of these beats."""
    at = place_between(np.array([m.step for m in meters], dtype=np.float64), beats)
    return [replace(m, step=int(np.rint(STEPS_PER_BEAT * x))) for m, x in zip(meters, at, strict=True)]
