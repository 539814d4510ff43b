"""Performances that keep no time with their file, made for tests."""

from __future__ import annotations

import numpy as np
import pretty_midi

from midi_subtract.files.inputs import midi_bytes
from midi_subtract.listening.beats import BAR_BEATS

BARS = 24


def beats_of(bpm: float, slower: float = 0.0, start: float = 0.37) -> np.ndarray:
    """Seconds of the beats of `BARS` bars; each is longer than the one before by a share `slower`."""
    lengths = 60 / bpm * (1 + slower) ** np.arange(BARS * BAR_BEATS)
    return np.asarray(start + np.concatenate([[0.0], np.cumsum(lengths)]))


def band(beats: np.ndarray, late: float = 0.01, drums: bool = True) -> pretty_midi.PrettyMIDI:
    """A rock beat, a bass in eighths, and a chord on every bar line, played at `beats` and a little early or late; the
    file counts 120 beats a minute."""
    rng = np.random.default_rng(0)

    def at(beat: float) -> float:
        return float(np.interp(beat, np.arange(len(beats)), beats) + rng.normal(0, late))

    kit, bass, keys = pretty_midi.Instrument(0, is_drum=True), pretty_midi.Instrument(33), pretty_midi.Instrument(0)
    for bar in range(BARS):
        root = (45, 41, 48, 43)[bar % 4]
        for eighth in range(8):
            beat = bar * 4 + eighth / 2
            strokes = [42] + [36] * (eighth in (0, 4, 5)) + [38] * (eighth in (2, 6)) + [49] * (bar % 8 + eighth == 0)
            kit.notes += [pretty_midi.Note(90, key, t := at(beat), t + 0.05) for key in strokes]
            bass.notes.append(pretty_midi.Note(90, root - 12, t := at(beat), t + 0.2))
        keys.notes += [pretty_midi.Note(80, root + k, t := at(bar * 4), t + 1.8) for k in (12, 16, 19)]
    midi = pretty_midi.PrettyMIDI(initial_tempo=120, resolution=480)
    midi.instruments = [kit, bass, keys] if drums else [keys, bass]
    return midi


def data(midi: pretty_midi.PrettyMIDI) -> bytes:
    """The file that pretty_midi writes."""
    return midi_bytes(midi)[0]


def in_bars(beats: int, bars: int = 32) -> pretty_midi.PrettyMIDI:
    """A bass note on the first beat of every bar, a chord on each of the others, 120 beats a minute; of the meter the
    file says nothing."""
    bass, keys = pretty_midi.Instrument(33), pretty_midi.Instrument(0)
    for bar in range(bars):
        root = (36, 45, 41, 43)[bar % 4]
        bass.notes.append(pretty_midi.Note(90, root, t := 0.5 * beats * bar, t + 0.45))
        for beat in range(1, beats):
            keys.notes += [pretty_midi.Note(70, root + k, t + 0.5 * beat, t + 0.5 * beat + 0.3) for k in (24, 28, 31)]
    midi = pretty_midi.PrettyMIDI(initial_tempo=120, resolution=480)
    midi.instruments = [bass, keys]
    return midi
