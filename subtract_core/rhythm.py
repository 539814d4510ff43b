"""Facts of rhythm, told from the steps at which something begins: 12 a beat, for every kind of music data.

A beat is a quarter note, in 6/8, 9/8 and 12/8 a dotted one.
"""

from __future__ import annotations

from collections.abc import Sequence

STEPS_PER_BEAT = 12
"""Steps a beat: fine enough for sixteenths (3 steps) and triplets (4 steps)."""


def density(steps: Sequence[int]) -> float:
    """Onsets in four beats, over the beats from the first to the last, both included, and at least four beats.

    steps: of the onsets, in order, at least one.
    """
    beats = (steps[-1] + 1) // STEPS_PER_BEAT - (steps[0] + 1) // STEPS_PER_BEAT + 1
    return 4.0 * len(steps) / max(beats, 4)


def syncopation(steps: Sequence[int], end: int) -> float | None:
    """Share of onsets off the beat (more than a step) after which the next beat has no onset; None without onsets.

    end: the beat at which the window ends, which is taken as struck, since nobody knows.
    """
    struck = {(s + 1) // STEPS_PER_BEAT for s in steps if (s + 1) % STEPS_PER_BEAT <= 2} | {end}
    late = sum((s + 1) % STEPS_PER_BEAT > 2 and s // STEPS_PER_BEAT + 1 not in struck for s in steps)
    return late / len(steps) if steps else None
