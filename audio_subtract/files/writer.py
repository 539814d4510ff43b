"""Writing samples as an audio file."""

from __future__ import annotations

import contextlib
import inspect
import io
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from audio_subtract.files.formats import AudioFormat, output_format
from audio_subtract.files.waveform import Waveform
from subtract_core.errors import InputError
from subtract_core.files import write_file

_WAV_LIMIT = 2**32 - 2**12
_MASK_AT = 40  # where a WAVEX says which speaker each channel is for
_BLOCK = 1 << 20
# Left alone, libsndfile encodes at less than half of these rates: MP3 in stereo at about 150 kbit/s.
_BEST: dict[str, dict[str, Any]] = {
    "OGG": {"compression_level": 0.0},
    "MP3": {"compression_level": 0.0, "bitrate_mode": "CONSTANT"},
}
_CHOOSES = "compression_level" in inspect.signature(soundfile.SoundFile.__init__).parameters  # from soundfile 0.13 on


def write_audio(path: Path, samples: np.ndarray, like: Waveform, overwrite: bool = False) -> None:
    """Write samples [frames, channels] in the format that `path` asks for, with the rate, depth and tags of `like`.

    like: the song itself, for what goes beyond full scale decides how it is stored; see `output_format`.
    Whole or not at all; raises `InputError` where `path` exists (unless `overwrite`) or cannot be written.
    """
    write_file(path, encoded(path, samples, like), overwrite)


def stored_format(path: Path, like: Waveform) -> AudioFormat:
    """The format in which a song, and stems of it, are stored under a name; raises `InputError` as `output_format`."""
    # By the song's peak, which no sum exceeds but for 1: so song and stem of it are stored alike, and add up.
    return output_format(path, like.rate, like.channels, like.format, 1.0 if like.is_integer else like.peak)


def encoded(path: Path, samples: np.ndarray, like: Waveform) -> bytes:
    """The bytes of such a file; lossy ones in the best quality there is."""
    form = stored_format(path, like)
    container = form.container
    if container == "WAV" and samples.nbytes > _WAV_LIMIT:
        container = "RF64"  # WAV counts its bytes in 32 bits
    elif container == "WAV" and like.speakers:
        container = "WAVEX"
    best = _BEST.get(container, {}) if _CHOOSES else {}
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(
            buffer, "w", like.rate, samples.shape[1], subtype=form.subtype, format=container, **best
        ) as file:
            for name, value in like.tags.items():
                with contextlib.suppress(soundfile.LibsndfileError, RuntimeError):  # not every format has every tag
                    setattr(file, name, value)
            for start in range(0, len(samples), _BLOCK):  # Vorbis overruns libsndfile's stack in one large write
                file.write(samples[start : start + _BLOCK])
    except soundfile.LibsndfileError as error:
        raise InputError(f"{path}: cannot be written: {error.error_string.strip()}") from None
    if container == "WAVEX":
        buffer.getbuffer()[_MASK_AT : _MASK_AT + 4] = like.speakers.to_bytes(4, "little")  # libsndfile only guesses it
    return buffer.getvalue()
