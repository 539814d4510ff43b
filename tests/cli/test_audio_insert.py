"""`msub insert` with recordings: the same options, reports, errors and exit codes as with MIDI."""

from __future__ import annotations

import errno
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import soundfile

from tests.audio.models import small_pipeline
from tests.audio.sounds import RATE, as_bytes, written
from tests.audio.sounds import song as sound
from tests.cli.conftest import Call
from tests.cli.material import document, files, song_bytes
from tests.cli.test_bad_input import assert_one_line


@pytest.fixture(scope="session")
def audio_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint of a small audio model that learned nothing but is heard."""
    import torch

    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("audio_model")
    small_pipeline().save_pretrained(path)
    return str(path)


@pytest.fixture
def wav(folder: Path) -> Path:
    """`night.wav` in the current folder: two seconds, stereo, 24 bits."""
    return written(Path("night.wav"), sound(2.0), "PCM_24")


@pytest.fixture
def add(call: Call, audio_model: str, few_rounds: None) -> Call:
    """Run `msub insert` with the small audio model, for drums."""

    def run(*arguments: str | Path) -> object:
        return call("insert", "--model", audio_model, "--device", "cpu", "--stem", "drums", *arguments)

    return run


def test_song_and_stem_lie_beside_it_and_add_up(add: Call, wav: Path, folder: Path) -> None:
    before = wav.read_bytes()
    result = add(wav, "--seed", 7)
    assert result.exit_code == 0, result.stderr
    line = (
        r"night\.wav: drums, 0:02, [+-]\d+\.\d dB against the song -> night\.drums\.wav, night\.drums\.stem\.wav "
        r"\(seed 7, \d+\.\d s\)\n"
    )
    assert re.fullmatch(line, result.stdout)
    assert files(folder) == {"night.wav", "night.drums.wav", "night.drums.stem.wav"} and wav.read_bytes() == before
    song, mix, stem = (
        soundfile.read(p, dtype="int32")[0].astype(np.int64)
        for p in ("night.wav", "night.drums.wav", "night.drums.stem.wav")
    )
    assert (song + stem == mix).all() and stem.any()
    info = soundfile.info("night.drums.wav")
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("WAV", "PCM_24", RATE, 2)


def test_instrument_and_stem_mean_the_same(call: Call, audio_model: str, model: str, wav: Path) -> None:
    for option, name in (("--instrument", "a.wav"), ("--stem", "b.wav")):
        result = call("insert", wav, option, "Drums", "--model", audio_model, "--seed", 3, "-o", name)
        assert result.exit_code == 0, result.stderr
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()


@pytest.mark.parametrize(("name", "form"), [("x.flac", "FLAC"), ("x.ogg", "OGG"), ("x.mp3", "MP3"), ("x.wav", "WAV")])
def test_format_is_what_the_name_asks_for(add: Call, wav: Path, folder: Path, name: str, form: str) -> None:
    assert add(wav, "-o", name).exit_code == 0
    stem = name.replace("x.", "x.stem.")
    assert files(folder) == {"night.wav", name, stem}
    assert {soundfile.info(n).format for n in (name, stem)} == {form}


def test_stem_out_names_the_stem_and_folders_take_both(add: Call, wav: Path, folder: Path) -> None:
    assert add(wav, "--stem-out", "alone.flac").exit_code == 0
    assert add(wav, "-o", "out/", "-n", 2).exit_code == 0
    several = {f"out/night.drums.{i}{tail}.wav" for i in (1, 2) for tail in ("", ".stem")}
    assert files(folder) == {"night.wav", "night.drums.wav", "alone.flac", "out", *several}


def test_same_seed_same_bytes_and_options_reach_the_model(add: Call, wav: Path) -> None:
    options = {"a": (), "b": (), "c": ("--steps", 1), "d": ("--gain", -6), "e": ("--style", "rock")}
    for name, given in options.items():
        assert add(wav, "--seed", 7, "-o", f"{name}.wav", *given).exit_code == 0
    content = {n: Path(f"{n}.wav").read_bytes() for n in "abcde"}
    assert content["a"] == content["b"] and len(set(content.values())) == 4


def test_json_says_what_was_done(add: Call, wav: Path) -> None:
    row = document(add(wav, "--json", "--seed", 3, "--prompt", "make it nice", "--loudness", "loud"))["results"][0]
    assert (row["rate"], row["channels"], row["length"], row["seed"]) == (RATE, 2, 2.0, 3)
    assert row["out"] == "night.drums.wav" and row["stem_out"] == "night.drums.stem.wav" and row["plot"] is None
    assert {"loudness", "gain", "reduction", "reduced_seconds", "seconds", "warnings", "facts"} <= set(row)
    assert any("nothing in the prompt is known of drums" in warning for warning in row["warnings"])
    (loud,) = [fact for fact in row["facts"] if fact["fact"] == "loudness"]
    assert loud["unit"] == "decibels against the song" and loud["value"] == pytest.approx(row["loudness"], abs=0.1)


def test_explain_sets_what_was_asked_beside_what_is_heard(add: Call, wav: Path) -> None:
    result = add(wav, "--swing", "swung", "--loudness", "loud", "--explain")
    assert result.exit_code == 0 and re.search(r"swing +swung +not measured in sound", result.stdout)
    assert re.search(r"loudness +loud +[-+]\d+\.\d dB against the song", result.stdout)
    assert re.search(r"tempo +\S* *\w+ \(\d+ beats a minute\)", result.stdout)


def test_content_decides_what_a_song_is(call: Call, add: Call, model: str, folder: Path) -> None:
    Path("really_midi.wav").write_bytes(song_bytes())
    result = call("insert", "really_midi.wav", "--instrument", "bass", "--model", model, "--device", "cpu")
    assert result.exit_code == 0 and Path("really_midi.bass.mid").read_bytes().startswith(b"MThd")
    Path("really_audio.mid").write_bytes(as_bytes(sound(2.0), "WAV", "PCM_16"))
    assert add("really_audio.mid").exit_code == 0 and soundfile.info("really_audio.drums.wav").frames == 2 * RATE


def test_folder_of_both_kinds_with_a_model_for_one(add: Call, folder: Path) -> None:
    Path("songs").mkdir()
    written(Path("songs/a.flac"), sound(2.0), "PCM_16")
    Path("songs/b.mid").write_bytes(song_bytes())
    result = add("songs")
    assert result.exit_code == 3 and Path("songs/a.drums.flac").exists() and not Path("songs/b.drums.mid").exists()
    assert "kind is 'audio_subtract'; a 'midi_subtract' checkpoint is needed" in result.stderr
    again = add("songs", "--overwrite")
    assert "a.drums.flac: skipped, it looks like the drums that was written for a.flac" in again.stderr


def test_a_song_beyond_full_scale_is_refused_before_it_is_listened_to(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write("loud.wav", 1.5 * sound(1.0) / np.abs(sound(1.0)).max(), RATE, subtype="FLOAT")
    soundfile.write("soft.wav", 0.5 * sound(1.0) / np.abs(sound(1.0)).max(), RATE, subtype="FLOAT")
    options = ("--stem", "drums", "--model", "nowhere", "-o", "x.flac")
    assert_one_line(call("insert", "loud.wav", *options), "x.flac: FLAC holds nothing beyond full scale")
    assert_one_line(call("insert", "soft.wav", *options), "nowhere is neither a checkpoint folder")


def test_the_model_of_the_package_is_taken_where_none_is_named(call: Call, folder: Path) -> None:
    written(Path("song.wav"), sound(6.0), "PCM_16")
    result = call("insert", "song.wav", "--stem", "drums", "--seed", 1)
    assert result.exit_code == 0 and files(folder) >= {"song.wav", "song.drums.wav", "song.drums.stem.wav"}
    stem, _ = soundfile.read("song.drums.stem.wav")
    seconds = (stem[: 5 * RATE].reshape(5, -1) ** 2).mean(axis=1)
    assert (seconds > 1e-6).all()  # the song has a pulse, so drums sound in every second


def test_a_model_that_is_not_there_is_said_in_one_line(call: Call, wav: Path, folder: Path) -> None:
    result = call("insert", wav, "--stem", "drums", "--model", "nowhere")
    assert_one_line(result, "nowhere is neither a checkpoint folder nor a model of this package (default)")
    assert files(folder) >= {"night.wav"} and not Path("night.drums.wav").exists()


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (["--program", "3"], "--program"),
        (["--replace"], "--replace"),
        (["--beats", "heard"], "--beats"),
        (["--first-beat", "3"], "--first-beat"),
        (["--plot", "x.png"], "--plot"),
        (["--listen", "x.wav"], "--listen"),
        (["--section", "3: busier"], "--section by bar number"),
        (["--section", "Chorus: busier"], "--section by marker"),
        (["--only", "3-4"], "--only by bar number"),
        (["--afresh", "--only", "0:01-"], "--afresh"),
        (["--chords", "Am F"], "--chords"),
    ],
)
def test_options_for_midi_are_refused(add: Call, wav: Path, folder: Path, options: list[str], option: str) -> None:
    result = add(wav, *options)
    assert_one_line(result, f"{option}: is for MIDI, and night.wav is audio", code=2)
    assert files(folder) == {"night.wav"}


def test_places_given_as_of_midi_are_asked_for_as_times(add: Call, wav: Path) -> None:
    assert_one_line(add(wav, "--only", "3-4"), "night.wav is audio; give times, as in 0:45-1:10", code=2)
    assert_one_line(add(wav, "--section", "3: busier"), "audio; give a time, as in '0:45: busier'", code=2)


def test_a_place_in_the_prompt_is_told_to_hold_nowhere_else(add: Call, wav: Path) -> None:
    result = add(wav, "--prompt", "busy, louder in the chorus", "--seed", 4)
    assert "the prompt holds for the whole song, 'in the chorus' or not" in result.stderr
    assert "--only 0:45-1:10" in result.stderr
    assert "in the chorus" not in add(wav, "--prompt", "busy", "--seed", 4, "--overwrite").stderr


def test_sections_of_audio_begin_at_times(add: Call, wav: Path) -> None:
    result = add(wav, "--prompt", "play very softly", "--section", "0:01.5: play very loud", "--explain", "--seed", 4)
    assert re.search(r"^ +time +fact", result.stdout, re.M)
    assert result.exit_code == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines() if "loudness" in line]
    assert [row[0].split("-")[0] for row in rows] == ["0:00", "0:01.5"]
    assert [row[2:4] for row in rows] == [["very", "soft"], ["very", "loud"]]


def test_a_stem_can_sound_in_some_seconds_alone(add: Call, wav: Path) -> None:
    result = add(wav, "--only", "0:00.5-0:01", "--only", "0:01.5-", "--explain", "--seed", 4)
    assert result.exit_code == 0, result.stderr
    assert "0:00.5-0:01" in result.stdout and "0:01.5-0:02" in result.stdout
    stem, rate = soundfile.read("night.drums.stem.wav")
    half = rate // 2
    heard = [bool(stem[at * half : (at + 1) * half].any()) for at in range(4)]
    assert heard == [False, True, False, True]
    assert_one_line(
        add(wav, "--only", "0:01-9:00", "--overwrite"), "only: 0:01-9:00 is not in the song; night.wav lasts"
    )


def test_an_end_as_info_shows_it_is_taken(add: Call, call: Call, folder: Path) -> None:
    written(Path("night.wav"), sound(3.98), "PCM_16")
    assert "0:04" in call("info", "night.wav").stdout
    result = add("night.wav", "--only", "0:02-0:04", "--seed", 4)
    assert result.exit_code == 0, result.stderr
    assert soundfile.read("night.drums.stem.wav")[0][3 * RATE :].any()


def test_a_section_outside_only_is_warned_of(add: Call, wav: Path) -> None:
    result = add(wav, "--only", "0:01-0:02", "--section", "0:00: busy", "--section", "0:00.5: soft", "--seed", 4)
    assert result.exit_code == 0
    assert "the section at 0:00 changes nothing: no part of it is in 0:01-0:02" in result.stderr
    assert "0:00.5" not in result.stderr


def test_a_lossy_song_is_warned_of_once(add: Call, folder: Path) -> None:
    written(Path("night.mp3"), sound(2.0, peak=0.1), "MPEG_LAYER_III", form="MP3")
    result = add("night.mp3", "-n", 2)
    assert result.exit_code == 0 and result.stderr.count("encoded anew") == 1
    assert "encoded anew" not in add("night.mp3", "-o", "kept.wav").stderr
    assert "encoded anew" in add("night.mp3", "-o", "again.mp3", "--json").stdout


def test_songs_with_rarer_names_are_found_in_folders_and_lose_their_suffix(add: Call, folder: Path) -> None:
    Path("songs").mkdir()
    written(Path("songs/night.aifc"), sound(2.0), "FLOAT", form="AIFF")
    assert add("songs/night.aifc", "--seed", 1).exit_code == 0
    assert add("songs", "-o", "out/", "--seed", 1).exit_code == 0
    names = {"night.drums.wav", "night.drums.stem.wav"}
    assert names <= files(Path("songs")) and files(Path("out")) == names


def test_sections_of_audio_may_count_hours(add: Call, wav: Path) -> None:
    result = add(wav, "--section", "0:00:01: play very loud", "--explain", "--seed", 4)
    assert result.exit_code == 0, result.stderr
    assert "0:01-0:02" in result.stdout
    assert_one_line(add(wav, "--section", "1:00:01: busy", "--overwrite"), "sections: 60:01 is not in the song")


@pytest.mark.parametrize(("value", "said"), [("banana", "'banana' is not valid"), ("7", "7 cannot be asked for")])
def test_controls_of_audio_offer_no_numbers(call: Call, wav: Path, folder: Path, value: str, said: str) -> None:
    result = call("insert", wav, "--stem", "drums", "--model", "nowhere", "--density", value)
    assert_one_line(result, f"--density: {said}", "very sparse, sparse, moderate, busy, very busy", code=2)
    assert "number" not in result.stderr and files(folder) == {"night.wav"}


def test_a_section_beyond_the_recording_is_named(add: Call, wav: Path) -> None:
    assert_one_line(add(wav, "--section", "9:00: busy"), "sections: 9:00 is not in the song; night.wav lasts 0:")


@pytest.mark.parametrize("option", ["--gain", "--tempo"])
def test_options_for_audio_are_refused_for_midi(call: Call, song: Path, option: str) -> None:
    result = call("insert", song, "--instrument", "bass", option, "24" if option == "--gain" else "120")
    assert_one_line(result, f"{option}: is for audio, and night.mid is MIDI", code=2)


def test_a_tempo_that_is_given_is_the_one_that_is_counted_by(add: Call, wav: Path) -> None:
    result = add(wav, "--tempo", 77, "--explain", "--seed", 4)
    assert result.exit_code == 0 and re.search(r"tempo +\S* *very slow \(7[67]", result.stdout), result.stdout


def _nan() -> bytes:
    samples = sound(2.0)
    samples[100] = np.nan
    return as_bytes(samples, "WAV", "FLOAT")


def _three_hours() -> bytes:
    frames = 3 * 3600 * 8000
    fmt = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    head = b"RIFF" + struct.pack("<I", 36 + frames) + b"WAVEfmt " + struct.pack("<I", 16) + fmt
    return head + b"data" + struct.pack("<I", frames) + bytes([128]) * frames


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "silence": (lambda: as_bytes(np.zeros((2 * RATE, 2)), "WAV", "PCM_16"), "is silent"),
    "50 ms": (lambda: as_bytes(sound(0.05), "WAV", "PCM_16"), "is 0.05 s long; at least 1 s"),
    "3 hours": (_three_hours, "is 180 minutes long; at most 60"),
    "NaN": (_nan, "holds NaN or infinity"),
    "offset": (lambda: as_bytes(np.full((2 * RATE, 2), 0.5), "WAV", "PCM_16"), "is silent"),
    "truncated": (lambda: as_bytes(sound(2.0), "FLAC", "PCM_16")[:20_000], "is damaged or truncated"),
    "text": (lambda: b"no song at all, only words", "is not audio that can be read"),
    "empty": (lambda: b"", "is empty"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_audio_is_one_line_and_leaves_nothing(add: Call, folder: Path, kind: str) -> None:
    make, reason = BAD[kind]
    Path("night.wav").write_bytes(make())
    assert_one_line(add("night.wav"), "night.wav", reason)
    assert files(folder) == {"night.wav"}


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (192_000, 2), (48_000, 6)])
def test_unusual_audio_is_taken(add: Call, folder: Path, rate: int, channels: int) -> None:
    path = written(Path("night.wav"), sound(1.2, channels, rate), "PCM_16", rate)
    result = add(path)
    assert result.exit_code == 0, result.stderr
    song, mix, stem = (
        soundfile.read(p, dtype="int16", always_2d=True)[0].astype(int)
        for p in (path, "night.drums.wav", "night.drums.stem.wav")
    )
    assert song.shape == mix.shape and (song + stem == mix).all()


def test_clipped_song_keeps_every_sample(add: Call, folder: Path) -> None:
    written(Path("night.wav"), np.clip(sound(2.0, peak=5.0), -1, 1), "PCM_16")
    result = add("night.wav", "--gain", 12)
    assert result.exit_code == 0 and "turned down by up to" in result.stderr
    song, mix, stem = (
        soundfile.read(p, dtype="int16")[0].astype(int)
        for p in ("night.wav", "night.drums.wav", "night.drums.stem.wav")
    )
    assert (song + stem == mix).all()


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("x.xyz", "x.xyz: .xyz cannot be written; choose one of .wav"),
        ("absent/x.wav", "its folder absent does not exist"),
        ("night.flac", "night.flac: exists already"),
    ],
)
def test_outputs_are_checked_before_the_model_is_loaded(
    call: Call, wav: Path, folder: Path, out: str, reason: str
) -> None:
    Path("night.flac").write_bytes(b"precious")
    result = call("insert", wav, "--stem", "drums", "--model", "nowhere", "-o", out)
    assert_one_line(result, reason)
    assert Path("night.flac").read_bytes() == b"precious" and files(folder) == {"night.wav", "night.flac"}


def test_full_disk(add: Call, wav: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    monkeypatch.setattr(os, "link", fail)
    assert_one_line(add(wav), "night.drums.wav: cannot be written: No space left on device")
    monkeypatch.undo()
    assert files(folder) == {"night.wav"}


def test_info_of_a_recording(call: Call, wav: Path) -> None:
    result = call("info", wav)
    assert result.exit_code == 0
    assert result.stdout.startswith("night.wav: WAV PCM_24, 2 channels, 44,100 Hz, 0:02\n  loudness -")
    assert document(call("info", wav, "--json"))["results"][0]["rate"] == RATE


def test_info_of_what_no_model_can_hear(call: Call, folder: Path) -> None:
    tone = sound(2.0, channels=1)
    soundfile.write("anti.wav", np.hstack([tone, -tone]), RATE)
    said = call("info", "anti.wav").stdout
    assert "its channels cancel each other out" in said and "-100" not in said
    soundfile.write("hiss.wav", np.random.default_rng(0).normal(0, 0.1, 6 * RATE), RATE)
    assert re.search("tempo +none is heard", call("info", "hiss.wav").stdout)


def test_the_tempo_that_is_heard_in_a_recording_is_told(call: Call, folder: Path) -> None:
    clicks = np.zeros(12 * RATE)
    for beat in range(24):  # 120 a minute
        clicks[beat * RATE // 2 :][:400] = np.sin(np.arange(400)) * np.linspace(0.8, 0, 400)
    soundfile.write("clicks.wav", clicks, RATE)
    assert document(call("info", "clicks.wav", "--json"))["results"][0]["tempo"] == pytest.approx(120, abs=1)
    assert re.search(r"tempo +1(20|19|20\.\d|19\.\d) bpm, as heard", call("info", "clicks.wav").stdout)
    soundfile.write("hush.wav", np.zeros(4 * RATE), RATE)
    assert "none is heard" in call("info", "hush.wav").stdout
