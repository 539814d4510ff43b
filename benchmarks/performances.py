"""How well beats are heard in performances, and what that is worth to a part written into them.

    python benchmarks/performances.py data/midi/val [--songs 40]

Songs on the grid are played freely: the tempo wanders from beat to beat (an autoregressive walk), notes come early or
late, and the file counts 120 beats a minute throughout. Printed are, for whole bands and for their pitched parts as
played by one pianist:

- F1 of beats and of bar lines within 70 ms of the true ones; beats also where any of every second, every or every half
  beat would be right, and of a tracker for sound (Ellis, 2007), which sees onsets alone;
- note F1 (pitch class, onset within 70 ms) of the bass written on the beats heard, on the file's, and on the true ones.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import pretty_midi
import typer

from audio_subtract.metrics import ONSET_RATE, beat_f1, envelope_beats
from midi_subtract import MidiInserter
from midi_subtract.evaluation.cases import cut_song, without_stem
from midi_subtract.files.inputs import midi_bytes
from midi_subtract.files.reader import read_song
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DEFAULT_PROGRAM
from midi_subtract.song import Song, Track, extended
from midi_subtract.training.store import iterate_songs
from subtract_core.evaluation.measures import mean
from subtract_core.evaluation.panel import generator_of
from subtract_core.stems import Stem

BEATS = 192
WITHIN = 0.07
DRAWN_BACK = 0.985
"""Share of its distance from the song's tempo that the tempo keeps from beat to beat."""
Figures = dict[str, float]


def beats_played(song: Song, rng: np.random.Generator, wander: float) -> np.ndarray:
    """Seconds of all beats of a song whose tempo wanders; it begins after a moment."""
    away, walk = 0.0, []
    for _ in range(song.n_beats + 1):
        away = DRAWN_BACK * away + rng.normal(0, wander)
        walk.append(away)
    lengths = 60.0 / song.tempo_at(0) * np.exp(walk)
    return np.asarray(rng.uniform(0.1, 2.0) + np.concatenate([[0.0], np.cumsum(lengths)]))


