"""`msub insert --listen`: the song with its new part as sound."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.conftest import Call
from tests.cli.material import END, chunk, document, files, piano, smf

pytest.importorskip("midirenderer", reason="the extra `render` is not installed")


def test_the_song_with_its_part_is_played(insert: Call, song: Path) -> None:
    from audio_subtract.rendering.midi_file import PEAK, listening_soundfont
    from audio_subtract.rendering.synth import play

    row = document(insert(song, "--seed", 1, "--listen", "night.wav", "--json"))["results"][0]
    assert row["listen"] == "night.wav" and row["error"] is None
    samples, rate = soundfile.read("night.wav")
    assert samples.shape[1] == 2 and abs(np.abs(samples).max() - PEAK) < 1e-3
    font = listening_soundfont()
    before, after = (play(Path(name).read_bytes(), font)[0] for name in ("night.mid", "night.bass.mid"))
    scaled = after * (PEAK / np.abs(after).max())
    assert rate == 48_000 and np.allclose(samples, scaled, atol=1e-4)
    both = min(len(before), len(after))
    assert not np.allclose(before[:both], after[:both], atol=1e-3), "the part is heard"


def test_variations_are_played_beside_their_songs(insert: Call, song: Path, folder: Path) -> None:
    assert insert(song, "-n", 2, "-o", "out/", "--listen", "out/").exit_code == 0
    assert {"out/night.bass.1.wav", "out/night.bass.2.wav"} <= files(folder)


def test_the_format_is_the_one_of_the_name(insert: Call, song: Path) -> None:
    assert insert(song, "--listen", "night.flac").exit_code == 0
    assert soundfile.info("night.flac").format == "FLAC"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--soundfont", "none.sf2"], "none.sf2: no such file"),
        (["--soundfont", "night.mid"], "night.mid: is not a SoundFont"),
    ],
)
def test_a_soundfont_that_cannot_be_read_is_said_before_the_model_is_loaded(
    call: Call, song: Path, folder: Path, options: list[str], reason: str
) -> None:
    before = files(folder)
    arguments = ("insert", song, "--instrument", "bass", "--listen", "x.wav", *options, "--model", "nowhere")
    result = call(*arguments)
    assert result.exit_code == 1 and reason in result.stderr and files(folder) == before


def test_without_a_synthesizer_it_is_said_what_to_install(
    call: Call, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    find_spec = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "midirenderer" else find_spec(name))
    monkeypatch.setattr("shutil.which", lambda name: None)
    result = call("insert", song, "--instrument", "bass", "--listen", "x.wav", "--model", "nowhere")
    assert result.exit_code == 1 and "pip install 'msub[render]'" in result.stderr


def test_a_song_with_a_tempo_that_synthesizers_do_not_get_over_is_played(insert: Call, song: Path) -> None:
    song.write_bytes(smf(chunk(b"\0\xff\x51\2\7\xa1" + END), piano()))
    result = insert(song, "--seed", 1, "--listen", "night.wav")
    assert result.exit_code == 0, result.stderr
    assert "night.mid: track 1: a tempo that means nothing is passed over" in result.stderr
    assert np.abs(soundfile.read("night.wav")[0]).max() > 0.5


def test_a_song_without_notes_is_written_as_silence(tmp_path: Path) -> None:
    from audio_subtract.rendering.midi_file import listening_soundfont, write_played
    from tests.cli.material import conductor

    write_played(smf(conductor()), listening_soundfont(), tmp_path / "x.wav")
    samples, _ = soundfile.read(tmp_path / "x.wav")
    assert not np.abs(samples).any()
