"""Events inside one MTrk chunk of a Standard MIDI File: reading them, and what strict parsers make of them.

Format: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL, PROGRAM = 0x80, 0x90, 0xA0, 0xB0, 0xC0
"""Upper four bits of a channel event's status byte."""

VOLUME, PAN, EXPRESSION = 7, 10, 11
"""Controllers."""

SYSEX, ESCAPE, META = 0xF0, 0xF7, 0xFF
TEXT, TRACK_NAME, MARKER, CUE_POINT = 0x01, 0x03, 0x06, 0x07
END_OF_TRACK, TEMPO, SMPTE_OFFSET, TIME_SIGNATURE, KEY_SIGNATURE = 0x2F, 0x51, 0x54, 0x58, 0x59

MAX_DELTA = 0x0FFF_FFFF
"""Largest number that a variable-length quantity of the format can hold, in ticks or bytes."""

END_OF_TRACK_EVENT = b"\xff\x2f\x00"

_DATA_BYTES = (0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 2)  # by status >> 4
_LOST_STATUS = "running status is carried across a meta or sysex event"
_WIDE_DATA = "data bytes above 127 are read as 127"


class Event(NamedTuple):
    """One event of a track.

    tick: ticks from the start of the song.
    status: full status byte, running status resolved; 0xF0 or 0xF7 for sysex, 0xFF for meta events.
    data: what follows the status: one or two data bytes (0-127 each), or the content of a sysex or meta event.
    start, stop: byte offsets in the track's payload, the delta time included.
    meta_type: the type byte of a meta event, None for every other event.
    """

    tick: int
    status: int
    data: bytes
    start: int
    stop: int
    meta_type: int | None = None


