"""Standard MIDI Files: what is accepted, refused, and left untouched."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Sequence
from typing import Any

import mido
import pretty_midi
import pytest
import symusic

from midi_subtract.files.smf import MAX_QUARTERS, MAX_TRACKS, Smf, parse_smf
from midi_subtract.files.smf_channels import Sound, channels_used, free_channel, sound_of
from midi_subtract.files.smf_edit import Note, append_track, encode_track, remove_parts
from midi_subtract.files.smf_events import Event, encode_varlen
from subtract_core.errors import InputError

END = b"\x00\xff\x2f\x00"
NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x40"  # middle C on channel 0, ticks 0-96
BASS = encode_track("bass", 33, 1, [(0, 48, 40, 90), (48, 96, 43, 80)])


def chunk(content: bytes, kind: bytes = b"MTrk") -> bytes:
    return kind + struct.pack(">I", len(content)) + content


def header(n_tracks: int = 1, file_format: int = 1, division: int = 480) -> bytes:
    return b"MThd" + struct.pack(">IHHH", 6, file_format, n_tracks, division)


def meta(kind: int, data: bytes) -> bytes:
    return bytes([0, 0xFF, kind, len(data)]) + data


def song(*contents: bytes, file_format: int = 1, division: int = 480) -> bytes:
    return header(len(contents), file_format, division) + b"".join(chunk(content) for content in contents)


def parse(data: bytes) -> Smf:
    return parse_smf(data, "song.mid")


def notes_on(channel: int, *spans: tuple[int, int], pitch: int = 60) -> bytes:
    """A track's content with notes of one pitch at the given (start, end) ticks."""
    content, at = b"", 0
    for start, end in spans:
        content += encode_varlen(start - at) + bytes([0x90 | channel, pitch, 64])
        content += encode_varlen(end - start) + bytes([0x80 | channel, pitch, 64])
        at = end
    return content + END


def read_notes(data: bytes) -> list[tuple[int, int, int, int]]:
    """(start, end, pitch, velocity) of all notes, read by symusic after mido and pretty_midi took the file as well."""
    mido.MidiFile(file=io.BytesIO(data))
    pretty_midi.PrettyMIDI(io.BytesIO(data))
    score: Any = symusic.Score.from_midi(data)
    notes = [note for track in score.tracks for note in track.notes]
    return sorted((note.time, note.time + note.duration, note.pitch, note.velocity) for note in notes)


def absolute(events: Sequence[Event]) -> list[tuple[int, int, bytes]]:
    return [(event.tick, event.status, event.data) for event in events]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_events_carry_ticks_statuses_and_byte_offsets() -> None:
    content = b"\x00\xff\x03\x02hi" + b"\x81\x00\x90\x3c\x40" + b"\x10\x3c\x00" + b"\x00\xf0\x02\x01\xf7" + END
    smf = parse(song(content))
    events = list(smf.events(0))
    assert [(e.tick, e.status, e.data, e.meta_type) for e in events] == [
        (0, 0xFF, b"hi", 3),
        (128, 0x90, b"\x3c\x40", None),
        (144, 0x90, b"\x3c\x00", None),
        (144, 0xF0, b"\x01\xf7", None),
        (144, 0xFF, b"", 0x2F),
    ]
    assert b"".join(content[e.start : e.stop] for e in events) == content
    assert (smf.format, smf.division, len(smf.tracks), smf.warnings) == (1, 480, 1, [])


def test_channel_events_come_in_time_order_over_all_tracks() -> None:
    smf = parse(song(notes_on(0, (10, 20)), notes_on(1, (0, 10), (20, 30))))
    assert [(track, e.tick) for track, e in smf.channel_events] == [
        (1, 0),
        (0, 10),
        (1, 10),
        (0, 20),
        (1, 20),
        (1, 30),
    ]


