"""A part of which some bars are missing: what the rest of it says of them.

Songs repeat themselves. Where the other parts do what they did before, the missing part most likely does so too: the
bar beside which they are most alike is a better guess than any model writes that has not heard the rest, and a model
that starts from it mends what does not fit (docs/experiments.md, 2026-11-27).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from midi_subtract.metrics import BoolArray, FloatArray, IntArray, bar_events, cosines
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song
from subtract_core.stems import Stem

_AT_ONCE = 256  # bars whose likeness to others is in memory at once


@dataclass(frozen=True)
class Rest:
    """What there is of a part.

    notes: of the bars in which it plays. guessed: of all bars, see `filled`. kept: bool [beats], those wholly inside of
    bars in which it plays; where it rests, nobody knows whether it is to.
    """

    notes: Notes
    guessed: Notes
    kept: BoolArray


def rest_of_part(song: Song, stem: Stem, missing: BoolArray) -> Rest | None:
    """What a song has of a part apart from the bars that are to be written, bool [bars]; None where it plays in those
    itself, and so is another part, or plays nowhere."""
    lines, part = song.bar_starts(song.last_step), song.stem(stem)
    played = np.histogram(part.onset, bins=lines)[0] > 0
    if not played.any() or played[missing].any():
        return None
    others = {other: notes for other, notes in song.stems.items() if other is not stem}
    steps = np.zeros(song.n_beats * STEPS_PER_BEAT, dtype=np.bool_)
    steps[: lines[-1]] = np.repeat(played, np.diff(lines))
    return Rest(part, filled(part, played, others, lines), np.asarray(steps.reshape(-1, STEPS_PER_BEAT).all(axis=1)))


def filled(part: Notes, played: BoolArray, others: Mapping[Stem, Notes], bar_starts: IntArray) -> Notes:
    """A part with its other bars as it plays where the other parts are most alike, in the nearest such bar.

    played: bool [bars], bars to copy from, at least one.
    """
    events = bar_events(others, bar_starts)
    sources, empty = np.flatnonzero(played), np.flatnonzero(~played)
    copies = [part]
    for first in range(0, len(empty), _AT_ONCE):
        bars = empty[first : first + _AT_ONCE]
        for bar, source in zip(
            bars, sources[_nearest(cosines(events[bars], events[sources]), bars, sources)], strict=True
        ):
            copies.append(_copied(part, bar_starts, int(source), int(bar)))
    return Notes.merge(copies)


def _nearest(likeness: FloatArray, bars: IntArray, sources: IntArray) -> IntArray:
    """For each bar the place of the most alike source, of equals the nearest."""
    best = likeness >= likeness.max(axis=1, keepdims=True) - 1e-9
    distance = np.abs(bars[:, None] - sources[None, :])
    return np.asarray(np.argmin(np.where(best, distance, len(bars) + distance.max()), axis=1))


def _copied(part: Notes, bar_starts: IntArray, source: int, bar: int) -> Notes:
    """What a part plays in one bar, in another; tails are cut at its end."""
    length = int(bar_starts[bar + 1] - bar_starts[bar])
    there = part.between(int(bar_starts[source]), int(bar_starts[source + 1]))
    return there.between(0, length).shifted(int(bar_starts[bar]))
