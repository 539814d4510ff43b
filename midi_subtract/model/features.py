"""What the denoiser is told besides latents: the harmony and rhythm of the other parts, and the place in the bar.

All of it could be read from the latents; spelling it out saves the denoiser the learning.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from midi_subtract.song import Song
from subtract_core.stems import Stem

SLICES = 4  # a beat's harmony is described in four slices of three steps: sixteenths
_PULSES = {
    "kick": ("kick",),
    "snare": ("snare", "stick and clap"),
    "cymbals": ("closed hat", "pedal hat", "open hat", "crash", "ride"),
}
HARMONY_CHANNELS = SLICES * 12
BASS_CHANNELS = SLICES * 12
RHYTHM_CHANNELS = STEPS_PER_BEAT * (1 + len(_PULSES))
FEATURE_CHANNELS = HARMONY_CHANNELS + BASS_CHANNELS + RHYTHM_CHANNELS

_BEATS_IN_BAR = 8
PLACE_CHANNELS = 1 + _BEATS_IN_BAR + 6 + 2 + 2 + 1

_GROUP_OF_KEY = np.full(128, -1)
for _group, _classes in enumerate(_PULSES.values()):
    _GROUP_OF_KEY[[key for name, _, keys in DRUM_CLASSES for key in keys if name in _classes]] = _group


def context_features(context: Mapping[Stem, Notes], n_beats: int) -> np.ndarray:
    """Harmony and rhythm of the remaining mix, float32 [n_beats, FEATURE_CHANNELS].

    Pitch classes sounding in each slice of the beat (share of the slice, at most 1), the pitch class of the lowest
    note there, onsets of pitched parts, kick, snare and cymbals on each of the 12 steps.
    """
    steps = n_beats * STEPS_PER_BEAT
    pitched = [n for s, n in context.items() if s is not Stem.DRUMS and len(n)]
    notes = Notes.merge(pitched)
    classes, lowest = sounding(notes, steps)
    pulses = np.zeros((steps, 1 + len(_PULSES)), dtype=np.float32)
    onset = notes.onset[(notes.onset >= 0) & (notes.onset < steps)]
    pulses[onset, 0] = 1.0
    drums = context.get(Stem.DRUMS)
    if drums is not None and len(drums):
        group = _GROUP_OF_KEY[drums.pitch]
        keep = (group >= 0) & (drums.onset >= 0) & (drums.onset < steps)
        pulses[drums.onset[keep], 1 + group[keep]] = 1.0
    slice_steps = STEPS_PER_BEAT // SLICES

    def sliced(x: np.ndarray) -> np.ndarray:
        means: np.ndarray = x.reshape(n_beats * SLICES, slice_steps, 12).mean(axis=1).reshape(n_beats, -1)
        return means

    columns = [sliced(classes), sliced(lowest), pulses.reshape(n_beats, -1)]
    features: np.ndarray = np.concatenate(columns, axis=1, dtype=np.float32)
    return features


def sounding(notes: Notes, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Pitch classes that sound at each step, and that of the lowest sounding note: two float32 [steps, 12]."""
    begin = np.clip(notes.onset.astype(np.int64), 0, steps)
    length = np.maximum(np.clip(notes.end.astype(np.int64), 0, steps) - begin, 0)
    at = np.repeat(begin, length) + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    pitch = np.repeat(notes.pitch.astype(np.int64), length)
    classes = np.zeros((steps, 12), dtype=np.float32)
    classes[at, pitch % 12] = 1.0
    bottom = np.full(steps, 128)
    np.minimum.at(bottom, at, pitch)
    lowest = np.zeros((steps, 12), dtype=np.float32)
    heard = np.nonzero(bottom < 128)[0]
    lowest[heard, bottom[heard] % 12] = 1.0
    return classes, lowest


def place_features(song: Song, start: int, n_beats: int) -> np.ndarray:
    """Where each beat of a window lies, float32 [n_beats, PLACE_CHANNELS].

    Inside the song or not; beat of the bar (one-hot up to eight); phase in the bar (three harmonics); whether a bar
    line falls into the beat, and where; bar length in beats, and whether the meter counts eighths that are no thirds of
    a beat; tempo.
    """
    stop = start + n_beats * STEPS_PER_BEAT
    lines = song.bar_starts(stop)
    beats = start + np.arange(n_beats) * STEPS_PER_BEAT
    bar = np.clip(np.searchsorted(lines, beats, side="right") - 1, 0, len(lines) - 2)
    begin, length = lines[bar], np.maximum(lines[bar + 1] - lines[bar], 1)
    position = beats - begin
    place = np.zeros((n_beats, PLACE_CHANNELS), dtype=np.float32)
    place[:, 0] = beats < song.last_step
    column = 1
    number = np.clip(position // STEPS_PER_BEAT, 0, _BEATS_IN_BAR - 1)
    place[np.arange(n_beats), column + number] = 1.0
    column += _BEATS_IN_BAR
    for harmonic in (1, 2, 4):
        angle = 2 * np.pi * harmonic * position / length
        place[:, column], place[:, column + 1] = np.sin(angle), np.cos(angle)
        column += 2
    next_line = lines[np.minimum(np.searchsorted(lines, beats), len(lines) - 1)] - beats
    inside = (next_line >= 0) & (next_line < STEPS_PER_BEAT)
    place[:, column] = inside
    place[:, column + 1] = np.where(inside, next_line / STEPS_PER_BEAT, 0)
    place[:, column + 2] = length / (4 * STEPS_PER_BEAT)
    in_eighths = [float(m.denominator >= 8 and not m.dotted) for m in song.meters]
    place[:, column + 3] = _in_force([m.step for m in song.meters], in_eighths, beats)
    tempi = _in_force([step for step, _ in song.tempi], [bpm for _, bpm in song.tempi], beats)
    place[:, column + 4] = np.log2(np.clip(tempi, 30, 300) / 120)
    return place


def _in_force(since: list[int], values: list[float], at: np.ndarray) -> np.ndarray:
    """The value that holds at each step of `at`; `values[i]` holds from step `since[i]` on."""
    held: np.ndarray = np.array(values)[np.maximum(np.searchsorted(since, at, side="right") - 1, 0)]
    return held
