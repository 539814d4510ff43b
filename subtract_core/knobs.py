"""Direct controls: facts asked for by a word or a number instead of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real

from subtract_core.choice import shown
from subtract_core.errors import InputError
from subtract_core.facts import CHOICE, SCALE
from subtract_core.stems import Stem
from subtract_core.wish import Wish

RANGES: dict[str, tuple[float, float]] = {
    "density": (0, 48), "register": (0, 127), "loudness": (1, 127), "swing": (0, 1), "syncopation": (0, 1),
}  # fmt: skip
"""Numbers that a scale takes, in its unit."""

Knob = str | float | None
Level = Callable[[str, Stem, float], float]
"""(scale, stem, value) -> 0-1; raises `InputError` where numbers cannot be asked for."""


def words_only(scale: str, stem: Stem, value: float) -> float:
    """The `Level` of what takes no numbers."""
    raise InputError(f"{scale}: {value:g} cannot be asked for in sound; use a word: {', '.join(SCALE[scale].words)}")


def knob_wish(stem: Stem, settings: Mapping[str, Knob], level: Level) -> Wish:
    """The wish that settings of the controls, the scales of `RANGES` and style, come to; None leaves a fact open.

    A scale takes one of its words or a number in its unit, style one name or several with commas between.
    level: the backend's. Raises `InputError` naming the control and what it takes.
    """
    levels: dict[str, float] = {}
    numbers: dict[str, float] = {}
    options: dict[str, dict[str, bool]] = {}
    for name, value in settings.items():
        if value is None:
            continue
        if name == "style":
            options["style"] = dict.fromkeys(_styles(value, stem), True)
        elif (place := _word_place(name, value, stem)) is not None:
            levels[name] = place
        else:
            numbers[name] = _checked_number(name, value, stem, level)
            levels[name] = level(name, stem, numbers[name])
    return Wish(levels, options, numbers)


def _word_place(name: str, value: str | float, stem: Stem) -> float | None:
    """Where a word lies on its scale, 0 to 1; None for what is none of its words."""
    scale = SCALE[name]
    if stem not in scale.stems:
        raise InputError(f"{name}: {stem.value} has none; leave it out")
    if not isinstance(value, str) or value.strip().lower() not in scale.words:
        return None
    return scale.words.index(value.strip().lower()) / (len(scale.words) - 1)


def _checked_number(name: str, value: str | float, stem: Stem, level: Level) -> float:
    scale, (least, most) = SCALE[name], RANGES[name]
    number = _number(value)
    if not least <= number <= most:
        valid = f"one of {', '.join(scale.words)}"
        if _takes_numbers(name, stem, level):
            valid += f", or a number from {least:g} to {most:g} ({scale.unit})"
        raise InputError(f"{name}: {shown(value)} is not valid; choose {valid}")
    return number


def _number(value: object) -> float:
    """A number, or the one that a text spells; NaN for everything else."""
    if isinstance(value, bool) or not isinstance(value, (str, Real)):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("nan")


def _takes_numbers(name: str, stem: Stem, level: Level) -> bool:
    try:
        level(name, stem, RANGES[name][0])
    except InputError:
        return False
    return True


def _styles(value: object, stem: Stem) -> list[str]:
    known = CHOICE["style"].options[stem]
    if not isinstance(value, str):
        raise InputError(f"style: {shown(value)} is no text; give names with commas between, of {', '.join(known)}")
    names = [" ".join(name.lower().replace("-", " ").split()) for name in value.split(",")]  # hip-hop is hip hop
    for name in names:
        if name not in known:
            raise InputError(f"style: {shown(name)} is not known; choose from {', '.join(known)}")
    return names
