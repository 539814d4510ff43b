"""`msub prepare` and `msub train`, from MIDI files to a model that `msub insert` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file, save_file

from midi_subtract.files.smf_edit import encode_track
from tests.cli.conftest import Call
from tests.cli.material import TICKS, bass, conductor, files, piano, smf

SMALL = {"latent_channels": 8, "hidden": 16}
TWO_STEPS = {"steps": 2, "warmup_steps": 1, "precision": "float32"}


def drums(bars: int) -> bytes:
    rows = [(beat * TICKS, beat * TICKS + 60, 36 if beat % 2 == 0 else 38, 100) for beat in range(bars * 4)]
    return encode_track("kit", 0, 9, rows)


@pytest.fixture
def songs(folder: Path) -> Path:
    """A folder of three songs of use, two copies, and two files of none."""
    path = Path("songs")
    path.mkdir()
    for bars in (8, 9, 10):
        (path / f"{bars}.mid").write_bytes(smf(conductor(), piano(bars), bass(bars), drums(bars)))
    (path / "copy.mid").write_bytes((path / "8.mid").read_bytes())
    (path / "broken.mid").write_bytes(b"MThd")
    (path / "short.mid").write_bytes(smf(conductor(), piano(2), bass(2), drums(2)))
    return path


def test_training_set_and_its_report(call: Call, songs: Path) -> None:
    result = call("prepare", "midi", songs, "-o", "data", "--workers", 1)
    assert result.exit_code == 0
    assert "data: 3 songs kept (bass 3, drums 3, keys 3)" in result.stdout
    assert "  1 skipped: duplicate" in result.stdout and "  1 skipped: unreadable" in result.stdout
    assert "files and reasons are in data/skipped.jsonl" in result.stdout
    reasons = [json.loads(line)["file"] for line in Path("data/skipped.jsonl").read_text().splitlines()]
    assert sorted(reasons) == ["songs/broken.mid", "songs/copy.mid", "songs/short.mid"]


def test_training_set_of_nothing(call: Call, folder: Path) -> None:
    Path("empty").mkdir()
    result = call("prepare", "midi", "empty", "-o", "data", "--workers", 1)
    assert result.exit_code == 1 and "no song was kept" in result.stderr


def test_training_set_of_an_empty_name_is_not_the_current_folder(call: Call, songs: Path, folder: Path) -> None:
    before = files(folder)
    result = call("prepare", "midi", "", "-o", "data", "--workers", 1)
    assert result.exit_code == 2 and files(folder) == before
    assert result.stderr == "msub: error: INPUT: a name is empty; give a folder, an archive or a MIDI file\n"


@pytest.mark.parametrize(("given", "out"), [("absent", "data"), ("songs", "songs/8.mid")])
def test_training_set_that_cannot_be_made(call: Call, songs: Path, given: str, out: str) -> None:
    before = files(Path())
    result = call("prepare", "midi", given, "-o", out, "--workers", 1)
    assert result.exit_code == 1 and result.stderr.count("\n") == 1 and "unexpected" not in result.stderr
    assert files(Path()) - before <= {"data", "data/shards"}


def test_sets_without_songs_are_named(call: Call, songs: Path) -> None:
    assert call("prepare", "midi", songs, "-o", "data", "--workers", 1, "-q").exit_code == 0
    assert call("prepare", "midi", songs / "broken.mid", "-o", "none", "--workers", 1, "-q").exit_code == 1
    for fields, named in (
        ({"data": "none", "validation": "data"}, "data: none"),
        ({"data": "data", "validation": "none"}, "validation: none"),
    ):
        result = call("train", write_yaml("codec.yaml", {"kind": "midi-codec", **fields}), "-o", "run")
        assert result.exit_code == 1
        assert result.stderr == f"msub: error: {named} holds no songs; none/skipped.jsonl says why\n"


def write_yaml(name: str, content: object) -> str:
    Path(name).write_text(yaml.safe_dump(content))
    return name


def test_from_midi_files_to_a_part(call: Call, songs: Path) -> None:
    assert call("prepare", "midi", songs, "-o", "data", "--workers", 1, "-q").exit_code == 0
    common = {"data": "data", "validation": "data", "trainer": TWO_STEPS}
    windows = {"pitched_windows": 2, "drum_windows": 2}
    codec = write_yaml(
        "codec.yaml", {"kind": "midi-codec", "codec": {"pitched": SMALL, "drums": SMALL}, **windows, **common}
    )
    result = call("train", codec, "-o", "run", "--device", "cpu")
    assert result.exit_code == 0 and "step 2" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("run/codec: the codec")
    sizes: dict[str, object] = {"width": 32, "layers": 1, "heads": 2, "frames": 16, "batch": 2, "validation_batches": 1}
    sizes |= {"subtraction": {"targets": {"bass": 1.0}}, "source_weights": {"groove": 4.0}}  # as the shipped configs do
    denoiser = write_yaml("denoiser.yaml", {"kind": "midi-denoiser", "codec": "run/codec", **sizes, **common})
    result = call("train", denoiser, "-o", "run/model", "--device", "cpu", "--max-minutes", 1)
    assert result.exit_code == 0, result.stderr
    assert "use it with msub insert --model run/model" in result.stdout
    assert f"source_weights: no song is of groove; the training set has songs of {songs.name}" in result.stdout
    onward = {"start": "run/model/denoiser", "trainer": {**TWO_STEPS, "learning_rate": 0.0}}
    again = {"kind": "midi-denoiser", "codec": "run/codec", **sizes, **common, **onward, "workers": 1}
    assert call("train", write_yaml("again.yaml", again), "-o", "run/again", "--device", "cpu").exit_code == 0
    weights = "denoiser/model.safetensors"  # at a learning rate of zero the weights it started from come out
    assert Path("run/again", weights).read_bytes() == Path("run/model", weights).read_bytes()
    deeper = write_yaml("deeper.yaml", {**again, "layers": 2, "workers": 0, "start": "run/model", "codec": "run/model"})
    assert call("train", deeper, "-o", "run/deeper", "--device", "cpu").exit_code == 0
    assert json.loads(Path("run/deeper/denoiser/config.json").read_text())["layers"] == 2
    wider = write_yaml("wider.yaml", {**again, "width": 64, "workers": 0})
    result = call("train", wider, "-o", "run/wider", "--device", "cpu")
    assert result.exit_code == 1 and "start: run/model/denoiser holds a DenoiserConfig(" in result.stderr
    longer = write_yaml("longer.yaml", {**again, "trainer": {**TWO_STEPS, "steps": 3}, "workers": 0})
    result = call("train", longer, "-o", "run/again", "--device", "cpu")
    assert result.exit_code == 0 and "resumed at step 2" in result.stdout
    codec_weights = Path("run/codec/model.safetensors")
    save_file({name: value + 1 for name, value in load_file(codec_weights).items()}, codec_weights)
    result = call("train", longer, "-o", "run/again", "--device", "cpu")
    assert result.exit_code == 1 and "run/again/training/state.safetensors: was trained on another c" in result.stderr
    result = call("insert", songs / "8.mid", "--instrument", "bass", "--model", "run/model", "--steps", 1)
    assert result.exit_code == 0 and Path("songs/8.bass.mid").exists()
    result = call("insert", songs / "8.mid", "--instrument", "guitar", "--model", "run/model", "--steps", 1)
    assert result.exit_code == 1 and not Path("songs/8.guitar.mid").exists()
    assert "instrument: this model does not write guitar; choose one of bass" in result.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"data": "x"}, "field kind is None; it is one of midi-codec, midi-denoiser"),
        ({"kind": "audio"}, "field kind is 'audio'; it is one of midi-codec, midi-denoiser"),
        ({"kind": ["midi-codec"]}, "field kind is ['midi-codec']"),
        ("text", "field kind is None"),
        ({"kind": "midi-codec", "data": "x", "validation": "x", "sped": 1}, "unknown field sped"),
        (
            {"kind": "midi-denoiser", "data": "x", "validation": "x", "codec": "x", "stretch": 0.1},
            "a config of these fields is of kind audio-denoiser",
        ),
        ({"kind": "midi-codec", "data": "x", "validation": "x"}, "x: no training set here"),
    ],
)
def test_configs_that_cannot_be_used(call: Call, folder: Path, content: object, reason: str) -> None:
    result = call("train", write_yaml("bad.yaml", content), "-o", "run")
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert reason in result.stderr and "unexpected" not in result.stderr


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"width": 255}, "width is 255; a multiple of 2 * heads (8) is needed"),
        ({"heads": 0}, "heads is 0; choose 1 or more"),
        ({"layers": 0}, "layers is 0; choose 1 or more"),
        ({"frames": -4}, "frames is -4; choose 1 or more"),
        ({"batch": 0}, "batch is 0; choose 1 or more"),
        ({"validation_batches": 0}, "validation_batches is 0; choose 1 or more"),
        ({"transpose": 99}, "transpose is 99; choose 0 to 12"),
        ({"transpose": -1}, "transpose is -1; choose 0 to 12"),
        ({"source_weights": {"groove": -1.0}}, "source_weights.groove is -1.0; choose 0 or more"),
        ({"other_meters": -1.0}, "other_meters is -1.0; choose 0 or more"),
        ({"threes": 1.5}, "threes is 1.5; choose 0 to 1"),
        ({"trainer": {"learning_rate": -1.0}}, "trainer.learning_rate is -1.0; choose 0 or more"),
        ({"trainer": {"learning_rate": ".nan"}}, "field trainer.learning_rate is '.nan'"),
        ({"trainer": {"ema_decay": 2.0}}, "trainer.ema_decay is 2.0; choose 0 to 1"),
        ({"trainer": {"decay_share": -0.1}}, "trainer.decay_share is -0.1; choose 0 to 1"),
        ({"trainer": {"validate_every": 0}}, "trainer.validate_every is 0; choose 1 or more"),
        ({"trainer": {"save_every": 0}}, "trainer.save_every is 0; choose 1 or more"),
        ({"trainer": {"gradient_clip": 0.0}}, "trainer.gradient_clip is 0.0; more than 0 is needed"),
        ({"trainer": {"betas": [0.9]}}, "trainer.betas is (0.9,); two numbers from 0 to below 1 are needed"),
        ({"trainer": {"betas": [0.9, 1.0]}}, "two numbers from 0 to below 1 are needed"),
    ],
    ids=str,
)
def test_denoisers_that_cannot_be_trained(call: Call, folder: Path, fields: dict[str, object], reason: str) -> None:
    content = {"kind": "midi-denoiser", "data": "x", "validation": "x", "codec": "x", **fields}
    result = call("train", write_yaml("bad.yaml", content), "-o", "run")
    assert result.exit_code == 1 and result.stderr.startswith("msub: error: bad.yaml: ")
    assert reason in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["midi-denoiser", "audio-denoiser"])
def test_a_codec_that_is_not_there_is_named_with_its_field(call: Call, folder: Path, kind: str) -> None:
    content = {"kind": kind, "data": "x", "validation": "x", "codec": "nowhere"}
    result = call("train", write_yaml("bad.yaml", content), "-o", "run")
    assert result.exit_code == 1 and result.stderr.startswith("msub: error: codec: nowhere/config.json: no such file")


def test_config_that_is_no_yaml(call: Call, folder: Path) -> None:
    for content in (b"a: [", b"\xff\xfe\x00"):
        Path("bad.yaml").write_bytes(content)
        result = call("train", "bad.yaml")
        assert result.exit_code == 1 and "bad.yaml: not valid YAML" in result.stderr


def test_config_of_the_package_goes_by_its_name(folder: Path) -> None:
    from msub.train import find_config

    assert find_config("midi/denoiser").is_file() and find_config("midi/codec").is_file()


def test_config_that_is_not_there(call: Call, folder: Path) -> None:
    result = call("train", "midi/nothing")
    assert result.exit_code == 1
    assert (
        "midi/nothing: no such file; msub's own configs are audio/codec, audio/denoiser, audio/embedding, "
        "audio/riffusion, midi/codec, midi/codec-further, midi/denoiser, midi/matcher, midi/open, midi/open-codec, "
        "midi/styles, text" in result.stderr
    )
