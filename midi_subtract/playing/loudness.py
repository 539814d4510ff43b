"""How loud a part is to be: words for it are meant beside the other parts, and ramps go all the way through.

"Soft" is no velocity: files are written at 50 as well as at 120 throughout, and whoever asks for a soft part wants to
hear it behind the others. So a word is as far from the others as it lies from the middle of its scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from midi_subtract.notes import Notes
from subtract_core.explain import FactReport, word_of
from subtract_core.facts import SCALE
from subtract_core.levels import value_at
from subtract_core.stems import Stem
from subtract_core.wish import Wish

AUDIBLE, ACCENTED = 20, 120
"""Mean velocities beyond which a word takes no part but where the others are: below it is hardly heard, and above it
accents have no room."""
VELOCITIES = {"loudness", "dynamic range"}
"""Scales that are velocities and nothing else: finishing alone brings them about."""
SOFT, BEHIND = ("jazz", "swing", "waltz"), 0.75
"""Styles in which drums are softer than the others, and how loud they are beside them at most: played by rule in the
place of bars of rock they would be as loud as those."""
_RAMP = 1.2
"""How far a ramp goes, of what lies between "very soft" and "very loud"."""
_FADED = 0.25
"""Share of a ramp by which one to the softer is lower: who asks for a fade means its end."""
_RISEN = 10.0
"""By how much the last quarter of a part has to be louder than the first where it is to get louder, velocity."""


def of_band(parts: Mapping[Stem, Notes], start: int, stop: int) -> dict[Stem, float]:
    """The mean velocity of each part in [start, stop) steps, of all the song where none begins a note there."""
    inside = {stem: notes.starting(start, stop) for stem, notes in parts.items()}
    heard = inside if any(len(notes) for notes in inside.values()) else parts
    return {stem: float(notes.velocity.mean()) for stem, notes in heard.items() if len(notes)}


def beside(band: Mapping[Stem, float], stem: Stem, asked: float, own: float | None = None) -> float:
    """The velocity that a level of loudness (0 to 1) means beside others (`of_band`), a whole number.

    A stem that is usually louder than others, as basses are, is to be louder than it would be if it is to be loud, and
    softer than the others if it is to be soft. own: how loud the part is without the wish, half as far from which it is
    at least.
    """
    middle = value_at("loudness", stem, 0.5)
    others = float(np.mean(list(band.values())))
    usual = others + middle - float(np.mean([value_at("loudness", other, 0.5) for other in band]))
    farther = value_at("loudness", stem, asked) - middle
    outer = min if farther < 0 else max
    velocity = outer(others, usual) + farther
    if own is not None and farther:
        velocity = outer(velocity, own + farther / 2)
    return float(round(np.clip(velocity, min(others, AUDIBLE), min(max(others, ACCENTED), 127))))


def behind(drums: Notes, wish: Wish, band: Mapping[Stem, float]) -> Notes:
    """Drums in a soft style, of whose loudness nothing is said, no louder on average than `BEHIND` of the others
    (`of_band`)."""
    is_soft = any(yes and style in SOFT for style, yes in wish.options.get("style", {}).items())
    if not is_soft or "loudness" in wish.levels or not band or not len(drums):
        return drums
    most, there = BEHIND * float(np.mean(list(band.values()))), float(drums.velocity.mean())
    if there <= most:
        return drums
    velocity = np.maximum(np.rint(drums.velocity * most / there), 1)
    return Notes.from_arrays(drums.onset, drums.pitch, drums.duration, velocity)


def in_velocities(wish: Wish, stem: Stem, band: Mapping[Stem, float], own: float | None = None) -> Wish:
    """A wish with the number that its word for loudness means beside the others; nothing else sounds: as it is. A step
    is one from how loud the part is (own); if that is None, it is taken already, and the wish is without the word."""
    if not is_worded(wish) or not band:
        return wish
    if not wish.is_step:
        velocity = beside(band, stem, wish.levels["loudness"], own)
    elif own is None:
        return replace(wish, levels={scale: level for scale, level in wish.levels.items() if scale != "loudness"})
    else:
        velocity = float(round(np.clip(own + _step(wish, stem), min(own, AUDIBLE), max(own, ACCENTED))))
    return replace(wish, numbers={**wish.numbers, "loudness": velocity})


def without_wish(notes: Notes, start: int, stop: int, wish: Wish) -> float | None:
    """How loud a part is in [start, stop) steps that was drawn without its wish for loudness; None where it is silent.
    One that is to be a step softer than before is no louder than it was there, and the other way round."""
    inside, before = notes.starting(start, stop).velocity, notes.starting(0, start).velocity
    if not len(inside):
        return None
    own = float(inside.mean())
    if not (is_worded(wish) and wish.is_step) or not len(before):
        return own
    return (min if wish.levels["loudness"] < 0.5 else max)(own, float(before.mean()))


def is_worded(wish: Wish) -> bool:
    """Whether it says how loud a part is, and not by a number."""
    return "loudness" in wish.levels and "loudness" not in wish.numbers


def beside_others(row: FactReport, wish: Wish, band: Mapping[Stem, float]) -> FactReport:
    """What is said of a loudness that was asked for by a word: how loud the others are, which the word goes by."""
    if not is_worded(wish) or wish.is_step or not band or row.value is None:
        return row
    others, word = float(np.mean(list(band.values()))), wish.levels["loudness"]
    if row.asked_value and (row.value - row.asked_value) * (word - 0.5) > 0:  # it was as soft or loud by itself
        row = replace(row, asked_value=float(round(row.value)), fulfilled=True)
    measured = f"{row.value:.3g} {row.unit} (the others {others:.3g})"
    return replace(row, asked=word_of("loudness", word), measured=measured)


def _step(wish: Wish, stem: Stem) -> float:
    """How far a wish's loudness lies from the middle of its scale, velocity."""
    return value_at("loudness", stem, wish.levels["loudness"]) - value_at("loudness", stem, 0.5)


