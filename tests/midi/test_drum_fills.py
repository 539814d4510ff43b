"""Fills stand where a sentence says, and in grooves that are played by rule before new sections."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.listening.chords import Chord
from midi_subtract.listening.facts import Setting
from midi_subtract.notes import Notes, same
from midi_subtract.playing.arranging import arranged
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.drum_fills import bars_with_fills, with_groove_fills, without_fills
from midi_subtract.playing.endings import Ending
from midi_subtract.playing.finishing import finish
from midi_subtract.playing.grooves import in_style
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.fill_words import AT_THE_END, BEFORE_SECTIONS, fills_placed
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KICK, SNARE, HAT, PEDAL, TOM, CRASH = 36, 38, 42, 44, 43, 49
BARS = np.arange(0, 48 * 17, 48)


def rock(filled: tuple[int, ...] = (), bars: int = 16, length: int = 48) -> Notes:
    rows = []
    for bar, start in enumerate(range(0, bars * length, length)):
        rows += [(start, KICK, 3, 100), (start + 12, SNARE, 3, 100), (start + length - 12, SNARE, 3, 100)]
        rows += [(start + at, HAT, 3, 70) for at in range(0, length, 6)]
        rows += [(start + at, TOM, 3, 100) for at in range(24, length, 3)] if bar in filled else []
    return Notes.of(rows)


def song(border: int, ends: bool = False) -> dict[Stem, Notes]:
    """Keys with another section from a bar on; ends: with a last bar of one chord."""
    rows = []
    for bar in range(16):
        places = [0] if ends and bar == 15 else range(0, 48, 24 if bar < border else 6)
        rows += [(48 * bar + at, p + 5 * (bar >= border), 6, 80) for at in places for p in (60, 64, 67)]
    return {Stem.KEYS: Notes.of(rows)}


def filled(part: Notes) -> list[int]:
    return bars_with_fills(part, BARS)


def asked(name: str, part: Notes, others: dict[Stem, Notes]) -> Notes:
    return arranged(part, Stem.DRUMS, Wish({}, {"kit": {name: True}}), others, Setting(BARS, 120.0))


@pytest.mark.parametrize(
    ("sentence", "rest", "name"),
    [
        ("a fill at the end", "", AT_THE_END),
        ("rock beat, end with a big drum fill", "rock beat", AT_THE_END),
        ("fill at the end of the loop", "", AT_THE_END),
        ("a fill in the last bar, loud", "loud", AT_THE_END),
        ("no fills except at the end", "", AT_THE_END),
        ("fill the last bar", "", AT_THE_END),
        ("fills in the last bar", "", AT_THE_END),
        ("fill out the sound, loud", "loud", None),
        ("fill the space", "", None),
        ("soft, fill in for the guitar", "soft", None),
        ("fill every four bars", "", "fills every 4 bars"),
        ("steady, every 8 bars a fill", "steady", "fills every 8 bars"),
        ("a fill every other bar", "", "fills every 2 bars"),
        ("fills at the end of every 4-bar phrase", "", "fills every 4 bars"),
        ("fill before the chorus", "", BEFORE_SECTIONS),
        ("tom fills between sections and open hats", "and open hats", BEFORE_SECTIONS),
        ("lots of fills", "lots of fills", None),
        ("a fill now and then", "", "fills every 8 bars"),
        ("gospel chops every four bars", "gospel", "fills every 4 bars"),
        ("no fills, except at the end", "", AT_THE_END),
        ("lots of chops", "lots of chops", None),
        ("fill it with sixteenths at the end", "fill it with sixteenths at the end", None),
    ],
)
def test_words_that_say_when_fills_come_are_read_apart(sentence: str, rest: str, name: str | None) -> None:
    read, kit = fills_placed(sentence)
    assert (read.removeprefix("and "), kit) == (rest.removeprefix("and "), {name: True} if name else {})


@pytest.mark.parametrize(
    ("sentence", "rest", "kit"),
    [
        ("no fill at the end", "", {AT_THE_END: False}),
        ("rock, don't end with a fill", "rock", {AT_THE_END: False}),
        ("rock but leave out the fill at the end", "rock", {AT_THE_END: False}),
        ("soft, without any fills before the chorus", "soft", {BEFORE_SECTIONS: False}),
        ("fills but not at the end", "fills", {AT_THE_END: False}),
        ("fill every 4 bars, no fill at the end", "", {"fills every 4 bars": True, AT_THE_END: False}),
        ("no fills", "no fills", {}),
        ("don't fill every gap", "don't fill every gap", {}),
    ],
)
def test_a_fill_that_is_ruled_out_by_its_place_rules_out_no_other(
    sentence: str, rest: str, kit: dict[str, bool]
) -> None:
    assert fills_placed(sentence) == (rest, kit)


@pytest.mark.parametrize(
    ("kit", "bars"),
    [
        ({AT_THE_END: False}, [2, 7]),
        ({BEFORE_SECTIONS: False}, [2, 15]),
        ({"fills every 4 bars": True, AT_THE_END: False}, [3, 7, 11]),
    ],
)
def test_fills_that_are_ruled_out_by_place_are_gone_and_others_stay(kit: dict[str, bool], bars: list[int]) -> None:
    track = Track("keys", 0, False, song(8)[Stem.KEYS])
    asks = Asked.of(Song([track], [Meter(0, 4, 4)], [(0, 120.0)], 480), Stem.DRUMS, Wish({}, {"kit": kit}))
    before = rock((2, 7, 15))
    part, _ = asks.arranged(asks.finished(before))
    assert filled(part) == bars
    assert all(row.fulfilled for row in explained(asks, part, 0) if row.asked)
    assert not all(row.fulfilled for row in explained(asks, before, 0) if row.asked)


@pytest.mark.parametrize(
    ("name", "bars"),
    [
        (AT_THE_END, [15]),
        ("fills every 4 bars", [3, 7, 11, 15]),
        ("fills every 8 bars", [7, 15]),
        (BEFORE_SECTIONS, [7]),
    ],
)
@pytest.mark.parametrize("there", [(), (2, 5), (2, 5, 7, 15)])
def test_fills_stand_there_and_nowhere_else(name: str, bars: list[int], there: tuple[int, ...]) -> None:
    part = asked(name, rock(there), song(8))
    assert filled(part) == bars
    kept = [bar for bar in range(16) if bar not in bars]
    assert all(same(part.between(48 * b, 48 * b + 48), rock().between(0, 48)) for b in kept)
    assert same(asked(name, part, song(8)), part)


def test_where_fills_stand_is_explained() -> None:
    track = Track("keys", 0, False, song(8)[Stem.KEYS])
    whole = Song([track], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    asks = Asked.of(whole, Stem.DRUMS, Wish({}, {"kit": {AT_THE_END: True}}))
    for part, there in ((rock((15,)), True), (rock((3, 15)), False), (rock(), False)):
        assert [row.fulfilled for row in explained(asks, part, 0) if row.asked] == [there]


def test_a_fill_goes_with_drums_that_are_to_swing() -> None:
    wish = Wish({"swing": 1.0}, {"kit": {AT_THE_END: True}})
    part = arranged(rock(), Stem.DRUMS, wish, song(8), Setting(BARS, 120.0))
    assert set((part.starting(15 * 48 + 24, 16 * 48).onset % 4).tolist()) == {0}


def test_a_last_chord_that_is_held_has_its_fill_before_it() -> None:
    assert filled(asked(AT_THE_END, rock(), song(8, ends=True))) == [14]


def test_a_fill_at_the_end_stands_before_the_chord_with_which_all_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for bar, there in ((15, 14), (14, 15), (16, 15)):  # the last bar; a bar before; behind what is spoken of
        ending = Ending(bar * 48, (bar + 1) * 48, Chord(0, ""), True)
        monkeypatch.setattr("midi_subtract.playing.drum_fills.ending_of", lambda others, lines, end=ending: end)
        assert filled(asked(AT_THE_END, rock(), song(8))) == [there]


def test_no_fill_is_asked_of_a_chord_with_which_all_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ending = Ending(15 * 48, 16 * 48, Chord(0, ""), True)
    monkeypatch.setattr("midi_subtract.playing.drum_fills.ending_of", lambda others, lines: ending)
    assert filled(asked("fills every 4 bars", rock(), song(8))) == [3, 7, 11]


def test_fills_that_are_ruled_out_give_way_to_the_beat() -> None:
    assert same(without_fills(rock((3, 7)), BARS), rock())
    assert same(finish(rock((3, 7)), Stem.DRUMS, Wish({}, {"kit": {"fills": False}}), BARS), rock())


def test_a_groove_by_rule_has_a_fill_and_a_crash_where_a_section_begins() -> None:
    part = arranged(rock(), Stem.DRUMS, Wish({}, {"style": {"bossa nova": True}}), song(8), Setting(BARS, 120.0))
    bar = part.between(7 * 48, 8 * 48)
    roll = bar.select(bar.pitch == SNARE)
    assert roll.onset.tolist() == [24, 30, 36, 39, 42, 45] and (np.diff(roll.velocity) > 0).all()
    assert bar.onset[bar.pitch == PEDAL].tolist() == [12, 36], "the feet go on"
    assert part.onset[part.pitch == CRASH].tolist() == [8 * 48]
    assert filled(part) == [7]


def test_fills_of_grooves_are_eight_bars_apart_and_soft_with_brushes() -> None:
    groove, feel = in_style(rock(), "country", BARS), [(0, 6)] * 16
    part = with_groove_fills(groove, "country", [4, 8, 12], BARS, feel, {"brushes": True})
    changed = [b for b in range(16) if not same(part.between(48 * b, 48 * b + 48), groove.between(48 * b, 48 * b + 48))]
    assert changed == [3, 11] and not (part.pitch == CRASH).any()
    assert part.velocity.max() <= groove.velocity.max()
    every = with_groove_fills(groove, "country", [], BARS, feel, {"crashes": False})
    assert not same(every.between(7 * 48, 8 * 48), groove.between(7 * 48, 8 * 48)), "without sections every eight bars"
    assert same(with_groove_fills(rock((3,)), "country", [8], BARS, feel, {}), rock((3,))), "it has a fill"


def test_a_waltz_fills_three_beats() -> None:
    lines = np.arange(0, 36 * 17, 36)
    groove = in_style(rock(length=36), "waltz", lines)
    part = with_groove_fills(groove, "waltz", [8], lines, [(0, 6)] * 16, {})
    roll = part.between(7 * 36, 8 * 36)
    assert roll.onset[roll.pitch == SNARE].tolist() == [0, 6, 12, 18, 24, 27, 30, 33]


def test_what_is_busy_where_a_phrase_begins_is_no_fill_of_a_groove() -> None:
    part = in_style(rock((0, 7)), "bossa nova", BARS)
    assert not (part.starting(0, 48).pitch == TOM).any() and (part.starting(7 * 48, 8 * 48).pitch == TOM).any()


def test_of_several_styles_the_groove_that_fits_the_meter_is_played() -> None:
    lines = np.arange(0, 36 * 17, 36)
    blast = Notes.of((at, SNARE, 3, 90) for at in range(0, 36 * 16, 3))
    wish = Wish({}, {"style": {"jazz": True, "waltz": True}})
    part = arranged(blast, Stem.DRUMS, wish, {}, Setting(lines, 120.0))
    assert part.between(0, 36).onset[part.between(0, 36).pitch == KICK].tolist() == [0]


@pytest.mark.parametrize("length", [24, 48])
def test_a_fill_in_every_second_bar_does_not_hide_among_its_like(length: int) -> None:
    lines = np.arange(0, length * 9, length)
    keys = Notes.of((at, 60, 6, 80) for at in range(0, 8 * length, 12 if length == 48 else 4))
    whole = Song([Track("keys", 0, False, keys)], [Meter(0, length // 12, 4)], [(0, 120.0)], 480)
    wish = Wish({}, {"kit": {"fills every 2 bars": True}})
    part = arranged(rock(length=length), Stem.DRUMS, wish, whole.stems, Setting(lines, 120.0))
    assert bars_with_fills(part, lines, [1, 3, 5, 7]) == [1, 3, 5, 7]
    asks = Asked.of(whole, Stem.DRUMS, wish)
    assert [row.fulfilled for row in explained(asks, part, 0) if row.asked] == [True]
    assert same(arranged(part, Stem.DRUMS, wish, whole.stems, Setting(lines, 120.0)), part)


def test_a_fill_that_no_bar_can_have_is_missed_and_two_places_are_both_there() -> None:
    keys = Track("keys", 0, False, song(8)[Stem.KEYS])
    short = Song([Track("keys", 0, False, keys.notes.between(0, 144))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    asks = Asked.of(short, Stem.DRUMS, Wish({}, {"kit": {"fills every 4 bars": True}}))
    assert [row.fulfilled for row in explained(asks, rock(bars=3), 0) if row.asked] == [False]
    whole = Song([keys], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    asks = Asked.of(whole, Stem.DRUMS, Wish({}, {"kit": {AT_THE_END: True, BEFORE_SECTIONS: True}}))
    assert [row.fulfilled for row in explained(asks, rock((7, 15)), 0) if row.asked] == [True, True]
    asks = Asked.of(whole, Stem.DRUMS, Wish({}, {"kit": {"fills every 4 bars": True}}))
    late = Notes.merge([rock((7, 11), bars=15).starting(4 * 48, 15 * 48), Notes.of([(15 * 48, CRASH, 3, 90)])])
    assert [row.fulfilled for row in explained(asks, late, 0) if row.asked] == [True], "drums rest, and end"


@pytest.mark.parametrize("kit", [{"fills": False}, {"fills every 4 bars": True}])
def test_a_groove_has_no_fill_and_crash_of_its_own_where_fills_are_ruled_out_or_placed(kit: dict[str, bool]) -> None:
    wish = Wish({}, {"style": {"reggae": True}, "kit": kit})
    part = arranged(rock(), Stem.DRUMS, wish, {}, Setting(BARS, 120.0))
    assert not (part.pitch == CRASH).any()
    assert filled(part) == ([] if "fills" in kit else [3, 7, 11, 15])


def test_strokes_a_step_early_go_with_the_bar_that_they_announce() -> None:
    early = Notes.of([(48 * 4 - 1, SNARE, 3, 100), (48 * 4 - 1, HAT, 3, 70)])
    busy = rock((3,))
    busy = Notes.merge([busy.select((busy.onset != 48 * 4) | (busy.pitch == KICK)), early])
    part = without_fills(busy, BARS)
    assert same(part.starting(0, 48 * 4 - 1), rock().starting(0, 48 * 4 - 1))
    assert part.starting(48 * 4 - 1, 48 * 4).pitch.tolist() == [SNARE, HAT], "as they were"
    alone = Notes.of([(48 * 8 - 1, HAT, 3, 70)])
    part = with_groove_fills(Notes.merge([rock(), alone]), "country", [8], BARS, [(0, 6)] * 16, {"crashes": False})
    assert part.pitch[part.onset == 48 * 8 - 1].tolist() == [HAT], "it is no part of the fill before it"


def test_a_chord_behind_the_last_bar_is_none_of_it() -> None:
    held = [(at, 60, 6, 80) for at in range(0, 15 * 48, 12)] + [(15 * 48, 60, 48, 80)]
    behind = Notes.of([*held, (16 * 48, 64, 12, 80)])
    assert filled(asked(AT_THE_END, rock(), {Stem.KEYS: behind})) == [14]


def test_fills_by_place_are_on_toms_alone_where_the_snare_is_ruled_out() -> None:
    wish = Wish({}, {"kit": {AT_THE_END: True, "snare": False, "claps": True}})
    part = arranged(rock(), Stem.DRUMS, wish, song(8), Setting(BARS, 120.0)).starting(15 * 48 + 24, 16 * 48)
    assert set(part.pitch.tolist()) == {50, 47, 43}


def test_percussion_and_the_foot_go_on_through_a_fill() -> None:
    others = Notes.of((12 * beat, key, 3, 60) for beat in range(64) for key in (54, PEDAL))
    part = asked(AT_THE_END, Notes.merge([rock(), others]), song(8)).starting(15 * 48 + 24, 16 * 48)
    assert {54, PEDAL} <= set(part.pitch.tolist()) and HAT not in part.pitch
