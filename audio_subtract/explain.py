"""What was asked of a stem. Facts are not measured in sound yet, so none can be said to be fulfilled."""

from __future__ import annotations

from dataclasses import dataclass

from subtract_core.facts import SCALE
from subtract_core.wish import Wish


@dataclass(frozen=True)
class FactReport:
    """One fact that was asked for, in the form of the MIDI backend's.

    fact: its name. asked: the word, or the option ("no" before it where it is ruled out). measured, fulfilled: not
    known of sound.
    """

    fact: str
    asked: str
    measured: str = "not measured in sound"
    fulfilled: bool | None = None
    bars: str = ""


def explain(wish: Wish) -> list[FactReport]:
    """Every fact that was asked for."""
    rows = [FactReport(n, SCALE[n].words[round(x * (len(SCALE[n].words) - 1))]) for n, x in wish.levels.items()]
    for name, options in wish.options.items():
        rows += [FactReport(name, option if wanted else f"no {option}") for option, wanted in options.items()]
    return rows