def beside_before(row: FactReport, wish: Wish, stem: Stem, before: Notes) -> FactReport:
    """What is said of a loudness that is to be a step from that of the notes before, or, of the first, from its own."""
    step = _step(wish, stem) if is_worded(wish) and wish.is_step else 0.0
    if not step or row.value is None:
        return row
    asked = "softer" if step < 0 else "louder"
    if not len(before):
        return replace(row, asked=asked, fulfilled=True)
    was = float(before.velocity.mean())
    is_far = (row.value - was) * np.sign(step) >= abs(step) / 2
    measured = f"{row.value:.3g} {row.unit} ({was:.3g} before)"
    return replace(row, asked=asked, measured=measured, asked_value=float(round(was + step)), fulfilled=bool(is_far))


@dataclass(frozen=True)
class Ramp:
    """Steps [start, stop) through which a part gets louder (direction 1) or softer (-1). bars: the same in words."""

    direction: int
    start: int
    stop: int
    bars: str

    def on(self, notes: Notes, stem: Stem) -> Notes:
        """The notes with a trend of velocity from the first to the last of these steps, a little farther than from
        "very soft" to "very loud", about how loud they are, but not beyond `AUDIBLE` and `ACCENTED`; accents stay, and
        what trend there was goes."""
        inside = (notes.onset >= self.start) & (notes.onset < self.stop)
        onset, velocity = notes.onset[inside].astype(np.float64), notes.velocity[inside].astype(np.float64)
        if len(np.unique(onset)) < 2:
            return notes
        wide = _RAMP * (value_at("loudness", stem, 1.0) - value_at("loudness", stem, 0.0))
        middle = velocity.mean() - (_FADED * wide if self.direction < 0 else 0.0)
        ends = max(middle - wide / 2, AUDIBLE), min(middle + wide / 2, ACCENTED)
        line = np.interp(onset, (onset[0], onset[-1]), ends[:: self.direction])
        there = np.polyval(np.polyfit(onset, velocity, 1), onset)
        new = notes.velocity.copy()
        new[inside] = np.clip(np.rint(velocity * line / np.maximum(there, 1.0)), 1, 127)
        return Notes(notes.onset, notes.pitch, notes.duration, new)

    def explained(self, notes: Notes) -> FactReport:
        """What was asked beside the mean velocities of the first and the last quarter of these notes."""
        asked = "crescendo" if self.direction > 0 else "diminuendo"
        velocity = notes.starting(self.start, self.stop).velocity
        if not len(velocity):
            return FactReport("dynamics", asked, "cannot be measured", False)
        count = -(-len(velocity) // 4)
        first, last = float(velocity[:count].mean()), float(velocity[-count:].mean())
        unit, rise = SCALE["loudness"].unit, last - first
        measured = f"from {first:.0f} to {last:.0f} ({unit})"
        return FactReport("dynamics", asked, measured, rise * self.direction >= _RISEN, value=rise, unit=unit)
