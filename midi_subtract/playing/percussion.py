"""Percussion, claps, pedal hat and ride bell where a sentence names them: models know one key of each kind.

What an instrument plays where nothing else is said are the patterns that textbooks begin with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from midi_subtract.listening.divisions import THIRDS, Division, eighths, shuffled
from midi_subtract.listening.drum_figures import (
    GHOST,
    KIT_STROKES_A_BAR,
    SNARE,
    TIME,
    of_classes,
    played_drum_bars,
)
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_KEY, HAND_CLAP, PERCUSSION, RIDE_BELL
from midi_subtract.words import percussion_words as words

_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth
_MEAN = 6.0  # how hard a stroke is, from 1 to 9, that is as loud as what keeps the time
_ON, _OFF, _BETWEEN = 7, 5, 4  # on the beat, on the eighth between, on sixteenths
# Of the other instruments, key -> the eighths of one bar of 4/4 or two, a digit how hard.
_PATTERNS: dict[str, dict[int, str]] = {
    "congas": {62: "337337..|337..3..", 63: "......88|......88", 64: "........|...66..."},
    "bongos": {60: "7454745.|7454745.", 61: "......7.|......7."},
    "claves": {75: "7..7..7.|..7.7..."},
    "timbales": {65: "7.77.7.7|7.77.7.7", 66: "....7...|....7..."},
    "agogo": {67: "7.....77|7...77..", 68: "..77....|..7....7"},
    "guiro": {73: "..76..76", 74: "8...8..."},
}
_HIGH_AND_LOW = ("woodblock",)  # high where a bar begins, low on other beats
_MUTED_AND_OPEN = ("triangle",)  # muted on the beat, open behind it


@dataclass(frozen=True)
class _Bar:
    """index: in the song. start, length: in steps. division: how its beats divide."""

    index: int
    start: int
    length: int
    division: Division

    @property
    def beats(self) -> range:
        return range(0, self.length, STEPS_PER_BEAT)

    @property
    def backbeats(self) -> Sequence[int]:
        """In three beats the second and the third, otherwise every second one."""
        return self.beats[1:] if len(self.beats) == 3 else self.beats[1::2]


def percussion_asked(kit: Mapping[str, bool]) -> list[str]:
    """The names of percussion that are asked for, with what is said of how often they are struck."""
    if kit.get("hand percussion") is False:
        return []
    return [name for name, yes in kit.items() if yes and words.without_pace(name) in PERCUSSION]


def with_percussion(drums: Notes, kit: Mapping[str, bool], bar_starts: IntArray, feel: Sequence[Division]) -> Notes:
    """The drums with the percussion and the claps that are asked for, in the bars in which they play.

    What the part has of percussion is played by the one instrument that is named, if that has one key; else each of
    them has a pattern of its own, as loud as what keeps the time. Claps are struck with the snare, or where it would
    be. kit: drum -> whether it is wanted. feel: how the beats of each bar divide.
    """
    played = [
        _Bar(index, int(bar_starts[index]), bar.length, feel[index])
        for index, bar in played_drum_bars(drums, bar_starts)
    ]
    if kit.get(words.CLAPS):
        drums = _with_claps(drums, played, kit.get("snare") is False)
    named = percussion_asked(kit)
    least = KIT_STROKES_A_BAR["hand percussion"] * len(played)
    if not named or all(_struck(drums, name) >= least for name in named):
        return drums
    own = of_classes(drums, ("hand percussion",))
    keys = PERCUSSION.get(named[0], ())
    if len(named) == len(keys) == 1 and own.sum() >= least:
        pitch = np.where(own, keys[0], drums.pitch)
        return Notes.from_arrays(drums.onset, pitch, drums.duration, drums.velocity)
    loud = _loudness(drums)
    patterns = [_notes(_pattern(name, bar), bar, loud) for name in named for bar in played]
    return Notes.merge([drums.select(~own), *patterns])


def _struck(drums: Notes, name: str) -> int:
    return int(np.isin(drums.pitch, PERCUSSION[words.without_pace(name)]).sum())


def _loudness(drums: Notes) -> float:
    """Of what keeps the time, otherwise of all that is no percussion, otherwise of all."""
    masks: tuple[BoolArray, ...] = (of_classes(drums, TIME), ~of_classes(drums, ("hand percussion",)))
    mask = next((mask for mask in masks if mask.any()), np.ones(len(drums), dtype=np.bool_))
    return float(drums.velocity[mask].mean())


_Row = tuple[int, int, int]
"""(step of its bar, key, how hard from 1 to 9)."""


def _notes(rows: Iterable[_Row], bar: _Bar, loud: float) -> Notes:
    return Notes.of(
        (bar.start + at, key, min(_STROKE, bar.length - at), int(np.clip(np.rint(loud * hard / _MEAN), 1, 127)))
        for at, key, hard in rows
    )


def _pattern(name: str, bar: _Bar) -> list[_Row]:
    instrument = words.without_pace(name)
    keys, pace = PERCUSSION[instrument], name.removeprefix(instrument) or words.USUAL.get(instrument, "")
    if not pace:
        return _written(_PATTERNS[instrument], bar)
    rows = _paced(pace, bar)
    if instrument in _HIGH_AND_LOW:
        return [(at, keys[at > 0], hard) for at, hard in rows]
    if instrument in _MUTED_AND_OPEN:
        return [(at, keys[at % STEPS_PER_BEAT > 0], hard) for at, hard in rows]
    return [(at, keys[-1 if len(keys) < 3 else 1], hard) for at, hard in rows]  # of congas the open one


def _paced(pace: str, bar: _Bar) -> list[tuple[int, int]]:
    """(step, how hard) of strokes that are said to come so often."""
    if pace == words.BACKBEAT:
        return [(at, _ON) for at in bar.backbeats]
    if pace == words.QUARTERS:
        return [(at, _ON) for at in bar.beats]
    of_beat = eighths(bar.length, bar.division)
    if pace == words.OFF_BEAT:
        return [(at, _ON) for at in of_beat if at % STEPS_PER_BEAT]
    if pace == words.EIGHTHS:
        return [(at, _OFF if at % STEPS_PER_BEAT else _ON) for at in of_beat]
    if bar.division == THIRDS:
        places = list(range(0, bar.length, 2))
    else:
        places = [shuffled(at, bar.division) for at in range(0, bar.length, _STROKE)]
    return [(at, _ON if not at % STEPS_PER_BEAT else _OFF if at in of_beat else _BETWEEN) for at in places]


def _written(pattern: Mapping[int, str], bar: _Bar) -> list[_Row]:
    """A pattern that is written for 4/4, as much of it as a bar has room for."""
    rows = []
    for key, text in pattern.items():
        bars = text.split("|")
        for place, mark in enumerate(bars[bar.index % len(bars)]):
            at = shuffled(place * STEPS_PER_BEAT // 2, bar.division)
            if mark != "." and at < bar.length:
                rows.append((at, key, int(mark)))
    return rows


def _with_claps(drums: Notes, played: Sequence[_Bar], replace_snare: bool) -> Notes:
    """Claps where the snare is struck on the beat, on the backbeat in bars in which it is not; where they replace it
    (`finishing`), in these bars alone."""
    snare, claps = drums.select(of_classes(drums, SNARE)), drums.select(drums.pitch == HAND_CLAP)
    loud = int(np.rint((snare if len(snare) else drums).velocity.mean()))
    added: list[tuple[int, int, int, int]] = []
    for bar in played:
        inside = snare.between(bar.start, bar.start + bar.length)
        near = inside.onset + 1
        on_beat = inside.select(near % STEPS_PER_BEAT <= 2)
        if not len(on_beat):
            added += [(bar.start + at, HAND_CLAP, _STROKE, loud) for at in bar.backbeats]
        elif not replace_snare:
            rows = zip(on_beat.onset.tolist(), on_beat.velocity.tolist(), strict=True)
            added += [(bar.start + at, HAND_CLAP, _STROKE, hard) for at, hard in rows if hard >= GHOST * loud]
    there = claps.onset.tolist()
    new = {row[0]: row for row in added if not {row[0] - 1, row[0], row[0] + 1} & set(there)}
    return Notes.merge([drums, Notes.of(new.values())])


def with_ways(drums: Notes, kit: Mapping[str, bool], bar_starts: IntArray) -> Notes:
    """The drums with the hat struck by the foot on the backbeat, where a stick would strike it otherwise, and the ride
    on its bell on the beat, where these are asked for. bar_starts: bars of whole beats."""
    if kit.get(words.RIDE_BELL):
        on_beat = of_classes(drums, ("ride",)) & ((drums.onset + 1) % STEPS_PER_BEAT <= 2)
        pitch = np.where(on_beat, RIDE_BELL, drums.pitch)
        drums = Notes.from_arrays(drums.onset, pitch, drums.duration, drums.velocity)
    if kit.get(words.PEDAL_HAT):
        bars = [_Bar(i, int(bar_starts[i]), bar.length, (0, 6)) for i, bar in played_drum_bars(drums, bar_starts)]
        places = np.array([bar.start + at for bar in bars for at in bar.backbeats], dtype=np.int64)
        loud = int(np.rint(_loudness(drums)))
        at_places = np.isin(drums.onset, np.concatenate([places - 1, places, places + 1]))
        by_foot = of_classes(drums, ("pedal hat",)) | (at_places & of_classes(drums, ("closed hat", "open hat")))
        foot = Notes.of((int(at), DRUM_KEY["pedal hat"], _STROKE, loud) for at in places)
        drums = Notes.merge([drums.select(~by_foot), foot])
    return drums
