"""How like each other two stems are, for choosing the most typical of several."""

from __future__ import annotations

import torch
from torch import Tensor

_RANGE = 60.0
"""Decibels below the loudest band under which nothing is compared."""
_BANDS = 4
"""Neighbouring bands that are compared as one."""


def likeness(one: Tensor, other: Tensor) -> float:
    """Correlation of what changes in two stems, levels [frames, mels] of one length; 0 where one never changes.

    Each band counts by how it departs from its mean over time: timbre, which is the same throughout, counts for
    nothing, when and at which pitch something sounds counts for all.
    """
    a, b = (_changes(level) for level in (one, other))
    return float((a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-9))


def _changes(level: Tensor) -> Tensor:
    level = level.clamp(min=float(level.max()) - _RANGE)
    bands = torch.nn.functional.avg_pool1d(level[None], _BANDS, ceil_mode=True)[0]
    return bands - bands.mean(dim=0)
