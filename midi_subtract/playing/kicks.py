"""A bass on the kick drum to the step, or beside it, as it was asked for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from midi_subtract.listening.divisions import SWUNG, divisions, eighths
from midi_subtract.listening.drum_figures import KICK, of_classes
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, one_after_another
from subtract_core.stems import Stem
from subtract_core.wish import Wish

FLAM = 2
"""Steps up to which a note and a kick are heard as one stroke, or as a flam."""
_SIXTEENTH = STEPS_PER_BEAT // 4


def with_kicks(bass: Notes, wish: Wish, others: Mapping[Stem, Notes], bar_starts: IntArray) -> Notes:
    """A bass that is to follow the kick exactly on it, one that is not to without any note on it; others as they are.

    bar_starts: bar lines in steps, the end included.
    """
    follows = wish.options.get("figure", {}).get("follows the kick")
    drums = others.get(Stem.DRUMS, Notes.empty())
    kicks = np.unique(drums.onset[of_classes(drums, KICK)]).astype(np.int64)
    if follows is None or not len(kicks) or not len(bass):
        return bass
    if follows:
        return _onto(bass, kicks)
    is_swung = wish.levels.get("swing", 0.0) > 0.75
    feel = [SWUNG] * (len(bar_starts) - 1) if is_swung else divisions([*others.values(), bass], bar_starts)
    bars = zip(bar_starts[:-1].tolist(), np.diff(bar_starts).tolist(), feel, strict=True)
    places = np.array([line + at for line, length, division in bars for at in eighths(length, division)])
    return _beside(bass, kicks, places, int(bar_starts[-1]))


def _onto(bass: Notes, kicks: IntArray) -> Notes:
    """Notes that are struck beside a kick on it, one of each pitch."""
    onset = np.where(_near(bass.onset, kicks), _nearest(bass.onset, kicks), bass.onset)
    bass = Notes.from_arrays(onset, bass.pitch, bass.end - onset, bass.velocity)
    again = (np.diff(bass.onset, prepend=-1) == 0) & (np.diff(bass.pitch, prepend=-1) == 0)
    return one_after_another(bass.select(~again))


def _beside(bass: Notes, kicks: IntArray, places: IntArray, stop: int) -> Notes:
    """Notes that a kick would cover begin on one of the next two eighths that are free of it, or a sixteenth later, and
    are left out where the note after them leaves no room. places: of the eighths. stop: where the bars end."""
    covered, times = _near(bass.onset, kicks), np.append(np.unique(bass.onset), stop)
    onset, kept = bass.onset.astype(np.int64), ~covered
    for note in np.flatnonzero(covered).tolist():
        now = int(onset[note])
        room = int(times[np.searchsorted(times, now, side="right")]) - FLAM
        later = np.append(places[places > now + FLAM][:2], now + _SIXTEENTH)
        free = later[(later <= room) & ~_near(later, kicks)]
        if len(free):
            onset[note], kept[note] = free[0], True
    end = np.maximum(bass.end, onset + FLAM)
    moved = Notes.from_arrays(onset, bass.pitch, end - onset, bass.velocity)
    return one_after_another(moved.select(kept[np.lexsort((bass.pitch, onset))]))


def _nearest(times: np.ndarray, kicks: IntArray) -> IntArray:
    """The kick nearest to each time."""
    after = np.clip(np.searchsorted(kicks, times), 1, max(len(kicks) - 1, 1))
    before, after = kicks[np.minimum(after - 1, len(kicks) - 1)], kicks[np.minimum(after, len(kicks) - 1)]
    nearest: IntArray = np.where(np.abs(times - before) <= np.abs(after - times), before, after)
    return nearest


def _near(times: np.ndarray, kicks: IntArray) -> BoolArray:
    return np.asarray(np.abs(_nearest(times, kicks) - times) <= FLAM, dtype=np.bool_)
