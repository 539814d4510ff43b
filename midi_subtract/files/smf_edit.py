"""Edits of a Standard MIDI File that leave every byte they do not concern as it was."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from midi_subtract.files.own_tracks import is_own
from midi_subtract.files.smf import MAX_TRACKS, Chunk, Smf
from midi_subtract.files.smf_events import (
    CONTROL,
    END_OF_TRACK_EVENT,
    MAX_DELTA,
    META,
    NOTE_OFF,
    NOTE_ON,
    PAN,
    POLY_PRESSURE,
    PROGRAM,
    SYSEX,
    TRACK_NAME,
    VOLUME,
    TrackScan,
    encode_varlen,
    walk_events,
)
from midi_subtract.files.told import heard_as, told_stems
from subtract_core.errors import InputError
from subtract_core.stems import Stem

_RELEASE_VELOCITY = 64  # what the format prescribes where no release velocity was played

Note = tuple[int, int, int, int]
"""Start tick, end tick, pitch 0-127, velocity 1-127."""
Span = tuple[int, int]
"""First tick and the tick after the last."""


def encode_track(
    name: str,
    program: int | None,
    channel: int,
    notes: Sequence[Note],
    volume: int | None = 100,
    pan: int | None = 64,
    program_at_tick: int = 0,
    end_tick: int = 0,
) -> bytes:
    """A whole MTrk chunk: name, program change, volume (CC7), pan (CC10), notes, end of track.

    channel: 0-15. program (0-127; 0 is the standard kit for drums), volume and pan are not written when None, for a
    channel that is shared with another part. They stand at `program_at_tick`, which no note may precede.
    notes: in any order, times in ticks from the song's start. A note lasts one tick at least and ends where the next
    of its pitch starts; of several that start together on one pitch the loudest is kept.
    end_tick: the tick at which the track ends, if none of its events comes later.
    Raises ValueError for a number outside its domain.
    """
    _check_domain("channel", channel, 0, 15)
    rows: list[tuple[int, int, bytes]] = []  # tick, rank at that tick, event
    for what, status, value in (
        ("program", [PROGRAM | channel], program),
        ("volume", [CONTROL | channel, VOLUME], volume),
        ("pan", [CONTROL | channel, PAN], pan),
    ):
        if value is not None:
            _check_domain(what, value, 0, 127)
            rows.append((program_at_tick, 0, bytes([*status, value])))
    for start, end, pitch, velocity in _without_overlaps(notes):
        rows.append((end, 1, bytes([NOTE_OFF | channel, pitch, _RELEASE_VELOCITY])))
        rows.append((start, 2, bytes([NOTE_ON | channel, pitch, velocity])))
    _check_domain("program_at_tick", program_at_tick, 0, min((note[0] for note in notes), default=MAX_DELTA))
    rows.sort(key=lambda row: row[:2])  # at one tick: settings, then ends, then starts
    text = name.encode("utf-8")
    content = bytearray(b"\0" + bytes([META, TRACK_NAME]) + encode_varlen(len(text)) + text)
    at = 0
    for tick, _, event in rows:
        content += encode_varlen(tick - at) + event
        at = tick
    content += encode_varlen(max(0, end_tick - at)) + END_OF_TRACK_EVENT
    return _chunk(b"MTrk", bytes(content))


def _without_overlaps(notes: Iterable[Note]) -> list[Note]:
    """The notes sorted by pitch and start, at most one of a pitch at any tick."""
    kept: list[Note] = []
    for start, end, pitch, velocity in sorted(notes, key=lambda note: (note[2], note[0], -note[3], -note[1])):
        _check_domain("start tick", start, 0, MAX_DELTA - 1)
        _check_domain("end tick", end, start, MAX_DELTA)
        _check_domain("pitch", pitch, 0, 127)
        _check_domain("velocity", velocity, 1, 127)
        if kept and kept[-1][2] == pitch:
            if kept[-1][0] == start:
                continue
            kept[-1] = (kept[-1][0], min(kept[-1][1], start), pitch, kept[-1][3])
        kept.append((start, max(end, start + 1), pitch, velocity))
    return kept


def _check_domain(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what} is {value}; {low} to {high} are valid")


def append_track(smf: Smf, chunk: bytes) -> bytes:
    """The file with one more track: the original bytes, the header's count (and format 0 as 1) apart.

    chunk: a whole MTrk chunk (`encode_track`), put after the last chunk and before bytes that belong to none. The
    count becomes the number of tracks there are. Only a last track that claims more bytes than it has is repaired, so
    that players find the new one: its length is set right and, where it lacks one, an end of track added.
    Raises InputError when the file already holds the most tracks a header can count, ValueError for another chunk.
    """
    if chunk[:4] != b"MTrk" or len(chunk) < 8 or struct.unpack(">I", chunk[4:8])[0] != len(chunk) - 8:
        raise ValueError("the new track must be one whole MTrk chunk")
    n_tracks = len(smf.tracks) + 1
    if n_tracks > MAX_TRACKS:
        raise InputError(f"{smf.name}: holds {MAX_TRACKS} tracks already; at most {MAX_TRACKS - 1} leave room for one")
    last = smf.chunks[-1]
    parts = [
        smf.raw[:8],
        struct.pack(">HH", 1, n_tracks),
        smf.raw[12 : last.start],
        _repaired(smf, last),
        chunk,
        smf.raw[last.stop :],
    ]
    return b"".join(parts)


def _repaired(smf: Smf, chunk: Chunk) -> bytes:
    """The bytes of a chunk, with a true length and an end where its own length field is wrong."""
    if chunk.scan is None or not chunk.is_overlong:
        return smf.raw[chunk.start : chunk.stop]
    end = b"" if chunk.scan.has_end else b"\0" + END_OF_TRACK_EVENT
    return _chunk(chunk.kind, smf.raw[chunk.payload : chunk.stop] + end)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack(">I", len(content)) + content


def remove_parts(
    smf: Smf, matches: Callable[[int, int], bool], spans: Sequence[Span] | None = None
) -> tuple[bytes, int]:
    """The file without the notes of some parts, and the number of notes removed.


    matches(channel, program), both from 0, says whether notes that start on the channel while it has that program go.
    spans: ticks, half open, in which a note has to start in order to go; None for the whole song.
    A channel's program is the last one that any track sent to it, in time order, 0 at first; where a file tells more of
    a track (`told_stems`), it is asked for with what it is taken for. Note offs and polyphonic aftertouch follow the
    note they belong to, so a program change never leaves a note hanging; where notes to keep and to remove sound on one
    pitch, they stay. All other events stay, at their ticks; tracks that lose nothing stay
    byte-identical, the others have a true length and an end of track. A track that we wrote goes as a whole where it
    loses all of its notes, for it would keep a channel from others.
    """
    doomed, n_notes = _doomed_events(smf, matches, spans)
    parts: list[bytes] = []
    number = n_gone = 0
    for chunk in smf.chunks:
        part = smf.raw[chunk.start : chunk.stop]
        if chunk.scan is not None:
            if doomed[number] and len(smf.tracks) > 1 and _is_own_and_emptied(smf, number, doomed[number]):
                part = b""
                n_gone += 1
            elif doomed[number]:
                part = _chunk(chunk.kind, _without_events(part[8:], chunk.scan, doomed[number]))
            number += 1
        parts.append(part)
    (n_tracks,) = struct.unpack(">H", smf.raw[10:12])
    head = [smf.raw[:10], struct.pack(">H", max(0, n_tracks - n_gone)), smf.raw[12 : smf.chunks[0].start]]
    return b"".join([*head, *parts, smf.raw[smf.chunks[-1].stop :]]), n_notes


def _is_own_and_emptied(smf: Smf, track: int, doomed: set[int]) -> bool:
    """Whether we wrote a track and it has no notes but those that start at the given offsets."""
    notes = {event.start for event in smf.events(track) if event.status & 0xF0 == NOTE_ON and event.status < SYSEX}
    return notes <= doomed and is_own(smf, track)


def _doomed_events(
    smf: Smf, matches: Callable[[int, int], bool], spans: Sequence[Span] | None
) -> tuple[list[set[int]], int]:
    """Start offsets of the events to remove, a set for each track, and the number of note ons among them."""
    doomed: list[set[int]] = [set() for _ in smf.tracks]
    program = [0] * 16
    told = told_stems(smf)
    # Notes of a channel and pitch that sound and stay, or go; tracks that are instruments of their own count apart.
    kept: Counter[tuple[int, int, Stem | int | None]] = Counter()
    removed: Counter[tuple[int, int, Stem | int | None]] = Counter()
    n_notes = 0

    def goes(track: int, channel: int, tick: int) -> bool:
        inside = spans is None or any(start <= tick < stop for start, stop in spans)
        return inside and matches(*heard_as(told, track, channel, program[channel]))

    for track, event in smf.channel_events:
        kind, channel = event.status & 0xF0, event.status & 15
        key = (channel, event.data[0], told.get((track, channel)))
        if kind == PROGRAM:
            program[channel] = event.data[0]
        elif kind == NOTE_ON and event.data[1]:
            is_doomed = goes(track, channel, event.tick)
            (removed if is_doomed else kept)[key] += 1
            if is_doomed:
                doomed[track].add(event.start)
                n_notes += 1
        elif kind <= POLY_PRESSURE:
            is_doomed = not kept[key] and (removed[key] > 0 or goes(track, channel, event.tick))
            if is_doomed:
                doomed[track].add(event.start)
            if kind != POLY_PRESSURE:
                ended = removed if is_doomed else kept
                ended[key] = max(0, ended[key] - 1)
    return doomed, n_notes


def _without_events(payload: bytes, scan: TrackScan, doomed: set[int]) -> bytes:
    """A track's payload without the events that start at the given offsets; their deltas go to the next event."""
    out = bytearray()
    at = running = 0  # tick and status after the last event written; 0 where a status must be written out
    folding = False
    for event in walk_events(payload):
        if event.start in doomed:
            folding = True
            continue
        body = _after_delta(payload, event.start)
        out += encode_varlen(event.tick - at) if folding else payload[event.start : body]
        if payload[body] < 0x80 and running != event.status:
            out.append(event.status)
        out += payload[body : event.stop]
        at, folding = event.tick, False
        running = event.status if event.status < SYSEX else 0
    if not scan.has_end:
        out += encode_varlen(scan.end_tick - at) + END_OF_TRACK_EVENT
    return bytes(out) + payload[scan.stop :]


def _after_delta(payload: bytes, start: int) -> int:
    while payload[start] & 0x80:
        start += 1
    return start + 1
