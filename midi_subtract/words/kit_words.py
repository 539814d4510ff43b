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
from midi_subtract.words.drum_stroke_words import overruled, strokes_said
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
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_NAME = (
    r"(?:(?:the|an?|some) )?(?:kicks?|bass drums?|snares?|(?:closed |open )?(?:hi[- ]?)?hats?|rides?|toms?|claps?|rims?"
    r"|side|cross|shakers?|tambourines?)\b"
)
_STRIPPED = lazy_pattern(
    r"(?i)\b(?:(?:strip|break|pare|cut|bring|take|drop)(?:s|ped|ping|ing)?"
    r"(?: (?:it|this|things|everything|all|the \w+))?(?: (?:right|all the way))?(?: (?:back|down))? to"
    r"(?: just| only| nothing but)?"
    r"|(?:tacet|silen(?:t|ce)|rest|(?:everything|all|(?:the )?drums)(?: (?:is|goes|drops?|cuts?))? out"
    rf"|(?:drop|lay|sit) out),? (?:but|except(?: for)?|apart from|other than)(?: for)?) (?={_NAME})"
)
"""Words for a few drums that play alone."""
_OFF = lazy_pattern(rf"(?i)\b(?:keep|stay|lay|get)(?: (?:it|them))? (?:off|away from)(?: of)? (?={_NAME})")
_HATS_IN_JAZZ = lazy_pattern(
    r"(?i)(?<![\w-])(?<!foot )(?<!pedal )(?<!open )(?:closed )?(?:hi[- ]?)?hats?"
    r"(?= on (?:the )?(?:beats? )?(?:2|two) ?(?:and|&|\+) ?(?:the )?(?:4|four)\b)"
)
_JAZZ = lazy_pattern(r"(?i)\b(?:jazz\w*|sw[iu]ng\w*|be-?bop|bop|brush\w*|ride)\b")


def kit_asked(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that rule drums out, take them up, name percussion or tell of single strokes; and drum
    -> whether it is wanted."""
    sentence = _OFF.sub("no ", _STRIPPED.sub("only ", only_percussion(sentence)))
    if _JAZZ.search(sentence):
        sentence = _HATS_IN_JAZZ.sub("hats with the foot", sentence)
    sentence, strokes = strokes_said(sentence)
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
    struck = {drum for name, yes in strokes.items() if yes and (drum := without_pace(name)) != name}
    out = {drum: yes for drum, yes in out.items() if drum not in struck}  # "just the kick, snare on 3"
    return rest, {**out, **back, **named, **strokes}


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
    has_figure = any(section.options.get("figure", {}).values())
    if gone := overruled(kit, section.options.get("kit", {}), has_figure):
        kit = prompt.options.get("kit", {})
        prompt = with_kit(prompt, {drum: yes for drum, yes in kit.items() if drum not in gone})
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
