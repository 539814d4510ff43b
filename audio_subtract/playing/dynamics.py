"""A stem that is as loud from moment to moment as its song asks.

A model writes stems at one loudness, whatever fades in or out, which wanders by itself. True stems, taken out of 16
rendered songs, are silent wherever the rest is, and over six seconds go with its loudness: by .73 of its changes in
decibels (drums), .72 (bass) and .37 (guitar), though no such song fades (docs/experiments.md, 2026-11-28).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.listening.loudness import REFERENCE, SILENT, gated, louder, loudness_by_frame
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig

FOLLOWED = 0.8
"""Share of a song's changes in loudness that a stem makes too."""
FADING = -10.0
"""Decibels from a song's loudness on down where it fades, rather than being arranged softly: all is followed."""
KEPT, MOST = 0.3, 8.0
"""Share of its own changes in loudness that a stem keeps, and the most decibels that it is changed by for them."""
OVER = 4.0
"""Seconds over which loudness is heard."""
RESTING, REST, RINGING = -35.0, 1.0, 0.3
"""Decibels from a song's loudness on down, and for how many seconds, where it rests between its first and last sound;
seconds that a stem rings on."""
BEFORE = 0.005
"""Seconds before a song first sounds in which a stem that strikes with it comes in."""
_MOMENT, _STEP = 0.4, 8  # seconds of a moment, and frames from one to the next
_OF_SONG, _OF_STEM = 0.55, 0.75  # quantiles of moments: a stem may sound now and then


def with_dynamics(stem: Tensor, song: Tensor, config: SpectrogramConfig) -> Tensor:
    """A stem that goes with its song's loudness, and rests where that does; both levels, float32 [frames, mels]."""
    heard = loudness_by_frame(song, config)
    moments, own_moments = (_moments(each, config) for each in (heard, loudness_by_frame(stem, config)))
    if moments.max() <= SILENT or own_moments.max() <= SILENT:
        return stem
    course, own_course = _course(moments, _OF_SONG, config), _course(own_moments, _OF_STEM, config)
    change = course - _loudness(course)
    change = torch.where(change > FADING, FOLLOWED * change, change - (1 - FOLLOWED) * FADING)
    change -= ((1 - KEPT) * (own_course - _loudness(own_course))).clamp(-MOST, MOST)
    change = F.interpolate(change[None, None], size=len(stem), mode="linear")[0, 0]
    rests = _rests(heard, _loudness(course) + RESTING, config)
    return louder(stem, change[:, None]).masked_fill_(rests[:, None], FLOOR)


def waiting(stem: np.ndarray, song: np.ndarray) -> np.ndarray:
    """A stem that is silent until `BEFORE` its song first sounds, both float32 [samples] at `RATE`, the song at
    `REFERENCE`: a frame of levels reaches to where there is nothing yet."""
    sounds = np.abs(song) > 10 ** ((REFERENCE + RESTING) / 20)
    first, fade = int(sounds.argmax()), round(BEFORE * RATE)
    stem = stem.copy()
    stem[: max(0, first - fade)] = 0.0
    stem[max(0, first - fade) : first] *= np.linspace(0, 1, fade, dtype=np.float32)[max(0, fade - first) :]
    return stem


def _moments(loudness: Tensor, config: SpectrogramConfig) -> Tensor:
    """Loudness in decibels of a moment around every `_STEP`-th frame, of that of every frame [frames]."""
    power = 10 ** (loudness / 10)
    reach = round(_MOMENT * RATE / config.hop / 2)
    padded = F.pad(power[None, None], (reach, reach + _STEP), mode="replicate") if len(power) > 1 else power[None, None]
    return 10 * torch.log10(F.avg_pool1d(padded, min(2 * reach + 1, padded.shape[-1]), _STEP)[0, 0])


def _course(moments: Tensor, quantile: float, config: SpectrogramConfig) -> Tensor:
    """How loud it is around each moment: a quantile over `OVER` seconds, which a sudden rest does not pull down before
    it comes, and a fade does while it lasts."""
    reach = round(OVER * RATE / config.hop / _STEP / 2)
    padded = F.pad(moments, (reach, reach), value=float("nan"))
    return padded.unfold(0, 2 * reach + 1, 1).nanquantile(quantile, dim=1)


def _loudness(course: Tensor) -> float:
    """The loudness in decibels of all moments of a course that are not much softer than the others."""
    return gated(10 ** (course / 10))


def _rests(loudness: Tensor, below: float, config: SpectrogramConfig) -> Tensor:
    """Which frames are in rests, but for the first `RINGING` seconds of them: any before the song's first sound and
    after its last, and those of `REST` seconds and more between; bool [frames]."""
    smear = config.n_fft / RATE  # frames hear what sounds up to half of their width before and after them
    long, ringing = (round(seconds * RATE / config.hop) for seconds in (REST - smear, RINGING))
    silent = F.pad((loudness < below).to(torch.int8), (1, 1))
    edges = silent.diff()
    rests = torch.zeros(len(loudness), dtype=torch.bool, device=loudness.device)
    for first, stop in zip((edges > 0).nonzero(), (edges < 0).nonzero(), strict=True):
        if stop - first >= long or first == 0 or stop == len(loudness):
            rests[first + (ringing if first else 0) : stop] = True  # before the song nothing has begun to ring
    return rests
