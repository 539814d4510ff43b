"""How far a stem is from what was asked of it: what decides whether it is drawn anew."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from audio_subtract.listening.facts import Beats, WholeStem, scales
from audio_subtract.listening.loudness import SILENT, loudness
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig
from subtract_core.levels import shortfall
from subtract_core.stems import PITCHED, Stem
from subtract_core.wish import Wish

MEASURED: dict[str, tuple[Stem, ...]] = {
    "density": tuple(Stem),
    "register": PITCHED,
    "note length": PITCHED,
    "syncopation": PITCHED,
}
"""The scales that are told from sound, and in which stems."""


def missed(
    level: torch.Tensor,
    stem: Stem,
    wishes: Mapping[float, Wish],
    beats: Beats | None,
    config: SpectrogramConfig,
    only: Sequence[tuple[float, float]] = (),
) -> float:
    """Mean over time of how far a stem misses what is asked, 0 where it is all that is asked for; infinite for silence.

    level: decibels [frames, mels]. wishes: second -> what is asked from there on, in order, the first from 0 on.
    Of each stretch the mean over the scales asked for that are told from sound, by `levels.shortfall`; without beats
    none is. only: pairs of seconds outside of which the stem is not to sound, so that it is silent if it is in them.
    """
    if loudness(level[config.within(only, len(level))], config) <= SILENT:
        return math.inf
    whole = len(level) * config.hop / RATE
    total, stretches = 0.0, WholeStem(level, config)
    for (first, wish), last in zip(wishes.items(), [*list(wishes)[1:], whole], strict=True):
        asked = {name: wish.levels[name] for name, stems in MEASURED.items() if name in wish.levels and stem in stems}
        if asked and beats is not None and last > first:
            values = scales(stretches, stem, config, beats, first, last)
            short = sum(shortfall(name, stem, wanted, values.get(name)) for name, wanted in asked.items())
            total += short / len(asked) * (last - first) / whole
    return total
