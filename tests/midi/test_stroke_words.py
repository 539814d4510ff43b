"""Words for when a pitched part strikes, and for figures of keys, strings and leads."""

from __future__ import annotations

import pytest

from midi_subtract.words.rule_reader import RuleReader
from midi_subtract.words.stroke_words import beats_of, is_placed, strokes_asked
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.wish import Wish
from tests.midi.heard import Heard


@pytest.mark.parametrize(
    ("sentence", "rest", "line"),
    [
        ("root on one and three", "", "on 1 and 3"),
        ("just the root on beat one", "", "on 1"),
        ("soft, roots on the one", "soft", "on 1"),
        ("hit the 1 and let it ring", "let it ring", "on 1"),
        ("play on 2 and 4 only", "", "on 2 and 4"),
        ("hit the and of 2 and the and of 4", "", "on the and of 2 and the and of 4"),
        ("sparse, only downbeats", "sparse", "on 1"),
        ("play the root on every beat", "", "on every beat"),
        ("stabs on the backbeat", "stabs", "on 2 and 4"),
        ("nothing on one, chords on 3", "chords", "on 3"),
        ("nothing on beat one", "", "nothing on 1"),
        ("busy, never on the one", "busy", "nothing on 1"),
        ("rest on beat 4", "", "nothing on 4"),
        ("leave the downbeat empty", "", "nothing on 1"),
        ("don't play on beat 3", "", "nothing on 3"),
        ("no stabs on 2 and 4", "", "nothing on 2 and 4"),
        ("accents on 2 and 4, soft", "soft", "accents on 2 and 4"),
        ("accent the one", "", "accents on 1"),
        ("hit the 1 hard", "", "accents on 1"),
        ("dotted quarters", "", "dotted quarters"),
        ("just beat one", "", "on 1"),
        ("strip it back to just beat one", "", "on 1"),
        ("chords at the start of each bar, soft", "chords, soft", "on 1"),
        ("hit 2 and 4, skip 1 and 3", "", "on 2 and 4"),
        ("syncopated, lay out on beat 3", "syncopated", "nothing on 3"),
        ("accent 2 and 4", "", "accents on 2 and 4"),
    ],
)
def test_beats_are_read(sentence: str, rest: str, line: str) -> None:
    assert strokes_asked(sentence, Stem.BASS) == (rest, line)


@pytest.mark.parametrize(
    ("stem", "sentence", "rest", "line"),
    [
        (Stem.GUITAR, "boom-chicka", "", "oom-pah"),
        (Stem.GUITAR, "bass on 1 and 3, chords on 2 and 4", "", "oom-pah"),
        (Stem.GUITAR, "four to the bar, soft", "soft", "on every beat"),
        (Stem.GUITAR, "whole note chords", "chords", "whole notes"),
        (Stem.KEYS, "stride piano", "piano", "oom-pah"),
        (Stem.KEYS, "ragtime stride piano", "piano", "oom-pah"),
        (Stem.KEYS, "bubble organ", "organ", "off-beat"),
        (Stem.KEYS, "soft broken chords", "soft", "arpeggiated"),
        (Stem.KEYS, "rather than strumming, arpeggiate", "rather than strumming", "arpeggiated"),
        (Stem.KEYS, "chords on the off-beats", "chords", "off-beat"),
        (Stem.STRINGS, "half notes, loud", "loud", "half notes"),
        (Stem.LEAD, "arpeggios", "", "arpeggiated"),
    ],
)
def test_figures_without_another_name_are_read(stem: Stem, sentence: str, rest: str, line: str) -> None:
    assert strokes_asked(sentence, stem) == (rest, line)


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        *(
            (Stem.BASS, sentence)
            for sentence in (
                "funky, on the one", "start on the one", "no notes on the and", "a new note on each beat",
                "play the one from the verse", "count your notes on one hand", "don't accent the one",
                "more than a hit on one", "always hit the one", "four to the bar", "half notes", "arpeggios",
                "on 1", "chords change on 3", "strip it back", "at the start of the song", "skip 2 bars",
            )
        ),
        (Stem.GUITAR, "triads on three strings"),
        (Stem.GUITAR, "no half notes"),
        (Stem.GUITAR, "mostly half notes"),
        (Stem.GUITAR, "arpeggios"),
        (Stem.KEYS, "no arpeggios, just chords"),
        (Stem.KEYS, "strumming in place of arpeggios"),
        (Stem.KEYS, "a sprinkle of off-beats"),
        (Stem.KEYS, "forget the off-beat stabs"),
        (Stem.KEYS, "nudge the off-beats a hair late"),
        (Stem.KEYS, "stop going oom-pah-pah"),
        (Stem.KEYS, "a key for every stride"),
        (Stem.KEYS, "bubbling synth"),
        (Stem.LEAD, "offbeat heavy"),
    ],
)  # fmt: skip
def test_what_is_denied_or_something_else_names_no_strokes(stem: Stem, sentence: str) -> None:
    assert strokes_asked(sentence, stem) == (sentence, "")


