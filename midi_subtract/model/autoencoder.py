"""The beat autoencoder: one beat of one part as a short latent vector, read back with its neighbours in view."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midi_subtract.model.rolls import RollSpec
from midi_subtract.notes import STEPS_PER_BEAT
from subtract_core.config import check_least

VELOCITY_WEIGHT = 20.0  # of squared errors in 0-1 against nats: loudness and notes are learned at once
SILENT_LOGIT = -4.0  # most cells of a roll are empty: starting there saves hundreds of steps


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of one beat autoencoder.

    latent_channels: channels of a beat's latent. hidden: width of the layers.
    depth: residual layers of the encoder and of the decoder; those after the first start as the identity.
    products: number of (rhythm x pitches) products that the decoder adds to its logits, see `_Logits`.
    kl_weight: weight of the Kullback-Leibler term (nats) against the reconstruction term (nats).
    """

    latent_channels: int = 48
    hidden: int = 512
    depth: int = 1
    products: int = 0
    kl_weight: float = 0.02

    def __post_init__(self) -> None:
        check_least(self, latent_channels=1, hidden=1, depth=0, products=0, kl_weight=0)


class _Residual(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU())
        self.out = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        total: Tensor = x + self.out(self.inner(x))
        return total


def _residuals(width: int, hidden: int, depth: int) -> nn.Sequential:
    """Residual layers, all but the first the identity at the start: they can be added to a trained model."""
    layers = [_Residual(width, hidden if i == 0 else width) for i in range(depth)]
    for layer in layers[1:]:
        nn.init.zeros_(layer.out.weight)
        nn.init.zeros_(layer.out.bias)
    return nn.Sequential(*layers)


class _Logits(nn.Module):
    """Features of a beat to the logits of its cells: a linear layer and, optionally, a sum of products.

    A strummed chord is a set of pitches times a rhythm. A linear layer has to know each such product by heart; a sum
    over k of rhythm_k(step) * pitches_k(plane) says it directly. The products start at zero, so that they can be added
    to a trained decoder.
    """

    def __init__(self, hidden: int, planes: int, products: int) -> None:
        super().__init__()
        self.cells = nn.Linear(hidden, STEPS_PER_BEAT * planes)
        nn.init.constant_(self.cells.bias, SILENT_LOGIT)
        self.rhythm = nn.Linear(hidden, STEPS_PER_BEAT * products) if products else None
        self.pitches = nn.Linear(hidden, products * planes) if products else None
        if self.rhythm is not None:
            nn.init.zeros_(self.rhythm.weight)
            nn.init.zeros_(self.rhythm.bias)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.cells(x).unflatten(-1, (STEPS_PER_BEAT, -1))
        if self.rhythm is None or self.pitches is None:
            return logits
        rhythm = self.rhythm(x).unflatten(-1, (STEPS_PER_BEAT, -1))
        return torch.baddbmm(logits, rhythm, self.pitches(x).unflatten(-1, (rhythm.shape[-1], -1)))


class BeatAutoencoder(nn.Module):
    """Variational autoencoder over beats of 12 steps; the decoder also sees the beats before and after."""

    def __init__(self, config: AutoencoderConfig, spec: RollSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        cells, hidden = STEPS_PER_BEAT * spec.planes, config.hidden
        self.encoder = nn.Sequential(
            nn.Linear(cells, hidden),
            nn.GELU(),
            _residuals(hidden, hidden // 2, config.depth),
            nn.LayerNorm(hidden),
            nn.Linear(hidden, 2 * config.latent_channels),
        )
        self.decoder = nn.Sequential(
            nn.Linear(3 * config.latent_channels, hidden),
            nn.GELU(),
            _residuals(hidden, hidden, config.depth),
            nn.LayerNorm(hidden),
        )
        self.logits = _Logits(hidden, spec.planes, config.products)

    def encode(self, rolls: Tensor) -> tuple[Tensor, Tensor]:
        """Rolls [..., 12, planes] to the posterior's mean and log variance, each [..., latent_channels]."""
        mean, log_variance = self.encoder(rolls.flatten(-2)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decode(self, latents: Tensor, wanted: Tensor) -> Tensor:
        """Latents [batch, beats, channels] to logits [n, 12, planes] of the n beats that `wanted` marks.

        wanted: bool [batch, beats].
        """
        padded = F.pad(latents, (0, 0, 1, 1))
        with_neighbours = torch.cat([padded[:, :-2], latents, padded[:, 2:]], dim=-1)
        logits: Tensor = self.logits(self.decoder(with_neighbours[wanted]))
        return logits

    def loss(self, rolls: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Negative evidence lower bound a sounding beat (nats) of rolls [batch, beats, 12, planes].

        Bernoulli likelihood for the binary planes, squared error times `VELOCITY_WEIGHT` for velocities
        where a note starts. Silent beats
        have the latent zero, as everywhere in the model, and are not decoded: the codec knows them to be silent.
        """
        sounds = sounding(rolls, self.spec)
        heard = rolls[sounds]
        mean, log_variance = self.encode(heard)
        drawn = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        latents = drawn.new_zeros(*sounds.shape, drawn.shape[-1])
        latents[sounds] = drawn
        logits = self.decode(latents, sounds)
        binary, values = heard[..., : self.spec.binary], heard[..., self.spec.binary :]
        likelihood = F.binary_cross_entropy_with_logits(logits[..., : self.spec.binary], binary, reduction="sum")
        error = VELOCITY_WEIGHT * ((logits[..., self.spec.binary :].sigmoid() - values) ** 2 * (values > 0)).sum()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
        count = max(1, len(heard))
        total = (likelihood + error + self.config.kl_weight * divergence) / count
        return total, {"nats": likelihood / count, "velocity": error / count, "kl": divergence / count}

    def probabilities(self, latents: Tensor, wanted: Tensor) -> Tensor:
        """Latents [batch, beats, channels] to rolls of probabilities and velocities in 0-1.

        [batch, beats, 12, planes], zero in the beats that `wanted` (bool [batch, beats]) leaves out.
        """
        rolls = latents.new_zeros(*wanted.shape, STEPS_PER_BEAT, self.spec.planes)
        rolls[wanted] = self.decode(latents, wanted).sigmoid().to(rolls.dtype)
        return rolls


def sounding(rolls: Tensor, spec: RollSpec) -> Tensor:
    """Which beats of rolls [..., 12, planes] hold a note, struck or held: bool [...]."""
    return rolls[..., : spec.binary].amax(dim=(-1, -2)) > 0
