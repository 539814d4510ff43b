"""The songs that a model is measured on: stems as waveforms, all of one length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
import torch

from audio_subtract.listening.loudness import SILENT, loudness
from audio_subtract.metrics import seconds_sounding
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, log_mel
from audio_subtract.training.folders import StemFiles, stem_sounds
from subtract_core.errors import InputError
from subtract_core.evaluation.panel import generator_of
from subtract_core.stems import Stem

LEVELS = SpectrogramConfig()
"""The spectrogram in which loudness is measured."""
_TRIES = 6


@dataclass(frozen=True)
class SoundingSong:
    """A stretch of a song, taken apart.

    sounds: float32 [samples] at `RATE` of every stem, all of one length. start: of the stretch in the song, seconds.
    beats: seconds of its beats from the stretch's start, where somebody wrote them down; else None.
    resounded: the same stems in another sound, as played by another SoundFont; empty where there is none.
    """

    name: str
    sounds: dict[Stem, np.ndarray]
    start: float = 0.0
    beats: np.ndarray | None = None
    resounded: dict[Stem, np.ndarray] = field(default_factory=dict)


def loudness_of(sound: np.ndarray) -> float:
    """Loudness in decibels of float32 [samples], after BS.1770; see `audio_subtract.listening.loudness`."""
    return loudness(log_mel(torch.from_numpy(sound), LEVELS), LEVELS)


def scaled(sound: np.ndarray, decibels: float) -> np.ndarray:
    """A sound made louder, float32."""
    return np.asarray(sound * np.float32(10 ** (decibels / 20)))


def order_of(count: int, seed: int) -> list[int]:
    """The order in which songs are tried."""
    return [int(i) for i in np.random.default_rng(seed).permutation(count)]


def folder_songs(files: Sequence[StemFiles], seconds: float, seed: int) -> Iterator[SoundingSong]:
    """A stretch of every song of a folder that is long enough, in an order drawn by `seed`; what cannot be read is
    left out."""
    told_apart = _told_apart(files)
    for index in order_of(len(told_apart), seed):
        song = told_apart[index]
        try:
            sounds = {stem: sound for stem, sound in stem_sounds(song).items() if loudness_of(sound) > SILENT}
        except InputError:
            continue
        if len(sounds) > 1 and min(len(sound) for sound in sounds.values()) >= round(seconds * RATE):
            yield _stretch(song.name, sounds, round(seconds * RATE), generator_of(song.name, seed))


def _told_apart(files: Sequence[StemFiles]) -> list[StemFiles]:
    """The songs, each once, with a number behind a name that another one has: cases are told apart by it."""
    named: dict[str, StemFiles] = {}
    for song in {(each.whole, *sorted(p for ps in each.files.values() for p in ps)): each for each in files}.values():
        names = (song.name if n == 1 else f"{song.name} ({n})" for n in count(1))
        name = next(name for name in names if name not in named)
        named[name] = replace(song, name=name)
    return list(named.values())


def _stretch(name: str, sounds: dict[Stem, np.ndarray], length: int, rng: np.random.Generator) -> SoundingSong:
    """Of six stretches drawn at random, the one in which most stems sound."""
    total = len(next(iter(sounds.values())))
    starts = [int(rng.integers(total - length + 1)) for _ in range(_TRIES)]
    start = max(starts, key=lambda at: sum(float(seconds_sounding(s[at : at + length]).sum()) for s in sounds.values()))
    cut = {stem: np.ascontiguousarray(sound[start : start + length]) for stem, sound in sounds.items()}
    return SoundingSong(name, cut, start / RATE)
