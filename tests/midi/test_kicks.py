"""A bass on the kick drum to the step, or beside it."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.metrics import kick_bass_lock
from midi_subtract.notes import Notes, same
from midi_subtract.playing.finishing import finish
from midi_subtract.playing.kicks import with_kicks
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BARS = np.arange(0, 48 * 5, 48)
KICKS = (0, 21, 30)
DRUMS = Notes.of((48 * bar + at, 36, 3, 100) for bar in range(4) for at in KICKS)
OTHERS = {Stem.DRUMS: DRUMS}
FOLLOWS, BESIDE = (Wish({}, {"figure": {"follows the kick": yes}}) for yes in (True, False))


def _bass(*places: int, length: int = 6) -> Notes:
    return Notes.of((48 * bar + at, 33, length, 90) for bar in range(4) for at in places)


def test_a_bass_that_leaves_room_for_the_kick_begins_on_the_eighth_behind_it() -> None:
    part = with_kicks(_bass(0, 12, 21, 40, length=12), BESIDE, OTHERS, BARS)
    assert part.onset.tolist()[:4] == [6, 12, 24, 40] and part.end.tolist()[:4] == [12, 24, 33, 52]


def test_behind_kicks_on_two_eighths_in_a_row_a_bass_begins_on_the_next_one() -> None:
    drums = Notes.of((48 * bar + at, 36, 3, 100) for bar in range(4) for at in (0, 6))
    part = with_kicks(_bass(0, 24, length=24), BESIDE, {Stem.DRUMS: drums}, BARS)
    assert part.onset.tolist() == [48 * bar + at for bar in range(4) for at in (12, 24)]


def test_a_bass_that_swings_leaves_room_up_to_the_swung_eighth() -> None:
    part = with_kicks(_bass(0, 12), Wish({"swing": 1.0}, BESIDE.options), OTHERS, BARS)
    assert part.onset.tolist()[:2] == [8, 12]


def test_a_note_without_room_behind_the_kick_is_left_out() -> None:
    part = with_kicks(_bass(0, 4, 12), BESIDE, OTHERS, BARS)
    assert part.onset.tolist()[:2] == [4, 12]
    four = {Stem.DRUMS: Notes.of((12 * beat, 36, 3, 100) for beat in range(16))}
    moved = with_kicks(_bass(0, 12, 24, 36), BESIDE, four, BARS)
    assert set((moved.onset % 12).tolist()) == {6} and len(moved) == 16
    assert kick_bass_lock(moved, four[Stem.DRUMS]) == 0


def test_a_bass_that_follows_the_kick_stays_on_it_when_it_swings() -> None:
    wish = Wish({"swing": 1.0}, FOLLOWS.options)
    part = finish(_bass(*KICKS), Stem.BASS, wish, BARS, OTHERS)
    assert set((part.onset % 48).tolist()) == set(KICKS)
    assert (part.end[:-1] <= part.onset[1:]).all()


@pytest.mark.parametrize("others", [{}, {Stem.KEYS: DRUMS}])
def test_without_a_kick_or_without_a_word_about_it_a_bass_stays(others: dict[Stem, Notes]) -> None:
    bass = _bass(0, 12, 20)
    assert same(with_kicks(bass, BESIDE, others, BARS), bass)
    assert same(with_kicks(bass, Wish(), OTHERS, BARS), bass)
    assert not len(with_kicks(Notes.empty(), BESIDE, OTHERS, BARS))
