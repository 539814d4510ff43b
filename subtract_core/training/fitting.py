"""Fitting a denoiser to the latents of a trained codec: its config, loss and validation, for any kind of music data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from subtract_core.config import check_least, naming
from subtract_core.errors import InputError
from subtract_core.model.checkpoint import component
from subtract_core.model.denoiser import TRANSFORMER, Denoiser, DenoiserConfig, deepened, network_class, network_name
from subtract_core.model.device import autocast
from subtract_core.model.diffusion import ObjectiveConfig, VelocityError, diffused, diffusion_loss
from subtract_core.model.pipeline import Pipeline, load_denoiser
from subtract_core.model.sampler import SamplerConfig
from subtract_core.stems import STEMS
from subtract_core.training.dataset import (
    Batch,
    StagedBatch,
    SubtractionConfig,
    SubtractiveDataset,
    SubtractiveExample,
    stage_batch,
)
from subtract_core.training.loading import BackgroundBatches
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig

P = TypeVar("P", bound="Pipeline[Any]")

SPREAD_BATCHES = 4
"""Batches by which the spread of latent channels is measured."""


@dataclass(frozen=True)
class DenoiserTraining:
    """What the config of every backend's denoiser holds; a backend adds what only its songs have.

    data, validation: training sets made by `msub prepare`. codec: folder of the trained codec, or of its model.
    start: folder of a denoiser of these sizes, or of fewer layers (`deepened`), trained on the same codec, or of its
      model, to go on from; without one it starts afresh.
    network: see `network_class`. width, layers, heads, frames, preconditioned: see `DenoiserConfig`.
    batch: windows a step.
    workers: processes that draw batches ahead, for GPUs; 0 draws them between steps. repeats: how often a batch is
      used; more than once only with workers. pool: batches kept for that on the GPU (each of 128 windows of 128 beats
      takes 42 MB). See `BackgroundBatches`.
    subtraction, objective, trainer, sampler: see their classes; the sampler's become the model's defaults.
    """

    data: str
    validation: str
    codec: str
    start: str | None = None
    network: str = TRANSFORMER
    width: int = 256
    layers: int = 6
    heads: int = 4
    frames: int = 128
    preconditioned: bool = False
    batch: int = 16
    workers: int = 0
    repeats: int = 1
    pool: int = 16
    subtraction: SubtractionConfig = field(default_factory=SubtractionConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    sampler: SamplerConfig = field(default_factory=SamplerConfig)
    validation_batches: int = 12

    def __post_init__(self) -> None:
        network_class(self.network)
        # It says which of its sizes cannot be.
        DenoiserConfig(1, 1, 1, width=self.width, layers=self.layers, heads=self.heads, frames=self.frames)
        check_least(self, batch=1, workers=0, repeats=1, pool=1, validation_batches=1)
        if self.repeats > 1 and not self.workers:
            raise ValueError(f"repeats is {self.repeats}, for which workers are needed; choose 1 worker or more")


def fit_denoiser(
    pipeline_class: type[P],
    codec: Any,
    data: SubtractiveDataset[Any],
    held_out: SubtractiveDataset[Any],
    config: DenoiserTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None],
) -> P:
    """Train a denoiser, write the whole pipeline to `out`, and return it as it is there, with averaged weights; the
    training state lives in `out/training`.

    codec: the backend's `StemCodec`, a module on `device`.
    Raises `InputError` where `out` holds the training state of a denoiser of another codec or of other targets.
    """
    torch.manual_seed(config.trainer.seed)
    network = network_class(config.network)
    denoiser = network(
        network.config_class(
            latent_channels=codec.latent_channels,
            context_channels=codec.context_channels,
            place_channels=codec.place_channels,
            width=config.width,
            layers=config.layers,
            heads=config.heads,
            frames=config.frames,
            preconditioned=config.preconditioned,
        )
    ).to(device)
    if config.start is not None:  # a run that is resumed takes its own weights later
        _go_on_from(Path(config.start), denoiser)
    say(f"{sum(p.numel() for p in denoiser.parameters()) / 1e6:.2f} million parameters")

    stage, stage_held_out = (_Staging(songs, codec.stage, config.batch) for songs in (data, held_out))

    def draw(rng: np.random.Generator) -> Batch:
        return stage(rng).encode(codec)

    # The same windows at every validation: the figures move with the model alone.
    fixed = [stage_held_out(np.random.default_rng((1, i))).encode(codec) for i in range(config.validation_batches)]
    if hasattr(denoiser, "spread") and config.start is None:
        denoiser.spread.copy_(_spread([draw(np.random.default_rng((2, i))) for i in range(SPREAD_BATCHES)]))
    background = None
    if config.workers:
        background = BackgroundBatches(
            stage, lambda drawn: drawn.encode(codec), config.workers, config.repeats, config.pool
        )
    trainer = denoiser_trainer(
        denoiser,
        background or draw,
        fixed,
        config.objective,
        config.trainer,
        out / "training",
        device,
        say,
        _fingerprint(codec),
        ", ".join(stem.value for stem in STEMS if stem in data.targets),
    )
    try:
        trainer.run(max_minutes)
    finally:
        if background is not None:
            background.close()
    if background is not None:
        say(f"waited {background.seconds_waited:.0f} s for batches that {config.workers} processes drew")
    with trainer.averaged():
        pipeline_class(codec, denoiser, config.sampler, stems=data.targets).save_pretrained(out)
    return pipeline_class.from_pretrained(out, str(device))


def _go_on_from(start: Path, denoiser: Denoiser) -> None:
    """Load the weights at `start`, of a denoiser that may have fewer layers, into `denoiser`."""
    with naming("start"):
        started = load_denoiser(component(start, "denoiser"))
    if type(started) is not type(denoiser):
        raise InputError(f"start: {start} holds a {network_name(started)}; a {network_name(denoiser)} is needed")
    shallow, config = started.config, denoiser.config
    if shallow != replace(config, layers=shallow.layers, frames=shallow.frames) or shallow.layers > config.layers:
        raise InputError(f"start: {start} holds a {shallow}; a {config}, or one of fewer layers, is needed")
    if shallow.layers < config.layers:
        if type(started) is not Denoiser:
            raise InputError(f"start: {start} has {shallow.layers} layers; only {TRANSFORMER} can be given more")
        started = deepened(started, config.layers)
    denoiser.load_state_dict(started.state_dict())


def _fingerprint(codec: nn.Module) -> str:
    """Tells codecs of other weights apart."""
    digest = hashlib.sha256()
    for name, value in codec.state_dict().items():
        digest.update(name.encode() + value.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class _Staging:
    """Draws a batch as far as that goes without weights; a class, so that fresh processes can be handed it."""

    songs: SubtractiveDataset[Any]
    stage: Callable[[Sequence[SubtractiveExample[Any]], int], Any]
    batch: int

    def __call__(self, rng: np.random.Generator) -> StagedBatch:
        return stage_batch([self.songs.draw(rng) for _ in range(self.batch)], self.stage)


def _spread(batches: Sequence[Batch]) -> torch.Tensor:
    """Root mean square of each channel of the targets over the valid frames."""
    values = torch.cat([b.target[b.valid] for b in batches])
    return (values**2).mean(dim=0).sqrt().clamp(min=1e-3)


def denoiser_trainer(
    denoiser: Denoiser,
    draw: Callable[[np.random.Generator], Batch],
    held_out: Sequence[Batch],
    objective: ObjectiveConfig,
    config: TrainerConfig,
    folder: Path,
    device: torch.device,
    say: Callable[[str], None] = print,
    codec: str = "",
    targets: str = "",
) -> Trainer:
    """A trainer that fits `denoiser` to the batches that `draw` gives; it keeps its state in `folder`.

    codec, targets: see `Trainer`.

    Validation is the loss over `held_out` with the same times and noise every time and the context always shown, so
    that figures move with the model alone: without instructions (`loss`) and with them (`loss_instructed`).
    """

    error = VelocityError(denoiser)

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        drawn = draw(rng)
        generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        return diffusion_loss(error, drawn.target, drawn.condition, drawn.valid, objective, generator), {}

    def mean_loss(instructed: bool) -> float:
        shown, losses, plain = replace(objective, drop_context=0.0), [], VelocityError(denoiser)
        for index, batch in enumerate(held_out):
            condition = batch.condition if instructed else batch.condition.without_text()
            generator = torch.Generator(device).manual_seed(index)
            losses.append(diffusion_loss(plain, batch.target, condition, batch.valid, shown, generator))
        return float(torch.stack(losses).mean())

    def validate(module: nn.Module) -> dict[str, float]:
        return {"loss": mean_loss(instructed=False), "loss_instructed": mean_loss(instructed=True)}

    if config.compile:
        denoiser.compile()
    trainer = Trainer(denoiser, loss, validate, config, folder, device, say, codec, targets)
    if config.record and device.type == "cuda":
        like = held_out[0]
        given = diffused(like.target, like.condition, like.valid, objective, torch.Generator(device))
        _record(error, given, config.precision)
    return trainer


def _record(error: VelocityError, given: tuple[Tensor, ...], precision: str) -> None:
    """Have CUDA repeat the error and its gradients for inputs of the shapes of `given`, instead of being asked anew."""
    with autocast(given[0].device, precision, cached=False):  # the cache would keep what belongs to one repetition
        # Later inputs are written over those it is recorded with.
        torch.cuda.make_graphed_callables(error, tuple(x.clone() for x in given))
