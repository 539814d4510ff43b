"""Chords that somebody writes, or guesses, for songs that say little of theirs: heard by the model, never written."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from midi_subtract.figures import first_of_strokes
from midi_subtract.notes import Notes
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
    first; no pitches for none.
    """

    text: str
    bars: tuple[tuple[tuple[int, ...], ...], ...]

    @classmethod
    def parse(cls, text: object) -> LeadSheet:
        """Read chord symbols, such as Am, F#m7b5, Bbmaj7, C/E, Gsus4; N.C. is none, % what the bar before has.

        Bars are parted by |, or without any by spaces. Raises `InputError` for what is no such text.
        """
        if not isinstance(text, str):
            raise InputError(f"chords: {shown(text)} is no text; give chords such as {_EXAMPLE}")
        parted = [bar.split() for bar in text.strip().strip("|").split("|")]
        written = parted if "|" in text else [[symbol] for symbol in parted[0]]
        if not written or not all(written):
            raise InputError(f"chords: {text!r} has a bar without chords; give chords such as {_EXAMPLE}")
        if len(written) > _MOST_BARS:
            raise InputError(f"chords: {len(written)} bars are given; give {_MOST_BARS} at most")
        bars: list[tuple[tuple[int, ...], ...]] = []
        for bar in written:
            if bar == [_BEFORE]:
                if not bars:
                    raise InputError(f"chords: {text!r} begins with {_BEFORE}, before which there is no bar")
                bars.append(bars[-1])
            else:
                bars.append(tuple(_pitches(symbol) for symbol in bar))
        return cls(" ".join(text.split()), tuple(bars))

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

        They last as long as the song, and once over where it holds no notes. They are a part of the first family of
        keys, strings and guitar, but for `stem`, that the song has not, of the first where it has all.
        """
        families = [family for family in _HEARD_AS if family is not stem]
        family = next((f for f in families if f not in song.stems), families[0])
        track = Track("chords", DEFAULT_PROGRAM[family], False, Notes.of(self._rows(song)))
        return replace(song, tracks=[*song.tracks, track], _stems={})

    def _rows(self, song: Song) -> Iterator[tuple[int, int, int, int]]:
        lines = song.bar_starts(song.last_step).tolist() if song.stems else _first_bars(song, len(self.bars))
        for index, (start, stop) in enumerate(pairwise(lines)):
            chords = self.bars[index % len(self.bars)]
            edges = [start + (stop - start) * i // len(chords) for i in range(len(chords) + 1)]
            for chord, (first, end) in zip(chords, pairwise(edges), strict=True):
                yield from ((first, pitch, end - first, _VELOCITY) for pitch in chord if end > first)


def _first_bars(song: Song, count: int) -> list[int]:
    """The first bar lines of a song, one more than bars."""
    stop = 1
    while len(lines := song.bar_starts(stop)) <= count:
        stop *= 2
    return [int(line) for line in lines[: count + 1]]


def _symbol(tonic: int, degree: str, is_minor: bool) -> str:
    upper = degree.upper()
    root = tonic + _DEGREES[upper] - (is_minor and upper in _LOWERED)
    return _PITCH_CLASSES[root % 12] + ("m" if degree.islower() else "")


@lru_cache(maxsize=256)
def _pitches(symbol: str) -> tuple[int, ...]:
    """The pitches of a chord: its bass in both octaves below middle C, or parts miss it too often; the others above."""
    if symbol in _NONE:
        return ()
    pitch_classes = _pitch_classes(symbol)
    bass, others = pitch_classes[0], sorted(set(pitch_classes[1:]))
    return (_LOWEST + bass, _LOW + bass, *(_MIDDLE + other for other in others))


def _pitch_classes(symbol: str) -> list[int]:
    """What music21 reads, the bass first; it writes flats as -, and knows no brackets and no - for minor."""
    found = re.fullmatch(r"([A-G])([#b♯♭]?)([^/]*?)(?:/([A-G])([#b♯♭]?))?", symbol.replace("Δ", "maj7"))
    if found is not None:
        root, accidental, quality, bass, its_accidental = found.groups()
        quality = re.sub(r"^(?:-|min|mi)(?=\d|$)", "m", quality.replace("(", "").replace(")", ""))
        quality = re.sub(r"^m(?:in)?maj7$", "mM7", quality)
        figure = root + _flats(accidental) + quality + (f"/{bass}{_flats(its_accidental)}" if bass else "")
        pitch_classes = _as_music21_reads(figure)
        if pitch_classes:
            return pitch_classes
    raise InputError(f"chords: {symbol!r} is not known; give chords such as {_EXAMPLE}")


def _flats(accidental: str | None) -> str:
    return (accidental or "").replace("b", "-").replace("♭", "-").replace("♯", "#")


def _as_music21_reads(figure: str) -> list[int]:
    """Pitch classes of a chord, the bass first; none where music21 does not know it."""
    from music21.exceptions21 import Music21Exception  # takes a second to load
    from music21.harmony import ChordSymbol

    try:
        chord = ChordSymbol(figure)
        bass = chord.bass().pitchClass
        return [bass, *(pitch.pitchClass for pitch in chord.pitches if pitch.pitchClass != bass)]
    except (Music21Exception, ValueError, AttributeError):
        return []


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
