"""Choosing where a model runs."""

from __future__ import annotations

import torch

from subtract_core.choice import shown
from subtract_core.errors import InputError

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """The device that is meant by its name, such as "cpu" or "cuda:1"; "auto" is CUDA, then Apple's MPS, then the CPU,
    whichever is there. Raises `InputError` for one that is not."""
    if not isinstance(device, (str, torch.device)):
        raise InputError(f"device: {shown(device)} is no name of one; choose one of {', '.join(DEVICES)}")
    name, _, number = str(device).partition(":")
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return torch.device(next(d for d in ("cuda", "mps", "cpu") if available[d]))
    if name not in available or (":" in str(device) and not number.isdecimal()):
        raise InputError(f"device: {shown(str(device))} is not known; choose one of {', '.join(DEVICES)}, or cuda:1")
    if not available[name]:
        usable = ", ".join(d for d, there in available.items() if there)
        raise InputError(f"device: {name} is not available on this machine; usable here: auto, {usable}")
    count = torch.cuda.device_count() if name == "cuda" else 1
    if number and int(number) >= count:
        raise InputError(f"device: {device} is not available on this machine; the last one is {name}:{count - 1}")
    return torch.device(device)
