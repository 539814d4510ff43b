"""Codec, denoiser, sampler settings and matcher as one checkpoint: the MIDI backend's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from midi_subtract.model.codec import MidiCodec
from midi_subtract.model.matcher import Matcher
from subtract_core.model.checkpoint import INDEX, read_index, write_index
from subtract_core.model.pipeline import DEFAULT_MODEL, Pipeline
from subtract_core.understanding.reader import OWN, Reader

__all__ = ["BUNDLED", "DEFAULT_MODEL", "MidiPipeline", "bundled_matcher"]

BUNDLED = Path(__file__).parents[1] / "weights"


@dataclass
class MidiPipeline(Pipeline[MidiCodec]):
    """The trained model: `codec` between notes and latents, `denoiser`, `sampler` settings and the text encoder.

    matcher_folder: the matcher, which says how well parts belong to a song; None where the model has none.
    """

    matcher_folder: Path | None = None

    kind: ClassVar = "midi_subtract"
    bundled: ClassVar = BUNDLED
    codec_class: ClassVar = MidiCodec

    @cached_property
    def matcher(self) -> Matcher | None:
        """The model's own matcher, loaded when it is first asked for."""
        return Matcher.from_pretrained(self.matcher_folder).to(self.codec.device) if self.matcher_folder else None

    def save_pretrained(self, folder: str | Path) -> None:
        """As `Pipeline.save_pretrained`, with the model's own `matcher/`."""
        super().save_pretrained(folder)
        if self.matcher is not None:
            self.matcher.save_pretrained(Path(folder) / "matcher")
            index = read_index(Path(folder), self.kind)
            write_index(Path(folder), index | {"components": [*index["components"], "matcher"]})

    @classmethod
    def from_pretrained(
        cls, model: str | Path = DEFAULT_MODEL, device: str = "cpu", reader: str | Reader = OWN
    ) -> MidiPipeline:
        """As `Pipeline.from_pretrained`; a matcher in `matcher/` is the model's own."""
        pipeline = super().from_pretrained(model, device, reader)
        own = cls.bundled / str(model)
        matcher = (own if (own / INDEX).is_file() else Path(model)) / "matcher"
        pipeline.matcher_folder = matcher if matcher.is_dir() else None
        return pipeline


def bundled_matcher() -> Matcher:
    """The matcher that comes with the package; raises `InputError` where it does not."""
    return Matcher.from_pretrained(BUNDLED / DEFAULT_MODEL / "matcher")
