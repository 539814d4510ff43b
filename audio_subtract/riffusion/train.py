"""Fine-tuning Riffusion to add stems, as InstructPix2Pix was made of Stable Diffusion (arXiv 2211.09800)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from audio_subtract.riffusion.data import ImagePair, ImagePairs, check_captions, load_sounds, read_captions, seconds_of
from audio_subtract.riffusion.model import Riffusion, RiffusionSettings
from subtract_core.config import check_least, check_weights, name_stems
from subtract_core.errors import ConfigError
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig


@dataclass(frozen=True)
class RiffusionTraining:
    """What `configs/audio/riffusion.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: folders of songs as stems, as `msub prepare audio` takes them.
    model: what is fine-tuned: a folder of diffusers', or a name (`audio_subtract.models.KNOWN`).
    captions: JSON lines (song, stem, text), sentences on how stems are played; without them models learn names only.
      A song is called as its folder is, below data or validation.
    targets: how often each stem is the one that is missing, against the others.
    settings: what is predicted, and what the model is used with afterwards.
    batch: pairs a step.
    drop_text, drop_image, drop_both: shares of pairs without the sentence, without the song, without either.
    gradient_checkpointing: less memory for a slower step. validation_batches: of `batch` pairs.
    trainer: how it is trained; the rates of fine-tuning are far below those of training from nothing.
    """

    data: str
    validation: str
    model: str = "riffusion"
    captions: str | None = None
    targets: dict[str, float] = field(default_factory=lambda: {"drums": 1.0, "bass": 1.0, "guitar": 1.0})
    settings: RiffusionSettings = field(default_factory=RiffusionSettings)
    batch: int = 4
    drop_text: float = 0.05
    drop_image: float = 0.05
    drop_both: float = 0.05
    gradient_checkpointing: bool = True
    validation_batches: int = 8
    trainer: TrainerConfig = field(default_factory=lambda: TrainerConfig(learning_rate=5e-5))
    kind: str = "audio-riffusion"

    def __post_init__(self) -> None:
        name_stems(self, "targets")
        check_weights("targets", self.targets)
        shares = (self.drop_text, self.drop_image, self.drop_both)
        if min(shares) < 0 or sum(shares) > 1:
            raise ConfigError(
                "drop_text, drop_image, drop_both: shares of 0 or more that add up to at most 1 are needed"
            )
        check_least(self, batch=1, validation_batches=1)
        self.trainer.check_plain()


@dataclass(frozen=True)
class Conditions:
    """Encoded pairs. target: latents [batch, 4, 64, 64], scaled. context: of the song, not scaled. text: embeddings
    [batch, tokens, width]."""

    target: Tensor
    context: Tensor
    text: Tensor


def train_riffusion(
    config: RiffusionTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> Riffusion:
    """Fine-tune a UNet and write the whole pipeline to `out`; the training state lives in `out/training`, decoded songs
    in `out/sounds`."""
    captions = read_captions(config.captions) if config.captions is not None else {}
    songs, held_out = (
        load_sounds(root, out / "sounds" / name, say)
        for name, root in (("data", config.data), ("validation", config.validation))
    )
    check_captions(captions, [*songs, *held_out], say)
    say(f"{len(songs)} songs to train on ({seconds_of(songs) / 3600:.1f} hours), {len(held_out)} to validate on")
    model = Riffusion.from_pretrained(config.model, device, torch.float32)
    model.settings = config.settings
    torch.manual_seed(config.trainer.seed)
    unet = model.pipeline.unet.requires_grad_(True)
    if config.gradient_checkpointing:
        unet.enable_gradient_checkpointing()
    fitting = _Fitting(config, model.pipeline, device)
    data, valid = (ImagePairs(s, config.targets, config.settings, captions) for s in (songs, held_out))
    rngs = (np.random.default_rng((1, i)) for i in range(config.validation_batches))
    # The same windows at every validation: the figures move with the model alone.
    fixed = [[valid.draw(rng) for _ in range(config.batch)] for rng in rngs]
    trainer = Trainer(
        unet,
        lambda module, rng: fitting.loss(module, [data.draw(rng) for _ in range(config.batch)], rng),
        lambda module: fitting.validate(module, fixed),
        config.trainer,
        out / "training",
        device,
        say,
    )
    trainer.run(max_minutes)
    with trainer.averaged():
        model.save_pretrained(out)
    return Riffusion.from_pretrained(out, device)


class _Fitting:
    """The loss of a UNet on pairs of images, and all that stays as it is: autoencoder, text encoder, noise schedule."""

    def __init__(self, config: RiffusionTraining, pipeline: Any, device: torch.device) -> None:
        from diffusers import DDPMScheduler

        self.config, self.pipeline, self.device = config, pipeline, device
        self.scheduler: Any = DDPMScheduler.from_config(pipeline.scheduler.config)  # type: ignore[no-untyped-call]
        kind = self.scheduler.config.prediction_type
        if kind not in ("epsilon", "v_prediction"):
            raise ConfigError(f"model: {config.model} predicts {kind!r}; epsilon or v_prediction can be trained")
        for component in (pipeline.vae, pipeline.text_encoder):
            component.eval().requires_grad_(False)

    def loss(self, module: nn.Module, pairs: Sequence[ImagePair], rng: np.random.Generator) -> Loss:
        """The mean squared error of what the UNet predicts, with conditions left out at random."""
        draws = rng.random(len(pairs))
        no_text = draws < self.config.drop_text + self.config.drop_both
        no_image = (draws >= self.config.drop_text) & (
            draws < self.config.drop_text + self.config.drop_both + self.config.drop_image
        )
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        return self._error(module, self.encode(pairs, no_text, no_image, generator), generator), {}

    def validate(self, module: nn.Module, batches: Sequence[Sequence[ImagePair]]) -> dict[str, float]:
        """The loss with both conditions (`loss`), and with the song left out, which tells how much it is heeded."""

        def mean(no_image: bool) -> float:
            errors = []
            for index, pairs in enumerate(batches):
                generator = torch.Generator().manual_seed(index)
                shown, hidden = np.zeros(len(pairs), dtype=bool), np.full(len(pairs), no_image)
                errors.append(self._error(module, self.encode(pairs, shown, hidden, generator), generator))
            return float(torch.stack(errors).mean())

        return {"loss": mean(False), "loss_without_song": mean(True)}

    @torch.no_grad()
    def encode(
        self, pairs: Sequence[ImagePair], no_text: np.ndarray, no_image: np.ndarray, generator: torch.Generator
    ) -> Conditions:
        """Pairs as latents and embeddings, the context's zero and the text's those of "" where they are left out."""
        vae, tokenizer = self.pipeline.vae, self.pipeline.tokenizer
        texts = ["" if gone else pair.text for pair, gone in zip(pairs, no_text, strict=True)]
        length = tokenizer.model_max_length
        ids = tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
        # Half precision would cost the autoencoder detail that no training brings back.
        with torch.autocast(self.device.type, enabled=False):
            target = vae.encode(self._pixels([p.target for p in pairs])).latent_dist
            noise = torch.randn(target.mean.shape, generator=generator).to(self.device)
            context = vae.encode(self._pixels([p.context for p in pairs])).latent_dist.mode()
            text = self.pipeline.text_encoder(ids.to(self.device))[0]
        shown = torch.from_numpy(~no_image).to(self.device, context.dtype)[:, None, None, None]
        scaled = (target.mean + target.std * noise) * vae.config.scaling_factor
        return Conditions(scaled, context * shown, text)

    def _pixels(self, images: Sequence[Tensor]) -> Tensor:
        """Images 0-255 as [batch, 3, height, width] between -1 and 1."""
        return (torch.stack(list(images))[:, None] / 127.5 - 1).expand(-1, 3, -1, -1).to(self.device)

    def _error(self, module: nn.Module, batch: Conditions, generator: torch.Generator) -> Tensor:
        count = self.scheduler.config.num_train_timesteps
        times = torch.randint(0, count, (len(batch.target),), generator=generator).to(self.device)
        noise = torch.randn(batch.target.shape, generator=generator).to(self.device)
        noisy = self.scheduler.add_noise(batch.target, noise, times)
        predicted = module(torch.cat([noisy, batch.context], dim=1), times, batch.text).sample
        if self.scheduler.config.prediction_type == "v_prediction":
            noise = self.scheduler.get_velocity(batch.target, noise, times)
        return nn.functional.mse_loss(predicted.float(), noise.float())
