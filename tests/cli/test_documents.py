"""What `--json` prints: the same fields in every row, of whatever kind it is and however it went."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import audio_subtract.result
import midi_subtract.result
from msub.backends import Kind
from msub.rows import fact_lines, part_row
from subtract_core.explain import FactReport
from subtract_core.stems import Stem
from subtract_core.version import VERSION
from tests.audio.sounds import RATE, song, written
from tests.cli.conftest import Call
from tests.cli.material import document, song_bytes


def test_rows_of_parts_have_all_fields_of_reports() -> None:
    row = part_row(Path("a.mid"), Kind.MIDI, Stem.BASS, None)
    for report in (midi_subtract.result.InsertReport, audio_subtract.result.InsertReport):
        assert {field.name for field in fields(report)} < set(row)


def test_all_rows_of_a_document_have_the_same_fields(insert: Call, call: Call, folder: Path) -> None:
    Path("night.mid").write_bytes(song_bytes())
    Path("broken.mid").write_bytes(b"MThd")
    written(folder / "night.wav", song(2.0), "PCM_16", RATE)
    made = document(insert("night.mid", "broken.mid", "missing.wav", "--json"))
    told = document(call("info", "night.mid", "broken.mid", "night.wav", "missing.wav", "--json"))
    for said in (made, told):
        assert said["msub"] == VERSION and said["error"] is None
        rows = said["results"]
        assert len({frozenset(row) for row in rows}) == 1
        assert all(isinstance(row["warnings"], list) for row in rows)
        assert {row["song"]: row["error"] is None for row in rows}["night.mid"]
    assert [row["kind"] for row in told["results"]] == ["midi", "midi", "audio", "audio"]


def test_models_are_a_document(call: Call) -> None:
    models = document(call("models", "--json"))["results"]
    assert ("default", "midi") in {(row["model"], row["kind"]) for row in models}
    assert all(row["bytes"] > 0 and Path(row["folder"]).is_dir() and row["stems"] for row in models)


def test_phrases_that_were_not_understood_are_a_line_below_the_facts() -> None:
    fact = FactReport("density", "busy", "busy (8)", True)
    result = SimpleNamespace(report=SimpleNamespace(facts=[fact], not_understood=["like rain", "purple"]))
    assert fact_lines(result)[-1] == "  not understood: 'like rain', 'purple'"
    result.report.not_understood = []
    assert len(fact_lines(result)) == 2
