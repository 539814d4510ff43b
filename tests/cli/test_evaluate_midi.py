"""`msub evaluate midi` and `msub evaluate compare`: what a person sees of them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import midi_subtract
from midi_subtract.evaluation.cases import Case
from midi_subtract.evaluation.controls import mma_installed
from midi_subtract.evaluation.rows import Subject
from midi_subtract.notes import Notes

from .conftest import Call, invoke

pytestmark = pytest.mark.usefixtures("few_resamples")

EXAMPLES = Path(__file__).parents[2] / "examples"
QUICK = ("--instruments", "bass", "--cases", 2, "--seeds", 2, "--bars", 8, "--form-songs", 0)


def report(path: Path) -> Any:
    return json.loads(path.with_suffix(".json").read_text())


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, model: str, few_resamples: None) -> Path:
    """The report `r` on the example songs' files, with every row."""
    out = tmp_path_factory.mktemp("report") / "r"
    result = invoke("evaluate", "midi", EXAMPLES, "-o", out, *QUICK, "--model", model)
    assert result.exit_code == 0, result.stderr
    assert "bass, 2 cases" in result.stdout and f"{out}.html" in result.stdout
    return out


def test_every_row_and_measure_is_in_the_json(evaluated: Path) -> None:
    bass = report(evaluated)["instruments"]["bass"]
    controls = {"GT", "RAND", "RANDkey", "RULE", "COPY1", "rotated", "model", "model-shuffled"}
    assert controls <= bass["rows"].keys() <= controls | {"MMA", "MMA-tuned"}
    assert ("MMA" in bass["rows"]) == mma_installed()
    truth = bass["rows"]["GT"]["figures"]
    assert truth["note F1"] == {"value": 1.0, "interval": [1.0, 1.0], "measured": 2, "cases": [1.0, 1.0]}
    assert truth["M1 gap"]["value"] == 0
    figures = bass["rows"]["model"]["figures"]
    assert {"in-harmony", "M1 gap", "agreement", "best-of-k note F1", "structure", "diversity", "no-op rate"} <= set(
        figures
    )
    assert figures["diversity"]["value"] > 0  # the small model writes other notes for every seed
    assert bass["preservation"]["bytes kept"]["value"] == bass["preservation"]["notes heard"]["value"] == 1
    assert any("realism (M5) is left out" in note for note in bass["notes"])
    assert [len(seeds) for seeds in bass["rows"]["model"]["figures"]["in-harmony"]["by_seed"]] == [2, 2]
    weights = Path(midi_subtract.__file__).parent / "weights"
    for judge, folder in (("matcher", "default/matcher"), ("styles", "styles")):
        digest = hashlib.sha256((weights / folder / "model.safetensors").read_bytes()).hexdigest()
        assert report(evaluated)["judges"][judge] == digest[:12]


