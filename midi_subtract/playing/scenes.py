"""What a rule that writes a bar of a pitched part knows of it, and bars put in the place of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from midi_subtract.listening.chords import BEATS_PER_CHORD, Chord, ChordSpan, Progression, chord_at, estimate_chords
from midi_subtract.listening.figures import Bar, bar_index, played_bars
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.octaves import LOWEST
from midi_subtract.programs import PLAYABLE_RANGE
from midi_subtract.song import pitched
from subtract_core.stems import Stem

_HALF = BEATS_PER_CHORD * STEPS_PER_BEAT

Row = tuple[int, int, int]
"""(step, pitch, duration) of a note, the step counted from the bar line."""


@dataclass(frozen=True)
class Scene:
    """What a rule knows of a bar: the strokes that the model wrote there, the chords of the song, those that were
    written for it (`chart`), the seven pitch classes that sound most in the song, and the instrument's range."""

    bar: Bar
    start: int
    chords: Progression
    chart: Sequence[ChordSpan]
    scale: frozenset[int]
    range: tuple[int, int]

    @property
    def eighths(self) -> list[tuple[int, int]]:
        """(step, steps to the next one)."""
        at = self.bar.eighths
        return list(zip(at, self.until_next(at), strict=True))

    def lowest(self, at: int) -> int:
        """The lowest note of the stroke at a step of the bar, or of the last one before it."""
        return next((s.lowest for s in reversed(self.bar.strokes) if s.at <= at), self.bar.strokes[0].lowest)

    def root(self, at: int) -> int:
        """The bass of the chord that is written for a step, in the octave where the model plays; without one, the
        lowest note with which the half bar begins."""
        half = at // _HALF * _HALF
        inside = (s.lowest for s in self.bar.strokes if half - 1 <= s.at < half + _HALF - 1)
        lowest = next(inside, self.lowest(half))
        chord = chord_at(self.chart, self.start + max(at, 0))
        return lowest if chord is None else nearest(chord.bass, lowest, self.range)

    def chord(self, at: int) -> Chord:
        return self.chords.at(self.start + max(at, 0))

    def rhythm(self, least: float, instead: Iterable[int]) -> list[int]:
        """The model's own strokes, where there are `least` a whole note, and other steps where there are not."""
        at = sorted({max(stroke.at, 0) for stroke in self.bar.strokes})
        enough = len(at) * 4 * STEPS_PER_BEAT >= least * self.bar.length
        return at if enough else [step for step in instead if step < self.bar.length]

    def until_next(self, at: Sequence[int]) -> list[int]:
        """Steps from each of several onsets to the next one, the last to the end of the bar."""
        return [max(after - now, 1) for now, after in pairwise([*at, self.bar.length])]


Player = Callable[[Scene], list[Row]]


def nearest(pitch_class: int, pitch: int, compass: tuple[int, int]) -> int:
    """The pitch of a pitch class that is nearest to another pitch, inside a range of an octave or more."""
    low, high = compass
    near = pitch + (pitch_class - pitch + 5) % 12 - 5
    near += 12 * max(0, -(-(low - near) // 12))
    return near - 12 * max(0, -(-(near - high) // 12))


def compass_of(notes: Notes, stem: Stem) -> tuple[int, int]:
    """The lowest and the highest pitch that a part may have: no lower than its lowest string, or than it goes."""
    low, high = PLAYABLE_RANGE[stem]
    return max(low, min(LOWEST.get(stem, low), int(notes.pitch.min()))), high


def estimated(notes: Notes, stem: Stem, context: Mapping[Stem, Notes], lines: IntArray) -> Progression:
    """The chords of a song with a new part."""
    return estimate_chords(sounding_parts(notes, stem, context), lines)


def sounding_parts(notes: Notes, stem: Stem, context: Mapping[Stem, Notes]) -> list[Notes]:
    """The pitched parts of a song with a new one, which comes last."""
    return [*pitched({s: part for s, part in context.items() if s is not stem}), notes]


def in_bars(
    notes: Notes,
    stem: Stem,
    rule: Callable[[Bar], bool],
    player: Player,
    context: Mapping[Stem, Notes],
    lines: IntArray,
    chart: Sequence[ChordSpan] = (),
) -> Notes:
    """The part with every bar that does not follow `rule` written anew by `player`."""
    bars = played_bars(notes, context, lines)
    if not bars:  # all there is are upbeats to what comes after
        return notes
    song = sounding_parts(notes, stem, context)
    chords = estimate_chords(song, lines)
    weights = np.bincount(np.concatenate([p.pitch % 12 for p in song]), minlength=12)
    scale = frozenset(int(pc) for pc in np.argsort(-weights, kind="stable")[:7])
    compass = compass_of(notes, stem)
    rows = {
        index: player(Scene(bar, int(lines[index]), chords, chart, scale, compass))
        for index, bar in bars
        if not rule(bar)
    }
    return with_bars(notes, rows, lines, compass)


def struck_again(notes: Notes, lines: IntArray) -> Notes:
    """The part with notes that are held through the first half of a bar struck anew on its line: a rule writes the bars
    in which something begins."""
    parts, struck = [], list[int]()
    for start, stop in pairwise(lines.tolist()):
        begins = (notes.onset >= start - 1) & (notes.onset < stop - 1)
        if not begins.any():
            held = notes.select((notes.onset < start) & (notes.end >= (start + stop) // 2))
            onset = np.full(len(held), start)
            parts.append(Notes.from_arrays(onset, held.pitch, held.end - start, held.velocity))
            struck += [start] * bool(len(held))
    return stopped(Notes.merge([notes, *parts]), np.array(struck)) if struck else notes


def with_bars(notes: Notes, rows: Mapping[int, list[Row]], lines: IntArray, compass: tuple[int, int]) -> Notes:
    """The part with these rows in the place of what it has in some bars, as loud as there."""
    place = np.array(bar_index(notes.onset.tolist(), lines))
    low, high = compass
    written: list[tuple[int, int, int, int]] = []
    for index, inside in rows.items():
        there = notes.velocity[place == index]
        velocity = int(np.rint((there if len(there) else notes.velocity).mean()))
        start = int(lines[index])
        written += [(start + at, min(max(pitch, low), high), duration, velocity) for at, pitch, duration in inside]
    rewritten = np.zeros(len(lines), dtype=bool)
    rewritten[list(rows)] = True
    kept = notes.select(~rewritten[place])
    return Notes.merge([stopped(kept, lines[:-1][rewritten[:-1]]), Notes.of(written)])


def stopped(kept: Notes, new: IntArray) -> Notes:
    """Without what rings from a bar that stays into a new one, against which it would sound. new: their lines."""
    stops = np.append(new, np.iinfo(np.int32).max)
    ends = np.minimum(kept.end, stops[np.searchsorted(stops, kept.onset, side="right")])
    return Notes.from_arrays(kept.onset, kept.pitch, ends - kept.onset, kept.velocity)
