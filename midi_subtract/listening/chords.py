"""Chords of a song, estimated from the notes of its pitched parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from midi_subtract.metrics import FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes

BEATS_PER_CHORD = 2


@dataclass(frozen=True)
class Chord:
    """root: pitch class 0-11, C is 0. quality: a key of `QUALITIES`."""

    root: int
    quality: str

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The chord's pitch classes, root first."""
        return tuple((self.root + interval) % 12 for interval in QUALITIES[self.quality])

    def __str__(self) -> str:
        return f"{_ROOT_NAMES[self.root]}{self.quality}"


_ROOT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "M7": (0, 4, 7, 11),
    "dim": (0, 3, 6),
    "sus4": (0, 5, 7),
}
"""Chord symbols as `mma` writes them, and their intervals in semitones."""

_CHORDS = [Chord(root, quality) for root in range(12) for quality in QUALITIES]
_BASS_WEIGHT = 0.2
_QUALITY_PRIOR = {"": 0.05, "m": 0.05, "7": 0.0, "m7": 0.0, "M7": -0.03, "dim": -0.05, "sus4": -0.15}
_TRIADS = (0, 3, 4, 6, 7, 8)  # semitones above the root
_CHANGE_COST = (0.06, 0.15)  # on a bar line, inside a bar


@dataclass(frozen=True)
class Progression:
    """Chords one after the other. starts: int64, the step at which each begins. chords: as many."""

    starts: IntArray
    chords: tuple[Chord, ...]

    def at(self, step: int) -> Chord:
        """The chord at a step: before the first one that, after the last one that."""
        return self.chords[max(int(np.searchsorted(self.starts, step, side="right")) - 1, 0)]


@dataclass(frozen=True)
class ChordSpan:
    """A chord from one step to another. bass, root: pitch classes 0-11, two in slash chords. tones: all of them."""

    start: int
    end: int
    bass: int
    root: int
    tones: frozenset[int]

    @property
    def fifth(self) -> int:
        """The tone that goes back and forth with the bass: the fifth, or the root above it, as in C/G."""
        fifths = ((self.root + above) % 12 for above in (7, 6, 8))
        return next((tone for tone in (*fifths, self.root) if tone in self.tones - {self.bass}), self.bass)


def chord_at(chords: Sequence[ChordSpan], step: int) -> ChordSpan | None:
    """The chord at a step, if any. chords: one after the other, gaps between them allowed."""
    place = bisect_right(chords, step, key=lambda chord: chord.start) - 1
    return chords[place] if place >= 0 and step < chords[place].end else None


def chord_spans(chart: Sequence[ChordSpan], estimate: Progression, stop: int) -> list[ChordSpan]:
    """Chords one after the other: those of a chart, and estimated ones where it has none, up to the step `stop`; equal
    ones in a row are one."""
    guesses = [
        ChordSpan(start, end, chord.root, chord.root, frozenset(chord.pitch_classes))
        for start, end, chord in zip(
            estimate.starts.tolist(), [*estimate.starts[1:].tolist(), stop], estimate.chords, strict=True
        )
    ]
    edges = sorted({step for chord in (*chart, *guesses) for step in (chord.start, chord.end)})
    spans: list[ChordSpan] = []
    for start, end in pairwise(edges):
        chord = chord_at(chart, start) or chord_at(guesses, start)
        if chord is None:
            continue
        if spans and replace(spans[-1], start=0, end=0) == replace(chord, start=0, end=0):
            spans[-1] = replace(spans[-1], end=end)
        else:
            spans.append(replace(chord, start=start, end=end))
    return spans


