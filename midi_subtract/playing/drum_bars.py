"""Single bars of drums: their notes, which are counted as `drum_figures` does, where their backbeat is, and where
strokes go that are said to come so often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midi_subtract.listening.divisions import SWUNG, THIRDS, Division, eighths, shuffled
from midi_subtract.listening.drum_figures import played_drum_bars
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.words import percussion_words as words
from midi_subtract.words.beat_words import beats_said

_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth
_ROLL = STEPS_PER_BEAT // 6
_ON, _OFF, _BETWEEN = 7, 5, 4  # how hard on the beat, on the eighth between, on sixteenths


def in_bar(notes: Notes, index: int, bar_starts: IntArray) -> BoolArray:
    """Which notes belong to a bar: what comes a step before a bar line belongs to the bar that it announces."""
    start, stop = int(bar_starts[index]), int(bar_starts[index + 1])
    return np.asarray((notes.onset >= start - 1) & (notes.onset < stop - 1), dtype=np.bool_)


def near(times: IntArray, places: IntArray) -> BoolArray:
    """Which times lie at most a step from one of these places."""
    return np.asarray(np.isin(times, np.concatenate([places - 1, places, places + 1])), dtype=np.bool_)


def backbeats(length: int) -> range:
    """The backbeat of a bar of so many steps: in three beats the second and the third, otherwise every second one."""
    beats = range(0, length, STEPS_PER_BEAT)
    return beats[1:] if len(beats) == 3 else beats[1::2]


def bar_notes(notes: Notes, index: int, bar_starts: IntArray) -> Notes:
    """The notes of a bar, in steps from its bar line; what comes a step early is struck on it."""
    own = notes.select(in_bar(notes, index, bar_starts))
    onset = np.maximum(own.onset - int(bar_starts[index]), 0)
    return Notes.from_arrays(onset, own.pitch, own.duration, own.velocity)


@dataclass(frozen=True)
class Bar:
    """number: its place among the bars. start, length: in steps, from the song's start. division: how its beats
    divide."""

    number: int
    start: int
    length: int
    division: Division

    @property
    def index(self) -> int:
        """How many bars so long lie before it, by which patterns of two bars go on where a section begins."""
        return self.start // self.length

    @property
    def beats(self) -> range:
        return range(0, self.length, STEPS_PER_BEAT)

    @property
    def is_six(self) -> bool:
        """Whether it is one of 6/8: 2/4 hardly has beats of a long part and a short one."""
        return len(self.beats) == 2 and self.division in (SWUNG, THIRDS)


def played_bars(drums: Notes, bar_starts: IntArray, feel: Sequence[Division]) -> list[Bar]:
    """The bars in which drums play."""
    bars = played_drum_bars(drums, bar_starts)
    return [Bar(index, int(bar_starts[index]), bar.length, feel[index]) for index, bar in bars]


def places_of(played: Sequence[Bar], pace: str) -> IntArray:
    """The steps on which something is struck that is said to be struck so often."""
    return np.array([bar.start + at for bar in played for at, _ in paced(pace, bar)], dtype=np.int64)


def struck_at(places: IntArray, key: int, loud: int) -> Notes:
    """Strokes at these steps."""
    return Notes.of((int(at), key, _STROKE, loud) for at in places)


def paced(pace: str, bar: Bar) -> list[tuple[int, int]]:
    """(step, how hard) of strokes that are said to come so often."""
    if said := beats_said(pace):
        return _on_beats(said, bar)
    if pace == words.BACKBEAT:
        return [(at, _ON) for at in backbeats(bar.length)]
    if pace == words.QUARTERS:
        return [(at, _ON) for at in bar.beats]
    if pace == words.TRIPLETS:
        return [(at, _OFF if at % STEPS_PER_BEAT else _ON) for at in range(0, bar.length, THIRDS[1])]
    of_beat = eighths(bar.length, THIRDS if bar.is_six else bar.division)
    if pace == words.OFF_BEAT:
        return [(at, _ON) for at in of_beat if at % STEPS_PER_BEAT]
    if pace == words.EIGHTHS:
        return [(at, _OFF if at % STEPS_PER_BEAT else _ON) for at in of_beat]
    if bar.is_six or bar.division == THIRDS:
        places = list(range(0, bar.length, 2))
    else:
        places = [shuffled(at, bar.division) for at in range(0, bar.length, _STROKE)]
    if pace == words.ROLLS:
        end = bar.length if bar.index % 2 else min(2, len(bar.beats)) * STEPS_PER_BEAT
        begin = end - (STEPS_PER_BEAT if bar.index % 2 else STEPS_PER_BEAT // 2)
        places = sorted({*(at for at in places if not begin <= at < end), *range(begin, end, _ROLL)})
    return [(at, _ON if not at % STEPS_PER_BEAT else _OFF if at in of_beat else _BETWEEN) for at in places]


def _on_beats(said: Sequence[tuple[int, bool]], bar: Bar) -> list[tuple[int, int]]:
    """(step, how hard) on beats of a bar and their ands; beats that a bar of 6/8 has too few of are its eighths,
    and one of 2/4 has two of four."""
    is_short = max(beat for beat, _ in said) > len(bar.beats) == 2
    if is_short and bar.is_six:
        places = [THIRDS[1] * (beat - 1) + is_off * THIRDS[1] // 2 for beat, is_off in said]
    else:
        before = bar.length * (bar.index % 2) if is_short else 0
        places = [STEPS_PER_BEAT * (beat - 1) + is_off * bar.division[-1] - before for beat, is_off in said]
    return [(at, _ON) for at in places if 0 <= at < bar.length]
