"""Opening files: in several threads at a time, and under any name."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import soundfile

from audio_subtract.files.opening import _hushed, opened
from audio_subtract.files.reader import read_audio, read_header
from subtract_core.errors import InputError
from tests.audio.sounds import RATE, song


def test_the_standard_error_is_back_after_threads_that_were_hushed_at_once() -> None:
    before = os.fstat(2)
    inside, hushed = threading.Event(), threading.Event()

    def first() -> None:
        with _hushed():
            inside.set()
            hushed.wait(0.2)  # until the other has begun, if nothing keeps it from that

    def second() -> None:
        inside.wait()
        with _hushed():
            hushed.set()
            thread.join(1.0)

    thread, other = threading.Thread(target=first), threading.Thread(target=second)
    for each in (thread, other):
        each.start()
    for each in (thread, other):
        each.join()
    assert os.path.samestat(before, os.fstat(2))


@pytest.mark.parametrize(("form", "is_heard"), [("WAV", True), ("FLAC", True), ("OGG", True), ("MP3", False)])
def test_other_threads_are_hushed_for_mp3_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    form: str,
    is_heard: bool,
) -> None:
    class Meanwhile(soundfile.SoundFile):  # type: ignore[misc]
        def __init__(self, *arguments: object) -> None:
            os.write(2, b"said by another thread")
            super().__init__(*arguments)

    path = tmp_path / "song"
    soundfile.write(path, song(1.0), RATE, format=form)
    monkeypatch.setattr(soundfile, "SoundFile", Meanwhile)
    opened(path).close()
    assert bool(capfd.readouterr().err) is is_heard


def test_names_that_are_no_utf_8_are_names(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.flac")
    try:
        soundfile.write(tmp_path / "a.flac", song(1.5), RATE)
        (tmp_path / "a.flac").rename(path)
    except (OSError, UnicodeError):
        pytest.skip("such names cannot be here")
    assert read_header(path).seconds == read_audio(path).seconds == 1.5
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"\.flac: is damaged or truncated"):
        read_audio(path)
