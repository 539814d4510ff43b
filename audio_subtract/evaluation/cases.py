"""Evaluation cases: stretches of songs from which one stem has been taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from audio_subtract.evaluation.chroma import chroma
from audio_subtract.evaluation.songs import LEVELS, SoundingSong
from audio_subtract.listening.loudness import SILENT, loudness
from audio_subtract.metrics import envelope_beats, envelope_tempo, onset_envelope, seconds_sounding
from audio_subtract.model.spectrogram import RATE, log_mel
from subtract_core.evaluation.panel import generator_of
from subtract_core.stems import Stem

MIN_COVER = 0.5
"""Share of a stretch's seconds in which the stem, and the context, must sound."""
RIVALS = 3
"""Other songs' contexts that a part is compared with beside its own."""


class Sound:
    """A sound, float32 [samples] at `RATE`, and what is heard in it, each worked out when it is first asked for."""

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples

    @cached_property
    def level(self) -> Tensor:
        return log_mel(torch.from_numpy(self.samples), LEVELS)

    @cached_property
    def loudness(self) -> float:
        return loudness(self.level, LEVELS)

    @property
    def is_silent(self) -> bool:
        return self.loudness <= SILENT

    @cached_property
    def envelope(self) -> np.ndarray:
        return onset_envelope(self.samples)

    @cached_property
    def tempo(self) -> float:
        return float("nan") if self.envelope.std() < 1e-9 else envelope_tempo(self.envelope)

    @cached_property
    def beats(self) -> np.ndarray:
        return envelope_beats(self.envelope)

    def beats_at(self, tempo: float) -> np.ndarray:
        """The beats, in seconds, that are heard when a tempo in beats a minute is told; none at an unknown one."""
        return envelope_beats(self.envelope, bpm=tempo) if np.isfinite(tempo) else np.zeros(0)

    @cached_property
    def chroma(self) -> np.ndarray:
        return chroma(self.samples)


@dataclass(frozen=True)
class Case:
    """A stretch of a song without one stem, and what that stem really plays there."""

    song: SoundingSong
    stem: Stem

    @property
    def name(self) -> str:
        return self.song.name

    @cached_property
    def truth(self) -> Sound:
        return Sound(self.song.sounds[self.stem])

    @cached_property
    def context(self) -> Sound:
        others = [sound for stem, sound in self.song.sounds.items() if stem is not self.stem]
        return Sound(np.asarray(np.sum(others, axis=0, dtype=np.float32)))

    @cached_property
    def beats(self) -> np.ndarray:
        """The song's own beats: those written down, or those heard in the whole song."""
        if self.song.beats is not None:
            return self.song.beats
        return Sound(self.context.samples + self.truth.samples).beats

    @property
    def tempo(self) -> float:
        """Beats a minute of the song's own beats; NaN where there are none."""
        return 60.0 / float(np.median(np.diff(self.beats))) if len(self.beats) > 1 else float("nan")

    @property
    def balance(self) -> float:
        """Loudness of the true stem against the rest, in decibels."""
        return self.truth.loudness - self.context.loudness

    @property
    def seconds(self) -> float:
        return len(self.truth.samples) / RATE


def qualifies(case: Case) -> bool:
    """Whether both stem and context sound through half of the stretch."""
    sounds = (case.truth, case.context)
    return all(not s.is_silent and seconds_sounding(s.samples).mean() >= MIN_COVER for s in sounds)


def cut_cases(
    songs: Iterable[SoundingSong], stems: Sequence[Stem], most: int, progress: Callable[[int], None] = lambda _: None
) -> dict[Stem, list[Case]]:
    """Up to `most` cases of every stem, one a song, in the songs' order; stops when all are found.

    progress(found): cases found so far.
    """
    found: dict[Stem, list[Case]] = {stem: [] for stem in stems}
    for song in songs:
        for stem in stems:
            if stem in song.sounds and len(song.sounds) > 1 and len(found[stem]) < most:
                case = Case(song, stem)
                if qualifies(case):
                    found[stem].append(case)
        progress(sum(map(len, found.values())))
        if all(len(cases) == most for cases in found.values()):
            break
    return found


def others_of(case: Case, cases: Sequence[Case], seed: int) -> list[Case]:
    """The cases of other songs, in an order that depends on the seed and the song alone, so that rows share it."""
    others = [other for other in cases if other.name != case.name]
    return [others[int(i)] for i in generator_of(case.name, seed).permutation(len(others))]
