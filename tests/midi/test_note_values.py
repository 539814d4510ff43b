"""Quarters, eighths and sixteenths are how many notes a part plays."""

from __future__ import annotations

import pytest

from midi_subtract.words.note_values import with_note_values
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    ("sentence", "onsets"),
    [
        ("play 16ths", 16),
        ("16ths instead of 8ths", 16),
        ("quarter notes rather than eighths", 4),
        ("no 8ths, 16ths", 16),
        ("a 16th run", 16),
        ("high, flowing eighths", 8),
    ],
)
def test_a_note_value_is_a_density_and_no_swing(sentence: str, onsets: float) -> None:
    wish = with_note_values(sentence, Wish({"swing": 1.0, "loudness": 0.25}), Stem.KEYS)
    assert wish == Wish({"loudness": 0.25, "density": level("density", Stem.KEYS, onsets)})


@pytest.mark.parametrize(
    ("sentence", "stem"),
    [
        ("shaker 16ths", Stem.DRUMS),
        ("swung 16ths", Stem.KEYS),
        ("no 16ths", Stem.KEYS),
        ("eighths and sixteenths", Stem.KEYS),
        ("the odd quarter note", Stem.KEYS),
        ("a quarter note later", Stem.KEYS),
    ],
)
def test_other_words_about_note_values_stay_with_the_reader(sentence: str, stem: Stem) -> None:
    wish = Wish({"swing": 1.0})
    assert with_note_values(sentence, wish, stem) == wish


@pytest.mark.parametrize(
    "sentence", ["bouncy 8ths", "eighths of equal length", "a lilt to the quavers", "loud, even eighths please"]
)
def test_words_for_how_such_notes_lie_are_a_swing_and_no_pace(sentence: str) -> None:
    wish = Wish({"swing": 1.0})
    assert with_note_values(sentence, wish, Stem.BASS) == wish


@pytest.mark.parametrize("sentence", ["steady eighths", "loud, just play 8th notes on the root please", "eighths"])
def test_plain_words_for_note_values_are_a_pace_though_a_swing_is_heard(sentence: str) -> None:
    assert with_note_values(sentence, Wish({"swing": 0.0}), Stem.KEYS) == Wish(
        {"density": level("density", Stem.KEYS, 8)}
    )


@pytest.mark.parametrize("wanted", [True, False])
def test_a_walking_bass_has_a_pace_of_its_own(wanted: bool) -> None:
    walking = Wish({}, {"figure": {"walking": wanted}})
    assert with_note_values("in quarters", walking, Stem.BASS) == walking


def test_what_else_says_how_busy_a_part_is_wins() -> None:
    eighths = Wish({}, {"figure": {"root eighths": True}})
    assert with_note_values("root notes, eighths", eighths, Stem.BASS) == eighths
    assert with_note_values("few notes, 16ths", Wish({"density": 0.25}), Stem.BASS) == Wish({"density": 0.25})


def test_the_shipped_reader_hears_a_density_in_note_values() -> None:
    wish = RuleReader(TextEncoder.from_pretrained()).understand("16ths instead of 8ths", Stem.BASS)
    assert wish.levels == {"density": level("density", Stem.BASS, 16)}


def test_sixteenths_are_no_figure_in_eighths_and_busier_than_a_reader_hears() -> None:
    muted = with_note_values("chugging 16ths", Wish({}, {"figure": {"muted eighths": True}}), Stem.GUITAR)
    assert muted == Wish({"density": level("density", Stem.GUITAR, 16)}, {"sound": {"muted": True}})
    busy = with_note_values("arpeggios in sixteenths", Wish({"density": 0.75}), Stem.KEYS)
    assert busy.levels == {"density": level("density", Stem.KEYS, 16)}
