"""What players do without being asked, and a model does not.

Many files begin with a bar of nothing, in which sequencers are told their sounds, and those of DAWs with more. A model
takes it for an intro that somebody plays alone, as those are from whose songs a part was taken out: of its guitars for
40 validation songs 13 play there, or behind the last note of the others, of people's one. Where the others hold a last
chord, 16 of 30 of its guitars strum on, of people's 4. Its bars are louder and softer at random: from bar to bar a bass
changes by 4.3 in velocity, people's by 2.5, who go with the others a little. And where a bass could go on low or high,
a model writes both: 5% of its strokes are octaves and the like, of people's 2% (docs/experiments.md, 2026-11-28), more
where it is pulled hard towards "very busy". Guided towards what is surest, it plays basses and drums louder than people
do, by 5.2 and 6.1 in velocity in those songs, by 5.4 and 4.8 in 27 others. And a guitar has six strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from midi_subtract.figures import first_of_strokes
from midi_subtract.metrics import BoolArray, FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.repetition import bar_numbers
from subtract_core.levels import BOUNDS
from subtract_core.stems import Stem

LEADS_IN, COUNTS_IN = 1, 4
"""Beats before the others begin in which a part may begin already, and in which drums may."""
LAST_BEATS = 64
"""Beats before a song's last stroke that tell how far apart its strokes are."""

STRINGS = 6
"""Of a guitar."""
LOUDER = {Stem.BASS: 5, Stem.DRUMS: 5}
"""How much louder than people's parts are written, velocity."""
OWN, THEIRS = 0.3, 0.5
"""Shares of the differences in loudness between the bars of a part, and between those of the others, that it keeps."""


def as_loud(notes: Notes, stem: Stem) -> Notes:
    """A part as loud as people's, rather than as it was written."""
    velocity = np.maximum(notes.velocity - LOUDER.get(stem, 0), 1)
    return Notes.from_arrays(notes.onset, notes.pitch, notes.duration, velocity)


def with_song(notes: Notes, others: Mapping[Stem, Notes], bar_starts: IntArray) -> Notes:
    """A part whose bars are louder where the others' are, and else nearly as loud as each other; accents stay."""
    own, is_played = _loudness(notes, bar_starts)
    theirs = [_loudness(part, bar_starts) for part in others.values()]
    count = np.sum([played for _, played in theirs], axis=0)
    theirs_in_all = np.sum([louder for louder, _ in theirs], axis=0) / np.maximum(count, 1)
    change = np.where(is_played, (OWN - 1) * own + THEIRS * theirs_in_all, 0.0)
    velocity = np.clip(np.rint(notes.velocity + change[bar_numbers(notes, bar_starts)]), 1, 127)
    return Notes.from_arrays(notes.onset, notes.pitch, notes.duration, velocity)


def _loudness(notes: Notes, bar_starts: IntArray) -> tuple[FloatArray, BoolArray]:
    """By how much each bar of a part is louder than its bars are on average, 0 where nothing begins; where it does."""
    bar, bars = bar_numbers(notes, bar_starts), len(bar_starts) - 1
    count = np.bincount(bar, minlength=bars)
    mean = np.bincount(bar, weights=notes.velocity, minlength=bars) / np.maximum(count, 1)
    played = count > 0
    return np.where(played, mean - mean[played].mean(), 0.0) if played.any() else mean, played


def within_song(notes: Notes, stem: Stem, others: Mapping[Stem, Notes]) -> Notes:
    """A part without notes before the others begin, but for a beat that leads in, and behind their end.

    Drummers count in, and may strike once more at the end.
    """
    if not others:
        return notes
    begin = min(int(part.onset.min()) for part in others.values())
    if stem is Stem.DRUMS:
        return notes.select(notes.onset >= begin - COUNTS_IN * STEPS_PER_BEAT)
    end = max(part.last_step for part in others.values())
    return notes.select((notes.onset >= begin - LEADS_IN * STEPS_PER_BEAT) & (notes.onset < end))


def held_last(notes: Notes, others: Mapping[Stem, Notes]) -> Notes:
    """A pitched part that strikes the others' last chord with them, where they hold it, and holds it too.

    They hold it where it sounds for a beat and more, and longer than any two of their strokes in the `LAST_BEATS`
    before are apart. Shorter songs are sketches and loops, whose last chord is like the others.
    """
    strokes = np.unique(np.concatenate([np.zeros(0, np.int64), *(part.onset for part in others.values())]))
    before = strokes[strokes >= strokes[-1:] - LAST_BEATS * STEPS_PER_BEAT]
    if len(before) == len(strokes):
        return notes
    last = int(strokes[-1])
    chord = [n.end[(n.onset <= last) & (n.end > last)] for stem, n in others.items() if stem is not Stem.DRUMS]
    end = int(np.concatenate([[last], *chord]).max())
    if end - last < max(STEPS_PER_BEAT, 1 + int(np.diff(before).max())):
        return notes
    notes = notes.select(notes.onset <= last + 1)
    held = np.where(notes.onset >= last - 1, np.maximum(notes.end, end), notes.end)
    return Notes.from_arrays(notes.onset, notes.pitch, held - notes.onset, notes.velocity)


def one_line(notes: Notes) -> Notes:
    """Of notes that are struck together, that which is nearest to the one before; the lowest where none is."""
    kept = np.zeros(len(notes), dtype=np.bool_)
    before: int | None = None
    for first, after in pairwise([*first_of_strokes(notes).tolist(), len(notes)]):
        pitches = notes.pitch[first:after].astype(np.int64)
        order = np.argsort(pitches, kind="stable")
        nearest = order[0] if before is None else order[np.abs(pitches[order] - before).argmin()]
        kept[first + nearest] = True
        before = int(pitches[nearest])
    return notes.select(kept)


def six_strings(guitar: Notes) -> Notes:
    """A guitar that strikes no more notes at once than it has strings: between the lowest and the highest, those that
    double others go first."""
    kept = np.ones(len(guitar), dtype=np.bool_)
    for first, after in pairwise([*first_of_strokes(guitar).tolist(), len(guitar)]):
        if after - first <= STRINGS:
            continue
        lowest, *inner, highest = (first + np.argsort(guitar.pitch[first:after], kind="stable")).tolist()
        heard = {int(guitar.pitch[note]) % 12 for note in (lowest, highest)}
        alone: list[int] = []
        doubled: list[int] = []
        for note in inner:
            pitch_class = int(guitar.pitch[note]) % 12
            (doubled if pitch_class in heard else alone).append(note)
            heard.add(pitch_class)
        kept[[*alone, *doubled][STRINGS - 2 :]] = False
    return guitar.select(kept)


def plays_chords(bass: Notes) -> bool:
    """Whether a bass strikes more than the odd chord."""
    return len(bass) > BOUNDS["polyphony"][Stem.BASS][0] * len(first_of_strokes(bass))
