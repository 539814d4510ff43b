"""Writing files: whole or not at all, and never over something silently; reading JSON."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from subtract_core.errors import InputError

AUDIO_SUFFIXES = (
    ".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".aifc", ".oga", ".opus", ".w64", ".rf64", ".au", ".caf", ".aac",
    ".m4a", ".m4b", ".wma", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".wmv", ".avi",
)  # fmt: skip
"""Names of files that hold sound."""


def check_writable(path: Path, overwrite: bool) -> None:
    """Raise `InputError` where `path` cannot be written: it exists, is a folder, or its folder does not exist."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; a file name is needed")
    if path.exists() and not overwrite:
        raise InputError(f"{path}: exists already; use --overwrite (overwrite=True) or another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: its folder {path.parent} does not exist")


def write_file(path: Path, data: bytes, overwrite: bool = False) -> None:
    """Write `data` through a temporary file beside `path`, so that no failure leaves half a file."""
    check_writable(path, overwrite)
    try:
        # Not called after `path`: the longest name that a folder takes would leave no room for more.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".msub.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, file_mode())  # mkstemp makes private files
        os.replace(temporary, path)
    except BaseException as error:  # Ctrl-C too must leave nothing behind
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        raise


def file_mode() -> int:
    """The permissions that a new file gets under the process's umask."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


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
