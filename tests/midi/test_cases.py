"""Evaluation cases cut from hand-made songs."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.evaluation.cases import Case, cut_case, cut_cases, cut_song, eligible_bars, without_stem
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem

BAR = 48


def quarters(pitch: int, bars: range) -> Notes:
    return Notes.of((bar * BAR + step, pitch, 12, 90) for bar in bars for step in range(0, BAR, 12))


def song(name: str = "a", bars: int = 40, bass_bars: range | None = None, meters: list[Meter] | None = None) -> Song:
    """Bass, piano, strings and drums in quarters; tempo 100, and 140 from bar 20 on."""
    everywhere = range(bars)
    tracks = [
        Track("bass", 33, False, quarters(36, everywhere if bass_bars is None else bass_bars)),
        Track("piano", 0, False, quarters(60, everywhere)),
        Track("pad", 48, False, quarters(67, everywhere)),
        Track("drums", 0, True, quarters(36, everywhere)),
    ]
    return Song(tracks, meters or [Meter(0, 4, 4)], [(0, 100.0), (20 * BAR, 140.0)], 480, name)


def draw(songs: list[Song], n: int = 60, seed: int = 0) -> list[Case]:
    return cut_cases(songs, Stem.BASS, n, seed, bars=8)


def starts(cases: list[Case]) -> list[tuple[str, int]]:
    return [(case.song_name, case.start_step) for case in cases]


def test_a_case_holds_the_window_without_its_stem() -> None:
    case = cut_case(song(), Stem.BASS, first_bar=3, bars=8)
    assert (case.start_step, case.n_beats, case.n_bars) == (3 * BAR, 32, 8)
    assert case.bar_starts.tolist() == [bar * BAR for bar in range(9)]
    assert (len(case.truth), int(case.truth.onset[0])) == (32, 0)
    assert set(case.context) == {Stem.KEYS, Stem.STRINGS, Stem.DRUMS}
    assert [track.name for track in case.song.tracks] == ["piano", "pad", "drums"]
    assert case.song.stem(Stem.KEYS).onset.tolist() == case.context[Stem.KEYS].onset.tolist()
    assert Stem.BASS not in case.song.stems
    assert len(case.pitched_context) == 2


def test_tempo_and_meter_in_force_move_to_the_start_of_the_window() -> None:
    whole = song(meters=[Meter(0, 3, 4), Meter(36, 4, 4), Meter(36 + 30 * BAR, 2, 4)])
    window = cut_song(whole, 36 + 2 * BAR, 36 + 30 * BAR)
    assert [(m.step, m.numerator) for m in window.meters] == [(0, 4)]
    assert window.tempi == [(0, 100.0), (20 * BAR - 36 - 2 * BAR, 140.0)]
    assert cut_song(whole, 0, 24).meters == [Meter(0, 3, 4)]


def test_other_meters_are_kept_and_flagged() -> None:
    waltz = song(meters=[Meter(0, 3, 4)])
    case = cut_case(waltz, Stem.BASS, first_bar=0, bars=8)
    assert (case.n_beats, case.is_common_time) == (24, False)
    assert cut_case(song(), Stem.BASS, 0, 8).is_common_time


def test_a_window_needs_the_stem_in_half_of_its_bars() -> None:
    plays_late = song(bass_bars=range(20, 40))
    assert eligible_bars(plays_late, Stem.BASS, bars=8).tolist() == list(range(16, 33))
    assert eligible_bars(plays_late, Stem.GUITAR, bars=8).tolist() == []


def test_a_window_needs_two_pitched_stems_beside_the_target() -> None:
    assert len(eligible_bars(song(), Stem.BASS, bars=8))
    assert not len(eligible_bars(without_stem(song(), Stem.STRINGS), Stem.BASS, bars=8))


def test_a_song_shorter_than_the_window_gives_no_case() -> None:
    assert draw([song(bars=7)]) == []
    assert len(draw([song(bars=8)])) == 1


def test_cases_are_one_a_song_and_follow_the_seed() -> None:
    songs = [song(name) for name in "abcdefgh"]
    first = draw(songs)
    assert sorted(case.song_name for case in first) == list("abcdefgh")
    assert starts(first) == starts(draw(songs[::-1]))
    assert starts(first) != starts(draw(songs, seed=1))
    assert starts(draw(songs, n=3)) == starts(first)[:3]


@pytest.mark.parametrize("stem", [Stem.BASS, Stem.DRUMS])
def test_cutting_leaves_the_song_alone(stem: Stem) -> None:
    whole = song()
    before = [track.notes.onset.copy() for track in whole.tracks]
    cut_case(whole, stem, first_bar=5, bars=8)
    for track, onset in zip(whole.tracks, before, strict=True):
        np.testing.assert_array_equal(track.notes.onset, onset)
