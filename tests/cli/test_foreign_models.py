"""`msub insert --model` with models of others: how they are named, and what is said where they cannot be had."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from audio_subtract.models import KNOWN, ModelKind, kind_of
from subtract_core.errors import InputError
from tests.audio.sounds import RATE, clicks, song, written
from tests.cli.conftest import Call
from tests.cli.material import files
from tests.cli.test_bad_input import assert_one_line

needs_transformers = pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="needs msub[hub]")


@pytest.fixture
def wav(folder: Path) -> Path:
    """`night.wav` in the current folder: a second, stereo, 24 bits."""
    return written(Path("night.wav"), song(1.0), "PCM_24")


@pytest.fixture(scope="module")
def riffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of riffusion/riffusion-model-v1."""
    import torch

    from tests.audio.tiny_diffusion import riffusion_pipeline, saved

    torch.set_num_threads(1)
    return saved(riffusion_pipeline(), tmp_path_factory.mktemp("riffusion"))


def test_names_and_folders_mean_a_kind_of_model(tmp_path: Path) -> None:
    for name, known in KNOWN.items():
        assert kind_of(name) is kind_of(known.hub) is known.kind
    kinds = {
        "StableDiffusionPipeline": ModelKind.RIFFUSION,
        "StableDiffusionInstructPix2PixPipeline": ModelKind.RIFFUSION,
        "AceStepPipeline": ModelKind.ACE_STEP,
        "FluxPipeline": ModelKind.OURS,
    }
    for name, kind in kinds.items():
        (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": name}))
        assert kind_of(tmp_path) is kind
    (tmp_path / "model_index.json").write_text(json.dumps({"kind": "audio_subtract"}))
    assert kind_of(tmp_path) is kind_of("default") is kind_of("nowhere") is ModelKind.OURS
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(InputError, match=r"model_index\.json: is no JSON"):
        kind_of(tmp_path)


@pytest.mark.usefixtures("few_rounds")
@needs_transformers
def test_train_and_insert_with_a_local_folder(call: Call, wav: Path, riffusion: Path) -> None:
    Path("stems/a").mkdir(parents=True)
    written(Path("stems/a/drums.wav"), clicks(6 * RATE), "PCM_16")
    written(Path("stems/a/bass.wav"), song(6.0, channels=1), "PCM_16")
    config: dict[str, Any] = {
        "kind": "audio-riffusion",
        "data": "stems",
        "validation": "stems",
        "model": str(riffusion),
    }
    config |= {"batch": 1, "validation_batches": 1, "targets": {"drums": 1.0}, "trainer": {"steps": 1}}
    Path("riffusion.yaml").write_text(yaml.safe_dump(config))
    result = call("train", "riffusion.yaml", "-o", "run", "--device", "cpu")
    assert result.exit_code == 0, result.stderr
    assert "1 songs to train on" in result.stdout and "val_loss_without_song" in result.stdout
    assert result.stdout.splitlines()[-1] == "run: the model; use it with msub insert --model run"
    for folder in ("run", riffusion):
        options = ("--stem", "drums", "--prompt", "busy", "--steps", 1, "--seed", 7, "--overwrite", "--device", "cpu")
        result = call("insert", wav, "--model", folder, *options)
        assert result.exit_code == 0, result.stderr
        assert ("was never trained for edits" in result.stderr) == (folder is riffusion)
        before, mix, stem = (
            soundfile.read(p, dtype="int32")[0].astype(np.int64)
            for p in ("night.wav", "night.drums.wav", "night.drums.stem.wav")
        )
        assert (before + stem == mix).all()


@needs_transformers
@pytest.mark.parametrize("name", ["riffusion", "zachary-shah/riff-pix2pix-v1", "ace-step"])
def test_without_the_hub_it_is_said_what_to_do(
    call: Call, wav: Path, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder / "cache"))
    result = call("insert", wav, "--stem", "drums", "--model", name, "--device", "cpu")
    hub = KNOWN[name].hub if name in KNOWN else name
    reasons = (f"model: {hub} is not on this machine", f"hf download {hub}", "give the folder that holds it")
    assert_one_line(result, *reasons)
    assert not list(folder.glob("night.drums*"))


@needs_transformers
def test_a_folder_that_lacks_a_component_is_named(call: Call, wav: Path, folder: Path, riffusion: Path) -> None:
    shutil.copytree(riffusion, "half")
    for path in Path("half/unet").glob("*.safetensors"):
        path.unlink()
    result = call("insert", wav, "--stem", "drums", "--model", "half", "--device", "cpu")
    assert_one_line(result, "half: cannot be loaded as diffusers' StableDiffusionInstructPix2PixPipeline", "whole")
    assert not list(folder.glob("night.drums*"))


def test_without_transformers_it_is_said_what_to_install(
    call: Call, wav: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "transformers" else find(name))
    result = call("insert", wav, "--stem", "drums", "--model", "riffusion", "--device", "cpu")
    assert_one_line(
        result, "model: riffusion/riffusion-model-v1 needs the transformers library; run: pip install 'msub[hub]'"
    )
    assert files(folder) == {"night.wav"}


def test_the_config_that_comes_with_msub_is_valid() -> None:
    from audio_subtract.riffusion.train import RiffusionTraining
    from msub.train import TRAININGS, find_config
    from subtract_core.config import load_yaml

    config = load_yaml(RiffusionTraining, find_config("audio/riffusion"))
    assert config.kind in TRAININGS and config.model in KNOWN
    assert (config.drop_text, config.drop_image, config.drop_both) == (0.05, 0.05, 0.05)
