"""Songs are read as players play them."""

import io

import mido
import pytest

from midi_subtract.files.reader import read_song
from subtract_core.stems import Stem


def _file(*tracks: list[mido.Message | mido.MetaMessage], **options: int) -> bytes:
    midi = mido.MidiFile(ticks_per_beat=480, **options)
    midi.tracks = [mido.MidiTrack(track) for track in tracks]
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


def _note(channel: int, pitch: int, wait: int = 0, ticks: int = 480) -> list[mido.Message]:
    return [
        mido.Message("note_on", channel=channel, note=pitch, velocity=90, time=wait),
        mido.Message("note_off", channel=channel, note=pitch, time=ticks),
    ]


def test_a_program_set_in_another_track_is_heard() -> None:
    conductor = [mido.Message("program_change", channel=3, program=33)]
    song = read_song(_file(conductor, _note(3, 40)))
    assert set(song.stems) == {Stem.BASS}


def test_a_program_changed_in_another_track_splits_the_part_where_it_changes() -> None:
    conductor = [
        mido.Message("program_change", channel=0, program=27),
        mido.Message("program_change", channel=0, program=33, time=960),
    ]
    song = read_song(_file(conductor, [*_note(0, 52), *_note(0, 40, wait=480)]))
    assert song.stem(Stem.GUITAR).pitch.tolist() == [52] and song.stem(Stem.BASS).pitch.tolist() == [40]
    assert song.stem(Stem.BASS).onset.tolist() == [24] and song.stem(Stem.BASS).duration.tolist() == [12]


def test_a_program_of_its_own_is_left_alone() -> None:
    track = [mido.Message("program_change", channel=1, program=48), *_note(1, 60)]
    assert set(read_song(_file([], track)).stems) == {Stem.STRINGS}


def test_channel_ten_is_drums_whatever_its_program() -> None:
    assert set(read_song(_file([mido.Message("program_change", channel=9, program=33), *_note(9, 36)])).stems) == {
        Stem.DRUMS
    }


def test_onsets_and_ends_go_to_the_nearest_step() -> None:
    song = read_song(_file([*_note(0, 60, wait=19, ticks=482), *_note(0, 62, wait=2, ticks=1)]))
    notes = song.stem(Stem.KEYS)
    assert notes.onset.tolist() == [0, 13] and notes.duration.tolist() == [13, 1]


def test_meters_and_tempi_come_with_their_steps() -> None:
    track = [
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(90)),
        mido.MetaMessage("time_signature", numerator=6, denominator=8, time=480),
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(180), time=480),
        *_note(0, 60),
    ]
    song = read_song(_file(track))
    assert [(m.step, m.numerator, m.denominator) for m in song.meters] == [(0, 4, 4), (12, 6, 8)]
    assert [step for step, _ in song.tempi] == [0, 24]
    assert [bpm for _, bpm in song.tempi] == pytest.approx([90, 180], rel=1e-3)
