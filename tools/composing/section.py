"""What the players are told about the section that they play."""

from __future__ import annotations

from dataclasses import dataclass

from tools.composing.harmony import Harmony, Key


@dataclass(frozen=True)
class Section:
    """loud: velocity. density: 0 to 1. kick: its onsets in the drums, in steps from the section's start."""

    bars: int
    key: Key
    harmony: Harmony
    swing: bool
    loud: int
    density: float
    kick: tuple[int, ...]
