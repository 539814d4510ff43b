"""Batches drawn ahead of training by processes of their own, so that a GPU need not wait for them."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
from torch.utils.data import DataLoader, Dataset, Sampler

from subtract_core.training.dataset import Batch, StagedBatch


class _Draws(Dataset[StagedBatch]):
    """Batch i is what `draw` makes of the random generator (seed, i)."""

    def __init__(self, draw: Callable[[np.random.Generator], StagedBatch], seed: int) -> None:
        self.draw, self.seed = draw, seed

    def __getitem__(self, index: int) -> StagedBatch:
        return self.draw(np.random.default_rng((self.seed, index)))


class _Endless(Sampler[int]):
    def __iter__(self) -> Iterator[int]:
        return count()


def _ignore_stops(worker: int) -> None:
    """Leave it to the process that trains to end this one: told to stop with all its group, it still ends its step."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


class BackgroundBatches:
    """Calling it gives a batch drawn ahead in so many processes, which `encode` finishes where training happens.

    draw: makes a batch, without the codec's weights.
    repeats: how often a batch is used. Every call but one of so many gives one of the last `pool` once more (data
      echoing, arXiv 1907.05550): it gets new noise and other times each time, and drawing it costs more than using it
      where a GPU trains.
    pool: batches kept on the codec's device to be used again; the more, the further apart a batch is used again.
    seconds_waited: for how long calls waited for a batch to be drawn; much of it asks for more workers or repeats.
    """

    def __init__(
        self,
        draw: Callable[[np.random.Generator], StagedBatch],
        encode: Callable[[StagedBatch], Batch],
        workers: int,
        repeats: int,
        pool: int = 16,
    ) -> None:
        self.draw, self.encode, self.workers, self.repeats = draw, encode, workers, repeats
        self._pool: deque[Batch] = deque(maxlen=pool)
        self._batches: Iterator[StagedBatch] | None = None
        self._calls = 0
        self.seconds_waited = 0.0

    def __call__(self, rng: np.random.Generator) -> Batch:
        if self._batches is None:
            self._batches = self._started(int(rng.integers(2**31)))
        again = self._calls % self.repeats > 0
        self._calls += 1
        if again:
            return self._pool[int(rng.integers(len(self._pool)))]
        asked = time.perf_counter()
        drawn = next(self._batches)
        self.seconds_waited += time.perf_counter() - asked
        self._pool.append(self.encode(drawn))
        return self._pool[-1]

    def close(self) -> None:
        """End the processes."""
        self._batches = None

    def _started(self, seed: int) -> Iterator[StagedBatch]:
        # Forked processes share the songs in memory; elsewhere each gets a copy.
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        loader = DataLoader(
            _Draws(self.draw, seed),
            batch_size=None,
            sampler=_Endless(),
            num_workers=self.workers,
            prefetch_factor=2,
            multiprocessing_context=context,
            worker_init_fn=_ignore_stops,
        )
        return iter(loader)
