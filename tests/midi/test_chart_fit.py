"""Chords that are given for a song whose notes are in others."""

import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.chart_fit import chart_warning
from midi_subtract.listening.lead_sheet import LeadSheet
from subtract_core.stems import Stem
from tests.cli.material import conductor, piano, smf, song_bytes

SONG = read_song(song_bytes(), "song")  # Am F C G


@pytest.mark.parametrize(
    ("chords", "said"),
    [
        ("Am F C G", None),
        ("Am7 Dm C G7", None),
        ("G Am F C", ", 100% would be if they came a bar earlier"),
        ("C G Am F", ", 100% would be if they came 2 bars later"),
        ("Bm G D A", ", 100% would be if they were 2 semitones lower"),
        ("C# C# C# C#", "of what the song plays is in the chords given"),
    ],
)
def test_chords_that_contradict_the_song_are_told(chords: str, said: str | None) -> None:
    warning = chart_warning(SONG, LeadSheet.parse(chords), Stem.BASS)
    assert warning is None if said is None else str(warning).startswith("only ") and str(warning).endswith(said)


def test_bars_for_which_no_chords_are_given_are_not_judged() -> None:
    assert chart_warning(SONG, LeadSheet.parse("NC NC C G"), Stem.BASS) is None


def test_a_chart_for_some_bars_alone_is_not_said_to_be_in_another_key() -> None:
    """Eight bars in C, and as many a tone higher."""
    notes = [(1920 * bar, 1920 * bar + 1900, 60 + note + 2 * (bar >= 8), 80) for bar in range(24) for note in (0, 4, 7)]
    song = read_song(smf(conductor(), encode_track("piano", 0, 0, notes)), "song")
    sheet, later = LeadSheet.parse("C C C C"), LeadSheet.parse("NC NC NC NC C C C C")
    assert str(chart_warning(song, sheet, Stem.BASS)).endswith(
        "but 100% where they first come; a chart shorter than the song begins anew"
    )
    assert chart_warning(song, sheet, Stem.BASS, [(1, 8)]) is None
    assert str(chart_warning(song, later, Stem.BASS, [(13, 16), (21, 24)])).endswith("2 semitones higher")


def test_the_warning_reaches_the_report(random_inserter: MidiInserter) -> None:
    song = smf(conductor(), piano())
    wrong, right = (
        random_inserter(song, "bass", chords=chords, seed=1, tries=1).report.warnings
        for chords in ("Bm G D A", "Am F C G")
    )
    assert any("if they were 2 semitones lower" in said for said in wrong)
    assert not any("chords given" in said for said in right)
