"""A new part on its way into files: as a track chunk, as a file of its own, as a pretty_midi instrument."""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from statistics import mode

import pretty_midi

from midi_subtract.files.own_tracks import name_for
from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_channels import Sound, free_channel
from midi_subtract.files.smf_edit import encode_track
from midi_subtract.files.smf_events import END_OF_TRACK_EVENT, PROGRAM, encode_varlen, is_readable
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song
from subtract_core.stems import Stem

_CONDUCTOR_META = (0x51, 0x54, 0x58, 0x59)  # tempo, SMPTE offset, time signature, key signature


@dataclass(frozen=True)
class NewTrack:
    """An MTrk chunk, its name, its zero-based channel, a sentence where the channel had to be shared, and the program
    (0-127) that most of its notes sound with."""

    chunk: bytes
    name: str
    channel: int
    shared_with: str | None
    program: int


def new_track(smf: Smf, song: Song, stem: Stem, notes: Notes, sound: Sound, program_is_asked: bool = False) -> NewTrack:
    """Write a part as a track for `smf`, in its ticks and on its least used channel.

    It ends where a bar of the song does, and the file's longest track: programs take its length for that of a clip.
    program_is_asked: whether somebody asks for the sound's program: drums then have it if no others play.
    """
    start, stop = song.step_to_tick(notes.onset), song.step_to_tick(notes.end)
    span = (int(start.min()), int(stop.max())) if len(notes) else None
    choice = free_channel(smf, stem is Stem.DRUMS, span)
    shared = choice.shared_with is not None
    # On drums' one channel the volume that is already there stays, and the kit of drums that still play; elsewhere a
    # shared channel needs our program. Volume and pan would alter the other part for good, which may set them once.
    own_sound = not (shared and stem is Stem.DRUMS)
    own_settings = own_sound and not choice.plays
    own_program = own_sound or (program_is_asked and stem not in song.stems)
    program_at = span[0] if shared and span else 0
    rows = list(zip(start.tolist(), stop.tolist(), notes.pitch.tolist(), notes.velocity.tolist(), strict=True))
    name = name_for(smf, stem)
    chunk = encode_track(
        name,
        sound.program if own_program else None,
        choice.channel,
        rows,
        volume=sound.volume if own_settings else None,
        pan=sound.pan if own_settings else None,
        program_at_tick=program_at,
        end_tick=max(_end_of_bar(song, notes), smf.end_tick),
    )
    written = [(program_at, sound.program)] if own_program else []
    return NewTrack(
        chunk,
        name,
        choice.channel,
        choice.shared_with if own_sound or not own_program else None,
        _program_heard([*_programs(smf, choice.channel), *written], start.tolist()),
    )


def _end_of_bar(song: Song, notes: Notes) -> int:
    """The tick of the bar line at which a song and its new part end, give or take a sixteenth that notes ring on."""
    last = max(song.last_step, notes.last_step) - STEPS_PER_BEAT // 4
    return int(song.step_to_tick(song.bar_starts(last)[-1:])[0])


def _programs(smf: Smf, channel: int) -> list[tuple[int, int]]:
    """(tick, program) of every program change of a channel (0-15)."""
    return [(event.tick, event.data[0]) for _, event in smf.channel_events if event.status == PROGRAM | channel]


def _program_heard(changes: list[tuple[int, int]], onsets: list[int]) -> int:
    """The program that most notes sound with that begin at these ticks, after changes of which the last at a tick
    holds; without notes the last one."""
    changes = sorted([(-1, 0), *changes], key=lambda change: change[0])
    since = [tick for tick, _ in changes]
    return mode(changes[bisect_right(since, tick) - 1][1] for tick in onsets or since[-1:])


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


def to_instrument(song: Song, stem: Stem, notes: Notes, track: NewTrack) -> pretty_midi.Instrument:
    """A part as a pretty_midi instrument; times in seconds, along the song's tempo changes."""
    instrument = pretty_midi.Instrument(track.program, is_drum=stem is Stem.DRUMS, name=track.name)
    start, end = song.step_to_seconds(notes.onset), song.step_to_seconds(notes.end)
    instrument.notes = [
        pretty_midi.Note(int(v), int(p), float(s), float(e))
        for v, p, s, e in zip(notes.velocity, notes.pitch, start, end, strict=True)
    ]
    return instrument
