"""Files are written whole or not at all, and never over others silently."""

import os
from pathlib import Path

import pytest

from subtract_core.errors import InputError
from subtract_core.files import write_file


def test_a_file_is_written_with_ordinary_permissions(tmp_path: Path) -> None:
    write_file(tmp_path / "a.mid", b"abc")
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert (tmp_path / "a.mid").read_bytes() == b"abc"
    assert (tmp_path / "a.mid").stat().st_mode == plain.stat().st_mode


def test_the_longest_name_that_a_folder_takes_is_written(tmp_path: Path) -> None:
    write_file(tmp_path / ("x" * 255), b"abc")
    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]


def test_an_existing_file_stays_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"old")
    with pytest.raises(InputError, match="exists already"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    write_file(path, b"new", overwrite=True)
    assert path.read_bytes() == b"new"


def test_a_missing_folder_and_a_folder_as_name_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        write_file(tmp_path / "no" / "a.mid", b"")
    with pytest.raises(InputError, match="is a folder"):
        write_file(tmp_path, b"")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_file(tmp_path / "a.mid", b"abc")
    assert list(tmp_path.iterdir()) == []
