"""Variations of a part that are kept apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from midi_subtract.notes import Notes

PLACES = {1: 0, 2: 0, 3: 6, 4: 6, 5: 3, 6: 9}
"""Seed -> the step of the beat on which a part strikes; equal ones are nearly one part."""


def _part(seed: int) -> Any:
    """A stroke a beat, of which a few lie elsewhere."""
    rows = [(12 * beat + PLACES[seed], 36, 3, 90) for beat in range(32)]
    notes = Notes.of([*rows, (12 * seed, 42, 3, 90)])
    return SimpleNamespace(notes=notes, part=SimpleNamespace(is_drum=True), report=SimpleNamespace(seed=seed))


def _seeds(seeds: list[int], may_be_alike: bool = False) -> list[int]:
    """The seeds of the parts that are kept."""
    from msub.backends import MidiBackend
    from msub.variations import Variations

    variations = Variations(MidiBackend.__new__(MidiBackend), seeds, may_be_alike)
    return [variations.add(_part, seed).report.seed for seed in seeds]


@pytest.mark.parametrize(
    ("seeds", "kept"),
    [
        ([1, 3], [1, 3]),
        ([1, 2], [1, 3]),
        ([1, 2, 3, 4], [1, 5, 3, 6]),
        ([3, 4], [3, 5]),
        ([1], [1]),
    ],
)
def test_a_variation_that_is_nearly_an_earlier_one_has_another_seed(seeds: list[int], kept: list[int]) -> None:
    assert _seeds(seeds) == kept


def test_of_variations_that_are_all_alike_the_least_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PLACES", dict.fromkeys(range(1, 5), 0))
    assert _seeds([1, 2])[0] == 1 and len(_seeds([1, 2])) == 2


def test_bars_that_go_on_as_their_song_does_may_be_alike() -> None:
    assert _seeds([1, 2], may_be_alike=True) == [1, 2]


def test_silent_variations_are_not_compared() -> None:
    from msub.backends import MidiBackend

    silent = SimpleNamespace(notes=Notes.empty(), part=SimpleNamespace(is_drum=True))
    assert MidiBackend.likeness(_part(1), [silent, _part(2)]) > 0.9
    assert MidiBackend.likeness(silent, [_part(1)]) == 0 == MidiBackend.likeness(_part(1), [silent])
