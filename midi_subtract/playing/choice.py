"""Which of several parts drawn for one song is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from midi_subtract import metrics
from midi_subtract.metrics import IntArray
from midi_subtract.notes import Notes
from midi_subtract.playing.consensus import consensus
from subtract_core.choice import NEAR_ENOUGH, least_missing, typicality
from subtract_core.stems import Stem

Fit = Callable[[Sequence[Notes]], Sequence[float]]


@dataclass(frozen=True)
class Drawn:
    """A part as it was drawn, and as it is brought to what was asked for.

    missed: its `adherence.shortfall`. is_copy: whether it doubles another part more than people do.
    """

    raw: Notes
    notes: Notes
    missed: float
    is_copy: bool = False


def choose(
    drawn: Sequence[Drawn],
    stem: Stem,
    bar_starts: IntArray,
    judged: Callable[[Notes], Drawn],
    fit: Fit | None = None,
    beside: Sequence[Notes] = (),
) -> Notes:
    """What is most typical of the parts that miss least of what was asked for; of two the one that fits better.

    Typical is what is like the others on average, F1 of notes or of drum hits: bar by bar (`consensus`), or, should
    these bars together miss more of what was asked for, the part that is so as a whole. Of two neither is more like the
    other, so there `fit` decides: how well each of several parts belongs to the song, the matcher's verdict. Without it
    (a matcher knows the stems it was trained for) the one that misses less is kept, or the first.
    bar_starts: bar lines in steps, the song's end included. judged: brings a part to what was asked for. beside: the
    song's other parts with pitches.
    """
    good = [drawn[place] for place in least_missing([d.missed for d in drawn])]
    if len(good) > 2:
        together = judged(consensus([d.raw for d in good], stem, bar_starts, beside))
        if together.missed <= max(NEAR_ENOUGH, min(d.missed for d in good)):
            return together.notes
        parts = [d.notes for d in good]
        return parts[int(np.argmax(typicality(parts, lambda a, b: _likeness(a, b, stem))))]
    if len(good) == 2 and fit is not None:
        parts = [d.notes for d in good]
        return parts[int(np.argmax(fit(parts)))]
    return min(drawn, key=lambda d: d.missed).notes


def _likeness(a: Notes, b: Notes, stem: Stem) -> float:
    """F1 of two parts, 0 to 1."""
    return float(np.nan_to_num(metrics.note_f1(a, b, drums=stem is Stem.DRUMS)))
