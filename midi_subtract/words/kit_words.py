"""What is made of drums that a sentence rules out, or takes up again (`subtract_core.understanding.drum_words`).

The vocabulary that models are told has no kick, no snare and no claps: these are carried out by `finishing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from midi_subtract.listening.drum_figures import KICK, of_classes
from midi_subtract.notes import Notes
from midi_subtract.programs import HAND_CLAP
from subtract_core.understanding.drum_words import ALL, ALWAYS
from subtract_core.wish import Wish

UNTOLD = ("kick", "snare", "claps")
"""Drums that may be ruled out of the kit, of which models are told nothing."""


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
    return with_kit(wish, {drum: yes for drum, yes in kit.items() if drum not in UNTOLD})


def is_struck(drums: Notes, name: str) -> bool:
    """Whether one of `UNTOLD` is struck anywhere."""
    claps = drums.pitch == HAND_CLAP
    return bool({"kick": of_classes(drums, KICK), "snare": of_classes(drums, ("snare",)), "claps": claps}[name].any())