def test_one_event_of_each_channel_kind_is_measured_right() -> None:
    n_data = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
    kinds = b"".join(bytes([0, status, *[1] * n]) for status, n in n_data.items())
    assert [len(e.data) for e in parse(song(kinds + END)).events(0)] == [*n_data.values(), 0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"hello world, not midi", "not a MIDI file;"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "WAV audio"),
        (b"RIFF\x24\x00\x00\x00RMIDdata", "RIFF MIDI"),
        (b"ID3\x04" + bytes(20), "MP3"),
        (b"OggS" + bytes(20), "Ogg"),
        (b"%PDF-1.7", "PDF"),
        (b"MThd\x00\x00", "truncated inside its header"),
        (b"MThd" + struct.pack(">IHHH", 5, 1, 1, 480), "header of 5 bytes"),
        (b"MThd" + struct.pack(">IHHH", 600, 1, 1, 480), "header of 600 bytes"),
        (song(NOTE + END, file_format=2), "format 2"),
        (song(NOTE + END, division=0xE728), "SMPTE"),
        (song(NOTE + END, division=0), "0 ticks per quarter"),
        (header(0), "holds 0 tracks"),
        (header(1) + b"MTrk\x00\x00", "track 1 of 1 is not whole"),
        (song(b"\x00\xf1\x01" + NOTE + END), "status byte 0xF1"),
        (song(b"\x00\xf4" + NOTE + END), "status byte 0xF4"),
        (song(b"\x00\xfe" + NOTE + END), "status byte 0xFE"),
        (song(b"\x00\x3c\x40" + END), "data byte where a status byte is due"),
        (song(b"\x81\x81\x81\x81\x01\x90\x3c\x40" + END), "more than four bytes"),
        (song(b"\x00\x90\x3c", NOTE + END), "damaged: track 1 ends inside an event"),
        (song(b"\x00\xff\x01\x7fshort", NOTE + END), "damaged: track 1 ends inside an event"),
    ],
)
def test_unusable_file_is_refused_in_one_line_that_names_it(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=r"^song\.mid: ") as caught:
        parse(data)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_song_beyond_the_length_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    delta = encode_varlen(MAX_QUARTERS * 96)
    parse(song(delta + b"\x90\x3c\x40\x00\x80\x3c\x40" + END, division=96))
    with pytest.raises(InputError, match=r"lasts 20,001 quarter notes; at most 20,000 can"):
        parse(song(delta + b"\x90\x3c\x40\x01\x80\x3c\x40" + END, division=96))


def test_every_cut_of_a_file_is_refused_as_truncated_or_keeps_the_events_before_it() -> None:
    whole = song(NOTE + END, NOTE + b"\x00\xff\x01\x04text" + NOTE + END)
    last_track = whole.rindex(b"MTrk")
    kept = []
    for size in range(last_track + 9, len(whole)):
        try:
            smf = parse(whole[:size])
        except InputError as error:
            assert "truncated" in str(error)
        else:
            kept.append(size - last_track - 8)
            assert any("the last track claims" in text for text in smf.warnings)
    assert kept == [4, 8, 16, 20, 24]  # event boundaries


def test_cut_before_the_last_tracks_first_event_is_refused() -> None:
    with pytest.raises(InputError, match="truncated: track 1 ends before its first event"):
        parse(song(NOTE + END)[:22])


def test_track_that_swallows_the_next_ones_is_refused_rather_than_losing_them() -> None:
    data = header(2) + b"MTrk\x00\x0f\xff\xff" + NOTE + END + chunk(NOTE + END)
    with pytest.raises(InputError, match="track 2 of 2 is not whole"):
        parse(data)


