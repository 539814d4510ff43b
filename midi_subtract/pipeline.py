"""Codec, denoiser and sampler settings as one checkpoint: the MIDI backend's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from midi_subtract.codec import MidiCodec
from subtract_core.pipeline import DEFAULT_MODEL, Pipeline

__all__ = ["BUNDLED", "DEFAULT_MODEL", "MidiPipeline"]

BUNDLED = Path(__file__).parent / "weights"


class MidiPipeline(Pipeline[MidiCodec]):
    """The trained model: `codec` between notes and latents, `denoiser`, `sampler` settings and the text encoder."""

    kind: ClassVar = "midi_subtract"
    bundled: ClassVar = BUNDLED
    codec_class: ClassVar = MidiCodec
