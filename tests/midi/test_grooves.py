"""Grooves: what drummers play in a style, by rule."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.listening.facts import Setting
from midi_subtract.listening.style_classifier import bundled_styles
from midi_subtract.metrics import IntArray
from midi_subtract.notes import Notes, same
from midi_subtract.playing.adherence import shortfall
from midi_subtract.playing.arranging import arranged
from midi_subtract.playing.grooves import grooves, in_style, likeness, parse_grooves, styles_heard
from midi_subtract.programs import DRUM_KEY
from subtract_core.errors import ConfigError
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BAR = 48
KICK, SNARE, HAT, CRASH = DRUM_KEY["kick"], DRUM_KEY["snare"], DRUM_KEY["closed hat"], DRUM_KEY["crash"]


def lines(bars: int, length: int = BAR) -> IntArray:
    return np.arange(bars + 1) * length


def rock(bars: int, velocity: int = 80) -> Notes:
    rows = []
    for start in range(0, bars * BAR, BAR):
        rows += [(start + at, KICK, 3, velocity) for at in (0, 24, 30)]
        rows += [(start + at, SNARE, 3, velocity) for at in (12, 36)]
        rows += [(start + at, HAT, 3, velocity) for at in range(0, BAR, 6)]
    return Notes.of(rows)


def struck(notes: Notes, key: int, bar: int = 0) -> list[int]:
    return sorted((notes.onset[(notes.pitch == key) & (notes.onset // BAR == bar)] - bar * BAR).tolist())


@pytest.mark.parametrize("style", sorted(grooves()))
def test_a_rock_beat_played_in_a_style_is_heard_to_be_in_it(style: str) -> None:
    groove = grooves()[style]
    part = Notes.merge([rock(1).between(0, groove.length).shifted(bar * groove.length) for bar in range(16)])
    played = in_style(part, style, lines(16, groove.length))
    assert styles_heard(played, [style], lines(16, groove.length))[style] >= 1.0
    if style in bundled_styles().config.styles:
        assert bundled_styles().recognised(played, lines(16, groove.length)) == style


def test_a_one_drop_has_its_kick_on_the_third_beat_alone() -> None:
    played = in_style(rock(4), "reggae", lines(4))
    assert [struck(played, KICK, bar) for bar in range(4)] == [[24]] * 4
    assert not struck(played, SNARE)


def test_a_rock_beat_is_no_reggae_and_no_bossa_nova() -> None:
    heard = styles_heard(rock(8), ["reggae", "bossa nova"], lines(8))
    assert max(heard.values()) < 1.0


def test_a_part_far_fuller_than_its_groove_is_not_in_its_style() -> None:
    played = in_style(rock(8), "samba", lines(8))
    assert styles_heard(played, ["samba"], lines(8))["samba"] >= 1.0
    shaken = [(at, DRUM_KEY[drum], 3, 60) for at in range(0, 8 * BAR, 3) for drum in ("hand percussion", "ride")]
    assert styles_heard(Notes.merge([played, Notes.of(shaken)]), ["samba"], lines(8))["samba"] < 1.0


def test_grooves_of_two_bars_take_turns() -> None:
    played = in_style(rock(4), "bossa nova", lines(4))
    stick = DRUM_KEY["stick and clap"]
    assert struck(played, stick, 0) == struck(played, stick, 2) == [0, 18, 36]
    assert struck(played, stick, 1) == struck(played, stick, 3) == [12, 30]


def test_loud_bars_stay_loud_and_soft_ones_soft() -> None:
    part = Notes.merge([rock(2, velocity=110), rock(2, velocity=50).shifted(2 * BAR)])
    played = in_style(part, "samba", lines(4))
    first, second = (played.velocity[(played.onset >= 2 * BAR) == late].mean() for late in (False, True))
    assert first == pytest.approx(110, abs=8) and second == pytest.approx(50, abs=4)


def test_fills_and_crashes_stay_the_models() -> None:
    toms = [(at, DRUM_KEY["low tom"], 3, 100) for at in range(7 * BAR + 24, 8 * BAR, 3)]
    part = Notes.merge([rock(8), Notes.of([*toms, (0, CRASH, 3, 110)])])
    played = in_style(part, "disco", lines(8))
    assert len(struck(played, DRUM_KEY["low tom"], 7)) == 8
    assert struck(played, CRASH) == [0]
    assert 0 not in struck(played, HAT)  # one hand cannot strike both


def test_bars_of_another_length_and_rests_are_left_alone() -> None:
    bar_starts = np.array([0, BAR, BAR + 36, 2 * BAR + 36, 3 * BAR + 36])
    part = Notes.merge([rock(1), Notes.of([(BAR, KICK, 3, 80)]), rock(1).shifted(BAR + 36)])  # 4/4, 3/4, 4/4, a rest
    played = in_style(part, "reggae", bar_starts)
    assert [int(o) for o in played.onset if BAR <= o < BAR + 36] == [BAR]
    assert not (played.onset >= 2 * BAR + 36).any()


def test_a_waltz_stays_out_of_common_time() -> None:
    np.testing.assert_array_equal(in_style(rock(4), "waltz", lines(4)).onset, rock(4).onset)


def test_likeness_counts_kick_snare_and_time_alike() -> None:
    groove = parse_grooves({"reggae": {"kick": "9...", "closed hat": "9999"}}, "a file")["reggae"]
    with_both = Notes.of([(0, KICK, 3, 80), *((at, HAT, 3, 80) for at in (0, 12, 24, 36))])
    assert likeness(with_both, groove, lines(1)) == pytest.approx(1.0)
    assert likeness(with_both.select(with_both.pitch == HAT), groove, lines(1)) == pytest.approx(0.5)
    assert likeness(rock(1), groove, np.array([0, 36])) is None  # nothing to compare


def test_a_style_whose_groove_fits_no_bar_cannot_be_told() -> None:
    thirds = Notes.merge([rock(1).between(0, 36).shifted(bar * 36) for bar in range(8)])
    assert not styles_heard(thirds, ["reggae", "metal"], lines(8, 36)) and "funk" in styles_heard(
        thirds, ["funk"], lines(8, 36)
    )
    for wanted in (True, False):
        wish = Wish({}, {"style": {"reggae": wanted}})
        assert shortfall(thirds, Stem.DRUMS, wish, {}, Setting(lines(8, 36), 120.0)) == 0.0
        assert same(arranged(thirds, Stem.DRUMS, wish, {}, Setting(lines(8, 36), 120.0)), thirds)


def test_a_style_asked_for_is_arranged_unless_the_part_has_it() -> None:
    setting = Setting(lines(8), tempo=110.0)
    wish = Wish({}, {"style": {"reggae": True}})
    part = arranged(rock(8), Stem.DRUMS, wish, {}, setting)
    assert struck(part, KICK) == [24]
    again = arranged(part, Stem.DRUMS, wish, {}, setting)
    np.testing.assert_array_equal(again.onset, part.onset)


def test_fills_and_crashes_give_way_only_where_they_hide_a_style_asked_for() -> None:
    setting = Setting(lines(16), tempo=110.0)
    tom = DRUM_KEY["low tom"]

    def asked_for_samba(filled: range) -> Notes:
        fills = [(bar * BAR + at, tom, 3, 100) for bar in filled for at in range(24, BAR, 3)]
        crashes = [(bar * BAR, CRASH, 3, 110) for bar in filled]
        part = Notes.merge([rock(16), Notes.of([*fills, *crashes])])
        return arranged(part, Stem.DRUMS, Wish({}, {"style": {"samba": True}}), {}, setting)

    few, many = asked_for_samba(range(15, 16)), asked_for_samba(range(1, 16, 2))
    assert len(struck(few, tom, 15)) == 8 and struck(few, CRASH, 15) == [0]
    assert not struck(many, CRASH, 15) and struck(many, tom, 15) == struck(
        in_style(rock(16), "samba", lines(16)), tom, 15
    )
    for part in (few, many):
        assert styles_heard(part, ["samba"], lines(16))["samba"] >= 1.0


def test_a_style_ruled_out_is_not_arranged() -> None:
    wish = Wish({}, {"style": {"reggae": False}})
    part = arranged(rock(8), Stem.DRUMS, wish, {}, Setting(lines(8), tempo=110.0))
    np.testing.assert_array_equal(part.onset, rock(8).onset)


@pytest.mark.parametrize(
    "raw, message",
    [
        ({"polka": {"kick": "9..."}}, "a file: 'polka' is not in the vocabulary"),
        ({"funk": {"gong": "9..."}}, "a file: funk: 'gong' is no drum; choose from kick"),
        ({"funk": {"kick": "9...."}}, "a file: funk: kick: '9....' is no bar"),
        ({"funk": {"kick": "x..."}}, "a file: funk: kick: 'x...' is no bar"),
        ({"funk": {"kick": "9... | 9...", "snare": "..9."}}, "a file: funk: its drums differ in their number of bars"),
    ],
)
def test_a_groove_that_cannot_be_read_is_named(raw: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.").replace("|", r"\|")):
        parse_grooves(raw, "a file")


def test_every_groove_belongs_to_a_style_that_can_be_asked_for() -> None:
    assert set(grooves()) <= set(CHOICE["style"].options[Stem.DRUMS])


def test_a_groove_of_two_bars_goes_on_where_a_section_begins_and_may_begin_with_either() -> None:
    lines = np.arange(0, 48 * 9, 48)
    part = Notes.of((at, key, 3, 90) for start in range(0, 384, 48) for at, key in ((start, 36), (start + 12, 38)))
    whole = in_style(part, "latin", lines)
    assert same(in_style(part.starting(48, 384), "latin", lines[1:]), whole.starting(48, 384))
    later = whole.starting(48, 384).shifted(-48)
    assert likeness(later, grooves()["latin"], lines[:-1]) == likeness(whole, grooves()["latin"], lines)
