"""What is made of drums that a sentence rules out, takes up again (`subtract_core.understanding.drum_words`) or names.

The vocabulary that models are told has no kick, snare and claps, no single instruments of percussion and no places of
fills: these are carried out by `finishing` and `arranging`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from midi_subtract.listening.drum_figures import of_classes
from midi_subtract.notes import Notes
from midi_subtract.programs import HAND_CLAP, PERCUSSION
from midi_subtract.programs import RIDE_BELL as RIDE_BELL_KEY
from midi_subtract.words.percussion_words import (
    CLAPS,
    PEDAL_HAT,
    RIDE_BELL,
    only_percussion,
    percussion_denied,
    percussion_named,
    without_pace,
    without_paces,
)
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem
from subtract_core.understanding.drum_words import ALL, ALWAYS, drums_ruled_out, drums_taken_up
from subtract_core.wish import Wish


def kit_asked(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that rule drums out, take them up or name percussion; and drum -> whether it is
    wanted."""
    sentence = only_percussion(sentence)
    rest, out = drums_ruled_out(sentence)
    unpaced, is_paced = without_paces(sentence), False
    if unpaced != sentence:  # "only a shaker in sixteenths"
        alone = drums_ruled_out(unpaced)
        is_paced = len(alone[1]) > len(out)
        rest, out = alone if is_paced else (rest, out)
    rest, back = drums_taken_up(rest)
    rest, named = percussion_named(rest)
    if is_paced or out.get("hand percussion"):  # it is named behind "only"
        named |= percussion_named(sentence)[1]
    elif names_percussion(named):  # no shaker, but a tambourine
        named = (percussion_denied(sentence) if out.pop("hand percussion", True) is False else {}) | named
    return rest, {**out, **back, **named}


def names_percussion(kit: Mapping[str, bool]) -> bool:
    """Whether single instruments of percussion are asked for."""
    return any(yes and without_pace(name) in PERCUSSION for name, yes in kit.items())


def without_percussion(kit: Mapping[str, bool]) -> dict[str, bool]:
    """A kit in which percussion is ruled out."""
    others = {name: yes for name, yes in kit.items() if without_pace(name) not in PERCUSSION}
    return others | {"hand percussion": False}


def in_section(prompt: Wish, section: Wish) -> Wish:
    """As `Wish.then`; drums that the section takes up again are ruled out no longer."""
    kit = prompt.options.get("kit", {})
    if section.options.get("kit", {}).get(ALL):
        prompt = with_kit(prompt, {drum: yes for drum, yes in kit.items() if yes})
    return settled(prompt.then(section))


def settled(wish: Wish) -> Wish:
    """Without drums that are taken up where nothing ruled them out: they are struck anyway."""
    kit = wish.options.get("kit", {})
    return with_kit(wish, {drum: yes for drum, yes in kit.items() if not (yes and drum in (ALL, *ALWAYS))})


def with_kit(wish: Wish, kit: Mapping[str, bool]) -> Wish:
    """The wish with this said of the kit instead."""
    if kit == wish.options.get("kit", {}):
        return wish
    options = {choice: said for choice, said in wish.options.items() if choice != "kit"}
    return replace(wish, options={**options, "kit": kit} if kit else options)


def told(wish: Wish) -> Wish:
    """What models are told of a wish: what their vocabulary has."""
    kit = wish.options.get("kit", {})
    return with_kit(wish, {drum: yes for drum, yes in kit.items() if drum in CHOICE["kit"].options[Stem.DRUMS]})


def is_struck(drums: Notes, name: str) -> bool | None:
    """Whether a drum of which models are told nothing is struck anywhere; None for other names."""
    name = without_pace(name)
    if name in ("kick", "snare", PEDAL_HAT):
        return bool(of_classes(drums, (name,)).any())
    keys = {CLAPS: (HAND_CLAP,), RIDE_BELL: (RIDE_BELL_KEY,)}.get(name) or PERCUSSION.get(name)
    return None if keys is None else bool(np.isin(drums.pitch, keys).any())
