"""Folders of stems: which songs lie in them, and which file is which stem of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from audio_subtract.listening.loudness import loudness
from audio_subtract.model.spectrogram import RATE
from audio_subtract.training.folders import StemFiles, find_stem_files, find_stems, read_stems
from audio_subtract.training.store import to_level
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from tests.audio.models import SPECTROGRAM
from tests.audio.sounds import song, stem_folder, written


def test_layouts_of_stems(tmp_path: Path) -> None:
    stem_folder(tmp_path / "musdb/train/A - B", ["mixture.wav", "drums.wav", "bass.wav", "other.wav", "vocals.wav"])
    stem_folder(tmp_path / "slakh/Track00001", ["mix.wav", "stems/S00.wav", "stems/S01.wav", "stems/S02.wav"])
    stems = {"S00": {"is_drum": True}, "S01": {"inst_class": "Bass"}, "S02": {"inst_class": "Sound Effects"}}
    (tmp_path / "slakh/Track00001/metadata.yaml").write_text(yaml.safe_dump({"stems": stems}))
    stem_folder(tmp_path / "moises/1234", ["drums/k.wav", "drums/s.wav", "guitar/a.wav", "other_keys/x.wav"])
    (tmp_path / "moises/1234/data.json").write_text("{}")
    stem_folder(tmp_path / "plain/My Song", ["Drums 01.wav", "Bass DI.wav", "Lead Vox.wav", "notes.wav"])
    found = {s.name: {k.value: len(v) for k, v in s.files.items()} for s in find_stem_files(tmp_path)}
    assert found == {
        "musdb/train/A - B": {"bass": 1, "drums": 1, "keys": 1, "lead": 1},
        "slakh/Track00001": {"drums": 1, "bass": 1},
        "moises/1234": {"drums": 2, "guitar": 1, "keys": 1},
        "plain/My Song": {"drums": 1, "bass": 1, "lead": 1},
    }


def test_files_that_are_not_understood_are_named(tmp_path: Path) -> None:
    stem_folder(tmp_path / "plain/My Song", ["drums.wav", "mix.wav", "Vlns.wav", "take 3.wav"])
    stem_folder(tmp_path / "slakh/Track00001", ["mix.wav", "stems/S00.wav", "stems/S01.wav"])
    stems = {"S00": {"is_drum": True}, "S01": {"inst_class": "Sound Effects"}}
    (tmp_path / "slakh/Track00001/metadata.yaml").write_text(yaml.safe_dump({"stems": stems}))
    stem_folder(tmp_path / "moises/1234", ["drums/k.wav", "fx/x.wav"])
    (tmp_path / "moises/1234/data.json").write_text("{}")
    unknown = find_stems(tmp_path).unknown
    assert list(unknown) == [
        "moises/1234/fx/x.wav", "plain/My Song/Vlns.wav", "plain/My Song/take 3.wav", "slakh/Track00001/stems/S01.wav"
    ]  # fmt: skip
    assert "its folder says no stem" in unknown["moises/1234/fx/x.wav"]
    assert "its name says no stem" in unknown["plain/My Song/Vlns.wav"]
    assert "'Sound Effects', which is none of" in unknown["slakh/Track00001/stems/S01.wav"]


@pytest.mark.parametrize(("metadata", "told"), [(None, "is missing"), ("stems: [", "is damaged"), ("[]", "is damaged")])
def test_songs_whose_stems_nobody_can_tell_are_songs_with_a_problem(
    tmp_path: Path, metadata: str | None, told: str
) -> None:
    stem_folder(tmp_path / "Track00001", ["stems/S00.wav"])
    if metadata is not None:
        (tmp_path / "Track00001/metadata.yaml").write_text(metadata)
    (found,) = find_stem_files(tmp_path)
    with pytest.raises(InputError, match=rf"^Track00001: metadata\.yaml {told}, which says what S00\.wav"):
        read_stems(found, SPECTROGRAM)


def test_truncated_files_are_no_stems(tmp_path: Path) -> None:
    stem_folder(tmp_path, ["Night/drums.wav", "Night/bass.wav"])
    whole = (tmp_path / "Night/bass.wav").read_bytes()
    (tmp_path / "Night/bass.wav").write_bytes(whole[: 44 + 3 * (len(whole) - 44) // 4])
    (found,) = find_stem_files(tmp_path)
    with pytest.raises(InputError, match=r"bass\.wav: the file is truncated: 1\.5 s are there of 2\.0 s"):
        read_stems(found, SPECTROGRAM)


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    stem_folder(tmp_path, ["elsewhere/Night/drums.wav", "songs/Day/drums.wav"])
    (tmp_path / "songs/All").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "songs/Day/Loop").symlink_to(tmp_path / "songs", target_is_directory=True)
    (tmp_path / "songs/Again").symlink_to(tmp_path / "songs/Day", target_is_directory=True)
    assert [song.name for song in find_stem_files(tmp_path / "songs")] == ["All/Night", "Day"]


def test_the_manifest_says_which_file_became_which_stem(tmp_path: Path) -> None:
    stem_folder(tmp_path, ["Night/kick.wav", "Night/snare.wav"])
    written(tmp_path / "Night/bass.wav", np.zeros((2 * RATE, 1)), "PCM_16")
    (found,) = find_stem_files(tmp_path)
    _, row = read_stems(found, SPECTROGRAM)
    assert row["stems"] == {"drums": {"files": [str(tmp_path / "Night/kick.wav"), str(tmp_path / "Night/snare.wav")]}}
    assert row["silent"] == ["bass"]


@pytest.mark.parametrize(
    ("root", "place", "name"),
    [("Night/stems", "Night/stems", "Night"), ("Night/drums.wav", "Night", "Night"), (".", "", "here"),
     ("all", "all/Night/stems", "Night"), ("Night/a.stem.mp4", "Night", "a.stem.mp4")],
)  # fmt: skip
def test_a_song_has_its_name_whichever_of_its_places_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, place: str, name: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    stem_folder(Path(place), ["drums.wav"])
    if root.endswith(".mp4"):
        Path(root).touch()
    assert [song.name for song in find_stem_files(Path(root))] == [name]


def test_musdb_in_one_file(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "Song.stem.mp4"
    with av.open(str(path), "w", format="mp4") as container:
        streams = [container.add_stream("aac", rate=RATE, layout="stereo") for _ in range(5)]
        for index, stream in enumerate(streams):
            planes = np.ascontiguousarray(song(2.0, peak=0.1 * index).T, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    (found,) = find_stem_files(tmp_path)
    read, row = read_stems(found, SPECTROGRAM)
    assert set(read.parts) == {Stem.DRUMS, Stem.BASS, Stem.KEYS, Stem.LEAD} and row["seconds"] == pytest.approx(
        2, abs=0.1
    )
    loud = {stem: loudness(torch.from_numpy(to_level(p)), SPECTROGRAM) for stem, p in read.parts.items()}
    assert loud[Stem.DRUMS] < loud[Stem.BASS] < loud[Stem.KEYS] < loud[Stem.LEAD]


def test_files_of_one_stem_sound_together(tmp_path: Path) -> None:
    stem_folder(tmp_path, ["a.wav", "b.wav"])
    both, _ = read_stems(StemFiles("x", {Stem.DRUMS: [tmp_path / "a.wav", tmp_path / "b.wav"]}), SPECTROGRAM)
    one, _ = read_stems(StemFiles("x", {Stem.DRUMS: [tmp_path / "a.wav"]}), SPECTROGRAM)
    levels = [loudness(torch.from_numpy(to_level(s.parts[Stem.DRUMS])), SPECTROGRAM) for s in (both, one)]
    assert levels[0] - levels[1] == pytest.approx(20 * np.log10(3), abs=0.5)


def test_loops_are_songs_of_one_stem_and_nothing_found_is_said(tmp_path: Path) -> None:
    stem_folder(tmp_path, ["100bpm_x.wav", "sub/120bpm_y.wav"])
    assert [s.name for s in find_stem_files(tmp_path, Stem.DRUMS)] == ["100bpm_x.wav", "sub/120bpm_y.wav"]
    with pytest.raises(
        InputError, match=r"holds no songs as stems; .* files such as drums\.wav and bass\.wav are needed$"
    ):
        find_stem_files(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        find_stem_files(tmp_path / "absent")
