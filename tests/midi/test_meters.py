"""Bars of three heard in songs whose file counts fours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midi_subtract.files.reader import read_beside, read_song
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.meters import FEWEST_BEATS, first_beat, is_in_three, with_heard_bars
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Meter, Song, Track, heard_warning
from midi_subtract.training.prepare import prepare
from midi_subtract.training.store import load_songs
from subtract_core.stems import Stem
from tests.midi.performances import data, in_bars

EXAMPLES = Path(__file__).parents[2] / "examples"
BAR = 3 * STEPS_PER_BEAT


def song_of(beats: int, bars: int, before: int = 0) -> Song:
    """A low note on the first beat of every bar, a chord on each of the others, after some beats of rest."""
    roots = [0, 9, 5, 7]
    bass, keys = [], []
    for bar in range(bars):
        start, root = (before + beats * bar) * STEPS_PER_BEAT, 36 + roots[bar % 4]
        bass.append((start, root, STEPS_PER_BEAT, 90))
        for beat in range(1, beats):
            keys += [(start + beat * STEPS_PER_BEAT, root + up, STEPS_PER_BEAT // 2, 70) for up in (24, 28, 31)]
    tracks = [Track("bass", 33, False, Notes.of(bass)), Track("piano", 0, False, Notes.of(keys))]
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], ticks_per_beat=480)


@pytest.mark.parametrize("before", [0, 1, 2, 4])
def test_a_waltz_that_is_counted_in_fours_gets_bars_of_three(before: int) -> None:
    song = with_heard_bars(song_of(3, 32, before))
    assert song.bars_heard and song.meters[-1] == Meter(before % 3 * STEPS_PER_BEAT, 3, 4)
    lines = song.bar_starts(song.last_step)
    assert set(song.stem(Stem.BASS).onset.tolist()) <= set(lines.tolist())
    assert "bars are of three quarters" in str(heard_warning(song))


@pytest.mark.parametrize("beats", [2, 4])
def test_songs_in_fours_stay_what_they_are(beats: int) -> None:
    song = song_of(beats, 64)
    assert with_heard_bars(song) is song and heard_warning(song) is None


def test_a_meter_that_the_file_states_stands() -> None:
    song = song_of(3, 32)
    stated = Song(song.tracks, [Meter(0, 6, 8)], song.tempi, song.ticks_per_beat)
    assert with_heard_bars(stated) is stated


def test_of_a_few_bars_nothing_is_said() -> None:
    song = song_of(3, 15)
    assert song.last_step < FEWEST_BEATS * STEPS_PER_BEAT and not is_in_three(song.stems, song.last_step)


def test_threes_within_fours_do_not_make_a_waltz() -> None:
    """Three, three and two eighths, over and over."""
    bass = [(48 * bar + at, 36 + [0, 5, 7, 0][bar % 4], 12, 90) for bar in range(32) for at in (0, 18, 36)]
    stems = {Stem.BASS: Notes.of(bass)}
    assert not is_in_three(stems, 32 * 48)


def test_kick_and_snare_say_where_bars_begin() -> None:
    strokes = [(BAR * bar + 12 * beat, 36 if beat == 1 else 38, 6, 90) for bar in range(40) for beat in range(3)]
    assert first_beat({Stem.DRUMS: Notes.of(strokes)}) == 1


def test_the_file_has_the_last_word_if_asked() -> None:
    file = data(in_bars(3))
    assert [m.numerator for m in read_song(file, "waltz", "auto").meters] == [3]
    counted = read_song(file, "waltz", "file")
    assert [m.numerator for m in counted.meters] == [4] and not counted.bars_heard


def test_a_part_for_a_waltz_goes_by_its_bars(random_inserter: MidiInserter) -> None:
    file = data(in_bars(3))
    heard, counted = (random_inserter(file, "bass", seed=1, beats=beats).report for beats in ("auto", "file"))
    assert heard.bars * 3 == pytest.approx(counted.bars * 4, abs=4) and heard.beats == "file"
    assert any("bars are of three" in w for w in heard.warnings)
    assert not any("bars are of three" in w for w in counted.warnings)


def test_songs_for_training_get_the_bars_that_are_heard(tmp_path: Path) -> None:
    for name, beats in (("waltz.mid", 3), ("march.mid", 4)):
        (tmp_path / name).write_bytes(data(in_bars(beats)))
    prepare([tmp_path], tmp_path / "set", workers=1)
    meters = {song.name.split("/")[-1]: song.meters[0].numerator for song in load_songs(tmp_path / "set")}
    assert meters == {"waltz.mid": 3, "march.mid": 4}


def test_a_file_with_more_in_it_is_read_on_the_same_grid(random_inserter: MidiInserter) -> None:
    song = EXAMPLES / "night_drive.mid"
    before = read_song(song.read_bytes(), "night", "heard")
    result = random_inserter(song, "guitar", seed=1, beats="heard")
    after = read_beside(before, result.midi)
    assert after.beat_ticks == before.beat_ticks and after.meters == before.meters
    for stem in before.others(Stem.GUITAR):
        assert np.array_equal(before.stem(stem).onset, after.stem(stem).onset)
    assert len(after.stem(Stem.GUITAR)) == len(before.stem(Stem.GUITAR)) + result.report.notes
