"""Beats heard in performances that keep no time with their file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pretty_midi
import pytest
import symusic

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.beats import BAR_BEATS, MARKS, Played, hear_beats, keep_time, marked
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.song import Song
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from tests.midi.performances import BARS, band, beats_of, data

EXAMPLES = Path(__file__).parents[2] / "examples"

PERFORMANCES = pytest.mark.parametrize(("bpm", "slower"), [(97, 0.0), (141, 0.0), (104, 0.002), (88, -0.002)])


def beats_heard(song: Song, true: np.ndarray) -> np.ndarray:
    """Seconds of the beats of a song whose file counts 120 of them a minute, while something is played."""
    heard = np.array(song.beat_ticks) / 960
    return np.asarray(heard[(heard > true[0] - 0.1) & (heard < true[-2] + 0.1)])


@PERFORMANCES
def test_beats_and_bar_lines_of_a_band_are_found(bpm: float, slower: float) -> None:
    true = beats_of(bpm, slower)
    song = read_song(data(band(true)), "song", "heard")
    heard = beats_heard(song, true)
    assert len(heard) == BARS * BAR_BEATS
    assert np.abs(heard - true[:-1]).max() < 0.035
    lines = song.step_to_tick(song.bar_starts(song.last_step)) / 960
    lines = lines[(lines > true[0] - 0.1) & (lines < true[-2])]
    assert np.abs(lines - true[:-1:BAR_BEATS]).max() < 0.035
    assert song.usual_tempo == pytest.approx(60 / np.median(np.diff(true)), rel=0.02)


@PERFORMANCES
def test_beats_without_drums_are_found_or_every_second(bpm: float, slower: float) -> None:
    true = beats_of(bpm, slower)
    heard = beats_heard(read_song(data(band(true, drums=False)), "song", "heard"), true)
    every = 2 if len(heard) < 0.75 * BARS * BAR_BEATS else 1
    assert np.abs(heard - true[:-1:every]).max() < 0.035


def test_notes_of_a_performance_lie_where_they_were_meant() -> None:
    true = beats_of(97, 0.001)
    song = read_song(data(band(true)), "song", "auto")
    bass = song.stem(Stem.BASS)
    first = song.meters[-1].step % (BAR_BEATS * STEPS_PER_BEAT)
    assert len(bass) == BARS * 8
    eighths = (bass.onset - first) % (STEPS_PER_BEAT // 2)
    assert (eighths == 0).mean() > 0.9
    assert set(np.diff(np.unique(bass.onset))) <= {5, 6, 7}


def test_steps_of_a_performance_go_back_to_the_ticks_they_came_from() -> None:
    midi = data(band(beats_of(97)))
    song = read_song(midi, "song", "heard")
    score: Any = symusic.Score.from_midi(midi)
    ticks = np.sort([n.time for t in score.tracks for n in t.notes])
    steps = np.sort(np.concatenate([t.notes.onset for t in song.tracks]))
    half_a_step = np.diff(song.beat_ticks).max() / STEPS_PER_BEAT / 2
    assert np.abs(song.step_to_tick(steps) - ticks).max() <= half_a_step + 1
    beyond = song.step_to_tick(np.array([len(song.beat_ticks) * STEPS_PER_BEAT]))[0]
    assert beyond > song.beat_ticks[-1]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.mid")), ids=lambda p: p.stem)
def test_songs_that_keep_time_with_their_file_stay_on_its_beats(path: Path) -> None:
    counted, found = (read_song(path.read_bytes(), path.name, beats) for beats in ("file", "auto"))
    assert not found.beat_ticks
    assert found.meters == counted.meters and found.tempi == counted.tempi
    assert all(np.array_equal(a.notes.onset, b.notes.onset) for a, b in zip(found.tracks, counted.tracks, strict=True))


def test_what_keeps_time() -> None:
    rng = np.random.default_rng(0)
    grid = rng.integers(0, 400, 300) / 4
    assert keep_time(grid) and keep_time(grid + rng.normal(0, 0.03, 300)) and keep_time(np.arange(100) / 3)
    assert not keep_time(grid * 1.07) and not keep_time(rng.uniform(0, 100, 300))
    assert keep_time(rng.uniform(0, 100, 40))  # too few to tell


def test_beats_follow_a_change_of_tempo_in_the_file() -> None:
    """The same performance in a file that counts twice as fast from the middle on has its beats at the same seconds."""
    true = beats_of(97)
    plain = band(true)
    heard = np.array(read_song(data(plain), "song", "heard").beat_ticks) / 960
    file = mido.MidiFile(file=io.BytesIO(data(plain)))
    change = 960 * 20  # ticks: 20 s in
    for track in file.tracks:
        at, moved, before = 0, [], 0
        for message in track:
            at += message.time
            later = at if at <= change else change + 2 * (at - change)
            moved.append(message.copy(time=later - before))
            before = later
        track[:] = mido.MidiTrack(moved)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=250_000, time=change)]))
    buffer = io.BytesIO()
    file.save(file=buffer)
    ticks = np.array(read_song(buffer.getvalue(), "song", "heard").beat_ticks)
    seconds = np.where(ticks <= change, ticks / 960, change / 960 + (ticks - change) / 1920)
    assert len(seconds) == len(heard) and np.abs(seconds - heard).max() < 0.02


def test_strokes_count_for_themselves_and_notes_struck_together_are_one() -> None:
    played = Played(
        onset=np.array([0.0, 0.01, 0.02, 0.5, 1.0, 1.0]),
        duration=np.array([1.0, 1.0, 1.0, 0.1, 0.1, 0.1]),
        pitch=np.array([60, 64, 67, 40, 36, 42]),
        is_drum=np.array([False] * 4 + [True] * 2),
        is_bass=np.zeros(6, dtype=bool),
    )
    times, marks = marked(played)
    assert times.tolist() == pytest.approx([0.01, 0.5, 1.0, 1.0])
    assert [MARKS[m] for m in marks] == ["new, high, more, long", "known, low, one, short", "kick", "hat"]


@pytest.mark.parametrize("times", [[0.0], [1.0], [0.0] * 20, [0.0, 100.0]])
def test_the_least_that_is_played_has_beats_too(times: list[float]) -> None:
    heard = hear_beats(np.array(times), np.zeros(len(times), dtype=np.int64))
    assert len(heard.seconds) >= 2 and (np.diff(heard.seconds) > 0.2).all() and heard.seconds[0] >= 0


def test_strokes_of_no_drum_that_is_known_leave_the_files_beats() -> None:
    midi = pretty_midi.PrettyMIDI()
    midi.instruments = [pretty_midi.Instrument(0, is_drum=True)]
    times = np.random.default_rng(0).uniform(0, 60, 200)
    midi.instruments[0].notes = [pretty_midi.Note(90, 20, t, t + 0.1) for t in times]
    assert not read_song(data(midi), "x", "auto").beat_ticks
    with pytest.raises(InputError, match="heard in 0 strokes"):
        read_song(data(midi), "x", "heard")


def test_notes_that_keep_to_no_beats_at_all_have_the_files() -> None:
    midi = pretty_midi.PrettyMIDI()
    midi.instruments = [pretty_midi.Instrument(0)]
    times = np.random.default_rng(1).uniform(0, 60, 1500)
    midi.instruments[0].notes = [pretty_midi.Note(90, 60, t, t + 0.1) for t in times]
    assert not read_song(data(midi), "x", "auto").beat_ticks
    assert read_song(data(midi), "x", "heard").beat_ticks


def test_a_file_without_notes_has_its_own_beats() -> None:
    assert not read_song(data(pretty_midi.PrettyMIDI()), "x", "heard").beat_ticks


def test_too_few_notes_or_too_many_hours_are_refused_by_name() -> None:
    midi = pretty_midi.PrettyMIDI()
    midi.instruments = [pretty_midi.Instrument(0)]
    midi.instruments[0].notes = [pretty_midi.Note(90, 60, i, i + 0.5) for i in range(5)]
    with pytest.raises(
        InputError, match=r"^few\.mid: beats cannot be heard in 5 strokes or chords, 8 are needed; choose beats file"
    ):
        read_song(data(midi), "few.mid", "heard")
    midi.instruments[0].notes = [pretty_midi.Note(90, 60, t, t + 0.5) for t in np.linspace(0, 9000, 500)]
    with pytest.raises(InputError, match=r"^long\.mid: lasts 2\.5 hours, beats are heard in at most 2"):
        read_song(data(midi), "long.mid", "heard")
    assert not read_song(data(midi), "long.mid", "auto").beat_ticks


def test_a_part_goes_by_the_beats_heard_and_says_so(random_inserter: MidiInserter) -> None:
    true = beats_of(97)
    original = data(band(true))
    result = random_inserter(original, "guitar", seed=1)
    song = read_song(original, "song", "heard")
    assert result.report.beats == "heard" and result.report.notes > 0
    assert any("heard in the notes (about 97 a minute" in warning for warning in result.report.warnings)
    before, after = parse_smf(original, "before"), parse_smf(result.midi, "after")
    assert [after.raw[c.start : c.stop] for c in after.chunks[:-1]] == [
        before.raw[c.start : c.stop] for c in before.chunks
    ]
    track = mido.MidiFile(file=io.BytesIO(result.midi)).tracks[-1]
    at = np.cumsum([m.time for m in track])
    onsets = np.unique([t for t, m in zip(at, track, strict=True) if m.type == "note_on" and m.velocity])
    assert np.array_equal(onsets, np.unique(song.step_to_tick(result.notes.onset)))
    starts = np.unique([round(note.start * 960) for note in result.part.notes])
    assert np.abs(starts - onsets).max() <= 1
    counted = random_inserter(original, "guitar", seed=1, beats="file")
    assert counted.report.beats == "file" and not any("heard in" in w for w in counted.report.warnings)


def test_unknown_beats_are_refused(random_inserter: MidiInserter) -> None:
    with pytest.raises(InputError, match="beats: 'mine' is not valid; choose auto, file or heard"):
        random_inserter(EXAMPLES / "night_drive.mid", beats="mine")
