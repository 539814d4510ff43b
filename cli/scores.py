"""The bridge from songs of notes to training songs of sound: all that the audio backend needs to know of MIDI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from audio_subtract.evaluation.songs import SoundingSong as SoundingStretch
from audio_subtract.evaluation.songs import order_of
from audio_subtract.listening.facts import FactSpan
from audio_subtract.model.spectrogram import SpectrogramConfig
from audio_subtract.rendering.soundfonts import SoundFont
from audio_subtract.rendering.synth import PlayedNotes
from audio_subtract.training.render import Score, play_score, render_score
from audio_subtract.training.store import Song as SoundingSong
from midi_subtract.listening.facts import song_facts
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.song import Song, Track
from midi_subtract.training.store import iterate_songs, load_songs, read_report
from subtract_core.errors import InputError
from subtract_core.evaluation.panel import generator_of
from subtract_core.stems import Stem

TARGETS = (Stem.DRUMS, Stem.BASS, Stem.GUITAR)
"""Stems whose facts are measured: those that models are trained to write."""
FACT_BARS, FACT_STEP = 4, 2
"""Facts are measured over so many bars, from every second bar on."""
MIN_SECONDS = 8.0
SEMITONES, TEMPO = 3, 0.1
"""How far songs are transposed either way, and their tempo changed, at most."""

_FAMILIES: dict[Stem, tuple[int, ...]] = {
    Stem.DRUMS: (0, 0, 8, 16, 24, 25, 32),
    Stem.BASS: tuple(range(32, 40)),
    Stem.GUITAR: tuple(range(24, 31)),
    Stem.KEYS: (*range(0, 6), *range(16, 20)),
    Stem.STRINGS: (*range(48, 55), *range(88, 96)),
    Stem.LEAD: (*range(56, 74), *range(80, 88)),
}
_OTHER_PROGRAM = 0.35
_LONGEST_BAR = 4.0  # seconds: a stretch ends with a bar, so this much more is asked for than is needed


@dataclass(frozen=True)
class Renderer:
    """Makes a training song of sound out of one of notes: an excerpt of `seconds`, played by `fonts`."""

    fonts: tuple[SoundFont, ...]
    seconds: float

    def __call__(
        self, song: Song, config: SpectrogramConfig, rng: np.random.Generator
    ) -> tuple[SoundingSong, dict[str, Any]]:
        return render_score(score_of(song, self.seconds, rng), self.fonts, config, rng)


def songs_of(folders: Sequence[Path], most: int | None) -> tuple[Iterator[tuple[str, Song]], int]:
    """The songs of training sets made by `msub prepare midi`, and how many there are; `most` of each, spread evenly.

    Raises `InputError` where a folder holds none.
    """
    counts = [int(read_report(folder)["kept"]) for folder in folders]
    strides = [max(1, -(-count // most)) if most else 1 for count in counts]
    total = sum(-(-count // stride) for count, stride in zip(counts, strides, strict=True))

    def songs() -> Iterator[tuple[str, Song]]:
        for folder, stride in zip(folders, strides, strict=True):
            for index, song in enumerate(iterate_songs(folder)):
                if index % stride == 0:
                    yield song.name, song

    return songs(), total


def sounding_songs(
    folders: Sequence[Path],
    fonts: Sequence[SoundFont],
    stems: Sequence[Stem],
    seconds: float,
    seed: int,
    others: Sequence[SoundFont] = (),
) -> Iterator[SoundingStretch]:
    """Stretches of `seconds` as waveforms, of songs that play one of `stems`, rendered one after another as they are,
    neither key nor tempo changed. Their order and all that is drawn depend on `seed`; what cannot be rendered is left
    out. others: SoundFonts that play the same once more. Raises `InputError` where a folder holds no songs.
    """
    songs = [song for folder in folders for song in load_songs(folder)]
    for index in order_of(len(songs), seed):
        song = songs[index]
        rng = generator_of(song.name, seed)
        try:
            if not set(stems) & set(song.stems):
                continue
            score = score_of(song, seconds + _LONGEST_BAR, rng, vary=False)
            if score.seconds < seconds:
                continue
            score = replace(score, seconds=seconds)
            played = play_score(score, fonts, SpectrogramConfig(), rng)
            again = play_score(score, others, SpectrogramConfig(), rng) if others else {}
        except InputError:
            continue
        beats = score.beats[score.beats < seconds]
        sounds, resounded = ({stem: part.in_mix for stem, part in parts.items()} for parts in (played, again))
        yield SoundingStretch(song.name, sounds, beats=beats, resounded=resounded)


def score_of(song: Song, seconds: float, rng: np.random.Generator, vary: bool = True) -> Score:
    """A stretch of a song, its programs, key and tempo varied, with the facts of its stems span by span.

    vary: else the song stays as it is. Raises `InputError` for a song that is too short.
    """
    if vary:
        song = varied(song, rng)
    bars = song.bar_starts(song.last_step)
    times = song.step_to_seconds(bars)
    first, last = _stretch(song, times, seconds, rng)
    begin, end, offset = int(bars[first]), int(bars[last]), float(times[first])
    tracks: dict[Stem, list[PlayedNotes]] = {}
    for track in song.tracks:
        inside = (track.notes.onset >= begin) & (track.notes.onset < end)
        if track.stem is not None and inside.any():
            tracks.setdefault(track.stem, []).append(_played(song, track, inside, begin, end))
    if not tracks:
        raise InputError(f"{song.name}: nothing is played in the stretch that was drawn")
    return Score(
        song.name,
        float(times[last]) - offset,
        tracks,
        times[first : last + 1] - offset,
        _facts(song, bars, times - offset, first, last, set(tracks)),
        song.step_to_seconds(np.arange(begin, end, STEPS_PER_BEAT)) - offset,
    )


def varied(song: Song, rng: np.random.Generator) -> Song:
    """A song in another key and tempo, some of its instruments replaced by others of their family."""
    semitones = int(rng.integers(-SEMITONES, SEMITONES + 1))
    pace = float(np.exp(rng.uniform(-TEMPO, TEMPO)))
    tracks = []
    for track in song.tracks:
        program = track.program
        if track.stem is not None and rng.random() < _OTHER_PROGRAM:
            family = _FAMILIES[track.stem]
            program = family[int(rng.integers(len(family)))]
        notes = track.notes.wide()
        notes = notes if track.is_drum else notes.shifted(semitones=semitones)
        tracks.append(Track(track.name, program, track.is_drum, notes))
    return replace(song, tracks=tracks, tempi=[(step, bpm * pace) for step, bpm in song.tempi], _stems={})


def _stretch(song: Song, times: np.ndarray, seconds: float, rng: np.random.Generator) -> tuple[int, int]:
    """First and last bar line of a stretch about `seconds` long: of six drawn at random, the one with most stems."""
    if times[-1] - times[0] < MIN_SECONDS:
        raise InputError(f"{song.name}: is {times[-1] - times[0]:.1f} s long; at least {MIN_SECONDS:g} s are needed")
    latest = max(0, int(np.searchsorted(times, times[-1] - seconds, side="right")) - 1)
    best, most = (0, len(times) - 1), -1
    for _ in range(6):
        first = int(rng.integers(latest + 1))
        last = max(first + 1, int(np.searchsorted(times, times[first] + seconds, side="right")) - 1)
        steps = song.bar_starts(song.last_step)[[first, last]]
        playing = sum(bool(((n.onset >= steps[0]) & (n.onset < steps[1])).any()) for n in song.stems.values())
        if playing > most:
            best, most = (first, last), playing
    return best


def _played(song: Song, track: Track, inside: np.ndarray, begin: int, end: int) -> PlayedNotes:
    notes = track.notes.select(inside)
    zero = song.step_to_seconds(np.array([begin]))[0]
    return PlayedNotes(
        song.step_to_seconds(notes.onset) - zero,
        song.step_to_seconds(np.minimum(notes.end, end)) - zero,
        notes.pitch,
        notes.velocity,
        track.program,
        track.is_drum,
    )


def _facts(
    song: Song, bars: np.ndarray, times: np.ndarray, first: int, last: int, playing: set[Stem]
) -> dict[Stem, list[FactSpan]]:
    spans: dict[Stem, list[FactSpan]] = {}
    for stem in TARGETS:
        for bar in range(first, last, FACT_STEP) if stem in playing else ():
            stop = min(bar + FACT_BARS, last)
            facts = song_facts(song, stem, int(bars[bar]), int(bars[stop]), style=song.styles)
            spans.setdefault(stem, []).append(FactSpan(float(times[bar]), float(times[stop]), facts))
    return spans
