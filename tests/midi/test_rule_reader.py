"""What is read by rule before a reader gets the rest of a sentence."""

from __future__ import annotations

import pytest

from midi_subtract.advice import not_understood
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.wish import Wish
from tests.midi.heard import Heard


def _read(sentence: str, stem: Stem) -> tuple[Wish, list[str]]:
    heard = Heard(Wish({"density": 0.25}, {"figure": {"off-beat": True}} if stem is Stem.BASS else {}))
    return RuleReader(heard).understand(sentence, stem), heard.sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "leave space for the kick",
        "off the kick",
        "stays out of the way of the kick",
        "stay out of the kick's way",
        "don't step on the kick",
        "make room for the kick drum",
        "play around the kick",
        "avoid the kick",
    ],
)
def test_a_bass_that_leaves_room_for_the_kick_does_not_follow_it(sentence: str) -> None:
    wish, _ = _read(f"off-beat, {sentence}", Stem.BASS)
    assert wish == Wish({"density": 0.25}, {"figure": {"off-beat": True, "follows the kick": False}})
    assert _read(sentence, Stem.BASS) == (Wish({}, {"figure": {"follows the kick": False}}), [])


@pytest.mark.parametrize("sentence", ["follow the kick", "lock in with the kick drum", "as punchy as the kick"])
def test_other_words_about_the_kick_are_left_to_the_reader(sentence: str) -> None:
    assert _read(sentence, Stem.BASS)[1] == [sentence]


@pytest.mark.parametrize("sentence", ["root on every kick", "play a note with each kick drum", "only on all the kicks"])
def test_a_bass_with_every_kick_follows_it(sentence: str) -> None:
    assert _read(sentence, Stem.BASS) == (Wish({}, {"figure": {"follows the kick": True}}), [])
    assert "figure" not in RuleReader(Heard(Wish())).understand("not on every kick", Stem.BASS).options


def test_a_drone_on_no_named_note_is_a_pedal() -> None:
    reader = RuleReader(Heard(Wish()))
    assert reader.understand("a low drone", Stem.BASS).options == {"figure": {"pedal": True}}
    for sentence in ("no drone", "give the drone pitch a rest", "a happy medium between thud and drone"):
        assert not reader.understand(sentence, Stem.BASS).options


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        (Stem.BASS, "play only on beats 1 and 3"),
        (Stem.KEYS, "give me the part, please"),
        (Stem.DRUMS, "just the drums all through"),
    ],
)
def test_of_what_is_left_and_says_nothing_no_wish_is_guessed(stem: Stem, sentence: str) -> None:
    assert _read(sentence, stem)[1] == []


@pytest.mark.parametrize(
    "sentence", ["same but softer", "the same as before, but softer", "exactly the same but softer"]
)
def test_a_prompt_is_the_same_as_nothing(sentence: str) -> None:
    assert _read(sentence, Stem.DRUMS)[1] == ["softer"]
    assert _read("not the same, but softer", Stem.DRUMS)[1] == ["not the same, but softer"]


def test_moods_move_a_rhythm_section_where_nothing_else_is_heard() -> None:
    reader = RuleReader(Heard(Wish()))
    assert reader.understand("moody", Stem.BASS).levels == {"loudness": 0.25, "register": 0.25}
    assert reader.understand("moody", Stem.DRUMS).levels == {"loudness": 0.25}
    assert reader.understand("it should groove", Stem.DRUMS).levels == {"syncopation": 0.75}
    assert not reader.understand("moody, passing notes between the chords", Stem.BASS).levels
    assert _read("moody", Stem.DRUMS)[0].levels == {"density": 0.25}


def test_an_808_is_a_synthesizer() -> None:
    assert _read("bouncy 808", Stem.BASS)[0].options["sound"] == {"synth": True}


@pytest.mark.parametrize("sentence", ["electric bass", "a bass guitar", "warm, electric bass guitar"])
def test_an_electric_bass_is_no_synthesizer(sentence: str) -> None:
    assert _read(sentence, Stem.BASS)[0].options["sound"] == {"fingered": True}
    assert "sound" not in _read("no electric bass", Stem.BASS)[0].options


@pytest.mark.parametrize("sentence", ["amen break", "breakbeat", "jungle drums", "drum and bass", "dnb beat"])
def test_breaks_are_busy_and_syncopated(sentence: str) -> None:
    wish = Wish({"density": 0.75, "syncopation": 1.0}, {"style": {"funk": True}})
    assert _read(sentence, Stem.DRUMS) == (wish, [])
    assert _read(f"sparse {sentence}", Stem.DRUMS)[0].levels == {"density": 0.25, "syncopation": 1.0}


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("kick on 1 and 3", []),
        ("loud, kick on the one and the and of 2", ["loud"]),
        ("no kick on beat 1, busy", ["busy"]),
        ("kick on 1, 2, 3 and 4", ["kick on 1, 2, 3 and 4"]),
        ("kick on 1 2 3 4 and open hats", ["kick on 1 2 3 4 and open hats"]),
        ("kick on every beat", ["kick on every beat"]),
    ],
)
def test_a_kick_on_some_beats_is_not_read_as_one_on_all(sentence: str, rest: list[str]) -> None:
    assert _read(sentence, Stem.DRUMS)[1] == rest


