"""Sections that are asked for by the names of a song's markers."""

from __future__ import annotations

import pytest

from midi_subtract.files.markers import Marker, markers_of, spans_named
from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.inserter import MidiInserter
from midi_subtract.playing.sections_asked import SectionsAsked
from midi_subtract.words.relative_words import SectionSaid
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.cli.material import TICKS, chunk, conductor, marked, piano, smf

BAR = 4 * TICKS
FORM = [(0, "Verse"), (2 * BAR, "Chorus"), (4 * BAR, "Verse"), (6 * BAR, "CHORUS ")]
MARKERS = [Marker(1, "Verse 1"), Marker(3, "Chorus 1"), Marker(5, "Verse 2"), Marker(7, "Chorus 2")]


def _read(data: bytes) -> list[tuple[int, str]]:
    return [(marker.bar, marker.name) for marker in markers_of(parse_smf(data, "x"), read_song(data, "x"))]


@pytest.mark.parametrize("kind", [6, 7, 1], ids=["markers", "cue points", "texts of a track without name and notes"])
def test_markers_come_with_their_bars(kind: int) -> None:
    data = smf(conductor(), marked(FORM, kind), piano())
    assert _read(data) == [(1, "Verse"), (3, "Chorus"), (5, "Verse"), (7, "CHORUS")]


def test_a_marker_is_of_the_nearest_bar_and_none_lies_behind_the_song() -> None:
    places = [(2 * BAR - TICKS, "on a pickup"), (4 * BAR + 10, "late"), (8 * BAR, "the end"), (99 * BAR, "beyond")]
    assert _read(smf(conductor(), marked(places), piano())) == [(3, "on a pickup"), (5, "late")]


def test_lyrics_and_remarks_are_no_markers() -> None:
    named = chunk(b"\x00\xff\x03\x05Words\x00\xff\x01\x02la\x8f\x00\xff\x01\x02la\x00\xff\x2f\x00")
    assert _read(smf(conductor(), named, marked([(0, "by me"), (0, "2024")], 1), piano())) == []


def test_a_name_means_all_places_that_have_it_each_up_to_the_next_marker() -> None:
    assert spans_named("chorus", MARKERS, 8) == ([(3, 5), (7, 9)], False)
    assert spans_named("Chorus  2", MARKERS, 8) == ([(7, 9)], True)
    assert spans_named("verse", [Marker(1, "Verse"), Marker(5, "Verse")], 8) == ([(1, 9)], True)
    assert spans_named("chorus", [Marker(1, "Pre-chorus"), Marker(3, "Last chorus")], 8) == ([(3, 9)], False)
    assert spans_named("Bridge", MARKERS, 8) == ([], False)


def test_behind_a_named_section_holds_what_held_before_it() -> None:
    loud, soft, busy = (SectionSaid(Wish({name: level})) for name, level in
                        (("loudness", 1.0), ("loudness", 0.0), ("density", 1.0)))  # fmt: skip
    asked = SectionsAsked.of({"chorus": loud, "Chorus 2": busy, 2: soft}, MARKERS, "x", 8)
    assert asked.begins == {2: 2, 3: "chorus", 5: 2, 7: "Chorus 2"}
    wishes = asked.asked(Wish({"swing": 1.0}), Wish(), Stem.BASS)
    assert wishes[2].levels == wishes[5].levels == {"swing": 1.0, "loudness": 0.0}
    assert wishes[7].levels == {"swing": 1.0, "density": 1.0}


def test_sections_reach_the_part_by_the_names_of_markers(random_inserter: MidiInserter) -> None:
    song = smf(conductor(), marked(FORM), piano())
    sections = {"chorus": "play very loud", "VERSE": "play very softly"}
    result = random_inserter(song, "bass", sections=sections, seed=1, tries=1)
    rows = [(row.bars, row.asked) for row in result.report.facts if row.fact == "loudness"]
    assert rows == [("1-2", "very soft"), ("3-4", "very loud"), ("5-6", "very soft"), ("7-8", "very loud")]
    elsewhere = random_inserter(song, "bass", sections={"Chorus": "make it nice"}, only=[(1, 2)], seed=1, tries=1)
    assert "nothing in the section of 'Chorus' is known of bass" in elsewhere.report.warnings
    assert "the section of 'Chorus' lies in no bar that is written: it says nothing" in elsewhere.report.warnings


def test_names_that_no_marker_has_are_errors(random_inserter: MidiInserter) -> None:
    with pytest.raises(InputError, match=r"^sections: song has no marker 'Refrain'; choose Verse, Chorus, or a bar"):
        random_inserter(smf(conductor(), marked(FORM), piano()), "bass", sections={"Refrain": "busy"})
    with pytest.raises(InputError, match=r"^sections: song has no markers, so 'Chorus' names no place in it"):
        random_inserter(smf(conductor(), piano()), "bass", sections={"Chorus": "busy"})
