"""Diffusers-style checkpoint directories: `model_index.json`, and a folder a component with its config and weights."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save, save_file
from torch import nn

from subtract_core import files
from subtract_core.config import from_dict
from subtract_core.eight_bits import from_eight_bits, in_eight_bits
from subtract_core.errors import InputError
from subtract_core.files import file_mode

INDEX = "model_index.json"
WEIGHTS = "model.safetensors"
CONFIG = "config.json"


def save_component(folder: Path, config: Any, state: dict[str, torch.Tensor], half: bool = True) -> None:
    """Write `config` (a dataclass) and weights (fp16 when `half`) into `folder`, both whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        k: (v.detach().cpu().half() if half and v.is_floating_point() else v.detach().cpu()).contiguous()
        for k, v in state.items()
    }
    with tempfile.TemporaryDirectory(dir=folder) as staging:
        save_file(tensors, Path(staging) / WEIGHTS)
        (Path(staging) / CONFIG).write_text(json.dumps(asdict(config), indent=2) + "\n")
        for name in (WEIGHTS, CONFIG):
            (Path(staging) / name).chmod(file_mode())  # safetensors makes private files
            (Path(staging) / name).replace(folder / name)


def load_config(folder: Path, kind: type[Any]) -> Any:
    """Read a component's config as the dataclass `kind`; raise `InputError` naming the file and the field."""
    assert is_dataclass(kind)
    return from_dict(kind, read_json(folder / CONFIG), source=str(folder / CONFIG))


def load_weights(folder: Path, module: nn.Module) -> None:
    """Load a component's weights, in fp16 or eight bits, into `module`; raise `InputError` where names or shapes do not
    match."""
    path = _weights_file(folder)
    try:
        module.load_state_dict(from_eight_bits(load_file(path)), strict=True)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: the weights do not fit the config beside them: {reason}") from error


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
    (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n")


def read_index(folder: Path, kind: str) -> dict[str, Any]:
    """Read `model_index.json` of a checkpoint of `kind`; raise `InputError` for anything else."""
    index = read_json(folder / INDEX)
    if index.get("kind") != kind:
        raise InputError(f"{folder / INDEX}: kind is {index.get('kind')!r}; a {kind!r} checkpoint is needed")
    return index


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raise `InputError` naming the file where there is none."""
    if not path.exists():
        raise InputError(f"{path}: no such file; a checkpoint folder holds {INDEX} and a folder a component")
    return files.read_json(path)
