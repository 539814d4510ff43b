"""The training loop that every model of both backends shares."""

from __future__ import annotations

import csv
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from subtract_core.config import check_least, check_shares
from subtract_core.errors import ConfigError, InputError
from subtract_core.files import read_json, write_file
from subtract_core.model.device import autocast

Loss = tuple[Tensor, dict[str, Tensor]]
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainerConfig:
    """How a model is trained.

    steps: optimiser steps in all; `max_minutes` of the command line may end a run earlier.
    learning_rate, weight_decay, betas: AdamW; the rate warms up over `warmup_steps`, then stays, and falls to zero
      over the last `decay_share` of the run.
    gradient_clip: largest norm of the gradient.
    ema_decay: weight of the running average of the weights, which is what gets saved, validated and used.
    precision: of training steps: bfloat16 (autocast), float32, or auto: bfloat16 where the processor multiplies it
      natively, as sampling always does; validation is in float32.
    validate_every, save_every: optimiser steps between two validations, two saved states.
    compile: compile the layers with torch.compile (worth its half minute on a GPU); of denoisers alone.
    record: record the work of a step once and have CUDA repeat it (CUDA graphs): asking for its thousand kernels one
      by one takes longer than they do; of denoisers alone. GPUs only; where training is on a CPU it is passed over.
    seed: of the batches and the initial weights.
    """

    steps: int = 10_000
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    betas: tuple[float, ...] = (0.9, 0.98)
    warmup_steps: int = 200
    decay_share: float = 0.3
    gradient_clip: float = 1.0
    ema_decay: float = 0.999
    precision: str = "auto"
    validate_every: int = 500
    save_every: int = 500
    compile: bool = False
    record: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; it is one of {', '.join(PRECISIONS)}")
        check_least(self, steps=1, learning_rate=0, weight_decay=0, warmup_steps=0, validate_every=1, save_every=1)
        check_least(self, seed=0)
        check_shares(self, "decay_share", "ema_decay")
        if not self.gradient_clip > 0:
            raise ValueError(f"gradient_clip is {self.gradient_clip}; more than 0 is needed")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas is {self.betas}; two numbers from 0 to below 1 are needed")

    def check_plain(self) -> None:
        """Raise `ValueError` where something is asked for that only the training of denoisers can do."""
        for name in ("compile", "record"):
            if getattr(self, name):
                raise ValueError(f"trainer.{name} is for denoisers alone; leave it out")


