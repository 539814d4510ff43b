"""Whole songs: does a part follow the form, and do fills and crashes stand where sections end and begin?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from midi_subtract import metrics
from midi_subtract.evaluation.cases import Case, cut_case, eligible_bars
from midi_subtract.evaluation.scores import structure
from midi_subtract.listening.sections import REACH, section_borders
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from midi_subtract.song import Song
from subtract_core.evaluation.measures import mean
from subtract_core.stems import Stem

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BARS = (40, 200)
"""Fewest and most bars of a song whose form is looked at: several sections, and no medley."""
_CRASH = [name for name, _, _ in DRUM_CLASSES].index("crash")

FORM_FIGURES = {
    "structure": "M7 over the whole song: correlation of bar self-similarities of part and other parts",
    "new bars": "M7: share of bars, of those with notes, that have other notes than every bar before them",
    "fill placement": "drum novelty in the bar before a section border, minus that elsewhere",
    "crash placement": "share of section borders that begin with a crash, minus that of other bars",
    "fill ratio": "drum novelty in the bar before a section border, over that elsewhere, of all songs together",
}


def whole_song_cases(songs: Iterable[Song], stem: Stem, n: int, seed: int = 0) -> list[Case]:
    """Up to `n` songs as cases of all their bars, drawn by `seed` from those that qualify as `eligible_bars` says."""
    by_name = sorted(songs, key=lambda song: song.name)
    cases: list[Case] = []
    for index in np.random.default_rng(seed).permutation(len(by_name)):
        if len(cases) == n:
            break
        song = by_name[index]
        bars = len(song.bar_starts(song.last_step)) - 1
        if BARS[0] <= bars <= BARS[1] and len(eligible_bars(song, stem, bars)):
            cases.append(cut_case(song, stem, 0, bars))
    return cases


def new_bars(part: Notes, case: Case) -> float:
    """The share of the bars with notes whose onsets and pitches no bar before them has; NaN without notes."""
    bars = pairwise(case.bar_starts.tolist())
    inside = [part.between(begin, end) for begin, end in bars]
    played = [(notes.onset.tobytes(), notes.pitch.tobytes()) for notes in inside if len(notes)]
    return len(set(played)) / len(played) if played else float("nan")


OF_ANY_STEM = {"structure": structure, "new bars": new_bars}
"""Figures of whole songs that pitched parts have too."""


def drum_novelty(drums: Notes, bar_starts: IntArray) -> FloatArray:
    """How unlike each bar is to the `REACH` bars before it, 1 - mean cosine similarity; NaN for the first ones."""
    similarity = metrics.self_similarity({Stem.DRUMS: drums}, bar_starts)
    values = np.full(len(similarity), np.nan)
    for bar in range(REACH, len(similarity)):
        values[bar] = 1 - similarity[bar, bar - REACH : bar].mean()
    return values


def crashes(drums: Notes, bar_starts: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each bar begins with a crash cymbal, within a sixteenth of its line."""
    at = drums.onset[metrics.classes_of(drums) == _CRASH]
    slack = STEPS_PER_BEAT // 8
    return np.asarray([bool(np.any(np.abs(at - line) <= slack)) for line in bar_starts[:-1]])


def fill_figures(drums: Notes, case: Case) -> dict[str, float]:
    """What drums do at the context's section borders, and elsewhere; NaN where the context shows no border.

    "at borders" is the last bar of a section for novelty (the fill), and the first of the next for crashes. Elsewhere
    are the bars that are neither. The borders are the context's, so that they are the same for every row.
    """
    borders = section_borders(case.context, case.bar_starts)
    borders = borders[borders > REACH]
    values, crashing = drum_novelty(drums, case.bar_starts), crashes(drums, case.bar_starts)
    elsewhere = np.setdiff1d(np.arange(REACH, case.n_bars), np.concatenate([borders, borders - 1]))
    at, other = mean(values[borders - 1]), mean(values[elsewhere])
    crash_at, crash_other = mean(crashing[borders].astype(np.float64)), mean(crashing[elsewhere].astype(np.float64))
    return {
        "novelty at borders": at,
        "novelty elsewhere": other,
        "fill placement": at - other,
        "crash placement": crash_at - crash_other,
    }
