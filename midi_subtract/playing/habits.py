"""What players do without being asked, and a model does not.

Many files begin with a bar of nothing, in which sequencers are told their sounds, and those of DAWs with more. A model
takes it for an intro that somebody plays alone, as those are from whose songs a part was taken out: of its guitars for
40 validation songs 13 play there, or behind the last note of the others, of people's one. Its bars are louder and
softer at random: from bar to bar a bass changes by 4.3 in velocity, people's by 2.5, who go with the others a little,
as drummers do: by .37 of what others are louder that vary at all (a slope over the bars of 492 songs). And where
a bass could go on low or high, a model writes both: 5% of its strokes are octaves and the like, of people's 2%
(docs/experiments.md, 2026-11-28), more where it is pulled hard towards "very busy". Guided towards what is surest, it
plays basses and drums louder than people do, by 5.2 and 6.1 in velocity in those songs, by 5.4 and 4.8 in 27 others.
Of hand percussion it plays little of itself (none in pop songs; people's drums have it in one stroke of ten), and in
the right songs, but two strokes of five where it is pulled hard towards many. A guitar has six strings. And parts of
longer notes have notes of one step among them, 1.6% of a bass's and 2.7% of a guitar's, in every second part some; of
people's basses in nine of ten such parts fewer than .1%.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np

from midi_subtract.listening.drum_figures import of_classes
from midi_subtract.listening.figures import first_of_strokes
from midi_subtract.metrics import BoolArray, FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, one_after_another
from midi_subtract.playing.repetition import bar_numbers
from subtract_core.levels import BOUNDS
from subtract_core.stems import Stem

LEADS_IN, COUNTS_IN, COUNTED = 1, 4, 4
"""Beats before the others begin in which a part may begin already, and in which drums may count in, with so many
strokes at most."""
STRINGS = 6
"""Of a guitar."""
SIXTEENTH = 3
"""Steps that half of a part's notes last at least where one of a single step is a slip, which lasts as long then."""
LOUDER = {Stem.BASS: 5, Stem.DRUMS: 5}
"""How much louder than people's parts are written, velocity."""
OWN, THEIRS = 0.3, 0.5
"""Shares of the differences in loudness between the bars of a part, and between those of the others, that it keeps."""
OF_DRUMS, VARIED = 0.4, 1.0
"""The latter of drums, beside the others whose bars differ by so much, in standard deviation of velocity: sequenced
parts tell nothing."""


def as_loud(notes: Notes, stem: Stem) -> Notes:
    """A part as loud as people's, rather than as it was written."""
    velocity = np.maximum(notes.velocity - LOUDER.get(stem, 0), 1)
    return Notes.from_arrays(notes.onset, notes.pitch, notes.duration, velocity)


def with_song(notes: Notes, stem: Stem, others: Mapping[Stem, Notes], bar_starts: IntArray) -> Notes:
    """A part whose bars are louder where the others' are, and else nearly as loud as each other; accents stay.

    Bars of drums stay as loud beside each other as what is struck in them, and ghost notes as soft beside accents.
    """
    own, is_played = _loudness(notes, bar_starts)
    theirs = [_loudness(part, bar_starts) for part in others.values()]
    if stem is Stem.DRUMS:
        theirs = [(louder, played) for louder, played in theirs if louder[played].std() >= VARIED]
    count = np.sum([np.zeros_like(is_played), *(played for _, played in theirs)], axis=0)
    theirs_in_all = np.sum([np.zeros_like(own), *(louder for louder, _ in theirs)], axis=0) / np.maximum(count, 1)
    bar = bar_numbers(notes, bar_starts)
    if stem is Stem.DRUMS:
        mean = float(notes.velocity.sum()) / max(len(notes), 1)
        louder = notes.velocity * (1 + OF_DRUMS * theirs_in_all[bar] / max(mean, 1.0))
    else:
        louder = notes.velocity + np.where(is_played, (OWN - 1) * own + THEIRS * theirs_in_all, 0.0)[bar]
    return Notes.from_arrays(notes.onset, notes.pitch, notes.duration, np.clip(np.rint(louder), 1, 127))


