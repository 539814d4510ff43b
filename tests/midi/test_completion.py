"""Bars that are missing from a part, guessed from the rest of it."""

from typing import Any

import numpy as np
import pytest

from midi_subtract.inserter import MidiInserter
from midi_subtract.metrics import note_f1
from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.completion import filled, rest_of_part
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from subtract_core.model.sampler import sample
from subtract_core.stems import Stem
from subtract_core.wish import Wish

CHORDS = (60, 65, 67, 60)
LINES = np.arange(9) * 48


def chords(bars: int = 8) -> Notes:
    """A chord a bar, the same four over and over."""
    return Notes.of((48 * b, CHORDS[b % 4] + third, 48, 80) for b in range(bars) for third in (0, 4, 7))


def roots(bars: list[int]) -> Notes:
    """The root of each chord on every beat."""
    return Notes.of((48 * b + 12 * beat, CHORDS[b % 4] - 24, 10, 90) for b in bars for beat in range(4))


def song(bass: Notes, keys: Notes | None = None) -> Song:
    tracks = [Track("", 0, False, chords() if keys is None else keys), Track("", 33, False, bass)]
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480)


def bars(*numbers: int) -> np.ndarray:
    """bool [8], bars counted from 0."""
    return np.isin(np.arange(8), numbers)


def test_missing_bars_are_copied_from_where_the_others_are_most_alike() -> None:
    part = roots([0, 1, 2, 3])
    (whole,), likeness = filled(part, bars(0, 1, 2, 3), {Stem.KEYS: chords()}, LINES)
    assert same(whole, roots(list(range(8)))) and likeness == pytest.approx(1.0)
    _, likeness = filled(roots([1, 2]), bars(1, 2), {Stem.KEYS: chords()}, LINES)
    assert likeness[[1, 2, 5, 6]] == pytest.approx(1.0) and (likeness[[0, 3, 4, 7]] < 0.7).all()


def test_a_bass_is_not_copied_from_a_bar_over_another_chord_that_is_struck_alike() -> None:
    """E minor and G have two tones in common."""
    g, e_minor = (55, 59, 62), (52, 55, 59)
    struck = [
        (48 * bar + 12 * beat, pitch, 12)
        for bar, chord in ((0, g), (2, e_minor))
        for beat in range(4)
        for pitch in chord
    ]
    keys = Notes.of([*((*row, 80) for row in struck), *((48, pitch, 48, 80) for pitch in e_minor)])
    drums = Notes.of((48 * bar + 6 * i, 42, 1, 80) for bar in range(3) for i in range(8))
    part, played, lines = Notes.of([(0, 43, 48, 90), (48, 40, 48, 90)]), np.array([True, True, False]), LINES[:4]
    others = {Stem.KEYS: keys, Stem.DRUMS: drums}
    (copy,), likeness = filled(part, played, others, lines)
    (by_strokes,), as_struck = filled(part, played, others, lines, pitched=False)
    assert copy.pitch.tolist() == [43, 40, 40] and by_strokes.pitch.tolist() == [43, 40, 43]
    assert likeness[2] < as_struck[2]


def test_of_bars_as_alike_the_nearest_is_copied() -> None:
    low, high = Notes.of([(0, 36, 48, 90)]), Notes.of([(3 * 48, 48, 48, 90)])  # bars 0 and 3 have one chord
    (whole, other), _ = filled(Notes.merge([low, high]), bars(0, 3), {Stem.KEYS: chords()}, LINES, guesses=2)

    def played(part: Notes, bar: int) -> list[int]:
        return [int(pitch) for pitch in part.starting(48 * bar, 48 * bar + 48).pitch]

    assert [played(whole, bar) for bar in (4, 7)] == [[48], [48]]
    assert [played(other, bar) for bar in (0, 3, 4, 7)] == [[36], [48], [36], [36]]
    guesses, _ = filled(low, bars(0), {Stem.KEYS: chords()}, LINES, guesses=3)
    assert len(guesses) == 1, "of one bar there is one guess"


def test_a_copy_is_as_long_as_the_bar_it_fills() -> None:
    lines = np.array([0, 48, 84])  # a bar of 4/4 and one of 3/4
    (copy,), _ = filled(Notes.of([(0, 36, 48, 90), (36, 38, 12, 90)]), np.array([True, False]), {}, lines)
    assert copy.onset.tolist() == [0, 36, 48] and copy.last_step == 84


def test_the_rest_of_a_part_is_kept_where_it_plays_and_guessed_elsewhere() -> None:
    rest = rest_of_part(song(roots([0, 1, 2, 4])), Stem.BASS, bars(3))
    assert rest is not None and same(rest.notes, roots([0, 1, 2, 4]))
    assert [same(guess, roots(list(range(8)))) for guess in rest.guesses] == [True]
    assert rest.held.tolist() == pytest.approx([0] * 12 + [0.3] * 4 + [0] * 4 + [0.3] * 12)


