"""Drums that a sentence rules out, kick and snare too, are not struck."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.finishing import finish
from midi_subtract.programs import HAND_CLAP
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.kit_words import in_section, settled, told
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.understanding.drum_words import ALL, drums_ruled_out, drums_taken_up
from subtract_core.wish import Wish
from tests.midi.heard import Heard

KICK, SNARE, STICK, HAT, TOM, CRASH, RIDE, SHAKER = 36, 38, 37, 42, 45, 49, 51, 70
KEYS = (KICK, SNARE, STICK, HAT, TOM, CRASH, RIDE, SHAKER)
DRUMS = Notes.of((6 * place + 48 * bar, key, 3, 90) for bar in range(8) for place, key in enumerate(KEYS))
BARS = np.arange(0, 48 * 9, 48)


@pytest.mark.parametrize(
    ("sentence", "rest", "left"),
    [
        ("no snare", "", {KICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("Busy, without a snare please", "Busy", {KICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("no kick or toms", "", {SNARE, STICK, HAT, CRASH, RIDE, SHAKER}),
        ("no cymbals", "", {KICK, SNARE, STICK, HAT, TOM, SHAKER}),
        ("just hi-hats", "", {HAT}),
        ("only kick and hi-hat", "", {KICK, HAT}),
        ("loud, snare and kick only", "loud", {SNARE, KICK}),
        ("only toms", "", {TOM}),
        ("no snare, just kick and hats", "", {KICK, HAT}),
        ("no snare, rim clicks", "rim clicks", {KICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("four on the floor, no hats", "four on the floor", {KICK, SNARE, STICK, TOM, CRASH, RIDE, SHAKER}),
        ("no hats, busy, no ride", "busy", {KICK, SNARE, STICK, TOM, CRASH, SHAKER}),
        ("no toms, no crashes", "", {KICK, SNARE, STICK, HAT, RIDE, SHAKER}),
        ("no hi-hat, just the ride", "", {KICK, SNARE, STICK, TOM, CRASH, RIDE, SHAKER}),
        ("no hats, just shakers", "", {KICK, SNARE, STICK, TOM, CRASH, RIDE, SHAKER}),
        ("just a soft kick and some shaker", "soft", {KICK, SHAKER}),
        ("only light rims", "light", {STICK}),
        ("only kick and claps", "", {KICK, HAND_CLAP}),
        ("everything but the snare", "everything", {KICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("loud, play everything except toms and crashes", "loud, everything", {KICK, SNARE, STICK, HAT, RIDE, SHAKER}),
        ("all but the cymbals", "everything", {KICK, SNARE, STICK, HAT, TOM, SHAKER}),
        ("the full kit, except for the kick", "everything", {SNARE, STICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("anything but the ride", "", {KICK, SNARE, STICK, HAT, TOM, CRASH, SHAKER}),
        ("rim clicks instead of snare", "rim clicks", {KICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("instead of hats use the ride", "use the ride", {KICK, SNARE, STICK, TOM, CRASH, RIDE, SHAKER}),
        ("nothing but the snare", "", {SNARE}),
        ("no kick in it", "", {SNARE, STICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("drop the kick out", "", {SNARE, STICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("soft, leave the toms out of it", "soft", {KICK, SNARE, STICK, HAT, CRASH, RIDE, SHAKER}),
        ("never play the kick", "", {SNARE, STICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("snare sits out", "", {KICK, HAT, TOM, CRASH, RIDE, SHAKER}),
        ("no toms, no wait, keep the toms", "no wait, keep the toms", {*KEYS}),
        ("no shaker, no claps", "", {KICK, SNARE, STICK, HAT, TOM, CRASH, RIDE}),
    ],
)
def test_what_is_ruled_out_is_read_apart_and_not_struck(sentence: str, rest: str, left: set[int]) -> None:
    read, kit = drums_ruled_out(sentence)
    assert read == rest
    assert set(finish(DRUMS, Stem.DRUMS, Wish({}, {"kit": kit}), BARS).pitch.tolist()) == left


@pytest.mark.parametrize(
    "sentence",
    [
        "no snare fills",
        "no ghost notes on the snare",
        "start with hats only, add the kick later",
        "just a simple beat",
        "only brushes",
        "only kick and snare in the verse",
        "nothing is loud but the snare",
        "loud, but the snare is soft",
        "keep the snare",
        "keep the kick out of the way",
        "never play the kick loud",
        "the kick is in it",
        "",
    ],
)
def test_other_sentences_are_left_to_the_reader(sentence: str) -> None:
    assert drums_ruled_out(sentence) == (sentence, {})


def test_rim_clicks_stay_where_they_are_asked_for_instead_of_a_snare() -> None:
    part = finish(DRUMS, Stem.DRUMS, Wish({}, {"kit": {"snare": False, "rim clicks": True}}), BARS)
    assert STICK in part.pitch and SNARE not in part.pitch


def test_a_reader_gets_the_rest_and_its_wish_stays() -> None:
    heard = Heard(Wish({"density": 0.75}, {"kit": {"fills": True}}))
    reader = RuleReader(heard)
    wish = reader.understand("busy, no snare", Stem.DRUMS)
    assert heard.sentences == ["busy"] and wish == Wish({"density": 0.75}, {"kit": {"fills": True, "snare": False}})
    assert reader.understand("no kick", Stem.DRUMS) == Wish({}, {"kit": {"kick": False}})
    reader.understand("no snare", Stem.BASS)
    assert reader.understand("", Stem.DRUMS) == Wish()
    assert heard.sentences == ["busy", "no snare"]


def test_models_are_told_of_no_kick_and_snare() -> None:
    wish = Wish({"density": 0.75}, {"kit": {"snare": False, "ride": True}})
    assert told(wish) == Wish({"density": 0.75}, {"kit": {"ride": True}})
    keys = Notes.of((48 * bar, 60, 48, 80) for bar in range(8))
    song = Song([Track("keys", 0, False, keys)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    assert Asked.of(song, Stem.DRUMS, wish).sections[0].wish == told(wish)


@pytest.mark.parametrize(
    ("sentence", "rest", "drums"),
    [
        ("bring in the snare", "", {"snare"}),
        ("loud, the snare comes in", "loud", {"snare"}),
        ("now with kick and toms", "", {"kick", "toms"}),
        ("kick and snare enter, busy", "busy", {"kick", "snare"}),
        ("full kit, loud", "loud", {ALL}),
        ("everything comes back in", "", {ALL}),
        ("add toms", "add toms", set()),
        ("add ghost notes on the snare", "add ghost notes on the snare", set()),
        ("four on the floor", "four on the floor", set()),
    ],
)
def test_what_is_taken_up_again_is_read_apart(sentence: str, rest: str, drums: set[str]) -> None:
    assert drums_taken_up(sentence) == (rest, dict.fromkeys(drums, True))


def test_a_section_takes_up_drums_that_the_prompt_ruled_out() -> None:
    reader = RuleReader(Heard(Wish({"density": 0.75}, {"kit": {"fills": True}})))
    hats = reader.understand("just hi-hats", Stem.DRUMS)
    assert in_section(hats, Wish()).options["kit"] == {**hats.options["kit"], "hi-hat": True}
    snare = in_section(hats, reader.understand("bring in the snare", Stem.DRUMS))
    assert set(finish(DRUMS, Stem.DRUMS, snare, BARS).pitch.tolist()) == {HAT, SNARE}
    everything = in_section(hats, reader.understand("full kit", Stem.DRUMS))
    assert set(finish(DRUMS, Stem.DRUMS, everything, BARS).pitch.tolist()) == set(KEYS) - {RIDE}
    for taken_up in ("bring in the snare", "full kit"):
        assert settled(reader.understand(taken_up, Stem.DRUMS)) == Wish(), "they are struck anyway"
