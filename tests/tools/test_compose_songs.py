"""The composer of training songs, around a Groove archive that the tests make."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.metrics import sounding
from midi_subtract.notes import Notes
from midi_subtract.song import Song
from midi_subtract.training.prepare import quality_problem
from midi_subtract.training.styles import stated_styles
from subtract_core.stems import Stem
from tools.compose_songs import main
from tools.composing.drums import Performance, read_performances
from tools.composing.rhythm import BAR
from tools.composing.song import Composed, compose, write

SONGS = 10
HARMONY = (Stem.GUITAR, Stem.KEYS, Stem.STRINGS)


def performance_bytes(tempo: float, bars: int, places: Callable[[int], float]) -> bytes:
    """A rock beat; places: an eighth of the bar -> its time in quarter notes."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=tempo)
    drums = pretty_midi.Instrument(0, is_drum=True)
    for bar in range(bars):
        for eighth in range(8):
            start = (4 * bar + places(eighth)) * 60 / tempo
            for key in (42, *([36] * (eighth in (0, 5))), *([38] * (eighth in (2, 6)))):
                drums.notes.append(pretty_midi.Note(60 + 5 * eighth, key, start, start + 0.1))
    midi.instruments.append(drums)
    file = io.BytesIO()
    midi.write(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("groove") / "groove.tar.xz"
    straight = performance_bytes(110, 12, lambda eighth: eighth / 2 + 0.01)
    swung = performance_bytes(90, 9, lambda eighth: eighth // 2 + eighth % 2 * 0.66)
    files = {
        "drummer1/1_rock_110_beat_4-4": straight,
        "drummer1/2_jazz-swing_90_beat_4-4": swung,
        "drummer1/3_rock_110_fill_4-4": straight,
        "drummer2/4_rock_110_beat_6-8": straight,
        "drummer2/5_funk_110_beat_4-4": performance_bytes(110, 7, lambda eighth: eighth / 2),
    }
    with tarfile.open(path, "w:xz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"groove/{name}.mid")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


@pytest.fixture(scope="module")
def performances(archive: Path) -> list[Performance]:
    return read_performances(archive)


@pytest.fixture(scope="module")
def composed(performances: list[Performance]) -> list[Composed]:
    return [compose(0, index, performances) for index in range(SONGS)]


@pytest.fixture(scope="module")
def songs(composed: list[Composed], tmp_path_factory: pytest.TempPathFactory) -> list[Song]:
    path = tmp_path_factory.mktemp("songs") / "song.mid"
    read = []
    for song in composed:
        write(song, path)
        read.append(read_song(path.read_bytes()))
    return read


def test_only_long_beats_in_four_four_are_played(performances: list[Performance]) -> None:
    assert [(p.style, p.swing, len(p.bars)) for p in performances] == [("rock", False, 12), ("jazz", True, 9)]


def test_performances_lie_on_their_grid_and_keep_their_velocities(performances: list[Performance]) -> None:
    straight, swung = ({n.start for n in p.bars[0]} for p in performances)
    assert straight == set(range(0, BAR, 6))
    assert swung == {beat + eighth for beat in range(0, BAR, 12) for eighth in (0, 8)}
    assert {n.velocity for n in performances[0].bars[0]} == set(range(60, 100, 5))


def test_the_command_writes_the_same_bytes_in_any_number_of_processes(archive: Path, tmp_path: Path) -> None:
    written = []
    for workers in (1, 2):
        out = tmp_path / str(workers)
        main(archive, out, songs=3, seed=5, workers=workers)
        written.append({p.relative_to(out): p.read_bytes() for p in out.rglob("*.mid")})
    assert len(written[0]) == 3
    assert written[0] == written[1]
    assert all(stated_styles(str(path)) for path in written[0])


def test_seeds_make_different_songs(performances: list[Performance]) -> None:
    assert compose(0, 0, performances) != compose(1, 0, performances)


def test_songs_have_the_stems_of_their_parts(composed: list[Composed], songs: list[Song]) -> None:
    for parts, song in zip((c.parts for c in composed), songs, strict=True):
        assert {s.value for s in song.stems} == {name.removesuffix(" 2") for name in parts}


def test_songs_are_fit_for_training(songs: list[Song]) -> None:
    assert [quality_problem(song) for song in songs] == [None] * SONGS
    bars = [len(song.bar_starts(song.last_step)) - 1 for song in songs]
    assert min(bars) >= 31 and max(bars) <= 80  # the last bar may be silent


def test_most_bass_notes_are_tones_of_the_harmony_above(songs: list[Song]) -> None:
    fits = []
    for song in songs:
        above = [song.stems[stem] for stem in HARMONY if stem in song.stems]
        bass = song.stems.get(Stem.BASS, Notes.empty())
        classes = sounding(Notes.merge(above), song.last_step + BAR)
        for onset, pitch in zip(bass.onset, bass.pitch, strict=True):
            heard = np.flatnonzero(classes[:, onset : onset + 6].sum(axis=1)).tolist()
            if len(heard) >= 3:
                fits.append(pitch % 12 in heard)
    assert len(fits) > 500
    assert np.mean(fits) > 0.8
