"""What a hand can finger on a guitar, and the nearest that it can where it cannot.

Six strings in standard tuning, each struck once: a hand reaches frets that are four apart, open strings ring by
themselves. Of the strokes of people's guitars in 160 validation songs 91% are playable so, of those of three and more
notes 87%; of what is above E2 93% are, as one track in six is of a guitar that is tuned lower.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

import numpy as np

from midi_subtract.listening.figures import first_of_strokes
from midi_subtract.notes import Notes

OPEN = (40, 45, 50, 55, 59, 64)
"""Open strings, MIDI note numbers: E2 A2 D3 G3 B3 E4."""
FRETS, REACH = 19, 4
"""The highest fret, and how far apart the frets may be that a hand holds."""


def is_playable(pitches: Sequence[int]) -> bool:
    """Whether a set of pitches can be struck at once, a string each, the higher pitches on the higher strings."""
    return _fits(tuple(sorted(set(pitches))))


@lru_cache(maxsize=1 << 16)
def _fits(pitches: tuple[int, ...]) -> bool:
    """As `is_playable`, of pitches in order."""

    def goes_on(place: int, string: int, low: int, high: int) -> bool:
        """Whether the pitches from `place` on fit strings from `string` on. low, high: frets held so far."""
        if place == len(pitches):
            return True
        for here in range(string, len(OPEN) - (len(pitches) - place) + 1):
            fret = pitches[place] - OPEN[here]
            lowest, highest = (min(low, fret), max(high, fret)) if fret else (low, high)
            in_reach = 0 <= fret <= FRETS and highest - lowest <= REACH
            if in_reach and goes_on(place + 1, here + 1, lowest, highest):
                return True
        return False

    return goes_on(0, 0, FRETS, 0)


def fingered(guitar: Notes, lower: int = 0) -> Notes:
    """A guitar whose strokes can all be played, notes that are struck together moved by octaves or left out where that
    is needed, see `nearest_playable`. lower: semitones that the guitar is tuned lower than usual."""
    pitch, kept = guitar.pitch.astype(np.int64), np.ones(len(guitar), dtype=np.bool_)
    for first, after in pairwise([*first_of_strokes(guitar).tolist(), len(guitar)]):
        struck = tuple((pitch[first:after] + lower).tolist())
        if is_playable(struck):
            continue
        meant = tuple(sorted(set(struck)))
        played = dict(zip(meant, nearest_playable(meant), strict=True))
        for note, heard in enumerate(struck, first):
            there = played.pop(heard, None)  # of a pitch that is struck twice one stays
            kept[note] = there is not None
            pitch[note] = pitch[note] if there is None else there - lower
    left = guitar.select(kept)
    return Notes.from_arrays(left.onset, pitch[kept], left.duration, left.velocity)


_DOUBLE, _INNER, _OUTER, _MISSING = 1.0, 1.5, 2.5, 6.0
"""What it costs to leave out a note that another doubles, to move a note by an octave, an inner or an outer one, and to
leave out a pitch class altogether."""
_NEW_TOP, _NEW_BASS = 1.0, 0.5
"""What it costs that another note comes to be the highest, or the lowest."""


@lru_cache(maxsize=1 << 14)
def nearest_playable(pitches: tuple[int, ...]) -> tuple[int | None, ...]:
    """For each of several different pitches that are struck at once, from the lowest on, what is played in its place:
    itself, an octave of it, or None where it is left out. Together they are playable.

    Of the ways to do so the one that costs least, in which notes that others double go first, then inner notes move.
    What lies off the strings altogether is moved there first, a chord as a whole where it would be turned round
    otherwise. More pitches than strings are no chord of a guitar: the highest of them are left out.
    """
    struck = pitches[: len(OPEN)]
    inside = [_on_strings(pitch) for pitch in struck]
    if any(after <= before for before, after in pairwise(inside)):
        inside = [_on_strings(pitch + inside[0] - struck[0]) for pitch in struck]
    voicings = product(*([pitch, pitch - 12, pitch + 12, None] for pitch in inside))
    cheapest_first = sorted(voicings, key=lambda voicing: _cost(inside, voicing))
    best = next(voicing for voicing in cheapest_first if _can_be_struck(voicing))
    return (*best, *(None,) * (len(pitches) - len(inside)))


_Voicing = tuple[int | None, ...]


def _on_strings(pitch: int) -> int:
    """A pitch, by as many octaves as it takes to be on the fretboard."""
    low, high = OPEN[0], OPEN[-1] + FRETS
    return pitch + 12 * (max(0, -(-(low - pitch) // 12)) - max(0, -(-(pitch - high) // 12)))


def _can_be_struck(voicing: _Voicing) -> bool:
    heard = [pitch for pitch in voicing if pitch is not None]
    return bool(heard) and len(set(heard)) == len(heard) and is_playable(heard)


def _cost(pitches: Sequence[int], voicing: _Voicing) -> float:
    """What a voicing costs beside the pitches that were meant, both from the lowest of these on."""
    heard = [pitch for pitch in voicing if pitch is not None]
    classes = {pitch % 12 for pitch in heard}
    if not heard:
        return math.inf
    cost = _NEW_TOP * (max(heard) != pitches[-1]) + _NEW_BASS * (min(heard) != pitches[0])
    for place, (meant, played) in enumerate(zip(pitches, voicing, strict=True)):
        if played is None:
            cost += _DOUBLE if meant % 12 in classes else _MISSING
        elif played != meant:
            cost += _INNER if 0 < place < len(pitches) - 1 else _OUTER
    return cost
