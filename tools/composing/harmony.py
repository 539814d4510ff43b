"""Keys, chords and progressions: templates and functional walks, as scale degrees in roman numerals."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tools.composing.rhythm import BAR, pick

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "5": (0, 7),
}
_MAJOR_DEGREES = dict(zip(["i", "ii", "iii", "iv", "v", "vi", "vii"], SCALES["major"], strict=True))
_NUMERAL = re.compile(r"(b?)([iv]+)(.*)", re.IGNORECASE)

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "major": (
        "I V vi IV", "vi IV I V", "I vi IV V", "I IV V IV", "I IV vi V", "ii7 V7 Imaj7 Imaj7", "I iii IV V",
        "IV I V vi", "I V IV IV", "I bVII IV I", "vi V IV V", "I IV", "I ii IV V", "ii7 V7 Imaj7 vi7", "IV V iii vi",
        "I V vi iii IV I IV V", "I I IV V", "Imaj7 vi7 ii7 V7", "IV V I I", "I iii vi IV", "IV iv I I",
    ),
    "minor": (
        "i bVII bVI bVII", "i bVI bIII bVII", "i iv v i", "i bVII bVI v", "i iv bVII bIII", "i i iv v",
        "i bIII bVII iv", "bVI bVII i i", "i bVI", "iv i bVI bVII", "i7 iv7 i7 v7", "i v bVI bVII", "i bIII iv bVI",
    ),
    "harmonic minor": (
        "i iv V i", "i bVII bVI V", "i bVI iv V", "iim7b5 V7 i i", "i V i V", "iv V i bVI", "i i iv V7",
        "i iv bVII bIII bVI iim7b5 V7 i",
    ),
    "dorian": ("i IV", "i7 IV7", "i bVII IV i", "i ii bIII IV", "i bIII IV IV", "i i IV bVII", "i7 ii7"),
    "mixolydian": ("I bVII IV I", "I bVII", "I IV bVII IV", "I v IV I", "I I bVII IV", "I7 bVII", "IV bVII I I"),
    "blues": (
        "I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 V7 I7 I7",
        "i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 i7", "I7 IV7", "I7 bIII IV7 I7", "I7 I7 IV7 IV7 V7 IV7 I7 I7",
    ),
}  # fmt: skip
# Where a chord goes next: by fifths and steps, home more often than not.
_WALKS: dict[str, dict[str, str]] = {
    "major": {
        "I": "IV IV V V vi vi ii iii", "ii": "V V V IV vi", "iii": "vi vi IV ii", "IV": "I I V V ii vi",
        "V": "I I I vi vi IV", "vi": "IV IV ii V iii",
    },
    "minor": {
        "i": "bVI bVI bVII bVII iv v bIII", "bIII": "bVII bVI iv i", "iv": "i v bVII bVI", "v": "i i bVI iv",
        "bVI": "bVII bVII bIII iv i", "bVII": "i i bIII bVI",
    },
    "harmonic minor": {
        "i": "iv iv V bVI bVII", "iv": "V V i bVII", "V": "i i i bVI", "bVI": "V iv bVII", "bVII": "bIII i",
        "bIII": "bVI iv V",
    },
    "dorian": {"i": "IV IV bVII ii bIII", "IV": "i i bVII bIII", "bVII": "IV i i", "ii": "i bIII", "bIII": "IV bVII"},
    "mixolydian": {"I": "bVII bVII IV v ii", "bVII": "IV IV I", "IV": "I I bVII", "v": "IV bVII I", "ii": "bVII v"},
    "blues": {"I7": "IV7 IV7 V7 bIII bVII", "IV7": "I7 I7 V7", "V7": "IV7 I7", "bIII": "IV7 I7", "bVII": "IV7 I7"},
}  # fmt: skip


@dataclass(frozen=True)
class Chord:
    """root, bass: pitch classes. quality: a key of `QUALITIES`."""

    root: int
    quality: str
    bass: int

    @property
    def tones(self) -> tuple[int, ...]:
        """Pitch classes from the root up."""
        return tuple((self.root + i) % 12 for i in QUALITIES[self.quality])

    @property
    def fifth(self) -> int:
        """Semitones from the root to its fifth."""
        return QUALITIES[self.quality][1 if self.quality == "5" else 2]


@dataclass(frozen=True)
class Key:
    """tonic: pitch class. mode: a key of `SCALES`."""

    tonic: int
    mode: str

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes from the tonic up."""
        return tuple((self.tonic + i) % 12 for i in SCALES[self.mode])

    def chord(self, numeral: str) -> Chord:
        """The chord of a numeral such as `bVII`, `ii7` or `Vsus4`; lower case is minor."""
        match = _NUMERAL.fullmatch(numeral)
        if not match:
            raise ValueError(numeral)
        flat, degree, suffix = match.groups()
        root = (self.tonic + _MAJOR_DEGREES[degree.lower()] - len(flat)) % 12
        minor = "m" if degree.islower() and suffix in ("", "7") else ""
        return Chord(root, minor + suffix, root)


