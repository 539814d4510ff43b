"""A score on a grid of sixteenths, and the hands that play it: phrases, chords, drum patterns, a human touch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

PPQ = 480
"""Ticks a quarter note."""
SIXTEENTH = PPQ // 4

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"#": 1, "b": -1}
_ACCENTS = {"!": 14, ",": -42}


class Note(NamedTuple):
    """Start and length in ticks, pitch 0-127, velocity 1-127."""

    start: int
    length: int
    pitch: int
    velocity: int


class Tone(NamedTuple):
    """A note as it is written: start and length in sixteenths, pitch, and what is added to its velocity."""

    at: float
    length: float
    pitch: int
    accent: int


@dataclass
class Part:
    """One instrument. program: General MIDI, from 0. channel: 0-15. seed: of the player's hand.

    swing: ticks by which every second sixteenth comes late. loose: largest deviation of an onset in ticks.
    controls: (tick, channel message with channel 0).
    """

    name: str
    program: int
    channel: int
    seed: int
    swing: int = 0
    loose: int = 5
    notes: list[Note] = field(default_factory=list)
    controls: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # random() is the one method whose sequence Python promises not to change between versions.
        self._random = Random(self.seed).random

    def play(self, at: float, length: float, pitch: int, velocity: float) -> None:
        """Play a note at a sixteenth from the start of the song, a little early or late, a little loud or soft."""
        late = self.swing if at % 2 == 1 else 0
        start = max(0, round(at * SIXTEENTH) + late + self._deviation(self.loose))
        loudness = round(velocity) + self._deviation(4)
        self.notes.append(Note(start, max(20, round(length * SIXTEENTH)), pitch, min(127, max(1, loudness))))

    def control(self, at: float, number: int, value: int) -> None:
        """Send a controller (0-127) at a sixteenth."""
        self.controls.append((round(at * SIXTEENTH), bytes([0xB0, number, value])))

    def bend(self, at: float, value: int) -> None:
        """Bend the pitch, -8192 to 8191."""
        raw = value + 8192
        self.controls.append((round(at * SIXTEENTH), bytes([0xE0, raw & 0x7F, raw >> 7])))

    def _deviation(self, spread: int) -> int:
        return round((self._random() * 2 - 1) * spread)


@dataclass
class Score:
    """A song. tempi: (sixteenth, quarter notes a minute). meters: (sixteenth, numerator, denominator).

    key: number of sharps (flats below 0), and whether it is minor. lyrics, markers: (sixteenth, text).
    sysex: messages sent at the start, without their 0xF0. file_format: 0 or 1.
    """

    title: str
    tempi: list[tuple[float, float]]
    meters: list[tuple[float, int, int]]
    key: tuple[int, bool]
    parts: list[Part]
    lyrics: list[tuple[float, str]] = field(default_factory=list)
    markers: list[tuple[float, str]] = field(default_factory=list)
    sysex: list[bytes] = field(default_factory=list)
    file_format: int = 1


# --- melodies -------------------------------------------------------------------------------------------------------


def pitch_of(name: str) -> int:
    """MIDI note of a name such as `F#4` or `Bb2`; C4 is 60."""
    shift = _ACCIDENTALS.get(name[1], 0)
    return _LETTERS[name[0]] + shift + 12 * (int(name[2:] if shift else name[1:]) + 1)


def phrase(text: str, bar: int = 16) -> list[Tone]:
    """Read `"E4:6 r:2 G4:8! | ..."`: a pitch, or r for a rest, and its sixteenths; `!` accents, `,` makes a ghost.

    bar: sixteenths that every stretch between two bar lines must add up to, so that a slip is an error.
    """
    tones: list[Tone] = []
    at = 0
    for number, measure in enumerate(text.split("|"), start=1):
        for token in measure.split():
            accent = _ACCENTS.get(token[-1], 0)
            name, length = token.rstrip("!,").split(":")
            if name != "r":
                tones.append(Tone(at, int(length), pitch_of(name), accent))
            at += int(length)
        if at != number * bar:
            raise ValueError(f"bar {number} of {text!r} ends at sixteenth {at}, not {number * bar}")
    return tones


def sing(part: Part, at: float, tones: Sequence[Tone], velocity: float, legato: float = 0.93) -> None:
    """Play a phrase: swelling to its middle and back, with weight on the beats."""
    length = max(tone.at + tone.length for tone in tones)
    for tone in tones:
        arch = 10 * math.sin(math.pi * tone.at / length)
        weight = 5 if tone.at % 8 == 0 else 0 if tone.at % 4 == 0 else -5
        held = 0.5 if tone.accent < 0 else tone.length * legato
        part.play(at + tone.at, held, tone.pitch, velocity + arch + weight + tone.accent)


# --- chords ---------------------------------------------------------------------------------------------------------

_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "6": (0, 4, 9, 7),
    "m6": (0, 3, 9, 7),
    "7": (4, 10, 0, 7),
    "m7": (3, 10, 0, 7),
    "maj7": (4, 11, 0, 7),
    "9": (4, 10, 2, 7),
    "m9": (3, 10, 2, 7),
    "7sus4": (5, 10, 0, 7),
}
"""Intervals over the root in semitones, those that must not be left out first."""


def root_of(symbol: str) -> int:
    """Pitch class of a chord symbol's root."""
    return (_LETTERS[symbol[0]] + _ACCIDENTALS.get(symbol[1:2], 0)) % 12


