"""Chords that somebody writes, or guesses, for songs that say little of theirs: heard by the model, never written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from midi_subtract.listening.chord_symbols import pitch_classes
from midi_subtract.listening.chords import ChordSpan
from midi_subtract.listening.figures import first_of_strokes
from midi_subtract.listening.sections import is_pickup
from midi_subtract.metrics import sounding
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DEFAULT_PROGRAM
from midi_subtract.song import Song, Track
from subtract_core.choice import shown
from subtract_core.errors import InputError
from subtract_core.stems import Stem

_EXAMPLE = "'Am F C G' (a bar each, over and over) or 'Am | F G | % | C/E'"
_NONE = ("N.C.", "NC")
_BEFORE = "%"
_MOST_BARS = 10_000
_ONE_LINE = 1.1  # notes a stroke at most
_FEWEST_BARS, _MOSTLY = 8, 0.75
"""Bars with chords, and the share of them in which these come late, from which on harmonies are open."""
_DOWNBEAT = STEPS_PER_BEAT // 4  # a sixteenth
_HEARD_AS = (Stem.KEYS, Stem.STRINGS, Stem.GUITAR)
_VELOCITY = 70
_LOWEST, _LOW, _MIDDLE = 36, 48, 60  # C2 and C3: where the bass of a chord begins, in two octaves; C4: the others

_GUESSES = ("i VI III VII", "i VII VI VII", "i iv VII III", "I V vi IV", "I vi IV V", "I IV I V")
"""Progressions of many pop and rock songs, a bar each; of them, one is drawn where only drums are there."""
_MINOR_KEYS, _MAJOR_KEYS = ("A", "E", "D", "B", "C", "G"), ("C", "G", "D", "A", "F", "E")
_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}  # semitones above the key, in major
_LOWERED = {"III", "VI", "VII"}  # in minor, by a semitone
_PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class LeadSheet:
    """Chords bar by bar, over and over.

    text: as they were written. bars: for every bar chords that share it evenly, each as MIDI pitches, the lowest
    first; no pitches for none. roots: the same, the pitch class of the root of each that has another bass, else None.
    """

    text: str
    bars: tuple[tuple[tuple[int, ...], ...], ...]
    roots: tuple[tuple[int | None, ...], ...]

    @classmethod
    def parse(cls, text: object) -> LeadSheet:
        """Read chord symbols, such as Am, F#m7b5, Bbmaj7, C/E, G13sus4; N.C. is none, % what the bar before has.

        Bars are parted by |, or without any by spaces. Raises `InputError` for what is no such text.
        """
        if not isinstance(text, str):
            raise InputError(f"chords: {shown(text)} is no text; give chords such as {_EXAMPLE}")
        parted = [bar.split() for bar in text.strip().strip("|").split("|")]
        written = parted if "|" in text else [[symbol] for symbol in parted[0]]
        if not written or not all(written):
            raise InputError(f"chords: {shown(text)} has a bar without chords; give chords such as {_EXAMPLE}")
        if len(written) > _MOST_BARS:
            raise InputError(f"chords: {len(written)} bars are given; give {_MOST_BARS} at most")
        bars: list[list[str]] = []
        for bar in written:
            if bar == [_BEFORE] and not bars:
                raise InputError(f"chords: {shown(text)} begins with {_BEFORE}, before which there is no bar")
            bars.append(bars[-1] if bar == [_BEFORE] else bar)
        pitches = tuple(tuple(_pitches(symbol) for symbol in bar) for bar in bars)
        roots = tuple(tuple(_root_above(symbol) for symbol in bar) for bar in bars)
        return cls(" ".join(text.split()), pitches, roots)

    @classmethod
    def guess(cls, seed: int) -> LeadSheet:
        """Four bars that many songs have, in a usual key."""
        draw = random.Random(seed)
        degrees = draw.choice(_GUESSES).split()
        is_minor = degrees[0].islower()
        tonic = _PITCH_CLASSES.index(draw.choice(_MINOR_KEYS if is_minor else _MAJOR_KEYS))
        return cls.parse(" ".join(_symbol(tonic, degree, is_minor) for degree in degrees))

    def heard_in(self, song: Song, stem: Stem) -> Song:
        """The song with these chords as a part beside those it has, for one that is to write `stem`.

        They begin with the first bar that is no pickup, and last as long as the song, once over where it holds no
        notes. They are a part of the first family of keys, strings and guitar, but for `stem`, that the song has not,
        of the first where it has all.
        """
        families = [family for family in _HEARD_AS if family is not stem]
        family = next((f for f in families if f not in song.stems), families[0])
        track = Track("chords", DEFAULT_PROGRAM[family], False, Notes.of(self._rows(song)))
        return replace(song, tracks=[*song.tracks, track], _stems={})

    def spans(self, song: Song) -> list[ChordSpan]:
        """The chords in a song's steps, one after the other."""
        chords = []
        for start, end, pitches, root in self.chords_in(song):
            if pitches and end > start:
                bass = pitches[0] % 12
                above = bass if root is None else root
                chords.append(ChordSpan(start, end, bass, above, frozenset({above, *(p % 12 for p in pitches)})))
        return chords

    def _rows(self, song: Song) -> Iterator[tuple[int, int, int, int]]:
        for first, end, chord, _ in self.chords_in(song):
            yield from ((first, pitch, end - first, _VELOCITY) for pitch in chord if end > first)

    def chords_in(self, song: Song) -> Iterator[tuple[int, int, tuple[int, ...], int | None]]:
        """First step, step behind the last, pitches and the root where it is another than the bass, chord by chord."""
        count = None if song.stems else len(self.bars)
        for index, (start, stop) in enumerate(pairwise(_full_bars(song, count))):
            chords, roots = self.bars[index % len(self.bars)], self.roots[index % len(self.bars)]
            edges = [start + (stop - start) * i // len(chords) for i in range(len(chords) + 1)]
            yield from zip(edges[:-1], edges[1:], chords, roots, strict=True)


def _full_bars(song: Song, count: int | None) -> list[int]:
    """The bar lines of a song behind a pickup: so many bars, None for all."""
    stop = song.last_step
    lines = song.bar_starts(stop)
    while count is not None and len(lines) < count + 2:
        stop = 2 * stop + 1
        lines = song.bar_starts(stop)
    full: list[int] = lines[int(is_pickup(lines)) :].tolist()
    return full if count is None else full[: count + 1]


def _symbol(tonic: int, degree: str, is_minor: bool) -> str:
    upper = degree.upper()
    root = tonic + _DEGREES[upper] - (is_minor and upper in _LOWERED)
    return _PITCH_CLASSES[root % 12] + ("m" if degree.islower() else "")


@lru_cache(maxsize=256)
def _pitches(symbol: str) -> tuple[int, ...]:
    """The pitches of a chord: its bass in both octaves below middle C, or parts miss it too often; the others above."""
    if symbol in _NONE:
        return ()
    classes = pitch_classes(symbol)
    if classes is None:
        raise InputError(f"chords: {shown(symbol)} is not known; give chords such as {_EXAMPLE}")
    bass, others = classes[0], sorted(classes[1:])
    return (_LOWEST + bass, _LOW + bass, *(_MIDDLE + other for other in others))


def _root_above(symbol: str) -> int | None:
    """The pitch class of a chord's root where its bass is another, as in C/E."""
    classes, plain = pitch_classes(symbol), pitch_classes(symbol.rpartition("/")[0])
    return plain[0] if classes and plain and plain[0] != classes[0] else None


def lead_sheet(chords: str | None, stem: Stem) -> LeadSheet | None:
    """The chords that are given for a part, if any; raises `InputError` for drums, and for what are no chords."""
    if chords is not None and stem is Stem.DRUMS:
        raise InputError("chords: drums play none; leave them out")
    return None if chords is None else LeadSheet.parse(chords)


def guessed_for(song: Song, stem: Stem, seed: int) -> LeadSheet | None:
    """Chords for a song that has none for `stem` to go by, but drums; None for others."""
    only_drums = set(song.stems) == {Stem.DRUMS}
    return LeadSheet.guess(seed) if only_drums and stem is not Stem.DRUMS else None


def is_melody_alone(song: Song, stem: Stem) -> bool:
    """Whether a pitched part has one line alone to go by, beside drums, that is no bass: its harmonies are open."""
    pitched = {other: notes for other, notes in song.others(stem).items() if other is not Stem.DRUMS}
    if stem is Stem.DRUMS or len(pitched) != 1 or Stem.BASS in pitched:
        return False
    (line,) = pitched.values()
    return len(line) <= _ONE_LINE * len(first_of_strokes(line))


def has_late_chords(song: Song, stem: Stem) -> bool:
    """Whether a bass has chords to go by that come behind the first beat of most bars, as in waltzes and marches, where
    one note at most sounds: what their roots are is open."""
    if stem is not Stem.BASS or stem in song.stems:
        return False
    parts = [notes for other, notes in song.stems.items() if other is not Stem.DRUMS]
    lines = song.bar_starts(song.last_step)
    count = sounding(Notes.merge(parts), int(lines[-1])).sum(axis=0)
    bars = [count[first:after] for first, after in pairwise(lines.tolist())]
    late = [bool((bar[:_DOWNBEAT] < 2).all()) for bar in bars if bar.max() >= 3]
    return len(late) >= _FEWEST_BARS and sum(late) >= _MOSTLY * len(late)
