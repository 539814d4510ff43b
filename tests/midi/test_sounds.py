"""The program that a prompt names by words that musicians use."""

import pytest

from midi_subtract.programs import stem_of
from midi_subtract.words.sounds import named_program
from subtract_core.stems import Stem


@pytest.mark.parametrize(
    ("stem", "prompt", "program"),
    [("lead", "a flute melody, long notes", 73), ("lead", "Saxophones", 65), ("lead", "a tenor sax solo", 66),
     ("lead", "brass section", 61), ("lead", "horns", 61), ("lead", "French horn", 60), ("lead", "clarinet", 71),
     ("strings", "pizzicato strings", 45), ("strings", "choir", 52), ("strings", "a cello line", 42),
     ("keys", "hammond organ pads", 16), ("keys", "church-organ", 19), ("keys", "warm Electric Piano chords", 4),
     ("keys", "harpsichord", 6), ("keys", "vibraphone", 11), ("keys", "grand piano", 0),
     ("keys", "a soft pad", 89), ("keys", "bell arpeggios", 14), ("lead", "a whistled tune", 78),
     ("lead", "overdriven guitar solo", 29), ("bass", "an 808, long notes", 38),
     ("bass", "808s", 38), ("guitar", "ukulele", 24)],
)  # fmt: skip
def test_sounds_are_known_by_their_names(stem: str, prompt: str, program: int) -> None:
    assert named_program(prompt, Stem.parse(stem)) == program


@pytest.mark.parametrize(
    ("stem", "prompt", "program"),
    [("lead", "no flute", None), ("lead", "without a flute or a trumpet", None), ("lead", "not the flute, an oboe", 68),
     ("keys", "no piano or organ", None), ("keys", "not piano, organ", 16), ("keys", "don't use the organ", None),
     ("lead", "like a flute", None), ("lead", "flute-like", None), ("lead", "answer the trumpet", None),
     ("lead", "the trumpet answers", 56), ("keys", "on the organ", 16), ("keys", "piano instead of organ", 0),
     ("keys", "organic", None), ("strings", "harpsichords", 6), ("lead", "a sad song", None),
     ("lead", "a hook people can whistle", None)],
)  # fmt: skip
def test_only_whole_words_that_are_meant_count(stem: str, prompt: str, program: int | None) -> None:
    assert named_program(prompt, Stem.parse(stem)) == program


@pytest.mark.parametrize("words", ["piano, very soft", "soft strings"])
def test_how_soft_strings_are_and_that_they_are_strings_names_no_sound(words: str) -> None:
    assert named_program(words, Stem.STRINGS) is None


@pytest.mark.parametrize(
    ("stem", "words"), [("lead", "violin"), ("lead", "choir"), ("strings", "violin"), ("strings", "warm pad")]
)
def test_sounds_are_heard_as_the_stem_that_is_written_where_there_are_such(stem: str, words: str) -> None:
    program = named_program(words, Stem.parse(stem))
    assert program is not None and stem_of(program, False) is Stem.parse(stem)


def test_drums_have_no_such_sounds() -> None:
    assert named_program("a flute", Stem.DRUMS) is None