def chord(symbol: str, voices: int) -> list[int]:
    """Pitch classes of a chord symbol such as `F#m7`, its `voices` most telling ones."""
    quality = symbol[1:].lstrip("#b")
    return [(root_of(symbol) + interval) % 12 for interval in _QUALITIES[quality][:voices]]


def voicings(symbols: Sequence[str], low: int, high: int, voices: int = 3) -> list[tuple[int, ...]]:
    """Close voicings between two pitches, each as near to the one before as can be."""
    found: list[tuple[int, ...]] = []
    centre = tuple([(low + high) // 2] * voices)
    for symbol in symbols:
        last = found[-1] if found else centre
        choices = _close_voicings(chord(symbol, voices), low, high)
        found.append(min(choices, key=lambda v: (sum(abs(a - b) for a, b in zip(v, last, strict=False)), v)))
    return found


def _close_voicings(classes: Sequence[int], low: int, high: int) -> list[tuple[int, ...]]:
    choices = []
    for lowest in range(low, high + 1):
        if lowest % 12 in classes:
            tones = tuple(sorted(lowest + (pc - lowest) % 12 for pc in classes))
            if tones[-1] <= high:
                choices.append(tones)
    return choices


def strike(part: Part, at: float, length: float, pitches: Sequence[int], velocity: float, strum: float = 0.0) -> None:
    """Play a chord, upwards over `strum` sixteenths, its top note a little louder."""
    for index, pitch in enumerate(pitches):
        delay = strum * index / max(1, len(pitches) - 1)
        part.play(at + delay, length - delay, pitch, velocity + (6 if index == len(pitches) - 1 else 0))


def pad(part: Part, at: float, bars: Iterable[tuple[float, Sequence[int]]], velocity: float) -> None:
    """Hold (length, pitches) one after the other; a pitch that two neighbours share is not struck again."""
    sounding: dict[int, float] = {}
    for length, pitches in [*bars, (0.0, ())]:
        for pitch in sorted(set(sounding) - set(pitches)):
            start = sounding.pop(pitch)
            part.play(start, at - start - 0.1, pitch, velocity)
        for pitch in pitches:
            sounding.setdefault(pitch, at)
        at += length


def swell(part: Part, at: float, length: float, first: int, last: int) -> None:
    """Move expression (CC11) from one value to another, a step a beat."""
    steps = max(1, round(length / 4))
    for step in range(steps + 1):
        part.control(at + step * length / steps, 11, round(first + (last - first) * step / steps))


# --- drums ----------------------------------------------------------------------------------------------------------

DRUM_KEYS = {
    "kick": 36,
    "stick": 37,
    "snare": 38,
    "clap": 39,
    "hat": 42,
    "pedal": 44,
    "open": 46,
    "floor": 43,
    "mid": 47,
    "high": 50,
    "crash": 49,
    "ride": 51,
    "bell": 53,
    "tambourine": 54,
    "shaker": 70,
}
_STROKES = {"X": 112, "x": 92, "o": 70, "g": 38}
"""Velocities: accented, plain, soft, ghost."""


def beat(part: Part, at: float, lines: Mapping[str, str], loudness: float = 1.0) -> None:
    """Play drums written as one character a sixteenth: X accented, x plain, o soft, g ghost, anything else a rest."""
    for drum, line in lines.items():
        for step, stroke in enumerate(line):
            if stroke in _STROKES:
                part.play(at + step, 0.5, DRUM_KEYS[drum], _STROKES[stroke] * loudness)
