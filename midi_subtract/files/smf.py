"""Standard MIDI Files as bytes: what a file holds, where it stands, and what is wrong with it.

Nothing here interprets music. The original bytes are kept, so that edits (`midi_subtract.files.smf_edit`) leave
everything they do not concern as it was.

A file is accepted when players agree on what it plays, and refused where they would have to guess:

- accepted, with a line in `Smf.warnings`: a header count that differs from the tracks found, a header longer than 6
  bytes, several tracks in format 0, chunks of unknown kind, bytes after the last chunk or after an end of track, a
  missing end of track, notes that never end, data bytes above 127, running status carried across a meta event, tempi
  of zero and tempi, meters and keys that are too short or mean nothing, which are passed over;
- a last track that declares more bytes than the file has is accepted when it ends with an end of track or, holding at
  least one event, exactly between two events; cut inside an event, the file is refused as truncated;
- refused: formats 2 and above, SMPTE or zero division, status bytes 0xF1-0xF6 and 0xF8-0xFE, a data byte without a
  status, an event that crosses the end of its track, a header that promises tracks which stand where no chunk starts,
  and songs longer than `MAX_QUARTERS`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from midi_subtract.files.smf_events import (
    KEY_SIGNATURE,
    MAX_DELTA,
    SYSEX,
    TEMPO,
    TIME_SIGNATURE,
    BrokenTrackError,
    Event,
    TrackScan,
    clean_track,
    is_readable,
    scan_track,
    walk_events,
)
from subtract_core.errors import InputError

MIDI_SUFFIXES = (".mid", ".midi", ".kar")
"""Names under which songs are looked for in folders and archives."""

MAX_QUARTERS = 20_000
"""Longest song that is read, in quarter notes: almost three hours at 120 a minute."""

MAX_TRACKS = 0xFFFF
"""The header's track count has two bytes."""

