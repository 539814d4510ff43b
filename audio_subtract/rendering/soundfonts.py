"""SoundFonts: where they are, and which sounds they hold."""

from __future__ import annotations

import importlib.util
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from subtract_core.errors import InputError

SUFFIXES = (".sf2", ".sf3")
FOLDERS = (
    Path("/usr/share/sounds/sf2"),
    Path("/usr/share/sounds/sf3"),
    Path("/usr/share/soundfonts"),
    Path("/usr/local/share/soundfonts"),
    Path.home() / ".local/share/soundfonts",
)
DRUM_BANK = 128


@dataclass(frozen=True)
class SoundFont:
    """path: the file. presets: the (bank, program) pairs it holds; drum kits of General MIDI are in bank 128."""

    path: Path
    presets: frozenset[tuple[int, int]]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def kits(self) -> list[int]:
        """Programs of its drum kits."""
        return sorted(program for bank, program in self.presets if bank == DRUM_BANK)

    @property
    def is_drum_kit(self) -> bool:
        """Whether it is a single drum kit, in no bank for drums."""
        return not self.kits and len({program for _, program in self.presets}) < 16

    def plays(self, program: int, is_drum: bool) -> bool:
        """Whether it has a sound for a program; kits that it lacks are played by its first one."""
        if is_drum:
            return bool(self.kits) or self.is_drum_kit
        return (0, program) in self.presets and not self.is_drum_kit


def read_soundfont(path: Path) -> SoundFont:
    """Read which presets a SoundFont (.sf2, .sf3) holds; raises `InputError` for other files."""
    try:
        with path.open("rb") as file:
            return SoundFont(path, frozenset(_presets(file, path)))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, struct.error) as error:
        raise InputError(f"{path}: cannot be read as a SoundFont: {error}") from None


def _presets(file: BinaryIO, path: Path) -> set[tuple[int, int]]:
    """The pairs of the `phdr` chunk (SoundFont 2.04, 7.2), the terminal record left out."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise InputError(f"{path}: is not a SoundFont; a file in SoundFont 2 format (.sf2, .sf3) is needed")
    while len(chunk := file.read(8)) == 8:
        name, size = chunk[:4], struct.unpack("<I", chunk[4:])[0]
        if name == b"phdr":
            data = file.read(size)
            records = (struct.unpack_from("<HH", data, at + 20) for at in range(0, size - 38, 38))
            return {(bank, program) for program, bank in records}
        if name == b"LIST":
            if file.read(4) == b"pdta":
                continue
            size -= 4
        file.seek(size, os.SEEK_CUR)
        if size % 2 and file.read(1) != b"\0":  # .sf3 files in the wild lack the byte of padding
            file.seek(-1, os.SEEK_CUR)
    raise InputError(f"{path}: is a damaged SoundFont: it holds no presets")


def find_soundfonts(given: Sequence[Path] = (), hold_out: Sequence[str] = ()) -> list[SoundFont]:
    """The SoundFonts given (files or folders), or those that this machine has, each once, without those held out.

    Without any given: the usual folders, and the small one inside pretty_midi. hold_out: names without their suffix.
    Raises `InputError` where none is left, and for a name in `hold_out` that none has.
    """
    paths = [p for place in given or FOLDERS for p in _in(place)]
    if not given:
        paths += _bundled()
    fonts: dict[Path, SoundFont] = {}
    for path in paths:
        fonts.setdefault(path.resolve(), read_soundfont(path))
    names = {font.name for font in fonts.values()}
    for name in hold_out:
        if name not in names:
            raise InputError(f"hold_out: {name!r} is none of the soundfonts; there are {', '.join(sorted(names))}")
    # By name: two copies of one font in different places are one font.
    left = {font.name: font for font in fonts.values() if font.name not in hold_out}
    if not left:
        raise InputError(
            "soundfont: there is none; give a .sf2 file with --soundfont, or install some "
            "(Debian: fluid-soundfont-gm, musescore-general-soundfont-small, timgm6mb-soundfont)"
        )
    return [left[name] for name in sorted(left)]


def bundled_soundfont() -> SoundFont:
    """The small SoundFont for all of General MIDI inside pretty_midi; raises `InputError` where there is none."""
    found = _bundled()
    if not found:
        raise InputError("soundfont: this pretty_midi brings none; give a .sf2 file with --soundfont")
    return read_soundfont(found[0])


def _in(place: Path) -> list[Path]:
    if place.is_dir():
        found = sorted(p for p in place.iterdir() if p.suffix.lower() in SUFFIXES)
        return [p for p in found if not p.is_symlink()]  # Debian's default-GM.sf2 is a link to one of the others
    return [place] if place.suffix.lower() in SUFFIXES or place.exists() else []


def _bundled() -> list[Path]:
    spec = importlib.util.find_spec("pretty_midi")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return sorted(folder.glob("*.sf2")) if folder else []
