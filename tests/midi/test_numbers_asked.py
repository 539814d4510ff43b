"""Numbers that are asked for are what a part is brought to, drawn anew for and judged by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.listening.facts import Setting, scales, stem_facts
from midi_subtract.notes import Notes, same
from midi_subtract.playing.arranging import arranged
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.drum_arranging import expected_drums, lacking
from midi_subtract.playing.finishing import finish
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from subtract_core.explain import explain
from subtract_core.knobs import knob_wish
from subtract_core.levels import level, shortfall
from subtract_core.stems import Stem
from subtract_core.understanding.drum_words import drums_ruled_out
from subtract_core.wish import Wish

BARS = np.arange(0, 48 * 9, 48)
SETTING = Setting(BARS, 120.0)
KICK, SNARE, HAT = 36, 38, 42
BASS = Notes.of((6 * i, 33, 5, 90 + 4 * (i % 3)) for i in range(64))
HATS = Notes.of((12 * i, HAT, 3, 40) for i in range(32))
BEAT = Notes.of((12 * i, (KICK, SNARE)[i % 2], 3, 100) for i in range(32))
KEYS = Notes.of((48 * bar, 60, 48, 80) for bar in range(8))
SONG = Song([Track("keys", 0, False, KEYS)], [Meter(0, 4, 4)], [(0, 120.0)], 480)


def _number(stem: Stem, **settings: float | str) -> Wish:
    return knob_wish(stem, settings, level)


@pytest.mark.parametrize("loudness", [20, 55, 64, 101])
def test_loudness_lands_on_the_number(loudness: int) -> None:
    part = finish(BASS, Stem.BASS, _number(Stem.BASS, loudness=loudness), BARS)
    assert part.velocity.mean() == pytest.approx(loudness, abs=1)


@pytest.mark.parametrize(("swing", "place"), [(0.1, 6), (0.4, 7), (0.65, 7), (0.9, 8)])
def test_swing_is_as_near_to_the_number_as_it_can_be(swing: float, place: int) -> None:
    part = finish(BASS, Stem.BASS, _number(Stem.BASS, swing=swing), BARS)
    assert set((part.onset % 12).tolist()) == {0, place}


@pytest.mark.parametrize(
    ("stem", "name", "asked", "values", "fulfilled"),
    [
        (Stem.BASS, "density", 2.0, (1.1, 1.6, 2.4), (False, True, True)),
        (Stem.DRUMS, "density", 20.0, (16.0, 18.0), (False, True)),
        (Stem.DRUMS, "loudness", 55.0, (37.5, 52.0), (False, True)),
        (Stem.DRUMS, "syncopation", 0.5, (0.167, 0.45), (False, True)),
    ],
)
def test_a_number_is_fulfilled_by_a_number_near_it(
    stem: Stem, name: str, asked: float, values: tuple[float, ...], fulfilled: tuple[bool, ...]
) -> None:
    facts = stem_facts(BEAT if stem is Stem.DRUMS else BASS, stem, {}, SETTING)
    wish = _number(stem, **{name: asked})
    for value, yes in zip(values, fulfilled, strict=True):
        there = replace(facts, scales={name: value}, levels={name: level(name, stem, value)})
        there = replace(there, words={name: facts.words[name]})
        assert explain(wish, there)[0].fulfilled is yes
        assert (shortfall(name, stem, wish.levels[name], value, asked) == 0) is yes


def test_a_further_try_is_told_so_much_more_as_the_last_one_is_short() -> None:
    wish = _number(Stem.BASS, density=6)
    asked = Asked.of(SONG, Stem.BASS, wish)
    sparse = Notes.of((48 * bar, 33, 5, 90) for bar in range(8))
    for part, more in ((sparse, True), (BASS, False)):
        told = asked.aimed(part).stretches[0].wish
        assert (told.levels["density"] > wish.levels["density"]) is more and told.numbers == wish.numbers
    word = Asked.of(SONG, Stem.BASS, Wish({"density": 0.5}))
    assert word.aimed(sparse).stretches[0].wish == Wish({"density": 0.5})


def test_drums_reach_a_number_of_onsets_with_a_plain_beat_if_need_be() -> None:
    busy = Notes.of((3 * i, SNARE, 3, 60 + i % 5) for i in range(128))
    part = arranged(busy, Stem.DRUMS, _number(Stem.DRUMS, density=4), {}, SETTING)
    assert scales(part, Stem.DRUMS, BARS, 120.0)["density"] == pytest.approx(4)
    assert not lacking(part, BARS, ("kick", "snare"))


@pytest.mark.parametrize("wish", [Wish({"loudness": 0.0}), _number(Stem.DRUMS, density=8), Wish({"density": 0.25})])
def test_drums_keep_a_kick_and_a_backbeat_where_only_their_amount_is_asked(wish: Wish) -> None:
    part = arranged(HATS, Stem.DRUMS, wish, {}, SETTING)
    assert set((part.onset[part.pitch == KICK] % 48).tolist()) == {0, 24}
    assert set((part.onset[part.pitch == SNARE] % 48).tolist()) == {12, 36}
    asked = Asked.of(SONG, Stem.DRUMS, wish)
    assert asked.missed(HATS) > asked.missed(Notes.merge([HATS, BEAT])) + 0.9


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), ()),
        (Wish({"loudness": 0.0}, {"kit": {"kick": False}}), ("snare",)),
        (Wish({"loudness": 0.0}, {"kit": {"ride": True}}), ()),
        (Wish({"density": 0.5}, {"figure": {"half-time": True}}), ()),
        (Wish({}, {"kit": drums_ruled_out("just a soft kick and some shaker")[1]}), ("kick",)),
        (Wish({}, {"kit": drums_ruled_out("only hats")[1]}), ()),
    ],
)
def test_a_kick_is_not_added_where_it_is_ruled_out_or_something_else_is_asked(
    wish: Wish, expected: tuple[str, ...]
) -> None:
    assert expected_drums(wish) == expected


def test_a_backbeat_that_is_there_is_not_touched() -> None:
    assert same(arranged(BEAT, Stem.DRUMS, Wish({"loudness": 0.0}), {}, SETTING), BEAT)


def test_note_length_is_shown_as_the_mean_duration() -> None:
    short = Notes.of((12 * i, 33, 5, 90) for i in range(32))
    rows = explained(Asked.of(SONG, Stem.BASS, Wish()), short, 33)
    length = next(row for row in rows if row.fact == "note length")
    assert length.value == pytest.approx(5 / 12) and length.measured == "staccato (0.417 beats)"
