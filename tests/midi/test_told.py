"""Instruments that a file tells of in other ways than by channel 10 and programs."""

import io

import pretty_midi
import pytest

from midi_subtract.files.inputs import midi_bytes
from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_channels import Sound, sound_of
from midi_subtract.files.smf_edit import encode_track, remove_parts
from midi_subtract.files.told import told_warning
from midi_subtract.inserter import MidiInserter
from subtract_core.stems import Stem
from tests.cli.material import END, chunk, piano, smf

BEATS = [(480 * beat, 480 * beat + 480, 60, 80) for beat in range(32)]
XG_ON = b"\x00\xf0\x08\x43\x10\x4c\x00\x00\x7e\x00\xf7"
GM2_ON = b"\x00\xf0\x05\x7e\x7f\x09\x03\xf7"
GS_RHYTHM = b"\x00\xf0\x0a\x41\x10\x42\x12\x40\x1a\x15\x02\x0f\xf7"  # the part on channel 11


def _named(*names: str, program: int | None = None) -> bytes:
    """Tracks that play the same beats on channel 1, as DAWs write them."""
    return smf(*(encode_track(name, program, 0, BEATS, volume=None, pan=None) for name in names))


def _stems(data: bytes) -> list[str]:
    """The stem of every track."""
    return [track.stem.value for track in read_song(data).tracks if track.stem]


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (("Piano", "Drums", "E-Bass 1", "Rhythm GTR"), ["keys", "drums", "bass", "guitar"]),
        (("Bass Drum", "Bass Clarinet", "Synth Bass", "Lead Guitar"), ["drums", "lead", "bass", "guitar"]),
        (("Claps", "Hi-Hat", "Shaker", "Sub"), ["drums", "drums", "drums", "bass"]),
        (("Treble", "Bass"), ["keys", "keys"]),  # hands of a pianist
        (("Tenor Sax", "Bass"), ["lead", "bass"]),
        (("Bass of a song with a long title", "Track 2", ""), ["keys", "keys", "keys"]),
    ],
)
def test_tracks_without_a_program_are_what_they_are_named_after(names: tuple[str, ...], stems: list[str]) -> None:
    assert _stems(_named(*names)) == stems


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (("Piano", "Drums", "Bass"), ["keys", "drums", "bass"]),
        (("Piano", "Acoustic Guitar"), ["keys", "guitar"]),
        (("Melody", "Bass"), ["keys", "keys"]),  # a pianist's
    ],
)
def test_the_first_program_of_all_tracks_is_nobodys_choice(names: tuple[str, ...], stems: list[str]) -> None:
    assert _stems(_named(*names, program=0)) == stems


def test_a_program_that_is_stated_stands_whatever_the_name() -> None:
    data = _named("Drums", "Bass", program=48)
    assert _stems(data) == ["strings", "strings"] and told_warning(parse_smf(data, "song")) is None


@pytest.mark.parametrize(
    ("name", "program", "low", "stem"),
    [
        ("Synth Bass", 87, 40, "bass"),
        ("Bass", 26, 36, "bass"),
        ("Bass", 42, 30, "bass"),
        ("Bass & Lead", 87, 70, "lead"),
        ("Bass Drum", 26, 44, "guitar"),
        ("Organ", 16, 36, "keys"),
    ],
)
def test_what_is_called_a_bass_and_plays_low_is_one_whatever_its_program(
    name: str, program: int, low: int, stem: str
) -> None:
    notes = [(480 * beat, 480 * beat + 480, low, 80) for beat in range(32)]
    data = smf(piano(channel=1), encode_track(name, program, 0, notes))
    assert _stems(data) == ["keys", stem]
    warning = told_warning(parse_smf(data, "song"))
    assert warning is None if stem != "bass" else warning is not None and "as bass" in warning


@pytest.mark.parametrize(
    ("program", "low", "stem"),
    [(87, 36, "bass"), (81, 50, "lead"), (25, 35, "bass"), (25, 43, "guitar"), (30, 31, "bass"), (30, 36, "guitar")],
)
def test_without_a_bass_what_plays_lower_than_its_instrument_is_one(program: int, low: int, stem: str) -> None:
    notes = [(480 * beat, 480 * beat + 480, low, 80) for beat in range(32)]
    line = encode_track("", program, 0, notes)
    assert _stems(smf(piano(channel=1), line)) == ["keys", stem]
    assert _stems(smf(piano(channel=1, program=33), line))[1] != "bass", "the song has a bass"
    chords = encode_track("", program, 0, [*notes, *((start, end, low + 7, 80) for start, end, low, _ in notes)])
    assert _stems(smf(piano(channel=1), chords))[1] != "bass", "no single notes"
    assert _stems(smf(piano(channel=1), encode_track("", program, 0, notes[:8])))[1] != "bass", "too few"