def test_names_of_lines_say_their_beats() -> None:
    assert beats_of("on 1 and 3") == " on 1 and 3" and beats_of("nothing on the and of 2") == " on the and of 2"
    assert not any(beats_of(line) for line in ("on every beat", "whole notes", "pedal on A", "roots in halves", ""))
    assert is_placed("on 2") and is_placed("whole notes") and not is_placed("nothing on 2")


def test_beats_beside_a_figure_that_says_when_are_left_out() -> None:
    picked = RuleReader(Heard(Wish({}, {"figure": {"arpeggiated": True}})))
    assert picked.understand("pick it, a chord on beat 1", Stem.GUITAR) == Wish({}, {"figure": {"arpeggiated": True}})
    strummed = RuleReader(Heard(Wish({}, {"figure": {"strummed": True}})))
    assert strummed.understand("strum on 2 and 4", Stem.GUITAR) == Wish(line="on 2 and 4")
    power = Wish({}, {"figure": {"power chords": True}})
    assert RuleReader(Heard(power)).understand("power chords on 1", Stem.GUITAR).options == power.options
    walking = RuleReader(Heard(Wish({}, {"figure": {"walking": True}})))
    assert not walking.understand("walking, just root notes", Stem.BASS).line


def test_stabs_are_short_and_strumming_is_a_figure() -> None:
    reader = RuleReader(Heard(Wish()))
    assert reader.understand("stabs on 2", Stem.GUITAR) == Wish({"note length": 0.1}, line="on 2")
    assert not reader.understand("no stabs", Stem.KEYS).levels
    assert reader.understand("soft strumming", Stem.GUITAR) == Wish({}, {"figure": {"strummed": True}})
    for sentence, stem in (("no strumming", Stem.GUITAR), ("strumming", Stem.KEYS)):
        assert not reader.understand(sentence, stem)
    once = RuleReader(Heard(Wish({"density": 0.0}))).understand("one strum a bar", Stem.GUITAR)
    assert "figure" not in once.options


@pytest.mark.parametrize(
    ("sentence", "stem", "levels"),
    [
        ("too many notes, thin it out", Stem.BASS, {"density": 0.25}),
        ("too short, let them ring", Stem.BASS, {"note length": 0.75}),
        ("too thick, single notes", Stem.KEYS, {"polyphony": 0.0}),
        ("too straight, swing more", Stem.BASS, {"swing": 1.0}),
        ("not too loud, not too busy", Stem.BASS, {"loudness": 0.25, "density": 0.5}),
    ],
)
def test_a_complaint_asks_for_the_same_as_what_is_to_be_done_about_it(
    sentence: str, stem: Stem, levels: dict[str, float]
) -> None:
    wish = RuleReader(TextEncoder.from_pretrained()).understand(sentence, stem)
    assert wish.levels == pytest.approx(levels, abs=0.06)
