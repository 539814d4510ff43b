"""The embedding of our own that hears A4 and A5: two small networks, trained to tell whose stem belongs to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audio_subtract.evaluation.cases import Sound
from audio_subtract.evaluation.songs import LEVELS
from audio_subtract.listening.loudness import REFERENCE, SILENT, power_loudness
from audio_subtract.model.autoencoder import QUIET
from audio_subtract.model.spectrogram import FLOOR, SpectrogramConfig, to_decibels, to_power
from subtract_core.model.checkpoint import Component

FloatArray = npt.NDArray[np.float64]
BUNDLED = Path(__file__).parents[1] / "weights" / "embedding"
POOLED = 4
"""Frames of the spectrogram in a frame that the embedding hears, which lasts 46 ms."""
_MIDDLE, _SPREAD = -50.0, 20.0  # decibels


@dataclass(frozen=True)
class EmbeddingConfig:
    """Sizes of the embedding.

    spectrogram: of the levels that it hears. width: of the layers. depth: residual layers, each reaching twice as far
    as the one before. features: of a frame. frames: of a window, 46 ms each.
    """

    spectrogram: SpectrogramConfig = field(default_factory=SpectrogramConfig)
    width: int = 96
    depth: int = 3
    features: int = 32
    frames: int = 96

    def __post_init__(self) -> None:
        if self.spectrogram != LEVELS:
            raise ValueError(f"spectrogram is {self.spectrogram}; {LEVELS} is needed")


def pooled(level: Tensor) -> Tensor:
    """Mean powers [frames // POOLED, mels] of levels [frames, mels] in decibels."""
    count = len(level) // POOLED
    return to_power(level[: count * POOLED]).reshape(count, POOLED, -1).mean(dim=1)


def as_heard(power: Tensor, config: SpectrogramConfig) -> Tensor:
    """Levels in decibels of powers [frames, mels], brought to the reference loudness, for how loud a stem is has a
    measure of its own; silence stays silent."""
    present = power_loudness(power, config)
    return (
        to_decibels(power * 10 ** ((REFERENCE - present) / 10)) if present > SILENT else torch.full_like(power, FLOOR)
    )


class Tower(nn.Module):
    """Levels [batch, frames, mels] to features [batch, frames, features]: convolutions over time, bands as channels."""

    def __init__(self, config: EmbeddingConfig) -> None:
        super().__init__()
        self.start = nn.Conv1d(config.spectrogram.mels, config.width, 3, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(8, config.width) for _ in range(config.depth))
        self.layers = nn.ModuleList(
            nn.Conv1d(config.width, config.width, 3, padding=2**i, dilation=2**i) for i in range(config.depth)
        )
        self.out = nn.Conv1d(config.width, config.features, 1)

    def forward(self, level: Tensor) -> Tensor:
        x = self.start(((level.clamp(min=QUIET) - _MIDDLE) / _SPREAD).transpose(1, 2))
        for norm, layer in zip(self.norms, self.layers, strict=True):
            x = x + layer(F.gelu(norm(x)))
        out: Tensor = self.out(F.gelu(x)).transpose(1, 2)
        return out


class PairEmbedding(Component):
    """One tower for contexts and one for stems. A pair fits as well as their features agree moment by moment."""

    config_class = EmbeddingConfig

    def __init__(self, config: EmbeddingConfig) -> None:
        super().__init__()
        self.config = config
        self.context, self.stem = Tower(config), Tower(config)
        self.scale = nn.Parameter(torch.tensor(1.5))  # logarithm of how much an agreement of 1 says

    def forward(self, contexts: Tensor, stems: Tensor) -> tuple[Tensor, Tensor]:
        """Features of contexts and of stems, each [batch, frames, features]; levels [batch, frames, mels]."""
        return self.context(contexts), self.stem(stems)


class OwnEmbedder:
    """Embeddings of windows that overlap by half. A stem: mean and spread over time of its features. A pair: mean over
    time of the products of context's and stem's features, whose sum is how well the two fit."""

    def __init__(self, model: PairEmbedding, name: str, device: torch.device | str = "cpu") -> None:
        self.model, self.name, self.device = model.to(device).eval(), name, device

    @torch.no_grad()
    def stem(self, stem: Sound) -> FloatArray:
        """Vectors [windows, 2 * features] of a stem alone."""
        found = self.model.stem(self._windows(stem))
        return _array(torch.cat([found.mean(dim=1), found.std(dim=1)], dim=1))

    @torch.no_grad()
    def pair(self, context: Sound, stem: Sound) -> FloatArray:
        """Vectors [windows, features] of a stem together with the rest of the song."""
        heard, found = self.model(self._windows(context), self._windows(stem))
        return _array((heard * found).mean(dim=1))

    def _windows(self, sound: Sound) -> Tensor:
        config = self.model.config
        level = as_heard(pooled(sound.level), config.spectrogram)
        missing = max(0, config.frames - len(level))
        level = F.pad(level, (0, 0, 0, missing), value=FLOOR)
        return level.unfold(0, config.frames, config.frames // 2).transpose(1, 2).to(self.device)


def _array(values: Tensor) -> FloatArray:
    return values.double().cpu().numpy()
