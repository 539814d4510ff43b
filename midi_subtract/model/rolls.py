"""Between notes and the piano rolls that the codec reads and writes, one beat of 12 steps a row.

A roll is float32 [beats, 12, planes]. Pitched parts (177 planes): onset and sustain of 88 keys (A0-C8) and the
step's velocity. Drums (24 planes): onset and velocity of 12 drum classes. Binary planes come first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midi_subtract.listening.drum_figures import with_claps
from midi_subtract.metrics import classes_of
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES, PLAYABLE_RANGE
from subtract_core.stems import Stem

LOWEST_KEY, N_KEYS = 21, 88
N_DRUMS = len(DRUM_CLASSES)
THRESHOLD = 0.35
"""Probability from which on a cell counts as set. Latents that were sampled lie between those of real beats more often
than those that were encoded; at one half their parts are too thin."""
DRUM_HIT_STEPS = 1  # a drum has no sustain: the length that sequencers write is a convention

_DRUM_KEY = np.array([key for _, key, _ in DRUM_CLASSES])


@dataclass(frozen=True)
class RollSpec:
    """Shape of a roll: `binary` on/off planes, then `values` planes in 0-1; `onsets` of the binary ones are onsets."""

    binary: int
    values: int
    onsets: int

    @property
    def planes(self) -> int:
        return self.binary + self.values


PITCHED = RollSpec(binary=2 * N_KEYS, values=1, onsets=N_KEYS)
DRUMS = RollSpec(binary=N_DRUMS, values=N_DRUMS, onsets=N_DRUMS)


def spec_of(stem: Stem) -> RollSpec:
    """The roll's shape for a stem."""
    return DRUMS if stem is Stem.DRUMS else PITCHED


def to_roll(notes: Notes, stem: Stem, n_beats: int) -> np.ndarray:
    """Notes as a roll, float32 [n_beats, 12, planes]; what lies outside [0, n_beats) is cut off."""
    roll = np.zeros((n_beats, STEPS_PER_BEAT, spec_of(stem).planes), dtype=np.float32)
    cells, values = roll_cells(notes, stem, n_beats)
    roll.reshape(-1)[cells] = values
    return roll


def roll_cells(notes: Notes, stem: Stem, n_beats: int) -> tuple[np.ndarray, np.ndarray]:
    """The cells of a roll that are not zero: places in the flattened roll, int64 in order, and values, float32."""
    steps = n_beats * STEPS_PER_BEAT
    binary, filled, values = _drum_cells(notes, steps) if stem is Stem.DRUMS else _pitched_cells(notes, steps)
    binary = np.sort(binary)  # np.unique takes many times as long
    binary = binary[np.diff(binary, prepend=-1) > 0]
    cells = np.concatenate([binary, filled])
    order = np.argsort(cells, kind="stable")
    return cells[order], np.concatenate([np.ones(len(binary)), values]).astype(np.float32)[order]


