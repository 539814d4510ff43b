"""Standard MIDI Files from a score.

Written out instead of left to a MIDI library, so that the bytes are the same whatever versions are installed.
Format: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from songs.score import PPQ, SIXTEENTH, Part, Score

_META, _SYSEX = 0xFF, 0xF0
_TRACK_NAME, _LYRIC, _MARKER, _END, _TEMPO, _METER, _KEY = 0x03, 0x05, 0x06, 0x2F, 0x51, 0x58, 0x59
_DRUM_CHANNEL = 9

Row = tuple[int, int, bytes]
"""Tick, rank among the events of one tick, event."""


def midi_bytes(score: Score) -> bytes:
    """The score as a file: format 1 with a conductor's track, or format 0 with running status."""
    if score.file_format == 0:
        rows = [*_conductor(score), *(row for part in score.parts for row in _part(part, compact=True))]
        tracks = [_track(rows, compact=True)]
    else:
        named = [[_meta(0, _TRACK_NAME, part.name.encode()), *_part(part, compact=False)] for part in score.parts]
        tracks = [_track(rows, compact=False) for rows in [list(_conductor(score)), *named]]
    head = b"MThd" + struct.pack(">IHHH", 6, score.file_format, len(tracks), PPQ)
    return head + b"".join(tracks)


def _conductor(score: Score) -> Iterator[Row]:
    yield _meta(0, _TRACK_NAME, score.title.encode())
    for message in score.sysex:
        yield 0, 1, bytes([_SYSEX]) + _varlen(len(message)) + message
    for at, beats_a_minute in score.tempi:
        yield _meta(_tick(at), _TEMPO, struct.pack(">I", round(60_000_000 / beats_a_minute))[1:])
    for at, numerator, denominator in score.meters:
        yield _meta(_tick(at), _METER, bytes([numerator, denominator.bit_length() - 1, 24, 8]))
    yield _meta(0, _KEY, struct.pack(">bB", score.key[0], score.key[1]))
    for at, text in score.markers:
        yield _meta(_tick(at), _MARKER, text.encode())
    for at, text in score.lyrics:
        yield _meta(_tick(at), _LYRIC, text.encode())


def _part(part: Part, compact: bool) -> Iterator[Row]:
    """Events of a part. `compact` ends notes by note ons of velocity 0, which running status makes short."""
    channel = part.channel
    if channel != _DRUM_CHANNEL or part.program:
        yield 0, 2, bytes([0xC0 | channel, part.program])
    for tick, message in part.controls:
        yield tick, 3, bytes([message[0] | channel]) + message[1:]
    for start, end, pitch, velocity in _without_overlaps(part):
        yield start, 5, bytes([0x90 | channel, pitch, velocity])
        yield end, 4, bytes([0x90 | channel, pitch, 0] if compact else [0x80 | channel, pitch, 64])


def _without_overlaps(part: Part) -> list[tuple[int, int, int, int]]:
    """(start, end, pitch, velocity); a note ends where the next of its pitch starts."""
    kept: list[tuple[int, int, int, int]] = []
    for note in sorted(part.notes, key=lambda n: (n.pitch, n.start)):
        if kept and kept[-1][2] == note.pitch and kept[-1][1] > note.start:
            start, _, pitch, velocity = kept.pop()
            if start < note.start:
                kept.append((start, note.start, pitch, velocity))
        kept.append((note.start, note.start + note.length, note.pitch, note.velocity))
    return sorted(kept)


def _track(rows: list[Row], compact: bool) -> bytes:
    content = bytearray()
    at = running = 0
    for tick, _, event in sorted(rows, key=lambda row: row[:2]):
        status = event[0]
        content += _varlen(tick - at) + (event[1:] if compact and status == running else event)
        # Meta and sysex events end a running status.
        at, running = tick, status if status < _SYSEX else 0
    content += _varlen(PPQ) + bytes([_META, _END, 0])
    return b"MTrk" + struct.pack(">I", len(content)) + bytes(content)


def _meta(tick: int, kind: int, content: bytes) -> Row:
    return tick, 0, bytes([_META, kind]) + _varlen(len(content)) + content


def _varlen(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def _tick(at: float) -> int:
    return round(at * SIXTEENTH)