TOLERATED = {
    "length_of_last_track_beyond_the_file": (header() + b"MTrk\x00\x00\xff\xff" + NOTE + END, "claims 65535 bytes"),
    "end_of_track_missing": (song(NOTE), "no end-of-track"),
    "bytes_after_end_of_track": (song(NOTE + END + b"\x00\x00\x00"), "3 bytes after its end"),
    "bytes_after_last_chunk": (song(NOTE + END) + b"\x00" * 5, "5 bytes follow"),
    "text_after_last_chunk": (song(NOTE + END) + b"made with love", "14 bytes follow"),
    "long_header": (b"MThd" + struct.pack(">IHHHH", 8, 1, 1, 480, 0) + chunk(NOTE + END), "header has 8 bytes"),
    "header_count_too_high": (header(7) + chunk(NOTE + END), "counts 7 tracks, the file holds 1"),
    "header_count_too_low": (header(0) + chunk(NOTE + END), "counts 0 tracks, the file holds 1"),
    "several_tracks_in_format_0": (song(END, NOTE + END, file_format=0), "read as format 1"),
    "unknown_chunk": (header() + chunk(b"abc", b"XFIH") + chunk(NOTE + END), "XFIH"),
    "empty_track": (song(b"", NOTE + END), "track 1: has no end-of-track"),
    "note_never_ended": (song(b"\x00\x90\x3c\x40\x60\xff\x2f\x00"), "does not end all notes of 1 pitches"),
    "data_byte_above_127": (song(b"\x00\xb0\x07\xff" + NOTE + END), "read as 127"),
    "tempo_of_zero": (song(meta(0x51, bytes(3)) + NOTE + END), "track 1: a tempo that means nothing is passed over"),
    "tempo_too_short": (song(meta(0x51, b"\x07\xa1") + NOTE + END), "a tempo that means nothing"),
    "meter_of_no_beats": (song(meta(0x58, bytes([0, 2, 24, 8])) + NOTE + END), "a meter that means nothing"),
    "key_too_short": (song(meta(0x59, b"\x01") + NOTE + END), "a key that means nothing"),
    "running_status_across_meta": (song(b"\x00\x90\x3c\x40\x00\xff\x01\x00\x60\x3c\x00" + END), "running status"),
    "running_status_across_sysex": (song(b"\x00\x90\x3c\x40\x00\xf0\x01\xf7\x60\x3c\x00" + END), "running status"),
}


@pytest.mark.parametrize("case", TOLERATED)
def test_flaw_that_players_accept_is_accepted_with_a_warning_and_cleaned(case: str) -> None:
    data, warning = TOLERATED[case]
    smf = parse(data)
    assert any(warning in text for text in smf.warnings), smf.warnings
    assert [(start, end, pitch) for start, end, pitch, _ in read_notes(smf.clean())] == [(0, 96, 60)]
    assert parse(smf.clean()).warnings == []


@pytest.mark.parametrize("case", TOLERATED)
def test_appending_to_a_flawed_file_keeps_its_bytes_and_lets_players_find_the_track(case: str) -> None:
    data, _ = TOLERATED[case]
    smf = parse(data)
    result = append_track(smf, BASS)
    head, _, tail = result.partition(BASS)
    assert struct.unpack(">HH", result[8:12]) == (1, len(smf.tracks) + 1)
    if case == "length_of_last_track_beyond_the_file":
        assert head[12:] == data[12:18] + struct.pack(">I", len(NOTE + END)) + data[22:]
    else:
        assert head[12:] + tail == data[12:]
    again = parse(result)
    assert len(again.tracks) == len(smf.tracks) + 1
    assert len(read_notes(again.clean())) == 3


# --- clean copies ----------------------------------------------------------------------------------------------------


def test_clean_copy_of_a_sound_file_is_the_file() -> None:
    data = song(NOTE + END, NOTE + b"\x10\xf0\x03\x01\x02\xf7" + END)
    assert parse(data).clean() == data


