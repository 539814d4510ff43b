"""The audio stem codec: levels as sequences of latents, 10.8 a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.model.autoencoder import STRIDE, AutoencoderConfig, LevelAutoencoder
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, mixed
from subtract_core.errors import ConfigError
from subtract_core.model.checkpoint import Component
from subtract_core.stems import Stem
from subtract_core.training.dataset import SubtractiveExample

PLACE_CHANNELS = 1


@dataclass(frozen=True)
class AudioCodecConfig:
    """spectrogram: how sound is taken apart. autoencoder: how its levels are made short."""

    spectrogram: SpectrogramConfig = field(default_factory=SpectrogramConfig)
    autoencoder: AutoencoderConfig = field(default_factory=AutoencoderConfig)

    def __post_init__(self) -> None:
        count, values = self.autoencoder.latent_channels, STRIDE * self.spectrogram.mels
        if count > values:
            mels = self.spectrogram.mels
            raise ConfigError(
                f"autoencoder.latent_channels is {count}; choose 1 to {values}, for there are no more values in "
                f"{STRIDE} frames of {mels} bands"
            )


def place_features(frames: int, valid: int) -> Tensor:
    """What the denoiser is told of where a frame lies: 1 in the song, 0 behind its end; [frames, PLACE_CHANNELS].

    Beats are not told: they have to be heard.
    """
    return (torch.arange(frames) < valid).float()[:, None]


@dataclass(frozen=True)
class StagedExamples:
    """Subtractive examples made ready for the codec.

    levels: float16 [2 * batch, 8 * frames, mels] decibels, of the targets and then of the remaining mixes.
    heard: bool [batch], false where nothing remains.
    """

    levels: Tensor
    heard: Tensor


class AudioCodec(Component):
    """Levels of one stem, float32 decibels [8 * frames, mels] <-> latents [frames, latent_channels]."""

    config_class = AudioCodecConfig
    place_channels = PLACE_CHANNELS

    def __init__(self, config: AudioCodecConfig) -> None:
        super().__init__()
        self.config = config
        self.autoencoder = LevelAutoencoder(config.autoencoder, config.spectrogram.mels)

    @property
    def latent_channels(self) -> int:
        """Channels of a latent frame."""
        return self.config.autoencoder.latent_channels

    @property
    def context_channels(self) -> int:
        """Channels of the encoded remaining mix: its latents, and whether there is one."""
        return self.latent_channels + 1

    @property
    def seconds(self) -> float:
        """Length of a latent frame."""
        return STRIDE * self.config.spectrogram.hop / RATE

    @torch.no_grad()
    def encode(self, parts: Sequence[Tensor], stem: Stem, frames: int) -> Tensor:
        """Levels of one stem as latents float32 [batch, frames, latent_channels]; all stems are encoded alike."""
        levels = torch.stack([_fitted(part, frames) for part in parts]).to(self.device)
        return self.autoencoder.encode(levels)

    @torch.no_grad()
    def encode_context(self, contexts: Sequence[Mapping[Stem, Tensor]], frames: int) -> Tensor:
        """Remaining mixes as float32 [batch, frames, context_channels]; an empty mix gives zeros.

        Of a recording nobody knows which stems are in it, so stems are mixed before they are encoded.
        """
        levels, heard = _mixes(contexts, self.config.spectrogram.mels, frames)
        return self._context(self.autoencoder.encode(levels.to(self.device)), heard)

    @staticmethod
    def stage(examples: Sequence[SubtractiveExample[Tensor]], frames: int) -> StagedExamples:
        """All that `encode_staged` needs of examples, without the codec's weights."""
        targets = torch.stack([_fitted(e.target, frames) for e in examples])
        mixes, heard = _mixes([e.context for e in examples], targets.shape[-1], frames)
        return StagedExamples(torch.cat([targets, mixes]).half(), heard)

    @torch.no_grad()
    def encode_staged(self, staged: StagedExamples) -> tuple[Tensor, Tensor]:
        """Targets [batch, frames, latent_channels] and remaining mixes [batch, frames, context_channels]."""
        target, mix = self.autoencoder.encode(staged.levels.to(self.device)).chunk(2)
        return target, self._context(mix, staged.heard)

    def _context(self, mixes: Tensor, heard: Tensor) -> Tensor:
        """Latents of mixes [batch, frames, latent_channels], and whether there is one; zeros where there is none."""
        there = heard.to(self.device)[:, None, None].to(mixes)
        return torch.cat([mixes * there, there.expand(-1, mixes.shape[1], -1)], dim=-1)

    @torch.no_grad()
    def decode(self, latents: Tensor, stem: Stem) -> list[Tensor]:
        """Latents [batch, frames, latent_channels] as levels, a list over the batch of float32 [8 * frames, mels]."""
        return list(self.autoencoder.levels(latents).cpu())


def _mixes(contexts: Sequence[Mapping[Stem, Tensor]], mels: int, frames: int) -> tuple[Tensor, Tensor]:
    """Levels of remaining mixes [batch, 8 * frames, mels], and bool [batch], false where nothing remains."""
    nothing = torch.full((0, mels), FLOOR)
    levels = [_fitted(mixed(list(context.values())) if context else nothing, frames) for context in contexts]
    return torch.stack(levels), torch.tensor([bool(context) for context in contexts])


def _fitted(part: Tensor, frames: int) -> Tensor:
    """Levels cut to 8 * frames, or filled with silence."""
    missing = STRIDE * frames - len(part)
    return part[: STRIDE * frames] if missing <= 0 else F.pad(part, (0, 0, 0, missing), value=FLOOR)
