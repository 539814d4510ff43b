"""What can be fingered on a guitar, and the nearest voicing that can."""

from __future__ import annotations

import pytest

from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.fretboard import fingered, is_playable, nearest_playable
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem
from subtract_core.wish import Wish


def chord(*pitches: int, at: int = 0) -> Notes:
    return Notes.of([(at, pitch, 12, 90) for pitch in pitches])


@pytest.mark.parametrize(
    ("pitches", "playable"),
    [
        ((40, 47, 52, 56, 59, 64), True),  # E major, open
        ((41, 48, 53, 57, 60, 65), True),  # F major, barred
        ((48, 55, 58, 63), True),
        ((55, 58, 60, 63), False),  # C minor seventh, close
        ((38, 45, 50), False),  # below E2
        ((64, 84), False),  # above the last fret
        ((40, 41), False),  # two notes of one string
        ((52,), True),
    ],
)
def test_a_hand_reaches_four_frets_on_six_strings(pitches: tuple[int, ...], playable: bool) -> None:
    assert is_playable(pitches) is playable


@pytest.mark.parametrize("close", [(55, 58, 60, 63), (60, 64, 67, 69), (52, 55, 57, 60, 61, 64), (30, 55, 58, 90)])
def test_the_nearest_voicing_is_playable_and_has_the_same_pitch_classes(close: tuple[int, ...]) -> None:
    heard = [pitch for pitch in nearest_playable(close) if pitch is not None]
    assert is_playable(heard) and {p % 12 for p in heard} == {p % 12 for p in close}


def test_the_outer_notes_stay_and_doubles_go_first() -> None:
    assert nearest_playable((55, 58, 60, 63)) == (55, 58, 48, 63)
    assert nearest_playable((55, 57, 59, 64, 69)) == (55, None, 59, 64, 69)
    assert nearest_playable((38, 45, 50)) == (50, 57, 62), "a low power chord moves as a whole"


def test_strokes_that_cannot_be_played_are_voiced_anew() -> None:
    part = Notes.merge([chord(55, 58, 60, 63), chord(40, 47, 52, at=24), chord(38, at=36)])
    assert same(fingered(part), Notes.merge([chord(48, 55, 58, 63), chord(40, 47, 52, at=24), chord(50, at=36)]))
    assert same(fingered(chord(38, 45, 50), lower=2), chord(38, 45, 50)), "tuned a tone lower"


def test_guitars_are_tuned_as_low_as_the_song_s_bass() -> None:
    def guitar(bass: int) -> Notes:
        song = Song([Track("bass", 33, False, chord(bass))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
        return Asked.of(song, Stem.GUITAR, Wish()).completed(chord(38, 45, 50))

    assert guitar(28).pitch.tolist() == [50, 57, 62] and guitar(26).pitch.tolist() == [38, 45, 50]
