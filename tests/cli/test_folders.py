"""Several inputs, folders, and where their outputs go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.material import document, files, song_bytes


@pytest.fixture
def songs(folder: Path) -> Path:
    """A folder `songs` of two songs, one of them in a folder below, and things that are no songs."""
    root = folder / "songs"
    (root / "old").mkdir(parents=True)
    (root / "night.mid").write_bytes(song_bytes(2))
    (root / "old" / "night.mid").write_bytes(song_bytes(3))
    (root / "notes.txt").write_text("no song")
    (root / "._night.mid").write_bytes(b"what macOS leaves behind")
    return Path("songs")


def test_folder_keeps_its_shape(insert: Call, songs: Path, folder: Path) -> None:
    result = insert(songs, "-o", "out/", "--seed", 4)
    assert result.exit_code == 0 and result.stdout.count("seed 4") == 2
    assert files(folder / "out") == {"night.bass.mid", "old", "old/night.bass.mid"}


def test_outputs_lie_beside_the_songs_without_out(insert: Call, songs: Path) -> None:
    assert insert(songs).exit_code == 0
    assert files(songs) >= {"night.bass.mid", "old/night.bass.mid"}


def test_second_run_over_a_folder_leaves_out_what_the_first_wrote(insert: Call, songs: Path) -> None:
    assert insert(songs, "-n", 2).exit_code == 0
    before = files(songs)
    result = insert(songs, "-n", 2, "--overwrite")
    assert result.exit_code == 0 and files(songs) == before
    assert "night.bass.1.mid: skipped, it looks like the bass that was written for night.mid" in result.stderr


def test_folder_of_outputs_inside_the_inputs_is_left_out(insert: Call, songs: Path) -> None:
    for _ in range(2):
        assert insert(songs, "-o", "songs/out/", "--overwrite").exit_code == 0
    assert {name for name in files(songs / "out") if name.endswith(".mid")} == {"night.bass.mid", "old/night.bass.mid"}


def test_part_of_another_instrument_is_a_song_like_any_other(insert: Call, songs: Path) -> None:
    (songs / "night.drums.mid").write_bytes(song_bytes(2))
    assert insert(songs).exit_code == 0
    assert (songs / "night.drums.bass.mid").exists()


def test_what_was_written_on_top_of_an_earlier_part_is_left_out(insert: Call, songs: Path) -> None:
    for instrument in ("bass", "drums"):
        assert insert(songs, instrument=instrument).exit_code == 0
    result = insert(songs, "--overwrite")
    assert result.exit_code == 0 and "night.bass.drums.mid" in files(songs)
    assert "night.bass.drums.bass.mid" not in files(songs) and "night.drums.bass.mid" in files(songs)
    assert "night.bass.drums.mid: skipped, it looks like the bass that was written for night.mid" in result.stderr


def test_part_alone_of_another_instrument_is_left_out(insert: Call, songs: Path) -> None:
    (songs / "night.drums.stem.mid").write_bytes(song_bytes(2))
    (songs / "night.drums.2.stem.wav").write_bytes(b"RIFF")
    (songs / "day.drums.stem.mid").write_bytes(song_bytes(2))  # of no song that is here
    result = insert(songs)
    assert result.exit_code == 0
    assert "night.drums.stem.mid: skipped, it looks like the drums that was written for night.mid" in result.stderr
    assert "night.drums.2.stem.wav: skipped" in result.stderr
    written = {name for name in files(songs) if ".bass." in name}
    assert written == {"night.bass.mid", "day.drums.stem.bass.mid", "old/night.bass.mid"}


@pytest.mark.parametrize("command", [("insert", "--instrument", "bass", "--model", "nowhere"), ("info",)])
def test_an_empty_name_is_not_the_current_folder(call: Call, songs: Path, folder: Path, command: tuple[str]) -> None:
    before = files(folder)
    result = call(*command, "")
    assert result.exit_code == 2 and result.stdout == "" and files(folder) == before
    assert result.stderr == "msub: error: SONGS: a name is empty; give a file or a folder\n"


@pytest.mark.parametrize(("command", "argument"), [("prepare", "INPUT"), ("evaluate", "SONGS")])
def test_an_empty_name_of_a_folder_is_not_the_current_one(
    call: Call, folder: Path, command: str, argument: str
) -> None:
    result = call(command, "audio", "", "-o", "out")
    assert result.exit_code == 2
    assert result.stderr == f"msub: error: {argument}: a name is empty; give a folder\n"
    assert files(folder) <= {"night.mid"}


def test_song_named_itself_is_never_left_out(insert: Call, songs: Path) -> None:
    (songs / "night.bass.mid").write_bytes(song_bytes(2))
    assert insert(songs / "night.bass.mid").exit_code == 0
    assert (songs / "night.bass.bass.mid").exists()


def test_song_named_twice_is_done_once(insert: Call, songs: Path) -> None:
    rows = document(insert(songs, songs / "night.mid", songs / "night.mid", "--json"))["results"]
    assert len(rows) == 2


def test_some_failed(insert: Call, songs: Path) -> None:
    (songs / "broken.mid").write_bytes(b"")
    result = insert(songs)
    assert result.exit_code == 3 and result.stdout.count("->") == 2
    assert result.stderr == "msub: error: songs/broken.mid: is empty; a Standard MIDI File (.mid) is needed\n"


def test_song_that_is_done_already_does_not_stop_the_others(insert: Call, songs: Path) -> None:
    (songs / "night.bass.mid").write_bytes(b"precious")
    result = insert(songs, songs / "night.mid")
    assert result.exit_code == 3
    assert (songs / "night.bass.mid").read_bytes() == b"precious" and (songs / "old/night.bass.mid").exists()


def test_all_failed(insert: Call, songs: Path) -> None:
    for path in songs.rglob("*.mid"):
        path.write_bytes(b"")
    assert insert(songs).exit_code == 1


def test_folder_without_songs(insert: Call, folder: Path) -> None:
    Path("empty").mkdir()
    result = insert("empty")
    assert result.exit_code == 1
    assert result.stderr.startswith("msub: error: empty: holds no songs (*.mid, *.midi, *.kar, *.wav, ")
    assert files(folder) == {"empty"}


@pytest.mark.parametrize("option", ["--out", "--stem-out", "--plot", "--listen"])
def test_several_songs_need_a_folder(insert: Call, songs: Path, option: str) -> None:
    for given in ([songs], [songs / "night.mid", songs / "old/night.mid"]):
        result = insert(*given, option, "one.png")
        assert result.exit_code == 2 and f"msub: error: {option}: one.png is no folder" in result.stderr


def test_a_folder_of_one_song_needs_a_folder(insert: Call, songs: Path) -> None:
    result = insert(songs / "old", "-o", "x.mid")
    assert result.exit_code == 2
    assert result.stderr == (
        "msub: error: --out: x.mid is no folder, and songs/old is one; give one (or end the name with /)\n"
    )


def test_two_songs_for_one_output(insert: Call, songs: Path, folder: Path) -> None:
    before = files(folder)
    result = insert(songs / "night.mid", songs / "old/night.mid", "-o", "out/")
    assert result.exit_code == 2
    assert "out/night.bass.mid: would be written for songs/night.mid and for songs/old/night.mid" in result.stderr
    assert files(folder) == before


@pytest.mark.parametrize("options", [("-o", "x.mid", "--stem-out", "x.mid"), ("-o", "songs/night.mid", "--overwrite")])
def test_output_that_is_another_output_or_the_input(insert: Call, songs: Path, options: tuple[str, ...]) -> None:
    before = (songs / "night.mid").read_bytes()
    assert insert(songs / "night.mid", *options).exit_code == 2
    assert (songs / "night.mid").read_bytes() == before
