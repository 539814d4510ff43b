"""The noise schedule: how much signal is left at each diffusion time."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor

TRAIN_TIMESTEPS = 1000


@lru_cache(maxsize=4)
def cosine_alphas(device: torch.device | None = None) -> Tensor:
    """Cumulative signal power of Nichol & Dhariwal's cosine schedule (arXiv 2102.09672), float32 [TRAIN_TIMESTEPS].

    device: where they are needed; kept there, as a GPU is waited for while they are handed to it.
    The same as diffusers' `squaredcos_cap_v2`, written out because training needs nothing else of diffusers.
    """

    def level(t: float) -> float:
        return math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2

    times = [i / TRAIN_TIMESTEPS for i in range(TRAIN_TIMESTEPS + 1)]
    betas = [min(1 - level(later) / level(time), 0.999) for time, later in pairwise(times)]
    return torch.cumprod(1 - torch.tensor(betas, dtype=torch.float32), dim=0).to(device)