@dataclass(frozen=True)
class Harmony:
    """The chords of a section: each begins at its time in steps and lasts until the next, the last one to `end`."""

    times: tuple[int, ...]
    chords: tuple[Chord, ...]
    end: int

    def at(self, step: int) -> Chord:
        """The chord that sounds at a step."""
        return self.chords[max(0, bisect_right(self.times, step) - 1)]

    def change_after(self, step: int) -> int:
        """When the next chord begins, or the section ends."""
        place = bisect_right(self.times, step)
        return self.times[place] if place < len(self.times) else self.end

    def spans(self) -> list[tuple[int, int, Chord]]:
        """(start, end, chord) in time order."""
        return list(zip(self.times, [*self.times[1:], self.end], self.chords, strict=True))


@dataclass(frozen=True)
class Colour:
    """Probabilities of a song's chords: sevenths, suspensions, power chords, slash chords, secondary dominants."""

    seventh: float
    sus: float
    power: float
    slash: float
    secondary: float


def draw_colour(rng: Random, family: str) -> Colour:
    """How a song likes its chords."""
    return Colour(
        seventh=rng.uniform(0.3, 0.9) if family in ("jazz", "groove", "latin") else rng.choice([0, 0, 0.1, 0.4]),
        sus=rng.choice([0, 0.05, 0.12]),
        power=rng.choice([0, 0.5, 1]) if family == "rock" else 0,
        slash=rng.choice([0, 0, 0.1, 0.2]),
        secondary=rng.choice([0, 0, 0.1, 0.2]),
    )


def draw_key(rng: Random, family: str) -> Key:
    """Any tonic, guitar keys somewhat more often."""
    modes = {"major": 40, "minor": 22, "harmonic minor": 8, "dorian": 10, "mixolydian": 10, "blues": 10}
    if family in ("jazz", "groove"):
        modes |= {"major": 25, "dorian": 20, "blues": 18}
    tonic = rng.choice([*range(12), 4, 9, 2, 7, 0])
    return Key(tonic, pick(rng, modes))


def draw_progression(rng: Random, mode: str) -> list[str]:
    """A template, or a walk of four or eight chords."""
    if rng.random() < 0.55:
        return rng.choice(_TEMPLATES[mode]).split()
    walk = _WALKS[mode]
    current = rng.choice([next(iter(walk)), next(iter(walk)), *walk])
    numerals = []
    for _ in range(rng.choice([2, 4, 4, 4, 8])):
        numerals.append(current)
        current = rng.choice(walk[current].split())
    return numerals


def draw_harmony(rng: Random, key: Key, colour: Colour, bars: int) -> Harmony:
    """The chords of a section of that many bars."""
    numerals = draw_progression(rng, key.mode)
    length = BAR if len(numerals) > 8 else rng.choice([BAR // 2, BAR, BAR, BAR, BAR, 2 * BAR])
    cycle = [_coloured(rng, key.chord(n), key, colour) for n in numerals]
    chords = [cycle[place % len(cycle)] for place in range(bars * BAR // length)]
    if rng.random() < 0.35:
        chords[-1] = key.chord(rng.choice(["V", "Vsus4", "V7", "bVII", "IV"]))
    times = [place * length for place in range(len(chords))]
    _add_dominants(rng, times, chords, length, colour.secondary)
    merged = [p for p in range(len(chords)) if p == 0 or chords[p] != chords[p - 1]]
    return Harmony(tuple(times[p] for p in merged), tuple(chords[p] for p in merged), bars * BAR)


def _add_dominants(rng: Random, times: list[int], chords: list[Chord], length: int, chance: float) -> None:
    """Give the last half bar of some chords to the dominant seventh of the next."""
    for place in range(len(chords) - 1, 0, -1):
        if length >= BAR and chords[place] != chords[place - 1] and rng.random() < chance:
            root = (chords[place].root + 7) % 12
            times.insert(place, times[place] - BAR // 2)
            chords.insert(place, Chord(root, "7", root))


def _coloured(rng: Random, chord: Chord, key: Key, colour: Colour) -> Chord:
    quality = chord.quality
    if quality in ("", "m") and rng.random() < colour.power:
        quality = "5"
    elif quality in ("", "m") and rng.random() < colour.seventh:
        major_seventh = (chord.root + 11) % 12 in key.scale
        quality = "m7" if quality == "m" else "maj7" if major_seventh else "7"
    elif quality == "" and rng.random() < colour.sus:
        quality = rng.choice(["sus4", "sus2"])
    tones = Chord(chord.root, quality, chord.root).tones
    bass = rng.choice(tones[1:]) if rng.random() < colour.slash and quality != "5" else chord.root
    return Chord(chord.root, quality, bass)


def nearest(tone: int, pitch: int) -> int:
    """The pitch of a pitch class that is closest to another pitch."""
    return pitch + (tone - pitch + 6) % 12 - 6


def voice_led(chord: Chord, before: Sequence[int], centre: int) -> list[int]:
    """Each tone of the chord once, close to the voices before it and to the centre of the range."""
    middle = sum(before) / len(before) if before else centre
    target = round(0.7 * middle + 0.3 * centre)
    return sorted({nearest(tone, target) for tone in chord.tones})
