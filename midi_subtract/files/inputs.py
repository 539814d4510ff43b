"""Everything a song can be given as, turned into the bytes of a Standard MIDI File."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Union, cast

from subtract_core.errors import InputError
from subtract_core.files import encoded, path_of

if TYPE_CHECKING:
    import muspy
    import pretty_midi
    from symusic.core import ScoreTick

_WRITERS = {"pretty_midi": "write", "symusic": "dumps_midi", "muspy": "write_midi"}
"""Library -> what its whole songs, unlike their tracks and notes, have to write themselves with."""

SongInput = Union[
    str, Path, bytes, bytearray, memoryview, BinaryIO, "pretty_midi.PrettyMIDI", "ScoreTick", "muspy.Music"
]


def midi_bytes(song: SongInput) -> tuple[bytes, str]:
    """The bytes of a song and a name for messages.

    Files, bytes and what an open file holds are taken as they are. Songs of pretty_midi, symusic and muspy are written
    by their own library.
    Raises `InputError` for a path that cannot be read and for any other type.
    """
    if isinstance(song, (str, os.PathLike)):
        return _read(path_of(song, "song", "a MIDI file")), os.fsdecode(song)
    data = encoded(song)
    if data is not None:
        return data, "song"
    # Known by the name of their library, so that none has to be imported for songs of another.
    library, music = type(song).__module__.split(".")[0], cast(Any, song)
    if library not in _WRITERS or not hasattr(music, _WRITERS[library]):
        raise InputError(
            f"song: {type(song).__name__} cannot be read; give a path, the bytes of a MIDI file, an open one, or a "
            "whole song of pretty_midi, symusic or muspy"
        )
    if library == "pretty_midi":
        buffer = io.BytesIO()
        music.write(buffer)
        return buffer.getvalue(), "song"
    if library == "symusic":
        return bytes(music.dumps_midi()), "song"
    return _from_muspy(music), "song"


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; a MIDI file is needed")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"song: {str(path)!r} is no name of a file; give a MIDI file") from None


def _from_muspy(music: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mid"
        music.write_midi(str(path))
        return path.read_bytes()
