"""Properties of edits to MIDI files, over generated songs and over damaged ones."""

from __future__ import annotations

import io
import struct
from collections import Counter
from dataclasses import dataclass
from typing import Any

import mido
import pretty_midi
import pytest
import symusic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_channels import channels_used, free_channel
from midi_subtract.files.smf_edit import Note, append_track, encode_track, remove_parts
from midi_subtract.files.smf_events import encode_varlen
from subtract_core.errors import InputError

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# pretty_midi warns of tempo changes outside the first track, which are part of what is generated
pytestmark = pytest.mark.filterwarnings("ignore:Tempo, Key or Time signature:RuntimeWarning")

ticks = st.integers(0, 4000)
byte7 = st.integers(0, 127)


@dataclass(frozen=True)
class Song:
    """A generated file and the chunks it was made of."""

    data: bytes
    chunks: list[bytes]


@st.composite
def channel_messages(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """A note (rarely without its end), or another channel event, on any channel and few pitches, so that they clash."""
    start, channel = draw(ticks), draw(st.integers(0, 15))
    kind = draw(st.sampled_from(["note", "note", "note", "open", "program", "control", "bend", "poly", "pressure"]))
    pitch = draw(st.integers(60, 63))
    if kind in ("note", "open"):
        on = (start, bytes([0x90 | channel, pitch, draw(st.integers(1, 127))]))
        off = draw(st.sampled_from([bytes([0x80 | channel, pitch, 64]), bytes([0x90 | channel, pitch, 0])]))
        return [on] if kind == "open" else [on, (start + draw(st.integers(1, 900)), off)]
    body = {
        "program": [0xC0 | channel, draw(st.sampled_from([0, 33, 38, 50]))],
        "control": [0xB0 | channel, draw(byte7), draw(byte7)],
        "bend": [0xE0 | channel, draw(byte7), draw(byte7)],
        "poly": [0xA0 | channel, pitch, draw(byte7)],
        "pressure": [0xD0 | channel, draw(byte7)],
    }[kind]
    return [(start, bytes(body))]


@st.composite
def long_messages(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """A tempo, a time signature, a text or a sysex."""
    tempo = st.integers(1, 0xFFFFFF).map(lambda us: b"\xff\x51\x03" + us.to_bytes(3, "big"))
    meter = st.tuples(st.integers(1, 12), st.integers(0, 4)).map(lambda m: bytes([0xFF, 0x58, 4, *m, 24, 8]))
    text = st.binary(max_size=200).map(lambda t: b"\xff\x01" + encode_varlen(len(t)) + t)
    content = st.binary(max_size=200).map(lambda t: bytes(byte & 0x7F for byte in t) + b"\xf7")
    sysex = content.map(lambda t: b"\xf0" + encode_varlen(len(t)) + t)
    return [(draw(ticks), draw(st.one_of(tempo, meter, text, sysex)))]


def track_content(messages: list[tuple[int, bytes]], end_delay: int, is_terse: bool) -> bytes:
    """Messages at ticks as a track's payload; `is_terse` uses running status wherever the format allows it."""
    content, at, running = b"", 0, b""
    for tick, body in sorted(messages, key=lambda message: message[0]):
        is_channel = body[0] < 0xF0
        is_implied = is_terse and is_channel and body[:1] == running
        content += encode_varlen(tick - at) + (body[1:] if is_implied else body)
        at, running = tick, body[:1] if is_channel else b""
    return content + encode_varlen(end_delay) + b"\xff\x2f\x00"


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack(">I", len(content)) + content


@st.composite
def songs(draw: st.DrawFn, unknown: bool = True) -> Song:
    """Files of format 0 or 1 with clashing channels and programs, late ends and, if asked for, unknown chunks."""
    chunks = []
    n_tracks = draw(st.integers(1, 4))
    for _ in range(n_tracks):
        groups = draw(st.lists(st.one_of(channel_messages(), channel_messages(), long_messages()), max_size=10))
        end_delay = draw(st.sampled_from([0, 1, 127, 128, 20_000]))
        content = track_content([message for group in groups for message in group], end_delay, draw(st.booleans()))
        chunks.append(chunk(b"MTrk", content))
    if unknown and draw(st.booleans()):
        chunks.insert(draw(st.integers(0, n_tracks)), chunk(b"XFIH", draw(st.binary(max_size=9))))
    file_format = draw(st.integers(0, 1)) if n_tracks == 1 else 1
    division = draw(st.sampled_from([24, 96, 480, 32767]))
    head = b"MThd" + struct.pack(">IHHH", 6, file_format, n_tracks, division)
    return Song(head + b"".join(chunks), chunks)


parts = st.lists(
    st.tuples(ticks, st.integers(1, 900), byte7, st.integers(1, 127)).map(lambda n: (n[0], n[0] + n[1], n[2], n[3])),
    max_size=8,
)


def mido_tracks(data: bytes) -> list[list[tuple[int, tuple[int, ...]]]]:
    """(tick, bytes) of every message of every track, as mido reads a file."""
    tracks = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        at, rows = 0, []
        for message in track:
            at += message.time
            rows.append((at, tuple(message.bytes())))
        tracks.append(rows)
    return tracks


def symusic_notes(data: bytes) -> Counter[tuple[int, int, int, int]]:
    score: Any = symusic.Score.from_midi(data)
    return Counter((n.time, n.time + n.duration, n.pitch, n.velocity) for track in score.tracks for n in track.notes)


def pretty_midi_count(data: bytes) -> int:
    return sum(len(part.notes) for part in pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments)


@QUICK
@given(songs(), parts, st.booleans())
def test_appended_track_leaves_every_chunk_byte_identical(song: Song, part: list[Note], is_drum: bool) -> None:
    smf = parse_smf(song.data, "song.mid")
    new = encode_track("new", 33, free_channel(smf, is_drum).channel, part)
    result = append_track(smf, new)
    n_tracks = struct.unpack(">H", song.data[10:12])[0]
    head = b"MThd" + struct.pack(">IHH", 6, 1, n_tracks + 1) + song.data[12:14]
    assert result == head + b"".join(song.chunks) + new


@QUICK
@given(songs(), parts)
def test_old_and_new_notes_are_read_back_by_other_parsers(song: Song, part: list[Note]) -> None:
    smf = parse_smf(song.data, "song.mid")
    new = encode_track("new", 33, free_channel(smf, False).channel, part)
    alone = b"MThd" + struct.pack(">IHHH", 6, 1, 1, smf.division) + new
    before, after = smf.clean(), parse_smf(append_track(smf, new), "song.mid").clean()
    assert symusic_notes(after) == symusic_notes(before) + symusic_notes(alone)
    assert mido_tracks(after) == mido_tracks(before) + mido_tracks(alone)
    assert pretty_midi_count(after) == pretty_midi_count(before) + pretty_midi_count(alone)
    starts = {(start, pitch) for start, _, pitch, _ in part}
    assert sorted((start, pitch) for start, _, pitch, _ in symusic_notes(alone).elements()) == sorted(starts)


@QUICK
@given(songs(unknown=False))
def test_events_are_those_that_mido_reads(song: Song) -> None:
    smf = parse_smf(song.data, "song.mid")
    ours = [
        [(e.tick, (e.status, *e.data)) for e in smf.events(index) if e.status < 0xF0]
        for index in range(len(smf.tracks))
    ]
    theirs = [[row for row in track if row[1][0] < 0xF0] for track in mido_tracks(song.data)]
    assert ours == theirs
    assert [list(smf.events(index))[-1].tick for index in range(len(smf.tracks))] == [
        track[-1][0] for track in mido_tracks(song.data)
    ]


@QUICK
@given(songs())
def test_clean_copy_is_canonical_and_keeps_every_note_on_and_tick(song: Song) -> None:
    smf = parse_smf(song.data, "song.mid")
    clean = smf.clean()
    again = parse_smf(clean, "song.mid")
    assert again.clean() == clean
    assert again.warnings == []
    assert channels_used(again) == channels_used(smf)
    assert symusic_notes(clean).total() == sum(channels_used(smf).values())


def is_note_on(body: tuple[int, ...]) -> bool:
    return body[0] & 0xF0 == 0x90 and body[2] > 0


def timeline(data: bytes) -> list[tuple[int, int, tuple[int, ...]]]:
    """(tick, track, bytes) of all channel messages in playing order, as mido reads them."""
    rows = [(tick, i, body) for i, track in enumerate(mido_tracks(data)) for tick, body in track if body[0] < 0xF0]
    return sorted(rows, key=lambda row: row[:2])


def split_by_program(data: bytes) -> tuple[Counter[object], Counter[object]]:
    """Note ons that start on a bass program or the drum channel, and the others."""
    program = [0] * 16
    matching: Counter[object] = Counter()
    others: Counter[object] = Counter()
    for tick, track, body in timeline(data):
        channel = body[0] & 15
        if body[0] & 0xF0 == 0xC0:
            program[channel] = body[1]
        elif is_note_on(body):
            (matching if is_wanted(channel, program[channel]) else others)[tick, track, body] += 1
    return matching, others


def is_wanted(channel: int, program: int) -> bool:
    return channel == 9 or 32 <= program < 40


def first_ends(data: bytes, wanted: Counter[object]) -> list[tuple[object, int | None]]:
    """For each wanted note on, the tick of the first note off of its channel and pitch that follows, in any track."""
    rows = timeline(data)
    found: list[tuple[object, int | None]] = []
    for index, (tick, track, body) in enumerate(rows):
        if is_note_on(body) and (tick, track, body) in wanted:
            ends = (
                at
                for at, _, other in rows[index + 1 :]
                if other[0] & 0xF0 in (0x80, 0x90) and not is_note_on(other)
                if (other[0] & 15, other[1]) == (body[0] & 15, body[1])
            )
            found.append(((tick, track, body), next(ends, None)))
    return found


@QUICK
@given(songs(unknown=False))
def test_removing_takes_exactly_the_matching_notes_and_keeps_all_else_in_place(song: Song) -> None:
    result, n_notes = remove_parts(parse_smf(song.data, "song.mid"), is_wanted)
    matching, others = split_by_program(song.data)
    assert n_notes == matching.total()
    left = Counter((tick, track, body) for tick, track, body in timeline(result) if is_note_on(body))
    assert left == others
    assert first_ends(result, others) == first_ends(song.data, others)
    for before, after in zip(mido_tracks(song.data), mido_tracks(result), strict=True):
        assert [row for row in before if not is_note_event(row)] == [row for row in after if not is_note_event(row)]


def is_note_event(row: tuple[int, tuple[int, ...]]) -> bool:
    return 0x80 <= row[1][0] < 0xB0


@QUICK
@given(songs())
def test_removing_keeps_chunks_without_matching_notes_byte_identical(song: Song) -> None:
    result, _ = remove_parts(parse_smf(song.data, "song.mid"), lambda channel, _: channel == 5)
    again = parse_smf(result, "song.mid")
    assert again.warnings == [] or all("note" in text or "unknown" in text for text in again.warnings)
    assert [c.kind for c in again.chunks] == [old[:4] for old in song.chunks]
    for old, new in zip(song.chunks, again.chunks, strict=True):
        if old != result[new.start : new.stop]:
            assert len(old) > new.stop - new.start
    assert remove_parts(parse_smf(song.data, "song.mid"), lambda *_: False) == (song.data, 0)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A song with some bytes replaced, inserted, deleted or cut off."""
    data = bytearray(draw(songs()).data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        how = draw(st.sampled_from(["replace", "insert", "delete", "cut"]))
        if how == "cut":
            del data[max(at, 14) :]
        else:
            new = draw(st.binary(min_size=1, max_size=3)) if how != "delete" else b""
            data[at : at if how == "insert" else at + len(new or b"xx")] = new
    return bytes(data)


def use_all(data: bytes) -> None:
    """Everything a file can be put through, and what comes out given to strict parsers. Raises InputError alone."""
    smf = parse_smf(data, "song.mid")
    symusic_notes(smf.clean())
    mido_tracks(smf.clean())
    choice = free_channel(smf, False)
    longer = parse_smf(append_track(smf, encode_track("new", 0, choice.channel, [(0, 10, 60, 64)])), "longer.mid")
    assert len(longer.tracks) == len(smf.tracks) + 1
    shorter, n_notes = remove_parts(smf, is_wanted)
    assert sum(channels_used(parse_smf(shorter, "shorter.mid")).values()) + n_notes == sum(channels_used(smf).values())


@FUZZ
@given(damaged())
def test_damaged_file_is_used_or_refused_but_never_crashes(data: bytes) -> None:
    try:
        use_all(data)
    except InputError as error:
        assert str(error).startswith("song.mid: ")


@FUZZ
@given(st.binary(max_size=60))
def test_arbitrary_track_content_is_used_or_refused_but_never_crashes(content: bytes) -> None:
    head = b"MThd" + struct.pack(">IHHH", 6, 1, 1, 480)
    for data in (head + content, head + chunk(b"MTrk", content), content):
        try:
            use_all(data)
        except InputError as error:
            assert str(error).startswith("song.mid: ")


@QUICK
@given(songs(), st.data())
def test_cut_song_is_refused_or_keeps_all_events_before_the_cut(song: Song, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(song.data) - 1))
    try:
        cut = parse_smf(song.data[:size], "song.mid")
    except InputError:
        return
    whole = parse_smf(song.data, "song.mid")
    for index in range(len(cut.tracks)):
        kept = list(cut.events(index))
        assert kept == list(whole.events(index))[: len(kept)]


@pytest.mark.parametrize("value", [0, 1, 127, 128, 0x3FFF, 0x4000, 0x0FFFFFFF])
def test_variable_length_numbers_match_midos(value: int) -> None:
    assert encode_varlen(value) == bytes(mido.midifiles.meta.encode_variable_int(value))