def played(stems: Mapping[Stem, Notes], beats: np.ndarray, rng: np.random.Generator, late: float) -> bytes:
    """A file at 120 beats a minute of notes played at `beats` [s], each early or late by a spread of `late` seconds."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=120, resolution=480)
    for stem, notes in stems.items():
        instrument = pretty_midi.Instrument(DEFAULT_PROGRAM[stem], is_drum=stem is Stem.DRUMS)
        start, end = (extended(steps / STEPS_PER_BEAT, beats) for steps in (notes.onset, notes.end))
        start = np.maximum(start + rng.normal(0, late, len(start)), 0)
        rows = zip(notes.velocity, notes.pitch, start, np.maximum(end, start + 0.03), strict=True)
        instrument.notes = [pretty_midi.Note(int(v), int(p), float(s), float(e)) for v, p, s, e in rows]
        midi.instruments.append(instrument)
    return midi_bytes(midi)[0]


def beat_figures(song: Song, onsets: np.ndarray, beats: np.ndarray, bars: np.ndarray) -> Figures:
    """How beats that were heard in a song lie to the true ones; onsets as played, beats and bars in seconds."""
    heard = song.step_to_seconds(np.arange(song.n_beats) * STEPS_PER_BEAT)
    lines = song.step_to_seconds(song.bar_starts(song.last_step))
    first, last = beats[0] - WITHIN, beats[-1] + WITHIN
    heard, lines = (x[(x >= first) & (x <= last)] for x in (heard, lines))
    halves = np.interp(np.arange(2 * len(beats) - 1) / 2, np.arange(len(beats)), beats)
    envelope = np.bincount(np.rint(onsets * ONSET_RATE).astype(int), minlength=round((last + 1) * ONSET_RATE)) ** 0.5
    ellis = envelope_beats(envelope)
    levels = (beats, beats[::2], beats[1::2], halves)
    return {
        "beats": beat_f1(heard, beats, WITHIN),
        "beats, any level": max(beat_f1(heard, level, WITHIN) for level in levels),
        "bar lines": beat_f1(lines, bars, WITHIN),
        "Ellis": beat_f1(ellis[ellis >= first], beats, WITHIN),
        "Ellis, any level": max(beat_f1(ellis[ellis >= first], level, WITHIN) for level in levels),
    }


def note_f1(part: Notes, seconds: np.ndarray, truth: Notes, true_seconds: np.ndarray) -> float:
    """F1 of notes of a pitch class within `WITHIN` seconds, each matched once."""
    pairs = 0.0
    for pitch_class in range(12):
        ours, theirs = seconds[part.pitch % 12 == pitch_class], true_seconds[truth.pitch % 12 == pitch_class]
        pairs += beat_f1(ours, theirs, WITHIN) * (len(ours) + len(theirs))
    return pairs / max(1, len(part) + len(truth))


def measured(song: Song, inserter: MidiInserter, wander: float, late: float) -> dict[str, Figures]:
    """Figures of a song with and without its drums."""
    rng = generator_of(song.name, 0)
    beats = beats_played(song, rng, wander)
    truth, rest = song.stem(Stem.BASS), without_stem(song, Stem.BASS)
    true_seconds = extended(truth.onset / STEPS_PER_BEAT, beats)
    bars = extended(song.bar_starts(song.last_step) / STEPS_PER_BEAT, beats)
    alone = {Stem.KEYS: Notes.merge(n for s, n in rest.stems.items() if s is not Stem.DRUMS)}
    figures = {}
    for name, stems in (("band", rest.stems), ("piano", alone)):
        data = played(stems, beats, rng, late)
        onsets = np.concatenate([i.get_onsets() for i in pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments])
        heard, counted = (read_song(data, song.name, which) for which in ("heard", "file"))
        figures[name] = beat_figures(heard, onsets, beats[: song.n_beats], bars)
        for row, grid in (("heard", heard), ("the file's", counted)):
            part = inserter.write(grid, Stem.BASS, seed=1)
            figures[name][f"bass, {row}"] = note_f1(part, grid.step_to_seconds(part.onset), truth, true_seconds)
        tracks = [Track("", DEFAULT_PROGRAM[stem], stem is Stem.DRUMS, notes) for stem, notes in stems.items()]
        part = inserter.write(replace(rest, tracks=tracks, _stems={}), Stem.BASS, seed=1)
        at = extended(part.onset / STEPS_PER_BEAT, beats)
        figures[name]["bass, true"] = note_f1(part, at, truth, true_seconds)
    return figures


def is_used(song: Song) -> bool:
    """Whether a song has a bass among others, in bars of four quarters."""
    return song.is_common_time and Stem.BASS in song.stems and len(song.stems) > 2


def main(
    folder: Annotated[Path, typer.Argument(help="A set made by `msub prepare midi`.")],
    songs: Annotated[int, typer.Option(help="How many.", min=1)] = 40,
    wander: Annotated[float, typer.Option(help="Spread of the tempo's steps from beat to beat, as a share.")] = 0.012,
    late: Annotated[float, typer.Option(help="Seconds by which notes are early or late, their spread.")] = 0.01,
) -> None:
    """Print a row for bands and one for pianists."""
    inserter = MidiInserter.from_pretrained(device="cpu")
    cut = (cut_song(song, 0, BEATS * STEPS_PER_BEAT) for song in iterate_songs(folder))
    used = islice(filter(is_used, cut), songs)
    figures = [measured(song, inserter, wander, late) for song in used]
    for kind in ("band", "piano"):
        print(f"{kind}, {len(figures)} songs")
        for name in figures[0][kind]:
            print(f"  {name:18} {mean([f[kind][name] for f in figures]):.3f}")


if __name__ == "__main__":
    typer.run(main)
