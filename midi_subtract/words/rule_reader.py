"""Words that are read by rule, before a reader gets the rest of a sentence: those that a text encoder is apt to miss.

Drums that are ruled out or taken up again have a module of their own, `subtract_core.understanding.drum_words`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from midi_subtract.words.bass_words import PEDAL, line_asked
from midi_subtract.words.count_words import notes_counted
from midi_subtract.words.fill_words import fills_placed
from midi_subtract.words.idioms import sayings, voices_asked
from midi_subtract.words.kit_words import kit_asked, names_percussion, with_kit, without_percussion
from midi_subtract.words.note_values import with_note_values
from midi_subtract.words.octave_words import octaves_asked
from midi_subtract.words.palm_words import palm_muting, with_palm_muting
from midi_subtract.words.ramp_words import ramp_asked
from midi_subtract.words.stroke_words import beats_of, strokes_asked, with_strokes
from midi_subtract.words.studio_words import numbers_asked, without_studio
from subtract_core.facts import SCALE
from subtract_core.stems import PITCHED, Stem
from subtract_core.understanding.clauses import is_meant
from subtract_core.understanding.other_players import ROOM, room_asked, without_other_players
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.places import without_places
from subtract_core.understanding.plain import plain
from subtract_core.understanding.reader import Reader
from subtract_core.understanding.silence import asks_silence
from subtract_core.understanding.speed_words import as_density
from subtract_core.wish import Wish

_KICK = r"(?:the |a )?(?:kicks?(?: drums?)?|bass drum)(?:['\u2019]s?)?"
_ASIDE = lazy_pattern(
    rf"(?i)\b(?:(?:leav\w+|mak\w+|giv\w+)? ?(?:\w+ )?(?:space|room) (?:for|to) {_KICK}"
    rf"|(?:(?:that )?(?:stay|keep|get|play)(?:s|ing)? )?(?:well )?"
    rf"(?:out of (?:the way of {_KICK}|{_KICK} way)|(?:off|around) {_KICK})"
    rf"|(?:do(?:n['\u2019]?t| not)|never) (?:step|tread|play|hit|land|sit) on (?:top of )?{_KICK}"
    rf"|(?:not|never) (?:on|with) {_KICK}|avoid(?:s|ing)? {_KICK})\b"
)
_ASIDE_WISH = Wish({}, {"figure": {"follows the kick": False}})
_FIVE_STRINGS = lazy_pattern(r"(?i)\b(?:(?:five|5|six|6)[- ]?string(?:s|ed)?(?: bass)?|low b(?: string)?)\b")
_FIVE_STRINGS_WISH = Wish({"register": 0.25})
_ELECTRIC = lazy_pattern(r"(?i)(?<!no )(?<!not )(?<!like )\b(?:an? )?(?:electric bass(?: guitar)?|bass guitar)\b")
_ELECTRIC_WISH = Wish({}, {"sound": {"fingered": True}})
_WITH_KICKS = lazy_pattern(
    r"(?i)\b(?:(?:play(?:ing)?|hit(?:ting)?|an?|the|one|roots?|notes?|hits?|only|just) ){0,4}"
    r"(?:on|with|for) (?:every|each|all the) (?:kicks?(?: drums?)?|bass drums?)(?: hits?)?\b"
)
_WITH_KICKS_WISH = Wish({}, {"figure": {"follows the kick": True}})
_DRONE = lazy_pattern(r"(?i)(?<!and )\bdrones?\b(?! (?:\w+ )?a rest\b)")
_808, _808_WISH = lazy_pattern(r"\b808s?\b"), Wish({}, {"sound": {"synth": True}})
_PEDAL_WISH = Wish({}, {"figure": {"pedal": True}})
_BREAKS = lazy_pattern(
    r"(?i)\b(?:amen(?:[ -](?:breaks?|styles?|drums?)|(?= ?(?:$|[,.;])))|break ?beats?|breakcore|dnb"
    r"|jungle(?!-|[- ](?:barrels?|toms?|style))"
    r"|(?:drum|d) ?(?:and|&|n|['\u2019]n['\u2019]?) ?(?:bass|b))\b(?: (?:drums?|beats?|breaks?))?"
)
_SWING_TIME = lazy_pattern(
    r"(?i)(?:^|[,.;:] ?|\bbut |\band )"
    r"(?:(?:an?|some|play|in|fast|slow|medium|up-?tempo|easy|classic|straight-ahead) ){0,3}"
    r"swing(?:ing?)?(?: (?:drums?|beat|groove|time|pattern))?(?: with (?:the )?(?:brush\w*|ride|sticks))?(?=$|[,.;:!])"
)
"""Swing as what drums play, and not as how the eighths of something else lie."""
_SWING_WISH = Wish({}, {"style": {"swing": True}})
_BREAKS_WISH = Wish({"density": 0.75, "syncopation": 1.0}, {"style": {"funk": True}})
_STRAY = lazy_pattern(
    r"(?i)^(?:[\s,.;:!?-]|\b(?:and|but|with|the|an?|on|in|at|to|then|it|all|through(?:out)?|over|play(?:ed|ing)?|only|just"
    r"|please|always|here|keep|make|use|give me|i want|i'd like|like|can you|bass(?: ?line)?|drums?|part|line)\b)*$"
)
"""What is left of a sentence that says nothing by itself, of which a reader would guess something."""
_SAME = lazy_pattern(r"(?i)^(?:(?:the|do|keep it|exactly) )*same(?: \w+){0,3},? but (?=\w)")
"""Of a prompt, which is held against nothing; sections have read it already."""
_COMPLAINT = lazy_pattern(
    r"(?i)(?P<what>(?:(?:it|that|this|they|there)(?: is| are| was| sounds|['\u2019](?:s|re))? )?"
    r"(?:(?:way|far|just|really|much|a (?:bit|little)) ){0,2}too (?!fast|slow)\w+(?: \w+){0,2}) ?[,.;:!\u2013\u2014-] ?"
    r"(?=\w)(?!(?:too|not?|and|or|but)\b)"
)
"""A complaint, and what follows it."""


@dataclass(frozen=True)
class RuleReader:
    """Reads by rule what can be, and leaves the rest of a sentence to `reader`. bar: beats of a bar of the song."""

    reader: Reader
    bar: float = 4.0

    def understand(self, sentence: str, stem: Stem) -> Wish:
        """As `Reader.understand`, but that clauses about some bars alone say nothing (`without_places`), nor do those
        about other players (`without_other_players`), and fast and slow are densities (`as_density`); drums that
        models are told nothing of may be asked for, too, ruled out and taken up (`kit_words`), and fills by place."""
        sentence, placed = _SAME.sub("", plain(sentence)), dict[str, bool]()
        if stem is Stem.DRUMS:
            sentence, placed = fills_placed(sentence)
        rest, said, kit, line = without_places(sentence), Wish(), dict[str, bool](), ""
        rest = without_other_players(rest, stem)
        if asks_silence(rest, stem):
            return Wish(silent=True)
        whole, tells_more = rest, False
        rest, velocity = numbers_asked(without_studio(rest), stem)
        rest, counted = notes_counted(rest, stem, self.bar)
        rest, octaves = octaves_asked(rest) if stem in PITCHED else (rest, 0)
        rest, ramp = ramp_asked(rest)
        if stem is Stem.DRUMS:
            rest, leaves_room = room_asked(rest)  # for "the congas", say, which nobody asks for
            rest, kit = kit_asked(rest)
            tells_more = names_percussion(kit)
            kit |= placed
            rest, said = _read(_BREAKS, _BREAKS_WISH, rest)
        elif stem is Stem.BASS:
            rest, said = _read(_ASIDE, _ASIDE_WISH, rest)
            rest, low = _read(_FIVE_STRINGS, _FIVE_STRINGS_WISH, rest)
            rest, electric = _read(_ELECTRIC, _ELECTRIC_WISH, rest)
            if (kicks := _WITH_KICKS.search(rest)) and is_meant(kicks):
                rest, said = _read(_WITH_KICKS, _WITH_KICKS_WISH, rest)
            rest, line = line_asked(rest)
            drone = _DRONE.search(rest)
            said = electric.under(low.under(said))
            said = _808_WISH.under(said) if _808.search(rest) else said
            said = said.under(_PEDAL_WISH) if line.startswith(PEDAL) or (drone and is_meant(drone)) else said
        rest, palm = palm_muting(rest) if stem is Stem.GUITAR else (rest, None)
        voices, is_melodic = Wish(), stem not in (Stem.DRUMS, Stem.BASS)
        if stem is not Stem.DRUMS:
            rest, leaves_room = room_asked(rest)
            rest, beats = strokes_asked(rest, stem)
            line = line or beats  # a tumbao is not on the one anyway
            tells_more = bool(line) and not beats_of(line)  # "rest on 3" is no waltz
        if is_melodic:
            rest, voices = voices_asked(rest, stem)
        wish = self._heard(rest, stem).under(voices)
        if tells_more:
            wish, kit = _with_whole(wish, kit, self.reader.understand(whole, stem))
        wish = with_note_values(rest, with_palm_muting(as_density(rest, wish), palm), stem)
        wish, line = with_strokes(wish, line, rest, stem) if stem is not Stem.DRUMS else (wish, "")
        is_swing = stem is Stem.DRUMS and wish.levels.get("swing", 0.0) >= 0.5 and "style" not in wish.options
        said = _SWING_WISH.under(said) if is_swing and _SWING_TIME.search(rest) else said
        if is_melodic or not (wish or said or kit or line or ramp):  # of rhythm sections moods say little
            wish = _of_stem(sayings(whole, wish, line), stem)
        said = said.under(Wish({}, counted.options))
        said = ROOM.under(said) if leaves_room else said
        numbers = velocity.under(Wish(counted.levels, {}, counted.numbers))
        options = {**said.options, **wish.options}
        if figure := {**wish.options.get("figure", {}), **said.options.get("figure", {})}:
            options["figure"] = figure
        said = replace(said.under(wish).under(numbers), options=options, octaves=octaves, ramp=ramp, line=line)
        return with_kit(said, {**wish.options.get("kit", {}), **kit})

    def _heard(self, sentence: str, stem: Stem) -> Wish:
        """What the reader hears; of a complaint ("too short, let it ring") by itself, as it is apt to take what is to
        be done about it for part of it."""
        found = _COMPLAINT.match(sentence)
        if not found:
            return Wish() if _STRAY.match(sentence) else self.reader.understand(sentence, stem)
        asked, remedy = (self.reader.understand(said, stem) for said in (found["what"], sentence[found.end() :]))
        both = {choice: {**said, **remedy.options.get(choice, {})} for choice, said in asked.options.items()}
        return replace(asked.under(remedy), options={**remedy.options, **both})


def _of_stem(wish: Wish, stem: Stem) -> Wish:
    """A wish with the scales alone that the stem has; the chords that a bass is told of are others'."""
    others = {"polyphony"} if stem is Stem.BASS else set[str]()
    levels = {scale: at for scale, at in wish.levels.items() if stem in SCALE[scale].stems and scale not in others}
    return replace(wish, levels=levels)


def _with_whole(wish: Wish, kit: dict[str, bool], whole: Wish) -> tuple[Wish, dict[str, bool]]:
    """What is read where names of percussion or of lines were taken out of a sentence, with the style of it as a whole,
    as they tell of styles, and without percussion of which it wants none ("leave the tambourine at home")."""
    if style := whole.options.get("style"):
        wish = replace(wish, options={**wish.options, "style": style})
    is_denied = whole.options.get("kit", {}).get("hand percussion") is False and False not in kit.values()
    return wish, without_percussion(kit) if is_denied else kit


def _read(words: re.Pattern[str], wish: Wish, sentence: str) -> tuple[str, Wish]:
    """The sentence without the words, and what they ask for."""
    rest, found = words.subn("", sentence)
    return (" ".join(rest.split()).strip(" ,.;:"), wish) if found else (sentence, Wish())
