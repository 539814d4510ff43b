"""Crashes asked for mark sections and phrases, and leave the hats to keep the time."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.listening.drum_figures import KIT_STROKES_A_BAR, kit_strokes
from midi_subtract.notes import Notes, same
from midi_subtract.playing.crashes import crash_bars, with_crashes
from midi_subtract.playing.finishing import finish
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KICK, HAT, CRASH, RIDE = 36, 42, 49, 51
BARS = np.arange(0, 48 * 25, 48)
CRASHES = Wish({}, {"kit": {"crashes": True}})
SECTIONS = {
    Stem.KEYS: Notes.of(
        (48 * bar + at, p + 12 * (bar >= 10), 6, 80)
        for bar in range(24)
        for at in ((0, 24) if bar < 10 else range(0, 48, 6))
        for p in ((48, 52, 55) if bar < 10 else (50, 54, 57))
    )
}


def _overdone(keeper: int = HAT) -> Notes:
    """Kick and crash on every beat, and a few strokes that keep the time."""
    beats = [(12 * beat, key, 3, v) for beat in range(96) for key, v in ((KICK, 90), (CRASH, 110))]
    return Notes.of([*beats, *((48 * bar + 6, keeper, 3, 60) for bar in range(24))])


@pytest.mark.parametrize(
    ("played", "borders", "crashes"),
    [
        (range(9), [], [0, 4, 8]),
        (range(12), [6], [0, 4, 6, 10]),
        (range(12), [5], [0, 5, 9]),
        ([0, 1, 6, 7, 8, 9], [4], [0, 6]),
        ([3], [], [3]),
        ([], [2], []),
    ],
)
def test_sections_and_every_fourth_bar_of_them_begin_with_a_crash(
    played: list[int], borders: list[int], crashes: list[int]
) -> None:
    assert crash_bars(list(played), borders) == crashes


@pytest.mark.parametrize("borders", [[], [5, 10, 15, 20], [4, 9, 16]])
def test_that_is_often_enough_to_be_named(borders: list[int]) -> None:
    part = with_crashes(_overdone(), BARS, borders)
    assert kit_strokes(part, BARS)["crashes"] >= KIT_STROKES_A_BAR["crashes"]


@pytest.mark.parametrize("keeper", [HAT, RIDE])
def test_a_model_that_overdoes_crashes_keeps_the_time_instead(keeper: int) -> None:
    overdone = _overdone(keeper)
    part = finish(overdone, Stem.DRUMS, CRASHES, BARS, SECTIONS)
    crashes = part.select(part.pitch == CRASH)
    assert (crashes.onset // 48).tolist() == [0, 4, 8, 10, 14, 18, 22] and not (crashes.onset % 48).any()
    time = part.select(part.pitch == keeper)
    assert len(time) == 24 + 96 - len(crashes) and set(time.velocity.tolist()) == {60}
    assert same(part.select(part.pitch == KICK), overdone.select(overdone.pitch == KICK))
    assert same(finish(part, Stem.DRUMS, CRASHES, BARS, SECTIONS), part)


def test_two_crashes_at_once_off_a_border_are_one_hat() -> None:
    other = 57
    rows = [(12 * beat, KICK, 3, 90) for beat in range(16)] + [(6, HAT, 3, 60), (72, CRASH, 3, 110)]
    part = with_crashes(Notes.of([*rows, (72, other, 3, 110)]), BARS[:5], [])
    hats = part.select(part.pitch == HAT)
    assert hats.onset.tolist() == [6, 72] and not len(part.select(part.pitch == other))


def test_crashes_of_which_nobody_speaks_stay() -> None:
    part = finish(_overdone(), Stem.DRUMS, Wish({}, {"kit": {"hi-hat": True}}), BARS, SECTIONS)
    assert (part.pitch == CRASH).sum() == 96