UNREADABLE = {
    "short_tempo": b"\x00\xff\x51\x02\x07\xa1",
    "zero_tempo": b"\x00\xff\x51\x03\x00\x00\x00",
    "short_time_signature": b"\x00\xff\x58\x02\x04\x02",
    "zero_numerator": b"\x00\xff\x58\x04\x00\x02\x18\x08",
    "short_key_signature": b"\x00\xff\x59\x01\x00",
    "unknown_key": b"\x00\xff\x59\x02\x50\x00",
    "unknown_mode": b"\x00\xff\x59\x02\x00\x02",
    "empty_smpte_offset": b"\x00\xff\x54\x00",
    "unknown_frame_rate": b"\x00\xff\x54\x05\xff\x00\x00\x00\x00",
    "short_sequence_number": b"\x00\xff\x00\x01\x00",
    "empty_channel_prefix": b"\x00\xff\x20\x00",
    "escape": b"\x00\xf7\x02\xf3\x01",
    "sysex_with_high_bytes": b"\x00\xf0\x03\x90\x01\xf7",
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_event_that_strict_parsers_refuse_is_left_out_of_the_clean_copy_alone(case: str) -> None:
    smf = parse(song(b"\x05\xff\x01\x01a" + UNREADABLE[case] + NOTE + END))
    assert smf.clean() == song(b"\x05\xff\x01\x01a" + NOTE + END)
    assert read_notes(smf.clean()) == [(5, 101, 60, 64)]
    assert UNREADABLE[case] in append_track(smf, BASS)


def test_unended_notes_end_where_their_pitch_starts_anew_and_other_pitches_stay() -> None:
    content = (
        b"\x00\x90\x3c\x40\x0a\x3c\x40\x0a\x3c\x00" + b"\x50\x3c\x40\x0a\x3c\x00" + b"\x00\x90\x40\x40\x0a\x40\x00"
    )
    smf = parse(song(content + END))
    assert read_notes(smf.clean()) == [(0, 10, 60, 64), (10, 20, 60, 64), (100, 110, 60, 64), (110, 120, 64, 64)]


def test_note_started_on_the_last_tick_gets_a_tick_in_the_clean_copy() -> None:
    assert read_notes(parse(song(b"\x07\x90\x3c\x40" + END)).clean()) == [(7, 8, 60, 64)]


# --- channels --------------------------------------------------------------------------------------------------------


def test_used_channels_count_notes_and_include_those_with_settings_only() -> None:
    smf = parse(song(notes_on(3, (0, 1), (2, 3)), b"\x00\xb7\x07\x64" + END))
    assert channels_used(smf) == {3: 2, 7: 0}


def test_lowest_unused_channel_is_chosen_and_never_the_drums() -> None:
    below_drums = [notes_on(channel, (0, 9)) for channel in range(9)]
    for used, expected in [([], 0), (below_drums[:1], 1), (below_drums[1:], 0), (below_drums, 10)]:
        choice = free_channel(parse(song(END, *used)), is_drum=False)
        assert (choice.channel, choice.shared_with) == (expected, None)


def test_drums_leave_the_settings_of_an_empty_channel_10_as_they_are() -> None:
    choice = free_channel(parse(song(b"\x00\xc9\x19" + NOTE + END)), is_drum=True)
    assert choice.shared_with is not None and "has settings already" in choice.shared_with


def test_drums_take_channel_10_and_say_whom_they_share_it_with() -> None:
    assert free_channel(parse(song(NOTE + END)), is_drum=True).shared_with is None
    drums = b"\x00\xff\x03\x04Kit1" + b"\x00\xc9\x19" + notes_on(9, (0, 9), (20, 29))
    choice = free_channel(parse(song(drums)), is_drum=True, span=(10, 100))
    assert choice.channel == 9
    assert choice.shared_with == (
        "drums always play on channel 10, as 'Kit1' does; the new part leaves its kit and volume as they are."
    )


def full_song(**special: bytes) -> Smf:
    """A song whose 15 pitched channels play a note every 100 ticks to 1000, but for `special` contents ("c5")."""
    busy = [(tick, tick + 50) for tick in range(0, 1000, 100)]
    return parse(song(*(special.get(f"c{c}", notes_on(c, *busy)) for c in range(16) if c != 9)))


def test_when_all_channels_are_taken_one_with_settings_only_is_preferred() -> None:
    choice = free_channel(full_song(c5=notes_on(5, (0, 10)), c12=b"\x00\xbc\x07\x64" + END), False, (500, 900))
    assert choice.channel == 12
    assert choice.shared_with is not None
    assert "no notes" in choice.shared_with


@pytest.mark.parametrize(
    ("spans", "says"),
    [
        (((0, 500),), "it rests during the new part, and its sound does not change"),
        (((900, 1000),), "it rests during the new part, and the new program change alters 1 note of it"),
        (
            ((0, 10), (600, 610)),
            "it plays 1 note during the new part, and the new program change alters 1 note of it",
        ),
    ],
)
def test_when_all_channels_play_the_least_busy_one_in_the_span_is_shared(
    spans: tuple[tuple[int, int], ...], says: str
) -> None:
    choice = free_channel(full_song(c7=b"\x00\xff\x03\x04Harp" + notes_on(7, *spans)), False, (500, 900))
    assert choice.channel == 7
    assert choice.shared_with == f"no channel is unused: channel 8 is shared with 'Harp'; {says}."


def test_among_equally_busy_channels_the_one_whose_sound_changes_least_is_shared() -> None:
    late, early = notes_on(2, (900, 910), (950, 960)), notes_on(13, (0, 10), (100, 110))
    assert free_channel(full_song(c2=late, c13=early), False, (500, 900)).channel == 13


def test_a_channels_own_program_change_shields_its_later_notes_unless_it_stands_at_the_new_ones_tick() -> None:
    shielded = encode_varlen(840) + b"\xc2\x05" + encode_varlen(60) + b"\x92\x3c\x40\x0a\x3c\x00" + END
    for start, says in [(500, "its sound does not change"), (840, "the new program change alters 1 note of it")]:
        choice = free_channel(full_song(c2=shielded), False, (start, 900))
        assert choice.channel == 2
        assert choice.shared_with is not None
        assert says in choice.shared_with


# --- encoding a track ------------------------------------------------------------------------------------------------


def decode(data: bytes) -> list[tuple[int, int, bytes]]:
    return absolute(list(parse(header() + data).events(0)))


def test_encoded_track_has_name_program_volume_pan_notes_and_end() -> None:
    assert decode(encode_track("Bässe", 33, 2, [(480, 960, 40, 90)], volume=101, pan=60, program_at_tick=240)) == [
        (0, 0xFF, "Bässe".encode()),
        (240, 0xC2, bytes([33])),
        (240, 0xB2, bytes([7, 101])),
        (240, 0xB2, bytes([10, 60])),
        (480, 0x92, bytes([40, 90])),
        (960, 0x82, bytes([40, 64])),
        (960, 0xFF, b""),
    ]


def test_settings_given_as_none_are_not_written() -> None:
    track = encode_track("x", None, 2, [(0, 9, 40, 90)], volume=None, pan=None)
    assert [status for _, status, _ in decode(track)] == [0xFF, 0x92, 0x82, 0xFF]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([(0, 10, 60, 80), (10, 20, 60, 80)], [(0, 10, 60, 80), (10, 20, 60, 80)]),
        ([(5, 30, 60, 70), (0, 10, 60, 80)], [(0, 5, 60, 80), (5, 30, 60, 70)]),
        ([(0, 50, 60, 70), (0, 10, 60, 80)], [(0, 10, 60, 80)]),
        ([(4, 4, 60, 70)], [(4, 5, 60, 70)]),
        ([(0, 10, 60, 70), (5, 15, 64, 70)], [(0, 10, 60, 70), (5, 15, 64, 70)]),
        ([], []),
    ],
    ids=["adjacent", "overlap_is_cut", "loudest_of_a_start", "at_least_one_tick", "other_pitches_overlap", "no_notes"],
)
def test_encoded_notes_of_one_pitch_never_overlap(notes: list[Note], expected: list[Note]) -> None:
    assert read_notes(header() + encode_track("x", 0, 0, notes)) == expected


