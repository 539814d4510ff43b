"""A new part on its way into files: as a track chunk, as a file of its own, as a pretty_midi instrument."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pretty_midi

from midi_subtract.notes import Notes
from midi_subtract.smf import Smf
from midi_subtract.smf_channels import Sound, free_channel
from midi_subtract.smf_edit import encode_track
from midi_subtract.smf_events import END_OF_TRACK_EVENT, encode_varlen, is_readable
from midi_subtract.song import Song
from subtract_core.stems import Stem

_CONDUCTOR_META = (0x51, 0x54, 0x58, 0x59)  # tempo, SMPTE offset, time signature, key signature


@dataclass(frozen=True)
class NewTrack:
    """An MTrk chunk, its zero-based channel, and a sentence where the channel had to be shared."""

    chunk: bytes
    channel: int
    shared_with: str | None


def new_track(smf: Smf, song: Song, stem: Stem, notes: Notes, sound: Sound) -> NewTrack:
    """Write a part as a track for `smf`, in its ticks and on its least used channel."""
    start, stop = song.step_to_tick(notes.onset), song.step_to_tick(notes.end)
    span = (int(start.min()), int(stop.max())) if len(notes) else None
    choice = free_channel(smf, stem is Stem.DRUMS, span)
    shared = choice.shared_with is not None
    # On drums' one channel the kit that is already there stays; elsewhere a shared channel needs our program.
    own_settings = not (shared and stem is Stem.DRUMS)
    rows = list(zip(start.tolist(), stop.tolist(), notes.pitch.tolist(), notes.velocity.tolist(), strict=True))
    chunk = encode_track(
        f"{stem.value.capitalize()} (msub)",
        sound.program if own_settings else None,
        choice.channel,
        rows,
        volume=sound.volume if own_settings else None,
        pan=sound.pan if own_settings else None,
        program_at_tick=span[0] if shared and span else 0,
    )
    return NewTrack(chunk, choice.channel, choice.shared_with)


def part_alone(smf: Smf, chunk: bytes) -> bytes:
    """A format 1 file of the part's track behind the song's tempo, meter and key signatures."""
    events = [
        (event.tick, event.meta_type, bytes(event.data))
        for index in range(len(smf.tracks))
        for event in smf.events(index)
        # Tempi of no length and the like, which this file's readers may not get over, are left behind.
        if event.meta_type in _CONDUCTOR_META and is_readable(event.status, event.meta_type, event.data)
    ]
    content, at = bytearray(), 0
    for tick, kind, data in sorted(events, key=lambda e: e[0]):
        assert kind is not None
        content += encode_varlen(tick - at) + bytes([0xFF, kind]) + encode_varlen(len(data)) + data
        at = tick
    content += b"\0" + END_OF_TRACK_EVENT
    header = b"MThd" + struct.pack(">IHHH", 6, 1, 2, smf.division)
    return header + b"MTrk" + struct.pack(">I", len(content)) + bytes(content) + chunk


def to_instrument(song: Song, stem: Stem, notes: Notes, program: int) -> pretty_midi.Instrument:
    """A part as a pretty_midi instrument; times in seconds, along the song's tempo changes."""
    instrument = pretty_midi.Instrument(program, is_drum=stem is Stem.DRUMS, name=f"{stem.value.capitalize()} (msub)")
    start, end = song.step_to_seconds(notes.onset), song.step_to_seconds(notes.end)
    instrument.notes = [
        pretty_midi.Note(int(v), int(p), float(s), float(e))
        for v, p, s, e in zip(notes.velocity, notes.pitch, start, end, strict=True)
    ]
    return instrument
