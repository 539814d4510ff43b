"""The vocabulary of instructions: what can be said of how a part is played, and measured in it.

A fact is a scale (a number that words order, such as density) or a choice (one or several names out of a list, such
as a rhythmic figure). Backends measure; writers word; controls ask for. All three use the names given here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from subtract_core.errors import InputError
from subtract_core.stems import PITCHED, STEMS, Stem


@dataclass(frozen=True)
class Scale:
    """A fact that is a number.

    name, unit, definition: what is measured. stems: which stems have it.
    words: from the least to the most; the middle one is what goes without saying.
    """

    name: str
    unit: str
    definition: str
    words: tuple[str, ...]
    stems: tuple[Stem, ...] = STEMS


# Beats are quarter notes, in compound meters dotted ones, so that four of them are a bar of 4/4 alone.
SCALES: tuple[Scale, ...] = (
    Scale(
        "density",
        "onsets in four beats",
        "distinct onset times in four beats (a beat is a quarter note, in 6/8, 9/8 and 12/8 a dotted one), over the "
        "beats from the first to the last onset",
        ("very sparse", "sparse", "moderate", "busy", "very busy"),
    ),
    Scale(
        "register",
        "MIDI note number",
        "mean pitch, every note weighted alike",
        ("very low", "low", "middle", "high", "very high"),
        PITCHED,
    ),
    Scale("loudness", "MIDI velocity", "mean velocity", ("very soft", "soft", "medium", "loud", "very loud")),
    Scale(
        "dynamic range",
        "MIDI velocity",
        "standard deviation of velocities",
        ("even", "moderate", "wide"),
    ),
    Scale(
        "syncopation",
        "share of onsets",
        "onset times off the beat after which the next beat has no onset; for drums of kick and snare",
        ("straight", "moderate", "syncopated"),
    ),
    Scale(
        "swing",
        "share of off-beat onsets",
        "among onsets between half (6/12) and two thirds (8/12) of a beat, the share at two thirds; those between "
        "count in part, those in beats of triplets, with an onset at a third (4/12) and none after 8/12, not at all",
        ("straight", "light swing", "swung"),
    ),
    Scale(
        "note length",
        "beats",
        "mean over onset times of the longest note's duration times the share of the time to the next onset that it "
        "fills: legato notes count in full, gaps make notes shorter",
        ("staccato", "short", "medium", "long", "sustained"),
        PITCHED,
    ),
    Scale(
        "polyphony",
        "notes",
        "mean number of different pitches that start together",
        ("single notes", "some chords", "full chords"),
        PITCHED,
    ),
    Scale(
        "tempo",
        "beats a minute",
        "mean tempo over the part's length",
        ("very slow", "slow", "moderate", "fast", "very fast"),
    ),
)


@dataclass(frozen=True)
class Choice:
    """A fact that is one or several names: `options` says which each stem has."""

    name: str
    definition: str
    options: Mapping[Stem, tuple[str, ...]]


_STYLES = (
    "rock", "pop", "punk", "metal", "blues", "jazz", "swing", "funk", "soul", "disco", "dance", "hip hop", "reggae",
    "latin", "bossa nova", "samba", "afrobeat", "country", "folk", "gospel", "ballad", "march", "waltz", "new orleans",
)  # fmt: skip

CHOICES: tuple[Choice, ...] = (
    Choice(
        "figure",
        "rhythmic figures that the part follows for most of its length, by the rules in each backend's facts",
        {
            Stem.DRUMS: (
                "four on the floor", "backbeat", "half-time", "double-time", "shuffle", "blast beat", "sixteenth hats",
            ),
            Stem.BASS: ("root eighths", "walking", "octaves", "pedal", "off-beat", "whole notes", "follows the kick"),
            Stem.GUITAR: ("strummed", "arpeggiated", "power chords", "single-note lead", "muted eighths", "off-beat"),
        },
    ),
    Choice(
        "kit",
        "drums that are heard often enough to be named, hi-hat and ride where they keep the time, by the rules in each "
        "backend's facts",
        {
            Stem.DRUMS: (
                "hi-hat", "open hat", "ride", "crashes", "toms", "rim clicks", "hand percussion", "brushes", "fills",
            )
        },
    ),
    Choice(
        "sound",
        "articulation or instrument, by General MIDI program",
        {
            Stem.BASS: ("upright", "fingered", "picked", "fretless", "slap", "synth"),
            Stem.GUITAR: ("nylon", "steel", "jazz", "clean", "muted", "overdriven", "distorted"),
        },
    ),
    Choice("style", "genre, as the source of a song states it", {stem: _STYLES for stem in STEMS}),
)  # fmt: skip

SCALE: dict[str, Scale] = {scale.name: scale for scale in SCALES}
CHOICE: dict[str, Choice] = {choice.name: choice for choice in CHOICES}


@dataclass(frozen=True)
class StemFacts:
    """What was measured in one part of one song.

    scales: scale -> value in its unit; what cannot be measured is left out.
    words: scale -> the word for that value, relative to how such stems are usually played.
    choices: choice -> the names that apply, most typical first.
    absent: choice -> the names that were looked for and do not occur at all; an instruction may rule them out. Names
      in neither occur, but too seldom to be called for.
    inferred: names of facts that were guessed rather than measured or stated by a source.
    levels: scale -> where the value lies among the words, 0 (the first) to 1 (the last).
    """

    stem: Stem
    scales: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inferred: frozenset[str] = frozenset()
    levels: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, word in self.words.items():
            if name not in SCALE or word not in SCALE[name].words or self.stem not in SCALE[name].stems:
                raise InputError(f"facts of {self.stem.value}: {name} {word!r} is not in the vocabulary")
        for name, level in self.levels.items():
            if name not in SCALE or self.stem not in SCALE[name].stems or not 0 <= level <= 1:
                raise InputError(f"facts of {self.stem.value}: {name} {level!r} is not a level (0-1) of the vocabulary")
        for name, chosen in (*self.choices.items(), *self.absent.items()):
            known = CHOICE[name].options.get(self.stem, ()) if name in CHOICE else ()
            unknown = [c for c in chosen if c not in known]
            if unknown:
                raise InputError(f"facts of {self.stem.value}: {name} {unknown[0]!r} is not in the vocabulary")
            if name in self.absent and set(self.absent[name]) & set(self.choices.get(name, ())):
                raise InputError(f"facts of {self.stem.value}: {name} holds a name that is both there and absent")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them."""
        return {
            "stem": self.stem.value,
            "scales": {k: round(float(v), 4) for k, v in self.scales.items()},
            "words": dict(self.words),
            "levels": {k: round(float(v), 4) for k, v in self.levels.items()},
            "choices": {k: list(v) for k, v in self.choices.items() if v},
            "absent": {k: list(v) for k, v in self.absent.items() if v},
            "inferred": sorted(self.inferred),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> StemFacts:
        """Read what `as_dict` wrote; raises `InputError` naming what is not in the vocabulary."""
        return cls(
            stem=Stem.parse(raw["stem"]),
            scales={str(k): float(v) for k, v in raw.get("scales", {}).items()},
            words=dict(raw.get("words", {})),
            levels={str(k): float(v) for k, v in raw.get("levels", {}).items()},
            choices={k: tuple(v) for k, v in raw.get("choices", {}).items()},
            absent={k: tuple(v) for k, v in raw.get("absent", {}).items()},
            inferred=frozenset(raw.get("inferred", ())),
        )
