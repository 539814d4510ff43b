"""A part of which some bars are missing: what the rest of it says of them.

Songs repeat themselves. Where the other parts do what they did before, the missing part most likely does so too: the
bar beside which they are most alike is a better guess than what a model writes that has not heard the rest, and a model
that starts from it mends what does not fit. How much is left to it depends on how alike they are (docs/experiments.md,
2026-11-27).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from midi_subtract.metrics import BoolArray, FloatArray, IntArray, bar_events, cosines
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.repetition import harmonies, same_harmony
from midi_subtract.song import Song
from subtract_core.stems import Stem

_ALIKE, _THE_SAME = 0.6, 0.95
"""Cosines of the others' bars up to which a guess is hardly trusted, and from which on it is almost copied."""
_LATEST, _EARLIEST = 0.9, 0.3
"""Diffusion times from which on bars are drawn whose guess is hardly trusted, and almost copied."""
_DRUM_GUESSES = 3
"""Bars whose mean drums start from: beside the same bar of the others drummers do not play the same."""
_AT_ONCE = 256  # bars whose likeness to others is in memory at once


@dataclass(frozen=True)
class Rest:
    """What there is of a part.

    notes: of the bars in which it plays. guesses: parts that also play in its other bars, one or several, whose mean is
    most likely there. held: float64 [beats], the diffusion time down to which their mean is kept to, see `Draft`: 0 in
    beats wholly inside of bars in which the part plays. Where it rests, nobody knows whether it is to.
    """

    notes: Notes
    guesses: list[Notes]
    held: FloatArray


def rest_of_part(song: Song, stem: Stem, missing: BoolArray) -> Rest | None:
    """What a song has of a part apart from the bars that are to be written, bool [bars]; None where it plays in those
    itself, and so is another part, or plays nowhere."""
    lines, part = song.bar_starts(song.last_step), song.stem(stem)
    played = np.histogram(part.onset, bins=lines)[0] > 0
    if not played.any() or played[missing].any():
        return None
    drums = stem is Stem.DRUMS
    guesses, likeness = filled(part, played, song.others(stem), lines, _DRUM_GUESSES if drums else 1, not drums)
    trust = np.zeros(len(played)) if drums else np.clip((likeness - _ALIKE) / (_THE_SAME - _ALIKE), 0.0, 1.0)
    held = np.where(played, 0.0, _LATEST - (_LATEST - _EARLIEST) * trust)
    steps = np.ones(song.n_beats * STEPS_PER_BEAT)
    steps[: lines[-1]] = np.repeat(held, np.diff(lines))
    return Rest(part, guesses, np.asarray(steps.reshape(-1, STEPS_PER_BEAT).max(axis=1), dtype=np.float64))


def filled(
    part: Notes,
    played: BoolArray,
    others: Mapping[Stem, Notes],
    bar_starts: IntArray,
    guesses: int = 1,
    pitched: bool = True,
) -> tuple[list[Notes], FloatArray]:
    """A part with its other bars as it plays where the other parts are most alike, in the nearest such bar; then with
    the next likely bar in each, and so on. Also the likeness of those that are most alike, 0 to 1 [bars].

    played: bool [bars], bars to copy from, at least one. pitched: whether bars over another harmony are less alike, by
    as much as their harmonies are apart: chords with two tones in common, struck alike, are not for one bass.
    """
    events = bar_events(others, bar_starts)
    harmony = harmonies(others, bar_starts) if pitched else None
    sources, empty = np.flatnonzero(played), np.flatnonzero(~played)
    copies: list[list[Notes]] = [[part] for _ in range(min(guesses, len(sources)))]
    likeness = np.ones(len(played))
    for first in range(0, len(empty), _AT_ONCE):
        bars = empty[first : first + _AT_ONCE]
        alike = cosines(events[bars], events[sources])
        if harmony is not None:
            alike *= same_harmony(harmony[bars], harmony[sources])
        likeness[bars] = alike.max(axis=1)
        order = np.lexsort((np.abs(bars[:, None] - sources), -alike.round(9)), axis=1)
        for rank, parts in enumerate(copies):
            pairs = zip(sources[order[:, rank]].tolist(), bars.tolist(), strict=True)
            parts += [_copied(part, bar_starts, source, bar) for source, bar in pairs]
    return [Notes.merge(parts) for parts in copies], likeness


def _copied(part: Notes, bar_starts: IntArray, source: int, bar: int) -> Notes:
    """What a part plays in one bar, in another; tails are cut at its end."""
    length = int(bar_starts[bar + 1] - bar_starts[bar])
    there = part.between(int(bar_starts[source]), int(bar_starts[source + 1]))
    return there.between(0, length).shifted(int(bar_starts[bar]))
