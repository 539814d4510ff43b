"""What cannot be read: one line that names the file, what is wrong, and what would be valid."""

from __future__ import annotations

import builtins
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_subtract.files.reader import read_audio, read_header
from subtract_core.errors import InputError
from tests.audio.sounds import RATE, as_bytes, song, written

WAV = as_bytes(song(4.0), "WAV", "PCM_16")
FLAC = as_bytes(song(4.0), "FLAC", "PCM_16")


def _with_nan() -> np.ndarray:
    samples = song(2.0)
    samples[RATE, 0] = np.nan
    return samples


def _three_hours() -> bytes:
    """A header that promises three hours, without them."""
    frames = 3 * 3600 * RATE
    fmt = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + 2 * frames)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + fmt
        + (b"data" + struct.pack("<I", 2 * frames))
    )


UNREADABLE = {
    "empty": (b"", "is empty; an audio file"),
    "text": (b"Once upon a time, there was a file.", "is not audio that can be read; WAV, FLAC, OGG, MP3 or AIFF"),
    "MIDI named wav": (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0", "is a MIDI file, whatever its name"),
    "header only": (WAV[:20], "is damaged or truncated"),
    "half a FLAC": (FLAC[: len(FLAC) // 2], "is damaged or truncated"),
    "50 ms": (as_bytes(song(0.05), "WAV", "PCM_16"), "is 0.05 s long; at least 1 s"),
    "no samples": (WAV[:44], "is 0.00 s long; at least 1 s"),
    "NaN": (as_bytes(_with_nan(), "WAV", "FLOAT"), "holds NaN or infinity at 1.00 s; finite samples are needed"),
    "100 Hz": (as_bytes(song(30, rate=100), "WAV", "PCM_16", 100), "sample rate is 100 Hz; 4000 to 384000"),
    "32 channels": (as_bytes(song(1.0, channels=32), "WAV", "PCM_16"), "has 32 channels; 1 to 16"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_song(tmp_path: Path, kind: str) -> None:
    content, reason = UNREADABLE[kind]
    path = tmp_path / "night.wav"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_audio(path)
    assert str(error.value).startswith(f"{path}: ") and reason in str(error.value) and "\n" not in str(error.value)


def test_three_hours_are_refused_from_the_header(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # as long as it says, but a hole on the disk
        file.write(_three_hours())
        file.truncate(44 + 2 * 3 * 3600 * RATE)
    with pytest.raises(InputError, match=r"long\.wav: is 180 minutes long; at most 60"):
        read_header(path)


def test_more_samples_than_fit_are_refused() -> None:
    class Huge(np.ndarray):
        """Pretends to be large."""

        def __len__(self) -> int:
            return 40 * 60 * 192_000

    samples = np.zeros((4, 16), np.float64).view(Huge)
    with pytest.raises(InputError, match="GiB of samples; at most 6 GiB"):
        read_audio((samples, 192_000))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_truncated_wav_is_used_as_far_as_it_goes(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(as_bytes(song(4.0), "WAV", subtype)[: -2 * RATE * 2 * (3 if subtype == "PCM_24" else 2)])
    waveform = read_audio(path)
    assert waveform.seconds == pytest.approx(2.0, abs=0.001)
    assert waveform.warnings == ("the file is truncated: 2.0 s are there of 4.0 s",)


def _of_a_stream(content: bytes, length: bytes) -> bytes:
    """A WAV whose header was written before anybody knew how long it would be."""
    return content[:4] + length + content[8:40] + length + content[44:]


FLAC_OF_A_STREAM = FLAC[:21] + bytes([FLAC[21] & 0xF0]) + bytes(4) + FLAC[26:]


@pytest.mark.parametrize(
    ("content", "whole"),
    [(_of_a_stream(WAV, bytes(4)), WAV), (_of_a_stream(WAV, b"\xff" * 4), WAV), (FLAC_OF_A_STREAM, FLAC)],
    ids=["WAV of 0", "WAV of 4 GiB", "FLAC"],
)
def test_files_that_do_not_say_how_long_they_are_are_read_to_their_end(
    tmp_path: Path, content: bytes, whole: bytes
) -> None:
    path, usual = tmp_path / "stream", tmp_path / "usual"
    path.write_bytes(content)
    usual.write_bytes(whole)
    waveform = read_audio(path)
    assert (waveform.samples == read_audio(usual).samples).all()
    assert waveform.warnings == () and read_header(path).seconds == 4.0


@pytest.mark.parametrize("read", [read_audio, read_header])
def test_half_a_flac_of_a_stream_is_refused(tmp_path: Path, read: Any) -> None:
    path = tmp_path / "stream.flac"
    path.write_bytes(FLAC_OF_A_STREAM[: len(FLAC) // 2])
    with pytest.raises(InputError, match=r"stream\.flac: is damaged or truncated"):
        read(path)


def test_an_hour_is_the_end_of_a_file_that_does_not_say_how_long_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_subtract.files.reader.MAX_MINUTES", 3 / 60)
    path = tmp_path / "stream.flac"
    path.write_bytes(FLAC_OF_A_STREAM)
    with pytest.raises(InputError, match=r"minutes long; at most 0\.05"):
        read_header(path)


def test_truncated_ogg_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (20 * RATE, 2))
    content = as_bytes(noise, "OGG", "VORBIS")
    path = tmp_path / "cut.ogg"
    path.write_bytes(content[: len(content) // 2])
    waveform = read_audio(path)
    assert 5 < waveform.seconds < 15 and waveform.warnings == (
        f"the file is truncated: {waveform.seconds:.1f} s are there, its end is missing",
    )
    path.write_bytes(content[:5000])
    with pytest.raises(InputError, match=r"cut\.ogg: is damaged or truncated: none of its sound is left"):
        read_audio(path)


def test_mp3_that_is_none_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "garbage.mp3"
    path.write_bytes(b"\xff\xfb" + np.random.default_rng(0).bytes(5000))
    with pytest.raises(InputError, match=r"garbage\.mp3: is not audio that can be read; WAV, FLAC, OGG, MP3"):
        read_audio(path)
    content = as_bytes(song(8.0), "MP3", "MPEG_LAYER_III")
    path.write_bytes(content[: len(content) // 2])
    read_audio(path)
    assert capfd.readouterr().err == "", "libsndfile's reader of MP3 speaks for itself"


def test_truncated_mp3_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    content = as_bytes(song(8.0), "MP3", "MPEG_LAYER_III")
    path = tmp_path / "cut.mp3"
    path.write_bytes(content[: len(content) // 2])
    waveform = read_audio(path)
    assert 2 < waveform.seconds < 6 and "truncated" in waveform.warnings[0]


def test_whole_files_have_no_warnings(tmp_path: Path) -> None:
    for form, subtype in (("WAV", "PCM_16"), ("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")):
        assert read_audio(written(tmp_path / "a", song(), subtype, form=form)).warnings == ()


def test_mislabelled_file_is_read_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "really_flac.mp3"
    path.write_bytes(FLAC)
    waveform = read_audio(path)
    assert waveform.format.container == "FLAC" and waveform.frames == 4 * RATE


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.wav: no such file"):
        read_audio(tmp_path / "absent.wav")
    with pytest.raises(InputError, match="is a folder"):
        read_audio(tmp_path)
    with pytest.raises(InputError, match=r"^song: '' is no name of a file; give an audio file$"):
        read_audio("")


def test_m4a_without_its_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A isom" + bytes(16))
    whole = builtins.__import__

    def without_av(name: str, *rest: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(InputError, match=r"pip install 'msub\[media\]'"):
        read_audio(path)


def test_damaged_m4a(tmp_path: Path) -> None:
    pytest.importorskip("av")
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A isom" + bytes(200))
    with pytest.raises(InputError, match=r"song\.m4a: (is damaged or truncated|holds no sound)"):
        read_audio(path)
