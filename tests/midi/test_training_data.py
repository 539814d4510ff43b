"""From MIDI files to a training set: nothing stops it, nothing is lost, everything skipped is told."""

import gzip
import json
import os
import shutil
import sys
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from midi_subtract.training.excerpts import MidiSongs, cut, in_three, random_window
from midi_subtract.training.prepare import prepare
from midi_subtract.training.store import load_songs
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.training.dataset import SubtractionConfig, SubtractiveDataset

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    songs = tmp_path / "songs"
    (songs / "deep").mkdir(parents=True)
    for name in ("night_drive.mid", "harbour_waltz.mid", "neon_groove.mid"):
        shutil.copy(EXAMPLES / name, songs / "deep" / name)
    shutil.copy(EXAMPLES / "night_drive.mid", songs / "again.mid")
    (songs / "broken.mid").write_bytes(b"MThd nonsense")
    (songs / "notes.txt").write_text("not a song")
    return songs


def test_songs_are_kept_whole_and_the_rest_is_reported(folder: Path, tmp_path: Path) -> None:
    report = prepare([folder], tmp_path / "data", workers=1)
    assert report.kept == 3
    assert report.skipped == {"unreadable": 1, "duplicate": 1}
    skipped = [json.loads(line) for line in (tmp_path / "data" / "skipped.jsonl").read_text().splitlines()]
    assert skipped[0]["file"] == "songs/broken.mid" and skipped[0]["detail"]
    same = {"file": "songs/deep/night_drive.mid", "reason": "duplicate", "detail": "of songs/again.mid"}
    assert skipped[1:] == [same]
    songs = {s.name.split("/")[-1]: s for s in load_songs(tmp_path / "data")}
    original = read_song((EXAMPLES / "harbour_waltz.mid").read_bytes())
    stored = songs["harbour_waltz.mid"]
    assert stored.meters == original.meters
    assert [step for step, _ in stored.tempi] == [step for step, _ in original.tempi]
    assert [bpm for _, bpm in stored.tempi] == pytest.approx([bpm for _, bpm in original.tempi], rel=1e-5)
    for stem, notes in original.stems.items():
        again = stored.stem(stem)
        for column in ("onset", "pitch", "duration", "velocity"):
            assert np.array_equal(getattr(notes, column), getattr(again, column)), (stem, column)


def test_links_to_folders_are_followed_once(folder: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "all").symlink_to(folder, target_is_directory=True)
    (folder / "deep" / "back").symlink_to(linked, target_is_directory=True)
    report = prepare([linked], tmp_path / "data", workers=1)
    assert report.kept == 3 and report.skipped == {"unreadable": 1, "duplicate": 1}


def test_stems_of_duplicates_are_not_counted(folder: Path, tmp_path: Path) -> None:
    report = prepare([folder], tmp_path / "data", workers=1)
    songs = load_songs(tmp_path / "data")
    assert report.stems == Counter(stem.value for song in songs for stem in song.stems)
    assert json.loads((tmp_path / "data" / "report.json").read_text())["stems"] == report.stems


