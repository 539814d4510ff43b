"""Where a fact's value lies among the words of its scale, for every kind of music data."""

from __future__ import annotations

import numpy as np

from subtract_core.facts import SCALE
from subtract_core.stems import STEMS, Stem

BOUNDS: dict[str, dict[Stem, tuple[float, ...]]] = {
    "density": {
        Stem.DRUMS: (5.2, 7.5, 10.2, 14.5),
        Stem.BASS: (2.5, 3.9, 6.9, 9.2),
        Stem.GUITAR: (2.8, 4.9, 8.2, 11.0),
        Stem.KEYS: (1.9, 3.3, 6.8, 9.4),
        Stem.STRINGS: (0.9, 1.6, 4.4, 7.1),
        Stem.LEAD: (1.9, 3.0, 5.3, 8.3),
    },
    "register": {
        Stem.BASS: (31.7, 34.3, 40.3, 44.4),
        Stem.GUITAR: (49.2, 53.8, 60.3, 66.0),
        Stem.KEYS: (55.7, 60.6, 67.5, 75.7),
        Stem.STRINGS: (56.7, 62.0, 68.9, 74.0),
        Stem.LEAD: (57.8, 63.0, 70.2, 74.7),
    },
    "loudness": {
        Stem.DRUMS: (69, 86, 101, 119),
        Stem.BASS: (80, 94, 104, 120),
        Stem.GUITAR: (72, 85, 97, 110),
        Stem.KEYS: (64, 80, 99, 115),
        Stem.STRINGS: (61, 80, 101, 120),
        Stem.LEAD: (78, 91, 107, 122),
    },
    "dynamic range": {
        Stem.DRUMS: (3, 18),
        Stem.BASS: (2, 7),
        Stem.GUITAR: (3, 12),
        Stem.KEYS: (3, 14),
        Stem.STRINGS: (3, 12),
        Stem.LEAD: (3, 11),
    },
    "syncopation": {
        Stem.DRUMS: (0.01, 0.1),
        Stem.BASS: (0.02, 0.14),
        Stem.GUITAR: (0.03, 0.14),
        Stem.KEYS: (0.04, 0.19),
        Stem.STRINGS: (0.03, 0.2),
        Stem.LEAD: (0.1, 0.27),
    },
    "swing": dict.fromkeys(STEMS, (0.15, 0.6)),
    "note length": {
        Stem.BASS: (0.24, 0.4, 0.67, 1.17),
        Stem.GUITAR: (0.2, 0.34, 0.55, 0.76),
        Stem.KEYS: (0.21, 0.36, 0.72, 1.36),
        Stem.STRINGS: (0.31, 0.54, 1.58, 3.1),
        Stem.LEAD: (0.24, 0.41, 0.75, 1.18),
    },
    "polyphony": {
        Stem.BASS: (1.1, 1.8),
        Stem.GUITAR: (1.5, 2.9),
        Stem.KEYS: (1.5, 2.6),
        Stem.STRINGS: (1.4, 2.4),
        Stem.LEAD: (1.15, 1.9),
    },
    "tempo": dict.fromkeys(STEMS, (80, 102, 136, 166)),
}
"""Scale -> stem -> least value of every word but the first.

Read off `benchmarks/fact_bounds.py` over 600 training songs, a random 32-bar window each: for five words the quantiles
.1, .3, .7 and .9, for three words about .33 and .67. Rounded, and moved off the values that many parts share (velocity
95, four or eight onsets in four beats), lest a hair decides. Set by hand: swing, which nine parts of ten lack;
polyphony, where one note and triads are what ears tell apart; dynamic range, for a third of the parts have one
velocity.
"""


def word(scale: str, stem: Stem, value: float) -> str:
    """The word for a value, relative to how such stems are usually played; a value on a bound takes the upper word."""
    return SCALE[scale].words[int(np.searchsorted(BOUNDS[scale][stem], value, side="right"))]


def level(scale: str, stem: Stem, value: float) -> float:
    """Where a value lies among the words of its scale: 0 the middle of the first word, 1 that of the last.

    Linear between bounds, each of which lies half way between two words; the outer words go as far beyond their
    bound as the bounds are apart on average.
    """
    bounds = BOUNDS[scale][stem]
    apart = (bounds[-1] - bounds[0]) / (len(bounds) - 1)
    place = np.interp(value, [bounds[0] - apart / 2, *bounds, bounds[-1] + apart / 2], _word_places(len(bounds)))
    return float(place) / len(bounds)


def value_at(scale: str, stem: Stem, level: float) -> float:
    """The value at a level: the inverse of `level`."""
    bounds = BOUNDS[scale][stem]
    apart = (bounds[-1] - bounds[0]) / (len(bounds) - 1)
    values = [bounds[0] - apart / 2, *bounds, bounds[-1] + apart / 2]
    return float(np.interp(level * len(bounds), _word_places(len(bounds)), values))


def apart(scale: str, stem: Stem, value: float, other: float) -> float:
    """How much higher another value is on the scale, in levels as far apart as they are between the bounds on average,
    beyond these, too."""
    bounds = BOUNDS[scale][stem]
    return (other - value) / (bounds[-1] - bounds[0]) * (len(bounds) - 1) / len(bounds)


def _word_places(bounds: int) -> list[float]:
    """Places of the ends and the bounds of a scale, where words lie at 0, 1, 2 ..."""
    return [0.0, *(0.5 + i for i in range(bounds)), float(bounds)]


TOLERANCE: dict[str, float] = {"density": 0.5, "register": 6.5, "loudness": 5, "syncopation": 0.1, "swing": 0.25}
"""Scale -> how far from a number that is asked for a part may stay, in its unit: half an octave, as parts move by
octaves; half of what lies between straight, light and full swing; of density 15% if that is more."""


def beyond(scale: str, asked: float, value: float) -> float:
    """How much farther a value is from the number asked for than the tolerance, in tolerances; 0 where it is near."""
    tolerance = max(TOLERANCE[scale], 0.15 * asked) if scale == "density" else TOLERANCE[scale]
    return max(0.0, abs(value - asked) / tolerance - 1.0)


def is_near(scale: str, asked: float, value: float) -> bool:
    """Whether a value is the number that was asked for, within `TOLERANCE`."""
    return not beyond(scale, asked, value)


def shortfall(scale: str, stem: Stem, asked: float, value: float | None, number: float | None = None) -> float:
    """How far a value is from the level asked for (0 to 1), beyond half a word, or from the number, if it was given by
    one, beyond its tolerance; where there is no value 1, or 0 where what is asked for is there without one."""
    if value is None:
        return 0.0 if is_met_unmeasured(scale, asked) else 1.0
    if number is not None:
        return min(1.0, beyond(scale, number, value) / 2)
    return max(0.0, abs(level(scale, stem, value) - asked) - 0.5 / (len(SCALE[scale].words) - 1))


def is_met_unmeasured(scale: str, asked: float) -> bool:
    """Whether a part in which a scale cannot be measured is as asked: what has nothing off the beat is straight."""
    return scale == "swing" and asked == 0.0
