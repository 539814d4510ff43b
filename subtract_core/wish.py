"""What is asked of a part: the condition that instructions and controls come down to.

A wish states facts of `subtract_core.facts`, any number of them. In training it is drawn from what was measured in the
stem that was taken away; at insertion it is read from a sentence (`subtract_core.understanding`) or given by controls.
Models see it as a vector (`Wish.vector`), so they do not depend on how sentences are read, nor that on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from subtract_core.errors import InputError
from subtract_core.facts import CHOICES, SCALES, StemFacts

LEVELS = 5
"""Places between the least and the most of a scale that have a channel of their own; values between share two."""
_OPTIONS = {c.name: tuple(dict.fromkeys(o for names in c.options.values() for o in names)) for c in CHOICES}
CHANNELS: tuple[str, ...] = (
    *(f"{scale.name} {place}" for scale in SCALES for place in range(LEVELS)),
    *(f"{choice}: {option}" for choice, options in _OPTIONS.items() for option in options),
)
"""Names of the channels of `Wish.vector`, in order."""
_PLACE = {name: place for place, name in enumerate(CHANNELS)}


def places_in(known: Any, names: Sequence[str], field: str) -> list[int]:
    """Where each of the vocabulary's `names` stands in the list `known` that a model was saved with.

    Raises `InputError`, naming `field`, where it is no list of names or lacks some of them: those were never learnt.
    """
    if not isinstance(known, list) or not all(isinstance(name, str) for name in known):
        raise InputError(f"{field}: is no list of names; msub writes it when a model is saved")
    missing = [name for name in names if name not in known]
    if missing:
        shown = ", ".join(map(repr, missing[:3])) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise InputError(f"{field}: this model never learnt {shown}, which subtract_core/facts.py names; train it anew")
    return [known.index(name) for name in names]


HOW_MANY = (0.35, 0.25, 0.18, 0.12)
"""Shares of drawn wishes that state one, two, three and four facts; the others state all."""
WEIGHTS = {"tempo": 0.25, "sound": 0.25}
"""How often facts are drawn that hardly show in what a part plays, against 1."""
DENIAL = 0.12
"""Share of the facts stated in drawn wishes that rule something out."""


TIMEKEEPERS = ("hi-hat", "ride")
"""Drums of which one at a time is struck all through."""


@dataclass(frozen=True)
class Wish:
    """Facts that a part should have.

    levels: scale -> 0 (the least of its words) to 1 (the most).
    options: choice -> option -> True where it is wanted, False where it is ruled out.
    numbers: scale -> the number, in its unit, that its level was given by, if it was.
    silent: whether the part is not to play at all. octaves: by how many it is to be higher than it would be. ramp: 1
      where it is to get louder to its end (crescendo), -1 softer. line: the name of a figure that is played by rule.
      is_step: whether its loudness is so far from how loud the part would be without it, and not from the other parts.
      Models are told of none of these.
    """

    levels: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    silent: bool = False
    octaves: int = 0
    ramp: int = 0
    line: str = ""
    is_step: bool = False

    def __bool__(self) -> bool:
        return self.is_told or self.silent or bool(self.octaves or self.ramp or self.line)

    @property
    def is_told(self) -> bool:
        """Whether models are told anything of it."""
        return bool(self.levels) or any(self.options.values())

    def vector(self) -> np.ndarray:
        """float32 [len(CHANNELS)]; nothing asked is zero everywhere.

        A level is spread over the two channels it lies between; an option is 1, or -1 where it is ruled out.
        """
        values = np.zeros(len(CHANNELS), dtype=np.float32)
        for scale, level in self.levels.items():
            at = min(max(level, 0.0), 1.0) * (LEVELS - 1)
            first = _PLACE[f"{scale} 0"]
            values[first : first + LEVELS] = np.maximum(0.0, 1.0 - np.abs(np.arange(LEVELS) - at))
        for choice, options in self.options.items():
            for option, wanted in options.items():
                values[_PLACE[f"{choice}: {option}"]] = 1.0 if wanted else -1.0
        return values

    def under(self, other: Wish) -> Wish:
        """Both wishes; where both say something of a scale or a choice, `other` wins. A line is a figure."""
        numbers = {name: number for name, number in self.numbers.items() if name not in other.levels}
        options = {choice: said for choice, said in self.options.items() if choice != "figure" or not other.line}
        return Wish(
            {**self.levels, **other.levels},
            {**options, **other.options},
            {**numbers, **other.numbers},
            self.silent or other.silent,
            other.octaves or (0 if "register" in other.levels else self.octaves),
            other.ramp or self.ramp,
            other.line or ("" if "figure" in other.options else self.line),
            (other if "loudness" in other.levels else self).is_step,
        )

    def then(self, later: Wish) -> Wish:
        """Both wishes, the second of which is said of a section: as `under`, but that a section is silent only if it
        says so itself, one that says how loud it is gets neither louder nor softer with the rest, and what is said of
        one drum of the kit leaves the others as they were. Only hat and ride stand for each other, as one of them
        keeps the time."""
        both = replace(self.under(later), silent=later.silent)
        if "loudness" in later.levels:
            both = replace(both, ramp=later.ramp)
        before, said = self.options.get("kit", {}), later.options.get("kit", {})
        if not before or not said:
            return both
        keeps_time = any(said.get(drum) for drum in TIMEKEEPERS)
        kept = {drum: yes for drum, yes in before.items() if not (keeps_time and yes and drum in TIMEKEEPERS)}
        return replace(both, options={**both.options, "kit": {**kept, **said}})


@dataclass(frozen=True)
class Section:
    """A stretch of music, from frame `first` on to the next section's first, and what is asked of a part in it."""

    first: int
    wish: Wish


