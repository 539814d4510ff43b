"""Rhythmic figures of bass and guitar, by rules on single bars; those of drums are in `drum_figures`.

A rule says of one bar whether it follows a figure; a part's figures are those that hold in at least half of the bars
it plays in. Strokes count as on a grid position when they are at most a step (a twelfth of a beat) away from
it, since people do not play like clocks. Shares in the rules (three quarters, seven eighths) leave room for the odd
variation within a bar. Eighths are where the song's are: at halves of the beat, swung, or at thirds, see `divisions`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from midi_subtract.listening.divisions import HALVES, SWUNG, THIRDS, Division, divisions, eighths
from midi_subtract.metrics import FloatArray, IntArray, kick_bass_lock, sounding
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from subtract_core.stems import Stem

MOST = 0.5
"""Share of the bars played from which on a part follows a figure."""
FOLLOWS_KICK = 0.75
"""Onset F1 of bass against kick from which on it follows the kick; a bass of another song reaches .4 to .5."""

_BEAT = STEPS_PER_BEAT
_WHOLE = 4 * STEPS_PER_BEAT
_LEAD_FLOOR = 52  # E3, an octave above the lowest string: below it, single notes are a riff
_PEDAL_BARS = 4
_CHORD_CHANGE = 0.7  # cosine of two bars; triads that share two tones of three reach .67


def least_share(figure: str) -> float:
    """The share of bars (for "follows the kick" the onset F1) from which on a figure is a part's."""
    return FOLLOWS_KICK if figure == "follows the kick" else MOST


# --- strokes and bars -----------------------------------------------------------------------------------------------


class Stroke(NamedTuple):
    """Notes that start together, at most a step from one to the next: a note, a chord, a strum.

    at: steps, of the first note. lowest: MIDI note number. pitches: how many different ones.
    classes: the pitch classes. duration: steps, of the longest note.
    """

    at: int
    lowest: int
    pitches: int
    classes: frozenset[int]
    duration: int

    @property
    def is_power_chord(self) -> bool:
        """A root in the bass, its fifth, and perhaps their octaves, but no other tone."""
        return self.classes == {self.lowest % 12, (self.lowest + 7) % 12}

    @property
    def is_chord(self) -> bool:
        """At least three different pitches, other than a power chord's."""
        return self.pitches >= 3 and not self.is_power_chord


def stroke_times(notes: Notes) -> list[int]:
    """When the strokes of a part begin, steps in order: what `strokes` says of `at`, for far less time."""
    times: list[int] = notes.onset[first_of_strokes(notes)].tolist()
    return times


def first_of_strokes(notes: Notes) -> IntArray:
    return np.flatnonzero(np.diff(notes.onset, prepend=-_WHOLE) > 1)


def strokes(notes: Notes) -> list[Stroke]:
    """The notes of a part as strokes, in time order."""
    if not len(notes):
        return []
    first = first_of_strokes(notes).tolist()
    onset, pitch, duration = notes.onset.tolist(), notes.pitch.tolist(), notes.duration.tolist()
    result = []
    for begin, end in pairwise([*first, len(onset)]):
        sounds = set(pitch[begin:end])
        classes = frozenset(p % 12 for p in sounds)
        result.append(Stroke(onset[begin], min(sounds), len(sounds), classes, max(duration[begin:end])))
    return result


@dataclass(frozen=True)
class Bar:
    """The strokes of one bar, their `at` counted from the bar line; -1 is a stroke that comes a step early.

    length: of the bar, in steps. division: of its beats.
    """

    length: int
    strokes: tuple[Stroke, ...]
    division: Division

    @cached_property
    def at(self) -> frozenset[int]:
        return frozenset(s.at for s in self.strokes)

    @cached_property
    def intervals(self) -> list[int]:
        """Semitones from each stroke's lowest note to the next one's."""
        return [b.lowest - a.lowest for a, b in pairwise(self.strokes)]

    @property
    def beats(self) -> range:
        return range(0, self.length, _BEAT)

    @property
    def eighths(self) -> list[int]:
        return eighths(self.length, self.division)

    @property
    def offbeats(self) -> list[int]:
        """The eighths between the beats."""
        return _between_beats(self.eighths)

    @property
    def kept_eighths(self) -> list[int]:
        """The eighths that it keeps to: the song's, but a part may swing over straight ones, or play straight over a
        shuffle."""
        own = (self.division,) if self.division == THIRDS else (self.division, HALVES, SWUNG)
        return max((eighths(self.length, division) for division in own), key=lambda places: on(self.at, places))

    def share(self, matches: Callable[[Stroke], bool]) -> float:
        """Share of the bar's strokes that match."""
        return sum(map(matches, self.strokes)) / len(self.strokes)


def _between_beats(places: Iterable[int]) -> list[int]:
    return [at for at in places if at % _BEAT]


