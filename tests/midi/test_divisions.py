"""Beats in halves, swung, and in thirds: heard in the notes, and kept to by what is arranged by rule."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.listening.divisions import HALVES, SWUNG, THIRDS, Division, divisions, moved_bars, shuffled
from midi_subtract.listening.drum_figures import kit_strokes
from midi_subtract.listening.facts import Setting, figure_shares
from midi_subtract.listening.figures import MOST
from midi_subtract.notes import Notes
from midi_subtract.playing.arranging import arranged
from midi_subtract.playing.grooves import grooves, in_style, likeness, styles_heard
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BARS = 8
KICK, SNARE, HAT = 36, 38, 42


def lines(bar: int = 48) -> np.ndarray:
    return np.arange(0, bar * BARS + 1, bar)


def struck(division: tuple[int, ...], *pitches: int, beats: int = 4 * BARS) -> Notes:
    """Notes on these steps of every beat."""
    return Notes.of((12 * beat + at, p, 3, 80) for beat in range(beats) for at in division for p in pitches)


def keys(division: Division, bar: int = 48) -> Notes:
    """Broken chords: Am and F by turns."""
    chords = ((57, 60, 64), (53, 57, 60))
    return Notes.of(
        (start + 12 * beat + at, chords[place % 2][index % 3], 4, 80)
        for place, start in enumerate(lines(bar)[:-1].tolist())
        for beat in range(bar // 12)
        for index, at in enumerate(division)
    )


def test_beats_divide_as_most_of_the_notes_between_them_do() -> None:
    assert divisions([keys(HALVES)], lines()) == [HALVES] * BARS
    assert divisions([keys(SWUNG)], lines()) == [SWUNG] * BARS
    assert divisions([keys(THIRDS)], lines()) == [THIRDS] * BARS
    assert divisions([keys((0, 7))], lines()) == [(0, 7)] * BARS, "a light swing keeps its place"
    assert divisions([struck((0, 3, 6, 9), 60)], lines()) == [HALVES] * BARS, "sixteenths"
    assert divisions([struck((0,), 60)], lines()) == divisions([], lines()) == [HALVES] * BARS, "nothing says otherwise"
    mixed = [struck((0, 8), 60), struck((0, 8), 48), struck((0, 6), 72)]
    assert divisions(mixed, lines()) == [SWUNG] * BARS, "two of three parts swing"


def test_bars_are_heard_with_their_neighbours_and_places_counted_from_the_bar_line() -> None:
    first = keys(THIRDS).starting(0, 48)
    assert divisions([first], lines()) == [THIRDS] * 3 + [HALVES] * 5
    late = np.array([0, 6, 54, 102])  # a pickup of half a beat
    assert (
        divisions([Notes.of((6 + 12 * beat + at, 60, 3, 80) for beat in range(8) for at in (0, 8))], late)
        == [SWUNG] * 3
    )


def test_a_last_bar_shorter_than_a_beat_is_heard_too() -> None:
    assert divisions([struck(SWUNG, 60, beats=9)], np.array([0, 48, 96, 102])) == [SWUNG] * 3


def test_what_begins_a_step_early_moves_with_the_bar_that_it_announces() -> None:
    odd, whole = np.arange(0, 127, 42), np.arange(0, 145, 48)
    assert moved_bars(np.array([0, 40, 41, 42, 47]), odd, whole).tolist() == [0, 40, 47, 48, 53]
    assert moved_bars(np.array([41, 42]), odd, whole, early=0).tolist() == [41, 48]
    assert moved_bars(np.array([41, 47, 48]), whole, odd).tolist() == [41, 41, 42], "no bar runs over"


def test_strokes_written_for_halves_go_where_a_swung_drummer_puts_them() -> None:
    assert [shuffled(12 + at, SWUNG) for at in (0, 3, 6, 9)] == [12, 16, 20, 22]
    assert [shuffled(at, (0, 7)) for at in (0, 3, 6, 9)] == [0, 3, 7, 9]
    assert [shuffled(at, HALVES) for at in range(12)] == list(range(12))


EIGHTHS = [
    (Stem.BASS, "root eighths"),
    (Stem.BASS, "octaves"),
    (Stem.BASS, "off-beat"),
    (Stem.GUITAR, "strummed"),
    (Stem.GUITAR, "arpeggiated"),
    (Stem.GUITAR, "muted eighths"),
    (Stem.GUITAR, "off-beat"),
]


@pytest.mark.parametrize(("stem", "figure"), EIGHTHS)
@pytest.mark.parametrize("bar", [24, 36, 48])
@pytest.mark.parametrize("division", [HALVES, SWUNG, THIRDS])
def test_figures_in_eighths_go_along_with_the_song(stem: Stem, figure: str, bar: int, division: Division) -> None:
    setting, context = Setting(lines(bar), 120.0), {Stem.KEYS: keys(division, bar)}
    written = Notes.of((start, 40, bar, 90) for start in lines(bar)[:-1].tolist())
    part = arranged(written, stem, Wish({}, {"figure": {figure: True}}), context, setting)
    assert set((part.onset % 12).tolist()) <= set(division)
    assert (part.onset % 12 == division[-1]).any(), "eighths are played"
    if bar == 48:
        assert figure_shares(part, stem, context, lines(bar), setting)[figure] >= MOST
    ends = np.array([end for end in part.end.tolist()])
    for pitch in set(part.pitch.tolist()):
        own = part.pitch == pitch
        assert (ends[own][:-1] <= part.onset[own][1:]).all(), "no note runs into its repetition"


def test_eighths_are_those_of_the_song() -> None:
    setting = Setting(lines(), 120.0)

    def figures(part: Notes, stem: Stem, song: Division | None = None) -> set[str]:
        context = {Stem.KEYS: struck(song, 60), Stem.DRUMS: struck(song, HAT)} if song else {}
        shares = figure_shares(part, stem, context, lines(), setting)
        return {name for name, share in shares.items() if share >= MOST}

    for division in (HALVES, SWUNG, THIRDS):
        assert "root eighths" in figures(struck(division, 33), Stem.BASS)
        assert "off-beat" in figures(struck(division[1:], 33), Stem.BASS)
        short = Notes.of((n, 40, 2, 80) for n in struck(division, 40).onset.tolist())
        assert "muted eighths" in figures(short, Stem.GUITAR)
    for rhythm in ((0, 3, 6, 9), (0,), (0, 6, 9), (0, 2, 4, 6, 8, 10)):
        assert "root eighths" not in figures(struck(rhythm, 33), Stem.BASS), rhythm
    assert "root eighths" not in figures(struck(SWUNG, 33), Stem.BASS, song=THIRDS), "a third of the beat is missing"
    assert "root eighths" in figures(struck(SWUNG, 33), Stem.BASS, song=HALVES), "a part may swing alone"
    assert "off-beat" not in figures(struck((0, 4, 8), 33), Stem.BASS), "the beats are struck too"


def drums(bar: int, division: Division = HALVES) -> Notes:
    """Hats in eighths, a kick on every bar line."""
    starts = lines(bar)[:-1].tolist()
    hats = [(start + 12 * beat + at, HAT, 3, 70) for start in starts for beat in range(bar // 12) for at in division]
    return Notes.of(hats + [(start, KICK, 3, 100) for start in starts])


def ask(part: Notes, bar: int, wish: Wish, division: Division) -> Notes:
    return arranged(part, Stem.DRUMS, wish, {Stem.KEYS: keys(division, bar)}, Setting(lines(bar), 120.0))


def test_a_backbeat_in_six_eight_falls_on_the_fourth_eighth() -> None:
    part = ask(drums(24, THIRDS), 24, Wish({}, {"figure": {"backbeat": True}}), THIRDS)
    assert part.onset[part.pitch == SNARE].tolist() == [start + 12 for start in range(0, 24 * BARS, 24)]
    assert figure_shares(part, Stem.DRUMS, {}, lines(24), Setting(lines(24), 120.0))["backbeat"] == 1
    wrong = Notes.merge([part, Notes.of((start, SNARE, 3, 90) for start in range(0, 24 * BARS, 24))])
    assert figure_shares(wrong, Stem.DRUMS, {}, lines(24), Setting(lines(24), 120.0))["backbeat"] == 0


@pytest.mark.parametrize(
    ("bar", "division", "apart"), [(48, HALVES, 3), (48, SWUNG, 4), (48, THIRDS, 4), (24, THIRDS, 2)]
)
def test_fills_are_in_triplets_where_beats_are(bar: int, division: Division, apart: int) -> None:
    part = ask(drums(bar, division), bar, Wish({}, {"kit": {"fills": True}}), division)
    last = part.starting(bar * BARS - bar // 2, bar * BARS)
    assert np.diff(last.onset[last.pitch != KICK]).tolist() == [apart] * (bar // 2 // apart - 1)
    assert kit_strokes(part, lines(bar))["fills"] >= 1 / 8


@pytest.mark.parametrize(("division", "places"), [(HALVES, {0, 3, 6, 9}), (THIRDS, {0, 2, 4, 6, 8, 10})])
def test_sixteenth_hats_are_sixths_of_a_beat_in_thirds(division: Division, places: set[int]) -> None:
    part = ask(drums(48, division), 48, Wish({}, {"figure": {"sixteenth hats": True}}), division)
    assert set((part.onset[part.pitch == HAT] % 12).tolist()) >= places
    shares = figure_shares(part, Stem.DRUMS, {}, lines(), Setting(lines(), 120.0))
    assert shares["sixteenth hats"] == 1


def test_grooves_are_shuffled_in_songs_that_are() -> None:
    part = ask(drums(48, SWUNG), 48, Wish({}, {"style": {"disco": True}}), SWUNG)
    assert not ((part.onset % 12 == 6) | (part.onset % 12 == 3)).any()
    straight = ask(drums(48), 48, Wish({}, {"style": {"disco": True}}), HALVES)
    assert (straight.onset % 12 == 6).any()


@pytest.mark.parametrize("style", sorted(set(grooves()) - {"waltz"}))
def test_a_style_is_heard_in_a_song_that_swings_too(style: str) -> None:
    """Grooves that are not heard to be in their style when they are shuffled are played as they are written."""
    straight = drums(48, SWUNG).select(drums(48, SWUNG).pitch == KICK)
    part = ask(straight, 48, Wish({}, {"style": {style: True}}), SWUNG)
    assert styles_heard(part, [style], lines())[style] >= 1.0


@pytest.mark.parametrize("style", sorted(grooves()))
def test_a_shuffled_groove_is_heard_to_be_in_its_style(style: str) -> None:
    groove = grooves()[style]
    bars = lines(groove.length)
    alike = likeness(in_style(drums(groove.length), style, bars, [SWUNG] * BARS), groove, bars)
    assert alike is not None and alike >= 0.95


def strokes(part: Notes) -> list[tuple[int, int]]:
    return list(zip(part.onset.tolist(), part.pitch.tolist(), strict=True))


@pytest.mark.parametrize("style", ["bossa nova", "disco", "march"])
def test_bars_half_as_long_as_a_groove_have_its_halves_by_turns(style: str) -> None:
    whole = in_style(drums(48), style, lines())
    halves = in_style(drums(24), style, lines(24))
    assert strokes(whole.starting(0, 96)) == strokes(halves.starting(0, 96)) != []
    assert styles_heard(halves, [style], lines(24))[style] >= 1
