"""Fast and slow say how much a part plays; the tempo is the song's."""

from __future__ import annotations

import pytest

from subtract_core.understanding.speed_words import as_density
from subtract_core.wish import Wish

FAST = Wish({"tempo": 0.75, "loudness": 0.25})


@pytest.mark.parametrize("sentence", ["fast", "play fast", "a brisk line", "breakneck", "schnell"])
def test_a_tempo_of_a_part_is_a_density(sentence: str) -> None:
    assert as_density(sentence, FAST).levels == {"density": 0.75, "loudness": 0.25}
    assert as_density(sentence, Wish({"tempo": 0.75, "density": 0.0})).levels == {"density": 0.0}


@pytest.mark.parametrize(
    ("sentence", "level"),
    [
        ("fast notes", 0.75),
        ("slow-moving", 0.25),
        ("very fast runs", 1.0),
        ("really slow chords", 0.0),
        ("not too fast", 0.25),
        ("don't play fast", 0.25),
        ("quick fills", 0.75),
        ("fast metal drums", 0.75),
    ],
)
def test_fast_and_slow_are_read_where_a_reader_hears_no_tempo(sentence: str, level: float) -> None:
    assert as_density(sentence, Wish()).levels == {"density": level}


@pytest.mark.parametrize(
    "sentence", ["at a fast tempo", "140 bpm", "up-tempo", "slow it down", "for a fast song", "fast swing", "slow rock"]
)
def test_words_for_the_tempo_stay(sentence: str) -> None:
    assert as_density(sentence, FAST) == FAST and as_density(sentence, Wish()) == Wish()


@pytest.mark.parametrize("sentence", ["slow attack", "slow vibrato", "a slow build-up"])
def test_slow_sounds_are_neither(sentence: str) -> None:
    assert as_density(sentence, FAST).levels == {"loudness": 0.25}


@pytest.mark.parametrize("sentence", ["breakfast music", "fasten the groove", "steadfast"])
def test_words_that_only_look_like_them_are_left(sentence: str) -> None:
    assert as_density(sentence, Wish()) == Wish()
