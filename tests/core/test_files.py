"""Files are written whole or not at all, and never over others silently."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from subtract_core.errors import InputError
from subtract_core.files import encoded, path_of, write_file
from subtract_core.model.checkpoint import save_component
from subtract_core.model.sampler import SamplerConfig


def test_a_file_is_written_with_ordinary_permissions(tmp_path: Path) -> None:
    write_file(tmp_path / "a.mid", b"abc")
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert (tmp_path / "a.mid").read_bytes() == b"abc"
    assert (tmp_path / "a.mid").stat().st_mode == plain.stat().st_mode


def test_the_umask_by_which_other_threads_make_files_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(mask: int) -> int:
        raise AssertionError("another thread's file is writable by everybody now")

    monkeypatch.setattr(os, "umask", changed)
    write_file(tmp_path / "a.mid", b"abc")
    save_component(tmp_path, SamplerConfig(), {"weight": torch.zeros(2)})


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
    monkeypatch.setattr(os, "link", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_file(tmp_path / "a.mid", b"abc")
    assert list(tmp_path.iterdir()) == []


def test_devices_and_pipes_stay_what_they_are(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        for overwrite in (False, True):
            with pytest.raises(InputError, match="is a device or a pipe; a file name is needed"):
                write_file(path, b"abc", overwrite)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    for name in ("there", "missing"):
        (tmp_path / name).symlink_to(Path("far") / name)
    (tmp_path / "far" / "there").write_bytes(b"old")
    for name in ("there", "missing"):
        with pytest.raises(InputError, match="exists already"):
            write_file(tmp_path / name, b"new")
        write_file(tmp_path / name, b"new", overwrite=True)
        assert (tmp_path / name).is_symlink() and (tmp_path / "far" / name).read_bytes() == b"new"
    (tmp_path / "astray").symlink_to(tmp_path / "no" / "a.mid")
    with pytest.raises(InputError, match=r"its folder .*no does not exist"):
        write_file(tmp_path / "astray", b"new", overwrite=True)


def test_what_is_written_over_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_file(path, b"new", overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("links", [True, False])
def test_of_several_that_write_one_new_file_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", none)
    # As if all had looked before one of them wrote.
    monkeypatch.setattr("subtract_core.files.check_writable", lambda path, overwrite: None)

    def write(number: int) -> bool:
        try:
            write_file(tmp_path / "a.mid", bytes([number]))
        except InputError as error:
            assert "exists already" in str(error)
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(8))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.mid"]


@pytest.mark.parametrize("path", [None, 5, "", b"a.mid"])
def test_what_is_no_name_is_an_error(path: object) -> None:
    with pytest.raises(InputError, match=r"path: .* is no name of a file"):
        path_of(path)


@pytest.mark.parametrize(
    ("name", "reason"), [("x" * 300 + ".mid", "File name too long"), ("a\0b.mid", "is no name of a file")]
)
def test_names_that_cannot_be_are_errors_in_short(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as raised:
        write_file(tmp_path / name, b"abc")
    assert len(str(raised.value)) < 100


def test_open_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"MThd\xe0\xff")
    with path.open("rb") as closed:
        pass
    with path.open("ab") as to_write, path.open(encoding="utf-8") as text:
        for song in (closed, to_write, text):
            with pytest.raises(InputError, match=r"^song: .* cannot be read: .*; open it with mode 'rb'$"):
                encoded(song)
    with path.open("rb") as good:
        assert encoded(good) == path.read_bytes()