@pytest.mark.parametrize(
    "bad",
    [
        {"notes": [(0, 10, 128, 64)]},
        {"notes": [(0, 10, -1, 64)]},
        {"notes": [(0, 10, 60, 0)]},
        {"notes": [(0, 10, 60, 128)]},
        {"notes": [(-1, 10, 60, 64)]},
        {"notes": [(10, 9, 60, 64)]},
        {"notes": [(0, 1 << 28, 60, 64)]},
        {"notes": [(5, 10, 60, 64)], "program_at_tick": 6},
        {"program_at_tick": -1},
        {"program": 128},
        {"channel": 16},
        {"volume": 128},
        {"pan": -1},
    ],
    ids=str,
)
def test_numbers_outside_their_domain_are_refused(bad: dict[str, object]) -> None:
    arguments: dict[str, object] = {"name": "x", "program": 0, "channel": 0, "notes": []} | bad
    with pytest.raises(ValueError, match="valid"):
        encode_track(**arguments)  # type: ignore[arg-type]


# --- appending -------------------------------------------------------------------------------------------------------


def test_appending_changes_nothing_but_the_header_count() -> None:
    data = song(NOTE + END, NOTE + b"\x00\xf0\x02\x01\xf7" + END) + b"junk"
    result = append_track(parse(data), BASS)
    assert result == header(3) + data[14:-4] + BASS + b"junk"


