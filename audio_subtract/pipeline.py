"""Codec, denoiser and sampler settings as one checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from audio_subtract.codec import AudioCodec
from subtract_core.checkpoint import load_config, load_weights, read_index, save_component, write_index
from subtract_core.config import from_dict
from subtract_core.denoiser import Denoiser, DenoiserConfig
from subtract_core.errors import InputError
from subtract_core.sampler import SamplerConfig
from subtract_core.understanding.encoder import BUNDLED as TEXT_ENCODER
from subtract_core.understanding.encoder import TextEncoder

KIND = "audio_subtract"
BUNDLED = Path(__file__).parent / "weights"
DEFAULT_MODEL = "default"


@dataclass
class AudioPipeline:
    """The trained model: `codec` between levels and latents, `denoiser`, and the default `sampler` settings.

    text_folder: the text encoder that reads prompts; the one in the package if no other is named.
    """

    codec: AudioCodec
    denoiser: Denoiser
    sampler: SamplerConfig
    text_folder: Path = TEXT_ENCODER

    @cached_property
    def text(self) -> TextEncoder:
        """The text encoder, loaded when it is first asked for."""
        return TextEncoder.from_pretrained(self.text_folder)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write a checkpoint directory: `model_index.json`, `codec/`, `denoiser/`."""
        folder = Path(folder)
        self.codec.save_pretrained(folder / "codec")
        save_component(folder / "denoiser", self.denoiser.config, self.denoiser.state_dict())
        write_index(folder, {"kind": KIND, "components": ["codec", "denoiser"], "sampler": asdict(self.sampler)})

    @classmethod
    def from_pretrained(cls, model: str | Path = DEFAULT_MODEL, device: str = "cpu") -> AudioPipeline:
        """Load a checkpoint directory, or one that comes with the package by its name ("default").

        A text encoder of its own, in `text/`, comes before the one in the package.
        Raises `InputError` naming the file that is missing or does not fit.
        """
        bundled = {p.parent.name: p.parent for p in sorted(BUNDLED.glob("*/model_index.json"))}
        folder = bundled.get(str(model), Path(model))
        if not folder.is_dir():
            raise InputError(_no_model(model, list(bundled)))
        index = read_index(folder, KIND)
        codec = AudioCodec.from_pretrained(folder / "codec")
        denoiser = Denoiser(load_config(folder / "denoiser", DenoiserConfig))
        load_weights(folder / "denoiser", denoiser)
        sampler = from_dict(SamplerConfig, index.get("sampler", {}), str(folder / "model_index.json"), "sampler.")
        own_text = folder / "text"
        text_folder = own_text if own_text.is_dir() else TEXT_ENCODER
        return cls(codec.to(device).eval(), denoiser.to(device).eval(), sampler, text_folder)


def _no_model(model: str | Path, bundled: list[str]) -> str:
    if str(model) == DEFAULT_MODEL and not bundled:
        return (
            "model: no audio weights come with this release; train some (msub prepare audio, then msub train "
            "audio/codec and msub train audio/denoiser) and name their folder with --model"
        )
    names = f" ({', '.join(bundled)})" if bundled else ""
    return f"model: {model} is neither a checkpoint folder nor an audio model of this package{names}"
