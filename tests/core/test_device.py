"""Where a model runs, by name, by number and as PyTorch has it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from subtract_core.errors import InputError
from subtract_core.model.device import pick_device


def test_devices_are_named_numbered_or_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pick_device(torch.device("cpu")) == pick_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device() == pick_device("cuda") == torch.device("cuda")
    assert pick_device("cuda:1") == pick_device(torch.device("cuda", 1)) == torch.device("cuda:1")
    with pytest.raises(InputError, match=r"cuda:2 is not available on this machine; the last one is cuda:1"):
        pick_device("cuda:2")


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "auto:1", "", None, 0, "x" * 500])
def test_what_is_no_device_is_an_error(device: Any) -> None:
    with pytest.raises(InputError, match=r"device: .*; choose one of auto, cpu, cuda, mps") as raised:
        pick_device(device)
    assert len(str(raised.value)) < 120
