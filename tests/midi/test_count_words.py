"""Numbers of notes in a bar, and palm muting."""

from __future__ import annotations

import pytest

from midi_subtract.words.count_words import notes_counted
from midi_subtract.words.palm_words import palm_muting, with_palm_muting
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    ("sentence", "rest", "density"),
    [
        ("8 notes per bar", "", 8),
        ("four notes a bar", "", 4),
        ("about 6 notes in each bar", "", 6),
        ("6-8 notes per measure, soft", "soft", 7),
        ("two notes per beat", "", 8),
        ("a note every two bars", "", 0.5),
        ("one chord every other bar", "", 0.5),
        ("less is more, two notes a bar max", "less is more", 2),
        ("sparse: 2 notes per bar, low", "sparse, low", 2),
        ("eight notes to the bar", "", 8),
        ("no more than 4 strums a bar", "", 4),
        ("play 4 long notes per bar", "long", 4),
    ],
)
def test_notes_in_a_bar_are_a_density(sentence: str, rest: str, density: float) -> None:
    left, wish = notes_counted(sentence, Stem.BASS, 4.0)
    assert left == rest and wish.numbers == {"density": density}
    assert wish.levels == {"density": level("density", Stem.BASS, density)}


def test_bars_are_those_of_the_song() -> None:
    assert notes_counted("6 notes per bar", Stem.BASS, 3.0)[1].numbers == {"density": 8.0}
    assert notes_counted("one note per bar", Stem.BASS, 2.0)[1] == Wish(
        {"density": level("density", Stem.BASS, 2.0)}, {"figure": {"whole notes": True}}, {"density": 2.0}
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "8th notes", "4 bars", "8 notes per chord", "fill every 8 bars", "4 beats per bar", "three notes per string",
        "more notes per bar", "1.5 notes per bar", "4 kicks per bar", "don't play 8 notes per bar", "99 notes per beat",
    ],
)  # fmt: skip
def test_other_numbers_are_left_to_the_reader(sentence: str) -> None:
    assert notes_counted(sentence, Stem.BASS, 4.0) == (sentence, Wish())


class Sparse:
    """Hears few notes in everything."""

    def understand(self, sentence: str, stem: Stem) -> Wish:
        return Wish({"density": 0.0})


def test_a_number_wins_over_words() -> None:
    wish = RuleReader(Sparse(), 3.0).understand("sparse, 6 notes a bar", Stem.KEYS)
    assert wish.numbers == {"density": 8.0} and wish.levels["density"] == level("density", Stem.KEYS, 8.0)


@pytest.mark.parametrize(
    ("sentence", "rest", "asked"),
    [
        ("palm-mute it", "", True),
        ("palm muted", "", True),
        ("power chords, palm muted, loud", "power chords, loud", True),
        ("don't forget to palm mute", "", True),
        ("mute the strings with your palm", "", True),
        ("lots of palm mutes", "", True),
        ("no palm muting", "", False),
        ("don't palm mute, loud", "loud", False),
        ("strummed, not palm muted", "strummed", False),
        ("instead of palm muting, let it ring", "let it ring", False),
        ("drop the palm muting", "", False),
        ("don't drop the palm muting", "", True),
        ("not enough palm muting", "not enough", True),
        ("the palm trees sway", "the palm trees sway", None),
        ("muted trumpet", "muted trumpet", None),
    ],
)
def test_palm_muting_is_asked_for_or_ruled_out(sentence: str, rest: str, asked: bool | None) -> None:
    assert palm_muting(sentence) == (rest, asked)


def test_palm_muting_leaves_figures_and_sounds_that_are_asked_for() -> None:
    muted = {"figure": {"muted eighths": True}, "sound": {"muted": True}}
    assert with_palm_muting(Wish(), True).options == muted
    chords = Wish({}, {"figure": {"power chords": True}, "sound": {"distorted": True}})
    assert with_palm_muting(chords, True).options == {
        "figure": {"power chords": True, "muted eighths": True}, "sound": {"distorted": True},
    }  # fmt: skip
    picked = Wish({}, {"figure": {"arpeggiated": True}, "sound": {"clean": True}})
    assert with_palm_muting(picked, True) == Wish({"note length": 0.25}, picked.options)
    assert with_palm_muting(Wish(), False).options == {"figure": {"muted eighths": False}, "sound": {"muted": False}}
    assert with_palm_muting(picked, None) is picked