def test_what_is_hardly_alike_is_held_less_long() -> None:
    rest = rest_of_part(song(roots([1])), Stem.BASS, bars(3))
    assert rest is not None and rest.held[8] == pytest.approx(0.9) and rest.held[20] == pytest.approx(0.3)


def test_drums_are_guessed_by_several_bars_and_held_alike() -> None:
    beat = Track("", 0, True, Notes.of((48 * b + 12, 38, 3, 90) for b in range(4)))
    band = Song([Track("", 0, False, chords()), beat], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    rest = rest_of_part(band, Stem.DRUMS, bars(4, 5))
    assert rest is not None and len(rest.guesses) == 3
    assert rest.held.tolist() == pytest.approx([0] * 16 + [0.9] * 16)


def test_beats_that_a_bar_line_cuts_are_not_kept() -> None:
    bass = Track("", 33, False, Notes.of([(0, 36, 12, 90), (42, 36, 12, 90)]))
    odd = Song([bass], [Meter(0, 7, 8)], [(0, 120.0)], 480)
    rest = rest_of_part(odd, Stem.BASS, np.array([False, False]))
    assert rest is not None and not rest.held.any()
    gone = Song([*odd.tracks, Track("", 0, False, Notes.of([(84, 60, 12, 90)]))], odd.meters, odd.tempi, 480)
    rest = rest_of_part(gone, Stem.BASS, np.array([False, False, True]))
    assert rest is not None and (rest.held > 0).tolist() == [False] * 7 + [True] * 4  # of 10.5 beats


@pytest.mark.parametrize("played", [[], [2]])
def test_a_part_that_plays_nowhere_or_in_those_bars_has_no_rest(played: list[int]) -> None:
    assert rest_of_part(song(roots(played)), Stem.BASS, bars(2, 3)) is None


def test_the_shipped_model_goes_on_as_the_rest_of_the_part() -> None:
    inserter = MidiInserter.from_pretrained(device="cpu")
    off_beat = Notes.of(
        (48 * b + 12 * beat + 6, CHORDS[b % 4] - 24, 5, 90) for b in (0, 1, 2, 3, 6, 7) for beat in range(4)
    )
    truth = Notes.of((48 * b + 12 * beat + 6, CHORDS[b % 4] - 24, 5, 90) for b in (4, 5) for beat in range(4))
    known = inserter.write(song(off_beat), Stem.BASS, seed=1, only=[(5, 6)])
    alone = inserter.write(song(Notes.empty()), Stem.BASS, seed=1, only=[(5, 6)])
    assert len(known) and len(alone) and set(known.onset // 48) | set(alone.onset // 48) <= {4, 5}
    assert note_f1(known, truth) > 0.7 > note_f1(alone, truth)


def test_bars_written_afresh_do_not_start_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    inserter, held = MidiInserter.from_pretrained(device="cpu"), []

    def drawn(*arguments: Any) -> Any:
        held.append(sorted(set(arguments[-1].held.tolist())))
        return sample(*arguments)

    monkeypatch.setattr("midi_subtract.drawing.sample", drawn)
    band = song(roots([0, 1, 2, 3, 6, 7]))
    for afresh in (False, True):
        inserter.write(band, Stem.BASS, seed=1, only=[(5, 6)], afresh=afresh, tries=1)
    assert held == [[0.0, pytest.approx(0.3)], [0.0, 1.0]]


def test_what_is_asked_of_bars_is_asked_of_them_alone() -> None:
    loud, soft = Wish({"loudness": 1.0}), Wish({"loudness": 0.0})
    asked = Asked.of(song(Notes.empty()), Stem.BASS, loud, {4: soft}, [(3, 4), (7, 7)])
    assert [(s.first, s.last, s.wish) for s in asked.stretches] == [(3, 3, loud), (4, 4, soft), (7, 7, soft)]
    assert asked.written.tolist() == bars(2, 3, 6).tolist()
    assert [(s.first, s.wish) for s in asked.sections] == [
        (8, loud), (12, soft), (16, Wish()), (24, soft), (28, Wish()),
    ]  # fmt: skip
    part = Notes.of((12 * beat, 36, 60, 90) for beat in range(32))
    inside = asked.inside(part)
    assert inside.onset.tolist() == [12 * beat for beat in (*range(8, 16), *range(24, 28))]
    assert {int(end) for end in inside.end} <= {*range(96, 193), *range(288, 337)} and inside.last_step == 336
    rows = explained(asked, inside, 33)
    assert {row.bars for row in rows} == {"3-3", "4-4", "7-7"}


def test_a_part_is_held_against_the_bars_that_it_was_to_play_in() -> None:
    part = roots([2, 3])
    assert Asked.of(song(Notes.empty()), Stem.BASS, Wish(), only=[(3, 4)]).missed(part) == 0
    assert Asked.of(song(Notes.empty()), Stem.BASS, Wish(), only=[(2, 5)]).missed(roots([2])) > 0.4
