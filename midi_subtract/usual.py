"""What is asked of a part, gently, where nobody asks for anything: what most players do.

Both guidances without text pick what every player would agree on, which is less than any one of them plays: hi-hats go
first, and fills (docs/experiments.md, 2026-11-25). Of 600 training songs with drums 73% keep time on the hi-hat. A
backbeat is asked of models alone that play it too seldom (`usual_figures` of the sampler): the drums of others fit no
better with it and get more alike (2026-11-27). Drums are asked for a fill in the last bar of every section that the
other parts have, though not for a busy one: then bars before borders stand out as much as people's do. For a crash they
are not asked: as it is they play more of them where sections begin than people do. Guitars get thin where the context
guides them so little that they play passing notes as people do (2026-11-26).
"""

from __future__ import annotations

from collections.abc import Sequence

from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.sections import section_borders
from midi_subtract.song import Song
from subtract_core.stems import Stem
from subtract_core.wish import Section, Wish

USUAL: dict[Stem, Wish] = {
    Stem.DRUMS: Wish({}, {"kit": {"hi-hat": True}}),
    Stem.GUITAR: Wish({"density": 0.75}),
}
"""Stems that are better with it than without."""
FILL = Wish({"density": 0.5}, {"kit": {"hi-hat": True, "fills": True, "toms": True}})


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


def beneath(usual: Sequence[Section], asked: Sequence[Section]) -> list[Section]:
    """What is asked from which beat on, and what is usual in all of which it does not speak. Both begin with beat 0."""
    firsts = sorted({section.first for section in (*usual, *asked)})
    return [Section(first, _at(usual, first).under(_at(asked, first))) for first in firsts]


def _at(sections: Sequence[Section], beat: int) -> Wish:
    return next((section.wish for section in reversed(sections) if section.first <= beat), Wish())