_KNOWN_FORMATS: tuple[tuple[int, bytes, str], ...] = (
    (8, b"RMID", "a RIFF MIDI file (.rmi)"),
    (8, b"WAVE", "WAV audio"),
    (0, b"ID3", "MP3 audio"),
    (0, b"\xff\xfb", "MP3 audio"),
    (0, b"OggS", "Ogg audio"),
    (0, b"fLaC", "FLAC audio"),
    (0, b"FORM", "AIFF audio"),
    (4, b"ftyp", "MP4 audio or video"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive (or a zipped score such as .mscz, .mxl or .gp)"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"<?xml", "an XML document (MusicXML?)"),
    (1, b"FICHIER GUITAR PRO", "a Guitar Pro score"),
)


_CONDUCTING: dict[int | None, str] = {TEMPO: "tempo", TIME_SIGNATURE: "meter", KEY_SIGNATURE: "key"}


@dataclass(frozen=True)
class Chunk:
    """A chunk after the header, as offsets in the file.

    kind: its four-byte name, b"MTrk" for a track.
    start: offset of that name; payload: offset of the content; stop: offset after the content that is there.
    declared: bytes of content that its length field claims; more than are there only in a last track.
    scan: what the track holds, None for a chunk of unknown kind.
    """

    kind: bytes
    start: int
    stop: int
    declared: int
    scan: TrackScan | None = None

    @property
    def payload(self) -> int:
        """Offset of the content in the file."""
        return self.start + 8

    @property
    def is_overlong(self) -> bool:
        """Whether the length field claims bytes that do not belong to the chunk."""
        return self.declared != self.stop - self.payload


@dataclass(frozen=True)
class Smf:
    """A Standard MIDI File of format 0 or 1.

    name: the file's name, for messages.
    raw: the file's bytes.
    format: as the header says.
    division: ticks a quarter note.
    chunks: all chunks after the header, in file order; bytes that are in no chunk follow the last one.
    warnings: one line for each breach of the format that was tolerated.
    """

    name: str
    raw: bytes = field(repr=False)
    format: int
    division: int
    chunks: list[Chunk]
    warnings: list[str]

    @cached_property
    def tracks(self) -> list[Chunk]:
        """The MTrk chunks, in file order."""
        return [chunk for chunk in self.chunks if chunk.scan is not None]

    @property
    def end_tick(self) -> int:
        """Tick of the last event of any track."""
        return max(chunk.scan.end_tick for chunk in self.chunks if chunk.scan is not None)

    def payload(self, track_index: int) -> bytes:
        """Content of a track's chunk, without its name and length."""
        chunk = self.tracks[track_index]
        return self.raw[chunk.payload : chunk.stop]

    def events(self, track_index: int) -> Iterator[Event]:
        """Events of a track in order, the end of track included; what follows that is left out."""
        return walk_events(self.payload(track_index))

    @cached_property
    def channel_events(self) -> list[tuple[int, Event]]:
        """(track index, event) of all channel events in the order in which a player sends them: tick, then track."""
        rows = [
            (event.tick, index, event)
            for index in range(len(self.tracks))
            for event in self.events(index)
            if event.status < SYSEX
        ]
        rows.sort(key=itemgetter(0))  # stable: at one tick, tracks keep their order and events theirs
        return [(index, event) for _, index, event in rows]

    def clean(self) -> bytes:
        """The song as a canonical file for strict parsers; the raw bytes unchanged where those are canonical.

        Holds a 6-byte header and all tracks with true counts and lengths; see `clean_track` for their content.
        """
        tracks = [(chunk, chunk.scan) for chunk in self.chunks if chunk.scan is not None]
        contents = []
        for chunk, scan in tracks:
            payload = self.raw[chunk.payload : chunk.stop]
            contents.append(payload if scan.is_strict else clean_track(payload, scan))
        file_format = 1 if len(tracks) > 1 else self.format
        head = b"MThd" + struct.pack(">IHHH", 6, file_format, len(tracks), self.division)
        return head + b"".join(b"MTrk" + struct.pack(">I", len(content)) + content for content in contents)


def parse_smf(data: bytes, name: str) -> Smf:
    """Read a MIDI file's bytes; `name` is what messages call the file.

    Raises InputError, with one line, for what the module's text lists as refused.
    """
    header = _read_header(data, name)
    chunks = [
        _scan_chunk(data, chunk, number, name) for number, chunk in _numbered(_read_chunks(data, 8 + header.length))
    ]
    _check_tracks(data, chunks, header, name)
    _check_length(chunks, header.division, name)
    warnings = _file_warnings(header, chunks, len(data)) + _track_warnings(data, chunks)
    return Smf(name, data, header.format, header.division, chunks, warnings)


@dataclass(frozen=True)
class _Header:
    length: int
    format: int
    tracks: int
    division: int


def _read_header(data: bytes, name: str) -> _Header:
    if not data:
        raise InputError(f"{name}: is empty; a Standard MIDI File (.mid) is needed")
    if not data.startswith(b"MThd"):
        looks = next((f" but {what}" for at, magic, what in _KNOWN_FORMATS if data.startswith(magic, at)), "")
        raise InputError(f"{name}: is not a MIDI file{looks}; a Standard MIDI File (.mid) starts with MThd")
    if len(data) < 14:
        raise InputError(f"{name}: is truncated inside its header ({len(data)} bytes); a whole MIDI file is needed")
    header = _Header(*struct.unpack(">IHHH", data[4:14]))
    if header.length < 6 or 8 + header.length > len(data):
        raise InputError(f"{name}: has a header of {header.length} bytes; 6 are usual, and it must fit the file")
    if header.format > 1:
        raise InputError(f"{name}: is a MIDI file of format {header.format}; formats 0 and 1 can be used")
    if header.division & 0x8000:
        raise InputError(f"{name}: counts time in SMPTE frames; a file with ticks per quarter note is needed")
    if header.division == 0:
        raise InputError(f"{name}: has 0 ticks per quarter note; 1 to 32767 are valid")
    return header


def _read_chunks(data: bytes, at: int) -> list[Chunk]:
    """Chunks from offset `at` on, up to the first bytes that are none; only a last track may be incomplete."""
    chunks: list[Chunk] = []
    while at + 8 <= len(data):
        kind, declared = struct.unpack_from(">4sI", data, at)
        stop = at + 8 + declared
        is_chunk = kind == b"MTrk" or (all(32 <= byte < 127 for byte in kind) and stop <= len(data))
        if not is_chunk:
            break
        chunks.append(Chunk(kind, at, min(stop, len(data)), declared))
        at = chunks[-1].stop
    return chunks


def _numbered(chunks: list[Chunk]) -> Iterator[tuple[int, Chunk]]:
    """Chunks with the number, from 1, of the track that they are or follow."""
    number = 0
    for chunk in chunks:
        number += chunk.kind == b"MTrk"
        yield number, chunk


def _scan_chunk(data: bytes, chunk: Chunk, number: int, name: str) -> Chunk:
    """The chunk with its scan; a last track that claims too much is cut to what belongs to it."""
    if chunk.kind != b"MTrk":
        return chunk
    try:
        scan = scan_track(data[chunk.payload : chunk.stop])
        if chunk.is_overlong and not scan.n_events:
            raise BrokenTrackError("ends before its first event", 0, cut=True)
    except BrokenTrackError as error:
        at = chunk.payload + error.offset
        if error.cut and chunk.is_overlong:
            missing = chunk.declared - (chunk.stop - chunk.payload)
            where = f"is truncated: track {number} {error.reason} (byte {at}, {missing} bytes are missing)"
            raise InputError(f"{name}: {where}; a whole MIDI file is needed") from None
        where = f"is damaged: track {number} {error.reason} (byte {at})"
        raise InputError(f"{name}: {where}; a MIDI file that players read is needed") from None
    stop = chunk.payload + scan.stop if chunk.is_overlong else chunk.stop
    return Chunk(chunk.kind, chunk.start, stop, chunk.declared, scan)


def _check_tracks(data: bytes, chunks: list[Chunk], header: _Header, name: str) -> None:
    """Refuse files without tracks, with too many, or with promised tracks that no longer start where a chunk ends."""
    n_tracks = sum(chunk.scan is not None for chunk in chunks)
    rest = chunks[-1].stop if chunks else 8 + header.length
    if n_tracks < header.tracks and data.find(b"MTrk", rest) >= 0:
        where = f"track {n_tracks + 1} of {header.tracks} is not whole where it should start (byte {rest})"
        raise InputError(f"{name}: {where}, the file is damaged or truncated; a whole MIDI file is needed")
    if not 0 < n_tracks <= MAX_TRACKS:
        raise InputError(f"{name}: holds {n_tracks} tracks; 1 to {MAX_TRACKS} are valid")


def _check_length(chunks: list[Chunk], division: int, name: str) -> None:
    """Refuse songs beyond `MAX_QUARTERS`, or so fine that a delta time could not span them."""
    limit = min(MAX_QUARTERS * division, MAX_DELTA)
    end = max(chunk.scan.end_tick for chunk in chunks if chunk.scan is not None)
    if end > limit:
        length = f"lasts {-(-end // division):,} quarter notes"
        raise InputError(f"{name}: {length}; at most {limit // division:,} can be handled")


def _file_warnings(header: _Header, chunks: list[Chunk], size: int) -> list[str]:
    n_tracks = sum(chunk.scan is not None for chunk in chunks)
    kinds = sorted({chunk.kind.decode("ascii") for chunk in chunks if chunk.scan is None})
    last = chunks[-1]
    found = [
        (header.length > 6, f"the header has {header.length} bytes instead of 6"),
        (header.tracks != n_tracks, f"the header counts {header.tracks} tracks, the file holds {n_tracks}"),
        (header.format == 0 and n_tracks > 1, f"format 0 with {n_tracks} tracks is read as format 1"),
        (bool(kinds), f"chunks of unknown kind are kept as they are: {', '.join(kinds)}"),
        (last.is_overlong, f"the last track claims {last.declared} bytes but has {last.stop - last.payload}"),
        (size > last.stop, f"{size - last.stop} bytes follow the last chunk"),
    ]
    return [text for applies, text in found if applies]


def _track_warnings(data: bytes, chunks: list[Chunk]) -> list[str]:
    warnings = []
    for number, chunk in _numbered(chunks):
        scan = chunk.scan
        if scan is None:
            continue
        n_after = chunk.stop - chunk.payload - scan.stop
        found = [
            (not scan.has_end, "has no end-of-track event"),
            (n_after > 0, f"has {n_after} bytes after its end"),
            (bool(scan.unbalanced), f"does not end all notes of {len(scan.unbalanced)} pitches"),
        ]
        lost = [] if scan.is_strict else _unreadable(data[chunk.payload : chunk.stop])
        texts = [text for applies, text in found if applies] + sorted(scan.oddities) + lost
        warnings += [f"track {number}: {text}" for text in texts]
    return warnings


def _unreadable(payload: bytes) -> list[str]:
    """What a track says of tempo, meter and key that cannot be read, a line a kind."""
    lost = {
        event.meta_type
        for event in walk_events(payload)
        if event.meta_type in _CONDUCTING and not is_readable(event.status, event.meta_type, event.data)
    }
    return [f"a {name} that means nothing is passed over" for kind, name in _CONDUCTING.items() if kind in lost]
