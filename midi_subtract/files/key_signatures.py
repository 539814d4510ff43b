"""The keys that a file states."""

from __future__ import annotations

from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_events import KEY_SIGNATURE
from midi_subtract.listening.key import key_name


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
            found.setdefault(event.tick, key_name(KeySignature(sharps).asKey("minor" if event.data[1] else "major")))
    return list(found.items())
