"""What musicians' words come to: moods, how many voices, and lines that answer a singer."""

from __future__ import annotations

import pytest

from midi_subtract.words.idioms import sayings, voices_asked
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.midi.heard import Heard

NOTHING = Wish()


@pytest.mark.parametrize(
    ("sentence", "levels"),
    [
        ("i want it to sound sad and lonely", {"loudness": 0.25, "density": 0.25, "note length": 0.75}),
        ("a dreamy pad", {"loudness": 0.25, "note length": 0.75}),
        ("Epic!", {"loudness": 0.85}),
        ("brighter", {"register": 0.75}),
        ("a bed under the vocal", {"density": 0.25, "note length": 1.0}),
        ("low drone", {"polyphony": 0.0, "density": 0.0, "note length": 1.0}),
        ("jazz chords", {"polyphony": 0.75}),
        ("call and response with the piano", {"density": 0.25}),
    ],
)
def test_moods_and_textures_are_what_players_make_of_them(sentence: str, levels: dict[str, float]) -> None:
    assert sayings(sentence, NOTHING, "") == Wish(levels)


@pytest.mark.parametrize(
    "sentence",
    [
        "not sad", "less epic", "too bright", "bright piano", "saddle up", "follow the chords", "softer chords",
        "no chords", "power chords", "chord changes", "fill the bar", "in the gap", "singing in the rain",
        "something you'd be happy with", "a happy medium", "one lonely note per phrase", "answer right after the beat",
    ],
)  # fmt: skip
def test_moods_that_are_denied_and_words_that_look_alike_ask_for_nothing(sentence: str) -> None:
    assert not sayings(sentence, NOTHING, "")


def test_whatever_else_is_heard_wins_over_a_mood() -> None:
    assert sayings("sad but loud and busy", Wish({"loudness": 0.75, "density": 0.75}), "").levels == {
        "loudness": 0.75, "density": 0.75, "note length": 0.75,
    }  # fmt: skip
    assert "density" not in sayings("sad arpeggios", NOTHING, "arpeggiated").levels, "figures say how many notes"
    broken = Wish({}, {"figure": {"arpeggiated": True}})
    assert sayings("soft chords, fingerpicked", broken, "") == broken


def test_who_answers_a_singer_plays_little_whatever_a_reader_takes_fills_for() -> None:
    busy = Wish({"density": 0.75})
    for sentence in ("fill the gaps between the vocals", "answer the singer's phrases", "when they're not singing"):
        assert sayings(sentence, busy, "").levels == {"density": 0.25}
    for sentence in ("don't fill the gaps", "no call and response", "sing it out"):
        assert sayings(sentence, busy, "").levels == {"density": 0.75}


@pytest.mark.parametrize(
    ("stem", "sentence", "rest", "levels"),
    [
        (Stem.LEAD, "mariachi trumpets in thirds", "mariachi trumpets", {"polyphony": 0.5}),
        (Stem.STRINGS, "mournful solo violin", "mournful violin", {"polyphony": 0.0}),
        (Stem.STRINGS, "string quartet, four voices", "string", {"polyphony": 1.0}),
        (Stem.GUITAR, "pick the chords one note at a time", "pick the chords", {"polyphony": 0.0}),
        (Stem.STRINGS, "tremolo strings", "strings", {}),
        (Stem.STRINGS, "solo, tremolo", "", {"polyphony": 0.0}),
        (Stem.GUITAR, "tremolo picking", "tremolo picking", {}),
        (Stem.GUITAR, "singing solo, overdriven", "singing solo, overdriven", {}),
        (Stem.STRINGS, "hold chords under the solo", "hold chords under the solo", {}),
        (Stem.KEYS, "no thirds", "no thirds", {}),
        (Stem.KEYS, "left hand roots, right hand triads", "triads", {"polyphony": 1.0}),
        (Stem.KEYS, "busy left hand", "busy left hand", {}),
        (Stem.LEAD, "steel drum melody", "melody", {}),
        (Stem.KEYS, "two-part form", "form", {"polyphony": 0.5}),
        (Stem.KEYS, "push against the beat", "push against the beat", {}),
    ],
)
def test_voices_are_counted(stem: Stem, sentence: str, rest: str, levels: dict[str, float]) -> None:
    assert voices_asked(sentence, stem) == (rest, Wish(levels))


def test_beats_that_are_left_out_are_no_waltz_but_skanks_tell_of_reggae() -> None:
    waltz = RuleReader(Heard(Wish({}, {"style": {"waltz": True}})))
    assert waltz.understand("rest on 3", Stem.KEYS) == Wish(line="nothing on 3")
    reggae = RuleReader(Heard(Wish({}, {"style": {"reggae": True}})))
    assert reggae.understand("organ bubble", Stem.KEYS) == Wish({}, {"style": {"reggae": True}}, line="off-beat")