def _drum_cells(notes: Notes, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Binary cells, repeated ones too; cells with values; their values: the velocity of the loudest stroke."""
    kind = classes_of(notes)
    keep = (kind >= 0) & (notes.onset >= 0) & (notes.onset < steps)
    hit = notes.onset[keep].astype(np.int64) * DRUMS.planes + kind[keep]
    velocity = notes.velocity[keep] / np.float32(127)
    order = np.lexsort((-velocity, hit))
    places, first = np.unique(hit[order], return_index=True)
    return hit, places + N_DRUMS, velocity[order][first]


def _pitched_cells(notes: Notes, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Binary cells, repeated ones too; cells with values; their values: the mean velocity of what starts there."""
    key = fold_into_range(notes.pitch.astype(np.int64), LOWEST_KEY, LOWEST_KEY + N_KEYS - 1) - LOWEST_KEY
    begin = np.clip(notes.onset.astype(np.int64), 0, steps)
    length = np.maximum(np.clip(notes.end.astype(np.int64), 0, steps) - begin, 0)
    sounding = np.repeat(begin, length) + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    inside = (notes.onset >= 0) & (notes.onset < steps)
    onset = notes.onset[inside].astype(np.int64)
    binary = [onset * PITCHED.planes + key[inside], sounding * PITCHED.planes + N_KEYS + np.repeat(key, length)]
    count = np.bincount(onset, minlength=steps)
    struck = np.flatnonzero(count)
    total = np.bincount(onset, weights=notes.velocity[inside], minlength=steps)[struck]
    return np.concatenate(binary), struck * PITCHED.planes + 2 * N_KEYS, total / count[struck] / 127


def fold_into_range(pitch: np.ndarray, lowest: int, highest: int) -> np.ndarray:
    """Move pitches by whole octaves until they lie in [lowest, highest], a range of at least an octave."""
    below, above = np.maximum(lowest - pitch, 0), np.maximum(pitch - highest, 0)
    folded: np.ndarray = pitch + 12 * -(-below // 12) - 12 * -(-above // 12)
    return folded


def from_roll(roll: np.ndarray, stem: Stem, threshold: float = THRESHOLD) -> Notes:
    """Read notes off a roll of probabilities [n_beats, 12, planes]; pitches are folded into the playable range.

    A pitched note starts where its onset plane exceeds `threshold` and lasts until its sustain plane no longer
    does or it is struck again.
    """
    flat = roll.reshape(-1, roll.shape[-1])
    return _read_drums(flat, threshold) if stem is Stem.DRUMS else _read_pitched(flat, stem, threshold)


def _velocity(values: np.ndarray) -> np.ndarray:
    velocity: np.ndarray = np.clip(np.rint(values * 127), 1, 127)
    return velocity


def _read_drums(flat: np.ndarray, threshold: float) -> Notes:
    onset, kind = np.nonzero(flat[:, :N_DRUMS] > threshold)
    length = np.full(len(onset), DRUM_HIT_STEPS)
    return with_claps(Notes.from_arrays(onset, _DRUM_KEY[kind], length, _velocity(flat[onset, N_DRUMS + kind])))


def _read_pitched(flat: np.ndarray, stem: Stem, threshold: float) -> Notes:
    struck = flat[:, :N_KEYS] > threshold
    held = flat[:, N_KEYS : 2 * N_KEYS] > threshold
    onset, key = np.nonzero(struck)
    # For every step and key: the first later step at which a note starting there would be over.
    over = ~held | struck
    steps = len(flat)
    ends = np.where(over, np.arange(steps)[:, None], steps)
    next_end = np.minimum.accumulate(ends[::-1], axis=0)[::-1]
    after = np.vstack([next_end[1:], np.full((1, N_KEYS), steps)])
    duration = after[onset, key] - onset
    velocity = _velocity(flat[onset, 2 * N_KEYS])
    pitch = fold_into_range(key + LOWEST_KEY, *PLAYABLE_RANGE[stem])
    return without_overlaps(Notes.from_arrays(onset, pitch, duration, velocity))


def without_overlaps(notes: Notes) -> Notes:
    """Cut every note where the same pitch is struck again; of two equal notes struck together the longer stays."""
    order = np.lexsort((-notes.duration, notes.onset, notes.pitch))
    onset, pitch, duration = notes.onset[order], notes.pitch[order], notes.duration[order]
    same = pitch[1:] == pitch[:-1]
    keep = np.ones(len(order), dtype=bool)
    keep[1:] = ~(same & (onset[1:] == onset[:-1]))
    onset, pitch, duration, velocity = onset[keep], pitch[keep], duration[keep], notes.velocity[order][keep]
    same = pitch[1:] == pitch[:-1]
    gap = onset[1:] - onset[:-1]
    duration[:-1] = np.where(same, np.minimum(duration[:-1], gap), duration[:-1])
    return Notes.from_arrays(onset, pitch, duration, velocity)
