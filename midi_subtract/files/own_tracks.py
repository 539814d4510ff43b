"""The tracks that we write: what they are called, and which of a file's are ours."""

from __future__ import annotations

import re
from itertools import count

from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_events import (
    CONTROL,
    END_OF_TRACK,
    META,
    NOTE_OFF,
    NOTE_ON,
    PAN,
    PROGRAM,
    TRACK_NAME,
    VOLUME,
)
from subtract_core.stems import STEMS, Stem

_OWN_NAME = re.compile(rf"(?:{'|'.join(stem.value.capitalize() for stem in STEMS)}) \(msub\)(?: \d+)?")


def name_for(smf: Smf, stem: Stem) -> str:
    """A name for a new track that no other has: "Bass (msub)", then "Bass (msub) 2"."""
    taken = {track_name(smf, track) for track in range(len(smf.tracks))}
    first = f"{stem.value.capitalize()} (msub)"
    names = (first if number == 1 else f"{first} {number}" for number in count(1))
    return next(name for name in names if name not in taken)


def is_own(smf: Smf, track: int) -> bool:
    """Whether a track has such a name and holds nothing but what we write."""
    return _OWN_NAME.fullmatch(track_name(smf, track)) is not None and all(
        event.meta_type in (TRACK_NAME, END_OF_TRACK)
        if event.status == META
        else event.status & 0xF0 in (NOTE_ON, NOTE_OFF, PROGRAM)
        or (event.status & 0xF0 == CONTROL and event.data[0] in (VOLUME, PAN))
        for event in smf.events(track)
    )


def track_name(smf: Smf, track: int) -> str:
    """A track's first name on one line, empty where it has none or its encoding is not known to be UTF-8."""
    for event in smf.events(track):
        if event.status == META and event.meta_type == TRACK_NAME:
            text = event.data.decode("utf-8", errors="ignore")
            is_utf8 = text.encode("utf-8") == event.data
            return "".join(c if c.isprintable() else " " for c in text).strip() if is_utf8 else ""
    return ""
