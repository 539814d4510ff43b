"""One part of several, put together bar by bar."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from midi_subtract.notes import Notes
from midi_subtract.playing.choice import Drawn, choose
from midi_subtract.playing.consensus import SWITCH, consensus
from subtract_core.choice import NEAR_ENOUGH
from subtract_core.stems import Stem

LINES = np.arange(0, 48 * 9, 48)


def _part(pitches: Sequence[int], duration: int = 10) -> Notes:
    """A bar of quarters for each pitch."""
    return Notes.of(
        (48 * bar + 12 * beat, pitch, duration, 90) for bar, pitch in enumerate(pitches) for beat in range(4)
    )


def _pitches(part: Notes) -> list[int]:
    return [int(part.between(int(a), int(b)).pitch[0]) for a, b in pairwise(LINES)]


def test_every_bar_is_what_most_parts_play_there() -> None:
    song = [40, 40, 45, 45, 43, 43, 40, 40]
    parts = [_part([*song[:i], 52 + i, *song[i + 1 :]]) for i in (1, 3, 6)]
    assert _pitches(consensus(parts, Stem.BASS, LINES)) == song, "no part is right in all bars"
    for whole in parts:
        assert consensus([whole] * 3, Stem.BASS, LINES) == whole


def test_it_stays_with_a_part_unless_another_is_worth_the_change() -> None:
    """In bar 2 the others share one note of fifty with each other that the first has not: less than a change costs."""
    many = [(48 * bar + at, pitch, 3, 90) for bar in range(8) for at in range(0, 48, 3) for pitch in (60, 64, 67)]
    others = Notes.of([*many, (48, 71, 3, 90)])
    first = Notes.of([*many, (48, 72, 3, 90)])
    gain = 2 / 2 * 1 / 49  # F1 of 48 of 49 notes against that of all
    assert 0 < gain < SWITCH
    third = Notes.of([*(row for row in many if row[0] >= 96), *((at, 50, 3, 90) for at in range(0, 96, 3))])
    part = consensus([first, others, others, first, third], Stem.KEYS, LINES)
    assert part in (first, others), "not a bar of one and a bar of the other"


def test_pitches_decide_more_than_when_they_are_struck() -> None:
    """Else the part that strikes on every kick is chosen, as all strike there sometime."""

    def bars(*struck: tuple[int, int]) -> Notes:
        return Notes.of((48 * bar + at, pitch, 3, 90) for bar in range(8) for at, pitch in struck)

    on_kicks = [bars((0, 40), (12, pitch), (24, 40), (36, pitch)) for pitch in (45, 50)]  # F1 of notes .5, of times 1
    freer = [bars(*((at, 40) for at in times)) for times in ((3, 9, 15, 21, 27), (3, 9, 18, 33, 39))]  # .4 and .4
    assert consensus([*on_kicks, *freer], Stem.BASS, LINES) in freer
    assert consensus([*on_kicks, *freer], Stem.DRUMS, LINES) in on_kicks, "of drums nothing but what is struck is there"


def test_of_bars_as_typical_those_with_passing_notes_are_chosen_as_people_play_some() -> None:
    def bars(third: int) -> Notes:
        return Notes.of(
            (48 * bar + 12 * beat, (40, 40, third, 40)[beat], 10, 90) for bar in range(8) for beat in range(4)
        )

    plain, passing = bars(40), bars(42)
    song = [Notes.of((48 * bar, 52, 48, 90) for bar in range(8))]
    for parts in ([plain, passing, plain, passing], [passing, plain, passing, plain]):
        assert consensus(parts, Stem.BASS, LINES, song) == passing
        assert consensus(parts, Stem.BASS, LINES) == parts[0], "where nothing is heard, none passes"
    assert consensus([plain, plain, plain, passing], Stem.BASS, LINES, song) == plain, "what most play counts more"


def test_silence_is_no_passing_note() -> None:
    song = [Notes.of((48 * bar, 52, 48, 90) for bar in range(8))]
    busy = _part([40] * 8)
    assert consensus([busy, Notes.empty(), busy, Notes.empty()], Stem.BASS, LINES, song) == busy


def test_parts_that_sound_alike_are_alike_though_they_strike_otherwise() -> None:
    """Half notes on the same roots are nearer to quarters than half notes on others."""
    quarters = _part([40, 45] * 4)
    halves = [Notes.of((48 * bar + at, pitch, 22, 90) for bar in range(8) for at in (6, 30)) for pitch in (41, 43)]
    like = Notes.of((48 * bar + at, (40, 45)[bar % 2], 22, 90) for bar in range(8) for at in (6, 30))
    assert consensus([halves[0], like, quarters, halves[1]], Stem.BASS, LINES) in (like, quarters)


def test_what_rings_over_a_seam_ends_with_the_next_note() -> None:
    tail = [(48 * bar + 12, 47, 10, 90) for bar in range(1, 8)]
    held = [Notes.of([(0, 40, 96, 90), *((48 * bar, 60 + i, 40, 90) for bar in range(2, 8))]) for i in range(2)]
    walks = [Notes.of([*((12 * at, 50 + at + 10 * i, 10, 90) for at in range(4)), *tail]) for i in range(2)]
    part = consensus([*held, *walks], Stem.BASS, LINES)
    assert part == Notes.of([(0, 40, 60, 90), *tail]), "up to what the others play there"
    whole = Notes.of([(0, 40, 96, 90), *tail])
    assert consensus([whole] * 3, Stem.BASS, LINES) == whole, "no seam, nothing ends"


def test_a_downbeat_that_is_struck_a_step_early_goes_with_its_bar() -> None:
    def rushing(early: int, odd: set[int]) -> Notes:
        roots = [47 if bar in odd else 40 for bar in range(8)]
        rows = [(48 * bar - (early if bar else 0), root, 10, 90) for bar, root in enumerate(roots)]
        return Notes.of(
            [*rows, *((48 * b + 12 * at, root + at, 10, 90) for b, root in enumerate(roots) for at in (1, 2, 3))]
        )

    parts = [rushing(1, {4, 5}), rushing(1, {6, 7}), rushing(0, {0, 1}), rushing(0, {2, 3})]
    for some in (parts, parts[::-1]):
        part = consensus(some, Stem.BASS, LINES)
        downbeats = part.onset[(part.onset % 48 == 0) | (part.onset % 48 == 47)]
        assert len(downbeats) == 8 and np.diff(downbeats).min() >= 47, "none twice, none missing"


def test_what_all_parts_miss_alike_does_not_keep_bars_from_being_put_together() -> None:
    parts = [_part([40, 40, 45, 45, 43, 43, 40, pitch]) for pitch in (40, 41, 40)]
    marked = Notes.of([(0, 30, 12, 90)])
    drawn = [Drawn(part, part, 0.4) for part in parts]
    assert choose(drawn, Stem.BASS, LINES, lambda raw: Drawn(raw, marked, 0.4)) is marked
    assert choose(drawn, Stem.BASS, LINES, lambda raw: Drawn(raw, marked, 0.41)) is parts[0]


def test_drums_are_compared_by_the_drum_that_is_struck() -> None:
    def beat(snare: int, kick: int = 36) -> Notes:
        rows = [(48 * b + at, key, 1, 90) for b in range(8) for at, key in ((0, kick), (12, snare), (24, kick))]
        return Notes.of([*rows, *((48 * b + 36, snare, 1, 90) for b in range(8))])

    side_by_side = consensus([beat(38), beat(40, 35), beat(51)], Stem.DRUMS, LINES)
    assert side_by_side == beat(38) or side_by_side == beat(40, 35), "two keys of one drum are alike, a ride is not"


@pytest.mark.parametrize("meter", [36, 30, 60])
def test_bars_of_any_length_are_chosen_whole(meter: int) -> None:
    lines = np.array([0, 48, 48 + meter, 48 + 2 * meter, 96 + 2 * meter])
    parts = [
        Notes.of((int(line), 40 + 5 * (bar == odd), meter, 90) for bar, line in enumerate(lines[:-1]))
        for odd in (0, 1, 2)
    ]
    part = consensus(parts, Stem.BASS, lines)
    assert part.onset.tolist() == lines[:-1].tolist() and set(part.pitch.tolist()) == {40}


def test_a_song_of_many_bars_and_parts_that_rest_are_no_trouble() -> None:
    lines = np.arange(0, 48 * 201, 48)
    busy, silent = Notes.of((48 * bar, 40, 40, 90) for bar in range(200)), Notes.empty()
    assert consensus([busy, silent, busy], Stem.BASS, lines) == busy
    assert consensus([silent, silent, busy], Stem.BASS, lines) == silent
    assert len(consensus([silent] * 3, Stem.BASS, lines)) == 0


def test_bars_that_together_miss_what_was_asked_for_give_way_to_a_part() -> None:
    parts = [_part([40, 40, 45, 45, 43, 43, 40, pitch]) for pitch in (40, 41, 40)]
    drawn = [Drawn(part, part, 0.0) for part in parts]
    assert choose(drawn, Stem.BASS, LINES, lambda raw: Drawn(raw, raw, 0.0)) == parts[0]
    marked = Notes.of([(0, 30, 12, 90)])
    assert choose(drawn, Stem.BASS, LINES, lambda raw: Drawn(raw, marked, NEAR_ENOUGH)) is marked, "as it was finished"
    worse = choose(drawn, Stem.BASS, LINES, lambda raw: Drawn(raw, marked, NEAR_ENOUGH + 0.01))
    assert worse is parts[0], "the most typical as a whole"


def test_parts_that_miss_what_was_asked_for_have_no_voice() -> None:
    wrong, right = _part([50] * 8), _part([40] * 8)
    drawn = [Drawn(wrong, wrong, 0.9)] * 4 + [Drawn(right, right, 0.1)] * 3
    assert choose(drawn, Stem.BASS, LINES, lambda raw: Drawn(raw, raw, 0.1)) == right
