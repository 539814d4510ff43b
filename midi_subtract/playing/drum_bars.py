"""Single bars of drums: their notes, which are counted as `drum_figures` does, and where their backbeat is."""

from __future__ import annotations

import numpy as np

from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes


def in_bar(notes: Notes, index: int, bar_starts: IntArray) -> BoolArray:
    """Which notes belong to a bar: what comes a step before a bar line belongs to the bar that it announces."""
    start, stop = int(bar_starts[index]), int(bar_starts[index + 1])
    return np.asarray((notes.onset >= start - 1) & (notes.onset < stop - 1), dtype=np.bool_)


def backbeats(length: int) -> range:
    """The backbeat of a bar of so many steps: in three beats the second and the third, otherwise every second one."""
    beats = range(0, length, STEPS_PER_BEAT)
    return beats[1:] if len(beats) == 3 else beats[1::2]


def bar_notes(notes: Notes, index: int, bar_starts: IntArray) -> Notes:
    """The notes of a bar, in steps from its bar line; what comes a step early is struck on it."""
    own = notes.select(in_bar(notes, index, bar_starts))
    onset = np.maximum(own.onset - int(bar_starts[index]), 0)
    return Notes.from_arrays(onset, own.pitch, own.duration, own.velocity)
