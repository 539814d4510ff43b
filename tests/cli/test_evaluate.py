"""`msub evaluate`: what a person sees of it."""

import json
from pathlib import Path

import pytest

from .conftest import Call


@pytest.fixture
def data(call: Call, tmp_path: Path) -> Path:
    """A training set of two long songs."""
    examples = Path(__file__).parents[2] / "examples"
    assert call("prepare", "midi", examples, "-o", tmp_path / "data", "--workers", 1).exit_code == 0
    return tmp_path / "data"


def test_instructions_are_measured_and_reported(call: Call, data: Path, model: str, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    options = ("--instruments", "guitar", "--cases", 2, "--model", model)
    result = call("evaluate", "instructions", data, "-o", report, *options)
    assert result.exit_code == 0, result.stderr
    figures = json.loads(report.read_text())["guitar"]
    assert figures["cases"] == 2 and set(figures["fit"]) == {"agreement", "note F1", "in-harmony"}
    assert figures["fit_cases"] >= 2 and "95% interval of the difference" in result.stdout
    flips = [share for share in figures["flips"].values() if share is not None]  # of random parts some have no swing
    assert all(0 <= share <= 1 for share in flips) and len(figures["flips"]) == 11 and len(flips) >= 8
    assert "guitar, 2 cases" in result.stdout and "strummed / single-note lead" in result.stdout


def test_too_few_songs_are_named(call: Call, model: str, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "night_drive.mid"
    assert call("prepare", "midi", example, "-o", tmp_path / "data", "--workers", 1).exit_code == 0
    result = call("evaluate", "instructions", tmp_path / "data", "-o", tmp_path / "r.json", "--instruments", "guitar")
    assert result.exit_code == 1
    assert "fewer than two songs have 32 bars with guitar and other instruments" in result.stderr
    assert not (tmp_path / "r.json").exists()


def test_a_report_is_not_written_over(call: Call, data: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    report.write_text("mine")
    result = call("evaluate", "instructions", data, "-o", report)
    assert result.exit_code == 1 and "exists already" in result.stderr and report.read_text() == "mine"


def test_an_unknown_instrument_is_named(call: Call, data: Path, tmp_path: Path) -> None:
    result = call("evaluate", "instructions", data, "-o", tmp_path / "r.json", "--instruments", "kazoo")
    assert result.exit_code == 1 and "--instruments: 'kazoo'" in result.stderr
    assert not (tmp_path / "r.json").exists()
