"""Walking basses by rule: what a teacher of jazz bass asks of a line over a chart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.walking import with_passing_notes
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem
from subtract_core.wish import Wish

CHARTS = {
    "II-V-I": "Dm7 G7 Cmaj7 Cmaj7",
    "blues": "F7 | Bb7 | F7 | Cm7 F7 | Bb7 | Bdim7 | F7 | D7 | Gm7 | C7 | F7 D7 | Gm7 C7",
    "rhythm changes": "Bb G7 | Cm7 F7 | Dm7 G7 | Cm7 F7 | Bb7 | Eb Edim7 | Bb/F F7 | Bb",
    "Autumn Leaves": "Cm7 F7 Bbmaj7 Ebmaj7 Am7b5 D7b9 Gm6 Gm6",
    "slash basses": "C | G/B | Am | C/G | F | C/E | Dm7 | G7",
    "waltz": "C Am Dm G7",
}


def _song(bars: int, beats: int) -> Song:
    drums = Track("drums", 0, True, Notes.of((12 * beat, 36, 1, 90) for beat in range(beats * bars)))
    return Song([drums], [Meter(0, beats, 4)], [(0, 120.0)], 480)


def _asked(chart: str, bars: int, beats: int = 4) -> Asked:
    song, sheet = _song(bars, beats), LeadSheet.parse(chart)
    asked = Asked.of(sheet.heard_in(song, Stem.BASS), Stem.BASS, Wish({}, {"figure": {"walking": True}}))
    return replace(asked, chart=sheet.spans(song))


def _drawn(bars: int, beats: int, seed: int = 0) -> Notes:
    rng = np.random.default_rng(seed)
    places = [beats * bar + at for bar in range(bars) for at in (0, 2)]
    return Notes.of((12 * at, int(rng.integers(29, 46)), 12, 80) for at in places)


def test_a_line_of_two_beats_a_bar_walks_and_stays() -> None:
    asked = replace(_asked("C G7", 8, 2), chart=())
    line, _ = asked.arranged(Notes.of((12 * beat, 36 + beat % 3, 12, 80) for beat in range(16)))
    assert line.pitch.tolist() == [36 + beat % 3 for beat in range(16)], "it walked already"
    (row,) = [row for row in explained(asked, line, 33) if row.asked]
    assert (row.asked, row.fulfilled) == ("walking", True)
    still, _ = asked.arranged(Notes.of((12 * beat, 36, 12, 80) for beat in range(16)))
    assert all(still.pitch[0::2] != still.pitch[1::2]), "one note is no walk"


@pytest.mark.parametrize("name", CHARTS)
def test_a_line_goes_by_its_chart(name: str) -> None:
    beats, bars = (3, 8) if name == "waltz" else (4, 16)
    asked = _asked(CHARTS[name], bars, beats)
    line, _ = asked.arranged(_drawn(bars, beats))
    assert line.onset.tolist() == list(range(0, 12 * beats * bars, 12))
    at = {int(onset): int(pitch) for onset, pitch in zip(line.onset, line.pitch, strict=True)}
    assert all(at[chord.start] % 12 == chord.bass for chord in asked.chart)
    steps = np.abs(np.diff(line.pitch.astype(int)))
    assert steps.min() > 0, "no note twice in a row"
    assert (steps > 7).mean() < 0.03 and steps.max() <= 12
    assert line.pitch.min() >= 28 and line.pitch.max() <= 55
    ways = [at[chord.start] - at[chord.start - 12] for chord in asked.chart if chord.start]
    assert np.mean([abs(way) <= 2 for way in ways]) > 0.7
    assert same(asked.arranged(line)[0], line), "what walks by the chart stays"


def test_what_is_drawn_beside_the_chart_is_written_anew_though_it_walks() -> None:
    asked = _asked("Dm7 G7", 8)
    drawn = Notes.of((12 * beat, (36, 40, 43, 41)[beat % 4], 12, 80) for beat in range(32))
    line, said = asked.arranged(drawn)
    assert said and (line.pitch[::4] % 12).tolist() == [2, 7] * 4
    assert same(replace(asked, chart=()).arranged(drawn)[0], drawn)


def test_lines_differ_as_what_is_drawn_does() -> None:
    asked = _asked(CHARTS["blues"], 12)
    one, other = (asked.arranged(_drawn(12, 4, seed))[0] for seed in (1, 2))
    assert not same(one, other)


def test_without_chords_in_a_bar_the_line_goes_on() -> None:
    line, _ = _asked("Am | N.C. | Dm | N.C.", 8).arranged(_drawn(8, 4))
    assert len(line) == 32


def test_passing_notes_lead_into_chords_by_a_step_and_leave_the_rest() -> None:
    chart = LeadSheet.parse("C | F | G | G").spans(_song(4, 4))
    bass = Notes.of((48 * bar, pitch, 48, 80) for bar, pitch in enumerate((36, 41, 43, 43)))
    line = with_passing_notes(bass, {}, np.arange(0, 5 * 48, 48), chart)
    rows = [(o, p, d) for o, p, d in zip(line.onset.tolist(), line.pitch.tolist(), line.duration.tolist(), strict=True)]
    assert rows == [
        (0, 36, 42), (42, 40, 6), (48, 41, 42), (90, 45, 6), (96, 43, 48), (144, 43, 48)
    ], "E into F; A into G, as F is a step below already; nothing into the same chord"  # fmt: skip
    assert same(with_passing_notes(line, {}, np.arange(0, 5 * 48, 48), chart), line), "what leads in already stays"
    rests = Notes.of([(0, 36, 12, 80), (48, 41, 48, 80)])
    assert same(with_passing_notes(rests, {}, np.arange(0, 5 * 48, 48), chart), rests)
    eighths = Notes.of((6 * at, 36 if at < 8 else 41, 6, 80) for at in range(16))
    assert with_passing_notes(eighths, {}, np.arange(0, 3 * 48, 48), chart).pitch.tolist() == [36] * 7 + [40] + [41] * 8
