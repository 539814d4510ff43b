"""What is asked of a part, stretch by stretch of its song: brought about, and held against what came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from midi_subtract.listening.chords import ChordSpan
from midi_subtract.listening.facts import Setting, scales
from midi_subtract.metrics import BoolArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, same
from midi_subtract.playing.adherence import bars_played, rests, shortfall, thinness
from midi_subtract.playing.arranging import arranged, asked_figures
from midi_subtract.playing.drum_arranging import expected_drums, lacking
from midi_subtract.playing.drum_fills import with_form
from midi_subtract.playing.endings import ended, ending_of
from midi_subtract.playing.finishing import finish
from midi_subtract.playing.fretboard import fingered
from midi_subtract.playing.habits import (
    as_loud,
    highest_voice,
    one_line,
    plays_chords,
    six_strings,
    with_song,
    within_song,
    without_percussion,
    without_slips,
)
from midi_subtract.playing.loudness import VELOCITIES, Ramp, behind, in_velocities, of_band, without_wish
from midi_subtract.playing.octaves import LOWEST, as_low, by_octaves, no_lower, tuned_lower
from midi_subtract.playing.repetition import with_repeats
from midi_subtract.song import Song
from midi_subtract.words.kit_words import told
from subtract_core.choice import whole_number
from subtract_core.errors import InputError
from subtract_core.levels import apart
from subtract_core.spans import checked_spans, joined
from subtract_core.stems import Stem
from subtract_core.style_facts import with_implied
from subtract_core.wish import Section, Wish

Bars = tuple[int, int]
"""A first bar and a last one, counted from 1."""
_DRAWN = {"density", "syncopation"}
"""Scales of which a number is reached by drawing alone, or nearly so."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring bars of which one thing is asked.

    first, last: bar numbers, counted from 1. setting: bar lines in the song's steps, and the tempo.
    """

    first: int
    last: int
    setting: Setting
    wish: Wish

    @property
    def start(self) -> int:
        """First step."""
        return int(self.setting.bar_starts[0])

    @property
    def stop(self) -> int:
        """Step after the last."""
        return int(self.setting.bar_starts[-1])

    @property
    def bars(self) -> str:
        """Its bars in words."""
        return f"{self.first}-{self.last}"


def _stretch(song: Song, first: int, last: int, wish: Wish) -> Stretch:
    lines = song.bar_starts(song.last_step)
    return Stretch(first, last, Setting.of(song, int(lines[first - 1]), int(lines[last])), wish)


def _of_notes(wish: Wish) -> Wish:
    """A wish without what it says of how loud a part is, and of what is laid over the kit that a model writes."""
    levels, numbers = (
        {name: value for name, value in said.items() if name not in VELOCITIES} for said in (wish.levels, wish.numbers)
    )
    return told(replace(wish, levels=levels, numbers=numbers, ramp=0))


def bars_of(song: Song, only: object) -> list[Bars]:
    """Pairs of a first and a last bar, counted from 1, that somebody asks for, in order; a last one of None is the
    song's. Raises `InputError`, which names `only`, for what are no bars of the song."""
    bars = len(song.bar_starts(song.last_step)) - 1
    spans = checked_spans(only, lambda bar: whole_number("only", bar, f"1 to {bars}"), "[(17, 24)]")
    for first, last in spans:
        if not 1 <= first <= bars or (last or first) > bars:
            asked = f"bars {first}-{last} are" if last else f"bar {first} is"
            raise InputError(f"only: {asked} not in the song; {song.name} has bars 1 to {bars}")
    halfopen = joined((first, (last or bars) + 1) for first, last in spans)
    return [(first, stop - 1) for first, stop in halfopen]


