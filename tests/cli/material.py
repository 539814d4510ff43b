"""MIDI files built byte by byte, and what tests look at afterwards."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from midi_subtract.files.smf_edit import encode_track
from midi_subtract.files.smf_events import encode_varlen

TICKS = 480
END = b"\x00\xff\x2f\x00"


def smf(*tracks: bytes, file_format: int = 1, division: int = TICKS) -> bytes:
    """A file of whole MTrk chunks."""
    return b"MThd" + struct.pack(">IHHH", 6, file_format, len(tracks), division) + b"".join(tracks)


def chunk(content: bytes) -> bytes:
    return b"MTrk" + struct.pack(">I", len(content)) + content


def conductor(bpm: float = 120.0, key: tuple[int, int] | None = None) -> bytes:
    """A track of tempo, 4/4, and a key of (sharps, is minor)."""
    content = b"\x00\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big") + b"\x00\xff\x58\x04\x04\x02\x18\x08"
    if key is not None:
        content += b"\x00\xff\x59\x02" + struct.pack(">bB", *key)
    return chunk(content + END)


def marked(places: list[tuple[int, str]], kind: int = 6) -> bytes:
    """A track of texts, each with its tick: markers, or other kinds of meta events."""
    content, at = b"", 0
    for tick, text in places:
        content += encode_varlen(tick - at) + bytes([0xFF, kind, len(text)]) + text.encode()
        at = tick
    return chunk(content + END)


def piano(bars: int = 8, program: int = 0, channel: int = 0) -> bytes:
    """Chords of A minor, F, C and G, a bar each."""
    chords = ((57, 60, 64), (53, 57, 60), (55, 60, 64), (55, 59, 62))
    rows = [
        (bar * 4 * TICKS, (bar + 1) * 4 * TICKS - 20, pitch, 80) for bar in range(bars) for pitch in chords[bar % 4]
    ]
    return encode_track("piano", program, channel, rows)


def song_bytes(bars: int = 8, **settings: Any) -> bytes:
    return smf(conductor(**settings), piano(bars))


def bass(bars: int = 8) -> bytes:
    """Quarter notes on A, on MIDI channel 2."""
    return encode_track("bass", 33, 1, [(beat * TICKS, beat * TICKS + 400, 33, 90) for beat in range(bars * 4)])


def files(folder: Path) -> set[str]:
    """Everything below a folder, hidden files included."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def document(result: Any) -> Any:
    """The JSON document that is all of stdout."""
    return json.loads(result.stdout)
