"""`msub evaluate audio`: what a person sees of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pretty_midi
import pytest
import yaml

from tests.audio.models import small_pipeline
from tests.audio.sounds import RATE, clicks, song, written
from tests.cli.conftest import Call
from tests.cli.material import bass, conductor, piano, smf
from tests.cli.test_bad_input import assert_one_line
from tests.cli.test_train import TWO_STEPS, drums

pytestmark = pytest.mark.usefixtures("few_rounds", "few_resamples")

TIM = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")
QUICK = ("--stem", "drums", "--cases", 2, "--seconds", 4, "--seeds", 1)


@pytest.fixture(scope="session")
def audio_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint of a small audio model that learned nothing but is heard."""
    path = tmp_path_factory.mktemp("audio_model")
    small_pipeline().save_pretrained(path)
    return str(path)


@pytest.fixture
def stems(folder: Path) -> Path:
    """Two songs as stems, one folder each."""
    for name, every in (("Slow", 0.5), ("Fast", 0.4)):
        place = Path("stems", name)
        place.mkdir(parents=True)
        written(place / "drums.wav", clicks(5 * RATE, every=every), "PCM_16")
        written(place / "keys.wav", song(5.0, channels=1), "PCM_16")
    return Path("stems")


def report(path: str) -> Any:
    return json.loads(Path(path).read_text())


def test_every_row_and_figure_is_in_the_report(call: Call, stems: Path, audio_model: str) -> None:
    result = call(
        "evaluate", "audio", stems, *QUICK, "--model", audio_model, "--sampler", "steps=1", "--listen", 1, "-o", "r"
    )
    assert result.exit_code == 0, result.stderr
    assert "drums, 2 cases" in result.stdout and "r.json: the figures; r.html: the report to read" in result.stdout
    document = report("r.json")
    rows = {name: row["figures"] for name, row in document["instruments"]["drums"]["rows"].items()}
    assert list(rows) == ["GT", "RAND", "RULE", "silence", "codec", "RAND-codec", "model", "model-shuffled"]
    assert rows["GT"]["onset correlation"]["value"] == pytest.approx(1) and rows["GT"]["LSD"]["cases"] == [0, 0]
    assert rows["model"]["exact"]["value"] == 1 and rows["GT"]["exact"]["value"] is None
    assert set(rows["model"]) <= set(document["measures"]) and document["model"]["sampler"]["steps"] == 1
    assert any("A4" in note and "10 each are needed" in note for note in document["instruments"]["drums"]["notes"])
    text = Path("r.html").read_text()
    assert text.startswith("<!DOCTYPE html>") and "model-shuffled" in text and "http" not in text
    assert text.count('<audio controls src="data:audio/ogg;base64,') == 5  # without; GT and model, with and alone


def test_a_stem_that_a_model_does_not_write_is_refused_before_songs_are_read(
    call: Call, stems: Path, audio_model: str
) -> None:
    only_bass = Path("only_bass")
    shutil.copytree(audio_model, only_bass)
    index = json.loads((only_bass / "model_index.json").read_text())
    (only_bass / "model_index.json").write_text(json.dumps(index | {"stems": ["bass"]}))
    (stems / "Slow" / "keys.wav").write_text("no sound")
    result = call("evaluate", "audio", stems, *QUICK, "--model", only_bass, "-o", "r")
    assert result.exit_code == 1
    assert result.stderr == "msub: error: --stem: this model does not write drums; choose one of bass\n"
    assert not Path("r.json").exists()


def test_reports_of_sound_are_compared_case_by_case(call: Call, stems: Path) -> None:
    options = (*QUICK, "--rows", "GT,RAND,silence", "--embedding", "none")
    assert call("evaluate", "audio", stems, *options, "-o", "a").exit_code == 0
    document = report("a.json")
    heard = document["instruments"]["drums"]["rows"]["RAND"]["figures"]["onset correlation"]
    heard["cases"] = [value - 0.5 for value in heard["cases"]]
    Path("b.json").write_text(json.dumps(document))
    result = call("evaluate", "compare", "a.json", "b.json", "--row", "RAND", "--json")
    assert result.exit_code == 0, result.stderr
    compared = json.loads(result.stdout)["instruments"]["drums"]
    assert compared["cases"] == 2 and compared["figures"]["onset correlation"]["difference"] == pytest.approx(-0.5)
    assert compared["figures"]["onset fit"]["difference"] == 0


