"""Sound <-> log-mel spectrogram: the front end of the audio backend, in plain torch.

Levels are decibels of mean power in a band, 0 dB being the power of a full-scale sine in one bin of the transform.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

RATE = 44_100
"""Samples a second of everything that models hear and write."""
FLOOR, CEILING = -100.0, 0.0
"""Range of levels in decibels; what lies outside is cut off."""
_LINEAR_HZ, _LOG_FROM = 200.0 / 3, 1000.0  # Slaney: 15 mels below 1 kHz, 27 a factor of 6.4 above


@dataclass(frozen=True)
class SpectrogramConfig:
    """How sound is taken apart.

    n_fft, hop: length and step of the transform in samples. mels: bands.
    lowest, highest: edges of the outermost bands in Hz.
    """

    n_fft: int = 2048
    hop: int = 512
    mels: int = 256
    lowest: float = 20.0
    highest: float = 22_050.0

    def __post_init__(self) -> None:
        if min(self.n_fft, self.hop, self.mels) < 1:
            raise ValueError(f"n_fft, hop, mels are {self.n_fft}, {self.hop}, {self.mels}; choose 1 or more for each")
        if self.hop * 4 > self.n_fft or self.n_fft % self.hop:
            raise ValueError(f"hop is {self.hop}; a quarter of n_fft ({self.n_fft // 4}) or a smaller part is needed")
        if not 0 <= self.lowest < self.highest <= RATE / 2:
            raise ValueError(f"highest is {self.highest}; it lies between lowest ({self.lowest}) and {RATE / 2:g}")

    def frames(self, samples: int) -> int:
        """Frames of a sound of so many samples: one around each multiple of `hop`."""
        return 1 + samples // self.hop

    def within(self, spans: Sequence[tuple[float, float]], frames: int) -> Tensor:
        """Which of so many frames lie in spans of seconds, at least one in each, bool [frames]; all without spans."""
        inside = torch.full((frames,), not spans)
        for span in spans:
            first, stop = (round(second * RATE / self.hop) for second in span)
            first = min(first, frames - 1)
            inside[first : max(stop, first + 1)] = True
        return inside


def pitch_to_hz(pitch: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Hertz of MIDI note numbers, whole or not, A4 (69) being 440 Hz."""
    return np.asarray(440.0 * 2.0 ** ((np.asarray(pitch, dtype=np.float64) - 69) / 12))


def hz_to_mel(hz: Tensor) -> Tensor:
    """Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above."""
    step = np.log(6.4) / 27
    above = _LOG_FROM / _LINEAR_HZ + torch.log(hz.clamp(min=1e-9) / _LOG_FROM) / step
    return torch.where(hz < _LOG_FROM, hz / _LINEAR_HZ, above)


def mel_to_hz(mel: Tensor) -> Tensor:
    """The inverse of `hz_to_mel`."""
    step, border = np.log(6.4) / 27, _LOG_FROM / _LINEAR_HZ
    return torch.where(mel < border, mel * _LINEAR_HZ, _LOG_FROM * torch.exp((mel - border) * step))


