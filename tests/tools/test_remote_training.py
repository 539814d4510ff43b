"""Training where there is little else than a GPU: what goes there, what comes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from midi_subtract.model.autoencoder import AutoencoderConfig
from midi_subtract.model.codec import MidiCodec, MidiCodecConfig
from midi_subtract.model.pipeline import MidiPipeline
from midi_subtract.training.prepare import prepare
from midi_subtract.training.store import load_songs
from tools.remote_training import join, pack, train, unpack, write_parts

ROOT = Path(__file__).parents[2]
CONFIG = """
kind: midi-denoiser
data: elsewhere
validation: elsewhere
codec: {codec}
width: 32
layers: 1
heads: 2
frames: 16
batch: 2
trainer: {{steps: 3}}
validation_batches: 1
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    prepare([ROOT / "examples"], folder / "set", workers=1)
    return folder / "set"


@pytest.fixture(scope="module")
def bundle(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    for name in ("train", "val"):
        pack(prepared, folder / f"{name}.xz")
    return folder


def test_a_packed_set_holds_the_same_songs(prepared: Path, bundle: Path, tmp_path: Path) -> None:
    unpack(bundle / "train.xz", tmp_path / "set")
    before, after = load_songs(prepared), load_songs(tmp_path / "set")
    assert len(before) == len(after) > 2
    for old, new in zip(before, after, strict=True):
        assert (old.meters, old.tempi, old.styles) == (new.meters, new.tempi, new.styles)
        assert old.name.split("/")[0] == new.name.split("/")[0]
        for one, other in zip(old.tracks, new.tracks, strict=True):
            assert (one.stem, one.program) == (other.stem, other.program)
            for column in ("onset", "pitch", "duration", "velocity"):
                np.testing.assert_array_equal(getattr(one.notes, column), getattr(other.notes, column))


def test_what_comes_back_becomes_a_model(bundle: Path, tmp_path: Path) -> None:
    small = AutoencoderConfig(latent_channels=8, hidden=32)
    MidiCodec(MidiCodecConfig(small, small)).save_pretrained(tmp_path / "codec")
    config = tmp_path / "denoiser.yaml"
    config.write_text(CONFIG.format(codec=tmp_path / "codec"))
    train(config, bundle, tmp_path / "results", minutes=5.0)
    trained = MidiPipeline.from_pretrained(tmp_path / "results" / "work" / "model").denoiser.state_dict()
    assert (tmp_path / "results" / "log.csv").is_file()

    like = MidiPipeline.from_pretrained(tmp_path / "results" / "work" / "model")
    torch.nn.init.zeros_(like.denoiser.out.weight)
    like.save_pretrained(tmp_path / "like")
    join(tmp_path / "results", tmp_path / "like", tmp_path / "model")
    joined = MidiPipeline.from_pretrained(tmp_path / "model").denoiser.state_dict()
    assert trained["out.weight"].abs().sum() > 0
    for name, value in trained.items():
        torch.testing.assert_close(joined[name], value)


def test_no_part_is_larger_than_allowed_but_for_single_tensors(tmp_path: Path) -> None:
    weights = {name: torch.full((size,), 0.5) for name, size in (("a", 40), ("b", 40), ("c", 300), ("d", 10))}
    write_parts(weights, tmp_path, most=200)
    parts = [load_file(path) for path in sorted(tmp_path.glob("part-*"))]
    assert [sorted(part) for part in parts] == [["a", "b"], ["c"], ["d"]]
    write_parts({"a": weights["a"]}, tmp_path, most=200)
    assert [path.name for path in tmp_path.glob("part-*")] == ["part-0.safetensors"]


def test_training_there_needs_no_package_that_is_not_there(tmp_path: Path) -> None:
    """diffusers, typer, pretty_midi and the like are missing on such machines."""
    code = (
        "import sys\n"
        "missing = 'diffusers pretty_midi typer openai miditok muspy scipy mido symusic'.split()\n"
        "for name in missing: sys.modules[name] = None\n"
        "import midi_subtract.training.train_denoiser, tools.remote_training\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
