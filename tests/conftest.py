"""What tests of several packages share."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Songs of sound are prepared in this process: another would import torch first, which takes seconds."""

    def pool(workers: int, mp_context: object) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(workers)

    monkeypatch.setattr("audio_subtract.training.prepare.ProcessPoolExecutor", pool)


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phases are sought in 2 rounds of Griffin-Lim, not in 32, which are most of the work of writing a stem; how good
    they become is for the tests of phases to say."""
    from audio_subtract.model import phase

    found = phase.griffin_lim

    def soon(magnitude: Any, config: Any, rounds: int, *others: Any) -> Any:
        return found(magnitude, config, min(rounds, 2), *others)

    monkeypatch.setattr(phase, "griffin_lim", soon)


@pytest.fixture(scope="module")
def few_resamples() -> Iterator[None]:
    """Intervals go by 20 resamples, not by 1000: a report holds hundreds of intervals, which are most of its work."""
    from subtract_core.evaluation.measures import bootstrap_interval

    _, *others = bootstrap_interval.__defaults__ or ()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bootstrap_interval, "__defaults__", (20, *others))
        patched.setattr("subtract_core.evaluation.panel.RESAMPLES", 20)
        yield
