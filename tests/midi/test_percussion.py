"""Percussion that a sentence names has its own key and pattern; so have claps, the pedal hat and the ride bell."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.finishing import finish
from midi_subtract.programs import HAND_CLAP, PERCUSSION
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.kit_words import in_section, told
from midi_subtract.words.percussion_words import percussion_named
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KICK, SNARE, HAT, PEDAL, RIDE, BELL, SHAKER = 36, 38, 42, 44, 51, 53, 70
BARS = np.arange(0, 48 * 9, 48)


class Nothing:
    """A reader that hears nothing, and remembers what it is asked."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def understand(self, sentence: str, stem: Stem) -> Wish:
        self.sentences.append(sentence)
        return Wish()


def rock(bars: int = 8, length: int = 48) -> Notes:
    rows = []
    for start in range(0, bars * length, length):
        rows += [(start, KICK, 3, 100), *((start + at, SNARE, 3, 100) for at in range(12, length, 24))]
        rows += [(start + at, HAT, 3, 70) for at in range(0, length, 6)]
    return Notes.of(rows)


def asked(sentence: str, part: Notes | None = None, bars: np.ndarray = BARS) -> Notes:
    wish = RuleReader(Nothing()).understand(sentence, Stem.DRUMS)
    return finish(rock() if part is None else part, Stem.DRUMS, wish, bars)


def struck(part: Notes, key: int, bar: int = 0, length: int = 48) -> list[int]:
    inside = part.select(part.pitch == key).between(bar * length, (bar + 1) * length)
    return [int(at) for at in inside.onset]


@pytest.mark.parametrize(
    ("sentence", "key", "places"),
    [
        ("with tambourine", 54, [12, 36]),
        ("tambourine in eighths", 54, list(range(0, 48, 6))),
        ("more cowbell!", 56, [0, 12, 24, 36]),
        ("cowbell on the off-beats", 56, [6, 18, 30, 42]),
        ("shaker", 70, list(range(0, 48, 6))),
        ("16th note shakers", 70, list(range(0, 48, 3))),
        ("cabasa", 69, list(range(0, 48, 6))),
        ("claves", 75, [0, 18, 36]),
        ("hand claps", HAND_CLAP, [12, 36]),
        ("give me claps on the snare", HAND_CLAP, [12, 36]),
    ],
)
def test_percussion_named_is_struck_on_its_key_beside_the_kit(sentence: str, key: int, places: list[int]) -> None:
    part = asked(sentence)
    assert struck(part, key) == places
    assert same(part.select(part.pitch != key), rock()), "the rest of the kit stays"


@pytest.mark.parametrize("name", sorted(PERCUSSION))
def test_every_instrument_plays_its_own_keys_alone(name: str) -> None:
    reader = Nothing()
    wish = RuleReader(reader).understand(f"busy, {name}", Stem.DRUMS)
    assert reader.sentences == ["busy"] and wish.options["kit"] == {name: True} and not told(wish).options
    part = finish(rock(), Stem.DRUMS, wish, BARS)
    assert set(part.pitch.tolist()) - {KICK, SNARE, HAT} == set(PERCUSSION[name])
    assert same(finish(part, Stem.DRUMS, wish, BARS), part), "it is there already"


def test_percussion_that_a_model_wrote_keeps_its_rhythm() -> None:
    written = Notes.of((24 * place + 3, SHAKER, 3, 60) for place in range(16))
    part = asked("tambourine", Notes.merge([rock(), written]))
    assert struck(part, 54) == [3, 27] and not struck(part, SHAKER)


def test_only_leaves_nothing_else() -> None:
    assert set(asked("only congas and bongos").pitch.tolist()) == {60, 61, 62, 63, 64}
    assert set(asked("no hats, just shakers").pitch.tolist()) == {KICK, SNARE, SHAKER}


@pytest.mark.parametrize("sentence", ["no tambourine", "never a cowbell", "without congas", "a shaker like a train"])
def test_what_is_denied_or_likened_is_no_wish(sentence: str) -> None:
    assert percussion_named(sentence) == (sentence, {})
    assert same(asked(sentence), rock())


def test_claps_stand_in_for_the_snare_if_the_sentence_says_so() -> None:
    part = asked("hand claps instead of the snare")
    assert struck(part, HAND_CLAP) == [12, 36] and not struck(part, SNARE)
    assert struck(asked("claps", rock().select(rock().pitch != SNARE)), HAND_CLAP) == [12, 36], "the backbeat"


def test_a_waltz_has_its_backbeat_on_both_beats_that_follow() -> None:
    lines = np.arange(0, 36 * 9, 36)
    assert struck(asked("tambourine", rock(length=36), lines), 54, length=36) == [12, 24]


def test_eighths_are_where_the_song_has_them() -> None:
    shuffled = {Stem.KEYS: Notes.of((12 * beat + at, 60, 4, 80) for beat in range(32) for at in (0, 8))}
    part = finish(rock(), Stem.DRUMS, Wish({}, {"kit": {"shaker": True}}), BARS, shuffled)
    assert struck(part, SHAKER) == [0, 8, 12, 20, 24, 32, 36, 44]


@pytest.mark.parametrize("sentence", ["hats with the foot on two and four", "pedal hat", "hi-hat foot on 2 and 4"])
def test_a_pedal_hat_is_struck_on_two_and_four_in_the_place_of_the_stick(sentence: str) -> None:
    part = asked(sentence)
    assert struck(part, PEDAL) == [12, 36] and struck(part, HAT) == [0, 6, 18, 24, 30, 42]


def test_a_ride_bell_is_struck_on_the_beat() -> None:
    part = asked("loud, on the bell of the ride")
    assert struck(part, BELL) == [0, 12, 24, 36] and struck(part, RIDE) == [6, 18, 30, 42] and not struck(part, HAT)


def test_a_section_may_leave_percussion_out() -> None:
    reader = RuleReader(Nothing())
    prompt, section = (reader.understand(text, Stem.DRUMS) for text in ("tambourine", "no tambourine"))
    assert not struck(finish(rock(), Stem.DRUMS, in_section(prompt, section), BARS), 54)


def test_what_is_named_is_explained() -> None:
    song = Song([Track("keys", 0, False, Notes.of([(0, 60, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    wish = RuleReader(Nothing()).understand("cowbell and a pedal hat", Stem.DRUMS)
    for part, there in ((finish(rock(), Stem.DRUMS, wish, BARS), True), (rock(), False)):
        rows = [row for row in explained(Asked.of(song, Stem.DRUMS, wish), part, 0) if row.asked]
        assert {row.asked: row.fulfilled for row in rows} == {"cowbell": there, "pedal hat": there}
