"""Evaluation cases: windows of whole bars, from which one stem has been taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song, pitched
from subtract_core.stems import Stem

BARS = 32
MIN_COVER = 0.5
"""Share of a window's bars in which the stem, and the pitched context, must each start a note."""
MIN_PITCHED = 2
"""Pitched stems that a context must hold: beside a single one, harmony is hardly determined."""


@dataclass(frozen=True)
class Case:
    """A window of a song without one stem, and what that stem really plays there.

    truth, context: notes in steps from the start of the window; `context` holds the other stems that play.
    start_step: where the window starts in the whole song.
    bar_starts: int64 bar lines of the window, its end included, so one more than there are bars.
    song: the window as a `Song` without the target stem's tracks, ready for an inserter.
    """

    song_name: str
    stem: Stem
    truth: Notes
    context: dict[Stem, Notes]
    start_step: int
    n_beats: int
    bar_starts: npt.NDArray[np.int64]
    song: Song

    @property
    def n_bars(self) -> int:
        return len(self.bar_starts) - 1

    @property
    def pitched_context(self) -> list[Notes]:
        """The context's parts without drums."""
        return pitched(self.context)

    @property
    def is_common_time(self) -> bool:
        """Whether every bar is a 4/4 bar; figures over other meters are better told apart."""
        return self.song.is_common_time


def cut_cases(songs: Iterable[Song], stem: Stem, n: int, seed: int = 0, bars: int = BARS) -> list[Case]:
    """Up to `n` cases for one stem, at most one a song, drawn by `seed` from `songs` and the windows that qualify.

    A window qualifies where the stem starts a note in at least half of its bars, so do the other pitched stems
    taken together, and at least `MIN_PITCHED` of these play at all. The draw does not depend on the order of
    `songs`, as long as their names differ.
    """
    by_name = sorted(songs, key=lambda song: song.name)
    rng = np.random.default_rng(seed)
    cases: list[Case] = []
    for index in rng.permutation(len(by_name)):
        if len(cases) == n:
            break
        first_bars = eligible_bars(by_name[index], stem, bars)
        if len(first_bars):
            cases.append(cut_case(by_name[index], stem, int(rng.choice(first_bars)), bars))
    return cases


def eligible_bars(song: Song, stem: Stem, bars: int = BARS) -> npt.NDArray[np.int64]:
    """Indices of the bars at which a qualifying window of `bars` bars starts."""
    lines = song.bar_starts(song.last_step)
    others = pitched(song.others(stem))
    if stem not in song.stems or len(others) < MIN_PITCHED or len(lines) - 1 < bars:
        return np.empty(0, dtype=np.int64)
    target = _bars_played(song.stem(stem), lines, bars) >= MIN_COVER * bars
    together = _bars_played(Notes.merge(others), lines, bars) >= MIN_COVER * bars
    several = np.sum([_bars_played(notes, lines, bars) > 0 for notes in others], axis=0) >= MIN_PITCHED
    return np.flatnonzero(target & together & several)


def cut_case(song: Song, stem: Stem, first_bar: int, bars: int = BARS) -> Case:
    """The case of `bars` bars from bar `first_bar` (0 is the first) of a song on."""
    lines = song.bar_starts(song.last_step)[first_bar : first_bar + bars + 1]
    start, stop = int(lines[0]), int(lines[-1])
    window = cut_song(song, start, stop)
    return Case(
        song_name=song.name,
        stem=stem,
        truth=window.stem(stem),
        context=window.others(stem),
        start_step=start,
        n_beats=-(-(stop - start) // STEPS_PER_BEAT),
        bar_starts=lines - start,
        song=without_stem(window, stem),
    )


def cut_song(song: Song, start: int, stop: int) -> Song:
    """The steps [start, stop) of a song as a song of their own; tracks stay, even those that fall silent."""
    tracks = [replace(track, notes=track.notes.between(start, stop)) for track in song.tracks]
    meters = [replace(song.meters[i], step=at) for i, at in _in_force([m.step for m in song.meters], start, stop)]
    tempi = [(at, song.tempi[i][1]) for i, at in _in_force([step for step, _ in song.tempi], start, stop)]
    return Song(tracks, meters, tempi, song.ticks_per_beat, song.name)


def without_stem(song: Song, stem: Stem) -> Song:
    """The song without the tracks of one stem."""
    return Song([t for t in song.tracks if t.stem is not stem], song.meters, song.tempi, song.ticks_per_beat, song.name)


def _in_force(steps: list[int], start: int, stop: int) -> list[tuple[int, int]]:
    """(index, step in the window) of each event that holds in [start, stop); the one in force at `start` moves to 0."""
    first = max((i for i, step in enumerate(steps) if step <= start), default=0)
    return [(i, max(0, steps[i] - start)) for i in range(first, len(steps)) if i == first or steps[i] < stop]


def _bars_played(notes: Notes, lines: npt.NDArray[np.int64], bars: int) -> npt.NDArray[np.int64]:
    """Bars with an onset in each window of `bars` bars, one figure for each first bar."""
    onsets, _ = np.histogram(notes.onset, bins=lines)
    playing = np.concatenate([[0], np.cumsum(onsets > 0)])
    return np.asarray(playing[bars:] - playing[:-bars], dtype=np.int64)
