"""The drums that tracks are named after: DAWs export a drum a track, often of a sampler that plays it by any key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from midi_subtract.programs import DRUM_CLASSES, DRUM_KEY, HAND_CLAP

PERCUSSION = "hand percussion"
_KEYS = {name: frozenset(keys) for name, _, keys in DRUM_CLASSES}
_HATS = _KEYS["closed hat"] | _KEYS["pedal hat"] | _KEYS["open hat"]
_TOMS = _KEYS["low tom"] | _KEYS["mid tom"] | _KEYS["high tom"]
_STICKS = frozenset({31, 37})

_DRUMS: tuple[tuple[str, str, int, frozenset[int]], ...] = (
    ("kick", r"kicks?|kik|bd|bass ?drums?", DRUM_KEY["kick"], _KEYS["kick"]),
    ("snare", r"snares?|snr|sd", DRUM_KEY["snare"], _KEYS["snare"]),
    ("clap", r"(?:hand ?)?claps?|snaps?|cp", HAND_CLAP, frozenset({HAND_CLAP})),
    ("rim", r"rims?(?: ?shots?)?|(?:side|cross) ?sticks?|sticks?", DRUM_KEY["stick and clap"], _STICKS),
    ("hi-hat", r"(?:hi ?|high ?)?hats?|hh", DRUM_KEY["closed hat"], _HATS),
    (
        "closed hi-hat",
        r"closed (?:hi ?)?(?:hats?|hh)|(?:hats?|hh) closed|chh?",
        DRUM_KEY["closed hat"],
        _KEYS["closed hat"],
    ),
    ("open hi-hat", r"open (?:hi ?)?(?:hats?|hh)|(?:hats?|hh) open|ohh?", DRUM_KEY["open hat"], _KEYS["open hat"]),
    ("pedal hi-hat", r"(?:pedal|foot) (?:hi ?)?(?:hats?|hh)", DRUM_KEY["pedal hat"], _KEYS["pedal hat"]),
    ("ride", r"rides?(?: cymbals?)?", DRUM_KEY["ride"], _KEYS["ride"]),
    ("crash", r"crash(?:es)?(?: cymbals?)?|splash|china", DRUM_KEY["crash"], _KEYS["crash"]),
    ("cymbal", r"cymbals?", DRUM_KEY["crash"], _KEYS["crash"] | _KEYS["ride"]),
    ("tom", r"toms?", DRUM_KEY["mid tom"], _TOMS),
    ("low tom", r"(?:low|lo|floor) ?toms?|toms? (?:low|lo)", DRUM_KEY["low tom"], _KEYS["low tom"]),
    ("high tom", r"(?:high|hi|rack) ?toms?|toms? (?:high|hi)", DRUM_KEY["high tom"], _KEYS["high tom"]),
    (
        "percussion",
        r"shakers?|tambourines?|tamb|congas?|bongos?|cow ?bells?|maracas?|cabasa|claves?|triangles?|timbales?|guiro"
        r"|wood ?blocks?|perc(?:ussion)?s?",
        DRUM_KEY[PERCUSSION],
        _KEYS[PERCUSSION],
    ),
)
"""What a drum is called, words for it, the key that is heard for it, and those that are it anyway."""
_PATTERNS = [re.compile(rf"\b(?:{words})\b") for _, words, _, _ in _DRUMS]
_FEW = 3  # keys that a sampler plays one drum by; more are a kit's

Place = tuple[int, int]
"""Track and channel, both from 0."""


def drum_named(words: str) -> int | None:
    """The drum, an index into the table here, that a name in small letters means; the last word that means one counts,
    and of those the longest: an open hat is no hat of any kind."""
    places = [
        (match.end(), -match.start(), index)
        for index, pattern in enumerate(_PATTERNS)
        for match in pattern.finditer(words)
    ]
    return max(places)[-1] if places else None


def heard_drums(keys: Mapping[Place, set[int]], words: Mapping[Place, str]) -> dict[Place, tuple[str, int]]:
    """What tracks of drums are heard as, (drum, key), where their few keys are others than General MIDI has for it.

    keys: those that each plays. words: their names. Of tracks whose names say nothing and that all play one same key,
    none can be what the key is: they are heard as percussion.
    """
    heard: dict[Place, tuple[str, int]] = {}
    unnamed: list[tuple[Place, int]] = []
    for place, played in keys.items():
        index = drum_named(words[place])
        if index is None and len(played) == 1:
            unnamed.append((place, next(iter(played))))
        elif index is not None and len(played) <= _FEW:
            name, _, key, usual = _DRUMS[index]
            if not played & usual:
                heard[place] = (name, key)
    shared = Counter(key for _, key in unnamed)
    usual = _KEYS[PERCUSSION]
    return heard | {p: ("percussion", DRUM_KEY[PERCUSSION]) for p, k in unnamed if shared[k] > 1 and k not in usual}
