"""Fitting a denoiser: the loss on drawn batches, and its validation on fixed ones, for any kind of music data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from subtract_core.dataset import Batch
from subtract_core.denoiser import Denoiser
from subtract_core.diffusion import ObjectiveConfig, diffusion_loss
from subtract_core.trainer import Loss, Trainer, TrainerConfig


def denoiser_trainer(
    denoiser: Denoiser,
    draw: Callable[[np.random.Generator], Batch],
    held_out: Sequence[Batch],
    objective: ObjectiveConfig,
    config: TrainerConfig,
    folder: Path,
    device: torch.device,
    say: Callable[[str], None] = print,
) -> Trainer:
    """A trainer that fits `denoiser` to the batches that `draw` gives; it keeps its state in `folder`.

    Validation is the loss over `held_out` with the same times and noise every time and the context always shown, so
    that figures move with the model alone: without instructions (`loss`) and with them (`loss_instructed`).
    """

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        drawn = draw(rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        return diffusion_loss(module, drawn.target, drawn.condition, drawn.valid, objective, generator), {}  # type: ignore[arg-type]

    def mean_loss(module: nn.Module, instructed: bool) -> float:
        shown, losses = replace(objective, drop_context=0.0), []
        for index, batch in enumerate(held_out):
            condition = batch.condition if instructed else batch.condition.without_text()
            generator = torch.Generator().manual_seed(index)
            losses.append(diffusion_loss(module, batch.target, condition, batch.valid, shown, generator))  # type: ignore[arg-type]
        return float(torch.stack(losses).mean())

    def validate(module: nn.Module) -> dict[str, float]:
        return {"loss": mean_loss(module, instructed=False), "loss_instructed": mean_loss(module, instructed=True)}

    model: Any = torch.compile(denoiser) if config.compile else denoiser
    return Trainer(denoiser, lambda _, rng: loss(model, rng), validate, config, folder, device, say)
