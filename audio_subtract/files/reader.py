"""From an audio file, or an array, to a `Waveform`."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from audio_subtract.files.formats import AudioFormat, is_media, is_midi
from audio_subtract.files.opening import MAX_BYTES, READABLE, blocks_until_end, has_last_page, opened
from audio_subtract.files.waveform import Waveform
from subtract_core.choice import shown
from subtract_core.errors import InputError
from subtract_core.files import encoded, path_of

AudioInput = str | Path | bytes | bytearray | memoryview | BinaryIO | tuple[np.ndarray, int] | Waveform
"""A path, the content of a file or an open one, samples [frames] or [frames, channels] with their rate, or a song
already read."""

MIN_SECONDS, MAX_MINUTES = 1.0, 60.0
MIN_RATE, MAX_RATE = 4_000, 384_000
MAX_CHANNELS = 16

_NEEDED = "song: a path, or the bytes of an audio file, or (samples, rate) of a numpy array and an integer, is needed"
_BLOCK = 1 << 18
_MEDIA = AudioFormat("MEDIA", "LOSSY")
_TYPES = {"PCM_S8": "int16", "PCM_U8": "int16", "PCM_16": "int16", "PCM_24": "int32", "PCM_32": "int32"}
_MASK = re.compile(r"Channel Mask\s*: 0x([0-9A-Fa-f]+)")  # in libsndfile's log
_DTYPES = (np.int16, np.int32, np.float32, np.float64)
_SUBTYPE = {"int16": "PCM_16", "int32": "PCM_32", "float32": "FLOAT", "float64": "DOUBLE"}


def read_audio(song: AudioInput) -> Waveform:
    """Read a song; integer samples stay integers.

    Raises `InputError`, in one line that names the file, for what is no audio, damaged, too short or too long, or holds
    samples that are no numbers.
    """
    if isinstance(song, Waveform):
        return song
    data = encoded(song)
    if data is not None:
        return _checked(_from_bytes(data))
    if not isinstance(song, str | os.PathLike | tuple):
        raise InputError(f"{_NEEDED}, not a value of type {type(song).__name__}")
    waveform = _from_array(song) if isinstance(song, tuple) else _from_file(path_of(song, "song", "an audio file"))
    return _checked(waveform)


@dataclass(frozen=True)
class Header:
    """What a file says of itself: samples a second, channels, seconds and format."""

    rate: int
    channels: int
    seconds: float
    format: AudioFormat


def read_header(path: Path) -> Header:
    """Read what an audio file says of itself; raises `InputError` where `read_audio` would not take such a file."""
    head = _head(path)
    if is_media(head):
        return _media_header(path)
    with opened(path) as file:
        frames = file.frames if file.seekable() else sum(map(len, blocks_until_end(file, "int16", _most_frames(file))))
        _check_sizes(str(path), file.samplerate, file.channels, frames, _bytes_a_sample(file.subtype))
        form = AudioFormat(file.format, file.subtype)
        return Header(file.samplerate, file.channels, frames / file.samplerate, form)


def _from_file(path: Path) -> Waveform:
    head = _head(path)
    if is_media(head):
        return _from_media(path)
    with opened(path) as file:
        name, kind = str(path), _TYPES.get(file.subtype, "float64" if file.subtype == "DOUBLE" else "float32")
        if file.seekable():
            _check_sizes(name, file.samplerate, file.channels, file.frames, np.dtype(kind).itemsize)
        warnings = _shortened(file, path)
        try:
            whole = file.seekable()
            samples = (
                file.read(dtype=kind, always_2d=True)
                if whole
                else np.concatenate([*blocks_until_end(file, kind, _most_frames(file))])
            )
        except soundfile.LibsndfileError as error:
            raise InputError(f"{name}: is damaged or truncated: {error.error_string}") from None
        _check_sizes(name, file.samplerate, file.channels, len(samples), samples.itemsize)
        if whole and len(samples) < file.frames:
            warnings = (_ends_early(len(samples) / file.samplerate, file.frames / file.samplerate),)
        form = AudioFormat(file.format, file.subtype)
        tags, mask = dict(file.copy_metadata()), _MASK.search(file.extra_info)
        return Waveform(samples, file.samplerate, form, name, tags, warnings, int(mask[1], 16) if mask else 0)


def _from_bytes(data: bytes) -> Waveform:
    """A song from the content of its file, by way of a temporary one: FFmpeg and libsndfile read files best."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song"
        path.write_bytes(data)
        try:
            return replace(_from_file(path), name="song")
        except InputError as error:
            raise InputError(str(error).replace(str(path), "song")) from None


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; an audio file is needed")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"song: {shown(str(path))} is no name of a file; give an audio file") from None
    if not head:
        raise InputError(f"{path}: is empty; an audio file ({READABLE}) is needed")
    if is_midi(head):
        raise InputError(f"{path}: is a MIDI file, whatever its name; use MidiInserter for it")
    return head


