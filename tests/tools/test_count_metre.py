"""Counting where in the bar what kinds of notes begin."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from cli.app import app
from midi_subtract.listening.beats import BAR_BEATS, MARKS
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Meter, Song, Track
from tools.count_metre import is_counted, shares

BAR = BAR_BEATS * STEPS_PER_BEAT
EXAMPLES = Path(__file__).parents[2] / "examples"


def a_song(meter: int = 4) -> Song:
    bars = range(16)
    kit = Notes.of([(bar * BAR + at, key, 1, 90) for bar in bars for at, key in ((0, 36), (12, 38), (36, 38))])
    keys = Notes.of([(bar * BAR + 6, pitch, 6, 80) for bar in bars for pitch in (60, 64, 67)])
    return Song([Track("", 0, True, kit), Track("", 0, False, keys)], [Meter(0, meter, 4)], [(0, 120.0)], 480)


def test_shares_say_where_what_begins() -> None:
    table = dict(zip(MARKS, shares([a_song()]), strict=True))
    assert np.flatnonzero(table["kick"]).tolist() == [0] and table["kick"][0] == BAR
    assert np.flatnonzero(table["snare"]).tolist() == [12, 36]
    assert np.flatnonzero(table["known, high, more, short"]).tolist() == [6]
    assert not table["cymbal"].any()


def test_songs_in_other_meters_are_not_counted() -> None:
    assert is_counted(a_song()) and not is_counted(a_song(meter=3))


def test_the_shipped_table_has_a_row_of_a_bar_for_every_kind() -> None:
    rows = json.loads((Path(__file__).parents[2] / "midi_subtract" / "listening" / "metre.json").read_text())["shares"]
    assert list(rows) == list(MARKS) and {len(row) for row in rows.values()} == {BAR}
    assert int(np.argmax(rows["kick"])) == 0 and int(np.argmax(rows["snare"])) in (12, 36)


def test_the_tool_writes_the_table(tmp_path: Path) -> None:
    import typer

    from tools.count_metre import main

    songs = tmp_path / "set"
    runner = CliRunner()
    assert runner.invoke(app, ["prepare", "midi", str(EXAMPLES), "-o", str(songs), "-q"]).exit_code == 0
    tool = typer.Typer()
    tool.command()(main)
    result = runner.invoke(tool, [str(songs), "-o", str(tmp_path / "metre.json")])
    assert result.exit_code == 0, result.output
    assert list(json.loads((tmp_path / "metre.json").read_text())["shares"]) == list(MARKS)
