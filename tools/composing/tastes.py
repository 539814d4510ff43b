"""What players of a style are prone to: multipliers of the weights of their figures, and their sounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tools.composing import bass, chordal, guitar

_FAMILIES = {
    "rock": "rock", "punk": "rock", "metal": "rock", "pop": "pop", "ballad": "pop", "country": "pop", "folk": "pop",
    "gospel": "pop", "funk": "groove", "soul": "groove", "hip hop": "groove", "afrobeat": "groove",
    "new orleans": "groove", "jazz": "jazz", "swing": "jazz", "blues": "jazz", "latin": "latin", "samba": "latin",
    "bossa nova": "latin", "reggae": "reggae", "dance": "dance", "disco": "dance",
}  # fmt: skip


@dataclass(frozen=True)
class Taste:
    """Multipliers of figures' weights, by family of styles, and the programs that the guitar picks from."""

    bass: Mapping[str, float]
    guitar: Mapping[str, float]
    keys: Mapping[str, float]
    guitars: tuple[int, ...]


TASTES = {
    "rock": Taste({"eighths": 3}, {"chug": 3, "riff": 1.5}, {}, (25, 27, 27, 28, 29, 29, 30, 30)),
    "pop": Taste({"held": 2, "eighths": 1.5}, {"arpeggio": 1.5}, {"held": 1.5}, (24, 25, 25, 25, 26, 27, 27, 28)),
    "groove": Taste({"cells": 2, "octaves": 2}, {"funk": 5, "chug": 0.2}, {"comping": 2}, (26, 27, 27, 28, 28)),
    "jazz": Taste({"walking": 10, "kick": 0.5}, {"held": 2, "skank": 2, "chug": 0.1}, {"comping": 3}, (24, 25, 26, 26)),
    "latin": Taste({"cells": 2}, {"funk": 2, "arpeggio": 1.5, "chug": 0.1}, {"comping": 3}, (24, 24, 25, 26, 27)),
    "reggae": Taste({"riff": 3, "eighths": 0.3}, {"skank": 12, "chug": 0.1}, {"off-beat": 6}, (26, 27, 28)),
    "dance": Taste(
        {"octaves": 5, "off-beat": 5}, {"funk": 2, "skank": 2}, {"off-beat": 3, "block": 1.5}, (26, 27, 28, 29)
    ),
}


def family_of(style: str) -> str:
    """The key of `TASTES` that a style comes under."""
    return _FAMILIES.get(style, "pop")


def personal(rng: Random, weights: Mapping[str, float], taste: Mapping[str, float]) -> dict[str, float]:
    """Weights of one song: those of its style, and chance that favours a few."""
    return {name: w * taste.get(name, 1.0) * rng.expovariate(1) ** 2.5 for name, w in weights.items()}


@dataclass(frozen=True)
class Band:
    """The weights of each player's figures in one song."""

    bass: dict[str, float]
    guitars: tuple[dict[str, float], dict[str, float]]
    keys: dict[str, float]
    strings: dict[str, float]


def draw_band(rng: Random, family: str) -> Band:
    """Players with preferences of their own."""
    taste = TASTES[family]
    return Band(
        bass=personal(rng, bass.FIGURES, taste.bass),
        guitars=(personal(rng, guitar.FIGURES, taste.guitar), personal(rng, guitar.FIGURES, taste.guitar)),
        keys=personal(rng, chordal.KEYS_FIGURES, taste.keys),
        strings=personal(rng, chordal.STRINGS_FIGURES, {}),
    )


def draw_programs(rng: Random, family: str) -> dict[str, int]:
    """General MIDI program of each part."""
    basses = {"jazz": (32, 32, 33, 35), "dance": (33, 36, 38, 38, 39)}.get(family, (32, 33, 33, 33, 34, 34, 35, 36, 38))
    return {
        "bass": rng.choice(basses),
        "guitar": rng.choice(TASTES[family].guitars),
        "guitar 2": rng.choice(TASTES[family].guitars),
        "keys": rng.choice([0, 0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 16, 16, 17, 18, 19]),
        "strings": rng.choice([48, 48, 48, 49, 50, 51]),
        "lead": rng.choice([56, 57, 59, 60, 61, 64, 65, 66, 67, 68, 71, 73, 73, 75, 80, 80, 81, 81, 82, 84, 85, 87]),
    }
