"""Batches drawn ahead in processes of their own."""

import os
import signal
import time
from collections import Counter

import numpy as np
import pytest
import torch

from subtract_core.config import from_dict
from subtract_core.errors import ConfigError
from subtract_core.model.denoiser import Condition
from subtract_core.training.dataset import Batch, StagedBatch
from subtract_core.training.fitting import DenoiserTraining
from subtract_core.training.loading import BackgroundBatches


def _draw(rng: np.random.Generator) -> StagedBatch:
    """A batch that holds a random number and the process that drew it."""
    drawn = torch.tensor([[[float(rng.random()), float(os.getpid())]]], dtype=torch.float64)
    zeros = torch.zeros(1, 1, 1)
    return StagedBatch(drawn, zeros, torch.zeros(1, dtype=torch.long), zeros, torch.ones(1, 1, dtype=torch.bool))


def _encode(staged: StagedBatch) -> Batch:
    """The drawn numbers, and the process that encodes, as the target."""
    process = torch.full((1, 1, 1), float(os.getpid()), dtype=torch.float64)
    condition = Condition(staged.text, staged.place, staged.stem)
    return Batch(torch.cat([staged.parts, process], dim=-1), condition, staged.valid)


def _drawn(calls: int, workers: int = 2, repeats: int = 1) -> torch.Tensor:
    batches = BackgroundBatches(_draw, _encode, workers, repeats)
    targets = [batches(np.random.default_rng((0, step))).target for step in range(calls)]
    batches.close()
    return torch.cat(targets).flatten(1)


def test_batches_come_from_other_processes_are_encoded_in_this_one_and_differ() -> None:
    drawn = _drawn(8)
    assert len(set(drawn[:, 0].tolist())) == 8
    processes = set(drawn[:, 1].tolist())
    assert len(processes) == 2 and os.getpid() not in processes
    assert set(drawn[:, 2].tolist()) == {os.getpid()}


def test_the_same_start_gives_the_same_batches_however_many_processes_draw() -> None:
    assert torch.equal(_drawn(5, workers=1)[:, 0], _drawn(5, workers=2)[:, 0])


def test_batches_are_used_as_often_as_asked_for() -> None:
    uses = Counter(_drawn(60, repeats=3)[:, 0].tolist())
    assert len(uses) == 20 and max(uses.values()) > 1


def test_processes_that_draw_outlive_the_signals_that_tell_a_whole_group_to_stop() -> None:
    batches = BackgroundBatches(_draw, _encode, workers=2, repeats=1)
    processes = {int(batches(np.random.default_rng(step)).target[0, 0, 1]) for step in range(2)}
    for process in processes:
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGTERM)
    drawn = {int(batches(np.random.default_rng(step)).target[0, 0, 1]) for step in range(20)}
    batches.close()
    assert len(processes) == 2 and drawn == processes
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN


def _draw_slowly(rng: np.random.Generator) -> StagedBatch:
    time.sleep(0.2)
    return _draw(rng)


def test_time_spent_waiting_for_slow_drawing_is_counted_but_not_time_spent_training() -> None:
    batches = BackgroundBatches(_draw_slowly, _encode, workers=1, repeats=1)
    batches(np.random.default_rng(0))
    assert batches.seconds_waited >= 0.2
    time.sleep(1.0)  # as a step of training takes; the next batch is drawn by then
    waited = batches.seconds_waited
    batches(np.random.default_rng(1))
    batches.close()
    assert batches.seconds_waited - waited < 0.2


@pytest.mark.parametrize(("field", "value", "least"), [("workers", -1, 0), ("repeats", 0, 1)])
def test_too_few_workers_or_repeats_are_named(field: str, value: int, least: int) -> None:
    raw = {"data": "a", "validation": "b", "codec": "c", field: value}
    with pytest.raises(ConfigError, match=rf"x.yaml: {field} is {value}; choose {least} or more"):
        from_dict(DenoiserTraining, raw, "x.yaml")


def test_repeats_that_nobody_would_see_are_refused() -> None:
    raw = {"data": "a", "validation": "b", "codec": "c", "repeats": 2}
    with pytest.raises(ConfigError, match=r"x.yaml: repeats is 2, for which workers are needed"):
        from_dict(DenoiserTraining, raw, "x.yaml")
    assert from_dict(DenoiserTraining, {**raw, "workers": 1}, "x.yaml").repeats == 2
