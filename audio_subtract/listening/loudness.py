"""How loud a sound is, from its levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.files.waveform import Waveform
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, hz_to_mel, log_mel, mel_to_hz, to_power

REFERENCE = -23.0
"""Loudness in decibels that songs and stems are brought to before a model hears them."""
SILENT = -70.0
"""Loudness below which nothing is heard."""
_LUFS = -0.7  # from our scale to that of meters, for which low tones count as less than 1 kHz
_BLOCK = 0.4  # seconds that meters gate at once
_GATE = 0.1  # of the mean power: BS.1770's relative gate of 10 LU


def loudness(level: Tensor, config: SpectrogramConfig) -> float:
    """Loudness in decibels of levels [frames, mels]; `FLOOR` for silence.

    After ITU-R BS.1770: powers weighted by band (K-weighting) and summed over bands, meaned over the frames that are
    not 10 dB quieter than the mean; a full-scale sine at 1 kHz has about 0 dB.
    """
    return power_loudness(to_power(level), config)


def power_loudness(power: Tensor, config: SpectrogramConfig) -> float:
    """The `loudness` of mean powers [frames, mels] in bands."""
    return gated(power @ _weights(config).to(power.device))


def gated(weighted: Tensor) -> float:
    """The `loudness` of weighted powers [frames]."""
    heard = weighted[weighted > 10 ** (SILENT / 10)]
    if not len(heard):
        return FLOOR
    heard = heard[heard >= _GATE * heard.mean()]
    return float(10 * torch.log10(heard.mean()))


def loudness_by_frame(level: Tensor, config: SpectrogramConfig) -> Tensor:
    """The same frame by frame, without the gate: decibels [frames] of levels [frames, mels]."""
    return 10 * torch.log10((to_power(level) @ _weights(config).to(level.device)).clamp(min=1e-10))


@dataclass(frozen=True)
class LoudnessCurve:
    """How loud a sound is from frame to frame, whose `loudness` can be told of any part.

    powers: weighted powers [frames] of the sound brought to full scale. peak: decibels from there to the sound itself.
    """

    powers: Tensor
    peak: float
    config: SpectrogramConfig

    @classmethod
    def of(cls, sound: np.ndarray, config: SpectrogramConfig) -> LoudnessCurve:
        """The curve of float32 [samples] at `RATE`, full scale 1."""
        peak = float(np.abs(sound).max(initial=0.0)) or 1.0
        level = log_mel(torch.from_numpy(sound / np.float32(peak)), config)  # levels end at full scale, sounds need not
        return cls(10 ** (loudness_by_frame(level, config) / 10), 20 * math.log10(peak), config)

    @classmethod
    def of_channels(cls, song: Waveform, config: SpectrogramConfig) -> LoudnessCurve:
        """The curve of all that a song's speakers play, whether or not it cancels where channels are added up: their
        powers together, and half of that, so that one channel is as loud as the same in two."""
        alone = [replace(song, samples=song.samples[:, at : at + 1]).heard(RATE) for at in range(song.channels)]
        curves = [cls.of(sound, config) for sound in alone]
        peak = max(curve.peak for curve in curves)
        powers = torch.stack([curve.powers * 10 ** ((curve.peak - peak) / 10) for curve in curves]).sum(dim=0)
        return cls(powers / min(song.channels, 2), peak, config)

    def within(self, spans: Sequence[tuple[float, float]] = ()) -> float:
        """Loudness in decibels in spans of seconds, of the whole sound without any; -inf where nothing is heard."""
        own = gated(self.powers[self.config.within(spans, len(self.powers))])
        return own + self.peak if own > SILENT else -math.inf

    def metered(self, spans: Sequence[tuple[float, float]] = ()) -> float:
        """The same as meters of BS.1770 show it, in LUFS: gated are blocks of 400 ms, so that the time between short
        notes counts."""
        powers = self.powers[self.config.within(spans, len(self.powers))]
        own = gated(_blocks(powers, self.config))
        return own + self.peak + _LUFS if own > SILENT else -math.inf

    def against(self, song: LoudnessCurve, spans: Sequence[tuple[float, float]] = ()) -> float | None:
        """Decibels by which a stem is louder than its song in spans of seconds, `metered`; None where it is not heard.

        Where the song rests, it is compared with the song as a whole.
        """
        own, present = self.metered(spans), song.metered(spans)
        if own == -math.inf:
            return None
        return own - (present if present > SILENT else song.metered())


def _blocks(powers: Tensor, config: SpectrogramConfig) -> Tensor:
    """Mean powers of blocks of `_BLOCK` seconds, of which one begins every quarter, of those of frames; one of all
    where they are fewer."""
    reach, step = (round(seconds * RATE / config.hop) for seconds in (_BLOCK, _BLOCK / 4))
    return F.avg_pool1d(powers[None, None], min(reach, len(powers)), step)[0, 0]


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
