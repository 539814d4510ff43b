"""Training the MIDI denoiser on the latents of a trained codec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from midi_subtract.codec import MidiCodec
from midi_subtract.excerpts import MidiSongs
from midi_subtract.pipeline import MidiPipeline
from midi_subtract.store import load_songs
from subtract_core.checkpoint import load_weights
from subtract_core.dataset import Batch, SubtractionConfig, SubtractiveDataset, encode_batch
from subtract_core.denoiser import Denoiser, DenoiserConfig
from subtract_core.diffusion import ObjectiveConfig
from subtract_core.fitting import denoiser_trainer
from subtract_core.sampler import SamplerConfig
from subtract_core.trainer import TrainerConfig


@dataclass(frozen=True)
class DenoiserTraining:
    """What `configs/midi/denoiser.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: training sets made by `msub prepare midi`. codec: folder of the trained codec.
    start: folder of a denoiser of these sizes, trained on the same codec, to go on from; without one it starts afresh.
    width, layers, heads, frames: sizes, see `DenoiserConfig`.
    batch: windows a step. transpose: songs are moved by up to so many semitones either way.
    source_weights: how often a song of each source is drawn, against 1.
    subtraction, objective, trainer, sampler: see their classes; the sampler's become the model's defaults.
    """

    data: str
    validation: str
    codec: str
    start: str | None = None
    width: int = 256
    layers: int = 6
    heads: int = 4
    frames: int = 128
    batch: int = 16
    transpose: int = 6
    source_weights: dict[str, float] = field(default_factory=dict)
    subtraction: SubtractionConfig = field(default_factory=SubtractionConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    sampler: SamplerConfig = field(default_factory=SamplerConfig)
    validation_batches: int = 12
    kind: str = "midi-denoiser"


def train_denoiser(
    config: DenoiserTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> MidiPipeline:
    """Train a denoiser and write the whole pipeline to `out`; the training state lives in `out/training`."""
    codec = MidiCodec.from_pretrained(config.codec).to(device)
    data = _dataset(config, config.data)
    torch.manual_seed(config.trainer.seed)
    denoiser = Denoiser(
        DenoiserConfig(
            latent_channels=codec.latent_channels,
            context_channels=codec.context_channels,
            place_channels=codec.place_channels,
            width=config.width,
            layers=config.layers,
            heads=config.heads,
            frames=config.frames,
        )
    ).to(device)
    if config.start is not None:  # a run that is resumed takes its own weights later
        load_weights(Path(config.start), denoiser)
    say(f"{sum(p.numel() for p in denoiser.parameters()) / 1e6:.2f} million parameters")

    def batch(dataset: SubtractiveDataset, rng: np.random.Generator) -> Batch:  # type: ignore[type-arg]
        return encode_batch([dataset.draw(rng) for _ in range(config.batch)], codec, device)

    held_out = _dataset(config, config.validation)
    # The same windows every time: the figures move with the model alone.
    fixed = [batch(held_out, np.random.default_rng((1, i))) for i in range(config.validation_batches)]
    trainer = denoiser_trainer(
        denoiser,
        lambda rng: batch(data, rng),
        fixed,
        config.objective,
        config.trainer,
        out / "training",
        device,
        say,
    )
    trainer.run(max_minutes)
    with trainer.averaged():
        pipeline = MidiPipeline(codec, denoiser, config.sampler)
        pipeline.save_pretrained(out)
    return pipeline


def _dataset(config: DenoiserTraining, folder: str) -> SubtractiveDataset:  # type: ignore[type-arg]
    songs = load_songs(folder)
    return SubtractiveDataset(
        MidiSongs(songs, config.frames, config.transpose, config.source_weights), config.subtraction
    )
