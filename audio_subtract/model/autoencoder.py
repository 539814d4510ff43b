"""The autoencoder: eight frames of levels as one short latent vector.

Latents are principal components. A convolutional variational autoencoder of 64 channels was tried first and came out
behind them by far in the training time there is (docs/experiments.md). What a linear map cannot bring back, layers
behind it learn to add; latents do not depend on them, so they can be trained on after a denoiser was.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from audio_subtract.model.spectrogram import FLOOR
from subtract_core.config import check_least, check_shares

STRIDE = 8
"""Frames of the spectrogram that one latent frame stands for."""
BLOCK, MARGIN = 512, 8
"""Latent frames decoded at once, and how many more to either side: further than the layers see."""
QUIET = -80.0
"""Decibels below which latents tell nothing apart: more than 50 dB below the loudness that models hear songs at. What
lies below, the layers behind them fill in."""
_SILENT = FLOOR + 3.0
"""Decibels below which a decoded level is silence."""
FAINT, FAINT_WEIGHT = -63.0, 0.2
"""Decibels below which, and by how much, errors weigh less in training: 40 dB below that loudness."""
_MIDDLE, _SPREAD = -50.0, 20.0  # decibels: what levels are brought to about zero mean and unit spread by


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of the autoencoder.

    latent_channels: principal components of a latent frame.
    whitening: how far their spreads are evened out, 0 to 1 (1: all alike). Between, the components that matter most
      stand out of the noise first, as coarse structure does in pictures.
    width, depth: channels and residual blocks of the layers behind the linear map.
    """

    latent_channels: int = 128
    whitening: float = 0.5
    width: int = 256
    depth: int = 4

    def __post_init__(self) -> None:
        check_shares(self, "whitening")
        check_least(self, latent_channels=1, width=1, depth=0)


class _Residual(nn.Module):
    """A residual block over time whose field of view grows with `dilation`; nothing in it depends on the length."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GELU(),
            nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation),
            nn.GELU(),
            nn.Conv1d(width, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.layers(x)
        return out


class LevelAutoencoder(nn.Module):
    """Levels [batch, 8 * frames, mels] <-> latents [batch, frames, latent_channels] of about unit spread in all."""

    centre: Tensor
    basis: Tensor
    spread: Tensor

    def __init__(self, config: AutoencoderConfig, mels: int) -> None:
        super().__init__()
        self.config, self.mels = config, mels
        size, count = STRIDE * mels, config.latent_channels
        if count > size:
            raise ValueError(f"latent_channels is {count}; there are {size} values in {STRIDE} frames of {mels} bands")
        self.register_buffer("centre", torch.full((size,), QUIET))
        self.register_buffer("basis", torch.eye(count, size))
        self.register_buffer("spread", torch.full((count,), _SPREAD))
        last = nn.Conv1d(config.width, mels, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        self.first = nn.Conv1d(mels, config.width, 3, padding=1)
        # Components blur the edges of the frames they stand for, so layers are told where in them a frame lies.
        self.place = nn.Parameter(torch.zeros(config.width, STRIDE))
        blocks = [_Residual(config.width, 2 ** (i % 3)) for i in range(config.depth)]
        self.refinement = nn.Sequential(*blocks, nn.GELU(), last)

    @torch.no_grad()
    def fit(self, levels: Tensor) -> None:
        """Find the principal components of levels [batch, 8 * frames, mels]."""
        values = self._patches(levels).flatten(0, 1).double()
        centre = values.mean(dim=0)
        covariance = (values - centre).T @ (values - centre) / len(values)
        variance, directions = torch.linalg.eigh(covariance)
        count = self.config.latent_channels
        deviation = variance.flip(0)[:count].clamp(min=1e-6).sqrt()
        spread = deviation**self.config.whitening
        spread *= ((deviation / spread) ** 2).mean().sqrt()
        self.centre.copy_(centre)
        self.basis.copy_(directions.T.flip(0)[:count])
        self.spread.copy_(spread)

    def encode(self, level: Tensor) -> Tensor:
        """Levels in decibels to latents, float32."""
        with torch.autocast(level.device.type, enabled=False):
            latents: Tensor = (self._patches(level.float()) - self.centre) @ self.basis.T / self.spread
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """Latents to levels in decibels; 3 dB above the floor or less means silence."""
        with torch.autocast(latents.device.type, enabled=False):
            patches = (latents.float() * self.spread) @ self.basis + self.centre
        linear = patches.reshape(len(patches), -1, self.mels)
        hidden = self.first(((linear - _MIDDLE) / _SPREAD).transpose(1, 2))
        added: Tensor = self.refinement(hidden + self.place.repeat(1, latents.shape[1]))
        level: Tensor = linear + _SPREAD * added.transpose(1, 2).float()
        return level

    def levels(self, latents: Tensor) -> Tensor:
        """Like `decode`, silence at the floor; works through long songs a block at a time."""
        frames, pieces = latents.shape[1], []
        for first in range(0, frames, BLOCK):
            start, stop = max(0, first - MARGIN), min(frames, first + BLOCK + MARGIN)
            kept = slice(STRIDE * (first - start), STRIDE * (min(frames, first + BLOCK) - start))
            pieces.append(self.decode(latents[:, start:stop])[:, kept])
        level = torch.cat(pieces, dim=1).clamp(FLOOR, 0.0)
        silent = (level <= _SILENT) | (level.amax(dim=2, keepdim=True) <= QUIET + 1.0)
        return torch.where(silent, torch.full_like(level, FLOOR), level)

    def loss(self, level: Tensor, noise: float = 0.0) -> Tensor:
        """Mean error in decibels of levels [batch, 8 * frames, mels] that were encoded, disturbed by noise of this
        spread, and decoded, and half that of their steps from frame to frame, which attacks are; what is faint weighs
        less."""
        latents = self.encode(level)
        error = self.decode(latents + noise * torch.randn_like(latents)) - level
        weight = torch.where(level > FAINT, 1.0, FAINT_WEIGHT)
        steps, louder = error.diff(dim=1), torch.maximum(weight[:, 1:], weight[:, :-1])
        return (error.abs() * weight).sum() / weight.sum() + 0.5 * (steps.abs() * louder).sum() / louder.sum()

    def _patches(self, level: Tensor) -> Tensor:
        """[batch, frames, 8 * mels], what is quieter than `QUIET` raised to it."""
        return level.clamp(min=QUIET).reshape(len(level), -1, STRIDE * self.mels)
