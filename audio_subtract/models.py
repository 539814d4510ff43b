"""Which inserter a model's name means: ours, or one of those that drive the models of others."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from subtract_core.errors import InputError
from subtract_core.files import path_of
from subtract_core.model.checkpoint import INDEX, read_json
from subtract_core.understanding.reader import OWN, Reader

if TYPE_CHECKING:
    import torch

    from audio_subtract.insertion import SongInserter


class ModelKind(str, Enum):
    """Whose models a name means: msub's own, Stable Diffusion on spectrogram images, or ACE-Step."""

    OURS = "ours"
    RIFFUSION = "riffusion"
    ACE_STEP = "ace-step"


class Known(NamedTuple):
    """A model of others that has a short name. hub: its name on the model hub."""

    kind: ModelKind
    hub: str


KNOWN = {
    "riffusion": Known(ModelKind.RIFFUSION, "riffusion/riffusion-model-v1"),
    "riff-pix2pix": Known(ModelKind.RIFFUSION, "zachary-shah/riff-pix2pix-v1"),
    "ace-step": Known(ModelKind.ACE_STEP, "ACE-Step/acestep-v15-xl-base-diffusers"),
}
"""Models of others by their short names; their names on the hub mean the same."""


def known_model(model: str | Path) -> Known | None:
    """The model of others that a name means, if it is one of them and no folder."""
    if Path(model).is_dir():
        return None
    return KNOWN.get(str(model)) or next((known for known in KNOWN.values() if known.hub == str(model)), None)


def kind_of(model: str | Path) -> ModelKind:
    """Which kind of model a name or a folder means; what is neither known nor there counts as ours.

    Raises `InputError` for a `model_index.json` that cannot be read.
    """
    known = known_model(model)
    if known is not None:
        return known.kind
    index = Path(model) / INDEX
    name = str(read_json(index).get("_class_name", "")) if index.is_file() else ""
    if name.startswith("StableDiffusion"):
        return ModelKind.RIFFUSION
    return ModelKind.ACE_STEP if name == "AceStepPipeline" else ModelKind.OURS


def load_inserter(model: str | Path, device: str | torch.device = "auto", reader: str | Reader = OWN) -> SongInserter:
    """The inserter for a checkpoint of ours, a diffusers folder, or a name of `KNOWN`.

    device: auto, cpu, cuda, cuda:1 ... or mps. reader: as of `AudioInserter.from_pretrained`; models of others read for
    themselves.
    Raises `InputError` where the model cannot be had.
    """
    kind = kind_of(path_of(model, "model", "a folder or the name of a model"))
    if kind is not ModelKind.OURS and reader != OWN:
        raise InputError(f"reader: {model} reads sentences itself; leave the reader out")
    if kind is ModelKind.RIFFUSION:
        from audio_subtract.riffusion.inserter import RiffusionInserter

        return RiffusionInserter.from_pretrained(model, device)
    if kind is ModelKind.ACE_STEP:
        from audio_subtract.ace_step import AceStepInserter

        return AceStepInserter.from_pretrained(model, device)
    from audio_subtract.inserter import AudioInserter

    return AudioInserter.from_pretrained(model, device, reader)
