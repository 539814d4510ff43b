"""Writing files: whole or not at all, and never over something silently; reading JSON."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from subtract_core.choice import shown
from subtract_core.errors import InputError

AUDIO_SUFFIXES = (
    ".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".aifc", ".oga", ".opus", ".w64", ".rf64", ".au", ".caf", ".aac",
    ".m4a", ".m4b", ".wma", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".wmv", ".avi",
)  # fmt: skip
"""Names of files that hold sound."""


def path_of(path: object, argument: str = "path", wanted: str = "a name such as 'song.mid', or a Path") -> Path:
    """A path that was given as `argument`; raises `InputError`, which says what is `wanted`, for what is none."""
    if isinstance(path, (str, os.PathLike)):
        try:
            named = Path(path)  # a `PathLike` may be of bytes
        except TypeError:
            pass
        else:
            if path != "":  # to the system it would be the current folder
                return named
    raise InputError(f"{argument}: {shown(path)} is no name of a file; give {wanted}")


def encoded(song: object) -> bytes | None:
    """The content of a file that is given as bytes or as an open file, which is read to its end; None for all else.

    Raises `InputError` for a file that cannot be read, such as one that is open as text.
    """
    if isinstance(song, (bytes, bytearray, memoryview)):
        return bytes(song)
    read = None if isinstance(song, (str, os.PathLike)) else getattr(song, "read", None)
    if not callable(read):
        return None
    try:
        data = read()
    except (OSError, ValueError) as error:  # closed, open for writing alone, or as text, which it does not hold
        raise InputError(f"song: {shown(song)} cannot be read: {error}; open it with mode 'rb'") from None
    if not isinstance(data, (bytes, bytearray)):
        raise InputError(f"song: {shown(song)} is open as text; open it with mode 'rb'")
    return bytes(data)


def files_below(folder: Path) -> Iterator[Path]:
    """The files in a folder and in those within, links to folders followed; each folder is gone into once, so that a
    link to a folder that it lies in is no endless way. In no order."""
    seen = set[str]()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        # Links last: what they lead to keeps the name of its own place where that lies below the folder as well.
        folders.sort(key=lambda name: (os.path.islink(os.path.join(place, name)), name))
        yield from (Path(place, name) for name in names)


def check_writable(path: Path, overwrite: bool) -> None:
    """Raise `InputError` where `path` cannot be written: it exists, is a folder or a device, can be no name, or its
    folder does not exist."""
    there = _status(path)
    if there and stat.S_ISDIR(there.st_mode):
        raise InputError(f"{path}: is a folder; a file name is needed")
    if there and not stat.S_ISREG(there.st_mode):
        raise InputError(f"{path}: is a device or a pipe; a file name is needed")
    if os.path.lexists(path) and not overwrite:
        raise InputError(f"{path}: exists already; use --overwrite (overwrite=True) or another name")
    folder = _place(path).parent
    if not folder.is_dir():
        raise InputError(f"{path}: its folder {folder} does not exist")


def write_file(path: Path, data: bytes, overwrite: bool = False) -> None:
    """Write `data` through a temporary file beside `path`, so that no failure leaves half a file.

    A link is followed, and a file that is written over keeps its permissions. Of several that write one new file at the
    same time one succeeds, and the others raise `InputError`.
    """
    check_writable(path, overwrite)
    there, place = _status(path), _place(path)
    # Not called after `path`: the longest name that a folder takes would leave no room for more. Nor made by tempfile,
    # whose files are private: the umask cannot be asked for without changing it for all threads.
    temporary = place.parent / f".msub.{uuid.uuid4().hex}"
    try:
        with temporary.open("xb") as file:
            if there:
                os.chmod(temporary, stat.S_IMODE(there.st_mode) & 0o777)
            file.write(data)
        if overwrite:
            os.replace(temporary, place)
        else:
            _move_to_new(temporary, place)
    except FileExistsError:
        raise InputError(f"{path}: exists already; use --overwrite (overwrite=True) or another name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    finally:  # after Ctrl-C too
        with contextlib.suppress(OSError):
            temporary.unlink()


def _move_to_new(temporary: Path, place: Path) -> None:
    """Give a file the name `place`; raises `FileExistsError` where there is something of that name."""
    try:
        os.link(temporary, place)
    except FileExistsError:
        raise
    except OSError:  # file systems such as FAT have no links: an empty file keeps the name until it is replaced
        place.open("xb").close()
        try:
            os.replace(temporary, place)
        except BaseException:
            with contextlib.suppress(OSError):
                place.unlink()
            raise


def _place(path: Path) -> Path:
    """Where a file lies that is written as `path`: what that links to, if it does."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _status(path: Path) -> os.stat_result | None:
    """What there is by a name, links followed; None where nothing is. Raises `InputError` for what can be no name."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a zero byte, or a letter that the system cannot write
        raise InputError(f"{shown(str(path))} is no name of a file; choose another") from None
    except OSError as error:
        name = shown(path.name) if error.errno == errno.ENAMETOOLONG else path
        raise InputError(f"{name}: cannot be written: {error.strerror}") from None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; raises `InputError` that names the file where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{path}: is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise InputError(f"{path}: is no JSON object")
    return document
