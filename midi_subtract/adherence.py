"""How far a part is from what was asked of it: what decides whether it is drawn anew."""

from __future__ import annotations

import math
from collections.abc import Mapping

from midi_subtract import drum_figures, figures
from midi_subtract.facts import NEVER, Setting, figure_shares, level, scales
from midi_subtract.notes import Notes
from subtract_core.facts import SCALE
from subtract_core.stems import Stem
from subtract_core.wish import Wish


def shortfall(notes: Notes, stem: Stem, wish: Wish, context: Mapping[Stem, Notes], setting: Setting) -> float:
    """0 where a part is all that a wish asks for; a fact missed altogether counts 1. Infinite without notes.

    A scale falls short by its distance from the word asked for, beyond half a word; a figure by the share of bars that
    lack it, up to the share that makes it the part's figure; a drum by the strokes it lacks. Styles, sounds and tempo
    are not in the notes and count nothing. context: all other parts. setting: the whole song's.
    """
    if not len(notes):
        return math.inf
    n_steps = int(setting.bar_starts[-1])
    values = scales(notes, stem, n_steps, setting.tempo)
    missed = sum(_scale(name, stem, asked, values.get(name)) for name, asked in wish.levels.items() if name != "tempo")
    asked_figures, asked_kit = wish.options.get("figure", {}), wish.options.get("kit", {})
    if asked_figures:
        shares = figure_shares(notes, stem, context, setting.bar_starts, setting)
        least = {name: figures.FOLLOWS_KICK if name == "follows the kick" else figures.MOST for name in shares}
        missed += sum(_option(w, shares[o] / least[o], NEVER) for o, w in asked_figures.items() if o in shares)
    if asked_kit and stem is Stem.DRUMS:
        strokes = drum_figures.kit_strokes(notes, setting.bar_starts)
        needed = drum_figures.KIT_STROKES_A_BAR
        missed += sum(_option(w, strokes[o] / needed[o], 0.0) for o, w in asked_kit.items() if o in strokes)
    return missed


def _scale(name: str, stem: Stem, asked: float, value: float | None) -> float:
    if stem not in SCALE[name].stems:
        return 0.0
    if value is None:
        return 1.0
    return max(0.0, abs(level(name, stem, value) - asked) - 0.5 / (len(SCALE[name].words) - 1))


def _option(wanted: bool, amount: float, never: float) -> float:
    """amount: 1 is enough to name the option. never: what counts as none."""
    amount = min(amount, 1.0)
    return 1.0 - amount if wanted else max(0.0, amount - never)
