"""Where the other parts are silent, at a song's two ends, and a part is too.

Many files begin with a bar of nothing, in which sequencers are told their sounds. A model takes it for an intro that
somebody plays alone: of its guitars for 40 validation songs 13 play there, or behind the last note of the others, of
people's one (docs/experiments.md, 2026-11-28). Where nobody plays for longer, the part that lacks often does.
"""

from __future__ import annotations

from collections.abc import Mapping

from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from subtract_core.stems import Stem

LEAD_IN = 1
"""Bars at the start that are silent because nothing has begun."""


def within_song(notes: Notes, stem: Stem, others: Mapping[Stem, Notes], bar_starts: IntArray) -> Notes:
    """A part without notes of a silent lead-in, but for a beat before the others begin, and behind their end.

    bar_starts: bar lines in steps, the song's end included. Drummers count in, and strike once more at the end.
    """
    if stem is Stem.DRUMS or not others:
        return notes
    begin = min(int(part.onset.min()) for part in others.values())
    end = max(part.last_step for part in others.values())
    is_lead_in = begin < bar_starts[min(LEAD_IN, len(bar_starts) - 1)] + STEPS_PER_BEAT
    earliest = begin - STEPS_PER_BEAT if is_lead_in else 0
    return notes.select((notes.onset >= earliest) & (notes.onset < end))
