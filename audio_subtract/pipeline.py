"""Codec, denoiser and sampler settings as one checkpoint: the audio backend's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from audio_subtract.codec import AudioCodec
from subtract_core.pipeline import DEFAULT_MODEL, Pipeline

__all__ = ["BUNDLED", "DEFAULT_MODEL", "AudioPipeline"]

BUNDLED = Path(__file__).parent / "weights"


class AudioPipeline(Pipeline[AudioCodec]):
    """The trained model: `codec` between levels and latents, `denoiser`, `sampler` settings and the text encoder."""

    kind: ClassVar = "audio_subtract"
    bundled: ClassVar = BUNDLED
    codec_class: ClassVar = AudioCodec
