"""Arranging: a figure that the model did not write is there afterwards, in its harmony, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.listening.divisions import HALVES
from midi_subtract.listening.drum_figures import kit_strokes
from midi_subtract.listening.facts import Setting, figure_shares, stem_facts
from midi_subtract.listening.figures import FOLLOWS_KICK, MOST
from midi_subtract.notes import Notes, same
from midi_subtract.playing.arranging import arranged, asked_figures
from midi_subtract.playing.drum_arranging import arranged_drums
from midi_subtract.playing.finishing import finish
from midi_subtract.programs import PLAYABLE_RANGE
from subtract_core.facts import CHOICE, SCALE
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KICK, SNARE, HAT = 36, 38, 42
CHORDS = [(57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62)] * 2  # Am F C G
KEYS = Notes.of((48 * bar, p, 48, 80) for bar, chord in enumerate(CHORDS) for p in chord)
ROOTS = [33, 29, 36, 31] * 2
BASS = Notes.of((48 * bar + at, root, 12, 90) for bar, root in enumerate(ROOTS) for at in (0, 18, 30))
GUITAR = Notes.of((48 * bar + 24 * i, p, 12, 85) for bar, chord in enumerate(CHORDS) for i in (0, 1) for p in chord[:2])
DRUMS = Notes.of(
    [(48 * bar + at, KICK, 3, 100) for bar in range(8) for at in (0, 18)]
    + [(48 * bar + at, SNARE, 3, 96) for bar in range(8) for at in (24, 42)]
    + [(48 * bar + at, HAT, 3, 70) for bar in range(8) for at in (0, 12, 24, 36)]
)
PARTS = {Stem.BASS: BASS, Stem.GUITAR: GUITAR, Stem.DRUMS: DRUMS}
SETTING = Setting(np.arange(0, 48 * 8 + 1, 48), tempo=140.0)
FIGURES = [(stem, figure) for stem in PARTS for figure in CHOICE["figure"].options[stem]]


def _context(stem: Stem) -> dict[Stem, Notes]:
    return {s: n for s, n in {Stem.KEYS: KEYS, Stem.DRUMS: DRUMS, Stem.BASS: BASS}.items() if s is not stem}


def _ask(stem: Stem, figure: str, notes: Notes, setting: Setting = SETTING, wanted: bool = True) -> Notes:
    return arranged(notes, stem, Wish({}, {"figure": {figure: wanted}}), _context(stem), setting)


@pytest.mark.parametrize(("stem", "figure"), FIGURES)
def test_every_figure_asked_for_is_there_afterwards(stem: Stem, figure: str) -> None:
    part = _ask(stem, figure, PARTS[stem])
    shares = figure_shares(part, stem, _context(stem), SETTING.bar_starts, SETTING)
    assert shares[figure] >= (FOLLOWS_KICK if figure == "follows the kick" else MOST)
    low, high = PLAYABLE_RANGE[stem]
    assert low <= part.pitch.min() and part.pitch.max() <= high
    assert part.onset.min() >= 0 and part.onset.max() < 48 * 8


@pytest.mark.parametrize(("stem", "figure"), FIGURES)
def test_a_part_in_the_figure_stays_as_it_is(stem: Stem, figure: str) -> None:
    once = _ask(stem, figure, PARTS[stem])
    assert same(_ask(stem, figure, once), once)


@pytest.mark.parametrize("stem", PARTS)
def test_nothing_happens_without_a_figure_or_where_it_is_ruled_out(stem: Stem) -> None:
    part = PARTS[stem]
    assert same(arranged(part, stem, Wish({"loudness": 1.0}), _context(stem), SETTING), part)
    for _, figure in (f for f in FIGURES if f[0] is stem):
        assert same(_ask(stem, figure, part, wanted=False), part)
    assert not len(_ask(stem, FIGURES[0][1], Notes.empty()))


@pytest.mark.parametrize(("stem", "figure"), FIGURES)
def test_bars_in_which_the_model_rests_stay_silent(stem: Stem, figure: str) -> None:
    whole = PARTS[stem]
    gap = whole.select((whole.onset < 96) | (whole.onset >= 192))
    part = _ask(stem, figure, gap)
    assert not ((part.onset >= 96) & (part.onset < 192)).any()
    assert len(part)


@pytest.mark.parametrize(("stem", "figure"), FIGURES)
@pytest.mark.parametrize("bar", [24, 36, 42, 60])
def test_bars_of_other_lengths_keep_their_notes_inside(stem: Stem, figure: str, bar: int) -> None:
    lines = np.arange(0, 48 * 8 + 1, bar)
    part = _ask(stem, figure, PARTS[stem], replace(SETTING, bar_starts=lines))
    assert len(part) and part.onset.min() >= 0 and part.onset.max() < lines[-1]
    assert part.duration.min() >= 1


def test_a_stretch_leaves_out_what_lies_outside_it() -> None:
    part = _ask(Stem.BASS, "walking", BASS, replace(SETTING, bar_starts=np.arange(96, 241, 48)))
    assert part.onset.min() >= 96 and part.onset.max() < 240


@pytest.mark.parametrize(("stem", "figure"), FIGURES)
def test_upbeats_alone_stay_as_they_are(stem: Stem, figure: str) -> None:
    end = int(SETTING.bar_starts[-1])
    upbeat = Notes.of([(end - 1, 40, 1, 90)])
    assert same(_ask(stem, figure, upbeat), upbeat)


def test_a_walking_bass_starts_on_the_model_s_notes_and_leads_into_the_next() -> None:
    part = _ask(Stem.BASS, "walking", BASS)
    assert len(part) == 32
    by_bar = part.pitch.reshape(8, 4)
    assert by_bar[:, 0].tolist() == ROOTS
    leading = by_bar[:-1, 3] - np.array(ROOTS[1:])
    assert set(np.abs(leading).tolist()) <= {1, 2}


def test_chords_of_the_guitar_are_the_song_s() -> None:
    for figure in ("strummed", "arpeggiated"):
        part = _ask(Stem.GUITAR, figure, GUITAR)
        for bar, chord in enumerate(CHORDS):
            inside = part.select((part.onset >= 48 * bar) & (part.onset < 48 * bar + 48))
            assert set((inside.pitch % 12).tolist()) <= {p % 12 for p in chord}


def test_a_note_that_stays_stops_where_a_bar_written_anew_begins() -> None:
    tied = Notes.merge([Notes.of([(0, 33, 96, 90)]), BASS.select(BASS.onset >= 48)])
    part = _ask(Stem.BASS, "whole notes", tied)
    assert len(part) == 8 and part.starting(0, 48).end.max() <= 48


@pytest.mark.parametrize("figure", CHOICE["figure"].options[Stem.DRUMS])
@pytest.mark.parametrize(("key", "at"), [(key, at) for key in (KICK, SNARE, HAT) for at in (0, 12, 18, 24)])
def test_bars_of_one_stroke_get_their_figure_too(figure: str, key: int, at: int) -> None:
    lonely = Notes.of((48 * bar + at, key, 3, 90) for bar in range(8))
    part = _ask(Stem.DRUMS, figure, lonely)
    assert len(part) and part.velocity.min() >= 1
    shares = figure_shares(part, Stem.DRUMS, _context(Stem.DRUMS), SETTING.bar_starts, SETTING)
    assert shares[figure] >= MOST


def test_a_bass_that_is_to_follow_the_kick_goes_on_where_no_kick_is() -> None:
    kicks = Notes.of((bar * 48, 36, 3, 100) for bar in range(8) if bar not in (2, 3))
    quarters = Notes.of((at, 40 + at // 48, 12, 80) for at in range(0, 8 * 48, 12))
    part = arranged(quarters, Stem.BASS, Wish({}, {"figure": {"follows the kick": True}}), {Stem.DRUMS: kicks}, SETTING)
    assert np.bincount(part.onset // 48).tolist() == [1, 1, 4, 4, 1, 1, 1, 1]


def test_a_kick_before_the_model_s_first_note_of_a_bar_takes_that_note() -> None:
    kicks = Notes.of((bar * 48, 36, 3, 100) for bar in range(8))
    late = Notes.of((bar * 48 + 12, 36 + bar, 30, 80) for bar in range(8))
    part = arranged(late, Stem.BASS, Wish({}, {"figure": {"follows the kick": True}}), {Stem.DRUMS: kicks}, SETTING)
    assert part.onset.tolist() == [bar * 48 for bar in range(8)] and part.pitch.tolist() == list(range(36, 44))


def test_eighths_that_are_to_swing_over_straight_ones_are_still_the_figure() -> None:
    hats = {Stem.DRUMS: Notes.of((at, 42, 3, 80) for at in range(0, 8 * 48, 6))}
    swung = Notes.of((beat + at, 40, 4, 80) for beat in range(0, 8 * 48, 12) for at in (0, 8))
    assert figure_shares(swung, Stem.BASS, hats, SETTING.bar_starts, SETTING)["root eighths"] == 1.0
    off = swung.select(swung.onset % 12 != 0)
    assert figure_shares(off, Stem.BASS, hats, SETTING.bar_starts, SETTING)["off-beat"] == 1.0


def test_a_figure_of_one_limb_leaves_the_others_alone() -> None:
    part = _ask(Stem.DRUMS, "half-time", DRUMS)
    for key in (KICK, HAT):
        assert same(part.select(part.pitch == key), DRUMS.select(DRUMS.pitch == key))
    four = _ask(Stem.DRUMS, "four on the floor", DRUMS)
    assert same(four.select(four.pitch != KICK), DRUMS.select(DRUMS.pitch != KICK))


def _arranged(notes: Notes, wanted: tuple[str, ...], bar: int, expected: tuple[str, ...] = ()) -> Notes:
    lines = np.arange(0, 4 * bar + 1, bar)
    return arranged_drums(notes, wanted, lines, 120.0, [HALVES] * 4, expected=expected)


def test_a_plain_beat_in_three_four_has_the_snare_on_the_second_beat_and_the_third() -> None:
    hats = Notes.of((at, HAT, 3, 70) for at in range(0, 144, 12))
    part = _arranged(hats, (), 36, expected=("kick", "snare"))
    assert set((part.onset[part.pitch == KICK] % 36).tolist()) == {0}
    assert set((part.onset[part.pitch == SNARE] % 36).tolist()) == {12, 24}


def test_a_stroke_a_step_early_and_one_on_the_bar_line_become_one() -> None:
    early = Notes.of([(0, KICK, 3, 90), (47, KICK, 3, 80), (48, KICK, 3, 100), (96, KICK, 3, 90), (144, KICK, 3, 90)])
    part = _arranged(early, ("backbeat",), 48)
    kicks = part.select(part.pitch == KICK)
    assert kicks.onset.tolist() == [0, 48, 96, 144] and kicks.velocity.tolist() == [90, 100, 90, 90]


def test_hats_and_ride_at_once_become_one_hat() -> None:
    both = Notes.of((at, key, 3, 70) for at in range(0, 192, 12) for key in (HAT, 51))
    part = _arranged(both, ("sixteenth hats",), 48)
    assert part.pitch.tolist() == [HAT] * 64


def test_fills_asked_for_come_every_eight_bars_and_take_no_other_bar() -> None:
    wish = Wish({}, {"kit": {"fills": True}})
    part = arranged(DRUMS, Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING)
    assert kit_strokes(part, SETTING.bar_starts)["fills"] == pytest.approx(1 / 8)
    assert same(part.select(part.onset < 7 * 48 + 24), DRUMS.select(DRUMS.onset < 7 * 48 + 24))
    last = part.select(part.onset >= 7 * 48 + 24)
    assert set(last.pitch.tolist()) == {SNARE, 50, 47, 43}
    assert same(arranged(part, Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING), part), "there are enough already"
    none = Wish({}, {"kit": {"fills": False, "ride": True}})
    assert same(arranged(DRUMS, Stem.DRUMS, none, _context(Stem.DRUMS), SETTING), DRUMS)


@pytest.mark.parametrize("bar", [12, 15, 18, 48])
@pytest.mark.parametrize("asked", [("kit", "fills"), ("figure", "sixteenth hats"), ("figure", "blast beat")])
def test_strokes_do_not_ring_beyond_the_song(asked: tuple[str, str], bar: int) -> None:
    lines = np.arange(0, 8 * bar + 1, bar)
    thirds = Notes.of((at, 60, 4, 90) for at in range(0, 8 * bar, 4))
    drums = Notes.of(
        [(int(line), KICK, 3, 100) for line in lines[:-1]] + [(at, HAT, 3, 70) for at in range(0, 8 * bar, 6)]
    )
    choice, option = asked
    wish = Wish({}, {choice: {option: True}})
    part = arranged(drums, Stem.DRUMS, wish, {Stem.KEYS: thirds}, Setting(lines, tempo=140.0))
    assert len(part) > len(drums) and part.last_step <= 8 * bar


def test_crashes_asked_for_open_every_fourth_bar_in_the_place_of_the_hat() -> None:
    wish = Wish({}, {"kit": {"crashes": True}})
    part = arranged(DRUMS, Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING)
    crashes = part.select(part.pitch == 49)
    assert crashes.onset.tolist() == [0, 192]
    assert set(crashes.velocity.tolist()) == {int(np.quantile(DRUMS.velocity, 0.9))}
    assert not set(part.select(part.pitch == HAT).onset.tolist()) & set(crashes.onset.tolist())
    for key in (KICK, SNARE):
        assert same(part.select(part.pitch == key), DRUMS.select(DRUMS.pitch == key))
    assert same(arranged(part, Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING), part), "there are enough already"
    none = Wish({}, {"kit": {"crashes": False}})
    assert same(arranged(DRUMS, Stem.DRUMS, none, _context(Stem.DRUMS), SETTING), DRUMS)


DENSITY = SCALE["density"].words


def _dense(word: str, part: Notes = DRUMS, **options: dict[str, bool]) -> Notes:
    wish = Wish({"density": DENSITY.index(word) / (len(DENSITY) - 1)}, options)
    return arranged(part, Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING)


def _density(part: Notes) -> str:
    return stem_facts(part, Stem.DRUMS, {}, SETTING).words["density"]


def _full(division: tuple[int, ...]) -> Notes:
    hats = Notes.of((12 * beat + at, HAT, 3, 70) for beat in range(32) for at in division)
    return Notes.merge([DRUMS.select(DRUMS.pitch != HAT), hats])


@pytest.mark.parametrize("word", DENSITY)
@pytest.mark.parametrize("part", [_full((0,)), _full((0, 6)), _full((0, 3, 6, 9)), _full((0, 8))])
def test_drums_have_as_many_strokes_as_are_asked_for(word: str, part: Notes) -> None:
    got = _dense(word, part)
    assert _density(got) == word or abs(DENSITY.index(_density(got)) - DENSITY.index(word)) == 1
    assert same(got.select(got.pitch != HAT), part.select(part.pitch != HAT)), "only what keeps the time changes"
    if _density(part) == word:
        assert same(got, part)


def test_busier_words_bring_more_strokes() -> None:
    strokes = [len(_dense(word)) for word in DENSITY]
    assert strokes == sorted(strokes) and strokes[0] < strokes[2] < strokes[-1]


def test_drums_that_rest_for_a_while_get_no_more_strokes_for_it() -> None:
    eighths = Notes.merge([DRUMS, Notes.of((at, HAT, 3, 70) for at in range(6, 48 * 8, 12))])
    gap = eighths.select((eighths.onset < 96) | (eighths.onset >= 288))
    assert _density(gap) == "very sparse" and same(_dense("moderate", gap), gap)


def test_fills_stay_where_drums_get_sparse() -> None:
    wish = Wish({"density": 0.0}, {"kit": {"fills": True}})
    filled = arranged(_full((0, 6)), Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING)
    last = filled.starting(7 * 48 + 24, 8 * 48)
    assert len(last) == 8 and kit_strokes(filled, SETTING.bar_starts)["fills"] == pytest.approx(1 / 8)
    again = arranged(filled, Stem.DRUMS, wish, _context(Stem.DRUMS), SETTING)
    assert same(again.starting(7 * 48, 8 * 48), filled.starting(7 * 48, 8 * 48))


def test_density_is_left_alone_where_something_else_says_how_time_is_kept() -> None:
    full = _full((0, 6))
    assert same(_dense("very sparse", full, figure={"sixteenth hats": True}), _ask(Stem.DRUMS, "sixteenth hats", full))
    nothing = DRUMS.select(DRUMS.pitch != HAT)
    assert same(_dense("very busy", nothing, kit={"hi-hat": False, "ride": False}), nothing)


def test_the_ride_goes_on_keeping_the_time() -> None:
    ride = Notes.from_arrays(DRUMS.onset, np.where(DRUMS.pitch == HAT, 51, DRUMS.pitch), DRUMS.duration, DRUMS.velocity)
    busy = _dense("very busy", ride)
    assert set(busy.pitch.tolist()) == {KICK, SNARE, 51} and len(busy) > 2 * len(ride)


@pytest.mark.parametrize("bars", [5, 8, 11, 15, 30])
def test_fills_asked_for_are_often_enough_to_be_named(bars: int) -> None:
    part = Notes.of((12 * beat + at, HAT, 3, 80) for beat in range(4 * bars) for at in (0, 6))
    lines = np.arange(0, 48 * bars + 1, 48)
    filled = arranged(part, Stem.DRUMS, Wish({}, {"kit": {"fills": True}}), {}, replace(SETTING, bar_starts=lines))
    assert kit_strokes(filled, lines)["fills"] >= 1 / 8


def test_a_walking_bass_that_swings_still_walks() -> None:
    wish = Wish({"swing": 1.0}, {"figure": {"walking": True}})
    walk = finish(arranged(BASS, Stem.BASS, wish, _context(Stem.BASS), SETTING), Stem.BASS, wish, SETTING.bar_starts)
    facts = stem_facts(walk, Stem.BASS, _context(Stem.BASS), SETTING)
    assert facts.words["swing"] == "swung" and "walking" in facts.choices["figure"]
    assert same(arranged(walk, Stem.BASS, wish, _context(Stem.BASS), SETTING), walk)


@pytest.mark.parametrize(
    ("stem", "both"),
    [
        (Stem.GUITAR, ("strummed", "off-beat")),
        (Stem.GUITAR, ("strummed", "muted eighths")),
        (Stem.GUITAR, ("power chords", "muted eighths")),
        (Stem.GUITAR, ("power chords", "off-beat")),
        (Stem.BASS, ("octaves", "off-beat")),
        (Stem.BASS, ("root eighths", "pedal")),
        (Stem.BASS, ("octaves", "pedal")),
    ],
)
def test_figures_that_go_together_are_both_there(stem: Stem, both: tuple[str, str]) -> None:
    wish = Wish({}, {"figure": dict.fromkeys(both, True)})
    for part in (PARTS[stem], *(_ask(stem, name, PARTS[stem]) for name in both)):
        shares = figure_shares(
            arranged(part, stem, wish, _context(stem), SETTING), stem, _context(stem), SETTING.bar_starts, SETTING
        )
        assert min(shares[name] for name in both) >= MOST


def test_power_chords_that_are_strummed_are_power_chords() -> None:
    wish = Wish({}, {"figure": {"strummed": True, "power chords": True}})
    for part in (GUITAR, _ask(Stem.GUITAR, "strummed", GUITAR)):
        power = arranged(part, Stem.GUITAR, wish, _context(Stem.GUITAR), SETTING)
        assert figure_shares(power, Stem.GUITAR, {}, SETTING.bar_starts, SETTING)["power chords"] >= MOST


@pytest.mark.parametrize("figure", ["half-time", "double-time", "backbeat"])
def test_a_backbeat_that_moves_is_as_loud_as_it_was_among_ghost_notes(figure: str) -> None:
    ghosts = Notes.of((48 * bar + at, SNARE, 3, 30) for bar in range(8) for at in (9, 39))
    beats = Notes.of((48 * bar + at, SNARE, 3, 110) for bar in range(8) for at in (0, 30))
    part = _ask(Stem.DRUMS, figure, Notes.merge([DRUMS.select(DRUMS.pitch != SNARE), ghosts, beats]))
    snare = part.select(part.pitch == SNARE)
    assert sorted(set(snare.velocity.tolist())) == [30, 110]
    assert snare.velocity[snare.onset % 48 == {"half-time": 24, "double-time": 6, "backbeat": 12}[figure]].min() == 110
    alone = _ask(Stem.DRUMS, "half-time", Notes.merge([DRUMS.select(DRUMS.pitch != SNARE), ghosts]))
    moved = alone.velocity[(alone.pitch == SNARE) & (alone.onset % 48 == 24)]
    assert moved.min() > 60, "ghost notes alone say nothing of how loud a backbeat is"


@pytest.mark.parametrize(("density", "onsets"), [(0.5, 8), (0.75, 16), (1.0, 16)])
def test_busy_arpeggios_are_in_sixteenths(density: float, onsets: int) -> None:
    wish = Wish({"density": density}, {"figure": {"arpeggiated": True}})
    part = arranged(GUITAR, Stem.GUITAR, wish, _context(Stem.GUITAR), SETTING)
    assert np.histogram(part.onset, SETTING.bar_starts)[0].tolist() == [onsets] * 8
    assert figure_shares(part, Stem.GUITAR, _context(Stem.GUITAR), SETTING.bar_starts, SETTING)["arpeggiated"] == 1
    assert same(arranged(part, Stem.GUITAR, wish, _context(Stem.GUITAR), SETTING), part)


def _comped(style: str, **levels: float) -> Notes:
    wish = Wish(levels, {"style": {style: True}})
    return arranged(GUITAR, Stem.GUITAR, wish, _context(Stem.GUITAR), SETTING)


def test_a_guitar_in_swing_plays_four_to_the_bar() -> None:
    part = _comped("swing")
    assert np.unique(part.onset).tolist() == list(range(0, 8 * 48, 12)) and part.duration.max() <= 6
    assert np.bincount(part.onset)[::12].min() >= 3
    assert same(arranged(part, Stem.GUITAR, Wish({}, {"style": {"swing": True}}), _context(Stem.GUITAR), SETTING), part)


def test_a_bossa_nova_has_the_thumb_on_one_and_three_and_chords_off_the_beat() -> None:
    part = _comped("bossa nova").between(0, 96)
    lowest = {int(at): int(part.pitch[part.onset == at].min()) for at in np.unique(part.onset)}
    assert sorted(lowest) == [0, 18, 24, 36, 48, 60, 72, 78]
    assert all(lowest[thumb] < lowest[finger] for thumb, finger in ((0, 18), (24, 36), (48, 60), (72, 78)))


@pytest.mark.parametrize("style", ["rock", "jazz"])
def test_styles_in_which_guitars_comp_as_they_like_change_nothing(style: str) -> None:
    assert same(_comped(style), GUITAR)


def test_a_solo_in_swing_is_no_comping() -> None:
    assert same(_comped("swing", polyphony=0.0), GUITAR)
    lead = Wish({}, {"style": {"swing": True}, "figure": {"single-note lead": True}})
    assert asked_figures(lead, Stem.GUITAR) == ["single-note lead"]
