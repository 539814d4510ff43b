"""Inserting a part: what the file looks like afterwards, with a model of random weights."""

import io
import json
import warnings
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import mido
import muspy
import numpy as np
import pretty_midi
import pytest
import symusic
import torch

from midi_subtract.files.inputs import midi_bytes
from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.model.pipeline import MidiPipeline
from midi_subtract.playing.usual import USUAL
from midi_subtract.programs import PLAYABLE_RANGE
from subtract_core.errors import InputError
from subtract_core.model.denoiser import Condition
from subtract_core.model.sampler import SamplerConfig, sample
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.cli.material import song_bytes

EXAMPLES = Path(__file__).parents[2] / "examples"
SONGS = sorted(EXAMPLES.glob("*.mid"))


@pytest.mark.parametrize("path", SONGS, ids=lambda p: p.stem)
@pytest.mark.parametrize("instrument", ["bass", "drums", "guitar"])
def test_every_original_chunk_stays_and_one_track_is_added(
    path: Path, instrument: str, random_inserter: MidiInserter
) -> None:
    result = random_inserter(path, instrument, seed=1)
    before, after = parse_smf(path.read_bytes(), "before"), parse_smf(result.midi, "after")
    assert len(after.tracks) == len(before.tracks) + 1
    assert [after.raw[c.start : c.stop] for c in after.chunks[:-1]] == [
        before.raw[c.start : c.stop] for c in before.chunks
    ]
    track = mido.MidiFile(file=io.BytesIO(result.midi)).tracks[-1]
    kinds = [m.type for m in track]
    assert kinds[0] == "track_name" and kinds[-1] == "end_of_track"
    notes = [m for m in track if m.type == "note_on"]
    assert len(notes) == result.report.notes == len(result.notes) > 0
    assert {m.channel for m in notes} == {result.report.channel - 1}
    assert (result.report.channel == 10) == (instrument == "drums")
    low, high = PLAYABLE_RANGE[Stem(instrument)]
    assert all(low <= m.note <= high for m in notes)
    assert len({m.velocity for m in notes}) > 1


def test_the_part_is_in_seconds_where_the_file_plays_it(random_inserter: MidiInserter) -> None:
    result = random_inserter(EXAMPLES / "harbour_waltz.mid", "guitar", seed=1)
    heard = pretty_midi.PrettyMIDI(io.BytesIO(result.midi)).instruments[-1]
    expected = sorted((n.start, n.pitch) for n in heard.notes)
    given = sorted((n.start, n.pitch) for n in result.part.notes)
    assert len(expected) == len(given)
    # A grid step is rounded to the file's ticks.
    assert np.allclose([s for s, _ in expected], [s for s, _ in given], atol=0.01)


