"""Words for a place in a song."""

import pytest

from subtract_core.understanding.places import is_place, place_in, place_warning, without_places


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("louder in the chorus", "in the chorus"),
        ("softer in the verses, big fills before the chorus", "in the verses"),
        ("Big fills before the final chorus, please", "before the final chorus"),
        ("quiet in verses, loud in choruses", "in verses"),
        ("silent in the intro, then loud", "in the intro"),
        ("fade out at the end", "fade out"),
        ("a big  fill at the end", "at the end"),
        ("come in at bar 9", "at bar 9"),
        ("busy from bar 17 to 24", "from bar 17 to 24"),
        ("don't play in the first 8 bars", "the first 8 bars"),
        ("half-time during the whole bridge", "during the whole bridge"),
        ("go wild at the end of the song", "at the end"),
        ("no hats in the first 4", "in the first 4"),
        ("busier in the last bar", "in the last bar"),
        ("busier every 4 bars", "busier every 4 bars"),
    ],
)
def test_places_are_found(sentence: str, place: str) -> None:
    assert place_in(sentence) == place


@pytest.mark.parametrize(
    "sentence",
    [
        "busier than the verse",
        "louder than in the verse",
        "as loud as in the chorus",
        "like in the chorus of a punk song",
        "a fill at the end of every section",
        "crashes at the start of each section",
        "fills every four bars",
        "hold each note to the end of the bar",
        "an open, ringing end of the night groove",
        "verse-like and calm",
        "more movement in the low end",
        "strings at the end of the fingerboard",
        "four to the bar",
        "a fill in the last bar of every phrase",
        "kick in the first two beats",
        "more fills every four bars",
        "loud",
        "",
    ],
)
def test_what_holds_throughout_names_no_place(sentence: str) -> None:
    assert place_in(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("four on the floor, no hats in the first 4 bars", "four on the floor"),
        ("no hats in the first 4", ""),
        ("busy and loud, but softer in the last two bars", "busy and loud"),
        ("busier every 4 bars", ""),
        ("busier in the last bar", ""),
        ("busy, last bar only kick", "busy"),
        ("last bar of every phrase: a fill", "last bar of every phrase: a fill"),
        ("louder in the chorus, busy", "louder in the chorus, busy"),
        ("Fills every four  bars", "Fills every four  bars"),
    ],
)
def test_clauses_about_some_bars_are_left_out(sentence: str, rest: str) -> None:
    assert without_places(sentence) == rest


def test_a_warning_says_whether_a_place_is_left_out_or_holds_throughout() -> None:
    assert place_warning("louder in the chorus", "give it so") == (
        "the prompt holds for the whole song, 'in the chorus' or not; give it so"
    )
    assert "'in the last bar' says nothing" in (place_warning("busier in the last bar", "") or "")


def test_words_may_be_a_place_and_nothing_else() -> None:
    assert is_place("in the chorus") and is_place(" only in the last chorus.")
    assert not is_place("loud in the chorus") and not is_place("")
