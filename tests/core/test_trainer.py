"""Training stops, resumes and averages as promised."""

import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from subtract_core.errors import InputError
from subtract_core.model.denoiser import Denoiser, DenoiserConfig
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig

CPU = torch.device("cpu")


def _loss(module: nn.Module, rng: np.random.Generator) -> Loss:
    x = torch.from_numpy(rng.standard_normal((8, 3)).astype(np.float32))
    error = ((module(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()
    return error, {"error": error}


def _trainer(folder: Path, steps: int, width: int = 1, codec: str = "", targets: str = "", **options: float) -> Trainer:
    torch.manual_seed(0)
    module = nn.Linear(3, width)
    config = TrainerConfig(
        steps=steps,
        learning_rate=0.05,
        warmup_steps=1,
        decay_share=0.0,
        validate_every=10,
        save_every=10,
        **options,  # type: ignore[arg-type]
    )

    def validate(m: nn.Module) -> dict[str, float]:
        return {"error": float(_loss(m, np.random.default_rng(99))[0])}

    return Trainer(module, _loss, validate, config, folder, CPU, say=lambda _: None, codec=codec, targets=targets)


def test_training_lowers_the_validation_figure_and_logs_it(tmp_path: Path) -> None:
    before = float(_loss(_trainer(tmp_path / "a", 1).module, np.random.default_rng(99))[0].detach())
    figures = _trainer(tmp_path / "b", 200).run()
    assert figures["val_error"] < 0.1 * before
    log = (tmp_path / "b" / "log.csv").read_text().splitlines()
    assert log[0] == "step,figure,value"
    assert any(line.startswith("200,val_error,") for line in log)


@pytest.mark.parametrize("steps", [20, 25])
def test_a_step_is_validated_and_logged_once(tmp_path: Path, steps: int) -> None:
    trainer, said = _trainer(tmp_path, steps), list[str]()
    trainer.say = said.append
    figures = trainer.run()
    validated = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines() if "val_error" in line]
    assert [int(step) for step, _, _ in validated] == sorted({10, 20, steps}) and len(said) == len(validated)
    assert float(validated[-1][2]) == pytest.approx(figures["val_error"], rel=1e-5)


@pytest.mark.parametrize("steps", [20, 25])
def test_a_finished_run_is_not_logged_again(tmp_path: Path, steps: int) -> None:
    figures = _trainer(tmp_path, steps).run()
    before = (tmp_path / "log.csv").read_text()
    assert _trainer(tmp_path, steps).run() == pytest.approx(figures)
    assert (tmp_path / "log.csv").read_text() == before


def test_figures_that_are_written_over_are_logged_as_they_were(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path, 2)
    buffer, values = torch.zeros(()), iter((1.0, 5.0))

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        return _loss(module, rng)[0], {"figure": buffer.fill_(next(values))}

    trainer.loss, trainer.config = loss, dataclasses.replace(trainer.config, validate_every=2)
    trainer.run()
    assert "2,figure,3" in (tmp_path / "log.csv").read_text().splitlines()


def test_a_resumed_run_equals_an_unbroken_one(tmp_path: Path) -> None:
    whole = _trainer(tmp_path / "whole", 40)
    whole.run()
    _trainer(tmp_path / "parts", 20).run()
    resumed = _trainer(tmp_path / "parts", 40)
    assert resumed.step == 20
    resumed.run()
    for name, parameter in whole.parameters.items():
        assert torch.allclose(parameter, resumed.parameters[name], atol=1e-6)
        assert torch.allclose(whole.average[name], resumed.average[name], atol=1e-6)


def test_max_minutes_ends_the_run_and_keeps_its_state(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path, 10_000_000)
    trainer.run(max_minutes=0.01)
    assert 0 < trainer.step < 10_000_000
    assert _trainer(tmp_path, 10_000_000).step == trainer.step


def test_the_rate_falls_over_max_minutes_in_all_where_a_run_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, rates, stops = [0.0], list[float](), {4, 7}
    monkeypatch.setattr("subtract_core.training.trainer.time.monotonic", lambda: clock[0])

    def run() -> Trainer:
        trainer = _trainer(tmp_path, 10_000)
        trainer.config = dataclasses.replace(trainer.config, decay_share=1.0, save_every=1)

        def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
            if trainer.step in stops:
                stops.remove(trainer.step)
                raise KeyboardInterrupt
            rates.append(trainer.optimizer.param_groups[0]["lr"])
            clock[0] += 6.0
            return _loss(module, rng)

        trainer.loss = loss
        trainer.run(max_minutes=1.0)
        return trainer

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run()
        clock[0] += 3600.0
    assert run().step == 10 and rates == pytest.approx([0.05 * (1 - n / 10) for n in range(10)])
    said = list[str]()
    again = _trainer(tmp_path, 10_000)
    again.say = said.append
    again.run(max_minutes=1.0)
    assert again.step == 10 and "max_minutes: all 1 are used up; more go on from step 10" in said


def test_gains_embeddings_and_tables_of_modulation_do_not_decay(tmp_path: Path) -> None:
    denoiser = Denoiser(DenoiserConfig(2, 2, 2, width=8, layers=1, heads=2, frames=4))
    trainer = Trainer(denoiser, _loss, lambda _: {}, TrainerConfig(), tmp_path, CPU)
    names = {id(p): n for n, p in denoiser.named_parameters()}
    decayed, kept = ({names[id(p)] for p in group["params"]} for group in trainer.optimizer.param_groups)
    assert {"stem.weight", "layers.0.table", "frame_in.bias"} <= kept
    assert {"text.0.weight", "layers.0.qkv.weight", "out.weight"} <= decayed and decayed | kept == set(names.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_told_to_stop_finishes_its_step_and_keeps_its_state(tmp_path: Path, number: signal.Signals) -> None:
    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        if trainer.step == 4:
            signal.raise_signal(number)
        return _loss(module, rng)

    usual = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    trainer = _trainer(tmp_path, 20)
    trainer.loss = loss
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    resumed = _trainer(tmp_path, 20)
    assert trainer.step == resumed.step == 5 and resumed.minutes > 0
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == usual


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as in a program of the foreground: shells start those of the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_run_told_to_stop_twice_stops_at_once(tmp_path: Path) -> None:
    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the step went on")

    trainer = _trainer(tmp_path, 20)
    trainer.loss = loss
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    assert trainer.step == 0


def test_the_average_differs_from_the_weights_and_is_what_is_validated(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path, 30, ema_decay=0.99)
    trainer.run()
    raw = {n: p.detach().clone() for n, p in trainer.parameters.items()}
    with trainer.averaged():
        for name, parameter in trainer.parameters.items():
            assert torch.equal(parameter, trainer.average[name])
            assert not torch.equal(parameter, raw[name])
    assert all(torch.equal(p, raw[n]) for n, p in trainer.parameters.items())


def test_the_state_of_another_model_is_refused(tmp_path: Path) -> None:
    _trainer(tmp_path, 10).run()
    with pytest.raises(Exception, match="another size") as error:
        _trainer(tmp_path, 20, width=2)
    assert str(tmp_path) in str(error.value)
    with pytest.raises(InputError, match="another model"):
        Trainer(nn.Sequential(nn.Linear(3, 1)), _loss, lambda _: {}, TrainerConfig(), tmp_path, CPU, say=lambda _: None)


def test_half_a_state_is_named(tmp_path: Path) -> None:
    _trainer(tmp_path, 10).run()
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"state\.safetensors: is damaged \(.*\); delete it to train from the start"):
        _trainer(tmp_path, 20)


def test_a_state_that_learnt_from_another_codec_is_refused(tmp_path: Path) -> None:
    _trainer(tmp_path, 10, codec="one").run()
    assert _trainer(tmp_path, 20, codec="one").step == 10
    with pytest.raises(
        InputError, match=r"state\.safetensors: was trained on another codec; choose another .* `start`"
    ):
        _trainer(tmp_path, 20, codec="other")


def test_a_state_that_learnt_to_write_other_stems_is_refused(tmp_path: Path) -> None:
    _trainer(tmp_path, 10, targets="drums, bass").run()
    assert _trainer(tmp_path, 20, targets="drums, bass").step == 10
    with pytest.raises(InputError, match=r"was trained on other targets \(drums, bass, not bass\); choose .* `start`"):
        _trainer(tmp_path, 20, targets="bass")


def test_a_state_that_does_not_say_its_codec_is_resumed_and_says_it_from_then_on(tmp_path: Path) -> None:
    _trainer(tmp_path, 10).run()
    _trainer(tmp_path, 20, codec="one").run()
    with pytest.raises(InputError, match="another codec"):
        _trainer(tmp_path, 30, codec="other")


@pytest.mark.parametrize("left", [b'{"step": 10, "minu', b'{"step": 10, "minutes": 0.1}', None])
def test_a_run_that_died_between_two_files_goes_on_from_its_weights(tmp_path: Path, left: bytes | None) -> None:
    trainer = _trainer(tmp_path, 20)
    trainer.run()
    (tmp_path / "state.json").unlink()
    if left is not None:
        (tmp_path / "state.json").write_bytes(left)
    resumed = _trainer(tmp_path, 20)
    assert resumed.step == 20 and resumed.minutes == pytest.approx(trainer.minutes)


def test_a_state_of_an_earlier_msub_is_resumed(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path, 20)
    trainer.run()
    path = tmp_path / "state.safetensors"
    save_file(load_file(path), path)  # without what stands beside the weights now
    resumed = _trainer(tmp_path, 20)
    assert resumed.step == 20 and resumed.minutes == pytest.approx(trainer.minutes)
    (tmp_path / "state.json").unlink()
    with pytest.raises(InputError, match=r"state\.json: cannot be read"):
        _trainer(tmp_path, 20)


def test_a_resumed_run_keeps_what_was_measured_before_training(tmp_path: Path) -> None:
    def trainer(measured: float, steps: int) -> Trainer:
        module = nn.Linear(1, 1)
        module.register_buffer("spread", torch.tensor([measured]))
        config = TrainerConfig(steps=steps, precision="float32")

        def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
            return module(torch.ones(1, 1)).square().mean(), {}

        return Trainer(module, loss, lambda _: {"loss": 0.0}, config, tmp_path, torch.device("cpu"), lambda _: None)

    trainer(2.0, 1).run()
    assert trainer(3.0, 2).module.state_dict()["spread"].item() == 2.0
