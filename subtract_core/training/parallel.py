"""Batches of files worked off by processes, as both backends' `prepare` needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any


def work_off(
    pool: ProcessPoolExecutor,
    workers: int,
    work: Callable[..., None],
    batches: Iterable[tuple[int, tuple[Any, ...] | None]],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Call `work` for batches of (size, its arguments), these being None where a batch is done already; raises what a
    batch raises.

    At most two batches a worker wait, which keeps memory flat: sources are read no faster than they are used.
    progress(done) counts what the batches hold. When interrupted, what still waits is not begun.
    """
    pending: dict[Future[None], int] = {}
    done = 0
    try:
        for size, arguments in batches:
            if arguments is None:
                done += size
            else:
                pending[pool.submit(work, *arguments)] = size
            while len(pending) > 2 * workers:
                done += _collect(pending)
                if progress:
                    progress(done)
        while pending:
            done += _collect(pending)
            if progress:
                progress(done)
    finally:
        pool.shutdown(cancel_futures=True)


def _collect(pending: dict[Future[None], int]) -> int:
    """Wait for at least one batch; how much the finished ones held."""
    finished, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in finished:
        future.result()
    return sum(pending.pop(f) for f in finished)
