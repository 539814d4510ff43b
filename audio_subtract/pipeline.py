"""Codec, denoiser and sampler settings as one checkpoint: the audio backend's."""

from __future__ import annotations

from collections.abc import Sequence
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

    @classmethod
    def no_model(cls, model: str | Path, names: Sequence[str]) -> str:
        """Says how to get a model, while none comes with the package."""
        if str(model) == DEFAULT_MODEL and not names:
            return (
                "model: no audio weights come with this release; train some (msub prepare audio, then msub train "
                "audio/codec and msub train audio/denoiser) and name their folder with --model"
            )
        among = f" ({', '.join(names)})" if names else ""
        return f"model: {model} is neither a checkpoint folder nor an audio model of this package{among}"