class BrokenTrackError(Exception):
    """A track that cannot be read on: `reason` from byte `offset` of the payload; `cut` if bytes are missing."""

    def __init__(self, reason: str, offset: int, cut: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.offset, self.cut = reason, offset, cut


def encode_varlen(value: int) -> bytes:
    """A variable-length quantity of 1-4 bytes. ValueError outside 0..`MAX_DELTA`."""
    if not 0 <= value <= MAX_DELTA:
        raise ValueError(f"{value} does not fit a variable-length quantity (0 to {MAX_DELTA})")
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def read_varlen(payload: bytes, at: int) -> tuple[int, int]:
    """Value of the variable-length quantity at byte `at`, and the offset after it.

    Raises BrokenTrackError when it is longer than the format's four bytes, IndexError where the payload ends inside.
    """
    value = 0
    for pos in range(at, at + 4):
        byte = payload[pos]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, pos + 1
    raise BrokenTrackError("holds a variable-length number of more than four bytes", at)


def walk_events(payload: bytes, oddities: set[str] | None = None) -> Iterator[Event]:
    """The events of a track's payload in order, up to and with the end-of-track event where there is one.

    What the format forbids but players accept is read as they do and named in `oddities`. Raises BrokenTrackError.
    """
    noted: set[str] = set() if oddities is None else oddities
    pos = tick = running = 0
    kept_alive = False  # the running status has outlived a meta or sysex event, which by the format cancels it
    size = len(payload)
    while pos < size:
        start = pos
        try:
            delta, pos = payload[pos], pos + 1
            if delta > 127:
                delta, pos = read_varlen(payload, start)
            tick += delta
            status = payload[pos]
            if status >= SYSEX:
                event = _long_event(payload, tick, start, pos)
            else:
                if status > 127:
                    running, kept_alive = status, False
                    pos += 1
                elif not running:
                    raise BrokenTrackError("has a data byte where a status byte is due", pos)
                elif kept_alive:
                    noted.add(_LOST_STATUS)
                stop = pos + _DATA_BYTES[running >> 4]
                data = payload[pos:stop]
                if stop > size:
                    raise IndexError
                if not data.isascii():
                    noted.add(_WIDE_DATA)
                    data = bytes(min(byte, 127) for byte in data)
                event = Event(tick, running, data, start, stop)
        except IndexError:
            raise BrokenTrackError("ends inside an event", start, cut=True) from None
        yield event
        pos = event.stop
        if event.status >= SYSEX:
            kept_alive = True
            if event.meta_type == END_OF_TRACK:
                return


def _long_event(payload: bytes, tick: int, start: int, pos: int) -> Event:
    """The sysex or meta event whose status byte is at `pos`; IndexError where it is cut off."""
    status, meta_type = payload[pos], None
    if status == META:
        pos += 1
        meta_type = payload[pos]
    elif status not in (SYSEX, ESCAPE):
        raise BrokenTrackError(f"has status byte 0x{status:02X}, which has no place in a file", pos)
    length, pos = read_varlen(payload, pos + 1)
    stop = pos + length
    if stop > len(payload):
        raise IndexError
    return Event(tick, status, payload[pos:stop], start, stop, meta_type)


@dataclass(frozen=True)
class TrackScan:
    """What one pass over a track found.

    n_events: events, the end of track included.
    end_tick: tick of the last event.
    statuses: the channel statuses that occur.
    stop: offset in the payload after the last event.
    has_end: whether an end-of-track event closes it.
    unbalanced: `channel << 7 | pitch` of the notes that are started more often than they are ended.
    oddities: breaches of the format that were read as players read them.
    is_strict: whether strict parsers read the payload as it stands.
    """

    n_events: int
    end_tick: int
    statuses: frozenset[int]
    stop: int
    has_end: bool
    unbalanced: frozenset[int]
    oddities: frozenset[str]
    is_strict: bool


def scan_track(payload: bytes) -> TrackScan:
    """Read a track's payload once. Raises BrokenTrackError as `walk_events` does."""
    oddities: set[str] = set()
    n_open: dict[int, int] = {}
    statuses: set[int] = set()
    n_events = end_tick = stop = 0
    meta_type: int | None = None
    readable = True
    for tick, status, data, _, stop, meta_type in walk_events(payload, oddities):  # noqa: B007
        n_events, end_tick = n_events + 1, tick
        statuses.add(status)
        if status < POLY_PRESSURE:
            key = (status & 15) << 7 | data[0]
            if status >= NOTE_ON and data[1]:
                n_open[key] = n_open.get(key, 0) + 1
            elif n_open.get(key):
                n_open[key] -= 1
        elif status >= SYSEX and readable:
            readable = is_readable(status, meta_type, data)
    has_end = meta_type == END_OF_TRACK
    unbalanced = frozenset(key for key, count in n_open.items() if count)
    is_strict = readable and has_end and stop == len(payload) and not unbalanced and not oddities
    heard = frozenset(s for s in statuses if s < SYSEX)
    return TrackScan(n_events, end_tick, heard, stop, has_end, unbalanced, frozenset(oddities), is_strict)


def is_readable(status: int, meta_type: int | None, data: bytes) -> bool:
    """Whether symusic, mido and pretty_midi all read this sysex or meta event.

    symusic loses its place at 0xF7 events; mido raises on sysex data above 127 and on short or meaningless metas;
    pretty_midi divides by a tempo and refuses a numerator of zero.
    """
    if status == ESCAPE:
        return False
    if status == SYSEX:
        return data.removesuffix(b"\xf7").isascii()
    if meta_type == TEMPO:
        return len(data) >= 3 and any(data[:3])
    if meta_type == TIME_SIGNATURE:
        return len(data) >= 4 and data[0] > 0 and data[1] <= 7
    if meta_type == KEY_SIGNATURE:
        return len(data) >= 2 and (data[0] + 7) % 256 <= 14 and data[1] <= 1
    if meta_type == SMPTE_OFFSET:
        return len(data) >= 5 and data[0] >> 5 <= 3
    if meta_type == 0x00:  # sequence number
        return len(data) != 1
    return meta_type != 0x20 or len(data) > 0  # channel prefix


def clean_track(payload: bytes, scan: TrackScan) -> bytes:
    """The payload as strict parsers want it, every event at its old tick.

    Statuses are explicit, unreadable events (`is_readable`) and what follows the end of track are gone, and the track
    is ended. Notes of an unbalanced pitch end where the pitch starts anew, as on a synthesizer, and at the latest at
    the track's end: first-in-first-out readers would else pair every later note of that pitch with a wrong end.
    """
    out = bytearray()
    at = 0
    sounding: dict[int, int] = {}  # start tick of the open notes among the unbalanced pitches

    def put(tick: int, body: bytes) -> None:
        nonlocal at
        out.extend(encode_varlen(tick - at) + body)
        at = tick

    for event in walk_events(payload):
        tick, status, data = event.tick, event.status, event.data
        if status >= SYSEX:
            if event.meta_type != END_OF_TRACK and is_readable(status, event.meta_type, data):
                kind = bytes([status] if event.meta_type is None else [status, event.meta_type])
                put(tick, kind + encode_varlen(len(data)) + data)
            continue
        if status < POLY_PRESSURE and (key := (status & 15) << 7 | data[0]) in scan.unbalanced:
            if sounding.pop(key, None) is not None and status >= NOTE_ON and data[1]:
                put(tick, _note_off(key))
            if status >= NOTE_ON and data[1]:
                sounding[key] = tick
        put(tick, bytes([status]) + data)
    end = max([scan.end_tick, *(start + 1 for start in sounding.values())])
    for key in sorted(sounding):
        put(end, _note_off(key))
    put(end, END_OF_TRACK_EVENT)
    return bytes(out)


def _note_off(key: int) -> bytes:
    return bytes([NOTE_OFF | key >> 7, key & 0x7F, 0])
