"""Whether chords that somebody gives for a song are those that its notes are in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.metrics import FloatArray, sounding
from midi_subtract.notes import Notes
from midi_subtract.song import Song, pitched
from subtract_core.stems import Stem

CONTRADICTED, FEWEST_BARS, MANY = 0.5, 4, 0.4
"""Of how much of a bar's notes the chords are no longer its; how many such bars, and which share of all, are many."""
FAR_BETTER, FITTING = 0.2, 0.6
"""By how much more, and how much at least, of a song's notes lie in chords that are moved, for these to be named."""
AT_HOME = 0.8
"""How much of it lies in chords where they first come that are its own there, and are not moved."""
MOST_BARS = 4  # by which a chart is moved


def chart_warning(song: Song, sheet: LeadSheet, stem: Stem, only: Sequence[tuple[int, int]] = ()) -> str | None:
    """What to say of chords for a part of `stem` in which most notes of many bars of the song's other parts are not.
    only: the bars that are written (first and last, from 1), by which alone it goes; all if there are none."""
    notes = Notes.merge(pitched(song.others(stem)))
    if not len(notes):
        return None
    heard = sounding(notes, song.last_step)
    if only:
        lines = song.bar_starts(song.last_step)
        written = np.zeros(song.last_step, dtype=bool)
        for begin, end in only:
            written[lines[begin - 1] : lines[end]] = True
        heard = heard & written
    agreeing, count = _agreement(heard, song, sheet)
    shares = agreeing[count > 0] / count[count > 0]
    against = int((shares < CONTRADICTED).sum())
    if against < max(FEWEST_BARS, MANY * len(shares)):
        return None
    share = float(agreeing.sum() / count.sum())
    said = f"only {share:.0%} of what the song plays is in the chords given"
    first = int(np.flatnonzero(count)[0])
    once = slice(first, first + len(sheet.bars))
    fits = float(agreeing[once].sum() / count[once].sum())
    if fits >= AT_HOME:  # they are the song's, but for some bars alone
        return f"{said}, but {fits:.0%} where they first come; a chart shorter than the song begins anew"
    best, better = max((_share(heard, song, moved), how) for how, moved in _moved(sheet).items())
    return f"{said}, {best:.0%} would be {better}" if best >= max(FITTING, share + FAR_BETTER) else said


def _agreement(heard: np.ndarray, song: Song, sheet: LeadSheet) -> tuple[FloatArray, FloatArray]:
    """Of every bar, for how many steps pitch classes of its chords sound, and how many any do under a chord; [bars]."""
    chords = np.zeros_like(heard)
    for chord in sheet.spans(song):
        chords[sorted(chord.tones), chord.start : chord.end] = True
    under = heard & chords.any(axis=0)
    lines = song.bar_starts(song.last_step)
    return _in_bars(under & chords, lines), _in_bars(under, lines)


def _in_bars(cells: np.ndarray, lines: np.ndarray) -> FloatArray:
    return np.array([float(cells[:, first:after].sum()) for first, after in pairwise(lines.tolist())])


def _share(heard: np.ndarray, song: Song, sheet: LeadSheet) -> float:
    agreeing, count = _agreement(heard, song, sheet)
    return float(agreeing.sum() / max(count.sum(), 1.0))


def _moved(sheet: LeadSheet) -> dict[str, LeadSheet]:
    """How chords may be moved, and those that come of it."""
    count, moved = len(sheet.bars), dict[str, LeadSheet]()
    for bars in range(1, min(MOST_BARS, count - 1) + 1):
        words = "a bar" if bars == 1 else f"{bars} bars"
        for by, where in ((-bars, "later"), (bars, "earlier")):
            turned = replace(sheet, bars=sheet.bars[by:] + sheet.bars[:by], roots=sheet.roots[by:] + sheet.roots[:by])
            moved[f"if they came {words} {where}"] = turned
    for semitones in (*range(-5, 0), *range(1, 7)):
        words = "a semitone" if abs(semitones) == 1 else f"{abs(semitones)} semitones"
        moved[f"if they were {words} {'higher' if semitones > 0 else 'lower'}"] = _transposed(sheet, semitones)
    return moved


def _transposed(sheet: LeadSheet, semitones: int) -> LeadSheet:
    bars = tuple(tuple(tuple(pitch + semitones for pitch in chord) for chord in bar) for bar in sheet.bars)
    roots = tuple(tuple(root if root is None else (root + semitones) % 12 for root in bar) for bar in sheet.roots)
    return replace(sheet, bars=bars, roots=roots)