def _shortened(file: soundfile.SoundFile, path: Path) -> tuple[str, ...]:
    """libsndfile takes what is there of a WAV whose header promises more, and mentions it in its log; OGG, which
    promises nothing, says on its last page that it is the last."""
    if file.format == "OGG" and not has_last_page(path):
        return (f"the file is truncated: {file.frames / file.samplerate:.1f} s are there, its end is missing",)
    for line in file.extra_info.splitlines():
        if line.startswith("data :") and "should be" in line:
            promised = int(line.split()[2])
            frame = _bytes_in_file(file.subtype) * file.channels
            if promised not in (0, 0xFFFFFFFF) and promised > file.frames * frame:  # what streaming programs write
                return (_ends_early(file.frames / file.samplerate, promised / frame / file.samplerate),)
    return ()


def _most_frames(file: soundfile.SoundFile) -> int:
    """As many as `_check_sizes` lets pass."""
    fit: int = MAX_BYTES // (file.channels * _bytes_a_sample(file.subtype))
    return min(fit, round(60 * MAX_MINUTES * int(file.samplerate)))


def _ends_early(there: float, promised: float) -> str:
    return f"the file is truncated: {there:.1f} s are there of {promised:.1f} s"


def _bytes_in_file(subtype: str) -> int:
    return {"PCM_S8": 1, "PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "DOUBLE": 8}.get(subtype, 4)


def _bytes_a_sample(subtype: str) -> int:
    return np.dtype(_TYPES.get(subtype, "float64" if subtype == "DOUBLE" else "float32")).itemsize


def _from_array(song: tuple[Any, Any]) -> Waveform:
    if len(song) != 2 or not isinstance(song[0], np.ndarray) or not isinstance(song[1], (int, np.integer)):
        raise InputError(_NEEDED)
    samples, rate = song[0], int(song[1])
    if samples.dtype not in _DTYPES:
        raise InputError(f"song: samples are {samples.dtype}; int16, int32, float32 or float64 is needed")
    if samples.ndim not in (1, 2):
        raise InputError(f"song: samples have the shape {samples.shape}; [frames] or [frames, channels] is needed")
    if samples.ndim == 2 and samples.shape[0] <= MAX_CHANNELS < samples.shape[1]:
        raise InputError(f"song: samples have the shape {samples.shape}; [frames, channels] is needed: transpose them")
    form = AudioFormat("WAV", _SUBTYPE[samples.dtype.name])
    _check_sizes("song", rate, 1 if samples.ndim == 1 else samples.shape[1], len(samples), samples.itemsize)
    return Waveform(samples.reshape(len(samples), -1), rate, form)


def _check_sizes(name: str, rate: int, channels: int, frames: int, itemsize: int) -> None:
    if not MIN_RATE <= rate <= MAX_RATE:
        raise InputError(f"{name}: the sample rate is {rate} Hz; {MIN_RATE} to {MAX_RATE} Hz can be used")
    if not 1 <= channels <= MAX_CHANNELS:
        raise InputError(f"{name}: has {channels} channels; 1 to {MAX_CHANNELS} can be used")
    seconds = frames / rate
    if seconds < MIN_SECONDS:
        raise InputError(f"{name}: is {seconds:.2f} s long; at least {MIN_SECONDS:g} s are needed")
    if seconds > 60 * MAX_MINUTES:
        raise InputError(f"{name}: is {seconds / 60:.0f} minutes long; at most {MAX_MINUTES:g} can be used: cut it")
    if frames * channels * itemsize > MAX_BYTES:
        raise InputError(
            f"{name}: holds {frames * channels * itemsize / 2**30:.1f} GiB of samples; at most "
            f"{MAX_BYTES / 2**30:g} GiB can be used: lower the sample rate or cut it"
        )


def _checked(waveform: Waveform) -> Waveform:
    """The same; raises `InputError` where it is shorter than its header said, or holds NaN or infinity."""
    if waveform.seconds < MIN_SECONDS:
        raise InputError(f"{waveform.name}: is {waveform.seconds:.2f} s long; at least {MIN_SECONDS:g} s are needed")
    if not waveform.is_integer:
        for start, block in _blocks(waveform.samples):
            bad = ~np.isfinite(block).all(axis=1)
            if bad.any():
                at = (start + int(bad.argmax())) / waveform.rate
                raise InputError(f"{waveform.name}: holds NaN or infinity at {at:.2f} s; finite samples are needed")
    return waveform


def _blocks(samples: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(samples), _BLOCK):
        yield start, samples[start : start + _BLOCK]


def _av(path: Path) -> Any:
    try:
        import av
    except ImportError:
        raise InputError(
            f"{path}: m4a, AAC, WMA and video need PyAV; run: pip install 'msub[media]', or give {READABLE}"
        ) from None
    return av


def _from_media(path: Path) -> Waveform:
    """The first audio stream of a file that only FFmpeg reads, as float32."""
    return _stream(path, 0)[0]


def read_streams(path: Path) -> list[Waveform]:
    """All audio streams of a file, as those of MUSDB18's .stem.mp4; raises `InputError` like `read_audio`."""
    first, count = _stream(path, 0)
    return [first, *(_stream(path, i)[0] for i in range(1, count))]


def _media_header(path: Path) -> Header:
    with _media(path) as container:
        stream = container.streams.audio[0]
        seconds = float(container.duration or 0) / 1e6
        return Header(int(stream.rate), int(stream.codec_context.channels), seconds, _MEDIA)


@contextmanager
def _media(path: Path) -> Iterator[Any]:
    """A container of FFmpeg's that has sound in it, of a length that can be used."""
    av, name = _av(path), str(path)
    try:
        with av.open(name) as container:
            if not container.streams.audio:
                raise InputError(f"{name}: holds no sound; a file with an audio stream is needed")
            stream = container.streams.audio[0]
            rate, channels = int(stream.rate), int(stream.codec_context.channels)
            _check_sizes(name, rate, channels, max(int(float(container.duration or 0) / 1e6 * rate), rate), 4)
            yield container
    except av.error.FFmpegError as error:
        raise InputError(f"{name}: is damaged or truncated: {error.strerror or error}") from None


def _stream(path: Path, index: int) -> tuple[Waveform, int]:
    """One audio stream, and how many there are."""
    blocks: list[np.ndarray] = []
    with _media(path) as container:
        stream, count = container.streams.audio[index], len(container.streams.audio)
        rate, channels = int(stream.rate), int(stream.codec_context.channels)
        resampler = _av(path).AudioResampler(format="fltp", layout=stream.layout, rate=rate)
        for frame in container.decode(stream):
            blocks += [f.to_ndarray().T for f in resampler.resample(frame)]
        blocks += [f.to_ndarray().T for f in resampler.resample(None)]
    samples = np.ascontiguousarray(np.concatenate(blocks)) if blocks else np.zeros((0, channels), dtype=np.float32)
    return Waveform(samples, rate, _MEDIA, str(path)), count
