"""Plain lists of words, and phrases that say nothing."""

from __future__ import annotations

import pytest

from subtract_core.explain import asked_for
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.phrases import not_understood, phrases, taken_up
from subtract_core.wish import Wish


@pytest.fixture(scope="module")
def shipped() -> TextEncoder:
    return TextEncoder.from_pretrained()


@pytest.mark.parametrize(
    ("stem", "sentence", "asked"),
    [
        (Stem.BASS, "busy, high, loud", {"density: busy", "register: high", "loudness: loud"}),
        (
            Stem.BASS,
            "low, soft, sparse, with long notes",
            {"register: low", "loudness: soft", "density: sparse", "note length: long"},
        ),
        (Stem.BASS, "short notes; high; soft", {"note length: short", "register: high", "loudness: soft"}),
        (Stem.LEAD, "high, soft, long notes", {"note length: long", "register: high", "loudness: soft"}),
        (Stem.STRINGS, "low, loud, short", {"note length: short", "register: low", "loudness: loud"}),
        (
            Stem.GUITAR,
            "clean, arpeggiated, soft, high",
            {"sound: clean", "figure: arpeggiated", "register: high", "loudness: soft"},
        ),
    ],
)
def test_every_word_of_a_plain_list_is_understood(
    stem: Stem, sentence: str, asked: set[str], shipped: TextEncoder
) -> None:
    assert {f"{fact}: {word}" for fact, word in asked_for(shipped.understand(sentence, stem))} == asked


def test_a_sentence_falls_into_phrases() -> None:
    assert phrases("Low, soft; sparse - but long notes.") == ["Low", "soft", "sparse", "but long notes"]
    assert phrases("loud but sparse") == ["loud", "sparse"] and phrases("busy and high") == ["busy and high"]
    assert phrases(" ,. ") == []


def test_a_phrase_adds_what_the_whole_says_nothing_of() -> None:
    loud, soft, long = Wish({"loudness": 0.75}), Wish({"loudness": 0.25}), Wish({"note length": 0.75})
    assert taken_up(soft, [("loud", loud, loud), ("long", long, long)]) == long.under(soft)
    assert taken_up(Wish(), [("loud", loud, Wish()), ("in no more than a word", long, long)]) == Wish()
    assert taken_up(Wish(), [("soft", soft, soft), ("then loud", loud, loud)]) == Wish(), "a contrast"
    picked, slap = (Wish({}, {"sound": {sound: True}}) for sound in ("picked", "slap"))
    assert taken_up(picked, [("picked", picked, picked), ("slap", slap, slap)]) == picked
    no_toms, ride = Wish({}, {"kit": {"toms": False}}), Wish({}, {"kit": {"ride": True}})
    assert taken_up(no_toms, [("ride", ride, ride)]).options == {"kit": {"toms": False, "ride": True}}


def test_phrases_that_say_nothing_are_named() -> None:
    words = {"busy": Wish({"density": 0.75}), "soft": Wish({"loudness": 0.25}), "up an octave": Wish(octaves=1)}

    def understand(sentence: str) -> Wish:
        wish = Wish()
        for word, said in words.items():
            wish = wish.under(said) if word in sentence else wish
        return wish

    def lost(sentence: str) -> list[str]:
        return not_understood(sentence, understand, lambda phrase: phrase == "a flute")

    assert lost("busy, shimmering, soft, like rain") == ["shimmering", "like rain"]
    assert lost("busy, please; a flute. up an octave") == []
    assert lost("shimmering") == ["shimmering"] and lost("shimmering and busy") == [] and lost("") == []