def test_the_seed_decides_and_is_reported(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    first, again = random_inserter(path, "bass", seed=5), random_inserter(path, "bass", seed=5)
    other, drawn = random_inserter(path, "bass", seed=6), random_inserter(path, "bass")
    assert first.midi == again.midi != other.midi
    assert random_inserter(path, "bass", seed=drawn.report.seed).midi == drawn.midi


def test_songs_can_be_paths_bytes_and_objects_of_three_libraries(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    for song in (
        str(path),
        path.read_bytes(),
        pretty_midi.PrettyMIDI(str(path)),
        symusic.Score(str(path)),
        muspy.read_midi(str(path)),
    ):
        result = random_inserter(song, "bass", seed=1)
        assert result.report.notes > 0 and result.report.bars > 0, type(song)
    with pytest.raises(InputError, match="int cannot be read"):
        random_inserter(3, "bass")


@pytest.mark.parametrize("part", [pretty_midi.Instrument(0), symusic.Track(), muspy.Track()], ids=repr)
def test_tracks_of_the_three_libraries_are_no_songs(part: Any, random_inserter: MidiInserter) -> None:
    with pytest.raises(
        InputError, match=f"song: {type(part).__name__} cannot be read; give .* a whole song of pretty_"
    ):
        random_inserter(part, "bass")


@pytest.mark.parametrize("name", ["zz.wav", "zz.MP3", "zz.m4a"])
def test_notes_are_not_written_under_names_of_sound(random_inserter: MidiInserter, tmp_path: Path, name: str) -> None:
    result = random_inserter(EXAMPLES / "night_drive.mid", "bass", seed=1)
    for save in (result.save, result.save_part):
        with pytest.raises(InputError, match=f"{name}: is a name of sound, .* choose one that ends in .mid"):
            save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_results_and_notes_can_be_compared_and_kept_in_sets(random_inserter: MidiInserter) -> None:
    one, other = (random_inserter(EXAMPLES / "night_drive.mid", "bass", seed=1) for _ in range(2))
    assert one == one and one != other and len({one, other}) == 2
    assert one.notes == other.notes and len({one.notes, other.notes, one.notes.shifted(1)}) == 2
    assert one.notes != one.notes.shifted(semitones=1) and one.notes != 3
    narrow = replace(one.notes, onset=one.notes.onset.astype(np.uint16))
    assert narrow == one.notes and hash(narrow) == hash(one.notes)


def test_replace_takes_the_old_part_out_and_nothing_else(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "neon_groove.mid"
    kept, replaced = random_inserter(path, "bass", seed=1), random_inserter(path, "bass", seed=1, replace_existing=True)
    removes = "--replace (replace_existing=True) removes it"
    assert any("already has a bass part" in w and w.endswith(removes) for w in kept.report.warnings)
    assert not any("already has" in w for w in replaced.report.warnings)
    assert replaced.report.removed_notes > 0 and kept.report.removed_notes == 0
    (bass,) = _basses(replaced.midi)
    assert len(bass.notes) == replaced.report.notes


def test_replacing_what_is_not_there_is_said(random_inserter: MidiInserter) -> None:
    result = random_inserter(song_bytes(), "bass", seed=1, replace_existing=True)
    assert result.report.warnings == ["nothing to replace: no bass part is heard; msub info says what is"]


def test_a_part_that_shares_its_channel_leaves_the_others_volume_and_place(random_inserter: MidiInserter) -> None:
    rows = [(480 * beat, 480 * beat + 400, 60, 80) for beat in range(32)]
    tracks = [encode_track("horn", 60, c, rows, volume=40, pan=10) for c in range(16) if c != 9]
    result = random_inserter(b"MThd\0\0\0\6\0\1\0\x0f\1\xe0" + b"".join(tracks), "bass", seed=1)
    track = mido.MidiFile(file=io.BytesIO(result.midi)).tracks[-1]
    assert [m.program for m in track if m.type == "program_change"] == [33]
    assert "shared with 'horn'" in result.report.warnings[0] and not any(m.is_cc() for m in track)


def _basses(data: bytes) -> list[pretty_midi.Instrument]:
    instruments = pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments
    return [i for i in instruments if i.notes and not i.is_drum and 32 <= i.program < 40]


def test_bars_that_are_written_alone_leave_all_others_as_they_were(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "neon_groove.mid"
    lines = pretty_midi.PrettyMIDI(str(path)).get_downbeats() - 1e-6
    (old,) = _basses(path.read_bytes())
    result = random_inserter(path, "bass", seed=1, only=[(9, 10), (5, 6), (7, 7)], replace_existing=True)
    assert result.report.only == [(5, 7), (9, 10)] and not result.report.warnings
    rest, new = _basses(result.midi)

    def inside(note: pretty_midi.Note) -> bool:
        return bool(lines[4] <= note.start < lines[7] or lines[8] <= note.start < lines[10])

    assert [(n.start, n.pitch) for n in rest.notes] == [(n.start, n.pitch) for n in old.notes if not inside(n)]
    assert result.report.removed_notes == len(old.notes) - len(rest.notes) > 0
    assert len(new.notes) == result.report.notes == len(result.notes) > 0 and all(inside(n) for n in new.notes)
    assert all(n.end <= lines[7] + 2e-6 or (lines[8] <= n.start and n.end <= lines[10] + 2e-6) for n in new.notes)
    assert new.program == old.program and {row.bars for row in result.report.facts} == {"5-7", "9-10"}


def test_a_part_that_is_gone_on_with_keeps_its_sound(random_inserter: MidiInserter) -> None:
    bars = [(48 * 10 * beat, 48 * 10 * beat + 400, 40, 90) for beat in range(16)]
    slap = encode_track("slap", 36, 3, bars, volume=70, pan=20)
    piano = encode_track("piano", 0, 0, [(480 * beat, 480 * beat + 400, 60, 80) for beat in range(32)])
    data = b"MThd\0\0\0\6\0\1\0\2\1\xe0" + piano + slap
    expected: tuple[tuple[dict[str, Any], int], ...] = (({}, 36), ({"program": 33}, 33))
    for given, program in expected:
        result = random_inserter(data, "bass", seed=1, only=[(5, None)], **given)
        assert result.report.program == program and result.report.only == [(5, 8)] and not result.report.warnings
        track = mido.MidiFile(file=io.BytesIO(result.midi)).tracks[-1]
        assert [(m.control, m.value) for m in track if m.type == "control_change"] == [(7, 70), (10, 20)]


@pytest.mark.parametrize(
    ("given", "program"),
    [({}, 36), ({"program": 35}, 35), ({"prompt": "a fretless bass"}, 35), ({"prompt": "808"}, 38)],
)
def test_a_part_that_replaces_another_has_its_sound(
    random_inserter: MidiInserter, given: dict[str, Any], program: int
) -> None:
    beats = [(480 * beat, 480 * beat + 400, 40, 90) for beat in range(32)]
    few = encode_track("bass", 33, 2, beats[:8], volume=120)
    piano = encode_track("piano", 0, 0, beats)
    data = b"MThd\0\0\0\6\0\1\0\3\1\xe0" + piano + few + encode_track("slap", 36, 3, beats, volume=70, pan=20)
    result = random_inserter(data, "bass", seed=1, replace_existing=True, **given)
    assert result.report.removed_notes == 40 and result.report.program == program
    track = mido.MidiFile(file=io.BytesIO(result.midi)).tracks[-1]
    assert [(m.control, m.value) for m in track if m.type == "control_change"] == [(7, 70), (10, 20)]
    beside = random_inserter(data, "bass", seed=1).report
    assert beside.program == 33, "another one beside them has the usual sound"


def test_drums_that_go_on_are_not_said_to_share_their_channel(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    for replaced, said in ((True, 0), (False, 2)):
        result = random_inserter(path, "drums", seed=1, only=[(9, 12)], replace_existing=replaced)
        assert result.report.channel == 10 and len(result.report.warnings) == said


def test_bars_in_which_the_instrument_plays_get_another_part_beside_it(random_inserter: MidiInserter) -> None:
    result = random_inserter(EXAMPLES / "neon_groove.mid", "bass", seed=1, only=[(5, 8)])
    assert any("already has a bass part in these bars" in warning for warning in result.report.warnings)
    assert result.report.removed_notes == 0 and len(_basses(result.midi)) == 2


def test_a_last_bar_that_nobody_else_plays_is_written_anew_too(random_inserter: MidiInserter) -> None:
    piano = encode_track("piano", 0, 0, [(480 * beat, 480 * beat + 400, 60, 80) for beat in range(16)])
    bass = encode_track("bass", 33, 3, [(480 * beat, 480 * beat + 400, 40, 90) for beat in range(20)])
    data = b"MThd\0\0\0\6\0\1\0\2\1\xe0" + piano + bass
    result = random_inserter(data, "bass", seed=1, only=[(4, 5)], replace_existing=True)
    assert (result.report.removed_notes, result.report.bars, result.report.only) == (8, 5, [(4, 5)])


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ([(3, 99)], "only: bars 3-99 are not in the song; .*neon_groove.mid has bars 1 to 32"),
        ([(0, 4)], "only: bars 0-4 are not in the song"),
        ([(99, None)], "only: bar 99 is not in the song"),
        ([(4, 3)], "only: 4-3 ends before it begins"),
        ("3-4", "only: '3-4' is no list of pairs"),
        ([(1.5, 4)], "only: 1.5 is no whole number; choose 1 to 32"),
    ],
)
def test_bars_that_are_none_are_named(random_inserter: MidiInserter, only: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        random_inserter(EXAMPLES / "neon_groove.mid", "bass", only=only)


def test_the_part_alone_keeps_tempo_and_meter(random_inserter: MidiInserter, tmp_path: Path) -> None:
    path = EXAMPLES / "harbour_waltz.mid"
    result = random_inserter(path, "guitar", seed=1)
    alone = pretty_midi.PrettyMIDI(str(result.save_part(tmp_path / "part.mid")))
    whole = pretty_midi.PrettyMIDI(str(path))
    assert len(alone.instruments) == 1
    assert np.allclose(alone.get_tempo_changes()[1], whole.get_tempo_changes()[1])
    assert [(s.numerator, s.denominator) for s in alone.time_signature_changes] == [
        (s.numerator, s.denominator) for s in whole.time_signature_changes
    ]


@pytest.mark.parametrize("tempo", [b"\0\0\0", b"\7\xa1"], ids=["zero", "short"])
def test_the_part_alone_leaves_out_a_tempo_that_readers_do_not_get_over(
    random_inserter: MidiInserter, tempo: bytes
) -> None:
    conductor = b"\0\xff\x51" + bytes([len(tempo)]) + tempo + b"\0\xff\x58\4\3\2\x18\x08\0\xff\x2f\0"
    tracks = [b"MTrk" + len(conductor).to_bytes(4, "big") + conductor]
    tracks.append(encode_track("piano", 0, 0, [(beat * 480, beat * 480 + 400, 60, 80) for beat in range(32)]))
    result = random_inserter(b"MThd\0\0\0\6\0\1\0\2\1\xe0" + b"".join(tracks), "guitar", seed=1)
    assert "track 1: a tempo that means nothing is passed over" in result.report.warnings
    alone = mido.MidiFile(file=io.BytesIO(result.part_midi))
    assert [message.type for message in alone.tracks[0]] == ["time_signature", "end_of_track"]
    assert parse_smf(result.part_midi, "part").warnings == []


def test_songs_without_notes_and_values_out_of_range_are_named(random_inserter: MidiInserter) -> None:
    buffer = io.BytesIO()
    mido.MidiFile(tracks=[mido.MidiTrack([mido.MetaMessage("text", text="hush")])]).save(file=buffer)
    with pytest.raises(InputError, match="no notes"):
        random_inserter(buffer.getvalue(), "bass")
    path = EXAMPLES / "night_drive.mid"
    for options, message in (
        ({"instrument": "kazoo"}, "instrument: 'kazoo'"),
        ({"program": 200}, "program: 200"),
        ({"seed": -1}, "seed: -1"),
        ({"steps": 0}, "steps: 0"),
        ({"context_scale": 99.0}, "context_scale: 99"),
    ):
        with pytest.raises(InputError, match=message):
            random_inserter(path, **options)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("seed", "7", "is no whole number; choose 0 to 2\\*\\*63 - 1"),
        ("seed", 1.5, "is no whole number"),
        ("seed", True, "is no whole number"),
        ("program", "33", "is no whole number; choose 0 to 127"),
        ("program", 1.5, "is no whole number"),
        ("tries", "3", "is no whole number; choose 1 to 100"),
        ("tries", 1.5, "is no whole number"),
        ("best_of", 1.5, "is no whole number; choose 1 to 100"),
        ("steps", "5", "is no whole number; choose 1 to 1000"),
        ("steps", 1.5, "is no whole number"),
        ("context_scale", "3", "is no number; choose 0 to 20"),
        ("text_scale", True, "is no number; choose 0 to 20"),
        ("density", [1], "is not valid; choose one of .* or a number from 0 to 48"),
        ("density", 10**400, "is not valid"),
        ("density", True, "is not valid"),
        ("density", b"5", "is not valid"),
        ("style", ["rock", "funk"], "is no text; give names with commas between, of rock"),
        ("prompt", 5, "is no text; give a sentence"),
        ("prompt", ["busy"], "is no text"),
        ("prompt", b"busy", "is no text"),
        ("sections", {"2": "busy"}, "'2' is no whole number; choose bar numbers, counted from 1"),
        ("sections", {2.5: "busy"}, "2.5 is no whole number"),
        ("sections", ["busy"], "is no mapping; give it as in {17: 'busier'}"),
        ("sections", {2: None}, "None of bar 2 is no text; give a sentence"),
        ("sections", {(4, 2): "busy"}, "4-2 ends before it begins"),
        ("sections", {(1, 2, 3): "busy"}, "is no first and last bar"),
    ],
    ids=str,
)
def test_arguments_of_another_type_are_named(
    random_inserter: MidiInserter, name: str, value: object, valid: str
) -> None:
    with pytest.raises(InputError, match=rf"(?s)^{name}: .*{valid}") as error:
        random_inserter(EXAMPLES / "night_drive.mid", "bass", **{name: value})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_whole_numbers_of_numpy_are_numbers(random_inserter: MidiInserter) -> None:
    path, two = EXAMPLES / "night_drive.mid", np.int64(2)
    given: dict[str, Any] = {"seed": two, "program": np.int8(33), "steps": two, "tries": two, "best_of": two}
    result = random_inserter(path, "bass", **given, sections={two: "busy"}, context_scale=np.float32(2))
    again: dict[str, Any] = {"seed": 2, "program": 33, "steps": 2, "tries": 2, "best_of": 2}
    assert result.midi == random_inserter(path, "bass", **again, sections={2: "busy"}, context_scale=2.0).midi
    assert json.dumps(result.report.seed) == "2"


@pytest.mark.parametrize(
    ("song", "message"),
    [
        ("", "song: '' is no name of a file; give a MIDI file"),
        ("a\0b", "song: 'a\\x00b' is no name of a file"),
        ("x" * 5000, "x: cannot be read: File name too long"),
    ],
    ids=["empty", "null", "long"],
)
def test_names_that_no_file_has_are_errors(random_inserter: MidiInserter, song: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        random_inserter(song, "bass")
    assert message in str(error.value)


def test_a_prompt_that_says_nothing_leaves_the_part_as_it_is_and_that_is_said(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    result = random_inserter(path, "bass", prompt="make it nice", seed=1)
    assert result.midi == random_inserter(path, "bass", seed=1).midi
    assert any("nothing in the prompt is known of bass" in w for w in result.report.warnings)


def test_a_place_in_the_prompt_is_told_to_hold_nowhere_else(random_inserter: MidiInserter) -> None:
    song = EXAMPLES / "night_drive.mid"
    warnings = random_inserter(song, prompt="busier in the coda", seed=1, tries=1).report.warnings
    assert any("the prompt holds for the whole song, 'in the coda' or not" in w for w in warnings)
    fine = random_inserter(song, prompt="busier than the verse", sections={9: "loud in the chorus"}, seed=1, tries=1)
    assert not any("holds for the whole song" in w for w in fine.report.warnings)


def test_what_was_asked_is_reported_beside_what_is_measured(random_inserter: MidiInserter) -> None:
    report = random_inserter(EXAMPLES / "night_drive.mid", "bass", density="very sparse", seed=1).report
    asked = [fact for fact in report.facts if fact.asked]
    assert [(f.fact, f.asked) for f in asked] == [("density", "very sparse")]
    onsets = float(asked[0].measured.split("(")[1].split()[0])
    assert asked[0].fulfilled == (onsets < 3.9) and "onsets in four beats" in asked[0].measured
    assert asked[0].value == pytest.approx(onsets, rel=0.01)
    json.dumps(asdict(report))
    assert {"register", "loudness", "note length"} <= {f.fact for f in report.facts if not f.asked}


def test_controls_win_over_the_prompt(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    both = random_inserter(path, "bass", prompt="very busy and loud", density="very sparse", seed=1)
    asked = {f.fact: f.asked for f in both.report.facts if f.asked}
    assert asked["density"] == "very sparse" and "loud" in asked["loudness"]


def test_a_sound_that_is_asked_for_chooses_the_program(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    assert random_inserter(path, "bass", prompt="slap bass", seed=1).report.program == 36
    assert random_inserter(path, "bass", prompt="slap bass", program=33, seed=1).report.program == 33
    brushes = random_inserter(path, "drums", prompt="drums with brushes", seed=1, replace_existing=True)
    assert brushes.report.program == 40 and _kits(brushes.midi) == [40] and not brushes.report.warnings


@pytest.mark.parametrize(
    ("stem", "prompt", "program"),
    [("lead", "a trumpet", 56), ("strings", "a flute", 73)],
)
def test_a_sound_that_is_named_is_the_tracks_and_changes_nothing_else(
    random_inserter: MidiInserter, monkeypatch: pytest.MonkeyPatch, stem: str, prompt: str, program: int
) -> None:
    monkeypatch.setattr(random_inserter.pipeline, "reader", _Deaf())
    song = song_bytes()
    plain, named = random_inserter(song, stem, seed=1), random_inserter(song, stem, prompt=prompt, seed=1)
    assert named.report.program == program and named.notes == plain.notes
    assert named.report.warnings == plain.report.warnings
    assert random_inserter(song, stem, prompt=prompt, program=9, seed=1).report.program == 9
    unknown = random_inserter(song, stem, prompt="like a trumpet", seed=1).report
    assert f"nothing in the prompt is known of {stem}: the part is as it would be without it" in unknown.warnings


class _Deaf:
    """Reads nothing out of any sentence."""

    def understand(self, sentence: str, stem: Stem) -> Wish:
        return Wish()


def _kits(data: bytes) -> list[int]:
    """The programs of all drums that play."""
    return sorted(read_song(data).programs(Stem.DRUMS))  # of the channel; pretty_midi hears those of a track only


def _song_with_kit() -> bytes:
    """Eight bars of a piano, four of kit 25."""
    beats = [(480 * beat, 480 * beat + 100, 38, 90) for beat in range(16)]
    piano = encode_track("piano", 0, 0, [(480 * beat, 480 * beat + 400, 60, 80) for beat in range(32)])
    return b"MThd\0\0\0\6\0\1\0\2\1\xe0" + piano + encode_track("kit", 25, 9, beats)


@pytest.mark.parametrize("options", [{"only": [(1, 4)]}, {}])
def test_drums_have_the_kit_that_is_asked_for_where_no_others_are_left(
    random_inserter: MidiInserter, options: dict[str, Any]
) -> None:
    data = _song_with_kit()
    result = random_inserter(data, "drums", seed=1, prompt="with brushes", replace_existing=True, **options)
    assert result.report.program == result.part.program == 40 and _kits(result.midi) == [40]
    assert not result.report.warnings
    unasked = random_inserter(data, "drums", seed=1, replace_existing=True, **options)
    assert unasked.report.program == 25 and _kits(unasked.midi) == [25], "the kit that was there"


@pytest.mark.parametrize("options", [{"replace_existing": True}, {}])
def test_a_kit_that_other_drums_have_stays_and_is_said_to_sound(
    random_inserter: MidiInserter, options: dict[str, Any]
) -> None:
    path = EXAMPLES / "night_drive.mid"
    result = random_inserter(path, "drums", seed=1, only=[(5, 8)], prompt="with brushes", **options)
    assert result.report.program == result.part.program == 0
    assert [fact.fulfilled for fact in result.report.facts if fact.fact == "kit"] == [False]
    assert any("leaves its kit and volume as they are" in warning for warning in result.report.warnings)


def test_drums_beside_others_are_reported_with_their_kit(random_inserter: MidiInserter) -> None:
    assert random_inserter(_song_with_kit(), "drums", seed=1).report.program == 25


def test_controls_out_of_their_domain_are_named(random_inserter: MidiInserter) -> None:
    with pytest.raises(InputError, match="loudness: 'deafening' is not valid; choose one of very soft"):
        random_inserter(EXAMPLES / "night_drive.mid", "bass", loudness="deafening")


def test_only_drums_to_go_by_gives_a_part_and_says_the_key_is_a_guess(random_inserter: MidiInserter) -> None:
    song = pretty_midi.PrettyMIDI(str(EXAMPLES / "night_drive.mid"))
    song.instruments = [i for i in song.instruments if i.is_drum]
    result = random_inserter(song, "bass", seed=1)
    assert result.report.notes > 0 and any(
        w.endswith("a guess; --chords (chords=) gives others") for w in result.report.warnings
    )


def test_a_saved_pipeline_writes_the_same_part(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    random_pipeline.save_pretrained(tmp_path)
    loaded = MidiInserter.from_pretrained(tmp_path, device="cpu")
    again = MidiInserter.from_pretrained(tmp_path, device="cpu")
    path = EXAMPLES / "night_drive.mid"
    assert loaded(path, "bass", seed=2).midi == again(path, "bass", seed=2).midi
    assert loaded.pipeline.sampler == random_pipeline.sampler


def test_a_checkpoint_that_is_missing_or_damaged_is_named(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        MidiInserter.from_pretrained("nowhere")
    with pytest.raises(InputError, match=r"model_index\.json"):
        MidiInserter.from_pretrained(tmp_path)
    random_pipeline.save_pretrained(tmp_path)
    config = tmp_path / "denoiser" / "config.json"
    config.write_text(config.read_text().replace('"width": 32', '"width": 64'))
    with pytest.raises(InputError, match="do not fit the config"):
        MidiInserter.from_pretrained(tmp_path)
    config.write_text(config.read_text().replace('"width"', '"widht"'))
    with pytest.raises(Exception, match="widht"):
        MidiInserter.from_pretrained(tmp_path)


Drawn = list[tuple[Condition, SamplerConfig]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What the sampler is told, for every part drawn."""
    told: Drawn = []

    def noted(denoiser: Any, condition: Condition, config: SamplerConfig, *rest: Any) -> Any:
        told.append((condition, config))
        return sample(denoiser, condition, config, *rest)

    monkeypatch.setattr("midi_subtract.drawing.sample", noted)
    return told


def _inserter(pipeline: MidiPipeline, **sampler: Any) -> MidiInserter:
    return MidiInserter(replace(pipeline, sampler=replace(pipeline.sampler, **sampler)))


def test_what_is_usual_is_said_gently_where_nothing_is_asked(random_pipeline: MidiPipeline, drawn: Drawn) -> None:
    inserter = _inserter(random_pipeline, perturbed_scales={"drums": 1.0}, usual_scales={"drums": 1.5})
    for stem in (Stem.DRUMS, Stem.GUITAR):
        inserter(EXAMPLES / "night_drive.mid", stem, seed=1, tries=1)
    (drums, how), (guitar, _) = drawn
    assert drums.text is not None and how.text_scale == 1.5 and how.perturbed_scales == {"drums": 1.0}
    assert np.array_equal(drums.text[0, 7].numpy(), USUAL[Stem.DRUMS].vector())
    assert guitar.text is None, "no scale says how much it is asked for"
    with_figure = _inserter(random_pipeline, usual_scales={"drums": 1.5}, usual_figures={"drums": "backbeat"})
    with_figure(EXAMPLES / "night_drive.mid", "drums", seed=1, tries=1)
    drums = drawn[-1][0]
    backbeat = USUAL[Stem.DRUMS].under(Wish({}, {"figure": {"backbeat": True}}))
    assert drums.text is not None and np.array_equal(drums.text[0, 7].numpy(), backbeat.vector())
    without = _inserter(random_pipeline, usual_scales={})
    without(EXAMPLES / "night_drive.mid", "drums", seed=1, tries=1)
    assert drawn[-1][0].text is None


def test_what_is_unguided_of_a_song_is_told_beside_it(random_pipeline: MidiPipeline, drawn: Drawn) -> None:
    inserter = _inserter(random_pipeline, unguided={"bass": "drums"})
    song = read_song((EXAMPLES / "night_drive.mid").read_bytes(), "song")
    for name in ("night_drive.mid", "neon_groove.mid"):
        inserter(EXAMPLES / name, "bass", seed=1, tries=1)
    inserter(EXAMPLES / "night_drive.mid", "guitar", seed=1, tries=1)
    (bass, _), (without_drums, _), (guitar, _) = drawn
    alone = random_pipeline.codec.encode_context([{Stem.DRUMS: song.stem(Stem.DRUMS)}], song.n_beats)
    assert bass.unguided is not None and torch.equal(bass.unguided, alone)
    assert not torch.equal(bass.context, alone)
    assert without_drums.unguided is None and guitar.unguided is None
    only_drums = replace(song, tracks=[t for t in song.tracks if t.stem is Stem.DRUMS], _stems={})
    inserter.write(only_drums, Stem.BASS, seed=1, tries=1)
    assert drawn[-1][0].unguided is None, "nothing else could lead"


def test_a_song_shorter_than_a_window_is_heard_over_and_over(random_pipeline: MidiPipeline, drawn: Drawn) -> None:
    song, beats = song_bytes(bars=3), 12  # of a window of 64
    part = MidiInserter(random_pipeline)(song, "bass", prompt="busy", seed=1, tries=1)
    ((heard, _),) = drawn
    assert heard.context.shape[1] == 64 and heard.text is not None
    for told in (heard.context, heard.place, heard.text):
        for frame in range(beats, 64):
            torch.testing.assert_close(told[0, frame], told[0, frame % beats])
    assert (np.diff(heard.context[0, :beats], axis=0) != 0).any(), "bars differ"
    assert part.report.bars == 3 and all(note.start < 3 * 2.0 for note in part.part.notes)


def test_the_first_try_is_gentle_and_the_text_scale_rises_over_the_others(
    random_pipeline: MidiPipeline, drawn: Drawn
) -> None:
    own = {"perturbed_scales": {"drums": 1.0}, "context_scales": {"drums": 2.0}, "usual_scales": {"drums": 1.0}}
    inserter = _inserter(random_pipeline, text_scale=6.0, **own)
    inserter(EXAMPLES / "night_drive.mid", "drums", seed=1, tries=1)
    assert drawn.pop()[1].context_scales == {"drums": 2.0}
    inserter(EXAMPLES / "night_drive.mid", "drums", seed=1, tries=3, prompt="a half-time beat")
    assert [how.text_scale for _, how in drawn] == [3.0, 4.5, 6.0]
    assert not any(how.context_scales for _, how in drawn)
    assert [how.perturbed_scales for _, how in drawn] == [{"drums": 1.0}, {}, {}]
    first, second, third = (told.text[0, 0].tolist() for told, _ in drawn if told.text is not None)
    asked = inserter.pipeline.text.understand("a half-time beat", Stem.DRUMS)
    assert second == third == asked.vector().tolist()
    assert first == USUAL[Stem.DRUMS].under(asked).vector().tolist() != second
    del drawn[:]
    inserter(EXAMPLES / "night_drive.mid", "drums", seed=1, tries=1, prompt="a half-time beat")
    assert [how.text_scale for _, how in drawn] == [6.0]


def test_what_was_arranged_by_rule_is_said(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    plain = random_inserter(path, "bass", seed=1, tries=1)
    assert not any("arranged" in warning for warning in plain.report.warnings)
    walking = random_inserter(path, "bass", seed=1, tries=1, prompt="a walking bass")
    assert "no part drawn has what was asked for (walking): it was arranged by rule" in walking.report.warnings
    [figure] = [row for row in walking.report.facts if row.fact == "figure"]
    assert figure.asked == "walking" and figure.fulfilled
    later = random_inserter(path, "bass", seed=1, tries=1, sections={9: "a walking bass"})
    assert "bars 9-32: no part drawn has what was asked for (walking): it was arranged by rule" in later.report.warnings


@pytest.mark.parametrize("names", [5, "drums", [], ["drums", "kazoo"], [1]])
def test_an_index_whose_stems_are_none_is_named(names: object, random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    replace(random_pipeline, stems=(Stem.BASS,)).save_pretrained(tmp_path)
    assert MidiPipeline.from_pretrained(tmp_path).stems == (Stem.BASS,)
    index = json.loads((tmp_path / "model_index.json").read_text())
    (tmp_path / "model_index.json").write_text(json.dumps(index | {"stems": names}))
    with pytest.raises(InputError, match=r"model_index\.json: stems: .* drums, bass, guitar, keys, strings, lead"):
        MidiPipeline.from_pretrained(tmp_path)


def test_songs_are_taken_as_the_content_of_files(random_inserter: MidiInserter) -> None:
    path = EXAMPLES / "night_drive.mid"
    content = path.read_bytes()
    with path.open("rb") as opened:
        given = [content, bytearray(content), memoryview(content), io.BytesIO(content), opened]
        assert {midi_bytes(song)[0] for song in given} == {content}
    with pytest.raises(InputError, match=r"song: .* is open as text; open it with mode 'rb'"):
        random_inserter(io.StringIO("x"), "bass")


def test_whatever_is_a_path_of_the_system_is_taken() -> None:
    class Named:
        def __init__(self, path: str | bytes) -> None:
            self.path = path

        def __fspath__(self) -> str | bytes:
            return self.path

    path = str(EXAMPLES / "night_drive.mid")
    assert midi_bytes(Named(path)) == midi_bytes(path)
    with pytest.raises(InputError, match=r"song: .* is no name of a file; give a MIDI file"):
        midi_bytes(Named(path.encode()))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"instrument": "bass", "stem": "bass"}, "instrument, stem: mean the same; give one of them"),
        ({"stem": "tuba"}, "stem: 'tuba' is not known"),
        ({"progress": 5}, "progress: 5 cannot be called"),
        ({"replace_existing": "no"}, "replace_existing: 'no' is neither True nor False"),
        ({"replace_existing": 1}, "replace_existing: 1 is neither"),
        ({"afresh": None}, "afresh: None is neither"),
        ({"tries": 101}, "tries: 101 is out of range; choose 1 to 100"),
    ],
)
def test_arguments_that_cannot_be_are_named(
    random_inserter: MidiInserter, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        random_inserter(EXAMPLES / "night_drive.mid", **arguments)


def test_the_instrument_is_called_stem_as_well(random_inserter: MidiInserter) -> None:
    song = EXAMPLES / "night_drive.mid"
    parts = [random_inserter(song, instrument="drums", seed=1), random_inserter(song, stem="drums", seed=1, tries=None)]
    assert parts[0].midi == parts[1].midi


@pytest.mark.parametrize("model", [None, 5, "", "x" * 300])
def test_models_that_cannot_be_are_errors(model: Any) -> None:
    with pytest.raises(InputError, match="model: "):
        MidiInserter.from_pretrained(model)


def test_no_warning_ends_a_program_that_takes_warnings_for_errors(random_inserter: MidiInserter) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        random_inserter(EXAMPLES / "night_drive.mid", "bass", seed=1)