def _loudness(notes: Notes, bar_starts: IntArray) -> tuple[FloatArray, BoolArray]:
    """By how much each bar of a part is louder than its bars are on average, 0 where nothing begins; where it does."""
    bar, bars = bar_numbers(notes, bar_starts), len(bar_starts) - 1
    count = np.bincount(bar, minlength=bars)
    mean = np.bincount(bar, weights=notes.velocity, minlength=bars) / np.maximum(count, 1)
    played = count > 0
    return np.where(played, mean - mean[played].mean(), 0.0) if played.any() else mean, played


def within_song(notes: Notes, stem: Stem, others: Mapping[Stem, Notes]) -> Notes:
    """A part without notes before the others begin, but for a beat that leads in, and behind their end.

    Drummers count in, which takes few strokes and is no groove, and may strike once more at the end.
    """
    if not others:
        return notes
    begin = min(int(part.onset.min()) for part in others.values())
    if stem is Stem.DRUMS:
        count = notes.starting(begin - COUNTS_IN * STEPS_PER_BEAT, begin)
        beats = COUNTS_IN if len(count) <= COUNTED else LEADS_IN
        return notes.select(notes.onset >= begin - beats * STEPS_PER_BEAT)
    end = max(part.last_step for part in others.values())
    return notes.select((notes.onset >= begin - LEADS_IN * STEPS_PER_BEAT) & (notes.onset < end))


def one_line(notes: Notes) -> Notes:
    """Of notes that are struck together, that which is nearest to the one before; the lowest where none is. Each ends
    where the next begins."""
    kept = np.zeros(len(notes), dtype=np.bool_)
    before: int | None = None
    for first, after in pairwise([*first_of_strokes(notes).tolist(), len(notes)]):
        pitches = notes.pitch[first:after].astype(np.int64)
        order = np.argsort(pitches, kind="stable")
        nearest = order[0] if before is None else order[np.abs(pitches[order] - before).argmin()]
        kept[first + nearest] = True
        before = int(pitches[nearest])
    return one_after_another(notes.select(kept))


def highest_voice(notes: Notes) -> Notes:
    """Of notes that are struck together, the highest, which is heard as the melody. Each ends where the next begins."""
    firsts = first_of_strokes(notes).tolist()
    kept = [first + int(notes.pitch[first:after].argmax()) for first, after in pairwise([*firsts, len(notes)])]
    return one_after_another(notes.select(np.array(kept, dtype=np.int64)))


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


def without_slips(notes: Notes) -> Notes:
    """A part of longer notes whose notes of one step last a sixteenth, or up to the next stroke."""
    if not len(notes) or np.median(notes.duration) < SIXTEENTH:
        return notes
    times = np.append(np.unique(notes.onset), np.iinfo(np.int32).max)
    gap = times[np.searchsorted(times, notes.onset, side="right")] - notes.onset
    duration = np.where(notes.duration == 1, np.minimum(gap, SIXTEENTH), notes.duration)
    return Notes.from_arrays(notes.onset, notes.pitch, duration, notes.velocity)


def without_percussion(drums: Notes, but: Iterable[tuple[int, int]]) -> Notes:
    """Drums without hand percussion, but for stretches of steps [start, stop) in which somebody asks for it as such.
    What is named is laid over what is left."""
    kept = ~of_classes(drums, ("hand percussion",))
    for start, stop in but:
        kept |= (drums.onset >= start) & (drums.onset < stop)
    return drums.select(kept)


def plays_chords(bass: Notes) -> bool:
    """Whether a bass strikes more than the odd chord."""
    return len(bass) > BOUNDS["polyphony"][Stem.BASS][0] * len(first_of_strokes(bass))
