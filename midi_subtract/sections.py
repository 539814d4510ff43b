"""Where the sections of a song begin, heard in its parts bar by bar."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from midi_subtract.metrics import FloatArray, IntArray, self_similarity
from midi_subtract.notes import Notes
from subtract_core.measures import novelty
from subtract_core.stems import Stem

REACH = 4
"""Bars on either side of a section border that are held against each other."""
MIN_NOVELTY = 0.1
_BLOCK = 256  # bars whose similarities are in memory at once


def section_borders(parts: Mapping[Stem, Notes], bar_starts: IntArray) -> IntArray:
    """Bars with which a new section begins: peaks of the parts' novelty, see `peaks`.

    bar_starts: bar lines in steps, the song's end included.
    """
    bars = len(bar_starts) - 1
    values = np.zeros(bars)
    for first in range(0, bars, _BLOCK):
        begin, end = max(0, first - REACH), min(bars, first + _BLOCK + REACH)
        lines = bar_starts[begin : end + 1]
        inside = {stem: notes.wide().between(int(lines[0]), int(lines[-1])) for stem, notes in parts.items()}
        found = novelty(self_similarity(inside, lines - lines[0]), REACH)
        last = min(bars, first + _BLOCK)
        values[first:last] = found[first - begin : last - begin]
    return peaks(values)


def peaks(values: FloatArray) -> IntArray:
    """The highest of the novelties within `REACH` bars that are at least `MIN_NOVELTY`, and above the song's mean by
    half a standard deviation."""
    least = max(MIN_NOVELTY, float(values.mean() + 0.5 * values.std()))
    found: list[int] = []
    for bar in np.argsort(-values, kind="stable"):
        if values[bar] >= least and all(abs(bar - peak) >= REACH for peak in found):
            found.append(int(bar))
    return np.array(sorted(found), dtype=np.int64)