def test_archives_give_the_same_songs_as_folders(folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "songs.tar.xz", "w:xz") as archive:
        archive.add(folder, arcname=".")
    assert prepare([tmp_path / "songs.tar.xz"], tmp_path / "data", workers=1).kept == 3


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are UTF-8 there")
def test_a_name_that_is_not_utf8_is_a_song_like_any_other(folder: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.mid")
    shutil.copy(EXAMPLES / "karaoke_night.mid", folder / odd)
    (folder / os.fsdecode(b"bad\xff.mid")).write_bytes(b"MThd nonsense")
    for _ in range(2):
        report = prepare([folder], tmp_path / "data", workers=1)
        assert report.kept == 4 and report.skipped["unreadable"] == 2
    assert f"songs/{odd}" in {song.name for song in load_songs(tmp_path / "data")}


def test_a_file_that_cannot_be_read_is_skipped_with_its_reason(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == "again.mid":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    report = prepare([folder], tmp_path / "data", workers=1)
    assert report.kept == 3 and report.skipped == {"unreadable": 2}
    rows = [json.loads(line) for line in (tmp_path / "data" / "skipped.jsonl").read_text().splitlines()]
    assert "Permission denied" in next(row["detail"] for row in rows if row["file"] == "songs/again.mid")
    monkeypatch.undo()
    assert prepare([folder], tmp_path / "data", workers=1).skipped == {"unreadable": 1, "duplicate": 1}


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_a_truncated_archive_is_named(folder: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"songs.{suffix}"
    _pack(folder, path)
    assert prepare([path], tmp_path / "whole", workers=1).kept == 3
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError) as error:
        prepare([path], tmp_path / "data", workers=1)
    assert str(error.value) == f"{path}: is truncated or damaged; a whole archive is needed"


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
def test_a_damaged_header_in_the_middle_of_an_archive_is_not_its_end(folder: Path, tmp_path: Path, suffix: str) -> None:
    whole, path = tmp_path / "whole.tar", tmp_path / f"songs.{suffix}"
    _pack(folder, whole)
    with tarfile.open(whole) as tar:
        at = [member.offset for member in tar.getmembers() if member.isfile()][2]
    content = bytearray(whole.read_bytes())
    content[at : at + 20] = b"\x55" * 20
    path.write_bytes(gzip.compress(content) if suffix == "tar.gz" else bytes(content))
    with pytest.raises(InputError, match=r"songs\.tar.* is truncated or damaged; a whole archive is needed"):
        prepare([path], tmp_path / "data", workers=1)


def test_a_damaged_song_of_an_archive_does_not_stop_the_others(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "songs.zip"
    _pack(folder, path)
    with zipfile.ZipFile(path) as archive:
        at = next(i.header_offset for i in archive.infolist() if i.filename.endswith("harbour_waltz.mid"))
    content = bytearray(path.read_bytes())
    for place in range(at + 100, at + 140):
        content[place] ^= 0x55
    path.write_bytes(content)
    report = prepare([path], tmp_path / "data", workers=1)
    assert report.kept == 2 and report.skipped == {"unreadable": 2, "duplicate": 1}


def _pack(folder: Path, path: Path) -> None:
    kind = path.name.partition(".")[2]
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder))
        return
    modes = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
    with tarfile.open(path, modes[kind]) as tar:  # type: ignore[call-overload]
        tar.add(folder, arcname=".")


def test_a_second_run_keeps_what_is_there(folder: Path, tmp_path: Path) -> None:
    prepare([folder], tmp_path / "data", workers=1)
    shard = next((tmp_path / "data" / "shards").glob("*.npz"))
    before = shard.stat().st_mtime_ns
    prepare([folder], tmp_path / "data", workers=1)
    assert shard.stat().st_mtime_ns == before


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_half_a_shard_is_named_and_one_that_is_not_whole_is_made_again(
    folder: Path, tmp_path: Path, suffix: str
) -> None:
    prepare([folder], tmp_path / "data", workers=1)
    path = tmp_path / "data" / "shards" / f"songs-0000.{suffix}"
    path.write_bytes(path.read_bytes()[:50])
    if suffix == "npz":
        with pytest.raises(InputError, match=r"songs-0000\.npz: is damaged .*; delete it and run `msub prepare` again"):
            load_songs(tmp_path / "data")
        path.unlink()
    assert prepare([folder], tmp_path / "data", workers=1).kept == 3
    assert len(load_songs(tmp_path / "data")) == 3


def test_what_a_killed_run_leaves_is_no_shard(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare([folder], tmp_path / "data", workers=1)
    shutil.copy(EXAMPLES / "karaoke_night.mid", folder)

    def replace(temporary: Path, target: Path) -> Path:
        if target.suffix == ".npz":
            raise KeyboardInterrupt
        return temporary.rename(target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        prepare([folder], tmp_path / "data", workers=1)
    assert len(load_songs(tmp_path / "data")) == 3


@pytest.mark.parametrize("given", ["rock", "rock/night_drive.mid"])
def test_a_folder_that_is_called_after_a_genre_may_be_the_input_itself(tmp_path: Path, given: str) -> None:
    (tmp_path / "rock").mkdir()
    shutil.copy(EXAMPLES / "night_drive.mid", tmp_path / "rock")
    prepare([tmp_path / given], tmp_path / "data", workers=1)
    assert [song.styles for song in load_songs(tmp_path / "data")] == [("rock",)]


def test_the_folder_that_one_is_in_has_its_own_name_as_a_source(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    prepare([Path(".")], tmp_path / "data", workers=1)
    assert {song.name.split("/")[0] for song in load_songs(tmp_path / "data")} == {folder.name}


def test_a_second_run_finds_files_that_came_went_or_changed(folder: Path, tmp_path: Path) -> None:
    prepare([folder], tmp_path / "data", workers=1)
    shutil.copy(EXAMPLES / "karaoke_night.mid", folder)
    assert prepare([folder], tmp_path / "data", workers=1).kept == 4
    (folder / "karaoke_night.mid").write_bytes(b"MThd nonsense")
    report = prepare([folder], tmp_path / "data", workers=1)
    assert report.kept == 3 and report.skipped["unreadable"] == 2


def test_shards_of_files_that_are_gone_go_too(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("midi_subtract.training.prepare.SONGS_PER_SHARD", 1)
    prepare([folder], tmp_path / "data", workers=1)
    (folder / "broken.mid").unlink()
    (folder / "deep" / "harbour_waltz.mid").unlink()
    assert prepare([folder], tmp_path / "data", workers=1).kept == 2
    assert len(load_songs(tmp_path / "data")) == 2


def test_other_songs_of_the_same_name_do_not_take_the_place_of_those_there(folder: Path, tmp_path: Path) -> None:
    prepare([folder], tmp_path / "data", workers=1)
    other = tmp_path / "elsewhere" / folder.name
    other.mkdir(parents=True)
    shutil.copy(EXAMPLES / "karaoke_night.mid", other)
    with pytest.raises(InputError, match="holds other songs named 'songs'"):
        prepare([other], tmp_path / "data", workers=1)
    assert len(load_songs(tmp_path / "data")) == 3


def test_folders_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for parent, song in (("a", "night_drive.mid"), ("b", "neon_groove.mid")):
        (tmp_path / parent / "songs").mkdir(parents=True)
        shutil.copy(EXAMPLES / song, tmp_path / parent / "songs")
    report = prepare([tmp_path / "a" / "songs", tmp_path / "b" / "songs"], tmp_path / "data", workers=1)
    assert report.kept == 2
    assert {s.name for s in load_songs(tmp_path / "data")} == {"songs/night_drive.mid", "songs-2/neon_groove.mid"}


def test_a_number_added_to_a_name_is_no_other_inputs_name(tmp_path: Path) -> None:
    inputs = [tmp_path / "a" / "tune-2.mid", tmp_path / "a" / "tune.mid", tmp_path / "b" / "tune.mid"]
    for path, song in zip(inputs, ("night_drive.mid", "neon_groove.mid", "harbour_waltz.mid"), strict=True):
        path.parent.mkdir(exist_ok=True)
        shutil.copy(EXAMPLES / song, path)
    assert prepare(inputs, tmp_path / "data", workers=1).kept == 3
    names = {s.name for s in load_songs(tmp_path / "data")}
    assert names == {"tune-2/tune-2.mid", "tune/tune.mid", "tune-3/tune.mid"}
    assert prepare([inputs[1], inputs[2], inputs[0]], tmp_path / "other", workers=1).kept == 3


def test_missing_inputs_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        prepare([tmp_path / "nowhere"], tmp_path / "data")
    assert not (tmp_path / "data").exists()
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match=r"a\.txt"):
        prepare([tmp_path / "a.txt"], tmp_path / "data")
    with pytest.raises(InputError, match="msub prepare midi"):
        load_songs(tmp_path)


def test_a_cut_keeps_what_already_sounds() -> None:
    notes = Notes.of([(0, 60, 30, 90), (24, 62, 6, 90), (40, 64, 6, 90)])
    inside = cut(notes, 24, 1)
    assert inside.onset.tolist() == [-24, 0] and inside.end.tolist() == [6, 6]


def test_windows_start_on_bar_lines_and_end_less_than_a_bar_beyond_the_song() -> None:
    song = read_song((EXAMPLES / "harbour_waltz.mid").read_bytes())
    lines, rng = set(song.bar_starts(song.last_step).tolist()), np.random.default_rng(0)
    for _ in range(50):
        window = random_window(song, 16, rng)
        assert window.start in lines and window.start + 16 * 12 < song.last_step + 3 * 12


@pytest.mark.parametrize(("beats", "latest"), [(8, 96), (7, 96), (6, 144), (16, 0), (40, 0)])
def test_windows_reach_the_end_of_a_song_whose_last_note_does_not_end_on_a_bar_line(beats: int, latest: int) -> None:
    song, rng = bars_of_four(4), np.random.default_rng(0)
    song = replace(song, tracks=[replace(t, notes=t.notes.select(t.notes.end < 190)) for t in song.tracks], _stems={})
    assert 144 < song.last_step < 192
    windows = [random_window(song, beats, rng) for _ in range(40)]
    assert {window.start for window in windows} == set(range(0, latest + 1, 48))


def test_transposition_moves_pitched_stems_and_leaves_drums() -> None:
    song = read_song((EXAMPLES / "night_drive.mid").read_bytes())
    rng = np.random.default_rng(0)
    seen: set[int] = set()
    source = MidiSongs([song], n_beats=song.n_beats, transpose=6)
    for _ in range(60):
        parts = source.draw(Stem.DRUMS, rng).parts
        assert np.array_equal(parts[Stem.DRUMS][0].pitch, song.stem(Stem.DRUMS).pitch)
        shift = Notes.merge(parts[Stem.KEYS]).pitch.astype(int) - song.stem(Stem.KEYS).pitch
        seen.add(int(np.median(shift)))
    assert seen == set(range(-6, 7))


def bars_of_four(bars: int, name: str = "song") -> Song:
    """A kick on the first beat, a snare on the third, a bass note on each, one more that rings for two bars."""
    kit = [(48 * bar + at, key, 3, 90) for bar in range(bars) for at, key in ((0, 36), (24, 38))]
    bass = [(12 * beat, 36 + beat % 4, 12, 90) for beat in range(4 * bars)] + [(12, 60, 96, 90)]
    tracks = [Track("kit", 0, True, Notes.of(kit)), Track("bass", 33, False, Notes.of(bass))]
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0), (48, 90.0)], ticks_per_beat=480, name=name)


def test_a_beat_taken_out_of_every_bar_leaves_bars_of_three() -> None:
    song = in_three(bars_of_four(4), beat=1)
    assert song.meters == [Meter(0, 3, 4)] and song.tempi == [(0, 120.0), (36, 90.0)]
    bass = song.stem(Stem.BASS)
    assert bass.onset.tolist() == [36 * bar + at for bar in range(4) for at in (0, 12, 24)]
    assert bass.pitch.tolist() == 4 * [36, 38, 39], "the second beat's note is gone, and with it the one that rang"
    assert song.stem(Stem.DRUMS).onset.tolist() == [36 * bar + at for bar in range(4) for at in (0, 12)]


def test_what_sounds_through_the_beat_taken_out_is_shorter() -> None:
    ringing = in_three(bars_of_four(4), beat=2).stem(Stem.BASS)
    long = ringing.select(ringing.pitch == 60)
    assert long.onset.tolist() == [12] and long.duration.tolist() == [72]


def test_a_share_of_the_songs_in_four_is_drawn_in_three() -> None:
    rng = np.random.default_rng(0)
    for share, expected in ((0.0, {4}), (1.0, {3}), (0.5, {3, 4})):
        source = MidiSongs([bars_of_four(12)], 16, transpose=0, threes=share)
        kits = [source.draw(Stem.BASS, rng).parts[Stem.DRUMS][0] for _ in range(20)]
        kicks = [kit.onset[kit.pitch == 36] for kit in kits]
        assert {int(np.diff(kick).min()) for kick in kicks} == {12 * beats for beats in expected}


def test_songs_in_other_meters_are_drawn_more_often_if_asked() -> None:
    waltz = in_three(bars_of_four(12, "waltz"), beat=1)
    source = MidiSongs([bars_of_four(12, "march"), waltz], 16, transpose=0, other_meters=9.0)
    rng = np.random.default_rng(0)
    drawn = [source.draw(Stem.BASS, rng).source for _ in range(300)]
    assert 0.83 < drawn.count("waltz") / len(drawn) < 0.97


def test_examples_are_drawn_from_real_songs() -> None:
    songs = [read_song((EXAMPLES / n).read_bytes(), n) for n in ("night_drive.mid", "neon_groove.mid")]
    dataset = SubtractiveDataset(
        MidiSongs(songs, 32, 6), SubtractionConfig(targets={"bass": 1.0, "drums": 1.0}, min_activity=0.3)
    )
    rng = np.random.default_rng(0)
    for _ in range(20):
        example = dataset.draw(rng)
        assert len(example.target) and example.stem in (Stem.BASS, Stem.DRUMS)
        # night_drive has no bass and neon_groove no drums: the song must be the other one.
        assert example.source == ("neon_groove.mid" if example.stem is Stem.BASS else "night_drive.mid")
