"""Crashes that are asked for: where sections and phrases begin, with what keeps the time between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from midi_subtract.listening.drum_figures import HATS, TIME, of_classes, played_drum_bars
from midi_subtract.listening.sections import section_borders
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.drum_bars import near
from midi_subtract.programs import DRUM_KEY
from subtract_core.stems import Stem
from subtract_core.wish import Wish

CRASH_EVERY = 4
"""Bars played from one crash of a section to the next."""


def borders_for_crashes(wish: Wish, others: Mapping[Stem, Notes], bar_starts: IntArray) -> list[int]:
    """The bars with which sections of the other parts begin; none where a wish asks for no crashes. others, bar_starts:
    in the song's steps."""
    if not wish.options.get("kit", {}).get("crashes"):
        return []
    return [int(bar) for bar in section_borders(others, bar_starts)]


def crash_bars(played: Sequence[int], borders: Sequence[int]) -> list[int]:
    """Every fourth of the bars played, counted anew from each section border, but for the last bar before one.
    borders: bars with which sections begin, in order."""
    sections = [list(bars) for _, bars in groupby(played, key=lambda bar: bisect_right(borders, bar))]
    chosen = [section[::CRASH_EVERY] if len(section) == 1 else section[:-1:CRASH_EVERY] for section in sections[:-1]]
    return [bar for bars in [*chosen, *(section[::CRASH_EVERY] for section in sections[-1:])] for bar in bars]


def with_crashes(notes: Notes, bar_starts: IntArray, borders: Sequence[int]) -> Notes:
    """A crash with which each of the `crash_bars` begins, as loud as its bar, in the place of what keeps the time
    there; what else was a crash is struck on hat or ride, whichever the part has more of."""
    played = [index for index, _ in played_drum_bars(notes, bar_starts)]
    lines = bar_starts[crash_bars(played, borders)]
    crash, time = of_classes(notes, ("crash",)), of_classes(notes, TIME)
    on_lines = near(notes.onset, lines)
    others = notes.select(crash & ~on_lines & ~near(notes.onset, notes.onset[time]))
    kept = notes.select(~crash & ~(time & on_lines))
    return Notes.merge([kept, on_time(others, notes), _crashes(notes, lines, bar_starts)])


def _crashes(notes: Notes, lines: IntArray, bar_starts: IntArray) -> Notes:
    bar = np.searchsorted(bar_starts, notes.onset + 1, side="right")
    loudest = [int(notes.velocity[bar == np.searchsorted(bar_starts, at, side="right")].max()) for at in lines]
    stroke = STEPS_PER_BEAT // 4
    return Notes.of((int(at), DRUM_KEY["crash"], stroke, loud) for at, loud in zip(lines, loudest, strict=True))


def on_time(crashes: Notes, part: Notes) -> Notes:
    """Crashes as strokes of what keeps the time in a part, as loud as it is there."""
    ride, hats = of_classes(part, ("ride",)), of_classes(part, HATS)
    keeper, its = ("ride", ride) if ride.sum() > hats.sum() else ("closed hat", hats)
    velocity = np.full(len(crashes), np.rint(part.velocity[its].mean())) if its.any() else crashes.velocity
    pitch = np.full(len(crashes), DRUM_KEY[keeper])
    once = np.diff(crashes.onset, prepend=-STEPS_PER_BEAT) > 1  # two crashes at once are one hat
    return Notes.from_arrays(crashes.onset, pitch, crashes.duration, velocity).select(once)
