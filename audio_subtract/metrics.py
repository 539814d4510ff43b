"""Measures of sound: how far two recordings are apart, and how well one fits the other."""

from __future__ import annotations

import numpy as np
import torch

from audio_subtract.spectrogram import RATE, SpectrogramConfig, log_mel, stft

_LINEAR = SpectrogramConfig()
_ONSETS = SpectrogramConfig(n_fft=1024, hop=256, mels=40, lowest=30.0, highest=16_000.0)
LSD_RANGE = 80.0
"""Decibels below the loudest bin at which levels are cut off before they are compared."""
ONSET_RATE = RATE / 256


def log_spectral_distance(sound: np.ndarray, truth: np.ndarray) -> float:
    """Decibels between the spectra of two sounds, float [samples] at `RATE`; 0 is the same.

    Root of the mean over bins of the squared difference of levels (Gray & Markel, 1976), meaned over the frames in
    which the truth is within 60 dB of its loudest frame. STFT of 2048, hop 512; levels end `LSD_RANGE` below the
    truth's loudest bin.
    """
    count = min(len(sound), len(truth))
    levels = []
    for samples in (truth, sound):
        magnitude = stft(torch.from_numpy(np.asarray(samples[:count], dtype=np.float32)), _LINEAR).abs()
        levels.append(20 * torch.log10(magnitude.clamp(min=1e-9)))
    true, other = levels
    floor = true.max() - LSD_RANGE
    energy = (10 ** (true / 10)).sum(dim=0)
    heard = energy > energy.max() * 1e-6
    apart = (true.clamp(min=floor) - other.clamp(min=floor)) ** 2
    return float(apart.mean(dim=0)[heard].sqrt().mean())


def onset_envelope(sound: np.ndarray) -> np.ndarray:
    """How much begins at each moment: float32 [frames], `ONSET_RATE` frames a second.

    Mean over 40 mel bands of the rise in decibels from frame to frame (spectral flux), levels cut off 60 dB below the
    loudest band.
    """
    levels = log_mel(torch.from_numpy(np.asarray(sound, dtype=np.float32)), _ONSETS)
    levels = levels.clamp(min=float(levels.max()) - 60.0)
    rise = (levels[1:] - levels[:-1]).clamp(min=0).mean(dim=1)
    return torch.nn.functional.pad(rise, (1, 0)).numpy()


def onset_correlation(sound: np.ndarray, truth: np.ndarray, within: float = 0.025) -> float:
    """Pearson correlation of two sounds' onset envelopes, the best one within `within` seconds of delay either way.

    0 where one of them never changes.
    """
    a, b = onset_envelope(sound), onset_envelope(truth)
    count = min(len(a), len(b))
    reach = round(within * ONSET_RATE)
    a, b = a[:count], b[:count]
    fits = []
    for delay in range(-reach, reach + 1):
        x = a[max(0, delay) : count + min(0, delay)]
        y = b[max(0, -delay) : count + min(0, -delay)]
        if x.std() < 1e-9 or y.std() < 1e-9:
            return 0.0
        fits.append(float(np.corrcoef(x, y)[0, 1]))
    return max(fits)