def test_the_page_stands_alone_and_says_what_is_missing(evaluated: Path) -> None:
    text = evaluated.with_suffix(".html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert 'src="data:image/' in text
    assert "http://" not in text and "https://" not in text and "<script" not in text
    assert "model-shuffled" in text and "piano roll of examples/" in text
    assert "Context match (M3, M4) is left out" in text
    assert "<small>1.00 &ndash; 1.00, n=2</small>" in text


def test_without_matplotlib_the_page_says_what_plots_need(
    call: Call, tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from midi_subtract.evaluation import plots

    monkeypatch.setattr(plots, "available", lambda: False)
    options = ("--rows", "GT,RAND,model", "--seeds", 1, "--model", model)
    result = call("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *QUICK, *options)
    assert result.exit_code == 0, result.stderr
    text = (tmp_path / "r.html").read_text()
    assert "pip install &#x27;msub[plot]&#x27;" in text and "data:image" not in text


def test_controls_need_no_model(call: Call, tmp_path: Path) -> None:
    options = ("--rows", "GT,RAND,RULE", "--model", tmp_path / "none")
    result = call("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r.json", *QUICK, *options)
    assert result.exit_code == 0, result.stderr
    assert list(report(tmp_path / "r")["instruments"]["bass"]["rows"]) == ["GT", "RAND", "RULE"]
    assert {path.name for path in tmp_path.iterdir()} == {"r.json", "r.html"}


def test_with_text_the_model_is_also_measured_without(call: Call, tmp_path: Path, model: str) -> None:
    options = ("--rows", "GT,model,model-no-text", "--with-text", "--seeds", 1, "--model", model)
    result = call("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *QUICK, *options)
    assert result.exit_code == 0, result.stderr
    assert set(report(tmp_path / "r")["instruments"]["bass"]["rows"]) == {"GT", "model", "model-no-text"}


def test_a_prepared_set_with_copies_files_and_a_log(call: Call, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert call("prepare", "midi", EXAMPLES, "-o", data, "--workers", 1).exit_code == 0
    log = tmp_path / "log.csv"
    log.write_text("step,figure,value\n10,loss,2.0\n20,loss,1.0\n20,val_loss,1.5\n")
    m9 = tmp_path / "m9.json"
    told = {"note F1": {"without": 0.25, "with": 0.3125, "difference": [-0.0125, None]}}
    measured = {"cases": 2, "flips": {"density": 0.5, "swing": None}, "spearman": {"density": None}, "same": 0.1}
    m9.write_text(json.dumps({"bass": {**measured, "fit": told, "fit_cases": 3}}))
    options = ("--rows", "GT,RULE", "--training", data, "--files", EXAMPLES, "--log", log, "--instructions", m9)
    result = call("evaluate", "midi", data, "-o", tmp_path / "r", *QUICK, *options)
    assert result.exit_code == 0, result.stderr
    bass = report(tmp_path / "r")["instruments"]["bass"]
    beats = [case["bars"] * 4 for case in bass["cases"] if case["common_time"]]
    assert max(bass["rows"]["GT"]["figures"]["longest copy"]["cases"]) == max(beats)  # it is in the training set
    assert bass["rows"]["RULE"]["figures"]["longest copy"]["value"] < max(beats)
    assert bass["preservation"]["files"] == 2
    text = (tmp_path / "r.html").read_text()
    assert "Learning curves" in text and "moved the right way" in text
    assert "<td>swing</td><td>\u2013</td>" in text
    assert "<td>note F1</td><td>0.25</td><td>0.31</td><td>-0.01 to \u2013</td>" in text


def test_an_evaluation_that_was_stopped_goes_on_with_what_was_written(
    call: Call, evaluated: Path, tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int, bool]] = []
    stops = [6]  # parts after which it is stopped

    def write(subject: Subject, case: Case, context: Case, seed: int, told: bool = True) -> Notes:
        if len(asked) == stops[0]:
            raise KeyboardInterrupt
        asked.append((case.song_name, seed, case is context))
        return written(subject, case, context, seed, told)

    written = Subject.write
    monkeypatch.setattr(Subject, "write", write)
    command = ("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *QUICK, "--model", model)
    assert call(*command).exit_code != 0 and not (tmp_path / "r.json").exists()
    parts = tmp_path / "r.parts.jsonl"
    with parts.open("a") as file:
        file.write('{"case": "cut o')
    other = call(*command, "--alone")
    assert other.exit_code == 1 and f"{parts}: holds parts of an evaluation with other settings" in other.stderr
    whole = parts.read_text()
    monkeypatch.setattr("midi_subtract.evaluation.kept._code", lambda: 0)
    edited = call(*command)
    assert edited.exit_code == 1 and "other code" in edited.stderr and parts.read_text() == whole
    monkeypatch.undo()
    monkeypatch.setattr(Subject, "write", write)
    stops[0] = 100
    assert call(*command).exit_code == 0 and not parts.exists()
    assert len(asked) == len(set(asked)) == 8, "two rows of the model, two cases, two seeds"
    for now, before in zip(
        *(report(r)["instruments"]["bass"]["rows"].values() for r in (tmp_path / "r", evaluated)), strict=True
    ):
        assert now["figures"] == before["figures"]


def test_parts_of_a_stopped_evaluation_are_written_over_where_that_is_allowed(
    call: Call, tmp_path: Path, model: str
) -> None:
    parts = tmp_path / "r.parts.jsonl"
    parts.write_text('{"code": 0}\n{"case": "of another"}\n')
    command = ("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *QUICK, "--model", model)
    assert call(*command).exit_code == 1 and "of another" in parts.read_text()
    assert call(*command, "--overwrite").exit_code == 0 and not parts.exists()


def test_a_report_is_not_written_over(call: Call, tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("mine")
    result = call("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *QUICK)
    assert result.exit_code == 1 and "r.html: exists already" in result.stderr
    assert (tmp_path / "r.html").read_text() == "mine" and not (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    ("options", "message", "code"),
    [
        (("--rows", "GT,XYZ"), "--rows: 'XYZ' is no row; choose from GT, RAND", 1),
        (("--instruments", "kazoo"), "--instruments: 'kazoo'", 1),
        (("--source", "ours"), "--source and --manifest go together", 2),
        (("--log", EXAMPLES / "night_drive.mid"), "night_drive.mid", 1),
        (("--bars", 400), "of 4 songs 0 hold 400 bars with bass", 1),
    ],
)
def test_bad_input_is_named(call: Call, tmp_path: Path, options: tuple[Any, ...], message: str, code: int) -> None:
    result = call("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *QUICK, "--rows", "GT,RAND", *options)
    assert result.exit_code == code and message in result.stderr
    assert not list(tmp_path.iterdir())


def test_files_that_are_not_there_are_named_before_anything_is_measured(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from midi_subtract.evaluation.panel import Panel

    monkeypatch.setattr(Panel, "run", lambda panel: pytest.fail("it was measured"))
    options = (*QUICK, "--rows", "GT,RAND", "--files", tmp_path / "nowhere.tar")
    result = call("evaluate", "midi", EXAMPLES, "-o", tmp_path / "r", *options)
    assert result.exit_code == 1 and result.stderr.endswith("nowhere.tar: no such file or folder\n")


def test_what_a_model_does_not_write_is_named_before_anything_is_written(
    call: Call, tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from midi_subtract.inserter import MidiInserter

    only_bass = tmp_path / "model"
    shutil.copytree(model, only_bass)
    index = json.loads((only_bass / "model_index.json").read_text())
    (only_bass / "model_index.json").write_text(json.dumps(index | {"stems": ["bass"]}))
    written: list[object] = []
    monkeypatch.setattr(MidiInserter, "write", lambda *given, **how: written.append(given))
    refused = "msub: error: --instruments: this model does not write guitar; choose one of bass\n"
    for kind, options in (("midi", QUICK), ("instructions", ("--cases", 2, "--fit-cases", 2))):
        data = EXAMPLES
        if kind == "instructions":
            data = tmp_path / "data"
            assert call("prepare", "midi", EXAMPLES, "-o", data, "--workers", 1).exit_code == 0
        several = ("--instruments", "bass,guitar", "--model", only_bass)
        result = call("evaluate", kind, data, "-o", tmp_path / "r", *options, *several)
        assert result.exit_code == 1 and result.stderr == refused and not written


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are UTF-8 there")
def test_songs_whose_names_are_not_utf8_are_measured(call: Call, tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    songs.mkdir()
    for path in EXAMPLES.glob("*.mid"):
        shutil.copy(path, songs / os.fsdecode(b"caf\xe9 " + path.name.encode()))
    result = call("evaluate", "midi", songs, "-o", tmp_path / "r", *QUICK, "--rows", "GT,RAND")
    assert result.exit_code == 0, result.stderr
    assert "songs/caf\udce9 " in report(tmp_path / "r")["instruments"]["bass"]["cases"][0]["song"]
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_folder_without_songs_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = call("evaluate", "midi", tmp_path / "empty", "-o", tmp_path / "r", *QUICK)
    assert result.exit_code == 1 and "empty: holds no songs" in result.stderr


def test_a_report_differs_from_itself_by_nothing(call: Call, evaluated: Path) -> None:
    path = evaluated.with_suffix(".json")
    result = call("evaluate", "compare", path, path, "--json")
    assert result.exit_code == 0, result.stderr
    bass = json.loads(result.stdout)["instruments"]["bass"]
    assert bass["cases"] == 2 and {"note F1", "M1 gap", "structure"} <= bass["figures"].keys()
    assert all(figure["difference"] == 0 for figure in bass["figures"].values())
    assert bass["figures"]["note F1"]["interval"] == [0, 0]


def test_a_figure_of_a_single_case_is_compared_without_an_interval(call: Call, evaluated: Path, tmp_path: Path) -> None:
    changed = report(evaluated)
    changed["instruments"]["bass"]["rows"]["model"]["figures"]["note F1"]["cases"][1] = None
    other = tmp_path / "other.json"
    other.write_text(json.dumps(changed))
    pair = (evaluated.with_suffix(".json"), other)

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    document = json.loads(call("evaluate", "compare", *pair, "--json").stdout, parse_constant=refuse)
    figure = document["instruments"]["bass"]["figures"]["note F1"]
    assert figure["difference"] == 0 and figure["interval"] == [None, None]
    assert "nan" not in call("evaluate", "compare", *pair).stdout


def of_more_cases(document: Any, count: int) -> Any:
    """The report as if its songs' windows had been `count`, repeated."""
    bass = document["instruments"]["bass"]
    for entry in bass["rows"].values():
        for figure in entry["figures"].values():
            for values in {"cases", "by_seed"} & figure.keys():
                figure[values] = (figure[values] * count)[:count]
    bass["cases"] = [{**bass["cases"][i % 2], "start_step": i} for i in range(count)]
    return document


@pytest.mark.parametrize("count", [5, 6])
def test_differences_are_paired_by_case_and_starred_where_certain(
    call: Call, evaluated: Path, tmp_path: Path, count: int
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(of_more_cases(report(evaluated), count)))
    document = report(path)
    bass = document["instruments"]["bass"]
    for entry in bass["rows"].values():  # the same cases the other way round, and each of the model's F1 .25 higher
        for figure in entry["figures"].values():
            for values in {"cases", "by_seed"} & figure.keys():
                figure[values] = figure[values][::-1]
    bass["cases"] = bass["cases"][::-1]
    notes = bass["rows"]["model"]["figures"]["note F1"]
    notes["cases"] = [value + 0.25 for value in notes["cases"]]
    (tmp_path / "b.json").write_text(json.dumps(document))
    lines = call("evaluate", "compare", path, tmp_path / "b.json").stdout.splitlines()
    line = next(line for line in lines if line.strip().startswith("note F1"))
    assert line.endswith("0.250   0.250 to 0.250" + ("  *" if count == 6 else ""))
    stars = sum(line.endswith("*") for line in lines)
    said = "  no star where fewer than 6 cases were measured: it may be chance" in lines
    assert stars if count == 6 else said and not stars
    compared = json.loads(call("evaluate", "compare", path, tmp_path / "b.json", "--json").stdout)
    figures = compared["instruments"]["bass"]["figures"]
    assert math.isclose(figures["agreement"]["difference"], 0)
    assert figures["agreement"]["interval"] == [0, 0]


def test_what_other_seeds_or_another_matcher_would_move_is_left_out_with_a_word(
    call: Call, evaluated: Path, tmp_path: Path
) -> None:
    document = report(evaluated)
    for figures in (row["figures"] for row in document["instruments"]["bass"]["rows"].values()):
        figures["M3 match"] = figures["structure"]
    (tmp_path / "a.json").write_text(json.dumps(document))
    document["settings"]["seeds"], document["judges"]["matcher"] = 1, "0123456789ab"
    for figures in (row["figures"] for row in document["instruments"]["bass"]["rows"].values()):
        for figure in figures.values():
            if "by_seed" in figure:
                figure["by_seed"] = [seeds[:1] for seeds in figure["by_seed"]]
    (tmp_path / "b.json").write_text(json.dumps(document))
    pair = (tmp_path / "a.json", tmp_path / "b.json")
    bass = json.loads(call("evaluate", "compare", *pair, "--json").stdout)["instruments"]["bass"]
    assert {"M1 gap", "best-of-k note F1", "M3 match"} <= bass["left_out"].keys()
    assert not bass["left_out"].keys() & bass["figures"].keys() and "note F1" in bass["figures"]
    lines = call("evaluate", "compare", *pair).stdout
    assert "  M1 gap is left out: the reports have other numbers of seeds" in lines
    assert f"(matcher: {report(pair[0])['judges']['matcher']} and 0123456789ab)\n" in lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "no JSON object"),
        ("{", "is no JSON"),
        ('{"kind": "else"}', "is no report of `msub evaluate midi` or `msub evaluate audio` (field kind is 'else')"),
        ('{"kind": "msub evaluate midi", "instruments": {"drums": {}}}', "share no instrument (bass and drums)"),
        (
            '{"kind": "msub evaluate audio", "instruments": {"bass": {}}}',
            "b.json: is a report of `msub evaluate audio",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(
    call: Call, evaluated: Path, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "b.json").write_text(content)
    result = call("evaluate", "compare", evaluated.with_suffix(".json"), tmp_path / "b.json")
    assert result.exit_code == 1 and message in result.stderr


def test_a_row_that_is_missing_is_named(call: Call, evaluated: Path) -> None:
    path = evaluated.with_suffix(".json")
    result = call("evaluate", "compare", path, path, "--row", "model-no-text")
    assert result.exit_code == 1 and "bass has no row 'model-no-text'; choose from GT" in result.stderr