@lru_cache(maxsize=8)
def mel_filters(config: SpectrogramConfig) -> Tensor:
    """Triangular filters [mels, bins] whose rows sum to 1: a band's power is a mean over its bins.

    Where bands lie closer than bins, triangles are as wide as one bin to either side, so that none is empty.
    """
    bins = torch.linspace(0, RATE / 2, config.n_fft // 2 + 1, dtype=torch.float64)
    ends = hz_to_mel(torch.tensor([config.lowest, config.highest], dtype=torch.float64))
    edges = mel_to_hz(torch.linspace(float(ends[0]), float(ends[1]), config.mels + 2, dtype=torch.float64))
    centre, width = edges[1:-1, None], RATE / config.n_fft
    below = (centre - edges[:-2, None]).clamp(min=width)
    above = (edges[2:, None] - centre).clamp(min=width)
    rise, fall = 1 - (centre - bins) / below, 1 - (bins - centre) / above
    filters = torch.minimum(rise, fall).clamp(min=0)
    return (filters / filters.sum(dim=1, keepdim=True)).float()


def band_centres(config: SpectrogramConfig) -> Tensor:
    """Middle frequencies of the bands in Hz, [mels]."""
    low, high = hz_to_mel(torch.tensor([config.lowest, config.highest]))
    return mel_to_hz(torch.linspace(float(low), float(high), config.mels + 2))[1:-1]


def stft(sound: Tensor, config: SpectrogramConfig, centred: bool = True) -> Tensor:
    """Complex spectrogram [..., bins, frames] of sound [..., samples]; a full-scale sine has magnitude 1 in its bin.

    centred: frames lie around multiples of `hop`, beyond both ends of the sound; else each begins at one, within it.
    """
    window = _window(config, sound.device)
    shape = sound.shape[:-1]
    spectrum = torch.stft(
        sound.reshape(-1, sound.shape[-1]),
        config.n_fft,
        config.hop,
        window=window,
        center=centred,
        pad_mode="constant",
        return_complex=True,
    )
    return spectrum.reshape(*shape, *spectrum.shape[-2:]) * (2 / window.sum())


def istft(spectrum: Tensor, config: SpectrogramConfig, samples: int | None = None) -> Tensor:
    """Sound [..., samples] of a complex spectrogram [..., bins, frames]: the least-squares inverse of `stft`."""
    window = _window(config, spectrum.device)
    shape = spectrum.shape[:-2]
    flat = spectrum.reshape(-1, *spectrum.shape[-2:]) * (window.sum() / 2)
    sound = torch.istft(flat, config.n_fft, config.hop, window=window, center=True, length=samples)
    return sound.reshape(*shape, sound.shape[-1])


def _window(config: SpectrogramConfig, device: torch.device) -> Tensor:
    return torch.hann_window(config.n_fft, device=device)


def to_decibels(power: Tensor) -> Tensor:
    """Power as levels in decibels, cut off at `FLOOR` and `CEILING`."""
    return (10 * torch.log10(power.clamp(min=1e-12))).clamp(FLOOR, CEILING)


def to_power(level: Tensor) -> Tensor:
    """The inverse of `to_decibels`; the floor is silence."""
    # exp2 is eight times as fast as a power of ten, and training asks for it all the time.
    return torch.exp2(level * (math.log2(10) / 10)) * (level > FLOOR + 0.25)


def log_mel(sound: Tensor, config: SpectrogramConfig, block: int = 1 << 20) -> Tensor:
    """Levels in decibels [frames, mels] of sound [samples]; works through long songs a block at a time."""
    filters = mel_filters(config).to(sound.device)
    frames, half = config.frames(len(sound)), config.n_fft // 2
    padded = torch.nn.functional.pad(sound, (half, half))
    window = _window(config, sound.device)
    rows = []
    for first in range(0, frames, max(1, block // config.hop)):
        last = min(frames, first + max(1, block // config.hop))
        part = padded[first * config.hop : (last - 1) * config.hop + config.n_fft]
        spectrum = torch.stft(part, config.n_fft, config.hop, window=window, center=False, return_complex=True)
        power = (spectrum.abs() * (2 / window.sum())) ** 2
        rows.append(to_decibels(filters @ power).T)
    return torch.cat(rows)


def mixed(levels: list[Tensor]) -> Tensor:
    """The levels of several sounds together, supposing that their phases are unrelated: powers add up."""
    if len(levels) == 1:
        return levels[0]
    total = to_power(levels[0])
    for level in levels[1:]:
        total += to_power(level)
    return to_decibels(total)


def linear_magnitude(level: Tensor, config: SpectrogramConfig, rounds: int = 20, like: Tensor | None = None) -> Tensor:
    """Magnitudes [bins, frames] that have the levels [frames, mels] in decibels.

    Starts from the levels drawn smoothly through the bins, or from the magnitudes `like` [bins, frames], and corrects
    them by the multiplicative updates that minimise the Kullback-Leibler divergence of the bands' powers (Lee & Seung,
    2001), which keep powers positive.
    """
    filters = mel_filters(config).to(level.device)
    wanted = to_power(level).T
    weight = filters.sum(dim=0)[:, None].clamp(min=1e-8)
    covered = (filters.sum(dim=0) > 0)[:, None]
    power = _interpolation(config).to(level.device) @ wanted if like is None else (like**2 + 1e-12) * covered
    for _ in range(rounds):
        ratio = wanted / (filters @ power).clamp(min=1e-14)
        power = torch.where(covered, power * (filters.T @ ratio) / weight, power)
    return power.sqrt()


@lru_cache(maxsize=8)
def _interpolation(config: SpectrogramConfig) -> Tensor:
    """Weights [bins, mels] that draw bands through bins: each bin is a mean of the bands around it."""
    filters = mel_filters(config)
    shape = filters / filters.amax(dim=1, keepdim=True)
    total = shape.sum(dim=0, keepdim=True)
    return torch.where(total > 0, shape / total.clamp(min=1e-8), torch.zeros_like(shape)).T.contiguous()
