"""Drums that swing keep the time in long and short eighths, in jazz on the ride with the foot on two and four."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.listening.facts import Setting
from midi_subtract.notes import Notes, same
from midi_subtract.playing.arranging import arranged
from midi_subtract.playing.finishing import finish
from midi_subtract.playing.grooves import styles_heard
from midi_subtract.playing.swing_time import ride_pattern, with_jazz_time
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KICK, SNARE, HAT, PEDAL, RIDE = 36, 38, 42, 44, 51
BARS = np.arange(0, 48 * 9, 48)
SWING = Wish({"swing": 1.0})
SPANG_A_LANG = [0, 12, 20, 24, 36, 44]


def beat(time: tuple[int, ...], keeper: int = HAT, kicks: tuple[int, ...] = (0, 24)) -> Notes:
    rows = []
    for start in range(0, 8 * 48, 48):
        rows += [(start + at, KICK, 3, 100) for at in kicks] + [(start + at, SNARE, 3, 100) for at in (12, 36)]
        rows += [(start + 12 * place + at, keeper, 3, 70) for place in range(4) for at in time]
    return Notes.of(rows)


def struck(part: Notes, key: int) -> list[int]:
    inside = part.starting(0, 48)
    return [int(at) for at in inside.onset[inside.pitch == key]]


@pytest.mark.parametrize("wish", [SWING, Wish({}, {"figure": {"shuffle": True}})])
@pytest.mark.parametrize("time", [(0, 6), (0, 3, 6, 9), (0, 4, 8), (0, 9)])
def test_hats_swing_in_eighths_and_fill_no_triplet(time: tuple[int, ...], wish: Wish) -> None:
    part = finish(beat(time), Stem.DRUMS, wish, BARS)
    assert struck(part, HAT) == [0, 8, 12, 20, 24, 32, 36, 44]
    assert struck(part, KICK) == [0, 24] and struck(part, SNARE) == [12, 36]


def test_a_kick_between_beats_goes_with_the_hats() -> None:
    assert struck(finish(beat((0, 4, 8), kicks=(0, 30)), Stem.DRUMS, SWING, BARS), KICK) == [0, 32]


def test_sixteenths_that_are_asked_for_stay() -> None:
    wish = Wish({"swing": 1.0}, {"figure": {"sixteenth hats": True}})
    assert struck(finish(beat((0, 3, 6, 9)), Stem.DRUMS, wish, BARS), HAT)[:5] == [0, 4, 8, 10, 12]


def test_thirds_of_six_eight_stay_even() -> None:
    thirds = {Stem.KEYS: Notes.of((at, 60, 4, 80) for at in range(0, 8 * 48, 4))}
    assert struck(finish(beat((0, 4, 8)), Stem.DRUMS, SWING, BARS, thirds), HAT) == list(range(0, 48, 4))


def test_swung_eighths_on_a_ride_become_the_jazz_pattern_with_the_foot_and_a_soft_kick() -> None:
    ride = beat((0, 8), RIDE, kicks=()).select(beat((0, 8), RIDE, kicks=()).pitch == RIDE)
    part = arranged(ride, Stem.DRUMS, Wish({}, {"style": {"jazz": True}}), {}, Setting(BARS, 120.0))
    assert struck(part, RIDE) == SPANG_A_LANG and struck(part, PEDAL) == [12, 36]
    assert struck(part, KICK) == [0, 12, 24, 36]
    assert part.velocity[part.pitch == KICK].max() < 0.6 * part.velocity[part.pitch == RIDE].mean()
    assert styles_heard(part, ["jazz"], BARS)["jazz"] >= 1.0


def test_what_comments_stays_and_so_does_the_pattern() -> None:
    part = with_jazz_time(beat((0, 8), RIDE, kicks=(30,)), BARS, {})
    assert struck(part, KICK) == [30] and struck(part, SNARE) == [12, 36]
    assert same(with_jazz_time(part, BARS, {}), part)
    assert not struck(with_jazz_time(beat((0, 8)), BARS, {"ride": False}), RIDE)


@pytest.mark.parametrize(("length", "places"), [(48, SPANG_A_LANG), (36, [0, 12, 20, 24]), (24, [0, 12, 20])])
def test_the_ride_goes_by_twos(length: int, places: list[int]) -> None:
    assert ride_pattern(length) == places


def test_a_hat_a_step_early_is_no_stroke_of_the_bar_before_it() -> None:
    early = Notes.of([(0, KICK, 3, 90), (0, HAT, 3, 70), (47, HAT, 3, 70), (48, KICK, 3, 90)])
    part = with_jazz_time(early, np.array([0, 48, 96]), {})
    rides = part.onset[part.pitch == RIDE].tolist()
    assert rides == [*SPANG_A_LANG, *(48 + at for at in SPANG_A_LANG)] and not (part.pitch == HAT).any()


@pytest.mark.parametrize(
    ("wish", "claps"),
    [
        (Wish({}, {"kit": {"brushes": True}}), False),
        (Wish({}, {"style": {"jazz": True}}), False),
        (Wish({}, {"style": {"jazz": True}, "kit": {"claps": True}}), True),
        (Wish({}, {"style": {"rock": True}}), True),
    ],
)
def test_nobody_claps_to_brushes_or_jazz_unasked(wish: Wish, claps: bool) -> None:
    drums = Notes.of(
        (48 * bar + at, key, 3, 90) for bar in range(4) for at, key in ((0, 36), (12, 38), (12, 39), (36, 38), (36, 37))
    )
    assert (finish(drums, Stem.DRUMS, wish, np.arange(5) * 48).pitch == 39).any() == claps


WALKS = {"figure": {"walking": True}}
SWINGING = {Stem.KEYS: Notes.of((at, 60, 4, 80) for at in range(0, 8 * 48, 4) if at % 12 in (0, 8))}


def bass(*places: int) -> Notes:
    """A note at each of these steps of every beat, up to the next."""
    after = [*places[1:], 12]
    rows = [
        (12 * beat + at, 36 + at, end - at, 80) for beat in range(32) for at, end in zip(places, after, strict=True)
    ]
    return Notes.of(rows)


@pytest.mark.parametrize(
    ("places", "swung"),
    [
        ((0, 6), [0, 8]),
        ((0, 9), [0, 8]),
        ((0, 3, 6, 9), [0, 4, 8]),
        ((0, 4, 8), [0, 4, 8]),
        ((0, 6, 8), [0, 8]),
        ((0, 2, 3, 8), [0, 4, 8]),
        ((0, 3, 4, 9), [0, 4, 8]),
    ],
)
@pytest.mark.parametrize("wish", [Wish({}, WALKS), Wish({}, {"style": {"jazz": True}})])
def test_a_bass_that_walks_has_nothing_straight_between_the_beats_of_a_song_that_swings(
    places: tuple[int, ...], swung: list[int], wish: Wish
) -> None:
    part = finish(bass(*places), Stem.BASS, wish, BARS, SWINGING)
    assert part.onset[:9].tolist() == [12 * (i // len(swung)) + swung[i % len(swung)] for i in range(9)]
    assert (part.end[:-1] == part.onset[1:]).all(), "it is as legato as it was"


@pytest.mark.parametrize(
    ("wish", "others"),
    [
        (Wish({}, {"figure": {"root eighths": True}}), SWINGING),
        (Wish({"swing": 0.0}, WALKS), SWINGING),
        (Wish({}, WALKS), {Stem.KEYS: Notes.of((at, 60, 6, 80) for at in range(0, 8 * 48, 6))}),
        (Wish({}, WALKS), {Stem.KEYS: Notes.of((at, 60, 4, 80) for at in range(0, 8 * 48, 4))}),
    ],
)
def test_other_basses_straight_songs_and_six_eight_keep_their_eighths(wish: Wish, others: dict[Stem, Notes]) -> None:
    assert (finish(bass(0, 6), Stem.BASS, wish, BARS, others).onset % 12 == 6).any()


def test_a_waltz_in_a_song_that_swings_is_a_jazz_waltz_with_a_soft_kick() -> None:
    lines = np.arange(0, 36 * 9, 36)
    rock = Notes.of((at, key, 3, 90) for at in range(0, 36 * 8, 12) for key in (KICK, SNARE))
    wish, swung = Wish({}, {"style": {"waltz": True}}), {Stem.KEYS: SWINGING[Stem.KEYS].between(0, 36 * 8)}
    part = arranged(rock, Stem.DRUMS, wish, swung, Setting(lines, 120.0)).between(0, 36)
    assert part.onset[part.pitch == RIDE].tolist() == [0, 12, 20, 24]
    assert part.onset[part.pitch == PEDAL].tolist() == [12] and part.onset[part.pitch == KICK].tolist() == [0]
    assert part.velocity[part.pitch == KICK].max() < 0.6 * part.velocity[part.pitch == RIDE].mean()
    straight = arranged(rock, Stem.DRUMS, wish, {}, Setting(lines, 120.0)).between(0, 36)
    assert straight.onset[straight.pitch == RIDE].tolist() == [0, 12, 24] and not (straight.pitch == PEDAL).any()