def test_format_0_becomes_format_1_with_its_track_byte_identical() -> None:
    data = song(b"\x00\xc0\x05\x00\xc1\x06" + NOTE + END, file_format=0)
    assert append_track(parse(data), BASS) == header(2, 1) + data[14:] + BASS


def test_cut_last_track_is_repaired_so_that_the_new_track_is_found() -> None:
    data = song(NOTE + END, NOTE + NOTE + END)[: -len(NOTE + END)]
    result = append_track(parse(data), BASS)
    assert result == header(3) + chunk(NOTE + END) + chunk(NOTE + END) + BASS
    assert len(read_notes(result)) == 4


def test_appending_to_a_file_with_the_most_tracks_is_an_input_error() -> None:
    smf = parse(header(MAX_TRACKS) + chunk(END) * MAX_TRACKS)
    with pytest.raises(InputError, match=r"song\.mid: holds 65535 tracks already"):
        append_track(smf, BASS)


@pytest.mark.parametrize("bad", [b"", b"MThd" + BASS[4:], BASS[:-1], BASS + b"\x00"])
def test_only_one_whole_track_chunk_can_be_appended(bad: bytes) -> None:
    with pytest.raises(ValueError, match="one whole MTrk chunk"):
        append_track(parse(song(NOTE + END)), bad)


# --- removing --------------------------------------------------------------------------------------------------------


def is_bass(channel: int, program: int) -> bool:
    return channel != 9 and 32 <= program < 40


def test_removing_folds_deltas_and_writes_out_the_status_that_others_ran_on() -> None:
    content = (
        b"\x00\xc0\x21" + b"\x05\x91\x40\x40" + b"\x05\x90\x3c\x40\x05\x3c\x00" + b"\x05\x91\x40\x00" + b"\x05\x40\x30"
    )
    data = song(content + b"\x05\x90\x3c\x40\x05\x3c\x00\x05\xb0\x07\x64\x01\x0a\x40" + b"\x02\x91\x40\x00" + END)
    result, n_notes = remove_parts(parse(data), is_bass)
    kept = b"\x00\xc0\x21" + b"\x05\x91\x40\x40" + b"\x0f\x91\x40\x00" + b"\x05\x40\x30"
    assert result == song(kept + b"\x0f\xb0\x07\x64\x01\x0a\x40" + b"\x02\x91\x40\x00" + END)
    assert n_notes == 2


def test_event_on_the_running_status_of_a_removed_one_gets_its_own() -> None:
    content = (
        b"\x00\xc0\x21" + b"\x00\x90\x3c\x40" + b"\x10\x3c\x00" + b"\x00\xc0\x00" + b"\x00\x90\x40\x40\x08\x40\x00"
    )
    swapped = b"\x00\xc1\x21" + b"\x00\x91\x3c\x40\x10\x3c\x00" + content + END
    result, n_notes = remove_parts(parse(song(swapped)), lambda channel, _: channel == 1)
    assert n_notes == 1
    assert result == song(b"\x00\xc1\x21" + b"\x10" + content[1:] + END)


def test_program_sent_from_another_track_decides() -> None:
    data = song(b"\x00\xc3\x21\x60\xc3\x00" + END, notes_on(3, (0, 10), (96, 106)))
    result, n_notes = remove_parts(parse(data), is_bass)
    assert n_notes == 1
    assert read_notes(result) == [(96, 106, 60, 64)]


