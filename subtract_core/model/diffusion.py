"""The diffusion objective: v-prediction, conditions dropped at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from subtract_core.errors import ConfigError
from subtract_core.model.denoiser import Condition, Denoiser
from subtract_core.model.schedule import TRAIN_TIMESTEPS, cosine_alphas


@dataclass(frozen=True)
class ObjectiveConfig:
    """drop_context: share of training examples that are shown no context, whether or not they have an instruction.

    shift: how much more often than evenly late times, those of much noise, are trained: t becomes
      shift t / (1 + (shift - 1) t) (arXiv 2403.03206, eq. 23). What is asked of a whole part is decided there: parts
      repeat themselves, so that even a little signal in every frame gives a pattern away, and the instruction with it.
    """

    drop_context: float = 0.1
    shift: float = 3.0

    def __post_init__(self) -> None:
        if not 0 <= self.drop_context <= 1:
            raise ConfigError(f"drop_context: {self.drop_context} is out of range; choose 0 to 1")
        if self.shift <= 0:
            raise ConfigError(f"shift: {self.shift} is not valid; choose a number above 0 (1 is none)")


def noised(clean: Tensor, noise: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Noisy latents and their velocity: sqrt(a) x + sqrt(1-a) n, and sqrt(a) n - sqrt(1-a) x."""
    signal, spread = alpha.sqrt()[:, None, None], (1 - alpha).sqrt()[:, None, None]
    return signal * clean + spread * noise, signal * noise - spread * clean


def estimated(noisy: Tensor, velocity: Tensor, alpha: Tensor) -> Tensor:
    """The clean latents that a velocity implies: sqrt(a) x_t - sqrt(1-a) v. alpha: scalar, or [batch]."""
    alpha = alpha.reshape(-1, 1, 1)
    return alpha.sqrt() * noisy - (1 - alpha).sqrt() * velocity


def implied(noisy: Tensor, clean: Tensor, alpha: Tensor) -> Tensor:
    """The velocity that leads to clean latents, the inverse of `estimated`. alpha: as there, below 1."""
    alpha = alpha.reshape(-1, 1, 1)
    return (alpha.sqrt() * noisy - clean) / (1 - alpha).sqrt()


class VelocityError(nn.Module):
    """Mean squared error of the v of a denoiser over valid frames, of tensors alone, so that CUDA can record it.

    Every second example is shown the model's own estimate of the clean latents (self-conditioning, arXiv 2208.04202).
    """

    def __init__(self, denoiser: Denoiser) -> None:
        super().__init__()
        self.denoiser = denoiser

    def forward(
        self,
        noisy: Tensor,
        velocity: Tensor,
        times: Tensor,
        alphas: Tensor,
        valid: Tensor,
        context: Tensor,
        place: Tensor,
        stem: Tensor,
        text: Tensor | None = None,
    ) -> Tensor:
        """noisy, velocity: [batch, frames, latent_channels]; times in 0-1, alphas: [batch], their signal power;
        valid: bool [batch, frames]; context, place, stem, text: see `Condition`."""
        condition = Condition(context, place, stem, text)
        estimate = torch.zeros_like(noisy)
        if len(noisy) > 1:
            half = slice(0, len(noisy) // 2)  # times are in random order
            with torch.no_grad():
                first = self.denoiser(noisy[half], times[half], condition.rows(half)).float()
            # Weights that autocast has cast without gradients would be used again with them by older torch.
            torch.clear_autocast_cache()
            estimate[half] = estimated(noisy[half], first, alphas[half])
        predicted = self.denoiser(noisy, times, condition, estimate)
        error = ((predicted.float() - velocity) ** 2).mean(dim=-1)
        mean: Tensor = (error * valid).sum() / valid.sum().clamp(min=1)
        return mean


def diffusion_loss(
    error: Callable[..., Tensor],
    clean: Tensor,
    condition: Condition,
    valid: Tensor,
    config: ObjectiveConfig,
    generator: torch.Generator,
) -> Tensor:
    """The error at random times, of random noise, without the context where it is dropped.

    error: a `VelocityError`. clean: [batch, frames, latent_channels]; valid: bool [batch, frames]. generator: on the
    device of `clean`. Times are stratified over the batch.
    """
    return error(*diffused(clean, condition, valid, config, generator))


def diffused(
    clean: Tensor, condition: Condition, valid: Tensor, config: ObjectiveConfig, generator: torch.Generator
) -> tuple[Tensor, ...]:
    """What a `VelocityError` is given for one step of training; arguments as those of `diffusion_loss`."""
    batch, device = len(clean), clean.device
    alphas = cosine_alphas(device)
    spread = torch.rand(1, generator=generator, device=device) + torch.arange(batch, device=device)
    even = spread / batch % 1.0
    shifted = config.shift * even / (1 + (config.shift - 1) * even)
    steps = (shifted * TRAIN_TIMESTEPS).long()[torch.randperm(batch, generator=generator, device=device)]
    noise = torch.randn(clean.shape, generator=generator, device=device)
    noisy, velocity = noised(clean, noise, alphas[steps])
    condition = _dropped(condition, config, generator)
    given: tuple[Tensor, ...] = (noisy, velocity, steps / TRAIN_TIMESTEPS, alphas[steps], valid)
    given += (condition.context, condition.place, condition.stem)
    return given if condition.text is None else (*given, condition.text)


def _dropped(condition: Condition, config: ObjectiveConfig, generator: torch.Generator) -> Condition:
    batch, device = len(condition.context), condition.context.device
    keep_context = torch.rand(batch, generator=generator, device=device) >= config.drop_context
    context = condition.context * keep_context[:, None, None]
    return Condition(context, condition.place, condition.stem, condition.text)
