"""Where the sections of a song begin, heard in its parts bar by bar."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from midi_subtract.metrics import FloatArray, IntArray, self_similarity
from midi_subtract.notes import Notes
from subtract_core.stems import Stem

REACH = 4
"""Bars on either side of a section border that are held against each other."""
PHRASE, NEAR = 8, 2
"""Bars of a phrase, and how far from where one begins a border may be heard; those between begin half a phrase."""
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


def novelty(similarity: FloatArray, reach: int = 4) -> FloatArray:
    """How strongly a new section begins at each of n items: the checkerboard kernel along the diagonal of [n, n].

    Mean similarity within the `reach` items before and after an item, minus that across, cells weighted by a Gaussian
    (Foote 2000, "Automatic audio segmentation using a measure of audio novelty"). 0 where fewer than `reach` items
    lie on either side.
    """
    n = len(similarity)
    offset = (np.arange(2 * reach) - reach + 0.5) / (0.5 * reach)
    taper = np.exp(-0.5 * (offset[:, None] ** 2 + offset[None, :] ** 2) / 4)
    sign = np.where((offset[:, None] < 0) == (offset[None, :] < 0), 1.0, -1.0)
    kernel = sign * taper / (taper.sum() / 2)
    values = np.zeros(n)
    for at in range(reach, n - reach + 1):
        values[at] = np.sum(kernel * similarity[at - reach : at + reach, at - reach : at + reach])
    return values


def peaks(values: FloatArray) -> IntArray:
    """The highest of the novelties within `REACH` bars that are at least `MIN_NOVELTY`, and above the song's mean by
    half a standard deviation."""
    least = max(MIN_NOVELTY, float(values.mean() + 0.5 * values.std()))
    found: list[int] = []
    for bar in np.argsort(-values, kind="stable"):
        if values[bar] >= least and all(abs(bar - peak) >= REACH for peak in found):
            found.append(int(bar))
    return np.array(sorted(found), dtype=np.int64)


def phrase_borders(parts: Mapping[Stem, Notes], bar_starts: IntArray) -> IntArray:
    """The `section_borders` where phrases begin, which are counted from the first bar with music, at least eight bars
    apart: harmonies that go round in two or four bars are heard to change a bar or two beside.

    What sketches are made of goes in eights; songs of people do so less often, whose borders are better left.
    """
    heard = section_borders(parts, bar_starts)
    if not len(heard):
        return heard
    first = _first_bar(parts, bar_starts)
    borders = {bar for bar in (_nearest_phrase(bar - first) for bar in heard.tolist()) if bar > 0}
    found = [bar for bar in sorted(borders) if bar % PHRASE == 0]
    for bar in sorted(borders):
        if all(abs(bar - other) >= PHRASE for other in found):
            found.append(bar)
    return np.array(sorted(found), dtype=np.int64) + first


def _first_bar(parts: Mapping[Stem, Notes], bar_starts: IntArray) -> int:
    """The first bar with music that is no pickup."""
    first = int(np.searchsorted(bar_starts, min(part.onset.min() for part in parts.values()), side="right")) - 1
    return first + is_pickup(bar_starts, first)


def is_pickup(bar_starts: IntArray, bar: int = 0) -> bool:
    """Whether a bar, counted from 0, is shorter than the next, as a pickup is. bar_starts: with the last bar's end."""
    lengths = np.diff(bar_starts[bar : bar + 3])
    return bool(len(lengths) == 2 and lengths[0] < lengths[1])


def _nearest_phrase(bar: int) -> int:
    """The beginning of the phrase, or half of one, that a bar is nearest to, both counted from the first with music."""
    start = PHRASE * round(bar / PHRASE)
    return start if abs(start - bar) <= NEAR else PHRASE // 2 * round(bar / (PHRASE // 2))
