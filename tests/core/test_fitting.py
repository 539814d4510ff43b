"""Fitting a denoiser: the steps that CUDA records."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch

from subtract_core.errors import InputError
from subtract_core.model.denoiser import Condition, Denoiser, DenoiserConfig
from subtract_core.model.diffusion import ObjectiveConfig, VelocityError, diffused
from subtract_core.model.pipeline import Pipeline
from subtract_core.stems import Stem
from subtract_core.training import fitting
from subtract_core.training.dataset import Batch
from subtract_core.training.trainer import Trainer, TrainerConfig

CONFIG = DenoiserConfig(latent_channels=3, context_channels=5, place_channels=2, width=32, layers=2, heads=2, frames=8)
TRAINING = TrainerConfig(steps=4, warmup_steps=1, precision="float32", record=True)


def _batch(seed: int, device: str = "cpu") -> Batch:
    g = torch.Generator().manual_seed(seed)
    target, context, place = (torch.randn(4, 8, n, generator=g).to(device) for n in (3, 5, 2))
    stem, text = torch.tensor([0, 1, 2, 0], device=device), torch.randn(4, 8, CONFIG.text_channels, generator=g)
    valid = torch.ones(4, 8, dtype=torch.bool, device=device)
    return Batch(target, Condition(context, place, stem, text.to(device)), valid)


def _trainer(folder: Path, config: TrainerConfig, device: str) -> Trainer:
    torch.manual_seed(0)
    denoiser = Denoiser(CONFIG).to(device)

    def draw(rng: np.random.Generator) -> Batch:
        return _batch(int(rng.integers(100)), device)

    held_out = [_batch(1000, device)]
    return fitting.denoiser_trainer(
        denoiser, draw, held_out, ObjectiveConfig(), config, folder, torch.device(device), say=lambda _: None
    )


def test_on_a_cpu_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "make_graphed_callables", lambda *_: pytest.fail("there is no CUDA to record"))
    recorded = _trainer(tmp_path / "a", TRAINING, "cpu").run()
    assert recorded == _trainer(tmp_path / "b", dataclasses.replace(TRAINING, record=False), "cpu").run()


def test_what_a_step_is_recorded_with_may_be_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    given = diffused(
        (batch := _batch(1)).target, batch.condition, batch.valid, ObjectiveConfig(), torch.Generator().manual_seed(0)
    )
    seen: dict[str, Any] = {}

    def record(error: VelocityError, inputs: tuple[torch.Tensor, ...]) -> None:
        seen["loss"], seen["inputs"] = error(*inputs), inputs
        seen["cached"] = torch.is_autocast_cache_enabled()

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", record)
    error = VelocityError(Denoiser(CONFIG))
    fitting._record(error, given, "float32")
    assert seen["loss"] == error(*given) and seen["cached"] is False and torch.is_autocast_cache_enabled()
    assert not {x.data_ptr() for x in seen["inputs"]} & {x.data_ptr() for x in given}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="steps are recorded by CUDA, which is not here")
def test_recorded_steps_train_as_others_do(tmp_path: Path) -> None:
    figures = [
        _trainer(tmp_path / str(record), dataclasses.replace(TRAINING, record=record), "cuda").run()
        for record in (True, False)
    ]
    assert figures[0] == pytest.approx(figures[1], rel=1e-3)


def test_every_weight_learns_in_bfloat16_beside_a_first_guess_without_gradients() -> None:
    torch.manual_seed(0)
    denoiser, batch = Denoiser(CONFIG), _batch(1)
    for parameter in denoiser.parameters():  # what starts at zero stops gradients on their way
        torch.nn.init.normal_(parameter, std=0.2)
    given = diffused(batch.target, batch.condition, batch.valid, ObjectiveConfig(), torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        loss = VelocityError(denoiser)(*given)
    loss.backward()
    assert [n for n, p in denoiser.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []


def test_codecs_are_told_apart_by_their_weights() -> None:
    codec = torch.nn.Linear(2, 2)
    before = fitting._fingerprint(codec)
    assert fitting._fingerprint(copy.deepcopy(codec)) == before
    with torch.no_grad():
        codec.bias[0] += 1e-3
    assert fitting._fingerprint(codec) != before


def test_a_denoiser_to_go_on_from_that_is_not_there_is_named_with_its_field() -> None:
    with pytest.raises(InputError, match=r"^start: nowhere.config\.json: no such file"):
        fitting._go_on_from(Path("nowhere"), Denoiser(CONFIG))


def test_a_run_with_other_targets_does_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = MagicMock()
    monkeypatch.setattr(fitting, "_Staging", MagicMock())
    monkeypatch.setattr(fitting, "denoiser_trainer", trainer)
    config = fitting.DenoiserTraining("", "", "", width=32, layers=1, heads=2, frames=8)
    codec = SimpleNamespace(latent_channels=3, context_channels=5, place_channels=2, stage=None, state_dict=dict)
    songs: Any = SimpleNamespace(targets=(Stem.GUITAR, Stem.DRUMS))
    fitting.fit_denoiser(MagicMock(), codec, songs, songs, config, tmp_path, torch.device("cpu"), None, lambda _: None)
    assert trainer.call_args.args[-1] == "drums, guitar"


def test_processes_that_draw_batches_end_with_a_run_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    background, trainer = MagicMock(), MagicMock()
    trainer.run.side_effect = KeyboardInterrupt
    monkeypatch.setattr(fitting, "_Staging", MagicMock())
    monkeypatch.setattr(fitting, "BackgroundBatches", lambda *_: background)
    monkeypatch.setattr(fitting, "denoiser_trainer", lambda *_: trainer)
    config = fitting.DenoiserTraining("", "", "", width=32, layers=1, heads=2, frames=8, workers=1)
    codec = SimpleNamespace(latent_channels=3, context_channels=5, place_channels=2, stage=None, state_dict=dict)
    songs: Any = SimpleNamespace(targets=())
    with pytest.raises(KeyboardInterrupt):
        fitting.fit_denoiser(Pipeline, codec, songs, songs, config, tmp_path, torch.device("cpu"), None, lambda _: None)
    background.close.assert_called_once()
