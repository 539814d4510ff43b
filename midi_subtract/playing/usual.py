"""What is asked of a part, gently, where nobody asks for anything: what most players do.

Both guidances without text pick what every player would agree on, which is less than any one of them plays: hi-hats go
first, and fills (docs/experiments.md, 2026-11-25). Of 600 training songs with drums 73% keep time on the hi-hat. A
backbeat is asked of models alone that play it too seldom (`usual_figures` of the sampler): the drums of others fit no
better with it and get more alike (2026-11-27). Drums are asked for a fill in the last bar of every section that the
other parts have, though not for a busy one: then bars before borders stand out as much as people's do. For a crash they
are not asked: as it is they play more of them where sections begin than people do. Guitars get thin where the context
guides them so little that they play passing notes as people do (2026-11-26), and so do basses, which moreover play
short notes, repeat them and lock with the kick more than people do where they are drawn in few steps (2026-11-29). One
lead in twelve is hardly there if it is not told how busy leads are (2026-11-29).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from midi_subtract.listening.sections import section_borders
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.playing.asked import Asked
from midi_subtract.song import Song
from subtract_core.model.sampler import SamplerConfig
from subtract_core.stems import Stem
from subtract_core.wish import Section, Wish, spoken_of_throughout

USUAL: dict[Stem, Wish] = {
    Stem.DRUMS: Wish({}, {"kit": {"hi-hat": True}}),
    Stem.BASS: Wish(
        {"density": 0.9, "note length": 0.6}, {"figure": {"root eighths": False, "follows the kick": False}}
    ),
    Stem.GUITAR: Wish({"density": 0.75}),
    Stem.LEAD: Wish({"density": 0.6}),
}
"""Stems that are better with it than without."""
FILL = Wish({"density": 0.5}, {"kit": {"hi-hat": True, "fills": True, "toms": True}})
_BRASS_SECTIONS = range(61, 64)  # programs: a brass section, and two of synthesizers
APART: dict[Stem, Wish] = {
    Stem.STRINGS: Wish({"note length": 1.0, "register": 0.75}),
    Stem.LEAD: Wish({"polyphony": 0.0, "density": 0.25, "register": 0.75}),
}
"""What tells parts apart that were drawn as copies of others, see `doubling`. Guitars and keys stay what they are,
however they are told to play."""


def of_players(stem: Stem, program: int | None) -> Wish:
    """What is usual of a part that this program (0-127) is asked for: a lead is one voice, a brass section several."""
    is_section = stem is Stem.LEAD and program in _BRASS_SECTIONS
    return Wish({"polyphony": 0.5}) if is_section else Wish()


def usual_sections(song: Song, stem: Stem, figure: str | None = None) -> list[Section]:
    """What is usual of a stem from which beat of a song on; none where nothing is. figure: that its parts should have
    too, but where they play fills."""
    if stem not in USUAL:
        return []
    usual = USUAL[stem].under(Wish({}, {"figure": {figure: True}} if figure else {}))
    sections = [Section(0, usual)]
    if stem is Stem.DRUMS:
        lines = song.bar_starts(song.last_step)
        for border in section_borders(song.others(stem), lines).tolist():
            wishes = {border - 1: FILL, border: usual}
            sections += [Section(int(lines[bar]) // STEPS_PER_BEAT, wish) for bar, wish in wishes.items()]
    return sections


def told_in(
    sampler: SamplerConfig,
    asked: Asked,
    usual: Sequence[Section],
    attempt: int,
    tries: int,
    is_copy: bool,
    afresh: bool,
) -> tuple[SamplerConfig, Sequence[Section]]:
    """How an attempt is drawn, and what is said of the part.

    What is asked for comes at a price in fit, of which no more is paid than it takes: the first of several attempts is
    drawn like a part of which nothing is asked, and told at half the text scale; the others hear nothing else than what
    is asked, the last at all of the scale. What is usual of a stem that has no scale of its own for it (`usual_scales`)
    is left out then: led by it, basses get half as many notes again. Beside a text scale as high the context guides all
    stems alike. is_copy: whether parts drawn before are copies of others; then they hear, beneath what is asked, what
    tells them `APART`.
    afresh: whether nothing is there of the part.
    """
    if not asked and not is_copy:
        return sampler.unasked(asked.stem, afresh), usual
    sampler = replace(sampler, context_scales={})
    share = 1.0 if tries == 1 else min(1.0, 0.5 + 0.5 * attempt / (tries - 1))
    sampler = replace(sampler, text_scale=share * sampler.text_scale)
    said = spoken_of_throughout(asked.sections) if asked else []
    if is_copy:
        said = beneath([Section(0, APART[asked.stem])], said)
    if attempt == 0 and tries > 1:
        return sampler, beneath(usual, said) if asked.stem.value in sampler.usual_scales else said
    return replace(sampler, perturbed_scales={}), said


def beneath(usual: Sequence[Section], asked: Sequence[Section]) -> list[Section]:
    """What is asked from which beat on, and what is usual in all of which it does not speak. Both begin with beat 0."""
    firsts = sorted({section.first for section in (*usual, *asked)})
    return [Section(first, _beneath(_at(usual, first), _at(asked, first))) for first in firsts]


def _beneath(usual: Wish, asked: Wish) -> Wish:
    """Figures say how many notes there are, and how long: beside whole notes, which are few, neither is usual."""
    if any(asked.options.get("figure", {}).values()):
        levels = {name: level for name, level in usual.levels.items() if name not in ("density", "note length")}
        usual = replace(usual, levels=levels)
    return usual.under(asked)


def _at(sections: Sequence[Section], beat: int) -> Wish:
    return next((section.wish for section in reversed(sections) if section.first <= beat), Wish())
