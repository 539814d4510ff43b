"""Batches drawn ahead of training by processes of their own, so that a GPU need not wait for them."""

from __future__ import annotations

import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from subtract_core.dataset import Batch
from subtract_core.trainer import autocast

POOL = 16
"""Batches kept to be used again."""


class _Draws(Dataset[Batch]):
    """Batch i is what `draw` makes of the random generator (seed, i)."""

    def __init__(self, draw: Callable[[np.random.Generator], Batch], seed: int, precision: str) -> None:
        self.draw, self.seed, self.precision = draw, seed, precision

    def __getitem__(self, index: int) -> Batch:
        with autocast(torch.device("cpu"), self.precision):
            return self.draw(np.random.default_rng((self.seed, index)))


class _Endless(Sampler[int]):
    def __iter__(self) -> Iterator[int]:
        return count()


class BackgroundBatches:
    """Calling it gives a batch on `device`, as `draw` would, but drawn ahead in so many processes.

    draw: makes a batch on the CPU. precision: that it is made in, see `TrainerConfig`.
    repeats: how often a batch is used. Every call but one of so many gives one of the last `POOL` once more (data
      echoing, arXiv 1907.05550): it gets new noise and other times each time, and drawing it costs more than using it
      where a GPU trains.
    """

    def __init__(
        self,
        draw: Callable[[np.random.Generator], Batch],
        workers: int,
        repeats: int,
        device: torch.device,
        precision: str = "auto",
    ) -> None:
        self.draw, self.workers, self.repeats = draw, workers, repeats
        self.device, self.precision = device, precision
        self._pool: deque[Batch] = deque(maxlen=POOL)
        self._batches: Iterator[Batch] | None = None
        self._calls = 0

    def __call__(self, rng: np.random.Generator) -> Batch:
        if self._batches is None:
            self._batches = self._started(int(rng.integers(2**31)))
        again = self._calls % self.repeats > 0
        self._calls += 1
        if again:
            return self._pool[int(rng.integers(len(self._pool)))]
        self._pool.append(next(self._batches).to(self.device))
        return self._pool[-1]

    def close(self) -> None:
        """End the processes."""
        self._batches = None

    def _started(self, seed: int) -> Iterator[Batch]:
        # Forked processes share the songs in memory; elsewhere each gets a copy.
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        loader = DataLoader(
            _Draws(self.draw, seed, self.precision),
            batch_size=None,
            sampler=_Endless(),
            num_workers=self.workers,
            prefetch_factor=4,
            multiprocessing_context=context,
        )
        return iter(loader)
