"""Words for a place in a song."""

import pytest

from subtract_core.understanding.places import place_in


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
    ],
)
def test_places_are_found(sentence: str, place: str) -> None:
    assert place_in(sentence) == place


@pytest.mark.parametrize(
    "sentence",
    [
        "busier than the verse",
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
        "loud",
        "",
    ],
)
def test_what_holds_throughout_names_no_place(sentence: str) -> None:
    assert place_in(sentence) is None