class Trainer:
    """Optimise a module on random batches; resumable, with EMA weights, a CSV log and a validation figure.

    module: what is trained.
    loss: (module, rng) -> (scalar, figures to log); draws its own batch. What it draws with `rng` alone is drawn alike
      by a run that was stopped and one that was not.
    validate: module with EMA weights -> figures; the first is the one to watch.
    folder: holds `state.safetensors` (to resume), `state.json`, which says to people how far that is, and `log.csv`.
    codec: fingerprint of the codec whose latents are learnt, if any are. targets: stems that are learnt to be written,
      if any are. `InputError` where the state to resume from learnt those of another codec, or other stems.
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Callable[[nn.Module, np.random.Generator], Loss],
        validate: Callable[[nn.Module], dict[str, float]],
        config: TrainerConfig,
        folder: Path,
        device: torch.device,
        say: Callable[[str], None] = print,
        codec: str = "",
        targets: str = "",
    ) -> None:
        self.module, self.loss, self.validate = module, loss, validate
        self.config, self.folder, self.device, self.say = config, folder, device, say
        self.codec, self.targets = codec, targets
        self.parameters = {n: p for n, p in module.named_parameters() if p.requires_grad}
        # What was measured before training, as normalisations are: a resumed run must not measure it anew.
        weights = dict(module.named_parameters())
        self.buffers = {n: b for n, b in module.state_dict().items() if n not in weights}
        self.average = {n: p.detach().clone() for n, p in self.parameters.items()}
        self.optimizer = torch.optim.AdamW(
            self._groups(),
            lr=config.learning_rate,
            betas=(config.betas[0], config.betas[1]),
            fused=device.type == "cuda" or None,
        )
        self.step = 0
        self.minutes = 0.0
        if (folder / "state.safetensors").is_file():
            self._resume()

    def _groups(self) -> list[dict[str, Any]]:
        # Gains, biases, embeddings of conditions and tables of modulation (adaptive norm) are not pulled to zero.
        kept = {id(m.weight) for m in self.module.modules() if isinstance(m, nn.Embedding)}
        kept |= {id(p) for n, p in self.parameters.items() if p.ndim < 2 or n.split(".")[-1] == "table"}
        matrices = [p for p in self.parameters.values() if id(p) not in kept]
        others = [p for p in self.parameters.values() if id(p) in kept]
        return [
            {"params": matrices, "weight_decay": self.config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]

    def run(self, max_minutes: float | None = None) -> dict[str, float]:
        """Train until `steps` are done or `max_minutes` have passed, save, and return the last validation.

        max_minutes: in all, those before a run was resumed included, as `steps` are: the same command goes on with the
        rate where it was.
        Told to stop (Ctrl-C, or SIGTERM, as schedulers of clusters send it), it finishes its step, saves and raises
        KeyboardInterrupt; told twice, it stops at once.
        """
        with _told_to_stop() as stopping:
            return self._run(max_minutes, stopping)

    def _run(self, max_minutes: float | None, stopping: threading.Event) -> dict[str, float]:
        started = last_report = time.monotonic()
        minutes_before = self.minutes
        first_step, figures, validated = self.step, dict[str, float](), False
        sums: dict[str, Tensor] = {}
        count = 0
        self.module.train()
        if max_minutes is not None and minutes_before >= max_minutes > 0:
            self.say(f"max_minutes: all {max_minutes:g} are used up; more go on from step {self.step}")
        while self.step < self.config.steps:
            self.minutes = minutes_before + (time.monotonic() - started) / 60
            if stopping.is_set():
                self.save()
                self.say(f"stopped at step {self.step}; the same command goes on from there")
                raise KeyboardInterrupt
            if max_minutes is not None and self.minutes >= max_minutes:
                break
            for name, value in self._one_step(self._rate(max_minutes)).items():
                sums[name] = value + sums.get(name, 0)  # always a new tensor: a recorded step writes over its own
            self.minutes = minutes_before + (time.monotonic() - started) / 60
            count += 1
            if self.step % self.config.save_every == 0:
                self.save()
            validated = self.step % self.config.validate_every == 0
            if validated:
                figures = self._validated()
            if validated or time.monotonic() - last_report > 15:
                row = {k: float(v) / count for k, v in sums.items()}
                seconds = (time.monotonic() - started) / (self.step - first_step)
                self._log({"step": self.step, "seconds_a_step": seconds, **row, **(figures if validated else {})})
                sums, count, last_report = {}, 0, time.monotonic()
        if not validated:
            figures = self._validated()
            self._log({"step": self.step, **figures}, again=self.step == first_step)
        self.save()
        return figures

    def _rate(self, max_minutes: float | None) -> float:
        left = 1 - self.step / self.config.steps
        if max_minutes:
            left = min(left, 1 - self.minutes / max_minutes)
        warm = min(1.0, (self.step + 1) / max(1, self.config.warmup_steps))
        return self.config.learning_rate * warm * min(1.0, left / max(self.config.decay_share, 1e-6))

    def _one_step(self, rate: float) -> dict[str, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        # A generator a step: a resumed run draws what the unbroken one would have drawn, but for batches that other
        # processes draw ahead.
        rng = np.random.default_rng((self.config.seed, self.step))
        torch.manual_seed(self.config.seed * 1_000_003 + self.step)
        with autocast(self.device, self.config.precision):
            total, figures = self.loss(self.module, rng)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(list(self.parameters.values()), self.config.gradient_clip)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        # The average warms up: early on it follows the weights instead of remembering noise.
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.values()), [p.detach() for p in self.parameters.values()], 1 - decay)
        # As tensors: a GPU is waited for only where figures are read.
        return {"loss": total.detach(), **{k: v.detach() for k, v in figures.items()}}

    @contextmanager
    def averaged(self) -> Iterator[nn.Module]:
        """The module with its EMA weights, in evaluation mode, for the length of a `with` block."""
        raw = {n: p.detach().clone() for n, p in self.parameters.items()}
        was_training = self.module.training
        try:
            self._copy_in(self.average)
            self.module.eval()
            with torch.no_grad():
                yield self.module
        finally:
            self._copy_in(raw)
            self.module.train(was_training)

    def _copy_in(self, values: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(values[name])

    def _validated(self) -> dict[str, float]:
        with self.averaged() as module:
            return {f"val_{k}": v for k, v in self.validate(module).items()}

    def _log(self, row: dict[str, float], again: bool = False) -> None:
        """Say a row and write it into `log.csv`; one that may be there already, `again`, only where it is not."""
        self.say("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
        path = self.folder / "log.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        if again and not new and f"\n{row['step']},val_" in path.read_text():
            return
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "figure", "value"])
            writer.writerows((row["step"], k, f"{v:.6g}") for k, v in row.items() if k != "step")

    def save(self) -> None:
        """Write everything needed to go on from here."""
        tensors = {f"weight.{n}": p.detach() for n, p in self.parameters.items()}
        tensors |= {f"average.{n}": a for n, a in self.average.items()}
        tensors |= {f"buffer.{n}": b for n, b in self.buffers.items()}
        for name, parameter in self.parameters.items():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                tensors[f"adam.{key}.{name}"] = torch.as_tensor(value)
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary, reached = self.folder / "state.tmp", {"step": self.step, "minutes": self.minutes}
        # How far it is belongs into the same file: a run that dies here must not take these weights for earlier ones.
        metadata = {name: str(value) for name, value in reached.items()} | self._learnt()
        save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, temporary, metadata)
        temporary.replace(self.folder / "state.safetensors")
        write_file(self.folder / "state.json", json.dumps(reached).encode(), overwrite=True)

    def _learnt(self) -> dict[str, str]:
        """What a state learnt that is gone on from; earlier versions of msub did not say it."""
        return {name: value for name, value in (("codec", self.codec), ("targets", self.targets)) if value}

    def _resume(self) -> None:
        path = self.folder / "state.safetensors"
        try:
            tensors = load_file(path, device=str(self.device))
        except SafetensorError as error:  # half a copy, say: what is saved here is whole
            raise InputError(f"{path}: is damaged ({error}); delete it to train from the start") from None
        with safe_open(path, "pt") as file:  # states of an earlier msub have it beside them
            state = file.metadata() or read_json(self.folder / "state.json")
        for name, wanted in self._learnt().items():
            if state.get(name, wanted) != wanted:
                other = "another codec" if name == "codec" else f"other targets ({state[name]}, not {wanted})"
                raise InputError(
                    f"{path}: was trained on {other}; choose another output folder, and to go on from this denoiser "
                    "name it as `start`"
                )
        expected, found = set(self.parameters), {n[len("weight.") :] for n in tensors if n.startswith("weight.")}
        if expected != found:
            raise InputError(
                f"{self.folder}: holds the training state of another model; choose another output folder or delete it"
            )
        for name, parameter in self.parameters.items():
            if parameter.shape != tensors[f"weight.{name}"].shape:
                raise ConfigError(f"{self.folder}: {name} has another size in the saved state; the config was changed")
            keys = ("step", "exp_avg", "exp_avg_sq")
            if all(f"adam.{k}.{name}" in tensors for k in keys):
                self.optimizer.state[parameter] = {k: tensors[f"adam.{k}.{name}"] for k in keys}
            self.average[name].copy_(tensors[f"average.{name}"])
        for name, buffer in self.buffers.items():
            if f"buffer.{name}" in tensors:
                buffer.copy_(tensors[f"buffer.{name}"])
        self._copy_in({n: tensors[f"weight.{n}"] for n in self.parameters})
        self.step, self.minutes = int(state["step"]), float(state["minutes"])
        self.say(f"resumed at step {self.step}")


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM within the `with` block sets; the second does what it always does."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield stopping
        return
    usual = {n: signal.getsignal(n) or signal.SIG_DFL for n in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def first(number: int, frame: object) -> None:
        stopping.set()
        restore()

    for number in usual:
        signal.signal(number, first)
    try:
        yield stopping
    finally:
        restore()
