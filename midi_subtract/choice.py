"""Which of several parts drawn for one song is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from midi_subtract import metrics
from midi_subtract.notes import Notes
from subtract_core.choice import least_missing, typicality
from subtract_core.stems import Stem

Fit = Callable[[Sequence[Notes]], Sequence[float]]


@dataclass(frozen=True)
class Drawn:
    """A part as it was drawn; missed: its `adherence.shortfall`."""

    notes: Notes
    missed: float


def choose(drawn: Sequence[Drawn], stem: Stem, fit: Fit | None = None) -> Notes:
    """The most typical of the parts that miss least of what was asked for; of two the one that fits better.

    Typical is what is like the others on average, see `subtract_core.choice`: F1 of notes, or of drum hits. Of two
    neither is, so there `fit` decides: how well each of several parts belongs to the song, the matcher's verdict.
    Without it (a matcher knows the stems it was trained for) the one that misses less is kept, or the first.
    """
    good = [drawn[place].notes for place in least_missing([d.missed for d in drawn])]
    if len(good) > 2:
        return good[int(np.argmax(typicality(good, lambda a, b: _likeness(a, b, stem))))]
    if len(good) == 2 and fit is not None:
        return good[int(np.argmax(fit(good)))]
    return min(drawn, key=lambda d: d.missed).notes


def _likeness(a: Notes, b: Notes, stem: Stem) -> float:
    """F1 of two parts, 0 to 1."""
    return float(np.nan_to_num(metrics.note_f1(a, b, drums=stem is Stem.DRUMS)))
