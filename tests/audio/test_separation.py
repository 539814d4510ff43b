"""Finished mixes taken apart, by a tiny random Demucs of the real class."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from audio_subtract.files.reader import read_audio
from audio_subtract.model.spectrogram import SpectrogramConfig
from audio_subtract.training.folders import find_stem_files
from audio_subtract.training.separation import Separator, find_mixes, load_separator, separate
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from tests.audio.sounds import song, written
from tests.cli.conftest import Call, call, folder

__all__ = ["call", "folder"]

needs_demucs = pytest.mark.skipif(importlib.util.find_spec("demucs") is None, reason="needs msub[demucs]")
SOURCES = ["drums", "bass", "other", "vocals"]


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as Demucs saves its own: `htdemucs` has the same class and sources."""
    from demucs.htdemucs import HTDemucs

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = HTDemucs(sources=SOURCES, channels=8, t_layers=1, t_heads=2, segment=1)
    arguments, options = model._init_args_kwargs
    path = tmp_path_factory.mktemp("demucs") / "tiny.th"
    torch.save({"klass": HTDemucs, "args": arguments, "kwargs": options, "state": model.state_dict()}, path)
    return path


@needs_demucs
def test_stems_are_as_long_as_the_mix_and_at_the_models_rate(saved_model: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "mix.wav", song(1.5, channels=1, rate=22_050), "PCM_16", 22_050)
    rate, stems = separate(load_separator(str(saved_model)), read_audio(path), torch.device("cpu"))
    assert rate == 44_100 and list(stems) == SOURCES
    assert all(stem.shape == (2, 66_150) and stem.any() for stem in stems.values())


@needs_demucs
def test_a_folder_with_one_model_is_taken(saved_model: Path, tmp_path: Path) -> None:
    assert load_separator(str(saved_model.parent)).sources == SOURCES
    with pytest.raises(InputError, match="holds 0 models"):
        load_separator(str(tmp_path))
    (tmp_path / "bad.th").write_bytes(b"rubbish")
    with pytest.raises(InputError, match=r"--separator: .*bad\.th cannot be loaded: "):
        load_separator(str(tmp_path / "bad.th"))


@needs_demucs
def test_other_is_keys_and_voices_are_lead(saved_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mix = written(tmp_path / "mix.wav", song(1.5, peak=0.9), "PCM_16")
    separator = Separator(str(saved_model), tmp_path / "stems", "cpu")
    loud: dict[str, Any] = {name: np.full((2, 66_150), 0.25 * (i + 1), np.float32) for i, name in enumerate(SOURCES)}
    loud = {name: sound * np.sin(np.arange(66_150) / 20).astype(np.float32) * 2 for name, sound in loud.items()}
    monkeypatch.setattr("audio_subtract.training.separation.separate", lambda *_: (44_100, loud))
    made, row = separator(mix, SpectrogramConfig(mels=32))
    assert set(made.parts) == {Stem.DRUMS, Stem.BASS, Stem.KEYS, Stem.LEAD} and row["separated_by"] == str(saved_model)
    (kept,) = find_stem_files(tmp_path / "stems")
    sounds = {p.stem: soundfile.read(p)[0] for paths in kept.files.values() for p in paths}
    assert set(sounds) == set(SOURCES)
    peaks = [np.abs(sounds[name]).max() for name in SOURCES]
    assert peaks == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=1e-3)  # one factor for all
    monkeypatch.setattr("audio_subtract.training.separation.separate", None)
    assert set(separator(mix, SpectrogramConfig(mels=32))[0].parts) == set(made.parts)  # not taken apart again


@needs_demucs
def test_mixes_become_a_training_set(call: Call, folder: Path, saved_model: Path) -> None:
    Path("mixes").mkdir()
    written(Path("mixes/a.wav"), song(1.5), "PCM_16")
    Path("mixes/b.wav").write_bytes(b"rubbish")
    options = ("--separate", "--separator", saved_model, "--device", "cpu", "--mels", 32, "--workers", 1)
    result = call("prepare", "audio", "mixes", "-o", "data", *options)
    assert result.exit_code == 0, result.stderr
    assert "data: 1 song, 0.0 hours (bass 1, drums 1, keys 1, lead 1)" in result.stdout
    assert "b.wav: is not audio" in json.loads(Path("data/skipped.jsonl").read_text())["detail"]
    assert {p.name for p in Path("data/stems").glob("a-*/*")} == {f"{name}.flac" for name in SOURCES}


def test_without_demucs_it_is_said_what_to_install(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(Path("mix.wav"), song(1.5), "PCM_16")
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "demucs" else find(name))
    load_separator.cache_clear()
    result = call("prepare", "audio", "mix.wav", "-o", "data", "--separate")
    assert result.exit_code == 1
    assert result.stderr == "msub: error: --separate: needs Demucs; run: pip install 'msub[demucs]'\n"
    for other in (["--from-midi"], ["--stem", "drums"]):
        assert call("prepare", "audio", "mix.wav", "-o", "data", "--separate", *other).exit_code == 2


def test_mixes_are_found(tmp_path: Path) -> None:
    for name in ("b/song.mp3", "a.flac", ".hidden.wav", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [p.name for p in find_mixes(tmp_path)] == ["a.flac", "song.mp3"]
    assert find_mixes(tmp_path / "a.flac") == [tmp_path / "a.flac"]
    with pytest.raises(InputError, match="no such file"):
        find_mixes(tmp_path / "absent")


def test_mixes_of_one_name_have_stems_of_their_own() -> None:
    mixes = [Path(p) for p in ("/m/a/song.mp3", "/m/a/song.wav", "/m/b/song.mp3", "/m/a_b/song.mp3", "/m/a/b_song.mp3")]
    names = {Separator.name_of(mix) for mix in mixes}
    assert len(names) == len(mixes) and all("song-" in name for name in names)
    assert Separator.name_of(Path("song.mp3")) == Separator.name_of(Path("song.mp3").resolve())
