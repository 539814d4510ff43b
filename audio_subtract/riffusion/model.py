"""Riffusion's pipelines: loaded, widened for edits, saved with what msub has to know of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from audio_subtract.hub import load_pipeline
from audio_subtract.models import KNOWN, known_model
from subtract_core.config import from_dict
from subtract_core.errors import InputError
from subtract_core.files import write_file
from subtract_core.model.checkpoint import read_json
from subtract_core.stems import Stem

SETTINGS = "msub.json"
PREDICTS = ("stem", "mix")
_CLASS = "StableDiffusionInstructPix2PixPipeline"


@dataclass(frozen=True)
class RiffusionSettings:
    """What msub has to know of a pipeline; stands in `msub.json` beside diffusers' own files.

    predicts: whether the edited image is the missing `stem` alone or the whole `mix` with it.
    headroom: decibels by which a predicted stem's loudest band may exceed the song's; what is above is cut off.
    steps, text_scale, context_scale: denoising steps and guidance (diffusers' guidance_scale, image_guidance_scale).
    """

    predicts: str = "stem"
    headroom: float = 6.0
    steps: int = 50
    text_scale: float = 7.5
    context_scale: float = 1.5

    def __post_init__(self) -> None:
        if self.predicts not in PREDICTS:
            raise ValueError(f"predicts is {self.predicts!r}; it is one of {', '.join(PREDICTS)}")
        if not 0 <= self.headroom <= 40:
            raise ValueError(f"headroom is {self.headroom:g}; 0 to 40 dB are possible")


@dataclass
class Riffusion:
    """pipeline: diffusers' `StableDiffusionInstructPix2PixPipeline`. warnings: what its users should know."""

    pipeline: Any
    settings: RiffusionSettings = field(default_factory=RiffusionSettings)
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_pretrained(cls, model: str | Path, device: torch.device, dtype: torch.dtype | None = None) -> Riffusion:
        """Load a folder of diffusers', or a name of `audio_subtract.models.KNOWN`.

        A UNet that sees no image beside the noise, as Riffusion's own, is widened. dtype: of the weights; None takes
        float16 on CUDA and float32 elsewhere. Raises `InputError` where the model cannot be had or used.
        """
        known = known_model(model)
        dtype = dtype or (torch.float16 if device.type == "cuda" else torch.float32)
        # The safety checker and what it needs look at photographs.
        none: dict[str, Any] = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
        pipeline = load_pipeline(_CLASS, known.hub if known else model, dtype, **none)
        widened = widen(pipeline, model)
        settings = _read_settings(Path(model)) if known is None else None
        if settings is None:  # made by others, for whom an edit is a whole image
            settings = RiffusionSettings(predicts="stem" if widened else "mix")
        pipeline.unet.eval().requires_grad_(False)
        return cls(pipeline.to(device), settings, (_untrained(model),) if widened else ())

    def save_pretrained(self, folder: str | Path) -> None:
        """Write diffusers' own files, weights in half precision, and `msub.json`; the pipeline is in half precision
        afterwards."""
        for component in (self.pipeline.unet, self.pipeline.vae, self.pipeline.text_encoder):
            component.half()
        self.pipeline.save_pretrained(str(folder))
        text = json.dumps(asdict(self.settings), indent=2) + "\n"
        write_file(Path(folder) / SETTINGS, text.encode(), overwrite=True)


def instruction(stem: Stem, words: str = "") -> str:
    """What a model is told, in training and afterwards. words: how the stem is played."""
    return f"add {stem.value}, {words}" if words else f"add {stem.value}"


def widen(pipeline: Any, name: str | Path = "model") -> bool:
    """Make room in the UNet's first convolution for the latents of a second image, and say whether there was none.

    The new weights are zero and the bias is kept, so that what the UNet predicts does not change before it is trained
    (InstructPix2Pix, arXiv 2211.09800, section 3.2). Raises `InputError` for other numbers of channels.
    """
    unet, latent = pipeline.unet, int(pipeline.vae.config.latent_channels)
    there = int(unet.config.in_channels)
    if there == 2 * latent:
        return False
    if there != latent:
        raise InputError(
            f"{name}: the UNet takes {there} channels; one that edits images takes {2 * latent}, a plain one {latent}"
        )
    old = unet.conv_in
    new = nn.Conv2d(2 * latent, old.out_channels, old.kernel_size, old.stride, old.padding, bias=old.bias is not None)
    with torch.no_grad():
        new.weight.zero_()
        new.weight[:, :latent] = old.weight
        if old.bias is not None:
            new.bias.copy_(old.bias)  # type: ignore[union-attr]
    unet.conv_in = new.to(old.weight.device, old.weight.dtype)
    unet.register_to_config(in_channels=2 * latent)
    return True


def _read_settings(folder: Path) -> RiffusionSettings | None:
    path = folder / SETTINGS
    return from_dict(RiffusionSettings, read_json(path), str(path)) if path.is_file() else None


def _untrained(model: str | Path) -> str:
    return (
        f"{model} was never trained for edits: it does not hear the song, and writes whatever the prompt says; train "
        f"it (msub train audio/riffusion) or use {KNOWN['riff-pix2pix'].hub}"
    )
