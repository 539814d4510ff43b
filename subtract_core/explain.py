"""What was asked of a part, beside what was measured in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from subtract_core.facts import CHOICE, SCALE, StemFacts
from subtract_core.levels import is_met_unmeasured, is_near
from subtract_core.wish import Wish

NEAR = 0.26
"""How far a level may lie from the one asked for: about one word of five."""


@dataclass(frozen=True)
class FactReport:
    """One fact of a part.

    fact: its name. asked: the word, with the number if one was given, as in "moderate (8)", or the option ("no" before
      it where it is ruled out); empty if nothing was asked.
    measured: the word and the value, or the options that apply; for people to read.
    fulfilled: whether a scale is within about a word of what was asked (`NEAR`), or near the number that was asked for
      (`levels.TOLERANCE`), or an option there. None where nothing was asked, or of an option that cannot be measured
      (as style in notes); a scale that was asked for and cannot be measured in the part is not fulfilled, but straight
      where nothing could swing.
    bars: the bars it is about, as in 17-32, of sound the time, as in 0:45-1:30; empty for the whole song.
    value, asked_value: the number measured, and the number asked for, of MIDI parts also what a word for loudness means
      beside the others; None where there is none, as of an option. The note length of MIDI parts is the mean duration,
      while its word goes by the gaps between notes, too; "dynamics" is by how much they get louder.
    unit: of these, as in `subtract_core.facts.SCALES`; None where both are.
    """

    fact: str
    asked: str
    measured: str
    fulfilled: bool | None
    bars: str = ""
    value: float | None = None
    asked_value: float | None = None
    unit: str | None = None


def asked_for(wish: Wish) -> list[tuple[str, str]]:
    """(fact, word or option) of everything that a wish asks for; "no" stands before what is ruled out."""
    levels = [(name, word_of(name, level)) for name, level in wish.levels.items()]
    options = [(name, option, wanted) for name, chosen in wish.options.items() for option, wanted in chosen.items()]
    return levels + [(name, option if wanted else f"no {option}") for name, option, wanted in options]


def word_of(scale: str, level: float) -> str:
    """The word of a scale that a level of a wish lies nearest to."""
    words = SCALE[scale].words
    return words[round(level * (len(words) - 1))]


def explain(wish: Wish, facts: StemFacts, shown: Mapping[str, float] | None = None) -> list[FactReport]:
    """Every fact that was asked for or measured, those asked for first.

    shown: scale -> number to print in the place of the one that its word goes by, in the same unit.
    """
    shown = {**facts.scales, **(shown or {})}
    rows = [_scale(name, wish, facts, shown) for name in SCALE if name in wish.levels or name in facts.scales]
    rows += [row for name in CHOICE for row in _choice(name, wish, facts)]
    return sorted(rows, key=lambda row: not row.asked)


def _scale(name: str, wish: Wish, facts: StemFacts, shown: Mapping[str, float]) -> FactReport:
    unit, number = SCALE[name].unit, wish.numbers.get(name)
    asked, fulfilled = "", None
    if name in wish.levels:
        asked = word_of(name, wish.levels[name]) + ("" if number is None else f" ({number:g})")
        fulfilled = name in facts.levels and _is_there(name, wish, facts)
    if name in facts.scales:
        value = float(shown[name])
        measured = f"{facts.words[name]} ({value:.3g} {unit})"
        return FactReport(name, asked, measured, fulfilled, value=value, asked_value=number, unit=unit)
    is_met = name in wish.levels and is_met_unmeasured(name, wish.levels[name])
    measured = "nothing that could swing" if is_met else "cannot be measured"
    return FactReport(name, asked, measured, is_met, asked_value=number, unit=None if number is None else unit)


def _is_there(name: str, wish: Wish, facts: StemFacts) -> bool:
    if name in wish.numbers:
        return is_near(name, wish.numbers[name], facts.scales[name])
    return abs(facts.levels[name] - wish.levels[name]) <= NEAR


def _choice(name: str, wish: Wish, facts: StemFacts) -> list[FactReport]:
    there = facts.choices.get(name, ())
    measured = ", ".join(there) or "none of those known"
    measurable = bool(there or facts.absent.get(name))
    rows = []
    for option, wanted in wish.options.get(name, {}).items():
        fulfilled = (option in there) if wanted else option not in there
        rows.append(
            FactReport(
                name,
                option if wanted else f"no {option}",
                measured if measurable else "cannot be measured",
                fulfilled if measurable else None,
            )
        )
    return rows or ([FactReport(name, "", measured, None)] if there else [])
