"""Diffusers-style checkpoint directories: `model_index.json`, and a folder a component with its config and weights."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from safetensors.torch import load_file, save
from torch import nn

from subtract_core import files
from subtract_core.config import from_dict
from subtract_core.errors import InputError
from subtract_core.model.eight_bits import from_eight_bits, in_eight_bits

INDEX = "model_index.json"
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
LAYOUT = 1
"""Of the layout of checkpoints; indices of before say none."""
M = TypeVar("M", bound="Component")


class Component(nn.Module):
    """A module that is made from its config, a dataclass that it keeps as `config`, and is saved in a folder.

    config_class: that dataclass. loaded_from: the folder of the weights, if they were loaded.
    """

    config_class: ClassVar[type[Any]]
    loaded_from: Path | None = None

    @cached_property
    def fingerprint(self) -> str | None:
        """Of the weights that were loaded, to tell in reports which they are."""
        return fingerprint(self.loaded_from) if self.loaded_from else None

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config and fp16 weights into `folder`."""
        save_component(Path(folder), self.config, self.state_dict())

    @classmethod
    def from_pretrained(cls: type[M], folder: str | Path) -> M:
        """Load what `save_pretrained` wrote; raises `InputError` naming the file that does not fit."""
        loaded = cls(load_config(Path(folder), cls.config_class))
        loaded.load(Path(folder))
        return loaded.eval()

    def load(self, folder: Path) -> None:
        """Load the weights of a component of the same sizes; raises `InputError` naming the file that does not fit."""
        load_weights(folder, self)
        self.loaded_from = folder


def component(path: str | Path, name: str) -> Path:
    """The folder of a component: `path` itself, or what is called `name` in it where it is a whole model's."""
    inside = Path(path) / name
    return inside if (Path(path) / INDEX).is_file() and inside.is_dir() else Path(path)


def save_component(folder: Path, config: Any, state: dict[str, torch.Tensor], half: bool = True) -> None:
    """Write `config` (a dataclass) and weights (fp16 when `half`) into `folder`, both whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        k: (v.detach().cpu().half() if half and v.is_floating_point() else v.detach().cpu()).contiguous()
        for k, v in state.items()
    }
    with tempfile.TemporaryDirectory(dir=folder) as staging:
        (Path(staging) / WEIGHTS).write_bytes(save(tensors))  # `save_file` makes private files
        (Path(staging) / CONFIG).write_text(json.dumps(asdict(config), indent=2) + "\n")
        for name in (WEIGHTS, CONFIG):
            (Path(staging) / name).replace(folder / name)


def load_config(folder: Path, kind: type[Any]) -> Any:
    """Read a component's config as the dataclass `kind`; raise `InputError` naming the file and the field."""
    assert is_dataclass(kind)
    return from_dict(kind, read_json(folder / CONFIG), source=str(folder / CONFIG))


def load_weights(
    folder: Path, module: nn.Module, ordered: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]] | None = None
) -> None:
    """Load a component's weights, in fp16 or eight bits, into `module`; raise `InputError` where names or shapes do not
    match. ordered: puts rows and columns in the order that `module` has them in."""
    path = _weights_file(folder)
    try:
        state = from_eight_bits(load_file(path))
        module.load_state_dict(ordered(state) if ordered else state, strict=True)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: the weights do not fit the config beside them: {reason}") from error


def fingerprint(folder: Path) -> str:
    """What tells a component's weights from others: the first 12 hexadecimal digits of their file's SHA-256.

    Raises `InputError` where `folder` holds no weights.
    """
    return hashlib.sha256(_weights_file(folder).read_bytes()).hexdigest()[:12]


def shrink_weights(folder: Path) -> tuple[int, int]:
    """Put a component's weights into eight bits each where they are; its size in bytes before and after.

    Raises `InputError` where `folder` holds no weights. Weights that are in eight bits already stay as they are.
    """
    path = _weights_file(folder)
    before = path.stat().st_size
    files.write_file(path, save(in_eight_bits(load_file(path))), overwrite=True)
    return before, path.stat().st_size


def _weights_file(folder: Path) -> Path:
    path = folder / WEIGHTS
    if not path.is_file():
        raise InputError(f"{path}: no such file; a checkpoint component holds {CONFIG} and {WEIGHTS}")
    return path


def write_index(folder: Path, index: dict[str, Any]) -> None:
    """Write `model_index.json`, which names the kind of model and its components."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_text(json.dumps({"version": LAYOUT, **index}, indent=2) + "\n")


def read_index(folder: Path, kind: str) -> dict[str, Any]:
    """Read `model_index.json` of a checkpoint of `kind`; raise `InputError` for anything else."""
    index = read_json(folder / INDEX)
    if index.get("kind") != kind:
        raise InputError(f"{folder / INDEX}: kind is {index.get('kind')!r}; a {kind!r} checkpoint is needed")
    version = index.get("version", LAYOUT)
    if version != LAYOUT:
        raise InputError(
            f"{folder / INDEX}: version is {version!r}, this msub reads {LAYOUT}: a newer one wrote it; update msub"
        )
    return index


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raise `InputError` naming the file where there is none."""
    if not path.exists():
        raise InputError(f"{path}: no such file; a checkpoint folder holds {INDEX} and a folder a component")
    return files.read_json(path)
