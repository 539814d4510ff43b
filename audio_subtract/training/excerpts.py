"""Windows of training songs: the song source of subtractive training over audio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.listening.facts import FactSpan
from audio_subtract.listening.loudness import REFERENCE, SILENT, louder, power_loudness
from audio_subtract.model.autoencoder import STRIDE
from audio_subtract.model.codec import place_features
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, mixed
from audio_subtract.training.store import Song, stored_power, to_level
from subtract_core import levels
from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.stems import STEMS, Stem
from subtract_core.training.dataset import Excerpt

GAIN_SPREAD, TONE_SPREAD = 1.5, 3.0
"""Standard deviations in decibels of a stem's gain, and of its equaliser at each of its points."""
TONE_POINTS = 5
LEVEL_SPREAD = 3.0
"""How far a window's loudness lies from `REFERENCE` at most, in decibels."""
BORDER_SECONDS = 2.0
"""Distance of the borders of sections where bar lines are not known."""


class AudioSongs:
    """Song source of subtractive training: random windows of songs, each stem with a gain and an equaliser of its own.

    frames: length of a window in latent frames. vary: whether gains and equalisers are drawn.
    stretch: windows are played up to so much faster or slower (.1: by a tenth), by leaving out frames of the
      spectrogram or taking them twice: pitches stay.
    """

    def __init__(
        self,
        songs: Sequence[Song],
        config: SpectrogramConfig,
        frames: int,
        vary: bool = True,
        stretch: float = 0.0,
    ) -> None:
        self.songs, self.config, self.frames, self.vary, self.stretch = songs, config, frames, vary, stretch
        self._playing = {stem: [i for i, song in enumerate(songs) if stem in song.parts] for stem in STEMS}

    @property
    def longest(self) -> int:
        """Latent frames of the longest song."""
        return -(-max((song.frames for song in self.songs), default=0) // STRIDE)

    def draw(self, stem: Stem, rng: np.random.Generator) -> Excerpt[Tensor]:
        """A random window of a random song that has `stem`; `InputError` where no song does."""
        playing = self._playing[stem]
        if not playing:
            raise InputError(f"targets: no song of the training set has {stem.value}")
        song = self.songs[playing[int(rng.integers(len(playing)))]]
        pace = float(np.exp(rng.uniform(-1, 1) * np.log1p(self.stretch)))
        start = int(rng.integers(max(0, song.frames - round(STRIDE * self.frames * pace)) + 1))
        return self.window(song, start, rng, pace)

    def window(self, song: Song, start: int, rng: np.random.Generator, pace: float = 1.0) -> Excerpt[Tensor]:
        """The window that begins at a frame of a song's spectrogram, brought to about the reference loudness.

        pace: how many times as fast as the song it is played.
        """
        length = STRIDE * self.frames
        read = start + (np.arange(length) * pace).astype(np.int64)
        read = read[read < song.frames]
        stored = {stem: part[read] for stem, part in song.parts.items()}
        tones = {stem: _tone(self.config.mels, rng) if self.vary else torch.zeros(()) for stem in stored}
        power = torch.zeros(len(next(iter(stored.values()))), self.config.mels)
        for stem, part in stored.items():
            power.addcmul_(torch.from_numpy(stored_power(part)), 10.0 ** (tones[stem] / 10))
        present = power_loudness(power, self.config)
        wanted = REFERENCE + (float(rng.uniform(-LEVEL_SPREAD, LEVEL_SPREAD)) if self.vary else 0.0)
        shift = wanted - present if present > SILENT else 0.0
        parts = {stem: louder(torch.from_numpy(to_level(p)), tones[stem] + shift) for stem, p in stored.items()}
        missing = length - len(read)
        if missing:
            parts = {stem: F.pad(part, (0, 0, 0, missing), value=FLOOR) for stem, part in parts.items()}
        place = place_features(self.frames, -(-(length - missing) // STRIDE)).numpy()
        seconds, second = start * self.config.hop / RATE, STRIDE * self.config.hop / RATE * pace
        return Excerpt(
            {stem: [part] for stem, part in parts.items()},
            place,
            valid=place[:, 0] > 0,
            source=song.name,
            borders=self._borders(song, seconds, second),
            measure=partial(_measured, song.facts, seconds, second, pace),
        )

    def _borders(self, song: Song, start: float, second: float) -> np.ndarray:
        """Latent frames of `second` seconds of the song each, from `start` on, at which bars begin."""
        times = (
            song.bars - start if len(song.bars) else np.arange(0, song.frames * self.config.hop / RATE, BORDER_SECONDS)
        )
        frames = np.rint(times / second).astype(np.int64)
        return np.unique(np.concatenate([[0], frames[(frames > 0) & (frames < self.frames)]]))

    def mix(self, parts: Sequence[Tensor]) -> Tensor:
        """Several parts sounding together."""
        return mixed(list(parts))

    def activity(self, part: Tensor, frames: int) -> float:
        """Share of latent frames in which something is heard: in some band, less than 40 dB under the reference."""
        loudest = part.amax(dim=1)[: STRIDE * frames].reshape(-1, STRIDE).amax(dim=1)
        return float((loudest > REFERENCE - 40.0).sum()) / frames


def _tone(mels: int, rng: np.random.Generator) -> Tensor:
    """A gain and a smooth equaliser as decibels for each band."""
    points = GAIN_SPREAD * rng.standard_normal() + TONE_SPREAD * rng.standard_normal(TONE_POINTS)
    curve = np.interp(np.linspace(0, TONE_POINTS - 1, mels), np.arange(TONE_POINTS), points)
    return torch.from_numpy(curve.astype(np.float32))


def _measured(
    facts: Mapping[Stem, Sequence[FactSpan]],
    start: float,
    seconds: float,
    pace: float,
    part: Tensor,
    stem: Stem,
    context: Mapping[Stem, Tensor],
    first: int,
    last: int,
) -> StemFacts:
    """The facts of the measured span that covers latent frames [first, last) of a window best; none where nobody
    measured. start: of the window. seconds: of the song in a latent frame. pace: how much faster than it."""
    begin, end = start + first * seconds, start + last * seconds

    def cover(span: FactSpan) -> float:
        shared = min(end, span.stop) - max(begin, span.start)
        return shared / (max(end, span.stop) - min(begin, span.start))

    best = max(facts.get(stem, ()), key=cover, default=None)
    return _faster(best.facts, pace) if best is not None and cover(best) > 0 else StemFacts(stem)


def _faster(facts: StemFacts, pace: float) -> StemFacts:
    """The facts of a part played so many times as fast: of all of them only the tempo is told in seconds."""
    if "tempo" not in facts.scales:
        return facts
    tempo = facts.scales["tempo"] * pace
    return replace(
        facts,
        scales={**facts.scales, "tempo": tempo},
        words={**facts.words, "tempo": levels.word("tempo", facts.stem, tempo)},
        levels={**facts.levels, "tempo": levels.level("tempo", facts.stem, tempo)},
    )