def spoken_of_throughout(sections: Sequence[Section]) -> list[Section]:
    """The same sections, all of which speak of every scale that one of them speaks of: where one does not, it asks for
    the middle, which goes without saying.

    In training, sections that do not speak of what others do are those in which the part rests.
    """
    usual = {name: 0.5 for section in sections for name in section.wish.levels}
    return [Section(section.first, Wish(usual).under(section.wish)) for section in sections]


def vectors(sections: Sequence[Section], frames: int) -> np.ndarray:
    """float32 [frames, len(CHANNELS)], what is asked at every frame: nothing before the first section."""
    values = np.zeros((frames, len(CHANNELS)), dtype=np.float32)
    for section in sections:
        values[section.first :] = section.wish.vector()
    return values


def draw_wishes(facts: Sequence[StemFacts], rng: np.random.Generator) -> list[Wish]:
    """Random wishes for the sections of a part, which fulfils them: one to four facts, or all, of a random section,
    and how the others stand to the same facts. facts: those of each section; what is not known there is not said."""
    drawn = draw_wish(facts[int(rng.integers(len(facts)))], rng)
    return [_as_in(f, drawn) for f in facts]


def _as_in(facts: StemFacts, drawn: Wish) -> Wish:
    """What is true of other facts where a wish speaks of the same."""
    levels = {name: facts.levels[name] for name in drawn.levels if name in facts.levels}
    options: dict[str, dict[str, bool]] = {}
    for choice, said in drawn.options.items():
        there = {o: True for o in said if o in facts.choices.get(choice, ())}
        there |= {o: False for o in said if o in facts.absent.get(choice, ())}
        if there:
            options[choice] = there
    return Wish(levels, options)


def draw_wish(facts: StemFacts, rng: np.random.Generator) -> Wish:
    """A random wish that a part with these facts fulfils: one to four of them, or all."""
    wanted: list[tuple[str, str | None]] = [(scale, None) for scale in facts.levels]
    wanted += [(choice, option) for choice, options in facts.choices.items() for option in options]
    absent = [(choice, option) for choice, options in facts.absent.items() for option in options]
    if not wanted:
        return Wish()
    count = int(np.searchsorted(np.cumsum(HOW_MANY), rng.random(), side="right")) + 1
    if count > len(HOW_MANY):
        return _stated(facts, wanted, absent)
    denied = min(int(rng.binomial(count, DENIAL)), len(absent))
    weights = np.array([WEIGHTS.get(name, 1.0) for name, _ in wanted])
    size = min(count - denied, len(wanted))
    said = [wanted[i] for i in rng.choice(len(wanted), size, replace=False, p=weights / weights.sum())]
    return _stated(facts, said, [absent[i] for i in rng.choice(len(absent), denied, replace=False)] if denied else [])


def _stated(facts: StemFacts, said: Sequence[tuple[str, str | None]], denied: Sequence[tuple[str, str | None]]) -> Wish:
    levels = {name: facts.levels[name] for name, option in said if option is None}
    options: dict[str, dict[str, bool]] = {}
    for names, wanted in ((said, True), (denied, False)):
        for choice, option in names:
            if option is not None:
                options.setdefault(choice, {})[option] = wanted
    return Wish(levels, options)
