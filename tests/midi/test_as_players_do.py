"""What a part has without being asked: bars that repeat, and rests where nobody else plays."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.listening.sections import phrase_borders
from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.drum_fills import with_form
from midi_subtract.playing.fretboard import is_playable
from midi_subtract.playing.habits import LOUDER, one_line, six_strings, with_song, within_song, without_slips
from midi_subtract.playing.repetition import _AT_ONCE, with_repeats
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BAR = 48
Row = tuple[int, int, int, int]


def chords(roots: list[int]) -> dict[Stem, Notes]:
    """A triad a bar."""
    return {Stem.KEYS: Notes.of([(BAR * i, r + up, BAR, 80) for i, r in enumerate(roots) for up in (12, 16, 19)])}


def eighths(roots: list[int], changes: dict[int, list[Row]] | None = None) -> Notes:
    """A root on each eighth of every bar, or other rows (onset in the bar, pitch, duration, velocity) in some bars."""
    rows: list[Row] = []
    for bar, root in enumerate(roots):
        own = (changes or {}).get(bar, [(6 * i, root, 6, 90) for i in range(8)])
        rows += [(BAR * bar + at, pitch, length, velocity) for at, pitch, length, velocity in own]
    return Notes.of(rows)


def lines(bars: int) -> np.ndarray:
    return np.arange(bars + 1) * BAR


def repeats(notes: Notes, others: dict[Stem, Notes], bars: int, spans: list[tuple[int, int]] | None = None) -> Notes:
    return with_repeats(notes, Stem.BASS, others, lines(bars), spans or [(0, bars)])


ROOTS = [36, 41, 36, 41, 36, 41]
PASSING: list[Row] = [(6 * i, 36 if i < 6 else 38, 6, 90) for i in range(8)]
OTHER: list[Row] = [(12 * i + 3, 43, 3, 90) for i in range(4)]


def test_a_bar_that_is_nearly_like_the_others_over_its_harmony_is_like_them() -> None:
    assert same(repeats(eighths(ROOTS, {2: PASSING}), chords(ROOTS), 6), eighths(ROOTS))


def test_a_bar_of_its_own_stays_and_so_do_bars_over_other_harmonies() -> None:
    alone = eighths(ROOTS, {2: OTHER})
    assert same(repeats(alone, chords(ROOTS), 6), alone)
    varied = eighths([36] * 6, {2: PASSING})
    others = chords([36, 36, 42, 36, 36, 36])
    assert same(repeats(varied, others, 6), varied), "beside another chord the passing note may be what fits"


def test_bars_over_harmonies_that_share_two_tones_stay_unlike() -> None:
    major, minor = (60, 64, 67), (57, 60, 64)
    keys = Notes.of([(BAR * i, p, BAR, 80) for i in range(6) for p in (minor if i == 2 else major)])
    varied = eighths([36] * 6, {2: PASSING})
    assert same(repeats(varied, {Stem.KEYS: keys}, 6), varied)


def test_bars_of_which_something_else_is_asked_are_not_compared() -> None:
    varied = eighths(ROOTS, {2: PASSING})
    assert same(repeats(varied, chords(ROOTS), 6, [(0, 2), (2, 3), (3, 6)]), varied)


def test_bars_do_not_become_like_those_of_the_next_stretch() -> None:
    varied = eighths([36] * 6, {0: PASSING})
    assert same(repeats(varied, chords([36] * 6), 6), eighths([36] * 6))
    assert same(repeats(varied, chords([36] * 6), 6, [(0, 1), (1, 6)]), varied)


def test_each_bar_stays_as_loud_as_it_was() -> None:
    soft: list[Row] = [(at, pitch, length, 50 + at // 12) for at, pitch, length, _ in PASSING]
    part = repeats(eighths(ROOTS, {2: soft}), chords(ROOTS), 6)
    inside = part.between(2 * BAR, 3 * BAR)
    assert set(inside.pitch.tolist()) == {36} and inside.velocity.mean() == pytest.approx(52, abs=1)


def test_what_rings_on_ends_where_a_copied_bar_begins() -> None:
    rests: list[Row] = [(12 + 6 * i, 36, 6, 90) for i in range(6)]
    tied: list[Row] = [(6 * i, 41, 6 if i < 7 else 18, 90) for i in range(8)]  # into the rest of the next bar
    part = repeats(eighths(ROOTS, {1: tied, 2: rests}), chords(ROOTS), 6)
    assert same(part, eighths(ROOTS)), "bar 3 begins on its first beat now, bar 2 ends there, and bar 6 with the song"


def test_no_copy_rings_on_into_bars_that_are_not_written() -> None:
    tied: list[Row] = [(6 * i, 36, 6 if i < 7 else 18, 90) for i in range(8)]
    part = repeats(eighths([36] * 4, {0: tied, 1: tied, 2: tied, 3: PASSING}), chords([36] * 6), 6, [(0, 4)])
    assert part.starting(3 * BAR, 4 * BAR).pitch.tolist() == [36] * 8 and part.last_step == 4 * BAR


def test_a_note_that_rings_between_bars_that_stay_rings_on() -> None:
    tied: list[Row] = [(0, 36, 60, 90)]
    rests: list[Row] = [(24, 43, 24, 90)]
    part = eighths([36, 43], {0: tied, 1: rests})
    assert same(repeats(part, chords([36, 43]), 2), part)


def test_bars_of_other_lengths_and_silence_are_left_alone() -> None:
    part = eighths([36, 36, 36])
    short = np.array([0, BAR, BAR + 36, BAR + 36 + BAR + 12])
    assert len(with_repeats(part, Stem.BASS, chords([36, 36, 36]), short, [(0, 3)])) == len(part)
    assert same(repeats(part, {Stem.DRUMS: Notes.of([(0, 36, 1, 90)])}, 3), part), "no harmony, nothing to go by"
    assert not len(repeats(Notes.empty(), chords(ROOTS), 6))


def test_drums_stay_as_they_are() -> None:
    drums = Notes.of([(BAR * bar + at, 36, 1, 90) for bar in range(4) for at in ((0, 24) if bar else (0, 24, 42))])
    assert with_repeats(drums, Stem.DRUMS, chords([36] * 4), lines(4), [(0, 4)]) is drums


def test_a_song_of_more_bars_than_are_compared_at_once_is_done_all_through() -> None:
    bars = 2 * _AT_ONCE + 3
    roots = [36] * bars
    changes = {7: PASSING, _AT_ONCE + 7: PASSING, bars - 1: PASSING}
    assert same(repeats(eighths(roots, changes), chords(roots), bars), eighths(roots))


def test_pads_that_ring_on_count_in_every_bar_that_they_sound_in() -> None:
    held = {Stem.STRINGS: Notes.of([(0, 48, 6 * BAR, 80), (0, 55, 6 * BAR, 80)])}
    assert same(repeats(eighths([36] * 6, {3: PASSING}), held, 6), eighths([36] * 6))


def test_a_note_that_hardly_another_bar_has_is_not_repeated() -> None:
    line = [(0, 36, 12, 90), (24, 43, 12, 90), (36, 36, 12, 90)]
    slips = {bar: [*line, (12, 37 + bar, 6, 90)] for bar in range(6)}  # in each bar another
    part = eighths([36] * 6, slips)
    played = with_repeats(part, Stem.BASS, chords([36] * 6), lines(6), [(0, 6)])
    assert played.pitch.tolist() == [36, 43, 36] * 6
    few = with_repeats(part.between(0, 3 * BAR), Stem.BASS, chords([36] * 3), lines(3), [(0, 3)])
    assert len(few) == 12, "of three bars nobody can tell"


def test_nothing_is_played_in_an_empty_first_bar_or_behind_the_end() -> None:
    others = {Stem.KEYS: Notes.of([(BAR + 12 * i, 60, 12, 80) for i in range(6)])}  # from bar 2 to the middle of bar 3
    part = eighths([36, 36, 36, 36])
    kept = within_song(part, Stem.BASS, others)
    assert kept.onset.min() == BAR - 12, "a beat may lead in"
    assert kept.onset.max() == 2 * BAR + 18
    drums = within_song(part, Stem.DRUMS, others)
    assert drums.onset.min() == BAR - 12 and drums.onset.max() == part.onset.max(), "they may strike a last time"


def test_a_part_goes_on_until_the_last_of_the_others_ends() -> None:
    others = {stem: Notes.of([(0, 60, bars * BAR, 80)]) for stem, bars in ((Stem.KEYS, 2), (Stem.STRINGS, 4))}
    assert same(within_song(eighths([36] * 5), Stem.BASS, others), eighths([36] * 4))


def test_nobody_plays_through_a_long_silence_before_the_song() -> None:
    others = {Stem.KEYS: Notes.of([(8 * BAR, 60, 2 * BAR, 80)])}
    part = eighths([36] * 10)
    assert within_song(part, Stem.GUITAR, others).onset.min() == 8 * BAR - 12
    assert within_song(part, Stem.DRUMS, others).onset.min() == 8 * BAR - 12, "a bar of a groove is no count-in"
    assert within_song(part, Stem.GUITAR, {}) is part


def test_drummers_count_in_with_a_few_strokes() -> None:
    others = {Stem.KEYS: Notes.of([(8 * BAR, 60, 2 * BAR, 80)])}
    sticks = [(7 * BAR + 12 * beat, 37, 6, 90) for beat in range(4)]
    groove = [(8 * BAR + 6 * eighth, 42, 6, 90) for eighth in range(16)]
    part = Notes.of([*sticks, *groove])
    assert same(within_song(part, Stem.DRUMS, others), part)
    earlier = Notes.of([(6 * BAR, 49, 6, 90), *sticks, *groove])
    assert same(within_song(earlier, Stem.DRUMS, others), part)


def test_bars_that_are_asked_for_are_played_whoever_rests() -> None:
    keys = Notes.of([(3 * BAR, 60, BAR, 80)])
    song = Song([Track("keys", 0, False, keys)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    part = eighths([36] * 4)
    assert Asked.of(song, Stem.BASS, Wish(), only=[(1, 3)]).as_players_do(part).onset.min() == 0
    assert Asked.of(song, Stem.BASS, Wish()).as_players_do(part).onset.min() == 3 * BAR - 12


def as_loud_as(velocities: list[int]) -> Notes:
    """Eighths, those on the beat louder by 10, the bars of these mean velocities."""
    rows = [
        (48 * bar + 6 * i, 40, 6, v + (5 if i % 2 == 0 else -5)) for bar, v in enumerate(velocities) for i in range(8)
    ]
    return Notes.of(rows)


def of_bars(part: Notes) -> list[float]:
    """Mean velocity of each of four bars."""
    return [float(part.velocity[part.onset // BAR == bar].mean()) for bar in range(4)]


def test_bars_are_louder_where_the_others_are_and_else_nearly_alike() -> None:
    part, steady = as_loud_as([70, 90, 70, 90]), as_loud_as([60] * 4)
    assert of_bars(with_song(part, Stem.BASS, {Stem.KEYS: steady}, lines(4))) == [77, 83, 77, 83]
    louder = with_song(part, Stem.BASS, {Stem.KEYS: as_loud_as([50, 50, 90, 90]), Stem.DRUMS: steady}, lines(4))
    assert of_bars(louder) == [72, 78, 82, 88], "half of what the others are louder by on average"
    accents = louder.velocity.reshape(4, 8)
    assert (accents[:, 0] - accents[:, 1] == 10).all()


def test_bars_in_which_a_part_rests_do_not_count() -> None:
    keys = as_loud_as([60, 60, 60, 100])
    half = Notes.of([(0, 40, 6, 80), (BAR, 40, 6, 80)])
    assert with_song(half, Stem.BASS, {Stem.KEYS: keys}, lines(4)).velocity.tolist() == [75, 75]
    assert not len(with_song(Notes.empty(), Stem.BASS, {Stem.KEYS: keys}, lines(4)))
    late = {Stem.KEYS: Notes.of([(3 * BAR, 60, BAR, 80)])}
    assert of_bars(with_song(as_loud_as([80] * 4), Stem.BASS, late, lines(4))) == [80] * 4, (
        "where nobody plays nothing is told"
    )


def test_drums_follow_the_song_and_keep_ghost_notes_beside_accents() -> None:
    bar = [(0, 36, 1, 100), (6, 38, 1, 25), (12, 38, 1, 110), (24, 36, 1, 90), (36, 38, 1, 100)]
    part = Notes.of([(BAR * b + at, p, d, v) for b in range(4) for at, p, d, v in bar])
    keys, even = as_loud_as([50, 50, 90, 90]), as_loud_as([60] * 4)
    played = with_song(part, Stem.DRUMS, {Stem.KEYS: keys, Stem.LEAD: even}, lines(4))
    assert of_bars(played) == pytest.approx([77, 77, 93, 93], abs=1), "0.4 of what the keys are louder by"
    soft, loud = (played.velocity[played.onset // BAR == b] for b in (0, 3))
    assert soft[1] / soft[2] == pytest.approx(25 / 110, abs=0.02) == loud[1] / loud[2]
    song = Song([Track("keys", 0, False, keys)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    assert of_bars(Asked.of(song, Stem.DRUMS, Wish()).as_players_do(part))[3] > 85
    assert same(with_song(part, Stem.DRUMS, {Stem.LEAD: even}, lines(4)), part)


@pytest.mark.parametrize("asked", [Wish({"loudness": 0.5}, {}, {"loudness": 90.0}), Wish({"dynamic range": 0.5})])
def test_what_is_asked_of_velocities_is_left_to_finishing(asked: Wish) -> None:
    keys = as_loud_as([60, 60, 90, 90])
    song = Song([Track("keys", 0, False, keys)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    part = as_loud_as([70, 90, 70, 90])
    kept = of_bars(Asked.of(song, Stem.GUITAR, asked).as_players_do(part))
    assert kept == of_bars(part) != of_bars(Asked.of(song, Stem.GUITAR, Wish()).as_players_do(part))
    drums = of_bars(Asked.of(song, Stem.DRUMS, asked).as_players_do(part))
    assert [v - drums[0] for v in drums] == [v - kept[0] for v in kept]


def beat(bars: int, changes: dict[int, int] | None = None) -> Notes:
    """Kick, snare and hats, in some bars with a crash at a step."""
    rows: list[Row] = []
    for bar in range(bars):
        rows += [(BAR * bar + 6 * i, 42, 3, 70) for i in range(8)]
        rows += [(BAR * bar + 12 * i, (36, 38)[i % 2], 3, 90) for i in range(4)]
        rows += [(BAR * bar + at, 49, 3, 90) for at in [(changes or {}).get(bar)] if at is not None]
    return Notes.of(rows)


def fills(drums: Notes) -> list[int]:
    """Bars with toms."""
    return sorted(set((drums.onset[np.isin(drums.pitch, [41, 43, 45, 47, 48, 50])] // BAR).tolist()))


def test_drums_that_are_one_bar_over_and_over_get_a_fill_before_each_section() -> None:
    verse, chorus = eighths([60] * 8), eighths([72] * 8, {bar: [(0, 72, BAR, 90)] for bar in range(8)})
    song = {Stem.KEYS: Notes.merge([verse, chorus.shifted(8 * BAR)])}
    played = with_form(beat(16), song, lines(16))
    assert fills(played) == [7] and same(played.between(8 * BAR, 16 * BAR), beat(8))
    assert same(with_form(beat(16, {7: 24}), song, lines(16)), beat(16, {7: 24})), "it has something there"
    varied = beat(16, {bar: 6 * bar for bar in range(8)})
    assert same(with_form(varied, song, lines(16)), varied), "they are not monotonous"


@pytest.mark.parametrize(
    ("heard", "borders"),
    [
        ([6, 10, 16, 20, 26], [8, 16, 24]),  # a bossa of eight bars
        ([8, 22, 40, 54], [8, 24, 40, 56]),
        ([12, 20], [12, 20]),  # after an intro of four
        ([5, 11], [4, 12]),
        ([2, 27], [28]),
    ],
)
def test_fills_come_where_phrases_end_near_borders_that_are_heard(
    monkeypatch: pytest.MonkeyPatch, heard: list[int], borders: list[int]
) -> None:
    monkeypatch.setattr("midi_subtract.listening.sections.section_borders", lambda parts, lines: np.array(heard))
    keys = chords([60] * 64)
    assert phrase_borders(keys, lines(64)).tolist() == borders
    assert fills(with_form(beat(64), keys, lines(64))) == [bar - 1 for bar in borders]
    later = {stem: part.shifted(2 * BAR) for stem, part in keys.items()}
    monkeypatch.setattr("midi_subtract.listening.sections.section_borders", lambda parts, lines: np.array(heard) + 2)
    assert phrase_borders(later, lines(66)).tolist() == [bar + 2 for bar in borders], "counted from where music begins"
    monkeypatch.setattr("midi_subtract.listening.sections.section_borders", lambda parts, lines: np.array(heard) + 1)
    pickup = np.append(0, lines(64) + 12)
    assert phrase_borders({Stem.KEYS: chords([60] * 64)[Stem.KEYS].shifted(3)}, pickup).tolist() == [
        bar + 1 for bar in borders
    ], "and behind its pickup"


def test_the_last_bar_of_drums_makes_them_no_less_one_bar_over_and_over() -> None:
    assert fills(with_form(beat(20, {19: 0}), chords([60] * 20), lines(20))) == [7, 15]


def test_where_nothing_tells_sections_every_eighth_bar_gets_one() -> None:
    keys = chords([60] * 20)
    assert fills(with_form(beat(20), keys, lines(20))) == [7, 15]
    assert fills(with_form(beat(4), chords([60] * 4), lines(4))) == [], "a loop stays one"
    song = Song([Track("keys", 0, False, keys[Stem.KEYS])], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    assert fills(Asked.of(song, Stem.DRUMS, Wish()).as_players_do(beat(20))) == [7, 15]
    asked = Asked.of(song, Stem.DRUMS, Wish({}, {"kit": {"fills": False}}))
    assert fills(asked.as_players_do(beat(20))) == [], "of what is asked, asking decides"


def test_of_notes_that_a_bass_strikes_together_the_nearest_to_the_one_before_stays() -> None:
    part = Notes.of(
        [(0, 40, 6, 90), (0, 52, 6, 90), (12, 50, 6, 90), (24, 40, 6, 90), (24, 52, 6, 90), (24, 45, 6, 90)]
    )
    assert one_line(part).pitch.tolist() == [40, 50, 52]
    assert same(one_line(eighths(ROOTS)), eighths(ROOTS)) and not len(one_line(Notes.empty()))


def test_a_guitar_strikes_no_more_notes_than_it_has_strings() -> None:
    wide = [40, 45, 52, 57, 60, 64, 69, 76]  # E A E A C E A E: the C sounds once
    part = Notes.of([(0, p, 12, 90) for p in wide] + [(24, p, 12, 90) for p in wide[:6]])
    kept = six_strings(part)
    assert kept.pitch[kept.onset == 0].tolist() == [40, 45, 52, 57, 60, 76]
    assert kept.pitch[kept.onset == 24].tolist() == wide[:6]
    song = Song([Track("keys", 0, False, chords(ROOTS)[Stem.KEYS])], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    struck = Asked.of(song, Stem.GUITAR, Wish()).as_players_do(part)
    assert all(len(on) >= 5 and is_playable(on) for on in (struck.pitch[struck.onset == at].tolist() for at in (0, 24)))
    assert len(Asked.of(song, Stem.KEYS, Wish()).as_players_do(part)) == 14


def test_a_bass_plays_chords_only_if_asked_or_where_it_did() -> None:
    song = Song([Track("keys", 0, False, chords(ROOTS)[Stem.KEYS])], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    part = Notes.of([(12 * i + j, pitch, 10, 90) for i in range(16) for j, pitch in enumerate((33, 40))])

    def strikes(wish: Wish, kept: Notes | None = None, stem: Stem = Stem.BASS) -> int:
        return len(Asked.of(song, stem, wish).as_players_do(part, kept))

    assert strikes(Wish()) == strikes(Wish({"density": 1.0})) == 16, "a step apart is together"
    assert set(Asked.of(song, Stem.BASS, Wish()).as_players_do(part).pitch.tolist()) == {33}
    assert strikes(Wish({"density": 1.0}), stem=Stem.GUITAR) == 32
    assert strikes(Wish({"polyphony": 1.0})) == strikes(Wish(), kept=part) == 32
    assert strikes(Wish(), kept=eighths(ROOTS)) == 16


@pytest.mark.parametrize("stem", [Stem.BASS, Stem.DRUMS, Stem.GUITAR])
def test_a_part_is_as_loud_as_people_s_unless_it_is_asked_how_loud(stem: Stem) -> None:
    song = Song([Track("keys", 0, False, chords(ROOTS)[Stem.KEYS])], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    part = eighths(ROOTS)

    def velocities(wish: Wish, kept: Notes | None = None) -> set[int]:
        return set(Asked.of(song, stem, wish).as_players_do(part, kept).velocity.tolist())

    assert velocities(Wish()) == {90 - LOUDER.get(stem, 0)}
    assert velocities(Wish({"loudness": 0.75})) == velocities(Wish(), kept=part) == {90}


def test_alike_bars_keep_their_notes_and_loudness_where_they_are_a_step_apart() -> None:
    late = Notes.of((BAR * bar + 12 * beat + (bar == 2), 36 + beat, 9, 80) for bar in range(4) for beat in range(4))
    played = with_repeats(late, Stem.BASS, chords([36] * 4), lines(4), [(0, 4)])
    assert len(played) == len(late) and set(played.velocity.tolist()) == {80}
    for seed in (1, 2, 3):
        shaken = np.random.default_rng(seed).integers(-1, 2, 32)
        eighths = Notes.of((max(0, 6 * i + int(by)), 36 + i % 8, 4, 80) for i, by in enumerate(shaken))
        assert len(with_repeats(eighths, Stem.BASS, chords([36] * 4), lines(4), [(0, 4)])) == len(eighths)


def test_a_note_of_one_step_among_long_ones_lasts_to_the_next() -> None:
    line = Notes.of([(0, 33, 10, 80), (12, 33, 1, 80), (24, 33, 11, 80), (36, 40, 1, 80), (38, 33, 10, 80)])
    assert without_slips(line).duration.tolist() == [10, 3, 11, 2, 10]
    assert np.array_equal(without_slips(line).onset, line.onset)
    staccato = Notes.of((6 * i, 33, 1 + i % 2, 80) for i in range(8))
    assert without_slips(staccato) == staccato and without_slips(Notes.empty()) == Notes.empty()


@pytest.mark.parametrize(("stem", "shortest"), [(Stem.BASS, 3), (Stem.GUITAR, 3), (Stem.KEYS, 1)])
def test_basses_and_guitars_have_no_slips(stem: Stem, shortest: int) -> None:
    rows = [(12 * i, 40, 1 if i % 4 == 1 else 11, 80) for i in range(32)]
    song = Song([Track("pad", 50, False, Notes.of([(0, 72, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    assert Asked.of(song, stem, Wish()).as_players_do(Notes.of(rows)).duration.min() == shortest
