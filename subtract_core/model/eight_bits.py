"""Weights in eight bits: a whole number a weight, and a scale for every row of a matrix."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

SCALE = ".scale"
"""What the name of a matrix's scales ends in."""
SMALLEST = 1024
"""Weights from which on a matrix is worth the scales; smaller ones, and vectors, stay as they are."""
_MOST = 127


def in_eight_bits(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors by name with every large matrix as int8 of its shape beside fp16 scales [rows, 1], called `name.scale`.

    Symmetric rounding, row by row: w is kept as round(127 w / max |w|), so it comes back within 1/254 of the largest of
    its row.
    """
    stored: dict[str, Tensor] = {}
    for name, value in state.items():
        if value.dim() != 2 or value.numel() < SMALLEST or not value.is_floating_point():
            stored[name] = value
            continue
        rows = value.float()
        # Scales are rounded up: what fp16 rounds down would not reach the largest.
        scale = (rows.abs().amax(dim=1, keepdim=True) / _MOST * (1 + 2**-11)).clamp(min=2**-24).half()
        stored[name] = (rows / scale.float()).round().clamp(-_MOST, _MOST).to(torch.int8)
        stored[name + SCALE] = scale
    return stored


def from_eight_bits(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that `in_eight_bits` was given, matrices as float32; a state without any is given back as it is."""
    scaled = {name for name, value in stored.items() if value.dtype == torch.int8 and name + SCALE in stored}
    scales = {name + SCALE for name in scaled}
    return {
        name: value.float() * stored[name + SCALE].float() if name in scaled else value
        for name, value in stored.items()
        if name not in scales
    }