def test_controls_need_no_model(call: Call, stems: Path) -> None:
    options = ("--rows", "GT,RAND,silence", "--embedding", "none")
    result = call("evaluate", "audio", stems, *QUICK, *options, "-o", "r.html")
    assert result.exit_code == 0, result.stderr
    assert "no embedding is at hand" in result.stdout
    assert list(report("r.json")["instruments"]["drums"]["rows"]) == ["GT", "RAND", "silence"]
    again = call("evaluate", "audio", stems, *QUICK, *options, "-o", "r.html")
    assert_one_line(again, "r.json: exists already")


def test_songs_of_notes_are_rendered(call: Call, folder: Path) -> None:
    pytest.importorskip("midirenderer")
    Path("songs").mkdir()
    for bars in (8, 9):
        Path("songs", f"{bars}.mid").write_bytes(smf(conductor(), piano(bars), bass(bars), drums(bars)))
    assert call("prepare", "midi", "songs", "-o", "notes", "--workers", 1, "-q").exit_code == 0
    options = ("--from-midi", "--soundfont", TIM, "--rows", "GT,GT-resounded,RULE,silence", "--listen", 0)
    result = call("evaluate", "audio", "notes", *QUICK, *options, "-o", "r")
    assert result.exit_code == 0, result.stderr
    document = report("r.json")
    assert document["settings"]["soundfonts"] == "TimGM6mb"
    rows = document["instruments"]["drums"]["rows"]
    assert rows["GT"]["figures"]["true-beat F1"]["value"] > 0.7  # the beats are those of the notes
    assert rows["RULE"]["figures"]["sounding"]["value"] == 1 and rows["silence"]["figures"]["sounding"]["value"] == 0
    assert "GT-resounded" not in rows and "GT-resounded is left out: there is none for drums" in result.stdout
    again = call("evaluate", "audio", "notes", *QUICK, *options, "--other-soundfont", TIM, "-o", "again")
    assert again.exit_code == 0, again.stderr
    figures = report("again.json")["instruments"]["drums"]["rows"]["GT-resounded"]["figures"]
    assert figures["onset correlation"]["value"] > 0.9 and abs(figures["loudness bias"]["value"]) < 0.5


@pytest.mark.usefixtures("in_this_process")
def test_an_embedding_is_trained_and_used(call: Call, stems: Path) -> None:
    assert call("prepare", "audio", stems, "-o", "data", "--workers", 1, "-q").exit_code == 0
    small = {"width": 16, "depth": 1, "features": 4, "frames": 32, "batch": 2, "late": 2, "targets": {"drums": 1.0}}
    config = {"kind": "audio-embedding", "data": "data", "validation": "data", "trainer": TWO_STEPS, **small}
    Path("embedding.yaml").write_text(yaml.safe_dump(config))
    result = call("train", "embedding.yaml", "-o", "run", "--device", "cpu")
    assert result.exit_code == 0, result.stderr
    assert "val_right_of_8" in result.stdout and "run/embedding: the embedding" in result.stdout
    options = ("--rows", "GT", "--embedding", "run/embedding", "--listen", 0)
    result = call("evaluate", "audio", stems, *QUICK, *options, "-o", "r")
    assert result.exit_code == 0 and "2 songs measured and 0 others" in result.stdout


@pytest.mark.parametrize(
    ("options", "message", "code"),
    [
        (("--rows", "GT,XYZ"), "--rows: 'XYZ' is no row; choose from GT, GT-resounded, RAND", 1),
        (("--soundfont", TIM), "--soundfont: is for --from-midi; leave it out, or add it", 2),
        (("--other-soundfont", TIM), "--other-soundfont: is for --from-midi; leave it out, or add it", 2),
        (("--stem", "guitar"), "SONGS: 0 of them have 4 s with guitar beside other stems; 2 are needed", 1),
        (("--embedding", "nothing"), "embedding: 'nothing' is neither default, clap, clap:NAME nor none", 1),
        (("--from-midi",), "stems: no training set here", 1),
        (("--rows", "model", "--model", "nothing"), "model: nothing is neither a checkpoint folder nor", 1),
    ],
)
def test_bad_input_is_named(call: Call, stems: Path, options: tuple[Any, ...], message: str, code: int) -> None:
    result = call("evaluate", "audio", stems, *QUICK, "--rows", "GT", *options, "-o", "r")
    assert_one_line(result, message, code=code)
    assert not Path("r.json").exists()
