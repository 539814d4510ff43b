"""Choosing where a model runs."""

from __future__ import annotations

import torch

from subtract_core.errors import InputError

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; `auto` takes CUDA, then Apple's MPS, then the CPU, whichever is there."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(d for d in ("cuda", "mps", "cpu") if available[d]))
    if name not in available:
        raise InputError(f"device: {name!r} is not known; choose one of {', '.join(DEVICES)}")
    if not available[name]:
        usable = ", ".join(d for d, there in available.items() if there)
        raise InputError(f"device: {name} is not available on this machine; usable here: auto, {usable}")
    return torch.device(name)