def tonic_of_chart(chart: Sequence[ChordSpan]) -> int:
    """The pitch class of the tonic of a chart of at least one chord: of the major scale that has most of its triads by
    how long they sound (sevenths, as in a blues, are none of it), or of its relative minor where the chart begins with
    that chord; of equals the one with which it begins."""
    weights = np.zeros(12)
    for chord in chart:
        triad = [tone for tone in chord.tones if (tone - chord.root) % 12 in _TRIADS]
        weights[triad] += chord.end - chord.start
    first, scale = chart[0], np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))
    is_minor = (first.root + 3) % 12 in first.tones
    home = (first.root + 3 * is_minor) % 12  # the major scale of its first chord
    scores = [float(weights @ np.roll(scale, tonic)) for tonic in range(12)]
    return first.root if scores[home] == max(scores) else int(np.argmax(scores))


def estimate_chords(context: Sequence[Notes], bar_starts: IntArray) -> Progression:
    """The chords of a pitched context, of which each bar has one for every `BEATS_PER_CHORD` beats, the last one for
    what is left; C major throughout where it is silent.

    Each chord scores the cosine of its template with the span's pitch classes, weighted by how long they sound, plus
    a weight for the share of the span in which its root is the lowest sounding pitch class, plus a prior for plain
    triads. The best path over the spans pays for each change of chord, more inside a bar.
    bar_starts: bar lines in steps, the end included; chords do not cross them.
    """
    span = BEATS_PER_CHORD * STEPS_PER_BEAT
    bars = [np.arange(start, stop, span) for start, stop in pairwise(bar_starts.tolist())]
    costs = [_CHANGE_COST[place > 0] for bar in bars for place in range(len(bar))]
    starts = np.concatenate(bars)
    weights, lowest = _span_weights(Notes.merge(context), np.append(starts, bar_starts[-1]))
    scores = np.empty((len(starts), len(_CHORDS)))
    for index, chord in enumerate(_CHORDS):
        template = np.zeros(12)
        template[list(chord.pitch_classes)] = 1.0
        scores[:, index] = weights @ (template / np.linalg.norm(template))
        scores[:, index] += _BASS_WEIGHT * lowest[:, chord.root] + _QUALITY_PRIOR[chord.quality]
    return Progression(starts, tuple(_CHORDS[i] for i in _best_path(scores, costs)))


def pitch_class_weights(notes: Notes) -> FloatArray:
    """Steps that each pitch class sounds, float64 [12]."""
    return np.bincount(notes.pitch % 12, weights=notes.duration, minlength=12).astype(np.float64)


def _span_weights(notes: Notes, edges: IntArray) -> tuple[FloatArray, FloatArray]:
    """For each span between two edges, by pitch class: root of sounding time as a unit vector, share as the lowest."""
    first, steps = int(edges[0]), int(edges[-1] - edges[0])
    roll = np.zeros((128, steps), dtype=np.int64)
    for onset, pitch, end in zip(notes.onset - first, notes.pitch, notes.end - first, strict=True):
        roll[pitch, max(onset, 0) : max(end, 0)] += 1
    weights, lowest = np.zeros((12, steps)), np.zeros((12, steps))
    for pitch in range(128):
        weights[pitch % 12] += roll[pitch]
    sounds = roll.any(axis=0)
    lowest[roll.argmax(axis=0)[sounds] % 12, np.flatnonzero(sounds)] = 1.0
    played, deepest = (np.add.reduceat(counts, edges[:-1] - first, axis=1).T for counts in (weights, lowest))
    return _unit(np.sqrt(played)), deepest / np.maximum(deepest.sum(axis=1, keepdims=True), 1.0)


def _unit(rows: FloatArray) -> FloatArray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1.0)


def _best_path(scores: FloatArray, costs: Sequence[float]) -> list[int]:
    """Viterbi path over scores [n_spans, n_states]; changing the state on the way into span i costs `costs[i]`."""
    total = scores[0].copy()
    came_from = []
    for row, cost in zip(scores[1:], costs[1:], strict=True):
        best = int(total.argmax())
        stay = total >= total[best] - cost
        came_from.append(np.where(stay, np.arange(len(total)), best))
        total = np.where(stay, total, total[best] - cost) + row
    path = [int(total.argmax())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return path[::-1]