def bar_index(times: Sequence[int], bar_starts: IntArray) -> list[int]:
    """The bar of each time in steps; a time one step before a bar line belongs to the bar that it announces."""
    index: list[int] = (np.searchsorted(bar_starts, np.asarray(times, dtype=np.int64) + 1, side="right") - 1).tolist()
    return index


def played_bars(notes: Notes, context: Mapping[Stem, Notes], bar_starts: IntArray) -> list[tuple[int, Bar]]:
    """(index, bar) of each bar in which the part starts a note. context: what tells, with the part, how beats divide.
    bar_starts: bar lines, the window's end included."""
    feel = divisions([*context.values(), notes], bar_starts)
    inside: dict[int, list[Stroke]] = {}
    hits = strokes(notes)
    lines: list[int] = bar_starts.tolist()
    for stroke, bar in zip(hits, bar_index([s.at for s in hits], bar_starts), strict=True):
        if 0 <= bar < len(lines) - 1:
            inside.setdefault(bar, []).append(stroke._replace(at=stroke.at - lines[bar]))
    return [(b, Bar(lines[b + 1] - lines[b], tuple(hits), feel[b])) for b, hits in inside.items()]


def on(at: Collection[int], places: Iterable[int]) -> int:
    """How many of the places have a stroke at most one step away."""
    return sum(p in at or p - 1 in at or p + 1 in at for p in places)


# --- bass and guitar ------------------------------------------------------------------------------------------------


def is_root_eighths(bar: Bar) -> bool:
    """Seven of eight eighths struck, hardly anything between them, two of three strokes repeat the one before."""
    return _runs_in_eighths(bar, 0.875) and bar.intervals.count(0) >= len(bar.intervals) * 2 / 3


def is_walking(bar: Bar) -> bool:
    """Each of three or more beats struck, at most half as many strokes between, three pitches, at most one repeated
    from beat to beat, or two beats with a pitch each; skips before a beat may repeat the note that they follow."""
    beats = len(bar.beats)
    quarters = beats >= 2 and on(bar.at, bar.beats) == beats and len(bar.strokes) <= 1.5 * beats
    walk = [s.lowest for s in bar.strokes if on((s.at,), bar.beats)]
    repeated = sum(a == b for a, b in pairwise(walk))
    return quarters and len({s.lowest for s in bar.strokes}) >= min(beats, 3) and repeated <= int(beats > 2)


def is_octaves(bar: Bar) -> bool:
    """At least two leaps of an octave, and at least one step from stroke to stroke in three is such a leap."""
    leaps = sum(abs(i) == 12 for i in bar.intervals)
    return leaps >= max(2.0, len(bar.intervals) / 3)


def is_off_beat(bar: Bar) -> bool:
    """Three of four eighths between the beats struck, and at most one beat of four."""
    between = _between_beats(bar.kept_eighths)
    offbeats, beats = on(bar.at, between), on(bar.at, bar.beats)
    return offbeats >= max(2.0, 0.75 * len(between)) and beats <= len(bar.beats) / 4


def is_whole_note(bar: Bar) -> bool:
    """One stroke, on the bar line, that lasts three quarters of a bar of at least three beats."""
    held = len(bar.strokes) == 1 and bar.length >= 3 * _BEAT
    return held and bar.strokes[0].at <= 1 and bar.strokes[0].duration >= 0.75 * bar.length


def is_strummed(bar: Bar) -> bool:
    """At least three strokes a whole note, three in five of them chords of three or more pitches."""
    return len(bar.strokes) * _WHOLE >= 3 * bar.length and bar.share(lambda s: s.is_chord) >= 0.6


def is_power_chords(bar: Bar) -> bool:
    """At least two strokes, half of them root and fifth alone; single low notes between them are usual."""
    return len(bar.strokes) >= 2 and bar.share(lambda s: s.is_power_chord) >= 0.5


def is_arpeggiated(bar: Bar) -> bool:
    """Single notes, six a whole note, in leaps over at least three tones.

    Three of four strokes have one or two pitches, half of them one, since a thumb may play along; three of five steps
    of the lowest notes are thirds or more.
    """
    flow = len(bar.strokes) * _WHOLE >= 6 * bar.length and len(_tones(bar)) >= 3
    picked = bar.share(lambda s: s.pitches <= 2) >= 0.75 and _is_single(bar, 0.5)
    return flow and picked and sum(abs(i) >= 3 for i in bar.intervals) >= 0.6 * len(bar.intervals)


def is_single_note_lead(bar: Bar) -> bool:
    """Four of five strokes single notes, above E3 on average, at most half of them repeated, and not an arpeggio."""
    above = sum(s.lowest for s in bar.strokes) >= _LEAD_FLOOR * len(bar.strokes)
    moves = bar.intervals.count(0) <= len(bar.intervals) / 2
    return _is_single(bar, 0.8) and above and moves and not is_arpeggiated(bar)


