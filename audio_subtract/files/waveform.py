"""A song as samples, as they stand in its file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import soxr

from audio_subtract.files.formats import AudioFormat

_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Waveform:
    """Samples of a song.

    samples: [frames, channels] of int16, int32 (either left-justified, as soundfile reads), float32 or float64.
    rate: samples a second. format: how the file stored them. name: for messages.
    tags: title, artist and the like, to be written again. warnings: what the user should know of the file.
    speakers: which one each channel is for, as the bits of a WAVEX's channel mask; 0 where the file does not say.
    """

    samples: np.ndarray
    rate: int
    format: AudioFormat
    name: str = "song"
    tags: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    speakers: int = 0

    @property
    def frames(self) -> int:
        return len(self.samples)

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def full_scale(self) -> float:
        """The value that samples have at 0 dBFS."""
        return float(2 ** (8 * self.samples.itemsize - 1)) if self.is_integer else 1.0

    @property
    def is_integer(self) -> bool:
        return bool(np.issubdtype(self.samples.dtype, np.integer))

    @property
    def step(self) -> int:
        """Smallest difference of two integer samples that the file can hold; 0 for floats."""
        if not self.is_integer:
            return 0
        bits = 8 * self.samples.itemsize
        return 1 << (bits - _BITS.get(self.format.subtype, bits))

    @property
    def peak(self) -> float:
        """The largest sample as a share of full scale; more than 1 where floats go beyond it."""
        blocks = (self.samples[at : at + _BLOCK] for at in range(0, self.frames, _BLOCK))  # a long song has no copy
        return max((float(np.abs(block.astype(np.float64)).max()) for block in blocks), default=0.0) / self.full_scale

    def heard(self, rate: int) -> np.ndarray:
        """What a model hears: one channel at `rate`, float32 [frames], full scale 1, without its mean.

        Of more than two channels the front pair counts as of stereo, and the others are added to both.
        """
        mixed = np.zeros(self.frames, dtype=np.float32)
        for channel in range(self.channels):  # a channel at a time: a whole copy in float would not fit long songs
            mixed += self.samples[:, channel].astype(np.float32)
        mixed /= np.float32(min(self.channels, 2) * self.full_scale)
        mixed -= mixed.mean(dtype=np.float64).astype(np.float32)
        return mixed if rate == self.rate else resampled(mixed, self.rate, rate)


def resampled(samples: np.ndarray, rate: int, to: int, frames: int | None = None) -> np.ndarray:
    """float32 [frames] at another rate (soxr, high quality), cut or filled with zeros to `frames` where given."""
    out = samples if rate == to else soxr.resample(samples, rate, to, quality="HQ")
    out = np.asarray(out, dtype=np.float32)
    if frames is None or len(out) == frames:
        return out
    return out[:frames] if len(out) > frames else np.pad(out, (0, frames - len(out)))