def test_note_off_follows_its_note_across_a_program_change() -> None:
    into = b"\x00\x90\x3c\x40\x10\xc0\x21\x10\x80\x3c\x40" + END
    assert remove_parts(parse(song(into)), is_bass) == (song(into), 0)
    out_of = b"\x00\xc0\x21\x00\x90\x3c\x40\x08\xa0\x3c\x20\x08\xc0\x00\x10\x80\x3c\x40" + END
    assert remove_parts(parse(song(out_of)), is_bass) == (song(b"\x00\xc0\x21\x10\xc0\x00\x10\xff\x2f\x00"), 1)


def test_drums_are_removed_by_channel_and_tracks_that_lose_nothing_stay_byte_identical() -> None:
    other = NOTE + b"\x00\x90\x40\x40\x80\x05\x40\x00" + END  # with a delta longer than it need be
    data = header(2) + chunk(other) + chunk(b"abc", b"XFIH") + chunk(notes_on(9, (0, 5), pitch=36)) + b"junk"
    result, n_notes = remove_parts(parse(data), lambda channel, _: channel == 9)
    assert n_notes == 1
    assert result == header(2) + chunk(other) + chunk(b"abc", b"XFIH") + chunk(b"\x05\xff\x2f\x00") + b"junk"


def test_removing_from_a_track_without_end_keeps_its_length_in_ticks() -> None:
    result, n_notes = remove_parts(parse(song(b"\x00\xc0\x21" + NOTE)), is_bass)
    assert (result, n_notes) == (song(b"\x00\xc0\x21\x60\xff\x2f\x00"), 1)


def test_notes_that_begin_in_some_ticks_alone_are_removed() -> None:
    data = song(b"\x00\xc3\x21" + END, notes_on(3, (0, 10), (96, 110), (112, 120), (192, 200)))
    result, n_notes = remove_parts(parse(data), is_bass, [(96, 192)])
    assert n_notes == 2 and read_notes(result) == [(0, 10, 60, 64), (192, 200, 60, 64)]
    long = song(b"\x00\xc3\x21" + END, notes_on(3, (0, 150)))
    assert remove_parts(parse(long), is_bass, [(96, 192)]) == (long, 0)


def test_notes_struck_twice_that_end_where_others_are_removed_keep_both_ends() -> None:
    twice = b"\x00\x90\x3c\x40\x00\x3c\x40\x60\x3c\x00\x00\x3c\x00"
    data = song(b"\x00\xc0\x21" + twice * 3 + END)
    result, n_notes = remove_parts(parse(data), is_bass, [(96, 192)])
    later = b"\x60" + twice[1:]
    assert n_notes == 2 and result == song(b"\x00\xc0\x21" + twice + later + END)


def test_a_part_sounds_as_its_channel_is_set_where_it_plays() -> None:
    settings = b"\x00\xc3\x21\x00\xb3\x07\x50\x00\xb3\x0a\x20\x00\xb3\x0b\x40"
    later = b"\x83\x00\xb3\x07\x00"  # faded out behind its last note
    data = song(settings + later + END, notes_on(3, (0, 10), (96, 110)), notes_on(5, (0, 10)))
    assert sound_of(parse(data), is_bass) == Sound(0x21, round(0x50 * 0x40 / 127), 0x20)
    assert sound_of(parse(data), lambda channel, _: channel == 5) == Sound(0)
    assert sound_of(parse(data), lambda channel, _: channel == 7) is None


# --- speed -----------------------------------------------------------------------------------------------------------


def test_megabytes_of_sysex_are_read_at_once() -> None:
    data = song(b"\x00\xf0" + encode_varlen(8 << 20) + b"\x01" * (8 << 20) + NOTE + END)
    began = time.perf_counter()
    smf = parse(data)
    assert smf.clean() == data
    assert len(append_track(smf, BASS)) == len(data) + len(BASS)
    assert time.perf_counter() - began < 1
