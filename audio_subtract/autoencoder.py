"""The autoencoder: eight frames of levels as one short latent vector, its neighbours in view both ways."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from audio_subtract.spectrogram import FLOOR

STRIDE = 8
"""Frames of the spectrogram that one latent frame stands for."""
_HALVINGS = 3
QUIET = -80.0
"""Decibels below which nothing is told apart: more than 50 dB below the loudness that models hear songs at."""
_MIDDLE, _SPREAD = -50.0, 20.0  # decibels: what levels are brought to about zero mean and unit spread by


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of the autoencoder.

    latent_channels: channels of a latent frame. width: of the layers. depth: residual blocks at each time scale.
    likelihood_scale: decibels; the spread of the Laplace distribution in which levels are thought to lie around what
      is decoded. kl_weight: weight of the Kullback-Leibler term (nats) against the reconstruction term (nats).
    """

    latent_channels: int = 64
    width: int = 320
    depth: int = 1
    likelihood_scale: float = 3.0
    kl_weight: float = 0.3


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, width),
            nn.GELU(),
            nn.Conv1d(width, width, 3, padding=1),
            nn.GELU(),
            nn.Conv1d(width, width, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.layers(x)
        return out


def _residuals(width: int, depth: int) -> list[nn.Module]:
    return [_Residual(width) for _ in range(depth)]


class LevelAutoencoder(nn.Module):
    """Variational autoencoder over time: bands are channels, so that pitch keeps its place."""

    def __init__(self, config: AutoencoderConfig, mels: int) -> None:
        super().__init__()
        self.config, self.mels = config, mels
        width, depth = config.width, config.depth
        # The encoder takes frames two at a time from the start: it runs at every step of the denoiser's training, where
        # layers at the full rate would be most of the work. Detail in time is the decoder's business.
        down: list[nn.Module] = []
        up: list[nn.Module] = [nn.Conv1d(config.latent_channels, width, 3, padding=1), *_residuals(width, depth)]
        for halving in range(_HALVINGS):
            channels = width if halving else mels
            down += [nn.Conv1d(channels, width, 4, stride=2, padding=1), *_residuals(width, depth)]
            up += [nn.ConvTranspose1d(width, width, 4, stride=2, padding=1), *_residuals(width, depth)]
        down += [nn.GELU(), nn.Conv1d(width, 2 * config.latent_channels, 1)]
        up += [nn.GELU(), nn.Conv1d(width, mels, 3, padding=1)]
        self.encoder, self.decoder = nn.Sequential(*down), nn.Sequential(*up)

    def encode(self, level: Tensor) -> tuple[Tensor, Tensor]:
        """Levels in decibels [batch, 8 * frames, mels] to the posterior's mean and log variance, each
        [batch, frames, latent_channels]."""
        out = self.encoder(((level.clamp(min=QUIET) - _MIDDLE) / _SPREAD).transpose(1, 2)).transpose(1, 2)
        mean, log_variance = out.chunk(2, dim=-1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decode(self, latents: Tensor) -> Tensor:
        """Latents [batch, frames, latent_channels] to levels in decibels [batch, 8 * frames, mels]; `QUIET` or less
        means silence."""
        out: Tensor = self.decoder(latents.transpose(1, 2)).transpose(1, 2) * _SPREAD + _MIDDLE
        return out

    def levels(self, latents: Tensor) -> Tensor:
        """Like `decode`, silence at the floor."""
        level = self.decode(latents).float().clamp(max=0.0)
        return torch.where(level <= QUIET + 1.0, torch.full_like(level, FLOOR), level)

    def loss(self, level: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Negative evidence lower bound of a latent frame (nats) of levels [batch, 8 * frames, mels]; figures: the
        mean error in decibels and the divergence."""
        mean, log_variance = self.encode(level)
        drawn = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        error = (self.decode(drawn).float() - level.clamp(min=QUIET)).abs().mean()
        frames = mean.shape[0] * mean.shape[1]
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).float().sum() / frames
        likelihood = error / self.config.likelihood_scale * STRIDE * self.mels
        return likelihood + self.config.kl_weight * divergence, {"error": error, "kl": divergence}
