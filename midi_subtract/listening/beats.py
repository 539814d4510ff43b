"""Beats heard in notes: for performances that were recorded without a metronome.

The file of such a performance counts beats all the same, at some tempo that nobody played. Here its beats and bars are
found again by a bar pointer (Whiteley, Cemgil & Godsill, 2006; Krebs, Böck & Widmer, 2015): a hidden tempo and place in
the bar go on from moment to moment, tempo changes where a beat ends, and the most likely path is the one that
Viterbi's algorithm finds. How likely a note is at a place tells `metre.json`: how much more often than on average notes
of its kind begin there, counted in songs whose beats are known (tools/count_metre.py). Bars are taken to have four
beats.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from midi_subtract.metrics import CLASS_OF_KEY, NO_CLASS, BoolArray, FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from subtract_core.stems import Stem

BAR_BEATS = 4
ON_THE_BEAT, FEWEST_ONSETS = 0.2, 64
"""How strongly onsets gather at halves, thirds or quarters of beats, 0 to 1, where they keep to them: recorded to a
metronome they come to .34 and more in 95% of performances, played freely to less than .2. Of fewer onsets nothing is
said."""
FEWEST_NOTES = 8
"""Strokes, or notes struck together, in which beats can be heard."""
LONGEST = 7200.0
"""Seconds in which they are looked for: each takes 12 KB."""
TOGETHER = 0.03
"""Seconds within which notes are struck together."""

_FRAMES = 50  # a second
_SLOWEST, _FASTEST, _USUAL, _OCTAVES = 40.0, 215.0, 110.0, 0.7  # beats a minute; spread about the usual
_STEADY = 60.0  # how unlikely changes of tempo are: exp(-60 |ratio - 1|) from beat to beat
_LIKED = 0.5  # how much every beat likes to be of a usual tempo
_EVEN = 0.1  # share of notes that begin anywhere, whatever their kind
_NEAR = 0.04  # seconds from a beat within which notes say where exactly it lies

_DRUM_MARKS = ("kick", "snare", "hat", "cymbal", "tom")
_MARK_OF_CLASS = {
    "kick": "kick", "snare": "snare", "stick and clap": "snare", "closed hat": "hat", "pedal hat": "hat",
    "open hat": "cymbal", "ride": "hat", "crash": "cymbal", "low tom": "tom", "mid tom": "tom", "high tom": "tom",
    "hand percussion": "tom",
}  # fmt: skip
MARKS = (
    *_DRUM_MARKS,
    *(f"{harmony}, {low}, {size}, {length}" for harmony in ("known", "new") for low in ("high", "low")
      for size in ("one", "two", "more") for length in ("short", "long")),
)  # fmt: skip
"""Kinds of strokes, and of notes struck together: whether their harmony is new, whether a low one is among them, how
many they are, how long."""
_DRUM_MARK = np.array([_DRUM_MARKS.index(_MARK_OF_CLASS[name]) for name, _, _ in DRUM_CLASSES])
_LOW = 48  # MIDI notes below are low, and all of a bass
_LONG = 1.5  # times the median length of what is struck together
_NEW, _BEFORE = 0.5, 3  # a harmony is new if half of its pitch classes were not in the last three


@dataclass(frozen=True)
class Played:
    """Notes as they were played; arrays of one length, in any order.

    onset, duration: float64, seconds, or any other unit. pitch: int64. is_drum, is_bass: bool.
    """

    onset: FloatArray
    duration: FloatArray
    pitch: IntArray
    is_drum: BoolArray
    is_bass: BoolArray


@dataclass(frozen=True)
class HeardBeats:
    """seconds: float64 [n], where beats lie. first_bar: the number of the first of them that begins a bar."""

    seconds: FloatArray
    first_bar: int


def keep_time(onsets: FloatArray) -> bool:
    """Whether onsets, counted in beats, keep to halves, thirds or quarters of them; so do too few to tell.

    The length of the mean of unit vectors whose angles are the onsets' places in such a part of a beat.
    """
    onsets = np.unique(np.round(onsets, 4))
    if len(onsets) < FEWEST_ONSETS:
        return True
    gathered = [float(np.abs(np.exp(2j * np.pi * parts * onsets).mean())) for parts in (2, 3, 4)]
    return max(gathered) >= ON_THE_BEAT


def marked(played: Played, together: float = TOGETHER) -> tuple[FloatArray, IntArray]:
    """When something is struck, in order, and its kind, an index into `MARKS`.

    Every stroke of a drum counts for itself; other notes that begin no later than `together` after one another are one.
    """
    classes = CLASS_OF_KEY[played.pitch]
    strokes = np.flatnonzero(played.is_drum & (classes != NO_CLASS))
    times, marks = [played.onset[strokes]], [_DRUM_MARK[classes[strokes]]]
    notes = np.flatnonzero(~played.is_drum)
    if len(notes):
        notes = notes[np.argsort(played.onset[notes], kind="stable")]
        onset = played.onset[notes]
        group = np.concatenate([[0], np.cumsum(np.diff(onset) > together)])
        first = np.flatnonzero(np.diff(group, prepend=-1))
        size = np.diff([*first, len(notes)])
        length = np.maximum.reduceat(played.duration[notes], first)
        low = np.logical_or.reduceat(played.is_bass[notes] | (played.pitch[notes] < _LOW), first)
        is_new, is_long = _new_harmony(played.pitch[notes], group), length >= _LONG * np.median(length)
        times.append(np.add.reduceat(onset, first) / size)
        marks.append(len(_DRUM_MARKS) + 12 * is_new + 6 * low + 2 * np.minimum(size - 1, 2) + is_long)
    time, mark = np.concatenate(times), np.concatenate(marks).astype(np.int64)
    order = np.argsort(time, kind="stable")
    return time[order], mark[order]


def on_grid(stems: Mapping[Stem, Notes]) -> tuple[IntArray, IntArray]:
    """Steps of the grid on which something is struck, in order, and its kind, as `marked` has it; of parts, one at
    least."""
    parts = list(stems.items())
    played = Played(
        onset=np.concatenate([n.onset for _, n in parts]).astype(np.float64),
        duration=np.concatenate([n.duration for _, n in parts]).astype(np.float64),
        pitch=np.concatenate([n.pitch for _, n in parts]).astype(np.int64),
        is_drum=np.concatenate([np.full(len(n), stem is Stem.DRUMS) for stem, n in parts]),
        is_bass=np.concatenate([np.full(len(n), stem is Stem.BASS) for stem, n in parts]),
    )
    steps, marks = marked(played, together=0.5)
    return np.rint(steps).astype(np.int64), marks


def _new_harmony(pitch: IntArray, group: IntArray) -> BoolArray:
    """Whether each group, numbered in order, has a harmony that the groups before it have not, bool [groups]."""
    classes = np.zeros((int(group[-1]) + 1, 12), dtype=bool)
    classes[group, pitch % 12] = True
    recent = np.zeros_like(classes)
    for back in range(1, _BEFORE + 1):
        recent[back:] |= classes[:-back]
    return np.asarray((classes & ~recent).sum(axis=1) >= _NEW * classes.sum(axis=1))


@lru_cache(maxsize=1)
def metre_shares() -> FloatArray:
    """Logarithm of how much more often than on average something of each kind is struck on each step of a bar,
    [MARKS, BAR_BEATS * STEPS_PER_BEAT]."""
    text = resources.files("midi_subtract.listening").joinpath("metre.json").read_text(encoding="utf-8")
    shares = json.loads(text)["shares"]
    table = np.array([shares[mark] for mark in MARKS], dtype=np.float64)
    return np.asarray(np.log((1 - _EVEN) * table + _EVEN), dtype=np.float64)


def hear_beats(times: FloatArray, marks: IntArray) -> HeardBeats:
    """The beats of what `marked` found, from before the first to behind the last of it."""
    frames = _Pointer().path(np.rint(times * _FRAMES).astype(np.int64), marks)
    beats = np.array([frame / _FRAMES for frame, _ in frames])
    first_bar = next((i for i, (_, beat) in enumerate(frames) if beat == 0), 0)
    return HeardBeats(_refined(beats, times), first_bar)


def _refined(beats: FloatArray, times: FloatArray) -> FloatArray:
    """Beats moved to the median of what is struck next to them, where something is."""
    moved = beats.copy()
    start, stop = np.searchsorted(times, beats - _NEAR), np.searchsorted(times, beats + _NEAR)
    for index in np.flatnonzero(stop > start):
        moved[index] = np.median(times[start[index] : stop[index]])
    return np.asarray(moved)


class _Pointer:
    """The bar pointer. A state is a beat of the bar, a tempo (`lengths`, frames a beat) and frames since the beat."""

    def __init__(self) -> None:
        lengths = np.arange(round(60 * _FRAMES / _FASTEST), round(60 * _FRAMES / _SLOWEST) + 1)
        bpm = 60 * _FRAMES / lengths
        self.lengths = lengths
        self.usual = -0.5 * (np.log2(bpm / _USUAL) / _OCTAVES) ** 2
        # [to, from]: the logarithm of how likely a tempo follows another.
        change = -_STEADY * np.abs(lengths[:, None] / lengths - 1)
        self.change = change - np.log(np.exp(change).sum(axis=0)) + _LIKED * self.usual[:, None]
        self.begin = np.concatenate([[0], np.cumsum(np.tile(lengths, BAR_BEATS))])
        phases = [beat + np.arange(n) / n for beat in range(BAR_BEATS) for n in lengths]
        place = np.concatenate(phases) * STEPS_PER_BEAT
        below = np.floor(place).astype(np.int64)
        self.weight = place - below
        self.below, self.above = below, (below + 1) % (BAR_BEATS * STEPS_PER_BEAT)

    def path(self, frames: IntArray, marks: IntArray) -> list[tuple[int, int]]:
        """Frame and number in the bar of every beat on the likeliest path; things are struck at `frames`, in order."""
        # Long enough behind the last note for a beat or two more, however slow.
        count, tempi = int(frames[-1]) + 2 * int(self.lengths[-1]), len(self.lengths)
        shares = metre_shares()
        struck = dict(zip(*_grouped(frames, marks), strict=True))
        first, last = self.begin[:-1], self.begin[1:] - 1
        score = np.tile(np.repeat(self.usual - np.log(self.lengths), self.lengths), BAR_BEATS)
        came_from = np.zeros((count, BAR_BEATS, tempi), dtype=np.uint8)
        for frame in range(count):
            if frame:
                ways = score[last].reshape(BAR_BEATS, 1, tempi) + self.change
                best = ways.argmax(axis=2)
                entered = ways.max(axis=2)
                came_from[frame] = np.roll(best, 1, axis=0)
                score[1:] = score[:-1].copy()
                score[first] = np.roll(entered, 1, axis=0).ravel()
            if frame in struck:
                likely = shares[struck[frame]].sum(axis=0)
                score += likely[self.below] * (1 - self.weight) + likely[self.above] * self.weight
        return self._back(int(score.argmax()), count - 1, came_from)

    def _back(self, state: int, frame: int, came_from: np.ndarray) -> list[tuple[int, int]]:
        """The beats on the way to a state, in order."""
        segment = int(np.searchsorted(self.begin, state, side="right")) - 1
        beat, tempo = divmod(segment, len(self.lengths))
        frame -= state - int(self.begin[segment])
        path = []
        while frame >= 0:
            path.append((frame, beat))
            tempo = int(came_from[frame, beat, tempo])
            beat = (beat - 1) % BAR_BEATS
            frame -= int(self.lengths[tempo])
        return path[::-1]


def _grouped(frames: IntArray, marks: IntArray) -> tuple[list[int], list[IntArray]]:
    """Frames in which something is struck, and what."""
    found, first = np.unique(frames, return_index=True)
    return found.tolist(), np.split(marks, first[1:])
