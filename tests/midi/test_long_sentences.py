"""Sentences as long as they may be: no words make a reader by rule slow, and longer ones are refused."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from midi_subtract.playing.doubling import asks_for_doubling
from midi_subtract.playing.sections_asked import checked_sections
from midi_subtract.words import rule_reader
from midi_subtract.words.bass_words import line_asked
from midi_subtract.words.count_words import notes_counted
from midi_subtract.words.drum_stroke_words import strokes_said
from midi_subtract.words.fill_words import fills_placed
from midi_subtract.words.kit_words import kit_asked
from midi_subtract.words.octave_words import octaves_asked
from midi_subtract.words.palm_words import palm_muting
from midi_subtract.words.percussion_words import percussion_named
from midi_subtract.words.ramp_words import ramp_asked
from midi_subtract.words.relative_words import section_said
from midi_subtract.words.rule_reader import RuleReader
from midi_subtract.words.sounds import named_program
from midi_subtract.words.stroke_words import strokes_asked
from midi_subtract.words.studio_words import numbers_asked, without_studio
from subtract_core.choice import MOST_CHARACTERS, checked_prompt
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import tidied
from subtract_core.understanding.contrast import clauses_after_denials, instead_of
from subtract_core.understanding.other_players import room_asked, without_other_players
from subtract_core.understanding.phrases import not_understood, phrases
from subtract_core.understanding.places import place_in, without_places
from subtract_core.understanding.repeats import without_repeats
from subtract_core.understanding.silence import asks_silence
from subtract_core.understanding.speed_words import as_density
from subtract_core.wish import Wish


class _Nothing:
    def understand(self, sentence: str, stem: Stem) -> Wish:
        return Wish()


READERS: dict[str, Callable[[str], object]] = {
    "lines": line_asked,
    "strokes": lambda text: strokes_asked(text, Stem.KEYS),
    "complaints": lambda text: RuleReader(_Nothing()).understand(text, Stem.BASS),
    "ramps": ramp_asked,
    "octaves": octaves_asked,
    "counts": lambda text: notes_counted(text, Stem.BASS, 4.0),
    "palm muting": palm_muting,
    "fills": fills_placed,
    "percussion": percussion_named,
    "kit": kit_asked,
    "velocities": lambda text: numbers_asked(text, Stem.BASS),
    "studio": without_studio,
    "sections": lambda text: section_said(text, Stem.BASS, _Nothing()),
    "doubling": lambda text: asks_for_doubling([text]),
    "sounds": lambda text: named_program(text, Stem.LEAD),
    "kick aside": rule_reader._ASIDE.search,
    "drum strokes": strokes_said,
    "other players": lambda text: without_other_players(text, Stem.BASS),
    "room": room_asked,
    "places": without_places,
    "place": place_in,
    "repeats": without_repeats,
    "silence": lambda text: asks_silence(text, Stem.BASS),
    "speed": lambda text: as_density(text, Wish()),
    "denials": clauses_after_denials,
    "instead": instead_of,
    "phrases": phrases,
    "marks": tidied,
}
WORDS = (
    "the", "a", "it", "play", "keep", "use", "no", "too", "go", "with a", "gradually slowly", "long slow", "crescendo",
    "away die", "root and", "roots on one and", "tumbao", "pedal on", "the the low", "note is", "octave", "fills",
    "claps", "tambourine on the", "velocity at", "no reverb and", "leave room for the very", "the piano and", "every",
    "instead of", "start soft and", "louder and", "a,", ",", "-", "and", "\u2019", "1", "1 to", "more",
    "on 1 and", "chords on 2", "hit the one", "root notes", "stay on the", "whole notes", "bass note then", "too much",
    "loud snare and", "the snare is really", "kick on the", "crash at the big", "put strong accents", "turn the hats",
)  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_repeated_words_are_read_in_no_time(name: str) -> None:
    read = READERS[name]
    read("play")  # compiles what is compiled at first use
    for words in WORDS:
        text = (f"{words} " * MOST_CHARACTERS)[: MOST_CHARACTERS - 2] + " x"
        assert min(_seconds(read, text) for _ in range(2)) < 0.5, words  # minutes, with nested optional words


def _seconds(read: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    read(text)
    return time.process_time() - begin


def test_phrases_that_come_again_are_told_once_and_not_read_anew() -> None:
    read = list[str]()

    def understand(text: str) -> Wish:
        read.append(text)
        return Wish()

    assert not_understood("a, " * 300, understand, lambda _: False) == ["a"]
    assert len(read) == 3
    not_understood(", ".join(f"w{i}" for i in range(200)), understand, lambda _: False)
    assert len(read) < 50


def test_longer_sentences_are_refused() -> None:
    most, more = "a" * MOST_CHARACTERS, "a" * (MOST_CHARACTERS + 1)
    assert checked_prompt(most) == most and checked_sections({2: most}) == {2: most}
    with pytest.raises(InputError, match=r"^prompt: 'a.*' has 1,001 characters; give at most 1,000$"):
        checked_prompt(more)
    for place, where in ((2, "bar 2"), ("Verse", "'Verse'")):
        with pytest.raises(InputError, match=f"^sections: {where}: 'a.*' has 1,001 characters; give at most 1,000$"):
            checked_sections({place: more})
