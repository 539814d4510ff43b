"""Codec, denoiser and sampler settings as one checkpoint, for any kind of music data."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from subtract_core.config import from_dict
from subtract_core.errors import InputError
from subtract_core.files import path_of
from subtract_core.model.checkpoint import (
    INDEX,
    load_config,
    load_weights,
    read_index,
    read_json,
    write_index,
)
from subtract_core.model.denoiser import TRANSFORMER, Denoiser, network_class, network_name
from subtract_core.model.sampler import SamplerConfig
from subtract_core.stems import STEMS, Stem
from subtract_core.understanding.encoder import BUNDLED as TEXT_ENCODER
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.reader import OWN, Reader, load_reader
from subtract_core.wish import CHANNELS, places_in

DEFAULT_MODEL = "default"
_KNOWN = ("version", "kind", "components", "sampler", "stems", "channels", "network")
P = TypeVar("P", bound="Pipeline[Any]")
C = TypeVar("C")
"""A backend's codec: a module with `save_pretrained` and `from_pretrained`."""


@dataclass
class Pipeline(Generic[C]):
    """The trained model: `codec` between parts and latents, `denoiser`, and the default `sampler` settings.

    text_folder: the text encoder that reads prompts; the one in the package if no other is named. reader: what reads
    them instead, if anything.
    stems: those that the denoiser was trained to write.
    settings: what else `model_index.json` says, by name; a backend knows what it means.
    A backend says of its own: kind, the name in `model_index.json`; bundled, the folder of the models that come with
    the package; codec_class.
    """

    codec: C
    denoiser: Denoiser
    sampler: SamplerConfig
    text_folder: Path = TEXT_ENCODER
    stems: tuple[Stem, ...] = STEMS
    settings: dict[str, Any] = field(default_factory=dict)
    reader: Reader | None = None

    kind: ClassVar[str]
    bundled: ClassVar[Path]
    codec_class: ClassVar[Any]

    @property
    def text(self) -> Reader:
        """What reads prompts: `reader`, or the text encoder, which is loaded when it is first asked for."""
        return self.reader or self._text_encoder

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        return TextEncoder.from_pretrained(self.text_folder)

    def check_writes(self, stem: Stem, field: str) -> None:
        """Raise `InputError` naming `field` where the denoiser was not trained to write `stem`."""
        if stem not in self.stems:
            known = ", ".join(s.value for s in self.stems)
            raise InputError(f"{field}: this model does not write {stem.value}; choose one of {known}")

    def save_pretrained(self, folder: str | Path) -> None:
        """Write a checkpoint directory: `model_index.json`, `codec/`, `denoiser/` and the model's own `text/`."""
        folder, codec = Path(folder), self.codec
        codec.save_pretrained(folder / "codec")  # type: ignore[attr-defined]
        self.denoiser.save_pretrained(folder / "denoiser")
        components = ["codec", "denoiser"]
        if self.text_folder != TEXT_ENCODER:
            self._text_encoder.save_pretrained(folder / "text")
            components.append("text")
        index = {
            "kind": self.kind,
            "components": components,
            "sampler": asdict(self.sampler),
            "stems": [stem.value for stem in self.stems],
            "channels": list(CHANNELS),
            "network": network_name(self.denoiser),
        }
        write_index(folder, index | self.settings)

    @classmethod
    def from_pretrained(
        cls: type[P], model: str | Path = DEFAULT_MODEL, device: str = "cpu", reader: str | Reader = OWN
    ) -> P:
        """Load a checkpoint directory, or one that comes with the package by its name ("default").

        A text encoder of its own, in `text/`, comes before the one in the package. reader: see `load_reader`.
        Raises `InputError` naming the file that is missing or does not fit.
        """
        bundled = {p.parent.name: p.parent for p in sorted(cls.bundled.glob("*/model_index.json"))}
        folder = bundled.get(str(model), path_of(model, "model", "a checkpoint folder or the name of a model"))
        if not os.path.isdir(folder):  # unlike `Path.is_dir`, for names that are too long as well
            raise InputError(
                f"model: {model} is neither a checkpoint folder nor a model of this package ({', '.join(bundled)})"
            )
        index = read_index(folder, cls.kind)
        codec = cls.codec_class.from_pretrained(folder / "codec")
        denoiser = load_denoiser(folder / "denoiser")
        sampler = from_dict(SamplerConfig, index.get("sampler", {}), str(folder / INDEX), "sampler.")
        own_text = folder / "text"
        text_folder = own_text if own_text.is_dir() else TEXT_ENCODER
        stems = _stems(index.get("stems", list(STEMS)), f"{folder / INDEX}: stems")
        settings = {name: value for name, value in index.items() if name not in _KNOWN}
        return cls(
            codec.to(device).eval(),
            denoiser.to(device).eval(),
            sampler,
            text_folder,
            stems,
            settings,
            load_reader(reader),
        )


def load_denoiser(folder: Path) -> Denoiser:
    """The denoiser in a folder of a model; it is told wishes in the vocabulary of today, whatever its order was.

    Raises `InputError` naming the file that does not fit, a network that is not known (see `network_class`), or what of
    the vocabulary it never learnt.
    """
    index = folder.parent / INDEX
    said = read_json(index) if index.is_file() else {}
    network = network_class(str(said.get("network", TRANSFORMER)), f"{index}: network")
    config, known = load_config(folder, network.config_class), said.get("channels")
    columns = [] if known is None else places_in(known, CHANNELS, f"{index}: channels")
    if known is None or columns == list(range(config.text_channels)):  # None: saved by an earlier msub
        return network.from_pretrained(folder)
    denoiser = network(replace(config, text_channels=len(CHANNELS)))
    first = "text.0.weight"
    load_weights(folder, denoiser, lambda state: {**state, first: state[first][:, columns]})
    denoiser.loaded_from = folder
    return denoiser


def _stems(names: Any, field: str) -> tuple[Stem, ...]:
    if not isinstance(names, list) or not names:
        raise InputError(f"{field}: {names!r} is no list of stems; choose from {', '.join(s.value for s in STEMS)}")
    return tuple(Stem.parse(name, field) for name in names)