def test_what_is_said_of_some_bars_is_not_asked_for_throughout() -> None:
    assert _read("four on the floor, no hats in the first 4 bars", Stem.DRUMS)[1] == ["four on the floor"]
    assert _read("busier in the last bar", Stem.BASS) == (Wish(), [])


@pytest.mark.parametrize(
    ("stem", "sentence", "wish"),
    [
        (Stem.BASS, "the drums are loud already", Wish()),
        (Stem.BASS, "the kick is loud, leave space for the kick", Wish({}, {"figure": {"follows the kick": False}})),
        (Stem.KEYS, "the guitar is strumming, leave it room", Wish({"density": 0.25})),
        (Stem.KEYS, "the guitar rests", Wish()),
    ],
)
def test_what_others_do_is_not_asked_for(stem: Stem, sentence: str, wish: Wish) -> None:
    assert _read(sentence, stem) == (wish, [])


def test_what_is_read_by_rule_is_understood_and_what_says_nothing_is_named() -> None:
    reader = RuleReader(TextEncoder.from_pretrained())
    said = "brushes, smells like teen spirit; no fills, the bass is loud, everything but the snare"
    assert not_understood(said, Stem.DRUMS, reader) == ["smells like teen spirit"]
    assert not_understood("a flute melody, soft, purple", Stem.LEAD, reader) == ["purple"]
    assert not_understood("two notes a bar, up an octave, please", Stem.BASS, reader) == []
    assert not_understood("soft, don't double the singer", Stem.LEAD, reader) == [], "no part does, unless asked to"
    assert not_understood("wobbly, soft", Stem.BASS, RuleReader(Heard(Wish({"density": 0.25})))) == [], (
        "of others it is not asked"
    )


@pytest.mark.parametrize(
    ("sentence", "is_style"),
    [
        ("swing", True),
        ("fast swing with brushes", True),
        ("soft, medium swing", True),
        ("swing feel", False),
        ("swing the hats", False),
        ("hip hop with a bit of swing", False),
    ],
)
def test_drums_that_are_asked_for_swing_play_in_that_style(sentence: str, is_style: bool) -> None:
    for stem in (Stem.DRUMS, Stem.BASS):
        styles = RuleReader(Heard(Wish({"swing": 0.5}))).understand(sentence, stem).options.get("style", {})
        assert styles == ({"swing": True} if is_style and stem is Stem.DRUMS else {})


@pytest.mark.parametrize(
    ("sentence", "kit"),
    [
        ("don't drop the toms", {"toms": True}),
        ("never mute the crashes", {"crashes": True}),
        ("don't you lose the shaker", {"hand percussion": True}),
        ("drop the toms", {"toms": False}),
        ("don't play the toms", {"toms": False}),
        ("way less claps on 2 and 4", {"claps": False}),
    ],
)
def test_what_is_not_to_be_dropped_is_wanted(sentence: str, kit: dict[str, bool]) -> None:
    assert RuleReader(Heard(Wish())).understand(sentence, Stem.DRUMS).options == {"kit": kit}


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        (Stem.BASS, "no notes on the and"),
        (Stem.BASS, "only a few notes to the bar"),
        (Stem.BASS, "between the kicks"),
        (Stem.DRUMS, "the percussionist should swing"),
        (Stem.DRUMS, "don't fill every gap"),
        (Stem.DRUMS, "a big range from soft to loud"),
        (Stem.DRUMS, "foot off the hat pedal"),
        (Stem.DRUMS, "jungle-style toms"),
        (Stem.GUITAR, "singing solo, overdriven"),
    ],
)
def test_what_only_looks_like_what_rules_know_is_left_to_the_reader(stem: Stem, sentence: str) -> None:
    heard = Heard(Wish({"density": 0.25}))
    assert RuleReader(heard).understand(sentence, stem) == Wish({"density": 0.25}) and heard.sentences == [sentence]


def test_words_that_are_left_out_tell_of_styles_as_parts_of_the_whole() -> None:
    """A reader is not told of the clave itself, but takes "two-three clave" for Latin, and what is left for a waltz."""
    two_three = {"two-three clave": Wish({}, {"style": {"latin": True}})}

    class Styles:
        def understand(self, sentence: str, stem: Stem) -> Wish:
            return two_three.get(sentence, Wish({}, {"style": {"waltz": True}}))

    wish = RuleReader(Styles()).understand("two-three clave", Stem.DRUMS)
    assert wish.options == {"style": {"latin": True}, "kit": {"claves": True}}
    assert RuleReader(Heard(Wish({}, {"style": {"latin": True}}))).understand("tumbao", Stem.BASS).line == "tumbao"


def test_percussion_of_which_a_reader_hears_that_none_is_wanted_is_not_played() -> None:
    reader = RuleReader(Heard(Wish({}, {"kit": {"hand percussion": False}})))
    assert reader.understand("leave the tambourine at home", Stem.DRUMS).options == {"kit": {"hand percussion": False}}
    both = reader.understand("no shaker, but a tambourine", Stem.DRUMS).options["kit"]
    assert both["tambourine"] and not both["shaker"], "what a rule hears denied is denied, and no more"
