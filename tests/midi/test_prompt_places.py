"""What prompts say of places in a song, taken for sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from midi_subtract.files.markers import Marker
from midi_subtract.inserter import MidiInserter
from midi_subtract.playing.sections_asked import Place, SectionsAsked, with_prompt
from midi_subtract.words.prompt_places import InProse, sections_in
from midi_subtract.words.relative_words import SectionSaid
from subtract_core.stems import Stem
from subtract_core.understanding.placed_clauses import REST
from subtract_core.wish import Wish

EXAMPLES = Path(__file__).parents[2] / "examples"
BARS = 44
MARKERS = [
    Marker(1, "Intro"), Marker(5, "Verse 1"), Marker(13, "Chorus"), Marker(21, "Verse 2"), Marker(29, "Chorus"),
    Marker(37, "Groove"), Marker(41, "Last chorus"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "rest", "sections"),
    [
        ("drop the kick in bars 9 to 16", "", {(9, 16): "drop the kick"}),
        ("ride, but no hats in bars 1-8", "ride", {(1, 8): "no hats"}),
        ("bars 5-8 whole notes, otherwise busy", "otherwise busy", {(5, 8): "whole notes"}),
        ("just hats in the first four bars", "", {(1, 4): "just hats"}),
        ("last 8 bars: build", "", {(37, 44): "build"}),
        ("let it ring in the last bar", "", {(44, 44): "let it ring"}),
        (
            "in the first half play sparse, in the second half go wild",
            "",
            {(1, 22): "play sparse", (23, 44): "go wild"},
        ),
        ("busy in the second half of the song", "", {(23, 44): "busy"}),
        ("soft in chorus 2, loud in verse 1", "", {(29, 36): "soft", "verse 1": "loud"}),
        ("whole notes in both verses", "", {"verse": "whole notes"}),
        ("busy in the first half of the verse", "busy in the first half of the verse", {}),
        ("from bar 17 on switch to the ride", "", {(17, 44): "switch to the ride"}),
        ("crescendo from bar 9 to bar 16", "", {(9, 16): "crescendo"}),
        ("after bar 16 double time", "", {(17, 44): "double time"}),
        ("no drums until bar 9 then rock", "rock", {(1, 8): "no drums"}),
        ("soft in the verses and loud in the choruses", "", {"verse": "soft", "chorus": "loud"}),
        ("Verses soft, choruses loud and busy", "", {"verse": "soft", "chorus": "loud and busy"}),
        ("whole notes in the intro and in the chorus", "", {"intro": "whole notes", "chorus": "whole notes"}),
        ("In the chorus: loud, on the ride. Sparse", "Sparse", {"chorus": "loud, on the ride"}),
        ("chorus: big open chords; verse: muted", "", {"chorus": "big open chords", "verse": "muted"}),
        ("swing it, but only in the chorus", "", {"chorus": "swing it"}),
        ("the chorus should be louder", "", {"chorus": "louder"}),
        ("half time in the second verse", "", {(21, 28): "half time"}),
        ("the last chorus gets busier", "", {(41, 44): "busier"}),
        ("louder in the groove section", "", {"groove": "louder"}),
        ("stay out until the chorus", "", {(1, 12): "stay out"}),
        ("come in at bar 9", "", {(1, 8): REST}),
        ("drums come in at the chorus, busy", "busy", {(1, 12): REST}),
        ("come in at bar 9 with a rock beat", "a rock beat", {(1, 8): REST}),
        ("bar 33 to 40 just kick", "", {(33, 40): "just kick"}),
        ("bars 9 - 16: half-time", "", {(9, 16): "half-time"}),
        ("tacet mm. 1-8", "", {(1, 8): "tacet"}),
        ("rest in bars 1, 3 and 5-6", "", {(1, 1): "rest", (3, 3): "rest", (5, 6): "rest"}),
        ("go half time at bar 21", "", {(21, 44): "go half time"}),
        ("from measure 17 to the end go wild", "", {(17, 44): "go wild"}),
        ("a big crash at bar 13", "", {(13, 13): "a big crash"}),
        ("first half sparse, 2nd half busy", "", {(1, 22): "sparse", (23, 44): "busy"}),
        ("for the last two choruses go wild", "", {(29, 36): "go wild", (41, 44): "go wild"}),
        ("loud in chorus 1 and 2", "", {(13, 20): "loud", (29, 36): "loud"}),
        ("soft in the intro and verses", "", {"intro": "soft", "verse": "soft"}),
        ("busy from the first chorus to verse 2", "", {(13, 20): "busy"}),
        ("from the second verse on, use the ride", "", {(21, 44): "use the ride"}),
        ("every time the chorus comes, go wild", "", {"chorus": "go wild"}),
        ("swing, but not in verse 2", "", {(1, 20): "swing", (29, 44): "swing"}),
        ("everywhere but the intro and verses play loud", "", {(13, 20): "play loud", (29, 44): "play loud"}),
        ("only play in verse 2", "", {(1, 20): REST, (29, 44): REST}),
        ("make the chorus busier", "", {"chorus": "busier"}),
        ("quiet verse, loud chorus", "", {"verse": "quiet", "chorus": "loud"}),
        ("Intro - sparse. Verse - steady groove.", "", {"intro": "sparse", "verse": "steady groove"}),
        ("[Verse] rim clicks [Chorus] ride", "", {"verse": "rim clicks", "chorus": "ride"}),
        ("keep the chorus effect on", "keep the chorus effect on", {}),
        ("slow chorus, short reverb", "slow chorus, short reverb", {}),
        ("the chorus is already loud", "the chorus is already loud", {}),
        ("play the same as in bars 1-4", "play the same as in bars 1-4", {}),
        ("fill before bar 9", "fill before bar 9", {}),
        ("come in at bar 1, busy", "come in at bar 1, busy", {}),
        ("busy in bars 90-99", "busy in bars 90-99", {}),
        ("half time in the bridge", "half time in the bridge", {}),
        ("busier than in the verse", "busier than in the verse", {}),
        ("like in the chorus", "like in the chorus", {}),
        ("half of what you played in the chorus", "half of what you played in the chorus", {}),
        ("rim clicks in the verse, please!", "", {"verse": "rim clicks"}),
        ("stay in the groove", "stay in the groove", {}),
        ("chorus with the gain rolled off", "chorus with the gain rolled off", {}),
        ("so many choruses", "so many choruses", {}),
        ("get rid of the fills in verse one", "", {(5, 12): "get rid of the fills"}),
        ("chorus", "chorus", {}),
        ("a chorus effect, loud", "a chorus effect, loud", {}),
        ("a fill in the last bar of every verse", "a fill in the last bar of every verse", {}),
        ("build before the chorus", "build before the chorus", {}),
        ("after the chorus go soft", "after the chorus go soft", {}),
        ("play for 8 bars and stop", "play for 8 bars and stop", {}),
        ("hold the last chord for two bars", "hold the last chord for two bars", {}),
        ("busy, then sparse", "busy, then sparse", {}),
    ],
)
def test_clauses_about_places_that_the_song_has(prompt: str, rest: str, sections: dict[InProse, str]) -> None:
    assert sections_in(prompt, MARKERS, BARS) == (rest, sections)


def test_places_are_known_by_markers_alone_where_no_bars_are_named() -> None:
    assert sections_in("loud in the chorus, soft in bar 3", [], BARS) == ("loud in the chorus", {(3, 3): "soft"})
    assert sections_in("soft in the second bar", [], 2) == ("", {(2, 2): "soft"})
    assert sections_in("soft in the third bar", [], 2) == ("soft in the third bar", {})


@pytest.mark.parametrize(
    ("prompt", "stem"),
    [
        ("fills in the last bar", Stem.DRUMS),
        ("start with a crash in the first bar", Stem.DRUMS),
        ("chugging, palm on the bridge", Stem.GUITAR),
        ("the piano plays chords in bars 1-8", Stem.BASS),
        ("the vocals come in at bar 9 so keep it simple", Stem.BASS),
    ],
)
def test_places_of_fills_crashes_and_other_players_are_no_sections(prompt: str, stem: Stem) -> None:
    assert with_prompt(prompt, {}, stem, MARKERS, BARS) == (prompt, {})


def test_clauses_are_parted_for_a_stem_as_without_one() -> None:
    prompt = "CHORUS LOUD, verse: kick on 1 and 3"
    sections = {"chorus": "LOUD", "verse": "kick on 1 and 3"}
    assert with_prompt(prompt, {}, Stem.DRUMS, MARKERS, BARS) == (None, sections)


@pytest.mark.parametrize("name", ["1", "(Verse", "Cho[rus+*", "\\d", "in", ""])
def test_odd_names_of_markers_do_no_harm(name: str) -> None:
    assert sections_in("louder in the section, soft in bar 3", [Marker(1, name)], 4) == (
        "louder in the section", {(3, 3): "soft"},
    )  # fmt: skip


def test_sections_that_are_given_win_over_the_prompts() -> None:
    given: dict[Place, str] = {"CHORUS": "sparse", 9: "loud"}
    rest, sections = with_prompt("busy in the chorus, soft in the verse", given, Stem.BASS, MARKERS, BARS)
    assert rest is None and sections == {"verse": "soft", **given}


def test_a_section_of_some_bars_ends_where_they_do() -> None:
    loud, soft = (SectionSaid(Wish({"loudness": level})) for level in (1.0, 0.0))
    assert SectionsAsked.of({(3, 6): loud, 1: soft}, [], "x", 8).begins == {1: 1, 3: (3, 6), 7: 1}
    assert SectionsAsked.of({(3, 99): loud}, [], "x", 8).begins == {3: (3, 99)}
    assert SectionsAsked.of({3: soft, (3, 4): loud}, [], "x", 8).begins == {3: (3, 4), 5: 3}


def test_what_a_prompt_says_of_places_is_played_there(random_inserter: MidiInserter) -> None:
    song = EXAMPLES / "night_drive.mid"  # Verse from bar 5, Chorus 13, Bridge 21, Last chorus 25
    prompt = "very soft, very loud in the chorus, rest in bars 21 to 24"
    report = random_inserter(song, "bass", prompt=prompt, seed=1, tries=1).report
    asked = {(fact.bars, fact.asked) for fact in report.facts if fact.asked}
    assert asked == {
        ("1-12", "very soft"), ("13-20", "very loud"), ("21-24", "silent"), ("25-32", "very loud"),
    }  # fmt: skip
    assert not any("prompt" in warning for warning in report.warnings)
