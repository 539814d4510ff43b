"""The key of a song: music21's estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from midi_subtract.notes import Notes
from midi_subtract.song import Song
from subtract_core.stems import Stem


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
    return key_name(sounding.analyze("key"))


def key_name(key: Any) -> str:
    """A key of music21 in words, such as "Bb minor"."""
    return str(key.name).replace("-", "b")