def is_muted_eighths(bar: Bar, muted: bool = False) -> bool:
    """Three of four eighths struck, half of them repeat the one before, on average shorter than .6 of an eighth.

    muted: the sound is a muted guitar, so notes may be long.
    """
    eighth = _BEAT / len(bar.division)
    short = muted or sum(s.duration for s in bar.strokes) <= 0.6 * eighth * len(bar.strokes)
    return _runs_in_eighths(bar, 0.75) and short and bar.intervals.count(0) >= len(bar.intervals) / 2


def _runs_in_eighths(bar: Bar, least: float) -> bool:
    """At least that share of four or more eighths struck, and at most a quarter more strokes than eighths."""
    places = bar.kept_eighths
    struck = on(bar.at, places)
    return len(places) >= 4 and struck >= least * len(places) and len(bar.strokes) <= 1.25 * len(places)


def _is_single(bar: Bar, least: float) -> bool:
    return bar.share(lambda s: s.pitches == 1) >= least


def _tones(bar: Bar) -> frozenset[int]:
    return frozenset(tone for s in bar.strokes for tone in s.classes)


def pedal_bars(bars: Sequence[tuple[int, Bar]], harmony: FloatArray | None) -> int:
    """How many bars stand in a run of at least four with one pitch class, while the harmony above it changes.

    bars: the bars played. harmony: [bars of the window, 12] steps that each pitch class of the context sounds, or
    None without a pitched context, where the held tone alone decides. The harmony changes where two bars of the run
    have a cosine similarity under .7.
    """
    count = 0
    run: list[int] = []
    tones = [next(iter(_tones(bar))) if len(_tones(bar)) == 1 else -1 for _, bar in bars]
    for place, (index, _) in enumerate(bars):
        run.append(index)
        last = place + 1 == len(bars) or tones[place + 1] != tones[place]
        if last:
            held = tones[place] >= 0 and len(run) >= _PEDAL_BARS
            count += len(run) if held and (harmony is None or _changes(harmony[run])) else 0
            run = []
    return count


def _changes(rows: FloatArray) -> bool:
    rows = rows[rows.any(axis=1)]
    if not len(rows):
        return False
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return bool(np.einsum("if,jf->ij", unit, unit).min() < _CHORD_CHANGE)


def _harmony(context: Mapping[Stem, Notes], bar_starts: IntArray) -> FloatArray | None:
    """Steps that each pitch class of the pitched context sounds in each bar [bars, 12]; None where there is none.

    The bass of the context is left out: a pedal is held against what is above it.
    """
    parts = [notes for stem, notes in context.items() if stem not in (Stem.DRUMS, Stem.BASS) and len(notes)]
    if not parts:
        return None
    steps = sounding(Notes.merge(parts), int(bar_starts[-1]))
    return np.asarray(np.add.reduceat(steps.astype(np.float64), bar_starts[:-1], axis=1).T, dtype=np.float64)


BASS_RULES: dict[str, Callable[[Bar], bool]] = {
    "root eighths": is_root_eighths,
    "walking": is_walking,
    "octaves": is_octaves,
    "off-beat": is_off_beat,
    "whole notes": is_whole_note,
}
GUITAR_RULES: dict[str, Callable[[Bar], bool]] = {
    "strummed": is_strummed,
    "arpeggiated": is_arpeggiated,
    "power chords": is_power_chords,
    "single-note lead": is_single_note_lead,
    "off-beat": is_off_beat,
}


def bass_figures(notes: Notes, context: Mapping[Stem, Notes], bar_starts: IntArray) -> dict[str, float]:
    """Share of the bars played that follow each figure; for "follows the kick" the onset F1 against it.

    notes, context: of one window whose first bar line is step 0.
    """
    bars = played_bars(notes, context, bar_starts)
    shares = {name: share_of(rule(bar) for _, bar in bars) for name, rule in BASS_RULES.items()}
    shares["pedal"] = pedal_bars(bars, _harmony(context, bar_starts)) / max(len(bars), 1)
    lock = kick_bass_lock(notes, context.get(Stem.DRUMS, Notes.empty()))
    shares["follows the kick"] = lock if np.isfinite(lock) else 0.0
    return shares


def guitar_figures(
    notes: Notes, context: Mapping[Stem, Notes], bar_starts: IntArray, muted: bool = False
) -> dict[str, float]:
    """Share of the bars played that follow each figure. muted: the part's sound is a muted guitar.

    notes, context: of one window whose first bar line is step 0.
    """
    bars = [bar for _, bar in played_bars(notes, context, bar_starts)]
    shares = {name: share_of(map(rule, bars)) for name, rule in GUITAR_RULES.items()}
    shares["muted eighths"] = share_of(is_muted_eighths(bar, muted) for bar in bars)
    return shares


def share_of(follows: Iterable[bool]) -> float:
    """Share of true values; 0 for none."""
    hits = list(follows)
    return sum(hits) / len(hits) if hits else 0.0
