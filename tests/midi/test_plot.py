"""Pictures of piano rolls."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from midi_subtract import plot
from midi_subtract.notes import Notes
from midi_subtract.plot import _is_new, piano_roll_figure
from midi_subtract.song import Meter, Song, Track
from subtract_core.errors import InputError
from subtract_core.stems import Stem

KEYS = Track("keys", 0, False, Notes.of([(0, 60, 12, 80), (12, 64, 12, 80)]))
KIT = Track("kit", 0, True, Notes.of([(0, 36, 1, 100), (24, 38, 1, 100), (24, 3, 1, 90)]))  # key 3 is no drum
BASS = Track("bass", 33, False, Notes.of([(0, 36, 24, 90)]))


def song(*tracks: Track) -> Song:
    return Song(list(tracks), [Meter(0, 4, 4)], [(0, 120.0)], 480, "song.mid")


@pytest.mark.parametrize(
    ("before", "new", "stem"),
    [((KEYS, KIT), BASS, Stem.BASS), ((KEYS,), KIT, Stem.DRUMS), ((KIT,), BASS, Stem.BASS)],
)
def test_a_png_is_written(tmp_path: Path, before: tuple[Track, ...], new: Track, stem: Stem) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "roll.png"
    piano_roll_figure(song(*before), song(*before, new), stem, path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_name_is_no_mathematics(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "roll.png"
    after = replace(song(KEYS, BASS), name=r"x$\frac$y.mid")
    piano_roll_figure(song(KEYS), after, Stem.BASS, path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_nothing_is_overwritten_silently(tmp_path: Path) -> None:
    path = tmp_path / "roll.png"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists already"):
        piano_roll_figure(song(KEYS), song(KEYS, BASS), Stem.BASS, path)
    assert path.read_bytes() == b"mine"


def test_only_png_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.png"):
        piano_roll_figure(song(KEYS), song(KEYS, BASS), Stem.BASS, tmp_path / "roll.mid")


def test_a_missing_matplotlib_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match=r"pip install 'msub\[plot\]'"):
        piano_roll_figure(song(KEYS), song(KEYS, BASS), Stem.BASS, tmp_path / "roll.png")


def test_added_notes_are_told_from_those_that_were_there() -> None:
    old = Notes.of([(0, 36, 12, 90), (12, 36, 12, 90)])
    more = Notes.of([(0, 36, 12, 90), (0, 43, 12, 90), (12, 36, 12, 90), (12, 36, 12, 90)])
    new = more.select(_is_new(old, more))
    assert list(zip(new.onset.tolist(), new.pitch.tolist(), strict=True)) == [(0, 43), (12, 36)]


def test_a_part_that_was_replaced_is_drawn_before_but_not_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    drawn: list[tuple[str, int]] = []
    monkeypatch.setattr(plot, "draw_notes", lambda axes, boxes, colour, name, alpha: drawn.append((name, len(boxes))))
    other = Track("bass", 33, False, Notes.of([(0, 40, 24, 90), (24, 43, 24, 90)]))
    monkeypatch.setattr("matplotlib.axes.Axes.legend", lambda *_, **__: None)
    piano_roll_figure(song(KEYS, BASS), song(KEYS, other), Stem.BASS, tmp_path / "roll.png")
    assert [count for name, count in drawn if name == "bass"] == [1, 0]
    assert [count for name, count in drawn if name == "bass (new)"] == [2]
