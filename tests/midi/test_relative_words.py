"""Sections that are held against others: "a little busier", "softer than the verse", "same but higher"."""

from __future__ import annotations

import pytest

from midi_subtract.files.markers import Marker
from midi_subtract.playing.sections_asked import Place, SectionsAsked
from midi_subtract.words.relative_words import SectionSaid, section_said
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.levels import level, value_at
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.wish import Wish

MARKERS = [Marker(1, "Intro"), Marker(5, "Verse"), Marker(9, "Chorus"), Marker(13, "Verse"), Marker(17, "Chorus")]
SPARSE = Wish({"density": 0.25})


@pytest.fixture(scope="module")
def reader() -> RuleReader:
    return RuleReader(TextEncoder.from_pretrained())


def _asked(
    reader: RuleReader,
    sections: dict[Place, str],
    prompt: Wish = SPARSE,
    controls: Wish | None = None,
    stem: Stem = Stem.BASS,
) -> dict[int, Wish]:
    said = {place: section_said(text, stem, reader, [m.name for m in MARKERS]) for place, text in sections.items()}
    return SectionsAsked.of(said, MARKERS, "song", 20).asked(prompt, controls or Wish(), stem)


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("busier", {"density": 0.5}),
        ("a little busier", {"density": 0.375}),
        ("much busier", {"density": 0.75}),
        ("less busy", {"density": 0.0}),
        ("louder", {"density": 0.25, "loudness": 0.75}),
        ("a bit louder", {"density": 0.25, "loudness": 0.625}),
        ("slightly less busy", {"density": 0.125}),
        ("not as loud", {"density": 0.25, "loudness": 0.25}),
        ("same but higher", {"density": 0.25, "register": 0.75}),
        ("busier but softer", {"density": 0.5, "loudness": 0.25}),
        ("drop to half the notes", {"density": level("density", Stem.BASS, value_at("density", Stem.BASS, 0.25) / 2)}),
        ("more syncopated", {"density": 0.25, "syncopation": 1.0}),
    ],
)
def test_comparatives_go_a_word_up_or_down_half_of_one_if_a_little_from_what_was_asked_before(
    reader: RuleReader, sentence: str, change: dict[str, float]
) -> None:
    assert _asked(reader, {9: sentence})[9].levels == pytest.approx(change)


def test_each_section_goes_on_from_the_one_before(reader: RuleReader) -> None:
    asked = _asked(reader, {5: "busier", 9: "busier", 13: "same as bar 1", 17: "same as before, but louder"})
    assert [wish.levels for wish in asked.values()] == [
        {"density": 0.5}, {"density": 0.75}, {"density": 0.25}, {"density": 0.25, "loudness": 0.75}
    ]  # fmt: skip


def test_a_section_is_held_against_the_place_that_it_names(reader: RuleReader) -> None:
    asked = _asked(reader, {"chorus": "play very loud", "verse": "softer than the chorus"}, Wish())
    assert (
        asked[5].levels["loudness"] == asked[13].levels["loudness"] == pytest.approx(asked[9].levels["loudness"] - 0.25)
    )
    circle = _asked(reader, {"chorus": "louder than the verse", "verse": "softer than the chorus"}, Wish())
    assert all(0 <= wish.levels["loudness"] <= 1 for wish in circle.values())


def test_two_comparatives_have_one_place(reader: RuleReader) -> None:
    sections: dict[Place, str] = {5: "sparse, soft", 13: "very busy, very loud", 17: "busier and louder than the verse"}
    said = {place: section_said(text, Stem.BASS, reader) for place, text in sections.items()}
    asked = SectionsAsked.of(said, MARKERS[:3], "song", 20).asked(Wish(), Wish(), Stem.BASS)
    assert asked[17].levels == pytest.approx({"density": 0.5, "loudness": 0.5}, abs=0.01)


def test_a_numbered_place_is_that_place() -> None:
    said: dict[Place, SectionSaid] = {
        1: SectionSaid(Wish({"density": 0.25})),
        5: SectionSaid(Wish({"density": 1.0})),
        9: SectionSaid(same="Chorus 1"),
    }
    markers = [Marker(1, "Chorus 1"), Marker(5, "Chorus 2"), Marker(9, "Chorus 3")]
    asked = SectionsAsked.of(said, markers, "song", 12).asked(Wish(), Wish(), Stem.BASS)
    assert asked[9].levels == {"density": 0.25}
    said[9] = SectionSaid(same="the chorus")
    assert SectionsAsked.of(said, markers, "song", 12).asked(Wish(), Wish(), Stem.BASS)[9].levels == {"density": 1.0}


def test_controls_are_what_it_starts_from(reader: RuleReader) -> None:
    controls = Wish({"density": 0.75}, {}, {"density": 8.0})
    asked = _asked(reader, {9: "busier"}, Wish(), controls)[9]
    assert asked.levels == {"density": 1.0} and not asked.numbers


def test_a_part_of_whose_loudness_nothing_is_asked_before_goes_a_step_from_how_loud_it_is(reader: RuleReader) -> None:
    sections: dict[Place, str] = {5: "softer", 9: "even softer", 13: "loud", 17: "softer"}
    asked = _asked(reader, sections)
    assert [wish.is_step for wish in asked.values()] == [True, True, False, False]
    assert not any(wish.is_step for wish in _asked(reader, {5: "softer"}, Wish({"loudness": 0.75})).values())
    assert not any(wish.is_step for wish in _asked(reader, {5: "busier, soft"}).values())


def test_the_same_takes_over_all_that_was_asked(reader: RuleReader) -> None:
    asked = _asked(reader, {5: "walking", 9: "rest here", 13: "the same, an octave higher", 17: "as in bar 5"})
    assert asked[17].options == asked[5].options == {"figure": {"walking": True}}
    assert asked[13].silent is False or asked[13].octaves == 1


@pytest.mark.parametrize(
    "sentence",
    ["loud", "up an octave", "like a rock song", "play the same notes as the piano", "more distortion",
     "don't get louder", "busier in the last 4 bars", "getting louder", "louder and louder"],
)  # fmt: skip
def test_other_sentences_are_read_as_ever(reader: RuleReader, sentence: str) -> None:
    said = section_said(sentence, Stem.BASS, reader)
    assert not said.changes and said.same is None and said.wish == reader.understand(sentence, Stem.BASS)
