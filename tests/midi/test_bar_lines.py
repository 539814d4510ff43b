"""Bars that begin where a file does not have them: said, or heard in drums."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from midi_subtract.files.reader import read_beside, read_song
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.bar_lines import (
    LIKELY,
    beginning_on,
    first_beat_hint,
    likelier_first_beat,
    with_drummed_bars,
)
from midi_subtract.listening.beats import FEWEST_ONSETS
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track, heard_warning
from subtract_core.errors import InputError
from subtract_core.stems import STEMS, Stem
from tests.midi.performances import band, beats_of, data

EXAMPLES = Path(__file__).parents[2] / "examples"


def file(first: float, drums: bool = True) -> bytes:
    """A band in 4/4 whose first bar begins on a beat of the file's first bar, counted from 1."""
    return data(band(beats_of(120, start=(first - 1) * 0.5), late=0.0, drums=drums))


def crashes_on_lines(song: Song) -> float:
    """The share of crashes that lie on bar lines."""
    drums = song.stem(Stem.DRUMS)
    return float(np.isin(drums.onset[drums.pitch == 49], song.bar_starts(song.last_step)).mean())


@pytest.mark.parametrize("first", [1.5, 2, 2.5, 3.5, 4, 4.5])
def test_bars_begin_where_the_drums_say(first: float) -> None:
    counted, heard = (read_song(file(first), "band", beats) for beats in ("file", "auto"))
    assert heard.bars_heard and heard.first_beat == first
    assert crashes_on_lines(heard) == 1.0 and crashes_on_lines(counted) == 0.0
    assert f"bars begin on beat {first:g} of the file's" in str(heard_warning(heard))
    assert not counted.bars_heard and counted.meters == [Meter(0, 4, 4)]


def test_bars_that_are_right_stay_as_they_are() -> None:
    song = read_song(file(1), "band")
    assert with_drummed_bars(song) is song and heard_warning(song) is None


def test_drums_that_stroke_a_few_times_say_nothing() -> None:
    song = read_song(file(2.5), "band")
    few = [t if not t.is_drum else Track(t.name, 0, True, t.notes.select(np.arange(len(t.notes)) < FEWEST_ONSETS - 1))
           for t in song.tracks]  # fmt: skip
    song = Song(few, song.meters, song.tempi, song.ticks_per_beat)
    assert with_drummed_bars(song) is song


def test_without_drums_bars_stay_and_a_hint_is_given() -> None:
    song = read_song(file(2.5, drums=False), "band", "auto")
    assert song.meters == [Meter(0, 4, 4)] and likelier_first_beat(song, LIKELY) == 2.5
    assert first_beat_hint(song) == (
        "bars may begin on beat 2.5 of the file's: --first-beat 2.5 (first_beat=2.5), if so"
    )
    assert first_beat_hint(read_song(file(1, drums=False), "band")) is None


