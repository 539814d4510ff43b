"""Parts that are moved by octaves: where that is asked for, and from below the lowest string."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.octaves import as_low, by_octaves, no_lower, tuned_lower
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.octave_words import octaves_asked
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.midi.heard import Heard

BAR = 48
LINES = np.arange(9) * BAR


def line(*pitches: int) -> Notes:
    return Notes.of([(12 * i, pitch, 12, 90) for i, pitch in enumerate(pitches)])


@pytest.mark.parametrize(
    ("sentence", "rest", "octaves"),
    [
        ("up an octave", "", 1),
        ("louder, busier, up an octave", "louder, busier", 1),
        ("an octave higher, busier", "busier", 1),
        ("play it down an octave and softer", "softer", -1),
        ("the guitar plays an octave lower here", "", -1),
        ("move everything up two octaves", "", 2),
        ("octaves", "octaves", 0),
        ("jumps up an octave on the off-beats", "jumps up an octave on the off-beats", 0),
        ("double the melody an octave below", "double the melody an octave below", 0),
        ("walking bass an octave up", "walking bass", 1),
        ("not so busy - an octave lower", "not so busy", -1),
        ("not too loud and up an octave", "not too loud", 1),
        ("root and fifth, an octave lower", "root and fifth", -1),
        ("why not up an octave", "why not", 1),
        ("don't forget to go up an octave", "don't forget to", 1),
    ],
)
def test_words_for_octaves_are_register_and_no_figure(sentence: str, rest: str, octaves: int) -> None:
    assert octaves_asked(sentence) == (rest, octaves)


@pytest.mark.parametrize(
    "sentence",
    [
        "don't go up an octave", "you don\u2019t need to go up an octave", "not an octave lower",
        "busy, without going down an octave", "play the root and the octave above", "root, fifth and octave up",
        "walk up an octave and back down", "runs all the way down an octave", "climbing an octave up",
        "an octave lower than the piano", "up an octave every bar",
    ],
)  # fmt: skip
def test_octaves_that_are_denied_or_inside_of_a_part_move_nothing(sentence: str) -> None:
    assert octaves_asked(sentence) == (sentence, 0)


def test_the_reader_gets_the_rest_of_a_sentence() -> None:
    reader = Heard(Wish({"density": 0.75}))
    assert RuleReader(reader).understand("busier, up an octave", Stem.BASS) == Wish({"density": 0.75}, octaves=1)
    assert RuleReader(reader).understand("up an octave", Stem.BASS) == Wish(octaves=1)
    assert reader.sentences == ["busier"]
    assert RuleReader(reader).understand("five-string", Stem.BASS) == Wish({"register": 0.25})
    assert RuleReader(reader).understand("do not play here", Stem.BASS) == Wish(silent=True)
    assert reader.sentences == ["busier"]


def song(*, bass: int | None = None) -> Song:
    tracks = [Track("keys", 0, False, Notes.of([(12 * i, 60, 12, 80) for i in range(32)]))]
    if bass is not None:
        tracks.append(Track("bass", 33, False, line(bass)))
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480)


def test_a_section_is_an_octave_above_the_one_before() -> None:
    asked = Asked.of(song(), Stem.BASS, Wish(), {5: Wish(octaves=1)})
    low, drawn_high = line(*[40] * 32), line(*[40] * 16, *[50] * 16)
    assert asked.completed(low).pitch.tolist() == [40] * 16 + [52] * 16
    assert asked.completed(drawn_high).pitch.tolist() == drawn_high.pitch.tolist(), "it is there already"
    row = next(row for row in explained(asked, asked.completed(low), 33) if row.bars == "5-8")
    assert (row.fact, row.asked, row.fulfilled) == ("register", "an octave up", True)
    assert not asked, "no model is told, so the rest of the part is as it would be"


def test_a_part_that_is_moved_as_a_whole_stays_within_the_instrument() -> None:
    assert Asked.of(song(), Stem.BASS, Wish(octaves=1)).completed(line(40, 52)).pitch.tolist() == [52, 64]
    assert by_octaves(line(24, 40), Stem.BASS, -1).pitch.tolist() == [24, 28]
    assert Wish(octaves=1).then(Wish({"register": 0.0})).octaves == 0
    assert Wish(octaves=1).then(Wish({"density": 0.0})).octaves == 1


def test_a_bass_goes_no_lower_than_e1() -> None:
    walk = line(31, 29, 26, 28, *[40] * 12)
    assert no_lower(walk, 28, LINES).pitch.tolist() == [31, 29, 38, 28, *[40] * 12]
    octaves = line(*[26, 38] * 8)
    assert no_lower(octaves, 28, LINES).pitch.tolist() == [38, 50] * 8, "a phrase keeps its shape"


@pytest.mark.parametrize(
    ("wish", "bass", "is_low"),
    [(Wish(), None, False), (Wish({"register": 0.25}), None, True), (Wish(octaves=-1), None, True), (Wish(), 26, True)],
)
def test_a_bass_below_e1_is_asked_for_or_there(wish: Wish, bass: int | None, is_low: bool) -> None:
    part = line(*[26] * 16)
    played = Asked.of(song(bass=bass), Stem.BASS, wish).completed(part)
    assert same(played, part) is is_low
    asked = replace(Asked.of(song(), Stem.BASS, Wish()), replaced=line(25, 30))
    assert same(asked.completed(part), part), "the one that it replaces did"


def test_a_tuning_is_told_by_more_than_a_slip_and_an_octave_lower_at_most() -> None:
    slip = line(26, *[40] * 99)
    assert tuned_lower([]) == tuned_lower([(Stem.BASS, slip)]) == tuned_lower([(Stem.KEYS, line(12))]) == 0
    assert tuned_lower([(Stem.BASS, line(26, 26, 40)), (Stem.GUITAR, line(40))]) == 2
    assert tuned_lower([(Stem.BASS, line(12))]) == 12


def test_notes_that_octaves_bring_to_one_pitch_are_one_note() -> None:
    def both(low: int, high: int, at: int = 0) -> Notes:
        return Notes.of([(at, low, 12, 70), (at, high, 12, 90)])

    completed = Asked.of(song(), Stem.STRINGS, Wish(octaves=1)).completed(both(84, 96))
    assert (completed.pitch.tolist(), completed.velocity.tolist()) == ([96], [90])
    others = line(*[42] * 8)
    assert no_lower(Notes.merge([others, both(26, 38, 96)]), 28, LINES).pitch.tolist() == [42] * 8 + [38]
    assert as_low(Notes.merge([others, both(48, 60, 96)]), LINES).pitch.tolist() == [42] * 8 + [48]
