"""A bass plays one note at a time, in a bass's range."""

from __future__ import annotations

import numpy as np

from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.habits import one_line
from midi_subtract.playing.octaves import HIGHEST, as_low
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BARS = np.arange(0, 48 * 9, 48)
LOW = Notes.of((12 * i, 33 + (0, 0, 7, 5)[i % 4], 10, 90) for i in range(16))
HIGH = Notes.of((192 + 12 * i, 60 + (0, 0, 7, 5)[i % 4], 10, 90) for i in range(16))


def _others() -> Song:
    keys = Notes.of((48 * bar, 60, 48, 80) for bar in range(8))
    return Song([Track("keys", 0, False, keys)], [Meter(0, 4, 4)], [(0, 120.0)], 480)


def test_a_note_ends_where_the_next_begins() -> None:
    held = one_line(Notes.of([(0, 29, 30, 90), (12, 30, 6, 90), (24, 31, 6, 90)]))
    assert held.onset.tolist() == [0, 12, 24] and held.end.tolist() == [12, 18, 30]


def test_a_phrase_above_a_bass_s_range_moves_by_octaves_as_a_whole() -> None:
    part = as_low(Notes.merge([LOW, HIGH]), BARS)
    assert same(part.starting(0, 192), LOW)
    moved = part.starting(192, 384)
    assert moved.pitch.tolist() == (HIGH.pitch - 24).tolist() and moved.onset.tolist() == HIGH.onset.tolist()


def test_notes_in_a_row_far_above_a_phrase_move_together_and_a_fill_inside_the_range_stays() -> None:
    far = Notes.of([(60, 62, 6, 90), (66, 64, 6, 90), (150, 52, 6, 90)])
    part = as_low(Notes.merge([LOW, far]), BARS)
    assert [p for p in part.pitch.tolist() if p > 45] == [50, 52, 52] and part.pitch.max() <= HIGHEST


def test_a_bass_of_which_a_register_is_asked_stays_where_it_is() -> None:
    part = Notes.merge([LOW, HIGH])

    def highest(wish: Wish) -> int:
        return int(Asked.of(_others(), Stem.BASS, wish).as_players_do(part).pitch.max())

    assert highest(Wish({"density": 1.0})) <= HIGHEST < highest(Wish({"register": 1.0}))
    assert same(as_low(Notes.empty(), BARS), Notes.empty())
