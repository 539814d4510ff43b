"""M10: is the original file still there, byte for byte, once it has its new part?"""

from __future__ import annotations

import struct

from midi_subtract.files.part import new_track
from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_channels import Sound
from midi_subtract.files.smf_edit import append_track
from midi_subtract.notes import Notes
from midi_subtract.programs import DEFAULT_PROGRAM
from subtract_core.errors import InputError
from subtract_core.stems import Stem


def with_part(original: bytes, name: str, part: Notes, stem: Stem) -> bytes:
    """The file with the part in it, by the steps that `MidiInserter` goes; part: in steps from the song's start."""
    smf, song = parse_smf(original, name), read_song(original, name)
    return append_track(smf, new_track(smf, song, stem, part, Sound(DEFAULT_PROGRAM[stem])).chunk)


def preserved(original: bytes, after: bytes) -> bool:
    """Whether `after` is the original plus one track chunk, every other byte as and where it was.

    Read from the bytes alone, without the package's own parser. In the header only the format (0 becomes 1) and the
    track count may differ. A damaged file whose last track had to be repaired counts as not preserved.
    """
    extra = len(after) - len(original)
    old_format, old_count = struct.unpack(">HH", original[8:12])
    new_format, new_count = struct.unpack(">HH", after[8:12])
    if extra < 8 or after[:8] != original[:8] or new_format != max(old_format, 1) or new_count != old_count + 1:
        return False
    head = b"MTrk" + struct.pack(">I", extra - 8)
    at = after.find(head)
    while at >= 0:
        if after[12:at] + after[at + extra :] == original[12:]:
            return True
        at = after.find(head, at + 1)
    return False


def preservation(original: bytes, name: str, part: Notes, stem: Stem) -> dict[str, float] | str:
    """`bytes kept` (1 or 0), and `notes heard`: the share of the part's onsets and pitches found on reading the result.

    The reason in words where the file cannot be read in the first place.
    """
    try:
        after = with_part(original, name, part, stem)
    except InputError as error:
        return str(error)
    heard = read_song(after, name).stem(stem)
    there = set(zip(heard.onset.tolist(), heard.pitch.tolist(), strict=True))
    wanted = list(zip(part.onset.tolist(), part.pitch.tolist(), strict=True))
    share = sum(note in there for note in wanted) / len(wanted) if wanted else float("nan")
    return {"bytes kept": float(preserved(original, after)), "notes heard": share}
