"""Reading, adding a stem, writing: the song's own samples stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_subtract.files.formats import SUFFIXES, AudioFormat, is_audio, is_midi, output_format
from audio_subtract.files.reader import read_audio
from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.files.writer import write_audio
from audio_subtract.mix import insert_stem
from subtract_core.errors import InputError
from tests.audio.sounds import RATE, as_bytes, clicks, song, written

LOSSLESS = [
    ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "PCM_32"), ("WAV", "PCM_U8"), ("WAV", "FLOAT"), ("WAV", "DOUBLE"),
    ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("AIFF", "PCM_16"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "subtype"), LOSSLESS)
def test_file_comes_out_as_song_plus_stem_in_the_same_format(tmp_path: Path, form: str, subtype: str) -> None:
    source = written(tmp_path / f"in.{form.lower()}", song(), subtype, form=form)
    waveform = read_audio(source)
    stem = clicks(waveform.frames)
    mixed = insert_stem(waveform, stem)
    out = tmp_path / f"out.{form.lower()}"
    write_audio(out, mixed.mix, waveform)
    info = soundfile.info(out)
    assert (info.format, info.subtype, info.samplerate, info.channels) == (form, subtype, RATE, 2)
    before, after = (soundfile.read(p, dtype=waveform.samples.dtype.name)[0] for p in (source, out))
    assert len(before) == len(after)
    if waveform.is_integer:
        assert (after.astype(np.int64) - before == mixed.stem).all()
    else:
        assert np.abs(after - before - mixed.stem).max() < 1e-7
    silent = stem == 0
    assert silent.mean() > 0.5 and (after[silent] == before[silent]).all()
    assert mixed.reduction == 0
    coarse = max(waveform.step, 1) / waveform.full_scale if waveform.is_integer else 1e-7
    assert np.abs(mixed.stem[:, 1] / waveform.full_scale - stem).max() <= 0.51 * coarse + 1e-7


@pytest.mark.parametrize(("form", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")])
def test_lossy_files_are_read_and_written(tmp_path: Path, form: str, subtype: str) -> None:
    rate = 48_000
    source = written(tmp_path / "in.x", song(rate=rate), subtype, rate, form)
    waveform = read_audio(source)
    assert waveform.rate == rate and waveform.samples.dtype == np.float32
    mixed = insert_stem(waveform, clicks(waveform.frames, rate))
    write_audio(tmp_path / "out.wav", mixed.mix, waveform)
    assert soundfile.info(tmp_path / "out.wav").subtype == "PCM_24"
    suffix = "mp3" if form == "MP3" else "ogg"
    write_audio(tmp_path / f"out.{suffix}", mixed.mix, waveform)
    again = soundfile.read(tmp_path / f"out.{suffix}")[0]
    assert np.corrcoef(again[:, 0], mixed.mix[: len(again), 0])[0, 1] > 0.97


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_what_goes_beyond_full_scale_is_not_cut(tmp_path: Path, suffix: str) -> None:
    decoded = Waveform(song(peak=1.5).astype(np.float32), RATE, AudioFormat("MP3", "MPEG_LAYER_III"))
    mixed = insert_stem(decoded, clicks(decoded.frames))
    paths = [tmp_path / f"{name}.{suffix}" for name in ("mix", "stem")]
    for path, samples in zip(paths, (mixed.mix, mixed.stem), strict=True):
        write_audio(path, samples, decoded)
        assert soundfile.info(path).subtype == "FLOAT"
    mix, stem = (soundfile.read(path, dtype="float32")[0] for path in paths)
    assert np.abs(mix).max() > 1.2 and np.abs(mix - stem - decoded.samples).max() < 1e-6


def test_flac_that_would_cut_the_song_is_refused(tmp_path: Path) -> None:
    loud = read_audio(written(tmp_path / "in.wav", song(peak=1.5), "FLOAT"))
    with pytest.raises(InputError, match=r"out\.flac: FLAC holds nothing beyond full scale, .* [0-9.]+ dB .*\.wav"):
        write_audio(tmp_path / "out.flac", loud.samples, loud)
    assert not (tmp_path / "out.flac").exists()
    usual = read_audio(written(tmp_path / "in.wav", song(), "FLOAT"))
    write_audio(tmp_path / "out.flac", usual.samples, usual)
    assert soundfile.info(tmp_path / "out.flac").subtype == "PCM_24"


@pytest.mark.parametrize("suffix", ["ogg", "mp3"])
def test_lossy_files_hold_what_goes_beyond_full_scale(tmp_path: Path, suffix: str) -> None:
    loud = read_audio((song(peak=1.5), RATE))
    write_audio(tmp_path / f"out.{suffix}", loud.samples, loud)
    assert read_audio(tmp_path / f"out.{suffix}").peak > 1.2


@pytest.mark.parametrize(("channels", "mask"), [(6, 0x60F), (6, 0x3F), (2, 0x3), (5, 0x607)])
def test_speakers_of_the_channels_are_kept(tmp_path: Path, channels: int, mask: int) -> None:
    content = bytearray(as_bytes(song(channels=channels), "WAVEX", "PCM_24"))
    content[40:44] = mask.to_bytes(4, "little")
    (tmp_path / "in.wav").write_bytes(content)
    waveform = read_audio(tmp_path / "in.wav")
    write_audio(tmp_path / "out.wav", waveform.samples, waveform)
    again = read_audio(tmp_path / "out.wav")
    assert again.speakers == mask and (again.samples == waveform.samples).all()
    assert again.format == AudioFormat("WAVEX", "PCM_24")
    write_audio(tmp_path / "out.flac", waveform.samples, waveform)
    plain = read_audio(written(tmp_path / "plain.wav", song(channels=channels), "PCM_24"))
    write_audio(tmp_path / "again.wav", plain.samples, plain)
    assert plain.speakers == 0 and soundfile.info(tmp_path / "again.wav").format == "WAV"


def test_tags_are_kept(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "in.flac", "w", RATE, 2, "PCM_16") as file:
        file.title, file.artist = "Night Drive", "Nobody"
        file.write(song())
    waveform = read_audio(tmp_path / "in.flac")
    write_audio(tmp_path / "out.wav", waveform.samples, waveform)
    with soundfile.SoundFile(tmp_path / "out.wav") as file:
        assert (file.title, file.artist) == ("Night Drive", "Nobody")


def test_stem_is_turned_down_only_where_it_would_clip(tmp_path: Path) -> None:
    loud = song(4.0)
    loud[: 2 * RATE] *= 0.98 / np.abs(loud).max()  # the first two seconds leave no room
    waveform = read_audio(written(tmp_path / "in.wav", loud, "PCM_16"))
    stem = clicks(waveform.frames, peak=0.5)
    mixed = insert_stem(waveform, stem)
    assert mixed.reduction > 1 and 0 < mixed.reduced_seconds < 2.1
    assert (mixed.mix.astype(int) - mixed.stem == waveform.samples).all()
    late = slice(2 * RATE + 1000, None)
    assert np.abs(mixed.stem[late, 0] / 32_768 - stem[late]).max() < 1 / 32_768
    assert np.abs(mixed.stem[: 2 * RATE, 0]).max() < 0.5 * 32_768 * 0.95


def test_song_at_full_scale_everywhere_stays_as_it_is() -> None:
    square = np.where(song(2.0) > 0, 32_767, -32_768).astype(np.int16)
    waveform = read_audio((square, RATE))
    mixed = insert_stem(waveform, clicks(len(square)))
    assert (mixed.mix.astype(int) - mixed.stem == square).all() and mixed.reduction > 20


def test_floats_beyond_full_scale_are_no_reason_to_turn_down() -> None:
    waveform = read_audio((song(peak=1.5), RATE))
    stem = np.roll(clicks(waveform.frames), round(0.03 * RATE))  # over 1, but never over the song's own peak
    mixed = insert_stem(waveform, stem)
    assert np.abs(mixed.mix[RATE // 2 + 1000 : RATE // 2 + 3000]).max() > 1 and mixed.reduction == 0


def test_a_stem_goes_beyond_full_scale_where_its_song_does() -> None:
    waveform = read_audio((song(peak=8.0), RATE))
    mixed = insert_stem(waveform, np.roll(clicks(waveform.frames, peak=3.0), round(0.25 * RATE)))
    assert mixed.reduction == 0 and np.abs(mixed.stem).max() > 2


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_stem_sounds_in_the_front(channels: int) -> None:
    waveform = read_audio((song(channels=channels), RATE))
    stem = clicks(waveform.frames)
    mixed = insert_stem(waveform, stem)
    front = min(channels, 2)
    assert np.abs(mixed.stem[:, :front] - stem[:, None]).max() < 1e-7 and not mixed.stem[:, front:].any()
    assert (mixed.mix[:, front:] == waveform.samples[:, front:]).all()


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_what_is_heard_is_one_channel_at_the_models_rate(rate: int) -> None:
    samples = song(rate=rate) + 0.2  # an offset that nobody hears
    heard = read_audio((samples, rate)).heard(RATE)
    assert heard.dtype == np.float32 and abs(len(heard) - 2 * RATE) <= 1 and abs(heard.mean()) < 1e-3
    wanted = song(rate=RATE).mean(axis=1)
    assert np.corrcoef(heard[: 2 * RATE - 1], wanted[: 2 * RATE - 1])[0, 1] > 0.999
    assert abs(np.abs(heard).max() - np.abs(wanted).max()) < 0.02


def test_resampling_gives_the_length_asked_for() -> None:
    tone = np.sin(np.arange(RATE) * 0.05).astype(np.float32)
    for frames in (47_999, 48_000, 48_003):
        out = resampled(tone, RATE, 48_000, frames)
        assert len(out) == frames and out.dtype == np.float32


def test_arrays_keep_their_type_and_transposed_ones_are_named() -> None:
    assert read_audio((np.zeros(RATE, np.int16) + 5, RATE)).samples.dtype == np.int16
    with pytest.raises(InputError, match=r"shape \(2, 88200\).*transpose"):
        read_audio((song().T, RATE))
    with pytest.raises(InputError, match="uint8"):
        read_audio((np.zeros(RATE, np.uint8), RATE))
    with pytest.raises(InputError, match="numpy array and an integer"):
        read_audio(("song", RATE))  # type: ignore[arg-type]


def test_m4a_is_read(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=RATE, layout="stereo")
        planes = np.ascontiguousarray(song().T, dtype=np.float32)
        for start in range(0, planes.shape[1], 1024):
            block = np.ascontiguousarray(planes[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    waveform = read_audio(path)
    assert (waveform.rate, waveform.channels) == (RATE, 2) and abs(waveform.seconds - 2) < 0.1
    assert np.abs(waveform.samples).max() == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize(
    ("name", "rate", "channels", "reason"),
    [
        ("x.txt", RATE, 2, r"x\.txt: \.txt cannot be written; choose one of \.wav"),
        ("x", RATE, 2, "no suffix"),
        ("x.mp3", 192_000, 2, "192000 Hz"),
        ("x.mp3", RATE, 6, "at most 2 channels"),
        ("x.flac", RATE, 12, "at most 8 channels"),
        ("x.ogg", 384_000, 2, "at most 192000 Hz"),
    ],
)
def test_formats_that_cannot_hold_the_song(name: str, rate: int, channels: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        output_format(Path(name), rate, channels, AudioFormat("WAV", "PCM_16"))


@pytest.mark.parametrize(("name", "least"), [("out.mp3", 300), ("out.ogg", 300)])
def test_lossy_files_are_written_in_the_best_quality(tmp_path: Path, name: str, least: float) -> None:
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (3 * RATE, 2)).astype(np.float32)
    write_audio(tmp_path / name, noise, Waveform(noise, RATE, AudioFormat("WAV", "FLOAT")))
    assert (tmp_path / name).stat().st_size * 8 / 3 / 1000 > least, "kbit/s"


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
@pytest.mark.parametrize("form", ["mp3", "ogg"])
def test_lossy_files_of_any_rate_are_written(tmp_path: Path, form: str, rate: int) -> None:
    samples = song(1.0, 2, rate).astype(np.float32)
    write_audio(tmp_path / f"out.{form}", samples, Waveform(samples, rate, AudioFormat("WAV", "FLOAT")))
    assert soundfile.info(tmp_path / f"out.{form}").samplerate == rate


def test_lossy_files_are_written_by_a_soundfile_that_knows_no_qualities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_subtract.files.writer._CHOOSES", False)  # before 0.13
    samples = song(1.0).astype(np.float32)
    write_audio(tmp_path / "out.mp3", samples, Waveform(samples, RATE, AudioFormat("WAV", "FLOAT")))
    assert soundfile.info(tmp_path / "out.mp3").format == "MP3"


def test_folders_are_searched_for_every_kind_of_file_that_is_read() -> None:
    assert {".aac", ".wma", ".wmv", ".avi", ".m4v", ".m4b", ".aifc"} <= set(SUFFIXES)


def test_content_says_what_a_file_is() -> None:
    assert is_audio(b"RIFF\0\0\0\0WAVEfmt ") and is_audio(b"\xff\xfb\x90\x64" * 4) and is_audio(b"\xff\xf1" * 8)
    assert is_audio(b"\0\0\0\x20ftypM4A isom") and is_audio(b"fLaC" + bytes(12)) and is_audio(b"OggS" + bytes(12))
    assert not is_audio(b"MThd\0\0\0\6\0\1\0\1") and not is_audio(b"\xff\xfeT\0e\0x\0t\0") and not is_audio(b"")
    assert is_midi(b"MThd\0\0\0\6\0\1\0\1") and is_midi(b"RIFF\0\0\0\0RMIDdata") and not is_midi(b"RIFF\0\0\0\0WAVE")


def test_integers_know_the_steps_of_their_file(tmp_path: Path) -> None:
    steps = {s: read_audio(written(tmp_path / f"{s}.wav", song(), s)).step for s in ("PCM_U8", "PCM_16", "PCM_24")}
    assert steps == {"PCM_U8": 256, "PCM_16": 1, "PCM_24": 256}
    assert Waveform(np.zeros((1, 1)), RATE, AudioFormat("WAV", "DOUBLE")).step == 0
