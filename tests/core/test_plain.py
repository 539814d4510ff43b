"""Slang, politeness, reasons and complaints are put into plain words."""

from __future__ import annotations

import pytest

from subtract_core.stems import Stem
from subtract_core.understanding.drum_words import drums_ruled_out
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.phrases import not_understood
from subtract_core.understanding.plain import plain
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("no snare thanks", "no snare"),
        ("no toms and crashes, pls!", "no toms and crashes!"),
        ("no hats tho, low thx", "no hats, low"),
        ("thanks, busy", "busy"),
        ("pls no slap", "please no slap"),
        ("just kick 'n' snare & hats", "just kick and snare and hats"),
        ("shaker on the & of 2 & 4", "shaker on the & of 2 & 4"),
        ("drone all the way thru w/ long notes w/o slides", "drone all the way through with long notes without slides"),
        ("don\u2019t wanna hear \u201cslap\u201d", 'don\'t want to hear "slap"'),
        ("bossa nova w rim clicks", "bossa nova with rim clicks"),
        ("not to loud", "not too loud"),
        ("not to be loud", "not to be loud"),
        ("thanks", "thanks"),
    ],
)
def test_slang_and_courtesies_are_put_in_plain_words(sentence: str, said: str) -> None:
    assert plain(sentence) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("tambourine? no thanks", "no tambourine"),
        ("cowbell: none", "no cowbell"),
        ("hi-hats? no, ride", "no hi-hats; ride"),
        ("how about a shaker? nah, soft", "no shaker; soft"),
        ("swing? yes please", "swing"),
        ("no hats? no, soft", "keep the hats, soft"),
        ("no hats? yes", "no hats"),
        ("brushes? yes! fills? no!", "brushes! no fills!"),
        ("fills? every 8 bars", "fills every 8 bars"),
        ("tambourine: on 2 and 4", "tambourine on 2 and 4"),
        ("style: funk", "style: funk"),
        ("bass: no slap", "bass: no slap"),
        ("can you play it soft?", "can you play it soft?"),
    ],
)
def test_questions_are_answered(sentence: str, said: str) -> None:
    assert plain(sentence) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("mute everything except the kick", "only the kick"),
        ("get rid of all the drums but the hats", "only the hats"),
        ("no drums but kick and snare", "only kick and snare"),
        ("i wouldn\u2019t play anything but root eighths", "only root eighths"),
        ("not anything but slap", "only slap"),
        ("loud, kick and snare only, nothing else", "loud, only kick and snare"),
        ("root notes and nothing else", "only root notes"),
        ("nothing else", "nothing else"),
        ("anything but slap", "anything but slap"),
        ("everything but the kick", "everything but the kick"),
    ],
)
def test_what_alone_is_left_is_said_by_only(sentence: str, said: str) -> None:
    assert plain(sentence) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("that was way too much, play soft", "sparse, play soft"),
        ("busy is too much, soft and low", "sparse, soft and low"),
        ("16 notes a bar is way too much, play 4", "sparse, play 4"),
        ("i count 16 notes per bar, that's too many", "sparse"),
        ("not 8 notes per bar but 4", "4 notes per bar"),
        ("less is more", "sparse"),
        ("nothing too fancy, soft", "simple, soft"),
        ("nothing special about it", "simple about it"),
        ("too many fills, take most of them out", "too many fills"),
        ("not too much", "not too much"),
    ],
)
def test_complaints_ask_for_less(sentence: str, said: str) -> None:
    assert plain(sentence) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("dead even, no dynamics", "flat dynamics"),
        ("soft, without any dynamics", "soft, flat dynamics"),
        ("lots of dynamics", "lots of dynamics"),
        ("never on the beat", "syncopated, off-beats only"),
        ("soft, don't play right on the beat", "soft, syncopated, off-beats only"),
        ("never on the beat of the kick", "never on the beat of the kick"),
        ("not on the beaten track", "not on the beaten track"),
    ],
)
def test_denials_that_readers_turn_round_are_put_as_wishes(sentence: str, said: str) -> None:
    assert plain(sentence) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("no crashes at all, they hurt my ears, soft", "no crashes at all, soft"),
        ("not so low, there's already a tuba down there", "not so low"),
        ("low, because it is a sad song", "low"),
        ("no crashes, they should be toms", "no crashes, they should be toms"),
        ("sparse because the singer needs room", "sparse because the singer needs room"),
        ("busy, it swings", "busy, it swings"),
        ("busy since bar 4", "busy since bar 4"),
    ],
)
def test_reasons_are_left_out_unless_they_may_be_wishes(sentence: str, said: str) -> None:
    assert plain(sentence) == said


def test_only_the_kick_is_left_where_everything_else_is_to_go() -> None:
    _, kit = drums_ruled_out(plain("lose everything but the kick"))
    assert not kit["snare"] and not kit["hi-hat"] and "kick" not in kit


def test_courtesies_and_reasons_are_not_named_as_not_understood() -> None:
    def understand(sentence: str) -> Wish:
        return Wish({}, {"kit": {"crashes": False}}) if "crashes" in sentence else Wish()

    said = "no crashes, they hurt my ears, wobbly, thx"
    assert not_understood(said, understand, lambda _: False) == ["wobbly"]


def test_a_complaint_does_not_turn_what_follows() -> None:
    wish = TextEncoder.from_pretrained().understand(plain("that was way too much, play soft"), Stem.BASS)
    assert wish.levels["density"] < 0.4 and wish.levels["loudness"] < 0.4
