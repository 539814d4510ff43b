"""The key of a song: the one that its file states, and music21's estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_events import KEY_SIGNATURE
from midi_subtract.notes import Notes
from midi_subtract.song import Song
from subtract_core.stems import Stem


def stated_keys(smf: Smf) -> list[tuple[int, str]]:
    """(tick, key) of the file's key signatures that can be read, in order, such as "E minor"."""
    from music21.key import KeySignature  # takes half a second to load

    found: dict[int, str] = {}
    events = (
        e for i in range(len(smf.tracks)) for e in smf.events(i) if e.meta_type == KEY_SIGNATURE and len(e.data) == 2
    )
    for event in sorted(events, key=lambda e: e.tick):
        sharps = event.data[0] - 256 if event.data[0] > 127 else event.data[0]
        if abs(sharps) <= 7:
            found.setdefault(event.tick, _name(KeySignature(sharps).asKey("minor" if event.data[1] else "major")))
    return list(found.items())


def estimated_key(song: Song) -> str | None:
    """The key of a song, see `key_of_parts`."""
    return key_of_parts(song.stems)


def key_of_parts(parts: Mapping[Stem, Notes]) -> str | None:
    """music21's estimate (Aarden-Essen) from how long each pitch class sounds; None where nothing pitched does."""
    from music21 import note, stream

    lengths = np.zeros(12)
    for stem, notes in parts.items():
        if stem is not Stem.DRUMS:
            lengths += np.bincount(notes.pitch % 12, weights=notes.duration, minlength=12)
    if not lengths.any():
        return None
    sounding: Any = stream.Stream()
    for pitch_class in np.flatnonzero(lengths).tolist():
        sounding.append(note.Note(60 + pitch_class, quarterLength=float(lengths[pitch_class])))
    return _name(sounding.analyze("key"))


def _name(key: Any) -> str:
    return str(key.name).replace("-", "b")
