"""Codec, denoiser and sampler settings as one checkpoint: the audio backend's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from audio_subtract.model.codec import AudioCodec
from subtract_core.errors import InputError
from subtract_core.model.pipeline import DEFAULT_MODEL, Pipeline
from subtract_core.stems import Stem

__all__ = ["BUNDLED", "DEFAULT_MODEL", "AudioPipeline"]

BUNDLED = Path(__file__).parents[1] / "weights"
LARGEST_GAIN = 20.0
"""Decibels either way that a model may correct its own loudness by."""


class AudioPipeline(Pipeline[AudioCodec]):
    """The trained model: `codec` between levels and latents, `denoiser`, `sampler` settings and the text encoder.

    `model_index.json` may say `gains`: stem -> decibels by which its stems are made louder, where it is known to write
    them softer than such stems are.
    """

    kind: ClassVar = "audio_subtract"
    bundled: ClassVar = BUNDLED
    codec_class: ClassVar = AudioCodec

    def gain(self, stem: Stem) -> float:
        """Decibels by which stems of a kind are made louder; raises `InputError` for what is no number."""
        gains = self.settings.get("gains", {})
        if not isinstance(gains, dict):
            raise InputError(f"model_index.json: gains is {gains!r}; give decibels by stem")
        gain = gains.get(stem.value, 0.0)
        if not isinstance(gain, (int, float)) or not abs(gain) <= LARGEST_GAIN:
            raise InputError(f"model_index.json: gains.{stem.value} is {gain!r}; give decibels up to {LARGEST_GAIN:g}")
        return float(gain)
