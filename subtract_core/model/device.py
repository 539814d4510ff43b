"""Choosing where a model runs, and in which precision."""

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


def bfloat16_is_native(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 are done by the hardware; where they are not they are 100x slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type == "cpu":
        native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        tiles = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        return bool(native() or tiles())
    return False


def autocast(device: torch.device, precision: str = "auto", cached: bool = True) -> torch.autocast:
    """Autocast to bfloat16 for `precision` on `device`, switched off where float32 is wanted.

    cached: whether weights are cast once for all that is computed within it.
    """
    wanted = precision == "bfloat16" or (precision == "auto" and bfloat16_is_native(device))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=wanted, cache_enabled=cached)
