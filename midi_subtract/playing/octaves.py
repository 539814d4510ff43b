"""Parts moved by octaves: up or down as a whole where that is asked for, and no lower than the instrument is tuned.

Told of other things than register, a model may play a bass at C4 and above: that is moved to where basses play.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from midi_subtract.metrics import IntArray
from midi_subtract.notes import Notes, without_twins
from midi_subtract.playing.repetition import bar_numbers
from midi_subtract.programs import PLAYABLE_RANGE
from subtract_core.levels import value_at
from subtract_core.stems import Stem

LOWEST = {Stem.BASS: 28, Stem.GUITAR: 40}
"""The lowest open string in standard tuning: E1 and E2."""
_SOME = 0.02
"""Share of a part's notes that lie below its lowest string where it is tuned lower, rather than slips."""
PHRASE, FAR = 4, 9
"""Bars of a phrase, and semitones above its mean from which on notes are far above it."""
HIGHEST, HIGHEST_MEAN = 55, 48
"""Of basses: G3, up to which they play, and C3, above which hardly a phrase lies on average."""
_TOO_LOW = 0.25
"""Share of a phrase below the lowest string from which on all of it is moved."""


def tuned_lower(parts: Iterable[tuple[Stem, Notes]]) -> int:
    """Semitones, 12 at most, that the basses and guitars of a song are tuned lower than usual, by their lowest notes.

    Where one of them is, others are, too: of 481 validation songs with both, beside guitars that play below E2 half of
    the basses play below E1, beside others one in six.
    """
    lowered = 0
    for stem, notes in parts:
        if stem in LOWEST and len(notes) and (notes.pitch < LOWEST[stem]).mean() > _SOME:
            lowered = max(lowered, LOWEST[stem] - int(notes.pitch.min()))
    return min(lowered, 12)


def no_lower(bass: Notes, lowest: int, bar_starts: IntArray) -> Notes:
    """A bass without notes below a pitch: phrases that go there often an octave higher, single notes elsewhere."""
    phrase = bar_numbers(bass, bar_starts) // PHRASE
    pitch = bass.pitch.astype(np.int64)
    for number in np.unique(phrase[pitch < lowest]):
        here = phrase == number
        if (pitch[here] < lowest).mean() >= _TOO_LOW and pitch[here].max() + 12 <= HIGHEST:
            pitch[here] += 12
    pitch += 12 * (np.maximum(lowest - pitch + 11, 0) // 12)
    return at_pitches(bass, pitch)


def as_low(bass: Notes, bar_starts: IntArray) -> Notes:
    """A bass of which each phrase that is higher than basses are is moved by octaves to where they usually
    are, and so are notes in a row far above the others. bar_starts: bar lines in steps, the song's end included."""
    phrase = bar_numbers(bass, bar_starts) // PHRASE
    pitch = bass.pitch.astype(np.int64)
    for number in np.unique(phrase):
        here = phrase == number
        mean = float(pitch[here].mean())
        if mean > HIGHEST_MEAN:
            moved = pitch[here] + 12 * round((value_at("register", Stem.BASS, 0.5) - mean) / 12)
            pitch[here] = moved + 12 * (moved < LOWEST[Stem.BASS])
        pitch[here] = _without_flights(pitch[here])
    return at_pitches(bass, pitch)


def _without_flights(pitch: IntArray) -> IntArray:
    """The pitches of a phrase with those in a row far above the rest, if they leave a bass's range, octaves lower."""
    is_far = pitch > pitch.mean() + FAR
    row = np.cumsum(np.diff(is_far, prepend=False))
    for number in np.unique(row[is_far]):
        beyond = int(pitch[row == number].max()) - HIGHEST
        pitch = np.where(row == number, pitch - 12 * max(-(-beyond // 12), 0), pitch)
    return pitch


def by_octaves(notes: Notes, stem: Stem, octaves: int) -> Notes:
    """A part so many octaves higher, or lower; notes that would leave the instrument stay an octave inside."""
    low, high = PLAYABLE_RANGE[stem]
    pitch = notes.pitch.astype(np.int64) + 12 * octaves
    pitch += 12 * (np.maximum(low - pitch + 11, 0) // 12)
    pitch -= 12 * (np.maximum(pitch - high + 11, 0) // 12)
    return at_pitches(notes, pitch)


def at_pitches(notes: Notes, pitch: IntArray) -> Notes:
    """The notes at these pitches, one each; of those that would then start together on one, the loudest."""
    if (notes.pitch == pitch).all():
        return notes
    return without_twins(Notes.from_arrays(notes.onset, pitch, notes.duration, notes.velocity))
