"""What the players are told about the section that they play."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from tools.composing.harmony import Harmony, Key
from tools.composing.rhythm import BAR, Hit


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

    def changes(self, bar: int) -> set[int]:
        """Steps of a bar at which a chord begins."""
        return {t - bar * BAR for t in self.harmony.times if bar * BAR <= t < (bar + 1) * BAR}


def held(starts: Iterable[int], accent: bool = False) -> list[Hit]:
    """Hits of a bar that last until the next, or the bar line. accent: whether the one on the bar line has one."""
    return [Hit(a, b - a, accent and a == 0) for a, b in pairwise([*sorted(starts), BAR])]
