"""How loud a sound is, from its levels."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from audio_subtract.spectrogram import FLOOR, RATE, SpectrogramConfig, hz_to_mel, mel_to_hz, to_power

REFERENCE = -23.0
"""Loudness in decibels that songs and stems are brought to before a model hears them."""
SILENT = -70.0
"""Loudness below which nothing is heard."""
_GATE = 0.1  # of the mean power: BS.1770's relative gate of 10 LU


def loudness(level: Tensor, config: SpectrogramConfig) -> float:
    """Loudness in decibels of levels [frames, mels]; `FLOOR` for silence.

    After ITU-R BS.1770: powers weighted by band (K-weighting) and summed over bands, meaned over the frames that are
    not 10 dB quieter than the mean; a full-scale sine at 1 kHz has about 0 dB.
    """
    return power_loudness(to_power(level), config)


def power_loudness(power: Tensor, config: SpectrogramConfig) -> float:
    """The `loudness` of mean powers [frames, mels] in bands."""
    weighted = power @ _weights(config).to(power.device)
    heard = weighted[weighted > 10 ** (SILENT / 10)]
    if not len(heard):
        return FLOOR
    heard = heard[heard >= _GATE * heard.mean()]
    return float(10 * torch.log10(heard.mean()))


def loudness_by_frame(level: Tensor, config: SpectrogramConfig) -> Tensor:
    """The same frame by frame, without the gate: decibels [frames] of levels [frames, mels]."""
    return 10 * torch.log10((to_power(level) @ _weights(config).to(level.device)).clamp(min=1e-10))


@lru_cache(maxsize=8)
def _weights(config: SpectrogramConfig) -> Tensor:
    """What each band's mean power adds to the whole: its width in bins, less what a Hann window counts double (1.5),
    times the K-weighting: a high pass at 38 Hz and 4 dB more above 1.7 kHz."""
    low, high = hz_to_mel(torch.tensor([config.lowest, config.highest]))
    edges = mel_to_hz(torch.linspace(float(low), float(high), config.mels + 2))
    centre, width = edges[1:-1], (edges[2:] - edges[:-2]) / 2
    ratio = centre / 38.1
    high_pass = ratio**4 / ((1 - ratio**2) ** 2 + (ratio / 0.5) ** 2)
    shelf = 10 ** (0.4 / (1 + (1681 / centre) ** 2))
    return width / (RATE / config.n_fft) / 1.5 * high_pass * shelf


def to_loudness(level: Tensor, config: SpectrogramConfig, wanted: float = REFERENCE) -> tuple[Tensor, float]:
    """Levels moved to the loudness wanted, and by how many decibels; silence stays as it is."""
    present = loudness(level, config)
    if present <= SILENT:
        return level, 0.0
    return louder(level, wanted - present), wanted - present


def louder(level: Tensor, decibels: Tensor | float) -> Tensor:
    """Levels moved by decibels, a number or one for each band; the floor stays the floor."""
    return (level + decibels).clamp_(FLOOR, 0.0).masked_fill_(level <= FLOOR, FLOOR)
