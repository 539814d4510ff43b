"""Velocities, keys, capos and effects in sentences."""

import pytest

from midi_subtract.words.rule_reader import RuleReader
from midi_subtract.words.studio_words import numbers_asked, without_studio
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    ("sentence", "rest", "number"),
    [
        ("velocity around 40", "", 40),
        ("MIDI velocity 60", "", 60),
        ("walking, with an average velocity of 90", "walking", 90),
        ("keep the velocities at 72 and stay sparse", "stay sparse", 72),
        ("busy; velocity: 100", "busy", 100),
    ],
)
def test_a_velocity_is_a_loudness(sentence: str, rest: str, number: float) -> None:
    left, wish = numbers_asked(sentence, Stem.BASS)
    assert left == rest and wish.numbers == {"loudness": number}
    assert wish.levels == {"loudness": level("loudness", Stem.BASS, number)}


@pytest.mark.parametrize(
    "sentence", ["velocity 300", "velocity 0", "velocities between 40 and 60", "velocity 40-60", "40"]
)
def test_what_is_no_single_velocity_is_left_to_the_reader(sentence: str) -> None:
    assert numbers_asked(sentence, Stem.BASS) == (sentence, Wish())


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("tremolo guitar with tons of reverb", "tremolo guitar"),
        ("lots of delay", ""),
        ("soft arpeggios, in E minor", "soft arpeggios"),
        ("in the key of B flat major, busy", "busy"),
        ("capo on the 5th fret, strummed", "strummed"),
        ("no reverb, sparse", "sparse"),
        ("with some echo and delay", ""),
        ("heavy and a bit behind the beat", "heavy"),
        ("sneak in behind the beat's back", "sneak in behind the beat's back"),
        ("soft, quarter note delay", "soft"),
        ("warm tone, cut the highs", "warm tone"),
        ("roll off the high end, busy", "busy"),
        ("use a wah pedal, soft", "soft"),
        ("use a fuzz pedal", "use a fuzz"),
        ("low gain", "not distorted"),
    ],
)
def test_keys_capos_and_effects_say_nothing_of_notes(sentence: str, rest: str) -> None:
    assert without_studio(sentence) == rest


@pytest.mark.parametrize(
    "sentence",
    [
        "a minor role",
        "in a major way",
        "minor chords",
        "key notes only",
        "delayed entries",
        "play in eighths",
        "low notes",
        "D pedal",
    ],
)
def test_words_that_only_look_like_keys_and_effects_stay(sentence: str) -> None:
    assert without_studio(sentence) == sentence


def test_the_reader_gets_what_is_left() -> None:
    heard: list[str] = []

    class Listening:
        def understand(self, sentence: str, stem: Stem) -> Wish:
            heard.append(sentence)
            return Wish({"loudness": 1.0, "density": 0.0})

    wish = RuleReader(Listening()).understand("sparse, in C minor, velocity 40, lots of reverb", Stem.KEYS)
    assert heard == ["sparse"] and wish.numbers == {"loudness": 40} and wish.levels["density"] == 0
    assert wish.levels["loudness"] == level("loudness", Stem.KEYS, 40), "a number wins over what is guessed"
    assert RuleReader(Listening()).understand("in G major", Stem.DRUMS) == Wish() and len(heard) == 1
