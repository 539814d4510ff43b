"""Which pitch classes sound, and how well two sounds' pitch classes go together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, stft

_FINE = SpectrogramConfig(n_fft=16_384, hop=4096)
CHROMA_RATE = RATE / _FINE.hop
LOWEST, HIGHEST = 40.0, 2000.0
"""Hertz between which spectral peaks count."""
_QUIET = 1e-3  # of full scale: the magnitude under which a peak is no tone
_WIDTH = 2 / 3  # semitones to either side of a pitch in which a peak counts, as in HPCP


def chroma(sound: np.ndarray) -> np.ndarray:
    """Strength of the 12 pitch classes (C first), float64 [frames, 12], `CHROMA_RATE` frames a second.

    Harmonic pitch class profile (Gomez 2006, Tonal Description of Polyphonic Audio, 3.2): spectral peaks, interpolated
    by a parabola, count for the pitch classes within two thirds of a semitone by cos^2 of their distance. Magnitudes
    are taken to the power of 1/2, so that loud notes do not hide the others. STFT of 16,384, A at 440 Hz.
    """
    magnitude = stft(torch.from_numpy(np.asarray(sound, dtype=np.float32)), _FINE).abs().numpy().T
    width = RATE / _FINE.n_fft
    first, last = int(LOWEST / width), int(HIGHEST / width)
    left, middle, right = (magnitude[:, first + k : last + k] for k in (-1, 0, 1))
    peak = (middle > left) & (middle >= right) & (middle > _QUIET)
    frame, at = np.nonzero(peak)
    a, b, c = (np.log(np.maximum(x[peak], 1e-9)) for x in (left, middle, right))
    moved = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
    pitch = 69 + 12 * np.log2((first + at + moved) * width / 440)
    found = np.zeros((len(magnitude), 12))
    for near in (np.floor(pitch), np.floor(pitch) + 1):
        apart = np.abs(pitch - near)
        weight = np.where(apart < _WIDTH, np.cos(np.pi / 2 * apart / _WIDTH) ** 2, 0.0)
        np.add.at(found, (frame, near.astype(int) % 12), weight * np.sqrt(magnitude[:, first:last][peak]))
    return found


def by_beats(values: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Means of chroma [frames, 12] from beat to beat: [beats - 1, 12]."""
    centres = np.arange(len(values)) / CHROMA_RATE
    rows = []
    for begin, end in pairwise(beats):
        inside = (centres >= begin) & (centres < end)
        rows.append(values[inside if inside.any() else [np.abs(centres - (begin + end) / 2).argmin()]].mean(axis=0))
    return np.array(rows).reshape(-1, 12)


def chroma_fit(stem: np.ndarray, context: np.ndarray, beats: np.ndarray) -> float:
    """How well a stem's pitch classes fit the context's (A3): the Pearson correlation of their beat-synchronous chroma
    [frames, 12], meaned over the beats in which both sound; 0 where they never do.

    beats: seconds, those of the context, so that what is compared with one context is cut at the same places.
    """
    a, b = (by_beats(x, beats) for x in (stem, context))
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    sizes = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    both = sizes > 1e-9
    return float(((a * b).sum(axis=1)[both] / sizes[both]).mean()) if both.any() else 0.0
