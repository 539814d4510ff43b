"""Bars that a player would play alike, played alike.

A player repeats what he plays where the song repeats its harmony: of the bars of 40 validation songs 27% of basses'
and 48% of guitars' are unlike all before. A part that is drawn varies every bar a little, and 68% and 86% of its are.
So bars that are nearly alike over the same harmony become the one that is most like all of them, which is also nearer
to what people play there (docs/experiments.md, 2026-11-28), but for what hardly another of them has: a wrong note is
not repeated. Drums repeat themselves as often as people's do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from midi_subtract.metrics import STEPS_PER_SIXTEENTH, BoolArray, FloatArray, IntArray, bar_events, cosines
from midi_subtract.model.features import sounding
from midi_subtract.notes import Notes
from subtract_core.stems import Stem

ALIKE, SAME_HARMONY = 0.4, 0.95
"""How alike bars of a part have to be, and those of the others' harmony, as cosines."""
MANY, SLIP = 4, 0.2
"""Bars, and the share of the others of so many and more, that must have a note which all of them are to have."""
_QUARTERS = 4  # of a bar, whose harmonies are compared
_AT_ONCE = 512  # bars that are compared with each other


def with_repeats(
    notes: Notes, stem: Stem, others: Mapping[Stem, Notes], bar_starts: IntArray, spans: Sequence[tuple[int, int]]
) -> Notes:
    """A part whose bars are alike where they were nearly so, over the same harmony of the others.

    spans: first bars, and those behind the last, of stretches that are not to be like each other. bar_starts: bar lines
    in steps, the song's end included. Each bar keeps its loudness.
    """
    if stem is Stem.DRUMS or not len(notes):
        return notes
    model = np.arange(len(bar_starts) - 1)
    stop = bar_starts[1:].copy()
    for begin, end in spans:
        stop[begin:end] = bar_starts[end]
        for first in range(begin, end, _AT_ONCE):
            last = min(end, first + _AT_ONCE)
            model[first:last] = first + _models(notes, stem, others, bar_starts[first : last + 1])
    return _copied(notes.select(~_slips(notes, bar_starts, model)), bar_starts, model, stop)


def _models(notes: Notes, stem: Stem, others: Mapping[Stem, Notes], lines: IntArray) -> IntArray:
    """The number of the bar that each bar is to be like, itself where there is no other; int64 [bars].

    Bars are taken in groups, each those that are like one bar, first that which is most like most of them.
    """
    start, stop = int(lines[0]), int(lines[-1])
    events = bar_events({stem: notes.between(start, stop)}, lines - start)
    heard = {s: n.shifted(-start) for s, n in others.items()}
    harmony, length = harmonies(heard, lines - start), np.diff(lines)
    likeness = cosines(events, events)
    near = (likeness >= ALIKE) & (harmony @ harmony.T >= SAME_HARMONY) & (length[:, None] == length)
    near |= np.eye(len(length), dtype=np.bool_)  # beside silence, a bar is like itself alone
    left = np.asarray(events.any(axis=1))
    likeness = np.where(near & left & left[:, None], likeness, 0.0)
    model = np.arange(len(length))
    total = likeness.sum(axis=1)
    while left.any():
        leader = int(np.where(left, total, -1.0).argmax())
        group = np.flatnonzero((likeness[leader] > 0) & left)
        model[group] = leader
        left[group] = False
        total -= likeness[:, group].sum(axis=1)
    return model


def harmonies(others: Mapping[Stem, Notes], lines: IntArray) -> FloatArray:
    """How long each pitch class sounds in each quarter of each bar, as vectors of length 1, or 0: [bars, 48]."""
    pitched = Notes.merge(notes for stem, notes in others.items() if stem is not Stem.DRUMS)
    classes, _ = sounding(pitched, int(lines[-1]))
    lasted = np.concatenate([np.zeros((1, 12)), np.cumsum(classes, axis=0, dtype=np.float64)])
    edges = lines[:-1, None] + np.diff(lines)[:, None] * np.arange(_QUARTERS + 1) // _QUARTERS
    rows = np.diff(lasted[edges], axis=1).reshape(len(lines) - 1, -1)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def same_harmony(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cosine of every row of `harmonies` with every other; two bars without any have the same."""
    silent = [np.asarray(~rows.any(axis=1)) for rows in (a, b)]
    return np.asarray(a @ b.T + np.outer(*silent), dtype=np.float64)


def _slips(notes: Notes, lines: IntArray, model: IntArray) -> BoolArray:
    """Which notes hardly any other bar of its group has, bool [notes]: those of the one that all become would be
    repeated."""
    bar = bar_numbers(notes, lines)
    place = np.rint((notes.onset - lines[bar]) / STEPS_PER_SIXTEENTH).astype(np.int64)  # a step late is no other note
    what = place * 12 + notes.pitch % 12
    kind = np.unique(np.stack([model[bar], what]), axis=1, return_inverse=True)[1].ravel()
    others = np.bincount(np.unique(np.stack([kind, bar]), axis=1)[0])[kind] - 1  # bars with the same, each once
    size = np.bincount(model, minlength=len(model))[model[bar]]
    return np.asarray((size >= MANY) & (others < SLIP * (size - 1)))


def _copied(notes: Notes, lines: IntArray, model: IntArray, stop: IntArray) -> Notes:
    """The part with every bar as its model, as loud as it was; no copy rings on behind the step `stop` [bars]."""
    bars = np.arange(len(model))
    bar = bar_numbers(notes, lines)
    count = np.bincount(bar, minlength=len(bars))
    mean = np.bincount(bar, weights=notes.velocity, minlength=len(bars)) / np.maximum(count, 1)
    mean = np.where(count > 0, mean, mean[model])  # of a bar left without notes as loud as that which it becomes
    begin, end = np.searchsorted(bar, bars), np.searchsorted(bar, bars, side="right")
    parts = []
    for index, source in enumerate(model.tolist()):
        there = notes.select(np.arange(begin[source], end[source]))
        velocity = np.clip(np.rint(there.velocity + mean[index] - mean[source]), 1, 127)
        onset, duration = there.onset + int(lines[index] - lines[source]), there.duration
        if source != index:
            duration = np.minimum(duration, int(stop[index]) - onset)
        parts.append(Notes.from_arrays(onset, there.pitch, duration, velocity))
    copied = model != bars
    return until_the_next(Notes.merge(parts), lines, copied | np.append(copied[1:], False))


def bar_numbers(notes: Notes, lines: IntArray) -> IntArray:
    """The number of the bar in which each note begins, counted from 0; int64 [notes]."""
    return np.asarray(np.minimum(np.searchsorted(lines, notes.onset, side="right") - 1, len(lines) - 2))


def until_the_next(notes: Notes, lines: IntArray, seams: BoolArray) -> Notes:
    """The part with what rings over a seam only up to the next note behind it. seams: bool [bars], whether one lies at
    the end of each bar."""
    lines_there = np.append(lines[1:][seams], np.iinfo(np.int32).max)
    line = lines_there[np.searchsorted(lines_there, notes.onset, side="right")]
    following = np.append(notes.onset, np.iinfo(np.int32).max)[np.searchsorted(notes.onset, line)]
    end = np.where(notes.end > line, np.minimum(notes.end, following), notes.end)
    return Notes.from_arrays(notes.onset, notes.pitch, end - notes.onset, notes.velocity)
