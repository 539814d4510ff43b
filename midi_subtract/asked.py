"""What is asked of a part, stretch by stretch of its song: brought about, and held against what came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from midi_subtract.adherence import bars_played, heard_styles, rests, shortfall, thinness
from midi_subtract.arranging import arranged, asked_figures
from midi_subtract.drum_arranging import with_form
from midi_subtract.facts import Setting, stem_facts
from midi_subtract.finishing import finish
from midi_subtract.grooves import styles_heard
from midi_subtract.habits import as_loud, held_last, one_line, plays_chords, six_strings, with_song, within_song
from midi_subtract.kit_words import told
from midi_subtract.metrics import BoolArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, same
from midi_subtract.repetition import with_repeats
from midi_subtract.song import Song
from midi_subtract.style_classifier import bundled_styles
from subtract_core.choice import whole_number
from subtract_core.errors import InputError
from subtract_core.explain import FactReport, explain
from subtract_core.spans import checked_spans, joined
from subtract_core.stems import Stem
from subtract_core.style_facts import with_implied
from subtract_core.wish import Section, Wish

Bars = tuple[int, int]
"""A first bar and a last one, counted from 1."""


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
    asked from there on, but of none of these.
    """

    song: Song
    stem: Stem
    stretches: tuple[Stretch, ...]
    written: BoolArray
    unheard: tuple[int, ...] = ()

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
        return cls(song, stem, tuple(stretches), written, tuple(bar for bar in outside if bar in (later or {})))

    def inside(self, notes: Notes) -> Notes:
        """The notes of the bars in which the part is to play, none of which lasts longer than bars that are written."""
        if self.written.all():
            return notes
        spans = joined((s.start, s.stop) for s in self.stretches)
        return Notes.merge(notes.between(start, stop).shifted(start) for start, stop in spans)

    def __bool__(self) -> bool:
        return any(stretch.wish for stretch in self.stretches)

    @property
    def sections(self) -> list[Section]:
        """The same for the denoiser, with what styles imply, a frame a beat; a section begins with the beat of its bar
        line."""
        end = self.song.n_beats
        after = [Section(-(-s.stop // STEPS_PER_BEAT), Wish()) for s in self.stretches]
        sections = [section for section in after if section.first < end]
        sections += [Section(s.start // STEPS_PER_BEAT, with_implied(told(s.wish), self.stem)) for s in self.stretches]
        return sorted({section.first: section for section in sections}.values(), key=lambda section: section.first)

    def as_players_do(self, notes: Notes, kept: Notes | None = None) -> Notes:
        """The part with what goes without saying: where nobody else plays yet, or any more, it rests, unless bars are
        asked for; it is louder where the others are; a bass plays a note at a time, as loud as people's (`habits`);
        bars that are nearly alike are alike (`repetition`), among those of which one thing is asked. kept: what there
        is of the part, which it goes on like instead."""
        asked = {name for stretch in self.stretches for name in stretch.wish.levels}
        is_chordal = kept is not None and plays_chords(kept)
        if self.stem is Stem.BASS and not is_chordal and "polyphony" not in asked:
            notes = one_line(notes)
        if self.stem is Stem.GUITAR:
            notes = six_strings(notes)
        if kept is not None:
            return notes
        if "loudness" not in asked:
            notes = as_loud(notes, self.stem)
        others, lines = self.song.others(self.stem), self.song.bar_starts(self.song.last_step)
        spans = [(stretch.first - 1, stretch.last) for stretch in self.stretches]
        notes = with_repeats(notes, self.stem, others, lines, spans)
        if self.stem is not Stem.DRUMS and not asked & {"loudness", "dynamic range"}:
            notes = with_song(notes, others, lines)
        if not self.written.all():
            return notes
        notes = within_song(notes, self.stem, others)
        if self.stem is not Stem.DRUMS:
            return held_last(notes, others)
        return notes if self else with_form(notes, others, lines)

    def finished(self, notes: Notes) -> Notes:
        """The part with what needs no other notes brought to what was asked for, see `finishing`."""
        if not self:
            return notes
        parts, others = [], self.song.others(self.stem)
        for stretch in self.stretches:
            inside = notes.starting(stretch.start, stretch.stop)
            parts.append(finish(inside, self.stem, stretch.wish, stretch.setting.bar_starts, others))
        return Notes.merge(parts)

    def arranged(self, notes: Notes) -> tuple[Notes, list[str]]:
        """The part with the figures asked for where it has others, see `arranging`, and a sentence for each stretch
        that was changed."""
        parts: list[Notes] = []
        said: list[str] = []
        for stretch in self.stretches:
            inside = notes.starting(stretch.start, stretch.stop)
            part = arranged(notes, self.stem, stretch.wish, self.song.stems, stretch.setting)
            if not same(part, inside):
                part = finish(part, self.stem, stretch.wish, stretch.setting.bar_starts, self.song.others(self.stem))
                parts = [before.between(0, stretch.start) for before in parts]  # they would ring on under new bars
                wanted = ", ".join(asked_figures(stretch.wish, self.stem))
                bars = f"bars {stretch.bars}: " if self._names_bars else ""
                said.append(f"{bars}no part drawn has what was asked for ({wanted}): it was arranged by rule")
            parts.append(part)
        return Notes.merge(parts), said

    def missed(self, notes: Notes) -> float:
        """How far a part is from it, see `adherence`: the mean over the bars in which it is to play. Infinite without
        notes.

        What nobody needs to ask for counts too: that it plays at all, and more than a note here and there.
        """
        if not len(notes):
            return math.inf
        bars = int(self.written.sum())
        short = sum(self._shortfall(notes, s) * (s.last - s.first + 1) / bars for s in self.stretches if s.wish)
        lines = Setting.of(self.song).bar_starts
        others = bars_played(self.song.stems, lines) & self.written
        thin = 0.0 if self._number_is_asked else thinness(notes, others, lines)
        is_sparse = any("density" in s.wish.levels for s in self.stretches)
        steady = self.stem is Stem.DRUMS and bool(self) and not is_sparse
        return short + rests(notes, others, lines, steady) + thin

    @property
    def _names_bars(self) -> bool:
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
        return shortfall(inside(notes), self.stem, stretch.wish, context, setting)

    def explained(self, notes: Notes, program: int) -> list[FactReport]:
        """What was asked beside what was measured; with several stretches the bars are named. Without notes nothing is
        measured, and nothing that was asked for is fulfilled."""
        rows = []
        for stretch in self.stretches:
            inside = notes.starting(stretch.start, stretch.stop)
            style = self._style(inside, stretch)
            setting = replace(stretch.setting, programs={program: len(inside)} if len(inside) else {}, style=style)
            facts = stem_facts(notes, self.stem, self.song.stems, setting)
            bars = stretch.bars if self._names_bars else ""
            rows += [replace(row, bars=bars) for row in explain(stretch.wish, facts)]
        if not len(notes):
            return [replace(row, measured="cannot be measured", fulfilled=False) for row in rows if row.asked]
        return [replace(r, measured=f"{r.measured} (inferred)") if r.fact == "style" and style else r for r in rows]

    def _style(self, notes: Notes, stretch: Stretch) -> tuple[str, ...]:
        """The style that the drums of a stretch are heard to be in, where one is asked for that can be told apart."""
        if self.stem is not Stem.DRUMS or not (asked := heard_styles(stretch.wish)):
            return ()
        lines, known = stretch.setting.bar_starts, bundled_styles().config.styles
        there = tuple(style for style, sure in styles_heard(notes, asked, lines).items() if sure >= 1.0)
        if there or not set(asked) & set(known):
            return there
        found = bundled_styles().recognised(notes, lines)
        return (found,) if found else ()
