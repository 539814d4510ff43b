"""`msub prepare audio` and `msub train`, from MIDI files to a model that `msub insert` takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import torch
import yaml
from safetensors.torch import load_file

from audio_subtract.model.autoencoder import AutoencoderConfig
from audio_subtract.model.spectrogram import RATE
from audio_subtract.training.train_codec import CodecTraining, train_codec
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem
from subtract_core.training.trainer import TrainerConfig
from tests.audio.sounds import clicks, written
from tests.audio.sounds import song as sound
from tests.cli.conftest import Call
from tests.cli.material import bass, conductor, piano, smf
from tests.cli.test_train import TWO_STEPS, drums

TIM = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")


@pytest.fixture
def notes(call: Call, folder: Path) -> Path:
    """A MIDI training set of two songs."""
    Path("songs").mkdir()
    for bars in (8, 9):
        content = smf(conductor(), piano(bars), bass(bars), drums(bars))
        Path("songs", f"{bars}.mid").write_bytes(content)
    assert call("prepare", "midi", "songs", "-o", "notes", "--workers", 1, "-q").exit_code == 0
    return Path("notes")


def test_from_midi_to_a_model(call: Call, notes: Path) -> None:
    pytest.importorskip("midirenderer")
    options = ("--from-midi", "--soundfont", TIM, "--seconds", 8, "--mels", 32, "--workers", 1)
    result = call("prepare", "audio", notes, "-o", "data", *options)
    assert result.exit_code == 0, result.stderr
    assert (
        "soundfonts: TimGM6mb" in result.stdout
        and "data: 2 songs, 0.0 hours (bass 2, drums 2, keys 2)" in result.stdout
    )
    rows = [json.loads(line) for line in Path("data/manifest.jsonl").read_text().splitlines()]
    assert {row["stems"]["drums"]["font"] for row in rows} == {"TimGM6mb"}
    common = {"data": "data", "validation": "data", "trainer": TWO_STEPS}
    small = {"latent_channels": 8, "width": 16}
    codec = {"kind": "audio-codec", "autoencoder": small, "batch": 2, "frames": 8, **common}
    Path("codec.yaml").write_text(yaml.safe_dump(codec))
    result = call("train", "codec.yaml", "-o", "run", "--device", "cpu")
    assert result.exit_code == 0, result.stderr
    assert "val_drums" in result.stdout and result.stdout.splitlines()[-1].startswith("run/codec: the codec")
    sizes = {"width": 32, "layers": 1, "heads": 2, "frames": 16, "batch": 2, "validation_batches": 1}
    denoiser = {"kind": "audio-denoiser", "codec": "run/codec", **sizes, **common}
    denoiser["subtraction"] = {"targets": {"drums": 1.0}}
    denoiser |= {"preconditioned": True, "workers": 1, "repeats": 2}
    Path("denoiser.yaml").write_text(yaml.safe_dump(denoiser))
    result = call("train", "denoiser.yaml", "-o", "run/model", "--device", "cpu", "--max-minutes", 1)
    assert result.exit_code == 0, result.stderr
    assert "val_loss_instructed" in result.stdout
    assert json.loads(Path("run/model/model_index.json").read_text())["kind"] == "audio_subtract"
    spread = load_file("run/model/denoiser/model.safetensors")["spread"]
    assert (spread > 0).all() and (spread != 1).any(), "the spread of the latents was not measured"


def _loops(call: Call, name: str, count: int, mels: int = 32) -> None:
    """A training set `name` of drum loops."""
    Path(f"{name}-loops").mkdir()
    for index in range(count):
        written(Path(f"{name}-loops/{index}.wav"), clicks(4 * RATE), "PCM_16")
    options = ("--stem", "drums", "--mels", mels, "--workers", 1, "-q")
    assert call("prepare", "audio", f"{name}-loops", "-o", name, *options).exit_code == 0


@pytest.mark.usefixtures("in_this_process")
def test_a_codec_goes_on_from_another_with_layers_of_other_sizes(call: Call, folder: Path) -> None:
    _loops(call, "a", 1)
    _loops(call, "b", 2)
    said: list[str] = []
    small = AutoencoderConfig(latent_channels=8, width=16, depth=1)
    first = CodecTraining("a", "a", autoencoder=small, trainer=TrainerConfig(steps=1), batch=2, frames=8)
    cpu = torch.device("cpu")
    one = train_codec(first, Path("one"), cpu, None, said.append)
    wider = replace(first, more_data=("b",), start="one/codec", autoencoder=replace(small, width=24, depth=2))
    two = train_codec(wider, Path("two"), cpu, None, said.append)
    assert "3 songs to train on, 1 to validate on" in said
    assert "the latents are those of one/codec, the rest is new" in said
    levels = [torch.randn(64, 32) * 10 - 40]
    assert torch.equal(one.encode(levels, Stem.DRUMS, 8), two.encode(levels, Stem.DRUMS, 8))
    assert two.autoencoder.first.weight.shape[0] == 24
    again = train_codec(replace(wider, start="two/codec"), Path("three"), cpu, None, said.append)
    assert len([line for line in said if "is new" in line]) == 1
    moved = (again.autoencoder.first.weight - two.autoencoder.first.weight).abs().max()
    assert 0 < moved < 0.01  # the layers went on from where they were
    finer = replace(first, start="one/codec", autoencoder=replace(small, latent_channels=12))
    more = train_codec(finer, Path("four"), cpu, None, said.append)
    assert "the layers behind the latents are those of one/codec, the rest is new" in said
    assert more.latent_channels == 12
    assert 0 < (more.autoencoder.first.weight - one.autoencoder.first.weight).abs().max() < 0.01
    with pytest.raises(ConfigError, match="neither the latents nor the layers of one/codec, which start names"):
        train_codec(replace(wider, autoencoder=replace(small, latent_channels=9, depth=2)), Path("x"), cpu, None)


@pytest.mark.usefixtures("in_this_process")
def test_training_sets_of_other_spectrograms_do_not_go_together(call: Call, folder: Path) -> None:
    _loops(call, "a", 1)
    _loops(call, "b", 1, mels=40)
    config = CodecTraining("a", "a", more_data=("b",))
    with pytest.raises(ConfigError, match="b: was prepared with another spectrogram than a"):
        train_codec(config, Path("run"), torch.device("cpu"), None, lambda _: None)
    with pytest.raises(ConfigError, match="validation: was prepared with another spectrogram than data"):
        train_codec(replace(config, more_data=(), validation="b"), Path("run"), torch.device("cpu"), None, print)


@pytest.mark.usefixtures("in_this_process")
def test_another_folder_or_other_options_do_not_go_on_with_a_set(call: Call, folder: Path) -> None:
    for name in ("one/a/drums.wav", "two/a/drums.wav"):
        Path(name).parent.mkdir(parents=True)
        written(Path(name), clicks(2 * RATE), "PCM_16")
    given = ("-o", "data", "--mels", 32, "--workers", 1, "-q")
    assert call("prepare", "audio", "one", *given).exit_code == 0
    assert call("prepare", "audio", "./one", *given).exit_code == 0
    for other in (["two"], ["one", "--stem", "drums"], ["one", "--most", 5]):
        result = call("prepare", "audio", *other, *given)
        assert result.exit_code == 1 and "data: was begun from other songs or with other settings" in result.stderr


def test_scores_are_in_time_and_vary_in_key_tempo_and_programs(notes: Path) -> None:
    from msub.scores import score_of, songs_of

    songs, total = songs_of([notes], None)
    song = next(iter(songs))[1]
    scores = [score_of(song, 12.0, np.random.default_rng(i)) for i in range(12)]
    assert total == 2
    for score in scores:
        assert set(score.tracks) == {Stem.KEYS, Stem.BASS, Stem.DRUMS} and 8 < score.seconds <= 20
        for tracks in score.tracks.values():
            assert all((t.start >= 0).all() and (t.end <= score.seconds + 1e-6).all() for t in tracks)
        (beat,) = score.tracks[Stem.DRUMS]
        assert np.diff(beat.start) == pytest.approx(np.diff(beat.start)[0])  # a drum a beat
        assert set(score.facts) == {Stem.DRUMS, Stem.BASS} and all(s.facts.levels for s in score.facts[Stem.BASS])
        assert score.bars[0] == 0 and score.bars[-1] == pytest.approx(score.seconds)
    pitches = {int(score.tracks[Stem.BASS][0].pitch[0]) for score in scores}
    assert len(pitches) > 3 and pitches <= set(range(30, 37))
    assert len({round(score.tracks[Stem.DRUMS][0].start[1], 3) for score in scores}) > 6
    assert len({score.tracks[Stem.BASS][0].program for score in scores}) > 1
    assert all(32 <= score.tracks[Stem.BASS][0].program < 40 for score in scores)
    with pytest.raises(InputError, match="at least 8 s are needed"):
        short = replace(song, tempi=[(0, 400.0)])
        score_of(short, 12.0, np.random.default_rng(0))


def test_stems_of_recordings(call: Call, folder: Path) -> None:
    for name in ("a/drums.wav", "a/bass.wav", "b/drums.wav"):
        Path("songs", name).parent.mkdir(parents=True, exist_ok=True)
        written(Path("songs", name), sound(2.0), "PCM_16")
    Path("songs/b/bass.wav").write_bytes(b"rubbish")
    written(Path("songs/a/Vlns.wav"), sound(2.0), "PCM_16")
    result = call("prepare", "audio", "songs", "-o", "data", "--mels", 32, "--workers", 1)
    assert result.exit_code == 0, result.stderr + Path("data/skipped.jsonl").read_text()
    assert "data: 1 song, 0.0 hours (bass 1, drums 1)" in result.stdout
    assert "1 skipped: cannot be used" in result.stdout
    assert "1 file not understood" in result.stdout
    row, unknown = (json.loads(line) for line in Path("data/skipped.jsonl").read_text().splitlines())
    assert row["file"] == "b" and "bass.wav: is not audio" in row["detail"]
    assert unknown["file"] == "a/Vlns.wav" and unknown["reason"] == "not understood" and unknown["detail"]
    row = json.loads(Path("data/manifest.jsonl").read_text())
    assert row["stems"] == {"drums": {"files": ["songs/a/drums.wav"]}, "bass": {"files": ["songs/a/bass.wav"]}}


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["songs", "--from-midi", "--stem", "drums"], 2, "--stem: songs from MIDI know their stems"),
        (["songs", "--soundfont", "x.sf2"], 2, "are for --from-midi"),
        (["songs", "--from-midi"], 1, "songs: no training set here"),
        (["notes", "--from-midi", "--soundfont", "absent.sf2"], 1, "absent.sf2: no such file"),
        (["notes", "--from-midi", "--hold-out", "nothing"], 1, "'nothing' is none of the soundfonts"),
        (["absent"], 1, "absent: no such file or folder"),
        (["songs"], 1, "bass.wav are needed (or --stem, where every file is one stem)"),
    ],
)
def test_what_cannot_be_prepared(call: Call, notes: Path, arguments: list[str], code: int, reason: str) -> None:
    result = call("prepare", "audio", *arguments, "-o", "data", "--workers", 1)
    assert result.exit_code == code and reason in result.stderr and result.stderr.count("\n") == 1
    assert "unexpected" not in result.stderr