@pytest.mark.parametrize(
    ("name", "low", "stem"),
    [
        *((name, 36, "bass") for name in ("Moog", "Serum", "Synth 2", "Low Synth", "808", "808 Glide", "Reese")),
        ("Moog", 60, "keys"),
        ("TR-808", 36, "drums"),
        ("Synth Pad", 36, "strings"),
        ("Track 3", 36, "keys"),  # maybe a left hand
    ],
)
def test_a_low_synthesizer_without_a_program_is_a_bass(name: str, low: int, stem: str) -> None:
    notes = [(480 * beat, 480 * beat + 480, low, 80) for beat in range(32)]
    tracks = [encode_track(n, None, 0, r, volume=None, pan=None) for n, r in (("Piano", BEATS), (name, notes))]
    assert _stems(smf(*tracks)) == ["keys", stem]


@pytest.mark.parametrize(("name", "program"), [("", 33), ("Bass", 81)])
def test_where_a_bass_is_removed_nothing_else_becomes_one(name: str, program: int) -> None:
    guitar, bass = ([(480 * beat, 480 * beat + 480, low, 80) for beat in range(32)] for low in (35, 36))
    data = smf(encode_track(name, program, 0, bass), encode_track("", 25, 1, guitar))
    assert _stems(data) == ["bass", "guitar"]
    left, removed = remove_parts(parse_smf(data, "song"), lambda _, heard_as: heard_as in range(32, 40))
    assert removed == 32 and _stems(left) == ["guitar"]


def test_such_a_bass_is_gone_on_with_in_its_own_sound(random_inserter: MidiInserter) -> None:
    notes = [(480 * beat, 480 * beat + 480, 36, 80) for beat in range(32)]
    data = smf(piano(channel=1), encode_track("Synth Bass", 87, 0, notes))
    result = random_inserter(data, "bass", seed=1, replace_existing=True, only=[(5, 8)])
    assert result.report.removed_notes == 16
    written = pretty_midi.PrettyMIDI(io.BytesIO(result.midi)).instruments
    assert [(part.name, part.program) for part in written[1:]] == [("Synth Bass", 87), ("Bass (msub)", 87)]


def test_the_bass_of_a_choir_sings() -> None:
    notes = [(480 * beat, 480 * beat + 480, 45, 80) for beat in range(32)]
    parts = [encode_track(name, 52, channel, notes) for channel, name in enumerate(("Soprano", "Alto", "Bass"))]
    assert _stems(smf(*parts)) == ["strings"] * 3


@pytest.mark.parametrize(
    ("name", "program", "stem"),
    [
        ("Voice", 52, "lead"),  # as MuseScore names and writes it
        ("Lead Vocal", 54, "lead"),
        ("Soprano", 52, "lead"),
        ("Melody", 43, "lead"),
        ("Backing Vocals", 52, "strings"),
        ("Choir", 52, "strings"),
        ("Voice Pad", 91, "strings"),
        ("Voice", 46, "strings"),  # of a harp
    ],
)
def test_a_single_line_that_is_called_a_voice_is_a_lead(name: str, program: int, stem: str) -> None:
    high = [(480 * beat, 480 * beat + 480, 72, 80) for beat in range(32)]
    chords = [*high, *((start, end, 76, 80) for start, end, *_ in high)]
    others = (piano(channel=1), encode_track("Strings", 48, 2, BEATS))
    assert _stems(smf(encode_track(name, program, 0, high), *others)) == [stem, "keys", "strings"]
    assert _stems(smf(encode_track(name, program, 0, chords), *others))[0] == "strings", "no single line"


def test_where_nobody_else_leads_a_violin_or_choir_on_top_is_a_lead_and_stays_one(
    random_inserter: MidiInserter,
) -> None:
    def line(pitch: int, program: int, channel: int = 0) -> bytes:
        return encode_track("", program, channel, [(480 * b, 480 * b + 480, pitch, 80) for b in range(32)])

    data = smf(line(76, 40), piano(channel=1))
    assert _stems(data) == ["lead", "keys"] and _stems(smf(line(76, 53), piano(channel=1)))[0] == "lead"
    assert _stems(smf(line(40, 40), piano(channel=1)))[0] == "strings", "not on top"
    assert _stems(smf(line(76, 40), line(64, 42, 2), piano(channel=1)))[0] == "strings", "one of several"
    assert _stems(smf(line(76, 40), line(64, 73, 2), piano(channel=1)))[0] == "strings", "a flute leads"
    more = random_inserter(data, "strings", seed=1)
    assert not any("already has" in said for said in more.report.warnings)
    assert _stems(more.midi)[:2] == ["lead", "keys"]
    higher = encode_track("Strings (msub)", 48, 2, [(0, 480, 90, 80)])
    assert _stems(smf(line(76, 40), piano(channel=1), higher)) == ["lead", "keys", "strings"], "ours change nothing"


