"""Words of music that are spelled wrong are read as what they resemble; others stay."""

from __future__ import annotations

import pytest

from subtract_core.understanding.plain import plain
from subtract_core.understanding.spelling import spelled


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("no symbals, cresendo", "no cymbals, crescendo"),
        ("simpel wallking bass, octives", "simple walking bass, octaves"),
        ("tamborine on 2 and 4", "tambourine on 2 and 4"),
        ("pizicato, sparce, agressive", "pizzicato, sparse, aggressive"),
    ],
)
def test_misspelled_words_are_put_right(sentence: str, said: str) -> None:
    assert spelled(sentence) == plain(sentence) == said


@pytest.mark.parametrize(
    "sentence",
    [
        "unswung, undistorted, unsyncopated", "brushless", "decrescendo", "crescendos and diminuendos", "tambourines",
        "clave, cabasa, tumbao, guiro", "clicky and plunky", "melodica", "squarer than that", "syncopate a bit",
        "like Bonham", "four-on-the-floor", "pads",
    ],
)  # fmt: skip
def test_words_that_only_resemble_others_stay(sentence: str) -> None:
    assert spelled(sentence) == sentence
