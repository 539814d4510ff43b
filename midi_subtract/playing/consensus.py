"""One part of several that were drawn for a song, put together bar by bar.

Each bar is the one of the part that is most like the others there: the choice of minimum Bayes risk (Kumar & Byrne,
2004), made for each bar, as a whole part is never the most typical in all of them. That fits nearer to what people play
than the most typical part does (docs/experiments.md, 2026-11-28), and every bar is one that was drawn.

What most parts play is more in harmony than what people play: each draw has passing notes in other places. Bars with
such notes are therefore given an edge (docs/experiments.md, 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midi_subtract.metrics import BoolArray, FloatArray, IntArray, bar_events, heard_in_beats, sounding
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.repetition import bar_numbers, until_the_next
from midi_subtract.programs import DRUM_CLASSES
from subtract_core.stems import Stem

SWITCH = 0.15
"""How much more typical, as F1 of a bar, the bars of another part must be in all to go over to it."""
RHYTHM = 0.5
"""How much less parts with pitches are like each other for striking at the same times: else that part is chosen which
strikes when all do, on every kick of the drums, and basses lock with these more than people's do."""
PASSING = 0.25
"""How much less typical a bar counts whose notes are all in the others' harmony than one without any such note."""
_AT_ONCE = 32  # bars that are compared at once, which bounds the memory


def consensus(parts: Sequence[Notes], stem: Stem, bar_starts: IntArray, beside: Sequence[Notes] = ()) -> Notes:
    """The part whose every bar is that of the one of `parts` which is most like the others there.

    bar_starts: bar lines in steps, the song's end included. beside: the other parts with pitches. It stays with a part
    unless another is worth the change. A downbeat that is struck a step early goes with its bar.
    """
    typical = _typical(parts, stem, bar_starts)
    if stem is not Stem.DRUMS:
        typical -= PASSING * _harmony(parts, bar_starts, beside)
    chosen = _path(typical)
    kept = [
        part.select(chosen[bar_numbers(part.shifted(1), bar_starts)] == number) for number, part in enumerate(parts)
    ]
    seams = np.append(np.diff(chosen) != 0, False)
    return until_the_next(Notes.merge(kept), bar_starts, seams)


def _typical(parts: Sequence[Notes], stem: Stem, lines: IntArray) -> FloatArray:
    """How like the others each part is on average in each bar: float64 [bars, parts]."""
    rows = []
    for first in range(0, len(lines) - 1, _AT_ONCE):
        some = lines[first : first + _AT_ONCE + 1]
        start, stop = int(some[0]), int(some[-1])
        inside = [part.starting(start, stop).shifted(-start) for part in parts]
        struck = np.stack([bar_events({stem: part}, some - start) for part in inside], axis=1)
        likeness = _f1(struck)
        if stem is not Stem.DRUMS:
            likeness = (likeness + _shared_sound(inside, some - start)) / 2
            times = struck.reshape(*struck.shape[:2], len(Stem), -1, len(DRUM_CLASSES)).any(axis=(2, 4))
            likeness -= RHYTHM * _f1(np.asarray(times))
        rows.append(likeness.sum(axis=2) - likeness.diagonal(axis1=1, axis2=2))
    return np.concatenate(rows) / max(1, len(parts) - 1)


def _shared_sound(parts: Sequence[Notes], lines: IntArray) -> FloatArray:
    """F1 of the steps in which every two parts sound a pitch class in common: float64 [bars, parts, parts]. Two bars of
    silence are alike."""
    sound = np.stack([sounding(part, int(lines[-1])) for part in parts])
    together = np.stack([(sound & part).any(axis=1) for part in sound])  # [parts, parts, steps]
    shared = np.add.reduceat(together.astype(np.int64), lines[:-1], axis=2).transpose(2, 0, 1)
    steps = shared.diagonal(axis1=1, axis2=2)
    both = steps[:, :, None] + steps[:, None]
    return np.where(both > 0, 2.0 * shared / np.maximum(both, 1), 1.0)


def _harmony(parts: Sequence[Notes], lines: IntArray, beside: Sequence[Notes]) -> FloatArray:
    """The share of each part's notes in each bar whose pitch class sounds in `beside` within the beat: float64 [bars,
    parts]; in bars without notes that of all notes, so that silence is no better than they are."""
    heard = heard_in_beats(beside, -(-int(lines[-1]) // STEPS_PER_BEAT))
    notes, fitting = np.zeros((2, len(lines) - 1, len(parts)))
    for number, part in enumerate(parts):
        inside = part.starting(int(lines[0]), int(lines[-1]))
        bars = np.searchsorted(lines, inside.onset, side="right") - 1
        fits = heard[inside.pitch % 12, inside.onset // STEPS_PER_BEAT]
        notes[:, number] = np.bincount(bars, minlength=len(notes))
        fitting[:, number] = np.bincount(bars, weights=fits, minlength=len(notes))
    of_all = fitting.sum() / max(1, notes.sum())
    return np.where(notes > 0, fitting / np.maximum(notes, 1), of_all)


def _f1(events: BoolArray) -> FloatArray:
    """F1 of the events of every two parts in each bar, float64 [bars, parts, parts]; events: [bars, parts, events].
    Two bars of nothing are alike."""
    there = events.astype(np.float32)
    shared, number = there @ there.transpose(0, 2, 1), there.sum(axis=2)
    both = number[:, :, None] + number[:, None]
    return np.where(both > 0, 2.0 * shared / np.maximum(both, 1), 1.0).astype(np.float64)


def _path(typical: FloatArray) -> IntArray:
    """The part of each bar, int64 [bars]: those that are most typical in all, less `SWITCH` for each change."""
    bars, parts = typical.shape
    best, came_from = typical[0], np.zeros((bars, parts), dtype=np.int64)
    for bar in range(1, bars):
        leader = int(best.argmax())
        stays = best >= best[leader] - SWITCH
        came_from[bar] = np.where(stays, np.arange(parts), leader)
        best = np.where(stays, best, best[leader] - SWITCH) + typical[bar]
    chosen = np.zeros(bars, dtype=np.int64)
    chosen[-1] = int(best.argmax())
    for bar in range(bars - 1, 0, -1):
        chosen[bar - 1] = came_from[bar, chosen[bar]]
    return chosen