def test_the_warning_names_the_tracks_that_would_be_removed(random_inserter: MidiInserter) -> None:
    data = smf(piano(channel=1), encode_track("Violin I", 40, 0, BEATS), encode_track("Celli", 42, 2, BEATS))
    assert any(
        "has a strings part ('Violin I', 'Celli'); " in s for s in random_inserter(data, "strings").report.warnings
    )


@pytest.mark.parametrize(
    ("settings", "stem"),
    [
        (XG_ON + b"\x00\xba\x00\x7f\x00\xca\x08", "drums"),
        (GM2_ON + b"\x00\xba\x00\x78\x00\xca\x00", "drums"),
        (GS_RHYTHM + b"\x00\xca\x08", "drums"),
        (b"\x00\xba\x00\x7f\x00\xca\x00", "keys"),  # on a Roland, sounds of an MT-32
        (XG_ON + b"\x00\xba\x00\x00\x00\xca\x00", "keys"),
    ],
)
def test_synthesizers_have_drums_on_other_channels(settings: bytes, stem: str) -> None:
    data = smf(chunk(settings + END), encode_track("part", None, 10, BEATS))
    assert _stems(data) == [stem]


def test_a_named_part_is_replaced_and_leaves_the_others_on_its_channel_whole(random_inserter: MidiInserter) -> None:
    data = _named("Piano", "Drums", "Bass")
    result = random_inserter(data, "bass", seed=1, replace_existing=True)
    assert result.report.removed_notes == 32
    before, after = read_song(data).tracks, read_song(result.midi).tracks
    assert [t.stem for t in after] == [Stem.KEYS, Stem.DRUMS, Stem.BASS] and after[2].name == "Bass (msub)"
    assert all((a.notes.duration == b.notes.duration).all() for a, b in zip(before[:2], after[:2], strict=True))
    told = "heard by name, register or synthesizer setting, not by program: track 2 (drums) as drums"
    (one_line,) = [said for said in result.report.warnings if said.startswith("only one line to go by")]
    assert result.report.warnings == [told, one_line]


def test_a_named_part_in_some_bars_is_gone_on_with() -> None:
    smf_of = parse_smf(_named("Piano", "Drums", "Bass"), "song")
    assert sound_of(smf_of, lambda channel, program: channel != 9 and program == 33) == Sound(33)
    _, removed = remove_parts(smf_of, lambda channel, _: channel == 9, [(0, 960)])
    assert removed == 2


def test_more_instruments_than_channels_keep_the_programs_they_were_written_with(random_inserter: MidiInserter) -> None:
    programs = [0, 24, 32, 48, 56, 4, 25, 40, 57, 16, 26, 49, 58, 19, 27, 33, 51, 30]
    song = pretty_midi.PrettyMIDI()
    for program in programs:
        instrument = pretty_midi.Instrument(program, name=f"part {program}")
        instrument.notes = [pretty_midi.Note(80, 48 + program % 12, beat / 2, beat / 2 + 0.4) for beat in range(32)]
        song.instruments.append(instrument)
    data, _ = midi_bytes(song)
    assert [track.program for track in read_song(data).tracks] == programs
    assert told_warning(parse_smf(data, "song")) == (
        "several programs at once on channels 1, 2, 3: tracks are heard by their own, though players hear the last"
    )
    result = random_inserter(song, "bass", seed=1, replace_existing=True)
    assert not any("already has a bass part" in warning for warning in result.report.warnings)
    assert result.report.removed_notes == 64, "those of programs 32 and 33, whatever else plays on their channels"
    assert [t.program for t in read_song(result.midi).tracks][:-1] == [p for p in programs if p not in (32, 33)]


@pytest.mark.parametrize(
    ("first", "second", "heard"),
    [
        ((24, 0), (24, 0), [24, 24]),
        ((24, 0), (48, 480), [48, 48]),  # one channel's sound changes, and both play on with the new one
        ((24, 0), (None, 0), [24, 24]),
    ],
)
def test_programs_that_follow_each_other_on_a_channel_are_those_of_all_its_tracks(
    first: tuple[int | None, int], second: tuple[int | None, int], heard: list[int]
) -> None:
    later = [(960 + 480 * beat, 1440 + 480 * beat, 64, 80) for beat in range(8)]
    tracks = [encode_track("part", p, 0, later, volume=None, pan=None, program_at_tick=at) for p, at in (first, second)]
    data = smf(*tracks)
    assert told_warning(parse_smf(data, "song")) is None
    assert [track.program for track in read_song(data).tracks] == heard
