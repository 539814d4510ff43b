"""Programs as players hear them.

A channel has one program, whichever track set it. Parsers such as symusic and pretty_midi look in the note's own track
only and hear a piano where a conductor track sets all programs, as in about one web file in twenty. Where names or
synthesizers tell more of a track (`told`), it is heard as that, and so are drums that samplers play by other keys.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from midi_subtract.files.smf import Smf, parse_smf
from midi_subtract.files.smf_events import NOTE_ON, POLY_PRESSURE, PROGRAM, SYSEX, encode_varlen, walk_events
from midi_subtract.files.told import Told, heard_as, told_drums, told_stems
from midi_subtract.programs import DRUM_CHANNEL
from subtract_core.stems import Stem


def with_local_programs(smf: Smf) -> bytes:
    """`smf.clean()`, with a program change before each note whose track does not set the program it sounds with, and
    drums that are told otherwise on channel 10, by the keys that General MIDI has for them."""
    told = told_stems(smf)
    keys = told_drums(smf, told)
    if not told and not keys and not _shares_programs(smf):
        return smf.clean()
    clean = parse_smf(smf.clean(), smf.name)
    missing = _missing_programs(clean, told)
    if not told and not keys and not any(missing):
        return clean.raw
    drums: list[dict[int, int | None]] = [{} for _ in missing]
    for (track, channel), stem in told.items():
        if stem is Stem.DRUMS:
            drums[track][channel] = None
    for (track, channel), (_, key) in keys.items():
        drums[track][channel] = key
    contents = [_with_programs(clean.payload(i), *known) for i, known in enumerate(zip(missing, drums, strict=True))]
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(contents), clean.division)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(c)) + c for c in contents)


def _shares_programs(smf: Smf) -> bool:
    """Whether a track sets the program of a channel that another track plays on; most files need no closer look."""
    statuses = [c.scan.statuses for c in smf.tracks if c.scan is not None]
    for channel in range(16):
        setters = {i for i, seen in enumerate(statuses) if PROGRAM | channel in seen}
        players = {i for i, seen in enumerate(statuses) if NOTE_ON | channel in seen}
        if setters and len(setters | players) > 1:
            return True
    return False


def _missing_programs(smf: Smf, told: Told) -> list[dict[int, tuple[int, int]]]:
    """For every track: offset of a note-on -> (channel, program) that its track lacks there."""
    heard: dict[int, int] = {}
    local: dict[tuple[int, int], int] = {}
    missing: list[dict[int, tuple[int, int]]] = [{} for _ in smf.tracks]
    for track, event in smf.channel_events:
        kind, channel = event.status & 0xF0, event.status & 15
        if kind == PROGRAM:
            heard[channel] = local[track, channel] = event.data[0]
        elif kind == NOTE_ON and event.data[1]:
            _, program = heard_as(told, track, channel, heard.get(channel, 0))
            if local.get((track, channel), 0) != program:
                local[track, channel] = program
                missing[track][event.start] = (channel, program)
    return missing


def _with_programs(payload: bytes, programs: dict[int, tuple[int, int]], drums: Mapping[int, int | None]) -> bytes:
    """drums: channels that go to channel 10 -> the key that all of their notes get; None for their own."""
    if not programs and not drums:
        return payload
    out, at = bytearray(), 0
    for event in walk_events(payload):
        if event.start in programs:
            channel, program = programs[event.start]
            out += encode_varlen(event.tick - at) + bytes([PROGRAM | _moved(channel, drums), program])
            at = event.tick
        out += encode_varlen(event.tick - at)
        if event.status < SYSEX:  # explicit, for an inserted event breaks running status
            kind, channel = event.status & 0xF0, event.status & 15
            key = drums.get(channel) if kind <= POLY_PRESSURE else None
            data = event.data if key is None else bytes([key, *event.data[1:]])
            out += bytes([kind | _moved(channel, drums)]) + data
        else:
            head = [event.status] if event.meta_type is None else [event.status, event.meta_type]
            out += bytes(head) + encode_varlen(len(event.data)) + event.data
        at = event.tick
    return bytes(out)


def _moved(channel: int, drums: Mapping[int, int | None]) -> int:
    return DRUM_CHANNEL if channel in drums else channel
