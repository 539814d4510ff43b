"""Bars of three heard in notes: of songs whose file counts fours, as a file does that nobody told its meter.

What begins in a waltz is alike three beats later, and six, and nine, and less so after four or eight: such a song gets
bars of three quarters. Which beat begins them, say basses, kicks and snares, new harmonies and long notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from midi_subtract.listening.bar_lines import beginning_on
from midi_subtract.listening.drum_figures import KICK, of_classes
from midi_subtract.metrics import CLASS_OF_KEY, NO_CLASS, FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Meter, Song
from subtract_core.stems import Stem

BAR_BEATS = 3
FEWEST_BEATS = 48
"""Of a shorter song nothing is said."""
ALIKE, LIKELIER = 0.08, 0.1
"""How alike what begins has to be at bars of three, and how much more than at bars of four, 0 to 1."""

_SLOT = STEPS_PER_BEAT // 2  # an eighth
_THREES, _FOURS = (6, 12, 18, 30, 36, 42), (8, 16, 32, 40)  # eighths; 24 and 48 would speak for both
_NEAR = 2  # steps around a beat
_LONG = 2 * STEPS_PER_BEAT
_ENOUGH = 30  # strokes or long notes that count in full
_FIRST = 0.2  # how much likelier than on any other beat bars begin on the song's first


def with_heard_bars(song: Song) -> Song:
    """The song in bars of three quarters, if the file's are 4/4 and its notes say three; else itself.

    The beats before the first bar are a bar of their own, as a pickup.
    """
    if not song.is_common_time or not is_in_three(song.stems, song.last_step):
        return song
    in_threes = replace(song, meters=[Meter(0, BAR_BEATS, 4)], bars_heard=True)
    return beginning_on(in_threes, 1.0 + first_beat(song.stems))


def is_in_three(stems: Mapping[Stem, Notes], steps: int) -> bool:
    """Whether what begins in the first `steps` of a song comes back after three beats rather than after four."""
    if steps < FEWEST_BEATS * STEPS_PER_BEAT:
        return False
    three, four = (float(np.mean(repeats(stems, steps, lags))) for lags in (_THREES, _FOURS))
    return three > ALIKE and three - four > LIKELIER


def repeats(stems: Mapping[Stem, Notes], steps: int, lags: tuple[int, ...]) -> FloatArray:
    """How alike what begins is so many eighths later: 1 for the same, 0 for as alike as at any distance.

    float64 [lags], the mean of two autocorrelations: of the pitch classes, and classes of strokes, that begin in each
    eighth, and of how many of the former and which of the latter, as harmony may change from bar to bar.
    """
    slots = steps // _SLOT + 1
    kinds = {stem: _begun(notes, stem, slots) for stem, notes in stems.items()}
    counts = {stem: k if stem is Stem.DRUMS else k.sum(axis=1, keepdims=True) for stem, k in kinds.items()}
    return np.asarray(np.mean([_autocorrelation(np.hstack([*a.values()]), lags) for a in (kinds, counts)], axis=0))


def _autocorrelation(rows: FloatArray, lags: tuple[int, ...]) -> FloatArray:
    """Of columns about their means, all together, at distances shorter than there are rows."""
    rows = rows - rows.mean(axis=0)
    power = max(float(np.square(rows).mean()), 1e-9)
    return np.array([float((rows[:-lag] * rows[lag:]).mean()) / power for lag in lags])


def _begun(notes: Notes, stem: Stem, slots: int) -> FloatArray:
    """What begins in each eighth, [slots, 12]: pitch classes, or classes of strokes."""
    slot = np.minimum((notes.onset.astype(np.int64) + _NEAR) // _SLOT, slots - 1)
    kind = CLASS_OF_KEY[notes.pitch.astype(np.int64)] if stem is Stem.DRUMS else notes.pitch.astype(np.int64) % 12
    begun = np.zeros((slots, 12))
    known = kind != NO_CLASS
    begun[slot[known], kind[known]] = 1.0
    return begun


def first_beat(stems: Mapping[Stem, Notes]) -> int:
    """Which of the first three beats begins a bar of three, 0 for the first."""
    accents = np.array([_FIRST, 0.0, 0.0])
    for stem, notes in stems.items():
        onset = notes.onset.astype(np.int64)
        beat = (onset + _NEAR) // STEPS_PER_BEAT
        near = np.abs(onset - beat * STEPS_PER_BEAT) <= _NEAR
        if stem is Stem.DRUMS:
            kicks, snares = (of_classes(notes, names) for names in (KICK, ("snare",)))
            accents += _shares(beat[near & kicks]) - 0.7 * _shares(beat[near & snares])
        elif stem is Stem.BASS:
            order = np.argsort(onset, kind="stable")
            moves = np.diff(notes.pitch.astype(np.int64)[order], prepend=-1) != 0
            accents += 2 * _shares(beat[near]) + _shares(beat[order][moves & near[order]])
        else:
            accents += _shares(beat[near & (notes.duration >= _LONG)])
    return int(accents.argmax())


def _shares(beats: IntArray) -> FloatArray:
    """Which share of them lies on each beat of three; less of few."""
    return np.bincount(beats % BAR_BEATS, minlength=BAR_BEATS) / max(_ENOUGH, len(beats))
