"""A song as stems on a beat grid, read from a MIDI file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import stem_of
from subtract_core.stems import STEMS, Stem


@dataclass(frozen=True)
class Track:
    """One instrument of a song. `stem` is None for sound effects, which no model hears."""

    name: str
    program: int
    is_drum: bool
    notes: Notes

    @property
    def stem(self) -> Stem | None:
        return stem_of(self.program, self.is_drum)


@dataclass(frozen=True)
class Meter:
    """A time signature from grid step `step` on; `bar_steps` is its bar's length (48 for 4/4).

    dotted: whether its beats are dotted notes, three of those that it counts, as in compound meters; else quarters.
    length: its bar's, in steps, where it is another than the signature says, as of a bar that ends in a cut-off beat.
    """

    step: int
    numerator: int
    denominator: int
    dotted: bool = False
    length: int | None = None

    @property
    def is_compound(self) -> bool:
        """Whether it counts threes of eighths or sixteenths: 6/8, 9/8, 12/8 ..."""
        return self.denominator in (8, 16) and self.numerator > 3 and self.numerator % 3 == 0

    @property
    def beat(self) -> float:
        """Quarters in a beat."""
        return 12 / self.denominator if self.dotted else 1.0

    @property
    def bar_steps(self) -> int:
        return self.length or max(1, round(self.numerator * 4 * STEPS_PER_BEAT / self.denominator / self.beat))


@dataclass(frozen=True)
class Clock:
    """Places of a song, in steps or ticks, in seconds from its start.

    place: float64, where tempi begin, the first at 0; second: the same in seconds; pace: seconds a unit from there on.
    """

    place: np.ndarray
    second: np.ndarray
    pace: np.ndarray

    @classmethod
    def of(cls, tempi: Sequence[tuple[int, float]], units: int) -> Clock:
        """Of (place, quarter notes a minute), sorted by place, `units` of which are a quarter note."""
        place = np.array([at for at, _ in tempi], dtype=np.float64)
        pace = np.array([60.0 / bpm / units for _, bpm in tempi])
        return cls(place, np.concatenate([[0.0], np.cumsum(np.diff(place) * pace[:-1])]), pace)

    def seconds(self, places: np.ndarray) -> np.ndarray:
        """Places as seconds, float64."""
        index = np.maximum(np.searchsorted(self.place, places, side="right") - 1, 0)
        return np.asarray(self.second[index] + (places - self.place[index]) * self.pace[index])

    def at(self, seconds: np.ndarray) -> np.ndarray:
        """The inverse of `seconds`."""
        index = np.maximum(np.searchsorted(self.second, seconds, side="right") - 1, 0)
        return np.asarray(self.place[index] + (seconds - self.second[index]) / self.pace[index])


@dataclass(frozen=True)
class Song:
    """Tracks, meters and tempi on the song's own beat grid.

    A beat is a quarter note, in compound meters a dotted one, and has 12 steps.
    meters: sorted by step, the first at step 0.
    tempi: (step, beats a minute), sorted by step, the first at step 0.
    ticks_per_beat: the file's resolution, ticks a quarter note, to go back from steps to ticks.
    beat_ticks: where every beat lies in the file; empty where all are its quarters.
    beats_heard: whether beats were heard in the notes, and are not the file's.
    bars_heard: whether bars are of three quarters, or begin on another beat, because the notes say so, not the file.
    first_beat: on which beat of what is its first bar otherwise bars begin, counted from 1.
    least_steps: how long it lasts at least, whatever sounds.
    styles: genres that the source of the song states, in the words of `subtract_core.facts`.
    """

    tracks: list[Track]
    meters: list[Meter]
    tempi: list[tuple[int, float]]
    ticks_per_beat: int
    name: str = "song"
    styles: tuple[str, ...] = ()
    beat_ticks: tuple[float, ...] = ()
    beats_heard: bool = False
    bars_heard: bool = False
    first_beat: float = 1.0
    least_steps: int = 0
    _stems: dict[Stem, Notes] = field(default_factory=dict, repr=False, compare=False)

    def stem(self, stem: Stem) -> Notes:
        """All notes of one family."""
        if stem not in self._stems:
            self._stems[stem] = Notes.merge(t.notes for t in self.tracks if t.stem is stem)
        return self._stems[stem]

    @property
    def stems(self) -> dict[Stem, Notes]:
        """The families that play at least one note."""
        return {s: self.stem(s) for s in STEMS if len(self.stem(s))}

    def others(self, stem: Stem) -> dict[Stem, Notes]:
        """The families that play, but for one."""
        return {s: notes for s, notes in self.stems.items() if s is not stem}

    @property
    def playing(self) -> set[Stem]:
        """The families that play, without merging their tracks."""
        return {t.stem for t in self.tracks if t.stem is not None and len(t.notes)}

    def programs(self, stem: Stem) -> dict[int, int]:
        """General MIDI program (for drums: the kit's) -> number of notes that a family plays with it."""
        counts: dict[int, int] = {}
        for track in self.tracks:
            if track.stem is stem:
                counts[track.program] = counts.get(track.program, 0) + len(track.notes)
        return counts

    @cached_property
    def last_step(self) -> int:
        """First step after the last sounding note of any stem, `least_steps` if there are more."""
        return max([self.least_steps, *(t.notes.last_step for t in self.tracks if t.stem is not None)])

    @property
    def n_beats(self) -> int:
        """Beats to the end of the bar in which the last note ends."""
        starts = self.bar_starts(self.last_step)
        end = int(starts[-1]) if len(starts) else 0
        return -(-end // STEPS_PER_BEAT)

    def bar_starts(self, stop: int) -> np.ndarray:
        """First step of every bar (int64) up to the first bar line at or after `stop`, that one included."""
        lines: np.ndarray = self.__dict__.get("_lines", np.zeros(1, dtype=np.int64))
        if lines[-1] < stop:
            lines = bar_starts(self.meters, stop)
            self.__dict__["_lines"] = lines  # training cuts many windows out of one song
        return lines[: int(np.searchsorted(lines, stop)) + 1]

    def step_to_tick(self, steps: np.ndarray) -> np.ndarray:
        """Grid steps as the file's ticks, rounded (int64)."""
        steps = np.asarray(steps, dtype=np.float64)
        if self.beat_ticks:
            ticks = extended(steps / STEPS_PER_BEAT, self.beat_ticks)
        else:
            ticks = steps * self.ticks_per_beat / STEPS_PER_BEAT
        return np.asarray(np.rint(ticks).astype(np.int64))

    def tick_to_step(self, ticks: np.ndarray) -> np.ndarray:
        """The file's ticks as grid steps (float64), which may lie between two of them."""
        ticks = np.asarray(ticks, dtype=np.float64)
        if self.beat_ticks:
            return STEPS_PER_BEAT * place_between(ticks, self.beat_ticks)
        return np.asarray(ticks * STEPS_PER_BEAT / self.ticks_per_beat)

    def step_to_seconds(self, steps: np.ndarray) -> np.ndarray:
        """Grid steps as seconds from the song's start (float64), along its tempo changes."""
        return Clock.of(self.tempi, STEPS_PER_BEAT).seconds(np.asarray(steps, dtype=np.float64))

    @property
    def usual_bar(self) -> float:
        """Beats of the bars that most of the song is in."""
        lengths = np.diff(self.bar_starts(self.last_step))
        return float(np.median(lengths)) / STEPS_PER_BEAT if len(lengths) else 4.0

    @property
    def is_common_time(self) -> bool:
        """Whether all its bars are 4/4."""
        return all((m.numerator, m.denominator) == (4, 4) for m in self.meters)

    @property
    def is_mostly_common_time(self) -> bool:
        """Whether at least half of it is in 4/4."""
        if self.is_common_time:
            return True
        ends = [m.step for m in self.meters[1:]] + [self.last_step]
        lengths = [max(0, min(end, self.last_step) - m.step) for m, end in zip(self.meters, ends, strict=True)]
        common = [(m.numerator, m.denominator) == (4, 4) for m in self.meters]
        return 2 * sum(n for n, is_common in zip(lengths, common, strict=True) if is_common) >= sum(lengths)

    @property
    def beats(self) -> str:
        """Whose they are: "heard" in the notes, or those of the "file"."""
        return "heard" if self.beats_heard else "file"

    @property
    def usual_tempo(self) -> float:
        """The tempo that half of its beats do not exceed, beats a minute: how fast a song is whose every beat has a
        tempo of its own."""
        ends = [*(step for step, _ in self.tempi[1:]), max(self.last_step, self.tempi[-1][0] + 1)]
        spans = sorted((bpm, end - step) for (step, bpm), end in zip(self.tempi, ends, strict=True))
        lasted = np.cumsum([length for _, length in spans])
        return spans[int(np.searchsorted(lasted, lasted[-1] / 2))][0]

    def tempo_at(self, step: int) -> float:
        """Beats a minute at a grid step."""
        return next((bpm for s, bpm in reversed(self.tempi) if s <= step), self.tempi[0][1])

    @property
    def quarter_tempi(self) -> list[tuple[int, float]]:
        """(step, quarter notes a minute), as files count them."""
        since, begins = [step for step, _ in self.tempi], [meter.step for meter in self.meters]
        steps = sorted({*since, *begins})
        tempi = [self.tempi[bisect_right(since, step) - 1][1] for step in steps]
        return without_repeats([(s, bpm * self._quarters(s)) for s, bpm in zip(steps, tempi, strict=True)])

    def _quarters(self, step: int) -> float:
        """The file's quarters in the beat at a step; of beats that were heard, which are none of the file's, one."""
        beat = step // STEPS_PER_BEAT
        if self.beat_ticks and not self.beats_heard and beat + 1 < len(self.beat_ticks):
            return (self.beat_ticks[beat + 1] - self.beat_ticks[beat]) / self.ticks_per_beat
        return next(m for m in reversed(self.meters) if m.step <= step).beat


def heard_warning(song: Song) -> str | None:
    """What to say of a song whose beats, or bars, were heard in its notes."""
    if song.beats_heard:
        tempo = f"about {song.usual_tempo:.0f} a minute, in bars of {'three' if song.bars_heard else 'four'}"
        return f"beats are those heard in the notes ({tempo}); choose beats file for the file's own"
    if song.bars_heard and song.is_mostly_common_time:
        where = f"bars begin on beat {song.first_beat:g} of the file's"
        return f"{where}, as heard in the drums, and are counted so; choose beats file for the file's own"
    if song.bars_heard:
        return "bars are of three quarters, as heard in the notes, and counted so; choose beats file for the file's own"
    return None


def without_repeats(tempi: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Tempi but for those that are no change."""
    kept = [tempi[0]]
    for step, bpm in tempi[1:]:
        if abs(bpm / kept[-1][1] - 1) > 1e-6:
            kept.append((step, bpm))
    return kept


def beat_tempi(seconds: np.ndarray) -> list[tuple[int, float]]:
    """(step, beats a minute) where tempi change, of beats that begin at these seconds."""
    return without_repeats([(STEPS_PER_BEAT * i, 60.0 / length) for i, length in enumerate(np.diff(seconds).tolist())])


def extended(at: np.ndarray, values: Sequence[float] | np.ndarray) -> np.ndarray:
    """`values` drawn through by straight lines, at indices float64 `at`; behind the last it goes on as before it."""
    known = np.asarray(values, dtype=np.float64)
    behind = np.maximum(at - (len(known) - 1), 0.0) * (known[-1] - known[-2])
    return np.asarray(np.interp(at, np.arange(len(known)), known) + behind)


def place_between(at: np.ndarray, values: Sequence[float] | np.ndarray) -> np.ndarray:
    """The inverse of `extended`: at which index, float64, rising `values` reach `at`."""
    behind = np.maximum(at - values[-1], 0.0) / (values[-1] - values[-2])
    return np.asarray(np.interp(at, values, np.arange(len(values))) + behind)


def bar_starts(meters: list[Meter], stop: int) -> np.ndarray:
    """Bar lines (int64 steps) of a meter map, up to and including the first at or after `stop`.

    A new time signature starts a bar where it stands, as sequencers do, so a pickup bar is a short bar.
    """
    lines: list[int] = [0]
    for index, meter in enumerate(meters):
        end = meters[index + 1].step if index + 1 < len(meters) else None
        at = meter.step
        while lines[-1] < stop:
            at += meter.bar_steps
            if end is not None and at >= end:
                if end > lines[-1]:
                    lines.append(end)
                break
            lines.append(at)
    return np.array(lines, dtype=np.int64)


def pitched(parts: Mapping[Stem, Notes]) -> list[Notes]:
    """The parts of a song without its drums."""
    return [notes for stem, notes in parts.items() if stem is not Stem.DRUMS]
