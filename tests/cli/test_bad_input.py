"""What cannot be read or written: one line that names file and reason, and nothing left behind."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path
from typing import Any, NoReturn

import pytest

from midi_subtract.files.smf_events import encode_varlen
from tests.cli.conftest import Call
from tests.cli.material import END, bass, chunk, conductor, files, piano, smf, song_bytes

WHOLE = song_bytes()
NO_NOTES = smf(conductor())
A_DAY = smf(conductor(), chunk(encode_varlen(480 * 2 * 86_400) + b"\x90\x3c\x40\x60\x80\x3c\x40" + END))

UNREADABLE = {
    "empty": (b"", "is empty"),
    "not MIDI": (b"Once upon a time, there was a file.", "is not a MIDI file"),
    "only a header": (WHOLE[:10], "truncated inside its header"),
    "no tracks": (WHOLE[:14], "holds 0 tracks"),
    "truncated": (WHOLE[: len(WHOLE) // 2 + 1], "truncated"),
    "format 2": (smf(piano(), file_format=2), "format 2"),
    "SMPTE time": (smf(piano(), division=0xE728), "SMPTE"),
    "no ticks": (smf(piano(), division=0), "0 ticks"),
    "illegal status": (smf(chunk(b"\x00\x90\x3c\x40\x10\xf4" + END)), "damaged"),
    "24 hours": (A_DAY, "quarter notes"),
    "no notes": (NO_NOTES, "holds no notes"),
    "half a WAV": (b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt ", "is damaged or truncated"),
    "half an Ogg": (b"OggS" + bytes(40), "is damaged or truncated"),
    "half a FLAC": (b"fLaC" + bytes(40), "is damaged or truncated"),
    "half an MP3": (b"ID3\x04\x00\x00\x00\x00\x00\x00", "is not audio that can be read"),
}


def assert_one_line(result: Any, *expected: str, code: int = 1) -> None:
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("msub: error: ") and result.stderr.count("\n") == 1
    assert "unexpected" not in result.stderr
    for text in expected:
        assert text in result.stderr


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_song(insert: Call, song: Path, folder: Path, kind: str) -> None:
    content, reason = UNREADABLE[kind]
    song.write_bytes(content)
    assert_one_line(insert(song), "night.mid", reason)
    assert files(folder) == {"night.mid"}


def test_megabyte_sysex_is_kept(insert: Call, song: Path) -> None:
    sysex = b"\x00\xf0" + encode_varlen(2**20) + bytes(2**20 - 1) + b"\xf7"
    song.write_bytes(smf(chunk(sysex + END), piano()))
    assert insert(song).exit_code == 0
    assert sysex in Path("night.bass.mid").read_bytes()


def test_missing_file(insert: Call, folder: Path) -> None:
    assert_one_line(insert("absent.mid"), "absent.mid: no such file")
    assert files(folder) == set()


def test_pipe(insert: Call, folder: Path) -> None:
    os.mkfifo("pipe.mid")
    assert_one_line(insert("pipe.mid"), "pipe.mid: is a device or a pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_no_permission(insert: Call, song: Path, folder: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    assert_one_line(insert(song, "-o", "locked/x.mid"), "locked/x.mid", "permission")
    song.chmod(0)
    assert_one_line(insert(song), "night.mid", "Permission denied")
    assert files(folder) == {"night.mid", "locked"}


def test_no_permission_as_root_sees_it(insert: Call, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    assert_one_line(insert(song), "night.bass.mid: cannot be written: no permission in .")


def test_read_error(insert: Call, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert_one_line(insert(song), "night.mid: cannot be read: Input/output error")


@pytest.mark.parametrize("when", ["write", "move"])
def test_full_disk(insert: Call, song: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    whole = Path.open

    def fail(path: Any, *arguments: Any, **named: Any) -> Any:
        if when == "write" and arguments != ("xb",):
            return whole(path, *arguments, **named)
        raise OSError(errno.ENOSPC, "No space left on device")

    if when == "write":
        monkeypatch.setattr(Path, "open", fail)
    else:
        monkeypatch.setattr(os, "replace", fail)
        monkeypatch.setattr(os, "link", fail)
    assert_one_line(insert(song), "night.bass.mid: cannot be written: No space left on device")
    monkeypatch.undo()
    assert files(folder) == {"night.mid"}


def test_full_disk_for_the_second_file(insert: Call, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.link

    def fail_for_the_part(source: str, target: Path) -> None:
        if "stem" in str(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(source, target)

    monkeypatch.setattr(os, "link", fail_for_the_part)
    monkeypatch.setattr(os, "replace", fail_for_the_part)
    result = insert(song, "--stem-out", "x.stem.mid")
    assert result.exit_code == 3 and "x.stem.mid" in result.stderr
    assert Path("night.bass.mid").exists() and not Path("x.stem.mid").exists()


def test_existing_output(insert: Call, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("night.bass.mid").write_bytes(b"precious")
    assert_one_line(insert(song), "night.bass.mid: exists already", "--overwrite")
    assert Path("night.bass.mid").read_bytes() == b"precious"


def test_existing_output_is_found_before_the_model_is_loaded(call: Call, song: Path) -> None:
    Path("night.bass.3.mid").write_bytes(b"precious")
    result = call("insert", song, "--instrument", "bass", "-n", 4, "--model", "nowhere")
    assert_one_line(result, "night.bass.3.mid: exists already")


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("absent/x.mid", "its folder absent does not exist"),
        ("night.mid/x.mid", "its folder night.mid does not exist"),
        ("night.mid/", "night.mid is not a folder"),
        ("x" * 300 + ".mid", "File name too long"),
    ],
)
def test_output_that_cannot_be(insert: Call, song: Path, folder: Path, out: str, reason: str) -> None:
    assert_one_line(insert(song, "-o", out), reason)
    assert files(folder) == {"night.mid"}


def test_only_drums_are_enough(insert: Call, song: Path) -> None:
    from midi_subtract.files.smf_edit import encode_track

    song.write_bytes(smf(conductor(), encode_track("kit", 0, 9, [(0, 100, 36, 100), (480, 500, 38, 100)])))
    result = insert(song)
    assert result.exit_code == 0 and "only drums to go by" in result.stderr


def test_model_that_is_none(call: Call, song: Path, folder: Path) -> None:
    Path("empty").mkdir()
    result = call("insert", song, "--instrument", "bass", "--model", "empty")
    assert_one_line(result, "empty/model_index.json: no such file")


def test_model_of_no_such_name(call: Call, song: Path) -> None:
    assert_one_line(call("insert", song, "--instrument", "bass", "--model", "nowhere"), "model: nowhere is neither")


def test_damaged_weights(call: Call, model: str, song: Path) -> None:
    import shutil

    shutil.copytree(model, "copy")
    Path("copy/denoiser/model.safetensors").write_bytes(b"rubbish")
    assert_one_line(call("insert", song, "--instrument", "bass", "--model", "copy"), "copy/denoiser/model.safetensors")


def test_device_that_is_not_here(call: Call, model: str, song: Path) -> None:
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has it")
    result = call("insert", song, "--instrument", "bass", "--model", model, "--device", "mps")
    assert_one_line(result, "device: mps is not available")


def test_song_with_its_bass_twice_is_no_trouble(insert: Call, song: Path) -> None:
    song.write_bytes(smf(conductor(), piano(), bass(), bass()))
    assert insert(song, "--replace").exit_code == 0
