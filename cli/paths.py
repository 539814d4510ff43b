"""Which songs are meant, and where their parts go."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from subtract_core.errors import InputError
from subtract_core.files import check_writable
from subtract_core.stems import STEMS

from .backends import Kind, check_audio, check_midi, kind_of, suffix_written, suffixes
from .output import Output, UsageError


@dataclass(frozen=True)
class Found:
    """A song, and its place below the input folder in which it was found (`.` if it was named itself)."""

    path: Path
    below: Path = Path()

    @cached_property
    def kind(self) -> Kind:
        """MIDI or audio, by its content."""
        return kind_of(self.path)


def named(given: list[str], option: str, wanted: str) -> list[Path]:
    """Names as paths; raises `UsageError` for an empty one, such as a variable of a shell that was never set: to the
    system it would be the current folder; and for `-`."""
    if "" in given:
        raise UsageError(f"{option}: a name is empty; give {wanted}")
    if "-" in given:
        raise UsageError(f"{option}: - (standard input) is not read; give {wanted}")
    return [Path(name) for name in given]


def check_targets(given: Mapping[str, str | None]) -> None:
    """Raise `UsageError` for what, by option, is given as a place to write to and cannot be one."""
    if "" in given.values():
        raise UsageError(f"{', '.join(given)}: the name is empty; give a file or a folder")
    for option, name in given.items():
        if name == "-":
            raise UsageError(f"{option}: - (standard output) is not written to; give a file or a folder")


def find_songs(
    inputs: list[str], out: Output, instrument: str | None = None, apart: Sequence[Path] = ()
) -> list[Found]:
    """The files named in `inputs`, and the songs in its folders and theirs, each once.

    In folders, `instrument` leaves out songs that a former run wrote, and `apart` whole folders where they are written.
    Folders that cannot be read are a warning. Raises `UsageError` for an empty name.
    """
    found: dict[Path, Found] = {}
    for path in named(inputs, "SONGS", "a file or a folder"):
        for song in _in_folder(path, out, instrument, apart) if os.path.isdir(path) else [Found(path)]:
            found.setdefault(song.path.absolute(), song)
    return list(found.values())


def _in_folder(folder: Path, out: Output, instrument: str | None, apart: Sequence[Path]) -> Iterator[Found]:
    closed = {path.resolve() for path in apart} - {folder.resolve()}

    def complain(error: OSError) -> None:
        out.warn(f"{error.filename}: {error.strerror}; skipped")

    empty = True
    for place, folders, files in os.walk(folder, onerror=complain):
        here = Path(place)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and (here / f).resolve() not in closed)
        # Names with a dot in front are not songs: macOS puts a `._song.mid` beside every file it packs.
        songs = sorted(f for f in files if f.lower().endswith(_suffixes()) and not f.startswith("."))
        for name in songs:
            written = _written_for(name, songs, instrument) if instrument else None
            if written:
                out.warn(f"{here / name}: skipped, it looks like {written}")
                continue
            empty = False
            yield Found(here / name, here.relative_to(folder))
    if empty:
        yield Found(folder)  # a folder is no song: the check of the songs says so


_OUTPUT = re.compile(rf"(.+)\.({'|'.join(stem.value for stem in STEMS)})(\.\d+)?(\.stem)?\.\w+")


def _written_for(name: str, songs: list[str], instrument: str) -> str | None:
    """What `name` is an earlier output of, in words: of `instrument` for one of `songs`, or any part alone. Other parts
    may have been written on top of it."""
    match = _OUTPUT.fullmatch(name)
    if match is None:
        return None
    origin = next((s for s in songs if _base(s) == match[1]), None)
    if origin and (match[2] == instrument or match[4]):
        return f"the {match[2]} that was written for {origin}"
    return _written_for(match[1] + os.path.splitext(name)[1], songs, instrument)


def _base(name: str) -> str:
    """A song's name without its suffix; what follows another dot belongs to the name."""
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in _suffixes() else name


def _suffixes() -> tuple[str, ...]:
    return suffixes(Kind.MIDI) + suffixes(Kind.AUDIO)


def check_song(path: Path) -> None:
    """Raise `InputError` for what is no song that can be read, before anything slow is loaded."""
    if path.is_dir():
        raise InputError(f"{path}: holds no songs ({', '.join('*' + s for s in _suffixes())})")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is a device or a pipe; a file is needed")
    check = check_audio if kind_of(path) is Kind.AUDIO else check_midi
    check(path)


@dataclass(frozen=True)
class Target:
    """Where one kind of file goes: beside its song, into a folder, or under the name given.

    given: the option's value, None for beside the song. tail: what the default name ends in before its suffix, which
    is `suffix`, or the song's own.
    """

    given: str | None
    tail: str = ""
    suffix: str | None = None

    @property
    def is_folder(self) -> bool:
        return self.given is not None and (self.given.endswith(("/", os.sep)) or os.path.isdir(self.given))

    @property
    def is_file(self) -> bool:
        return self.given is not None and not self.is_folder

    def path(self, song: Found, instrument: str, number: int | None) -> Path:
        """The file for one part; `number` tells variations apart."""
        middle = "" if number is None else f".{number}"
        if self.given is not None and not self.is_folder:
            path = Path(self.given)
            return path.with_name(f"{path.stem}{middle}{path.suffix}")
        suffix = self.suffix or suffix_written(song.path, song.kind)
        name = f"{_base(song.path.name)}.{instrument}{middle}{self.tail}{suffix}"
        return song.path.parent / name if self.given is None else Path(self.given) / song.below / name

    def check(self, path: Path, overwrite: bool) -> None:
        """Raise `InputError` where `path` cannot be written."""
        folder = path.parent
        if self.is_folder:  # what is missing of it will be made
            folder = next(p for p in path.parents if p.exists())
            if not folder.is_dir():
                raise InputError(f"{path}: cannot be written: {folder} is not a folder")
        if folder == path.parent:
            check_writable(path, overwrite)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(f"{path}: cannot be written: no permission in {folder}")
