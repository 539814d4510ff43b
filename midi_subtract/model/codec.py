"""The MIDI stem codec: parts as sequences of beat latents, and what the denoiser is shown of the other parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from midi_subtract.model.autoencoder import AutoencoderConfig, BeatAutoencoder, sounding
from midi_subtract.model.features import FEATURE_CHANNELS, PLACE_CHANNELS
from midi_subtract.model.rolls import DRUMS, PITCHED, from_roll, spec_of
from midi_subtract.model.staging import StagedContexts, StagedExamples, StagedParts, stage_contexts, stage_parts
from midi_subtract.notes import Notes
from subtract_core.model.checkpoint import Component
from subtract_core.stems import STEMS, Stem
from subtract_core.training.dataset import SubtractiveExample

SOUNDS = 2.0
"""Value of the `sounds` channel in a beat that holds notes; its negative marks a silent one.

Twice the spread of the other channels, so that sampling settles where a part plays before what it plays."""


@dataclass(frozen=True)
class MidiCodecConfig:
    """Two beat autoencoders: one for all pitched stems, one for drums; both have as many latent channels."""

    pitched: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    drums: AutoencoderConfig = field(default_factory=lambda: AutoencoderConfig(hidden=256))

    def __post_init__(self) -> None:
        if self.pitched.latent_channels != self.drums.latent_channels:
            raise ValueError("drums.latent_channels must equal pitched.latent_channels")


class MidiCodec(Component):
    """Parts <-> latents of one beat a frame: the autoencoder's channels, normalised, and one `sounds` channel.

    A silent beat has the latent zero and -`SOUNDS` in the `sounds` channel.
    """

    config_class = MidiCodecConfig
    place_channels = PLACE_CHANNELS
    pitched_mean: Tensor
    pitched_std: Tensor
    drums_mean: Tensor
    drums_std: Tensor

    def __init__(self, config: MidiCodecConfig) -> None:
        super().__init__()
        self.config = config
        self.pitched = BeatAutoencoder(config.pitched, PITCHED)
        self.drums = BeatAutoencoder(config.drums, DRUMS)
        for kind in ("pitched", "drums"):
            self.register_buffer(f"{kind}_mean", torch.zeros(config.pitched.latent_channels))
            self.register_buffer(f"{kind}_std", torch.ones(config.pitched.latent_channels))

    @property
    def latent_channels(self) -> int:
        """Channels of a frame: the autoencoder's and the `sounds` channel."""
        return self.config.pitched.latent_channels + 1

    @property
    def context_channels(self) -> int:
        """Channels of the encoded remaining mix: the latents and presence of every stem, harmony and rhythm."""
        return len(STEMS) * (self.latent_channels + 1) + FEATURE_CHANNELS

    def _parts(self, stem: Stem) -> tuple[BeatAutoencoder, Tensor, Tensor]:
        if stem is Stem.DRUMS:
            return self.drums, self.drums_mean, self.drums_std
        return self.pitched, self.pitched_mean, self.pitched_std

    def encode(self, parts: Sequence[Notes], stem: Stem, n_beats: int) -> Tensor:
        """Notes of one stem, a window each, as latents float32 [batch, n_beats, latent_channels]."""
        return self._latents(stage_parts([(stem, notes) for notes in parts], n_beats))

    def encode_context(self, contexts: Sequence[Mapping[Stem, Notes]], n_beats: int) -> Tensor:
        """Remaining mixes, a window each, as float32 [batch, n_beats, context_channels].

        A stem that is not there is zero in latents and presence; one that is there but rests has presence one.
        """
        return self._context(stage_contexts(contexts, n_beats))

    @staticmethod
    def stage(examples: Sequence[SubtractiveExample[Notes]], frames: int) -> StagedExamples:
        """All that `encode_staged` needs of examples, without the codec's weights."""
        targets = stage_parts([(e.stem, e.target) for e in examples], frames)
        return StagedExamples(targets, stage_contexts([e.context for e in examples], frames))

    def encode_staged(self, staged: StagedExamples) -> tuple[Tensor, Tensor]:
        """Targets [batch, frames, latent_channels] and remaining mixes [batch, frames, context_channels]."""
        return self._latents(staged.targets), self._context(staged.contexts)

    @torch.no_grad()
    def _latents(self, staged: StagedParts) -> Tensor:
        latents = torch.zeros(staged.count, staged.n_beats, self.latent_channels, device=self.device)
        latents[..., -1] = -SOUNDS
        for stem, rolls in ((Stem.DRUMS, staged.drums), (Stem.BASS, staged.pitched)):
            autoencoder, mean, std = self._parts(stem)
            for part, beat, roll in rolls.blocks(self.device):
                with torch.autocast(self.device.type, enabled=False):  # as at insertion, where nothing is rounded
                    encoded, _ = autoencoder.encode(roll)
                    sounds = torch.full_like(encoded[:, :1], SOUNDS)
                    latents[part, beat] = torch.cat([(encoded - mean) / std, sounds], dim=-1)
        return latents

    def _context(self, staged: StagedContexts) -> Tensor:
        present = staged.present.to(self.device).T[..., None, None]  # [stems, batch, 1, 1]
        latents = self._latents(staged.parts)
        latents = latents.reshape(len(STEMS), -1, *latents.shape[1:])
        columns = torch.cat([latents * present, present.expand(-1, -1, latents.shape[2], -1)], dim=-1)
        return torch.cat([columns.permute(1, 2, 0, 3).flatten(2), staged.features.to(self.device)], dim=-1)

    @torch.no_grad()
    def decode(self, latents: Tensor, stem: Stem) -> list[Notes]:
        """Latents [batch, beats, latent_channels] as notes, a list over the batch."""
        autoencoder, mean, std = self._parts(stem)
        sounds = latents[..., -1] > 0
        rolls = autoencoder.probabilities((latents[..., :-1] * std + mean) * sounds.unsqueeze(-1), sounds)
        return [from_roll(roll, stem) for roll in rolls.float().cpu().numpy()]

    @torch.no_grad()
    def set_normalisation(self, rolls: Tensor, stem: Stem) -> None:
        """Measure mean and spread of the latents over the sounding beats of rolls [..., 12, planes]."""
        autoencoder, mean, std = self._parts(stem)
        heard = rolls[sounding(rolls, spec_of(stem))]
        encoded, _ = autoencoder.encode(heard)
        mean.copy_(encoded.mean(dim=0))
        std.copy_(encoded.std(dim=0).clamp(min=1e-3))