def test_notes_that_are_hardly_likelier_in_other_bars_say_nothing() -> None:
    notes = Notes.of([(6 * i, 60, 6, 80) for i in range(96)])
    song = Song([Track("piano", 0, False, notes)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    assert likelier_first_beat(song, 0.001) is not None, "by a hair"
    assert likelier_first_beat(song, LIKELY) is None and first_beat_hint(song) is None


@pytest.mark.parametrize("every", [48, 24, 12])
def test_ballads_whose_chords_change_on_the_bar_lines_get_no_hint(every: int) -> None:
    chords = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
    rows = [(at, pitch, every, 70) for at in range(0, 64 * 48, every) for pitch in chords[at // 48 % 4]]
    song = Song([Track("piano", 0, False, Notes.of(rows))], [Meter(0, 4, 4)], [(0, 60.0)], 480)
    assert likelier_first_beat(song, LIKELY) is not None and first_beat_hint(song) is None


@pytest.mark.parametrize("first", [2.0, 2.5, 4.5])
@pytest.mark.parametrize("name", ["night_drive", "neon_groove"])
def test_other_bars_leave_every_note_where_it_was(name: str, first: float) -> None:
    """In ticks and in seconds, whatever the tempo does."""
    song = read_song((EXAMPLES / f"{name}.mid").read_bytes(), name)
    song = Song(song.tracks, song.meters[:1], song.tempi, song.ticks_per_beat)
    moved = beginning_on(song, first)
    for stem in song.stems:
        before, after = song.stem(stem), moved.stem(stem)
        for steps, others in ((before.onset, after.onset), (before.end, after.end)):
            assert np.array_equal(song.step_to_tick(steps), moved.step_to_tick(others))
            assert np.allclose(song.step_to_seconds(steps), moved.step_to_seconds(others), atol=1e-6)
    assert int(moved.step_to_tick(moved.bar_starts(100))[1]) == (first - 1) * song.ticks_per_beat
    assert set(np.diff(moved.bar_starts(600))[1:].tolist()) == {48}
    assert np.array_equal(moved.tick_to_step(np.array([0.0])), [0.0])


@pytest.mark.parametrize(
    ("meter", "first", "expected"),
    [
        (Meter(0, 3, 4), 3, [Meter(0, 2, 4), Meter(24, 3, 4)]),
        (Meter(0, 6, 8, dotted=True), 2, [Meter(0, 3, 8, dotted=True), Meter(12, 6, 8, dotted=True)]),
        (Meter(0, 4, 4), 1, [Meter(0, 4, 4)]),
        (Meter(0, 7, 8), 4.0, [Meter(0, 3, 4), Meter(36, 7, 8)]),
    ],
)
def test_bars_of_other_meters_can_begin_elsewhere_too(meter: Meter, first: float, expected: list[Meter]) -> None:
    notes = Notes.of([(12 * i, 60, 12, 90) for i in range(40)])
    song = beginning_on(Song([Track("piano", 0, False, notes)], [meter], [(0, 120.0)], 480), first)
    assert song.meters == expected
    assert song.bar_starts(200)[1 if len(expected) > 1 else 0] == expected[-1].step


def test_a_song_that_begins_anew_with_a_pickup_counts_from_its_start() -> None:
    """As songs do whose beats were heard."""
    notes = Notes.of([(12 * i, 60, 12, 90) for i in range(40)])
    song = Song([Track("piano", 0, False, notes)], [Meter(0, 4, 4), Meter(12, 4, 4)], [(0, 120.0)], 480)
    assert beginning_on(song, 3).meters == [Meter(0, 2, 4), Meter(24, 4, 4)]


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (5, "first_beat: 5 is none of night; choose 1 to 4.5, in halves, as its bars have beats"),
        (0.5, "first_beat: 0.5 is none of night"),
        (2.25, "first_beat: 2.25 is none of night"),
        ("three", "first_beat: 'three' is no number"),
        (float("nan"), "first_beat: nan is no number"),
        (True, "first_beat: True is no number"),
    ],
)
def test_a_beat_that_no_bar_has_is_refused(random_inserter: MidiInserter, first: Any, message: str) -> None:
    song = read_song((EXAMPLES / "night_drive.mid").read_bytes(), "night")
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        if isinstance(first, (int, float)) and not isinstance(first, bool) and first == first:
            beginning_on(song, first)
        else:
            random_inserter(EXAMPLES / "night_drive.mid", "bass", first_beat=first)


def test_songs_of_several_meters_keep_their_bars() -> None:
    path = EXAMPLES / "harbour_waltz.mid"
    with pytest.raises(InputError, match=r"first_beat: harbour_waltz.mid has several meters"):
        read_song(path.read_bytes(), path.name, "auto", first_beat=2)


def test_drums_that_are_replaced_say_where_bars_begin(random_inserter: MidiInserter) -> None:
    result = random_inserter(file(2.5), "drums", seed=1, replace_existing=True)
    assert any("bars begin on beat 2.5" in warning for warning in result.report.warnings)
    whole = read_song(file(2.5), "band", "auto")
    after = read_beside(whole, result.midi)
    for stem in (s for s in STEMS if s is not Stem.DRUMS):
        assert np.array_equal(whole.stem(stem).onset, after.stem(stem).onset)
    assert np.array_equal(np.sort(after.stem(Stem.DRUMS).onset), np.sort(result.notes.onset))


def test_a_part_goes_by_bars_that_somebody_says(random_inserter: MidiInserter) -> None:
    song = file(2.5, drums=False)
    told, hinted = (random_inserter(song, "drums", seed=1, only=[(1, 1)], first_beat=first) for first in (2.5, None))
    assert told.part.notes[-1].start < 0.75 <= hinted.part.notes[-1].start, (
        "bar 1 is what is before the first whole one"
    )
    assert any("--first-beat 2.5" in warning for warning in hinted.report.warnings)
    assert not any("first-beat" in warning for warning in told.report.warnings)
    assert any("first-beat" in w for w in random_inserter(song, "guitar", seed=1).report.warnings)


def test_the_usual_tempo_is_that_of_most_beats_however_often_the_others_change() -> None:
    notes = Notes.of([(12 * i, 60, 12, 90) for i in range(100)])
    slower = [(12 * (90 + i), 120.0 - 10 * i) for i in range(10)]
    song = Song([Track("piano", 0, False, notes)], [Meter(0, 4, 4)], [(0, 120.0), *slower[1:]], 480)
    assert song.usual_tempo == 120.0
