"""Direct controls: facts asked for by a word or a number instead of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from subtract_core.errors import InputError
from subtract_core.facts import CHOICE, SCALE
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KNOBS = ("density", "register", "loudness", "swing", "syncopation", "style")
"""The facts that have a control."""
RANGES: dict[str, tuple[float, float]] = {
    "density": (0, 48), "register": (0, 127), "loudness": (1, 127), "swing": (0, 1), "syncopation": (0, 1),
}  # fmt: skip
"""Numbers that a scale takes, in its unit."""

Knob = str | float | None


def knob_wish(stem: Stem, settings: Mapping[str, Knob], level: Callable[[str, Stem, float], float]) -> Wish:
    """The wish that settings of `KNOBS` come to; None leaves a fact open.

    A scale takes one of its words or a number in its unit, style one name or several with commas between.
    level: (scale, stem, value) -> 0-1, the backend's. Raises `InputError` naming the control and what it takes.
    """
    levels: dict[str, float] = {}
    options: dict[str, dict[str, bool]] = {}
    for name, value in settings.items():
        if value is None:
            continue
        if name == "style":
            options["style"] = dict.fromkeys(_styles(str(value), stem), True)
        else:
            levels[name] = _level(name, value, stem, level)
    return Wish(levels, options)


def _level(name: str, value: str | float, stem: Stem, level: Callable[[str, Stem, float], float]) -> float:
    scale, (least, most) = SCALE[name], RANGES[name]
    if stem not in scale.stems:
        raise InputError(f"{name}: {stem.value} has none; leave it out")
    if isinstance(value, str) and value.strip().lower() in scale.words:
        return scale.words.index(value.strip().lower()) / (len(scale.words) - 1)
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise InputError(
            f"{name}: {value!r} is not valid; choose one of {', '.join(scale.words)}, "
            f"or a number from {least:g} to {most:g} ({scale.unit})"
        )
    return level(name, stem, number)


def _styles(value: str, stem: Stem) -> list[str]:
    known = CHOICE["style"].options[stem]
    names = [name.strip().lower() for name in value.split(",")]
    for name in names:
        if name not in known:
            raise InputError(f"style: {name!r} is not known; choose from {', '.join(known)}")
    return names
