"""What is asked of a part from bar to bar: for the denoiser, brought about, and explained."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.inserter import MidiInserter
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.wish import Section, Wish
from tests.cli.material import song_bytes

KEYS = Notes.of((48 * bar, 60, 40, 80) for bar in range(8))
SONG = Song([Track("", 0, False, KEYS)], [Meter(0, 4, 4)], [(0, 120.0)], 480, "song")
PART = Notes.of((6 * i, 40, 5, 90) for i in range(64))
SOFT, LOUD = Wish({"loudness": 0.0}), Wish({"loudness": 1.0})


def test_every_bar_belongs_to_the_last_section_that_began() -> None:
    asked = Asked.of(SONG, Stem.BASS, SOFT, {7: Wish(), 3: LOUD})
    assert [(s.first, s.last, s.start, s.stop, s.wish) for s in asked.stretches] == [
        (1, 2, 0, 96, SOFT),
        (3, 6, 96, 288, LOUD),
        (7, 8, 288, 384, Wish()),
    ]
    assert asked.sections == [Section(0, SOFT), Section(8, LOUD), Section(24, Wish())]


def test_sections_that_begin_with_the_song_take_the_place_of_the_prompt() -> None:
    assert [s.wish for s in Asked.of(SONG, Stem.BASS, SOFT, {1: LOUD}).stretches] == [LOUD]


@pytest.mark.parametrize("bar", [0, 9])
def test_a_bar_that_the_song_has_not_is_named(bar: int) -> None:
    with pytest.raises(InputError, match=f"bar {bar} is not in the song; song has bars 1 to 8"):
        Asked.of(SONG, Stem.BASS, Wish(), {bar: LOUD})


def test_a_section_that_lies_in_no_bar_that_is_written_is_known() -> None:
    later = {1: LOUD, 3: SOFT, 5: LOUD, 7: SOFT}
    assert Asked.of(SONG, Stem.BASS, Wish(), later, only=[(3, 3), (8, 8)]).unheard == (1, 5)
    assert Asked.of(SONG, Stem.BASS, SOFT, {3: LOUD}, only=[(4, 4)]).unheard == ()
    assert Asked.of(SONG, Stem.BASS, SOFT, later).unheard == ()


def test_notes_go_on_where_a_section_begins_and_end_where_the_bars_that_are_written_do() -> None:
    asked = Asked.of(SONG, Stem.BASS, Wish(), {3: LOUD}, only=[(2, 3), (6, 6)])
    inside = asked.inside(Notes.of([(84, 40, 48, 90), (132, 40, 48, 90), (240, 40, 24, 90)]))
    assert (inside.onset.tolist(), inside.end.tolist()) == ([84, 132, 240], [132, 144, 264])


def test_each_section_is_finished_by_its_own_wish() -> None:
    asked = Asked.of(SONG, Stem.BASS, SOFT, {3: LOUD, 7: Wish()})
    part = asked.finished(PART)
    velocities = [part.velocity[(part.onset >= a) & (part.onset < b)] for a, b in ((0, 96), (96, 288), (288, 384))]
    assert velocities[0].max() < 85 and velocities[1].min() > 110 and (velocities[2] == 90).all()
    assert np.array_equal(part.onset, PART.onset)


def test_what_a_section_misses_counts_by_its_bars() -> None:
    walking = Wish({}, {"figure": {"walking": True}})
    whole = Asked.of(SONG, Stem.BASS, walking).missed(PART)
    half = Asked.of(SONG, Stem.BASS, walking, {5: Wish()}).missed(PART)
    assert whole == 1 and half == pytest.approx(0.5)
    assert Asked.of(SONG, Stem.BASS, Wish()).missed(PART) == 0


def test_the_bars_are_named_where_there_are_several_sections() -> None:
    rows = explained(Asked.of(SONG, Stem.BASS, SOFT, {3: LOUD}), PART, 33)
    asked = {row.bars: row.asked for row in rows if row.asked}
    assert asked == {"1-2": "very soft", "3-8": "very loud"}
    assert {row.bars for row in explained(Asked.of(SONG, Stem.BASS, SOFT), PART, 33)} == {""}


def test_sections_reach_the_part_on_top_of_the_prompt(random_inserter: MidiInserter) -> None:
    path = Path(__file__).parents[2] / "examples" / "night_drive.mid"
    result = random_inserter(path, "bass", prompt="play very loud", sections={9: "play very softly"}, seed=1)
    song = read_song(path.read_bytes(), "x")
    line, others = (
        int(song.bar_starts(10**4)[8]),
        float(np.mean([part.velocity.mean() for part in song.stems.values()])),
    )
    before, after = (result.notes.velocity[side] for side in (result.notes.onset < line, result.notes.onset >= line))
    assert before.mean() > others + 20 and after.mean() < others - 20
    assert {row.bars.split("-")[0] for row in result.report.facts} == {"1", "9"}
    alone = random_inserter(path, "bass", sections={9: "play very softly"}, only=[(17, 20)], seed=1)
    assert not [warning for warning in alone.report.warnings if "section" in warning]
    outside = random_inserter(path, "bass", sections={9: "play very softly"}, only=[(5, 8)], seed=1)
    assert "the section of bar 9 lies in no bar that is written: it says nothing" in outside.report.warnings
    unknown = random_inserter(path, "bass", sections={9: "make it nice"}, seed=1)
    assert "nothing in the section of bar 9 is known of bass" in unknown.report.warnings


def test_a_control_that_contradicts_a_section_is_told_to_win(random_inserter: MidiInserter) -> None:
    def said(**asked: Any) -> list[str]:
        warnings = random_inserter(song_bytes(), "bass", seed=1, tries=1, steps=1, **asked).report.warnings
        return [warning for warning in warnings if " wins " in warning]

    loses = "--density (density=) wins over the section of bar 3, which asks for another density"
    assert said(sections={3: "very sparse"}, density="busy") == [loses]
    assert said(sections={3: "jazz"}, style="rock")[0].startswith("--style")
    for section, control in (("very busy", "busy"), ("busier", "sparse"), ("loud", "busy")):
        assert not said(sections={3: section}, density=control)


def test_nothing_rings_into_a_section_that_is_arranged() -> None:
    part = Notes.of([(144, 40, 96, 90), *((48 * bar, 40, 48, 90) for bar in range(4, 8))])
    walking = {5: Wish({}, {"figure": {"walking": True}})}
    arranged, _ = Asked.of(SONG, Stem.BASS, Wish(), walking).arranged(part)
    assert len(arranged) == 17 and arranged.end[0] == 192


def test_a_silent_section_is_silent_whatever_the_prompt_asks_elsewhere() -> None:
    prompt = Wish({}, {"figure": {"walking": True}})
    asked = Asked.of(SONG, Stem.BASS, prompt, {5: prompt.then(Wish(silent=True)), 7: prompt.then(Wish())})
    inside = asked.inside(PART)
    assert not len(inside.starting(192, 288)) and len(inside) == 48
    part = asked.completed(asked.arranged(asked.finished(asked.as_players_do(inside)))[0])
    assert not len(part.starting(192, 288)) and inside.end[inside.onset < 192].max() <= 192
    rows = [row for row in explained(asked, part, 33) if row.bars == "5-6"]
    assert [(row.fact, row.asked, row.measured, row.fulfilled) for row in rows] == [
        ("playing", "silent", "silent", True)
    ]
    assert asked.missed(part) < 0.5, "it rests where it is told to"


def test_a_part_that_is_to_be_silent_is_not_drawn(random_inserter: MidiInserter) -> None:
    result = random_inserter(Path(__file__).parents[2] / "examples" / "night_drive.mid", "bass", prompt="tacet", seed=1)
    assert result.report.notes == 0 and not any("silence" in said for said in result.report.warnings)
    assert [(row.fact, row.fulfilled) for row in result.report.facts] == [("playing", True)]


def test_a_style_that_is_heard_is_said_to_be_inferred_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    soul = Wish({}, {"style": {"soul": True}})
    monkeypatch.setattr(
        "midi_subtract.reporting._style", lambda asked, notes, stretch: ("soul",) if stretch.wish.options else ()
    )
    rows = explained(Asked.of(SONG, Stem.DRUMS, soul, {5: LOUD}), PART, 0)
    assert [row.measured for row in rows if row.fact == "style" and row.asked] == ["soul (inferred)"]
