"""Which note a bass plays at each moment, heard in its levels.

Bands are 15 Hz apart where a bass plays, and its notes 3 Hz, so pitch lies in how harmonics stand to each other. A
small network reads it from five frames around a moment; `tools/bass_pitch.py` trained it on notes made up for that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audio_subtract.model.spectrogram import SpectrogramConfig, band_centres
from subtract_core.model.checkpoint import Component

LOWEST, HIGHEST = 23, 66
"""MIDI pitches that are told apart: B0 to F#4."""
AROUND = (-6, -3, 0, 3, 6)
"""Frames that are looked at together, from the moment on."""
TOP = 1500.0
"""Hz up to which bands are looked at."""
_NEAR, _RANGE = 13, 60.0  # frames whose loudest band is the measure, and decibels below it that count
MOVE = 12.0
"""What a change of pitch from a frame to the next costs, in nats of the network's probabilities."""


@dataclass(frozen=True)
class PitchConfig:
    """Sizes of the network. spectrogram: of the levels that it hears. widths: of its hidden layers."""

    spectrogram: SpectrogramConfig = field(default_factory=SpectrogramConfig)
    widths: tuple[int, int] = (192, 96)


class BassPitch(Component):
    """Levels of a bass to how likely it plays each pitch, frame by frame."""

    config_class = PitchConfig

    def __init__(self, config: PitchConfig) -> None:
        super().__init__()
        self.config = config
        self.bands = int((band_centres(config.spectrogram) < TOP).sum())
        first, second = config.widths
        self.layers = nn.Sequential(
            nn.Linear(len(AROUND) * self.bands, first),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Linear(first, second),
            nn.GELU(),
            nn.Linear(second, HIGHEST - LOWEST + 1),
        )

    def features(self, level: Tensor) -> Tensor:
        """What the network sees, [frames, features], of levels [frames, mels] in decibels, however loud."""
        low = level[:, : self.bands]
        loudest = F.max_pool1d(low.amax(dim=1)[None, None], _NEAR, 1, _NEAR // 2)[0, 0][:, None]
        heard = ((low - loudest).clamp(min=-_RANGE) + _RANGE / 2) / 20
        place = torch.arange(len(heard), device=heard.device)
        return torch.cat([heard[(place + by).clamp(0, len(heard) - 1)] for by in AROUND], dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits [frames, pitches] of `features`."""
        out: Tensor = self.layers(features)
        return out

    @torch.no_grad()
    def line(self, level: Tensor) -> np.ndarray:
        """The likeliest line through levels [frames, mels]: MIDI pitches, int64 [frames], a change of which costs
        `MOVE` (Viterbi, 1967). Where nothing sounds it goes on as before."""
        return likeliest_line(self(self.features(level)).log_softmax(dim=1).cpu().numpy(), MOVE) + LOWEST


@lru_cache(maxsize=1)
def bundled_pitch() -> BassPitch:
    """The network that comes with the package."""
    return BassPitch.from_pretrained(Path(__file__).parents[1] / "weights" / "pitch")


def likeliest_line(logs: np.ndarray, move: float) -> np.ndarray:
    """The states, int64 [frames], whose logarithms of probability [frames, states] add up to most, a change costing
    `move`, whichever it is."""
    total = logs[0].astype(np.float64)
    came_from = np.zeros(logs.shape, dtype=np.int64)
    stay = np.arange(logs.shape[1])
    for frame in range(1, len(logs)):
        best = int(total.argmax())
        moved = total[best] - move > total
        came_from[frame] = np.where(moved, best, stay)
        total = np.where(moved, total[best] - move, total) + logs[frame]
    line = np.zeros(len(logs), dtype=np.int64)
    line[-1] = int(total.argmax())
    for frame in range(len(logs) - 1, 0, -1):
        line[frame - 1] = came_from[frame, line[frame]]
    return line