@dataclass(frozen=True)
class Asked:
    """What is asked of a part of `stem` in a song, from its first bar to its last or in some of its bars only.

    written: bool [bars], those in which it is to play. unheard: the bars, counted from 1, at which something else is
    asked from there on, but of none of these. replaced: what the song had of the part in its place. chart: chords that
    are written for the song.
    """

    song: Song
    stem: Stem
    stretches: tuple[Stretch, ...]
    written: BoolArray
    unheard: tuple[int, ...] = ()
    replaced: Notes = field(default_factory=Notes.empty)
    chart: Sequence[ChordSpan] = ()

    @classmethod
    def of(
        cls, song: Song, stem: Stem, wish: Wish, later: Mapping[int, Wish] | None = None, only: Sequence[Bars] = ()
    ) -> Asked:
        """wish: from the first bar on. later: bar number -> what is asked from there on instead. only: the bars in
        which the part is to play, see `bars_of`; all if there are none.

        Raises `InputError` for a bar that the song has not.
        """
        lines = song.bar_starts(song.last_step)
        bars = len(lines) - 1
        wishes = {1: wish} | dict(sorted((later or {}).items()))
        for bar in wishes:
            if not 1 <= bar <= bars:
                raise InputError(f"sections: bar {bar} is not in the song; {song.name} has bars 1 to {bars}")
        spans = list(pairwise([*wishes, bars + 1]))
        stretches = [
            _stretch(song, max(first, begin), min(after - 1, end), wishes[first])
            for begin, end in only or [(1, bars)]
            for first, after in spans
            if first <= end and begin < after
        ]
        written = np.zeros(bars, dtype=np.bool_)
        for stretch in stretches:
            written[stretch.first - 1 : stretch.last] = True
        outside = [first for first, after in spans if not written[first - 1 : after - 1].any()]
        for stretch in stretches:
            written[stretch.first - 1 : stretch.last] = not stretch.wish.silent
        return cls(song, stem, tuple(stretches), written, tuple(bar for bar in outside if bar in (later or {})))

    def inside(self, notes: Notes) -> Notes:
        """The notes of the bars in which the part is to play, none of which lasts longer than bars that are written."""
        if self.written.all():
            return notes
        spans = joined((s.start, s.stop) for s in self._playing)
        return Notes.merge(notes.between(start, stop).shifted(start) for start, stop in spans)

    def __bool__(self) -> bool:
        """Whether anything is asked of which models are told, or that they are judged by."""
        return any(stretch.wish.is_told for stretch in self._playing)

    def of_notes(self) -> Asked:
        """What is asked of the notes, of which a part is drawn: nothing where it is their velocities alone, or what is
        laid over a kit. That is finished, and a part is to have the notes that it would have without the wish."""
        stretches = tuple(replace(s, wish=_of_notes(s.wish)) for s in self.stretches)
        of_notes = replace(self, stretches=stretches)
        is_asked = any(s.wish.levels or any(s.wish.options.values()) for s in of_notes._playing)
        return self if is_asked else of_notes

    @property
    def _playing(self) -> list[Stretch]:
        return [stretch for stretch in self.stretches if not stretch.wish.silent]

    @property
    def _is_whole(self) -> bool:
        """Whether something is said of all bars of the song, if only that it rests there."""
        return sum(s.last - s.first + 1 for s in self.stretches) == len(self.written)

    @property
    def sections(self) -> list[Section]:
        """The same for the denoiser, with what styles imply, a frame a beat; a section begins with the beat of its bar
        line."""
        end = self.song.n_beats
        after = [Section(-(-s.stop // STEPS_PER_BEAT), Wish()) for s in self.stretches]
        sections = [section for section in after if section.first < end]
        sections += [Section(s.start // STEPS_PER_BEAT, with_implied(told(s.wish), self.stem)) for s in self.stretches]
        return sorted({section.first: section for section in sections}.values(), key=lambda section: section.first)

    def aimed(self, notes: Notes) -> Asked:
        """What a further try is told: where a number is asked for, so much more or less of it as this part is short of
        it or beyond, since a model that is pulled hard goes farther than it is told."""
        return replace(self, stretches=tuple(replace(s, wish=self._aimed(notes, s)) for s in self.stretches))

    def _aimed(self, notes: Notes, stretch: Stretch) -> Wish:
        wish, lines = stretch.wish, stretch.setting.bar_starts
        numbers = _DRAWN & set(wish.numbers)
        if not numbers:
            return wish
        there = scales(notes.between(stretch.start, stretch.stop), self.stem, lines - stretch.start, tempo=120.0)
        levels = dict(wish.levels)
        for name in numbers:
            moved = levels[name] + apart(name, self.stem, there.get(name, 0.0), wish.numbers[name])
            levels[name] = min(max(moved, 0.0), 1.0)
        return replace(wish, levels=levels)

    def as_players_do(self, notes: Notes, kept: Notes | None = None) -> Notes:
        """The part with what goes without saying: where nobody else plays yet, or any more, it rests, unless bars are
        asked for; it is louder where the others are; a bass plays a note at a time, as low and as loud as people's
        (`habits`); bars that are nearly alike are alike (`repetition`), among those of which one thing is asked. kept:
        what there is of the part, which it goes on like instead."""
        asked = {name for stretch in self.stretches for name in stretch.wish.levels}
        is_chordal = kept is not None and plays_chords(kept)
        if self.stem is Stem.BASS and not is_chordal and "polyphony" not in asked:
            notes = one_line(notes)
        if self.stem is Stem.BASS and kept is None and "register" not in asked:
            notes = as_low(notes, self.song.bar_starts(self.song.last_step))
        if self.stem is Stem.LEAD and kept is None and "polyphony" not in asked:
            notes = highest_voice(notes)
        if self.stem is Stem.GUITAR:
            notes = six_strings(notes)
        if self.stem in (Stem.BASS, Stem.GUITAR):
            notes = without_slips(notes)
        if self and self.stem is Stem.DRUMS and kept is None:
            having = [s for s in self.stretches if s.wish.options.get("kit", {}).get("hand percussion")]
            notes = without_percussion(notes, ((s.start, s.stop) for s in having))
        notes = self._playable(notes)
        if kept is not None:
            return notes
        if not all("loudness" in s.wish.levels for s in self.stretches):
            notes = as_loud(notes, self.stem)
        others, lines = self.song.others(self.stem), self.song.bar_starts(self.song.last_step)
        notes = with_repeats(notes, self.stem, others, lines, self._spans)
        if "dynamic range" not in asked and not any("loudness" in s.wish.numbers for s in self.stretches):
            notes = with_song(notes, self.stem, others, lines)
        if not self._is_whole:
            return notes
        notes = within_song(notes, self.stem, others)
        return with_form(notes, others, lines) if self.stem is Stem.DRUMS and not self.of_notes() else notes

    @property
    def _spans(self) -> list[tuple[int, int]]:
        """First bars, counted from 0, and those behind the last, of neighbouring stretches of whose notes the same is
        asked: how loud they are is another matter."""
        spans: list[tuple[Stretch, Stretch]] = []
        for stretch in self.stretches:
            before = spans[-1] if spans else None
            if before and before[1].last + 1 == stretch.first and _of_notes(before[1].wish) == _of_notes(stretch.wish):
                spans[-1] = (before[0], stretch)
            else:
                spans.append((stretch, stretch))
        return [(first.first - 1, last.last) for first, last in spans]

    def finished(self, notes: Notes) -> Notes:
        """The part with what needs no other notes brought to what was asked for, see `finishing`."""
        if not self:
            return notes
        return Notes.merge(self._finished(notes.starting(s.start, s.stop), s, drawn=notes) for s in self.stretches)

    def _finished(self, notes: Notes, stretch: Stretch, drawn: Notes | None = None) -> Notes:
        """The notes of a stretch, finished. drawn: the part, if it is no louder or softer for the wish yet.

        Where nothing is said of it they are as loud as the others in any style, though jazz is recorded softly; drums
        of soft styles stay behind them, but beside drums that the song has.
        """
        wish, own = stretch.wish, without_wish(drawn, stretch.start, stretch.stop, stretch.wish) if drawn else None
        if self.stem is Stem.DRUMS:
            notes = notes if self.stem in self.song.stems else behind(notes, wish, self.band(stretch))
        elif any(wish.options.get("style", {}).values()):
            wish = Wish({"loudness": 0.5}).under(wish)
        wish = in_velocities(wish, self.stem, self.band(stretch), own)
        return finish(notes, self.stem, wish, stretch.setting.bar_starts, self.song.others(self.stem))

    def band(self, stretch: Stretch) -> dict[Stem, float]:
        """How loud the parts of the song are in a stretch."""
        return of_band(self.song.stems, stretch.start, stretch.stop)

    @property
    def ramps(self) -> list[Ramp]:
        """What gets louder or softer, neighbouring stretches in one go: they have it from one prompt."""
        runs: list[list[Stretch]] = []
        for stretch in self.stretches:
            before = runs[-1][-1] if runs else None
            if before and before.wish.ramp == stretch.wish.ramp and before.last + 1 == stretch.first:
                runs[-1].append(stretch)
            else:
                runs.append([stretch])
        return [
            Ramp(run[0].wish.ramp, run[0].start, run[-1].stop, f"{run[0].first}-{run[-1].last}")
            for run in runs
            if run[0].wish.ramp
        ]

    def arranged(self, notes: Notes) -> tuple[Notes, list[str]]:
        """The part with the figures asked for where it has others, see `arranging`, and a sentence for each stretch
        that was changed."""
        parts: list[Notes] = []
        said: list[str] = []
        for stretch in self.stretches:
            inside = notes.starting(stretch.start, stretch.stop)
            part = arranged(notes, self.stem, stretch.wish, self.song.stems, stretch.setting, self.chart)
            if not same(part, inside):
                part = self._finished(part, stretch)
                parts = [before.between(0, stretch.start) for before in parts]  # they would ring on under new bars
                figures = [stretch.wish.line] if stretch.wish.line else asked_figures(stretch.wish, self.stem)
                wanted = ", ".join(figures or expected_drums(stretch.wish))
                bars = f"bars {stretch.bars}: " if self.names_bars else ""
                said.append(f"{bars}no part drawn has what was asked for ({wanted}): it was arranged by rule")
            parts.append(part)
        return Notes.merge(parts), said

    def completed(self, notes: Notes, kept: Notes | None = None) -> Notes:
        """The part that is chosen, moved by octaves where that is asked for, with its last chord where the others hold
        theirs (`endings`), such that it can be played, and louder or softer to its end if it is to be. kept: what
        there is of the part elsewhere."""
        notes = self._by_octaves(notes)
        lines, last = self.song.bar_starts(self.song.last_step), self.stretches[-1].wish
        if kept is None and self._is_whole and not last.silent and (ending := ending_of(self.song.stems, lines)):
            is_held = last.levels.get("note length", 0.5) >= 0.5
            notes = ended(notes, self.stem, ending, lines, is_held, last.options.get("kit", {}))
        notes = self._playable(notes)
        for ramp in self.ramps:
            notes = ramp.on(notes, self.stem)
        return notes

    def _playable(self, notes: Notes) -> Notes:
        """A bass without notes below its lowest string, unless such are asked for, a guitar that can be fingered; see
        `octaves` and `fretboard`."""
        if self.stem not in LOWEST:
            return notes
        lower = tuned_lower([*self.song.stems.items(), (self.stem, self.replaced)])
        if self.stem is Stem.GUITAR:
            return fingered(notes, lower)
        wishes = [stretch.wish for stretch in self.stretches]
        is_low = any(wish.levels.get("register", 0.5) < 0.5 or wish.octaves < 0 for wish in wishes)
        lowest = LOWEST[self.stem] - lower
        return notes if is_low else no_lower(notes, lowest, self.song.bar_starts(self.song.last_step))

    def _by_octaves(self, notes: Notes) -> Notes:
        """The part with the stretches moved that are to be higher or lower than they would be."""
        if self.stem is Stem.DRUMS or not any(stretch.wish.octaves for stretch in self.stretches):
            return notes
        parts = []
        for stretch in self.stretches:
            part, octaves = notes.starting(stretch.start, stretch.stop), stretch.wish.octaves
            usual = self.usual_pitch(notes, stretch)
            if octaves and len(part) and usual is not None:
                octaves = round((usual - float(part.pitch.mean())) / 12 + octaves)
            parts.append(by_octaves(part, self.stem, octaves) if octaves else part)
        return Notes.merge(parts)

    def usual_pitch(self, notes: Notes, stretch: Stretch) -> float | None:
        """The mean pitch of the part where it is not moved: in the stretch before, else in that behind; None if all of
        it is moved."""
        near = sorted(self.stretches, key=lambda other: (other.first > stretch.first, abs(other.first - stretch.first)))
        inside = (notes.starting(other.start, other.stop) for other in near if not other.wish.octaves)
        return next((float(part.pitch.mean()) for part in inside if len(part)), None)

    def missed(self, notes: Notes) -> float:
        """How far a part is from it, see `adherence`: the mean over the bars in which it is to play. Infinite without
        notes.

        What nobody needs to ask for counts too: that it plays at all, and more than a note here and there, and of drums
        kick and snare, a half for each.
        """
        if not len(notes):
            return math.inf
        bars, wished = int(self.written.sum()), [stretch for stretch in self._playing if stretch.wish.is_told]
        short = sum(self._shortfall(notes, s) * (s.last - s.first + 1) / bars for s in wished)
        lines = Setting.of(self.song).bar_starts
        others = bars_played(self.song.stems, lines) & self.written
        thin = 0.0 if self._number_is_asked else thinness(notes, others, lines)
        is_sparse = any("density" in s.wish.levels for s in self.stretches)
        steady = self.stem is Stem.DRUMS and bool(self.of_notes()) and not is_sparse
        return short + rests(notes, others, lines, steady) + thin

    @property
    def names_bars(self) -> bool:
        """Whether rows and sentences have to say which bars they are about."""
        return len(self.stretches) > 1 or not self.written.all()

    @property
    def _number_is_asked(self) -> bool:
        """Whether a wish says how many notes there are: as density, or by a figure such as whole notes."""
        return any("density" in s.wish.levels or "figure" in s.wish.options for s in self.stretches)

    def _shortfall(self, notes: Notes, stretch: Stretch) -> float:
        def inside(part: Notes) -> Notes:
            return part.between(stretch.start, stretch.stop)

        setting = replace(stretch.setting, bar_starts=stretch.setting.bar_starts - stretch.start)
        context = {stem: inside(part) for stem, part in self.song.stems.items()}
        expected = expected_drums(stretch.wish) if self.stem is Stem.DRUMS else ()
        lacks = lacking(inside(notes), setting.bar_starts, expected)
        levels = {name: level for name, level in stretch.wish.levels.items() if name != "loudness"}  # finishing has it
        wish = replace(stretch.wish, levels=levels)
        return shortfall(inside(notes), self.stem, wish, context, setting) + len(lacks) / 2
