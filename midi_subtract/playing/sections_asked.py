"""Sections of a song of which something is asked, by bar numbers or by the names of its markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from midi_subtract.files.markers import Marker, named_in, plain_name, spans_named
from midi_subtract.song import Song
from midi_subtract.words.drum_stroke_words import strokes_said
from midi_subtract.words.fill_words import fills_placed
from midi_subtract.words.kit_words import in_section
from midi_subtract.words.prompt_places import Bars, sections_in
from midi_subtract.words.relative_words import At, SectionSaid, section_said
from subtract_core.choice import checked_length, shown, whole_number
from subtract_core.errors import InputError
from subtract_core.spans import in_force
from subtract_core.stems import Stem
from subtract_core.understanding.other_players import without_other_players
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.reader import Reader
from subtract_core.wish import Wish

Place = int | str | Bars
"""A bar number, counted from 1, from which on a sentence holds; the name of a marker; or the bars that it is about."""
_MOST_NAMES = 20  # that an error lists
_A_WORD = 0.26  # of the five that most scales have, and a little more: what lies as near is no contradiction
_ON_GUITAR = lazy_pattern(r"(?i)\b(?:palm|heel|hand)\b.* (?:on|at|by|near) the bridge\b")
"""Where a palm lies, which is no bridge of a song."""
_BAR = lazy_pattern(r"(?i)\bbars? (?P<bar>\d{1,5})\b")


def checked_sections(sections: object) -> dict[Place, str]:
    """Place -> sentence; raises `InputError` for what is none."""
    if sections is None:
        return {}
    if not isinstance(sections, Mapping):
        raise InputError(f"sections: {shown(sections)} is no mapping; give it as in {{17: 'busier'}}")
    for place, text in sections.items():
        where = shown(place) if isinstance(place, str | tuple) else f"bar {shown(place)}"
        if not isinstance(text, str):
            raise InputError(f"sections: {shown(text)} of {where} is no text; give a sentence")
        checked_length(f"sections: {where}", text)
    return {_checked_place(place): text for place, text in sections.items()}


def _checked_place(place: object) -> Place:
    if isinstance(place, str) and any(c.isalpha() for c in place):
        return place
    if isinstance(place, tuple):
        if len(place) != 2:
            raise InputError(
                f"sections: {shown(place)} is no first and last bar; give two, as in {{(17, 24): 'busier'}}"
            )
        first, last = (whole_number("sections", bar, "bar numbers, counted from 1") for bar in place)
        if last < first:
            raise InputError(f"sections: {first}-{last} ends before it begins; give the earlier bar first")
        return first, last
    return whole_number("sections", place, "bar numbers, counted from 1, or names of the song's markers")


def place_in_words(place: Place) -> str:
    """As messages show it."""
    if isinstance(place, tuple):
        return f"bars {place[0]}-{place[1]}" if place[0] < place[1] else f"bar {place[0]}"
    return f"bar {place}" if isinstance(place, int) else shown(place)


def with_prompt(
    prompt: str | None, sentences: Mapping[Place, str], stem: Stem, markers: Sequence[Marker], bars: int
) -> tuple[str | None, dict[Place, str]]:
    """A prompt without what it says of places that the song has, and that beside the sentences about sections; where
    these name the same marker, they win. bars: how many the song has."""

    def own(clause: str) -> str:
        rest = strokes_said(fills_placed(clause)[0])[0] if stem is Stem.DRUMS else clause
        return without_other_players(_ON_GUITAR.sub("", rest) if stem is Stem.GUITAR else rest, stem)

    rest, placed = sections_in(prompt or "", markers, bars, own)
    named = {plain_name(place) for place in sentences if isinstance(place, str)}
    return rest or None, {place: said for place, said in placed.items() if place not in named} | dict(sentences)


def heard_sections(
    sentences: Mapping[Place, str], stem: Stem, reader: Reader, markers: Sequence[Marker], song: Song
) -> SectionsAsked:
    """Read what sentences say of sections of a song; raises `InputError` for a name that none of its markers has."""
    names = [marker.name for marker in markers]
    said = {place: section_said(text, stem, reader, names) for place, text in sentences.items()}
    return SectionsAsked.of(said, markers, song.name, len(song.bar_starts(song.last_step)) - 1)


@dataclass(frozen=True)
class SectionsAsked:
    """What is asked of sections of a song.

    said: place -> what a sentence asks for there. begins: bar -> the place whose sentence holds from there on, None
    where none does. markers: those of the song.
    """

    said: Mapping[Place, SectionSaid]
    begins: Mapping[int, Place | None]
    markers: Sequence[Marker]

    @classmethod
    def of(cls, said: Mapping[Place, SectionSaid], markers: Sequence[Marker], song: str, bars: int) -> SectionsAsked:
        """said: of a bar, from there on; of bars, in these; of a name, from each marker that has it up to the next
        other marker. Of several, that holds which began last; where they begin together, that of bars, of a bar, or of
        the longer name. song, bars: the song's name, and how many bars it has.

        Raises `InputError` for a name that no marker has.
        """
        spans: list[tuple[int, int, int, Place]] = [(p, 2, bars + 1, p) for p in said if isinstance(p, int)]
        spans += [(p[0], 3, p[1] + 1, p) for p in said if isinstance(p, tuple)]
        for place in said:
            if isinstance(place, str):
                found, is_whole = spans_named(place, markers, bars)
                if not found:
                    raise InputError(f"sections: {_unknown(place, markers, song)}")
                spans += [(first, int(is_whole), stop, place) for first, stop in found]
        begins: dict[int, Place | None] = {first: place for first, _, _, place in spans if not 1 <= first <= bars}
        begins |= {bar: place for bar, place in in_force(spans).items() if 1 <= bar <= bars}
        return cls(said, begins, markers)

    def asked(self, prompt: Wish, controls: Wish, stem: Stem) -> dict[int, Wish]:
        """Bar -> what is asked from there on: what the prompt asks for but for what the section says, and controls."""
        plain = in_section(prompt, Wish()).under(controls)
        found: dict[int, Wish] = {}

        def at(bar: int) -> Wish:
            """What is asked in a bar; what the prompt says where two sections ask for it by each other."""
            begin = max((first for first in self.begins if first <= bar), default=0)
            place = self.begins.get(begin)
            if place is None or begin in found:
                return found.get(begin, plain)
            found[begin] = plain
            first = place if isinstance(place, int) else begin
            found[begin] = at(first) if first < begin else self.said[place].asked(prompt, controls, stem, beside(begin))
            return found[begin]

        def beside(begin: int) -> At:
            return lambda where: at(self._meant(where, begin))

        return {bar: at(bar) for bar in self.begins}

    def _meant(self, where: str, bar: int) -> int:
        """The bar that words such as "the verse" mean, said of a section that begins with a bar: that before it where
        they name none."""
        if number := _BAR.search(where):
            return int(number["bar"])
        named = [marker.bar for marker in named_in(where, self.markers)]
        return max((b for b in named if b < bar), default=min(named, default=bar - 1))

    def overruled(self, controls: Wish) -> list[tuple[Place, str]]:
        """Each place of which a sentence asks for what contradicts a control, which wins, and the control's name."""
        return [(place, name) for place, said in self.said.items() for name in _contradicted(said.wish, controls)]

    def outside(self, unheard: Sequence[int]) -> list[Place]:
        """The places all of whose bars are among some."""
        bars = {place: [bar for bar, there in self.begins.items() if there == place] for place in self.said}
        return [place for place, there in bars.items() if there and set(there) <= set(unheard)]


def _contradicted(said: Wish, controls: Wish) -> list[str]:
    """Scales and choices of which two wishes ask for what differs by more than a word of five."""
    both = controls.levels.keys() & said.levels.keys()
    scales = sorted(scale for scale in both if abs(said.levels[scale] - controls.levels[scale]) > _A_WORD)
    styles, others = (
        {style for style, wanted in wish.options.get("style", {}).items() if wanted} for wish in (said, controls)
    )
    return [*scales, *(["style"] if styles and others and styles.isdisjoint(others) else [])]


def _unknown(name: str, markers: Sequence[Marker], song: str) -> str:
    names = list({marker.name.casefold(): marker.name for marker in reversed(markers)}.values())[::-1]
    if not names:
        return f"{song} has no markers, so {shown(name)} names no place in it; give a bar number, as in 17"
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return f"{song} has no marker {shown(name)}; choose {', '.join([*names[:_MOST_NAMES], *more])}, or a bar number"
