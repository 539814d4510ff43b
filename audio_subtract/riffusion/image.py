"""Riffusion's picture of a sound: 512 mel bands of 5.12 s as an image of 512 x 512, and back.

The transform, the bands and the tones of grey are those that `riffusion/riffusion-model-v1` was trained on (Forsgren &
Martiros, "Riffusion", 2022): anything else is another language to it.
"""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.model.spectrogram import RATE, SpectrogramConfig

HOP, WINDOW, N_FFT = 441, 4410, 17_640
"""Step and Hann window of the transform, and its length with the zeros around the window; in samples."""
BANDS, HIGHEST = 512, 10_000.0
"""Mel bands between 0 Hz and so many hertz."""
POWER = 0.25
"""The exponent that brings magnitudes to tones of grey."""
WIDTH = 512
"""Frames, and so pixels, of a whole image: 5.12 s."""
GRID = SpectrogramConfig(n_fft=WINDOW, hop=HOP, lowest=0.0, highest=HIGHEST)
"""The same transform without the zeros: every fourth of its bins. Phases are looked for here, at a quarter the work."""

_STEP = N_FFT // WINDOW
_BINS = int(HIGHEST * N_FFT / RATE) + 1  # up to the highest band's edge
_BLOCK = 512


def to_image(magnitude: Tensor, maximum: float) -> Tensor:
    """Magnitudes of bands [..., bands, frames], lowest band first, as an image of the same shape, 0-255, highest first.

    255 (1 - (m / maximum)^0.25): silence is white, `maximum` and what is above it black.
    """
    share = (magnitude / max(maximum, 1e-12)).clamp(0, 1)
    return (255 * (1 - share**POWER)).flip(-2)


def from_image(image: Tensor, maximum: float) -> Tensor:
    """The inverse of `to_image`."""
    share = (1 - image / 255).clamp(0, 1).flip(-2)
    return maximum * share ** (1 / POWER)


def frames_of(samples: int) -> int:
    """Frames of a sound of so many samples: one around each multiple of the hop."""
    return 1 + samples // HOP


def band_magnitude(sound: Tensor) -> Tensor:
    """Magnitudes in mel bands [bands, frames] of sound [samples], lowest band first, blocks of it at a time.

    The sound is mirrored at its ends; magnitudes are summed over bins, unscaled.
    """
    frames, window = frames_of(len(sound)), torch.hann_window(WINDOW, device=sound.device)
    mode = "reflect" if len(sound) > N_FFT // 2 else "constant"
    padded = F.pad(sound[None, None], (N_FFT // 2, N_FFT // 2), mode=mode)[0, 0]
    filters, blocks = mel_filters().to(sound.device), []
    for first in range(0, frames, _BLOCK):
        last = min(frames, first + _BLOCK)
        part = padded[first * HOP : (last - 1) * HOP + N_FFT]
        spectrum = torch.stft(part, N_FFT, HOP, WINDOW, window, center=False, return_complex=True)
        blocks.append(filters @ spectrum[:_BINS].abs())
    return torch.cat(blocks, dim=1)


@lru_cache(maxsize=1)
def mel_filters() -> Tensor:
    """Triangles [bands, bins] of height 1 on the mel scale of HTK: mel = 2595 log10(1 + f / 700)."""
    bins = torch.arange(_BINS, dtype=torch.float64) * (RATE / N_FFT)
    top = 2595 * torch.log10(torch.tensor(1 + HIGHEST / 700, dtype=torch.float64))
    edges = 700 * (10 ** (torch.linspace(0, float(top), BANDS + 2, dtype=torch.float64) / 2595) - 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return torch.minimum(rise, fall).clamp(min=0).float()


def linear_magnitude(magnitude: Tensor, rounds: int = 20) -> Tensor:
    """Magnitudes [bins, frames] on `GRID`, scaled as by `audio_subtract.model.spectrogram.stft`, that have
    the magnitudes [bands, frames] in bands.

    Starts from the bands drawn smoothly through the bins, and corrects them by the multiplicative updates that minimise
    the Kullback-Leibler divergence (Lee & Seung, 2001), which keep magnitudes positive.
    """
    filters = mel_filters().to(magnitude.device)
    weight = filters.sum(dim=0)[:, None]
    covered = weight > 0
    linear = filters.T @ (magnitude / filters.sum(dim=1, keepdim=True)) / weight.clamp(min=1e-8)
    for _ in range(rounds):
        ratio = magnitude / (filters @ linear).clamp(min=1e-12)
        linear = torch.where(covered, linear * (filters.T @ ratio) / weight.clamp(min=1e-8), linear)
    scale = 2 / float(torch.hann_window(WINDOW).sum())
    return F.pad(linear[::_STEP] * scale, (0, 0, 0, WINDOW // 2 + 1 - len(linear[::_STEP])))
