"""A small random model, and ways to call the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from tests.cli.material import song_bytes

Call = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def song(folder: Path) -> Path:
    """`night.mid` in the current folder."""
    path = Path("night.mid")
    path.write_bytes(song_bytes())
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint of a small model that learned nothing but writes notes, others for every seed."""
    import torch

    from midi_subtract.model.autoencoder import AutoencoderConfig
    from midi_subtract.model.codec import MidiCodec, MidiCodecConfig
    from midi_subtract.model.pipeline import MidiPipeline
    from subtract_core.model.denoiser import Denoiser, DenoiserConfig
    from subtract_core.model.sampler import SamplerConfig

    torch.set_num_threads(1)
    torch.manual_seed(0)
    small = AutoencoderConfig(latent_channels=8, hidden=32)
    codec = MidiCodec(MidiCodecConfig(small, small))
    sizes = (codec.latent_channels, codec.context_channels, codec.place_channels)
    denoiser = Denoiser(DenoiserConfig(*sizes, width=32, layers=1, heads=2, frames=32))
    # An untrained denoiser predicts zero and an untrained codec silence.
    torch.nn.init.normal_(denoiser.out.weight, std=0.5)
    torch.nn.init.constant_(denoiser.out.bias[-1:], -5.0)  # the channel that tells whether a beat sounds
    for autoencoder in (codec.pitched, codec.drums):
        torch.nn.init.normal_(autoencoder.logits.cells.weight, std=0.4)
    path = tmp_path_factory.mktemp("model")
    MidiPipeline(codec, denoiser, SamplerConfig(steps=2)).save_pretrained(path)
    return str(path)


@cache
def _commands(app: typer.Typer) -> Any:
    """The command line that Typer makes of the program, once: it takes longer than what most calls do."""
    return typer.main.get_command(app)


def invoke(*arguments: Any) -> Any:
    """Run `msub` with arguments in this process; the result has exit_code, stdout and stderr."""
    from msub.app import app

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("typer.testing._get_command", _commands, raising=False)  # else it is only slower
        result = CliRunner().invoke(app, [str(a) for a in arguments], prog_name="msub", catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def call() -> Call:
    """Runs `msub` with arguments in this process, see `invoke`."""
    return invoke


@pytest.fixture
def insert(call: Call, model: str) -> Call:
    """Run `msub insert` with the small model, for a bass unless another instrument is named."""

    def run(*arguments: str | Path, instrument: str = "bass") -> Any:
        return call("insert", "--model", model, "--device", "cpu", "--instrument", instrument, *arguments)

    return run
