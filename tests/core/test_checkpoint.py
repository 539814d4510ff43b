"""Components on disk: what comes back, and what is said of files that do not fit."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from subtract_core.errors import InputError
from subtract_core.model.checkpoint import (
    component,
    load_config,
    load_weights,
    read_index,
    save_component,
    shrink_weights,
    write_index,
)


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


def test_a_model_stands_for_its_component_where_one_is_asked_for(tmp_path: Path) -> None:
    write_index(tmp_path, {"kind": "x"})
    (tmp_path / "codec").mkdir()
    assert component(tmp_path, "codec") == component(tmp_path / "codec", "codec") == tmp_path / "codec"
    assert component(tmp_path, "denoiser") == tmp_path


def test_models_of_a_newer_msub_are_said_to_be(tmp_path: Path) -> None:
    write_index(tmp_path, {"kind": "x"})
    assert read_index(tmp_path, "x")["version"] == 1
    (tmp_path / "model_index.json").write_text('{"kind": "x", "version": 99}')
    with pytest.raises(InputError, match=r"model_index\.json: version is 99, .*a newer one wrote it; update msub"):
        read_index(tmp_path, "x")
    (tmp_path / "model_index.json").write_text('{"kind": "x"}')
    assert read_index(tmp_path, "x") == {"kind": "x"}


def test_weights_of_another_size_and_broken_files_are_named(tmp_path: Path) -> None:
    save_component(tmp_path, Sizes(3, 2), torch.nn.Linear(3, 2).state_dict())
    with pytest.raises(InputError, match=r"model\.safetensors: the weights do not fit"):
        load_weights(tmp_path, torch.nn.Linear(4, 2))
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match=r"model\.safetensors"):
        load_weights(tmp_path, torch.nn.Linear(3, 2))
    with pytest.raises(InputError, match="no such file"):
        load_config(tmp_path / "nowhere", Sizes)


def test_shrunk_weights_are_half_as_large_and_come_back_within_a_254th_of_their_rows_largest(tmp_path: Path) -> None:
    layer = torch.nn.Linear(64, 48)
    with torch.no_grad():
        layer.weight[3] = 0.0  # a row without a largest
        layer.weight[5] *= 1000.0
    save_component(tmp_path, Sizes(64, 48), layer.state_dict())
    before, after = shrink_weights(tmp_path)
    assert after < 0.6 * before
    again = torch.nn.Linear(64, 48)
    load_weights(tmp_path, again)
    off = (again.weight - layer.weight).abs().amax(dim=1)
    assert torch.all(off <= layer.weight.abs().amax(dim=1) * (1 / 254 + 1e-3))
    assert torch.equal(again.weight[3], torch.zeros(64))
    assert torch.equal(again.bias, layer.bias.half().float())


def test_shrinking_twice_changes_nothing_and_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    save_component(tmp_path, Sizes(64, 48), torch.nn.Linear(64, 48).state_dict())
    shrink_weights(tmp_path)
    once = (tmp_path / "model.safetensors").read_bytes()
    shrink_weights(tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == once
    with pytest.raises(InputError, match=r"nowhere.model\.safetensors: no such file"):
        shrink_weights(tmp_path / "nowhere")
