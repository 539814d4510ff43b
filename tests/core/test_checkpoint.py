"""Components on disk: what comes back, and what is said of files that do not fit."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from subtract_core.checkpoint import load_config, load_weights, save_component
from subtract_core.errors import InputError


@dataclass(frozen=True)
class Sizes:
    """Config of a linear layer."""

    inputs: int
    outputs: int


def test_weights_come_back_in_half_precision_and_everybody_may_read_them(tmp_path: Path) -> None:
    layer = torch.nn.Linear(3, 2)
    umask = os.umask(0o022)
    try:
        save_component(tmp_path, Sizes(3, 2), layer.state_dict())
    finally:
        os.umask(umask)
    again = torch.nn.Linear(3, 2)
    load_weights(tmp_path, again)
    assert torch.equal(again.weight, layer.weight.half().float())
    assert load_config(tmp_path, Sizes) == Sizes(3, 2)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_weights_of_another_size_and_broken_files_are_named(tmp_path: Path) -> None:
    save_component(tmp_path, Sizes(3, 2), torch.nn.Linear(3, 2).state_dict())
    with pytest.raises(InputError, match=r"model\.safetensors: the weights do not fit"):
        load_weights(tmp_path, torch.nn.Linear(4, 2))
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match=r"model\.safetensors"):
        load_weights(tmp_path, torch.nn.Linear(3, 2))
    with pytest.raises(InputError, match="no such file"):
        load_config(tmp_path / "nowhere", Sizes)
