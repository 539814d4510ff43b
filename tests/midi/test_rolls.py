"""Notes survive the piano roll; what it cannot hold is folded or cut by rule."""

import numpy as np
import pytest

from midi_subtract.model.rolls import fold_into_range, from_roll, to_roll, without_overlaps
from midi_subtract.notes import Notes
from midi_subtract.programs import PLAYABLE_RANGE
from subtract_core.stems import Stem


def _rows(notes: Notes) -> list[tuple[int, ...]]:
    return list(
        zip(notes.onset.tolist(), notes.pitch.tolist(), notes.duration.tolist(), notes.velocity.tolist(), strict=True)
    )


def test_pitched_notes_come_back_across_beats_and_repetitions() -> None:
    rows = [(0, 40, 30, 100), (30, 40, 6, 80), (36, 43, 12, 80), (47, 45, 1, 60)]
    assert _rows(from_roll(to_roll(Notes.of(rows), Stem.BASS, 4), Stem.BASS)) == rows


def test_drum_hits_come_back_as_their_class() -> None:
    rows = [(0, 35, 5, 110), (0, 42, 5, 70), (12, 40, 5, 90), (18, 57, 40, 127)]
    back = from_roll(to_roll(Notes.of(rows), Stem.DRUMS, 2), Stem.DRUMS)
    assert _rows(back) == [(0, 36, 1, 110), (0, 42, 1, 70), (12, 38, 1, 90), (18, 49, 1, 127)]


def test_sticks_and_claps_are_claps_with_a_snare_and_sticks_alone() -> None:
    rows = [(0, 37, 1, 90), (0, 40, 1, 100), (6, 39, 1, 80), (6, 42, 1, 70), (12, 39, 1, 90), (12, 38, 1, 100)]
    back = from_roll(to_roll(Notes.of(rows), Stem.DRUMS, 2), Stem.DRUMS)
    struck = list(zip(back.onset.tolist(), back.pitch.tolist(), strict=True))
    assert struck == [(0, 38), (0, 39), (6, 37), (6, 42), (12, 38), (12, 39)]


def test_a_note_that_already_sounds_is_held_but_not_struck() -> None:
    notes = Notes(np.array([-6]), np.array([60]), np.array([18]), np.array([90]))
    roll = to_roll(notes, Stem.KEYS, 2)
    assert roll[0, :, 88 + 39].sum() == 12 and roll[..., :88].sum() == 0
    assert len(from_roll(roll, Stem.KEYS)) == 0


def test_notes_outside_the_window_leave_no_trace() -> None:
    notes = Notes(np.array([-30, 24]), np.array([60, 62]), np.array([12, 6]), np.array([90, 90]))
    assert to_roll(notes, Stem.KEYS, 2).sum() == 0


@pytest.mark.parametrize("pitch", range(128))
def test_every_pitch_is_folded_into_range_by_octaves(pitch: int) -> None:
    for low, high in PLAYABLE_RANGE.values():
        folded = int(fold_into_range(np.array([pitch]), low, high)[0])
        assert low <= folded <= high and (folded - pitch) % 12 == 0


def test_read_parts_lie_in_the_playable_range_without_overlaps() -> None:
    rng = np.random.default_rng(0)
    roll = (rng.random((16, 12, 177)) > 0.9).astype(np.float32)
    for stem in (Stem.BASS, Stem.GUITAR, Stem.KEYS):
        notes = from_roll(roll, stem)
        low, high = PLAYABLE_RANGE[stem]
        assert len(notes) and notes.pitch.min() >= low and notes.pitch.max() <= high
        for pitch in np.unique(notes.pitch):
            same = notes.select(notes.pitch == pitch)
            assert (same.onset[1:] >= same.end[:-1]).all()


def test_of_two_equal_notes_the_longer_stays_and_overlaps_are_cut() -> None:
    cut = without_overlaps(Notes.of([(0, 60, 4, 90), (0, 60, 20, 80), (12, 60, 6, 70), (0, 64, 30, 60)]))
    assert _rows(cut) == [(0, 60, 12, 80), (0, 64, 30, 60), (12, 60, 6, 70)]
