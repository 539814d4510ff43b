"""How far a part is from what was asked of it: what decides whether it is drawn anew."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from midi_subtract.listening import drum_figures, figures
from midi_subtract.listening.facts import NEVER, Setting, figure_shares, scales
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import Notes
from midi_subtract.playing.grooves import is_heard, styles_heard
from subtract_core.choice import NEAR_ENOUGH
from subtract_core.facts import SCALE
from subtract_core.levels import shortfall as scale_shortfall
from subtract_core.stems import Stem
from subtract_core.wish import Wish

FEWEST = 2.0
"""Notes a bar under which a part is too thin, unless its density was spoken of."""
STEADY = 0.95
"""Share of the bars in which drums of which something is asked are to play: resting in a fifth of them is a miss."""


def shortfall(notes: Notes, stem: Stem, wish: Wish, context: Mapping[Stem, Notes], setting: Setting) -> float:
    """Mean over the facts of a wish of how far a part misses them: 0 where it is all that is asked for, 1 where all is
    missed altogether. Infinite without notes.

    A scale falls short by its distance from the word asked for, beyond half a word, or from the number, beyond its
    tolerance; a figure by the share of bars that lack it, up to the share that makes it the part's figure; a drum by
    the strokes it lacks; a style of drums by how unlikely the style classifier finds it, or by how unlike its groove
    the part is. Sounds, tempo and other styles are not in the notes and count nothing.
    context: all other parts. setting: of the notes, from step 0 on.
    """
    if not len(notes):
        return math.inf
    values = scales(notes, stem, setting.bar_starts, setting.tempo)
    missed = [
        scale_shortfall(name, stem, asked, values.get(name), wish.numbers.get(name))
        if stem in SCALE[name].stems
        else 0.0
        for name, asked in wish.levels.items()
        if name != "tempo"
    ]
    asked_figures, asked_kit = wish.options.get("figure", {}), wish.options.get("kit", {})
    if asked_figures:
        shares = figure_shares(notes, stem, context, setting.bar_starts, setting)
        missed += [
            _option(w, shares[o] / figures.least_share(o), NEVER) for o, w in asked_figures.items() if o in shares
        ]
    if asked_kit and stem is Stem.DRUMS:
        strokes = drum_figures.kit_strokes(notes, setting.bar_starts)
        needed = drum_figures.KIT_STROKES_A_BAR
        missed += [_option(w, strokes[o] / needed[o], 0.0) for o, w in asked_kit.items() if o in strokes]
    if stem is Stem.DRUMS and (asked_styles := heard_styles(wish)):
        heard = styles_heard(notes, asked_styles, setting.bar_starts)
        missed += [_option(w, heard[o], 0.0) for o, w in asked_styles.items() if o in heard]
    return sum(missed) / max(len(missed), 1)


def heard_styles(wish: Wish) -> dict[str, bool]:
    """The styles of a wish that can be told in drums, by the style classifier or by their grooves."""
    asked = wish.options.get("style", {})
    return {name: wanted for name, wanted in asked.items() if is_heard(name)}


def bars_played(context: Mapping[Stem, Notes], bar_starts: IntArray) -> BoolArray:
    """bool [bars]: in which bars any part of the context sounds."""
    playing = [_playing(part, bar_starts) for part in context.values()]
    return np.asarray(np.logical_or.reduce(playing or [np.zeros(len(bar_starts) - 1, dtype=np.bool_)]))


def rests(notes: Notes, others: BoolArray, bar_starts: IntArray, steady: bool = False) -> float:
    """1 where the part rests in every bar in which others play, 0 where it plays in half of them: nobody asks for a
    part that hardly plays. others: their `bars_played`. steady: it is to play in nearly all of them (`STEADY`), and a
    bar of a single stroke is a rest."""
    if not others.any():
        return 0.0
    if not steady:
        return max(0.0, 1.0 - 2.0 * float(_playing(notes, bar_starts)[others].mean()))
    strokes = np.diff(np.searchsorted(figures.stroke_times(notes), bar_starts))
    return max(0.0, 1.0 - float((strokes[others] >= FEWEST).mean()) / STEADY)


def thinness(notes: Notes, others: BoolArray, bar_starts: IntArray) -> float:
    """What a part lacks of `FEWEST` notes a bar, over the bars in which others play; 0 where it has as many, and more
    than is near enough where it has not.

    A part that thin is hardly heard; who wants it asks for few notes. others: their `bars_played`.
    """
    if not others.any():
        return 0.0
    struck = np.diff(np.searchsorted(notes.onset, bar_starts))
    lacking = FEWEST - float(struck[others].mean())
    return lacking + NEAR_ENOUGH if lacking > 0 else 0.0


def _playing(notes: Notes, bar_starts: IntArray) -> BoolArray:
    """bool [bars]: in which bars a part sounds."""
    first = np.searchsorted(bar_starts, notes.onset, side="right") - 1
    last = np.searchsorted(bar_starts, notes.end - 1, side="right") - 1
    change = np.zeros(len(bar_starts) + 1)
    np.add.at(change, np.clip(first, 0, len(bar_starts) - 1), 1)
    np.add.at(change, np.clip(last, 0, len(bar_starts) - 1) + 1, -1)
    return np.asarray(np.cumsum(change)[: len(bar_starts) - 1] > 0, dtype=np.bool_)


def _option(wanted: bool, amount: float, never: float) -> float:
    """amount: 1 is enough to name the option. never: what counts as none."""
    amount = min(amount, 1.0)
    return 1.0 - amount if wanted else max(0.0, amount - never)
