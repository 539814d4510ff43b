"""Words for a part that does not play."""

from __future__ import annotations

import pytest

from subtract_core.stems import Stem
from subtract_core.understanding.silence import asks_silence
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    "sentence",
    [
        "rests, silent", "rest here, do not play", "tacet", "Silence.", "don't play", "don\u2019t play anything here",
        "lay out", "sit this one out", "drop out", "no guitar here", "The guitar drops out completely", "be silent",
    ],
)  # fmt: skip
def test_a_part_that_is_to_be_silent_is(sentence: str) -> None:
    assert asks_silence(sentence, Stem.GUITAR)


@pytest.mark.parametrize(
    "sentence",
    [
        "lots of rests", "rest here, then come back strong", "no bass here", "muted", "don't play too much",
        "play nothing but roots", "drop the volume", "no distortion", "no lead guitar", "leave space", "here", "",
        "guitar break",  # where it plays alone
    ],
)  # fmt: skip
def test_what_speaks_of_how_it_plays_is_no_silence(sentence: str) -> None:
    assert not asks_silence(sentence, Stem.GUITAR)


def test_drums_without_some_drums_play() -> None:
    assert asks_silence("no drums", Stem.DRUMS) and asks_silence("the drums take a break", Stem.DRUMS)
    assert not any(asks_silence(f"no {drum}", Stem.DRUMS) for drum in ("kick", "percussion", "cymbals", "drum fills"))
    assert not asks_silence("drum break", Stem.DRUMS), "they play alone"


def test_a_section_is_silent_only_if_it_says_so() -> None:
    prompt, silent = Wish({"density": 0.75}), Wish(silent=True)
    assert prompt.then(silent).silent and prompt.then(silent).under(Wish({"loudness": 0.5})).silent
    assert not silent.then(Wish()).silent and bool(silent) and not silent.is_told
