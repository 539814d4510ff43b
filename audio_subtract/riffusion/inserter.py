"""Inserting a stem by editing spectrogram images of the song, window by window."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.insertion import Asked, Progress, SongInserter, Written, audible, between
from audio_subtract.model.phase import sound_in_blocks
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig
from audio_subtract.riffusion.image import (
    BANDS,
    GRID,
    HOP,
    WIDTH,
    WINDOW,
    band_magnitude,
    from_image,
    linear_magnitude,
    to_image,
)
from audio_subtract.riffusion.model import Riffusion, RiffusionSettings, instruction
from subtract_core.errors import InputError
from subtract_core.model.device import pick_device

OVERLAP = 128
"""Frames that two windows share, over which they are crossfaded: 1.28 s."""
LOUDER = 3.0
"""Decibels by which a band of a predicted mix has to exceed the song's to count as the stem's; less is taken for the
autoencoder's error."""
_GRAIN = 64  # windows begin at multiples of it, and so of every autoencoder's downscaling
_FAINTEST = 1e-3  # a window's image is never scaled to more than 60 dB below the song's loudest band
_STRONG = 0.1  # share of the loudest band from which on a predicted mix is scaled by the song's
_LEVELS = SpectrogramConfig()


class RiffusionInserter(SongInserter):
    """Writes missing stems with a Stable Diffusion of spectrogram images, such as Riffusion's."""

    def __init__(self, model: Riffusion) -> None:
        self.model = model

    @classmethod
    def from_pretrained(cls, model: str | Path, device: str | torch.device = "auto") -> RiffusionInserter:
        """Load a diffusers folder or a model by name (`audio_subtract.models.KNOWN`).

        device: auto, cpu, cuda, cuda:1 ... or mps. Raises `InputError` where the model cannot be had.
        """
        return cls(Riffusion.from_pretrained(model, pick_device(device)))

    def _write(self, song: Waveform, asked: Asked, progress: Progress | None) -> Written:
        settings = self._settings(asked)
        heard = torch.from_numpy(song.heard(RATE))
        audible(heard.numpy(), _LEVELS, song)
        bands = band_magnitude(heard)
        stem = self.write(bands, instruction(asked.stem, asked.words), asked.seed, settings, between(progress, 0, 80))
        start = phases_of(heard) if settings.predicts == "mix" else None
        sound = to_sound(stem, len(heard), asked.seed, start, between(progress, 80, 100))
        samples = sound.numpy() * 10 ** (asked.gain / 20)
        warnings = [*self.model.warnings]
        if settings.text_scale <= 1:
            warnings.append("a text scale of 1 or less switches both kinds of guidance off")
        return Written(resampled(samples, RATE, song.rate, song.frames), asked.wish, tuple(warnings))

    def _settings(self, asked: Asked) -> RiffusionSettings:
        if asked.context_scale is not None and asked.context_scale < 1:
            raise InputError(f"context_scale: {asked.context_scale:g} is out of range for this model; choose 1 to 20")
        given = {name: getattr(asked, name) for name in ("steps", "text_scale", "context_scale")}
        return replace(self.model.settings, **{name: value for name, value in given.items() if value is not None})

    def write(
        self,
        bands: Tensor,
        prompt: str,
        seed: int = 0,
        settings: RiffusionSettings | None = None,
        progress: Progress | None = None,
    ) -> Tensor:
        """The stem's magnitudes in bands for those of a song, both float32 [bands, frames] as of `band_magnitude`.

        Windows of 5.12 s are edited one after another and crossfaded; where they overlap they start from the same
        noise, so that they agree better.
        """
        settings, frames = settings or self.model.settings, bands.shape[1]
        width = max(WIDTH, math.ceil(frames / _GRAIN) * _GRAIN)
        song = F.pad(bands, (0, width - frames))
        scale = int(self.model.pipeline.vae_scale_factor)
        channels = int(self.model.pipeline.vae.config.latent_channels)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(1, channels, BANDS // scale, width // scale, generator=generator)
        loudest, fade = float(bands.max()), _fade()
        total, weight = torch.zeros_like(song), torch.zeros(width)
        starts = window_starts(width)
        for number, start in enumerate(starts):
            window = song[:, start : start + WIDTH]
            maximum = max(float(window.max()), _FAINTEST * loudest)
            latents = noise[..., start // scale : (start + WIDTH) // scale]
            told = progress and _in_window(progress, number, len(starts))
            image = self._edited(to_image(window, maximum), prompt, latents, generator, settings, told)
            total[:, start : start + WIDTH] += fade * stem_of(image, window, maximum, settings)
            weight[start : start + WIDTH] += fade
        return (total / weight)[:, :frames]

    def _edited(
        self,
        image: Tensor,
        prompt: str,
        noise: Tensor,
        generator: torch.Generator,
        settings: RiffusionSettings,
        progress: Progress | None,
    ) -> Tensor:
        """An image [512, 512], 0-255, as the pipeline edits it."""
        pipeline = self.model.pipeline

        def step_done(_: Any, step: int, __: Any, inputs: dict[str, Any]) -> dict[str, Any]:
            if progress:
                progress(min(step + 1, settings.steps), settings.steps)
            return inputs

        edited: Tensor = pipeline(
            prompt=prompt,
            image=(image / 255).expand(1, 3, *image.shape),
            num_inference_steps=settings.steps,
            guidance_scale=settings.text_scale,
            image_guidance_scale=settings.context_scale,
            latents=noise.to(pipeline.unet.dtype),
            generator=generator,
            output_type="pt",
            callback_on_step_end=step_done,
        ).images[0]
        return 255 * edited.float().cpu().mean(dim=0)


def stem_of(image: Tensor, window: Tensor, maximum: float, settings: RiffusionSettings) -> Tensor:
    """The stem's magnitudes [bands, frames] that a predicted image holds, for a song's magnitudes in the same window.

    maximum: what is black in the song's own image.
    """
    if settings.predicts == "stem":
        return from_image(image, maximum * 10 ** (settings.headroom / 20))
    return added(from_image(image, maximum), window)


def added(mix: Tensor, song: Tensor) -> Tensor:
    """What a mix holds that the song does not, as magnitudes; all [bands, frames].

    The mix's scale is not known: it is set so that where the song is strong, half of the mix is not louder. Powers are
    subtracted, supposing that stem and song have unrelated phases, where the mix is more than `LOUDER` above the song.
    """
    strong = song > _STRONG * song.max()
    ratio = float((mix[strong] / song[strong]).median()) if strong.any() else 0.0
    if ratio <= 0:
        return torch.zeros_like(mix)
    scaled = mix / ratio
    rest = (scaled**2 - song**2).clamp(min=0).sqrt()
    return torch.where(scaled > song * 10 ** (LOUDER / 20), rest, torch.zeros_like(rest))


def window_starts(width: int) -> list[int]:
    """First frames of the windows over `width` frames, a multiple of 64 and 512 or more; the last one ends with it."""
    last = width - WIDTH
    return [*range(0, last, WIDTH - OVERLAP), last]


def _fade() -> Tensor:
    """Weights of a window's frames: full inside, falling towards both ends over the overlap."""
    ramp = torch.arange(1, OVERLAP + 1) / (OVERLAP + 1)
    return torch.cat([ramp, torch.ones(WIDTH - 2 * OVERLAP), ramp.flip(0)])


def _in_window(progress: Progress, number: int, count: int) -> Progress:
    return lambda done, total: progress(number * total + done, count * total)


def to_sound(
    bands: Tensor,
    samples: int,
    seed: int = 0,
    start: Callable[[int, int], Tensor] | None = None,
    progress: Progress | None = None,
) -> Tensor:
    """Sound float32 [samples] with the magnitudes [bands, frames]; start: where phases start, as of `phases_of`."""

    def magnitude(first: int, last: int) -> Tensor:
        return linear_magnitude(bands[:, first:last])

    generator = torch.Generator().manual_seed(seed)
    return sound_in_blocks(magnitude, bands.shape[1], GRID, samples, generator, progress=progress, start=start)


def phases_of(sound: Tensor) -> Callable[[int, int], Tensor]:
    """(first, last) -> complex spectrum [bins, last - first] of those frames of a sound [samples] on `GRID`."""
    padded, window = F.pad(sound, (WINDOW // 2, WINDOW // 2)), torch.hann_window(WINDOW)

    def spectrum(first: int, last: int) -> Tensor:
        part = padded[first * HOP : (last - 1) * HOP + WINDOW]
        return torch.stft(part, WINDOW, HOP, window=window, center=False, return_complex=True)

    return spectrum
