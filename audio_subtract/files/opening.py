"""Opening an audio file with libsndfile, and what it does not see by itself: lengths that headers leave out."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import soundfile

from audio_subtract.files.formats import has_header
from subtract_core.errors import InputError

READABLE = "WAV, FLAC, OGG, MP3 or AIFF"
MAX_BYTES = 6 * 2**30

_BLOCK = 1 << 18
_UNKNOWN = 1 << 62  # frames: more is libsndfile's way to say that a file does not tell
_NO_AUDIO, _NO_MP3 = 1, 7  # error codes of libsndfile
_OGG_PAGE = 65_307  # bytes at most
_HUSHING = threading.Lock()


class _Endless(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """A file that does not say how long it is, as FLAC from a stream: it is read on and on, for it cannot be sought."""

    def seekable(self) -> bool:
        return False


def opened(path: Path) -> soundfile.SoundFile:
    """The file as soundfile has it; it is not `seekable` where its length is not known."""
    # soundfile takes names of letters for UTF-8, which those of old disks and archives are not.
    name = os.fspath(path) if sys.platform == "win32" else os.fsencode(path)
    with path.open("rb") as start:
        may_be_mp3 = not has_header(start.read(16))
    try:
        with _hushed() if may_be_mp3 else nullcontext():
            file = soundfile.SoundFile(name)
        if file.frames > _UNKNOWN:
            file.close()
            return _Endless(name)
        if file.frames:
            return file
        mended = _without_length(path)
        if file.format == "OGG" and not has_last_page(path):
            raise InputError(f"{path}: is damaged or truncated: none of its sound is left")
        return soundfile.SoundFile(mended) if mended else file
    except soundfile.LibsndfileError as error:
        if error.code in (_NO_AUDIO, _NO_MP3):
            raise InputError(f"{path}: is not audio that can be read; {READABLE} is needed") from None
        reason = str(error.error_string).strip().rstrip(".")
        raise InputError(f"{path}: is damaged or truncated: {reason}") from None


@contextmanager
def _hushed() -> Iterator[None]:
    """Without the lines that libsndfile's reader of MP3 writes past Python to the standard error.

    What other threads write there is lost meanwhile, so this is for what may be MP3 alone. One thread at a time:
    another would keep the standard error of a hushed one, and put that back.
    """
    with _HUSHING:
        try:
            kept = os.dup(2)
        except OSError:  # there is none
            yield
            return
        try:
            if sys.stderr is not None:  # closed by who started the program
                sys.stderr.flush()
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def blocks_until_end(file: soundfile.SoundFile, kind: str, most: int) -> Iterator[np.ndarray]:
    """The samples of a file of unknown length, block by block; no more than a block beyond `most` frames.

    Raises `InputError` where it is damaged.
    """
    read = 0
    while read <= most:
        try:
            block = file.read(_BLOCK, dtype=kind, always_2d=True)
        except soundfile.LibsndfileError as error:
            raise InputError(f"{os.fsdecode(file.name)}: is damaged or truncated: {error.error_string}") from None
        yield block
        if not len(block):
            return
        read += len(block)


def _without_length(path: Path) -> io.BytesIO | None:
    """A WAV whose length was never filled in, as recorders leave them that were cut off, with a length like that of
    streams; None for other files."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1 << 12)
    at = head.find(b"data", 12)
    if head[8:12] != b"WAVE" or at < 0 or head[at + 4 : at + 8] != bytes(4) or size > MAX_BYTES:
        return None
    if int.from_bytes(head[4:8], "little") + 8 >= size:  # there is no more than it says
        return None
    content = bytearray(path.read_bytes())
    content[at + 4 : at + 8] = b"\xff" * 4
    return io.BytesIO(content)


def has_last_page(path: Path) -> bool:
    """Whether an OGG ends as it should: with a whole page that says it is the last."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2 * _OGG_PAGE))
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if not page.startswith(b"OggS") or len(page) < 27 or not page[5] & 4:
        return False
    return len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])
