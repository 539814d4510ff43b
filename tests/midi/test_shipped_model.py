"""The model that comes with the package: every stem that it says it writes is a part that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from midi_subtract.inserter import MidiInserter
from midi_subtract.metrics import in_harmony, notes_per_bar
from midi_subtract.programs import PLAYABLE_RANGE
from midi_subtract.reader import read_song
from subtract_core.stems import STEMS, Stem

SONG = Path(__file__).parents[2] / "examples" / "neon_groove.mid"


@pytest.fixture(scope="module")
def shipped() -> MidiInserter:
    return MidiInserter.from_pretrained(device="cpu")


@pytest.mark.parametrize("stem", STEMS, ids=lambda s: s.value)
def test_every_stem_is_played_in_range_and_in_harmony(stem: Stem, shipped: MidiInserter) -> None:
    result = shipped(SONG, stem, seed=5, replace_existing=True)
    low, high = PLAYABLE_RANGE[stem]
    assert low <= result.notes.pitch.min() <= result.notes.pitch.max() <= high
    assert notes_per_bar(result.notes, result.report.bars) > 1.5
    song = read_song(SONG.read_bytes(), SONG.name)
    others = [notes for other, notes in song.stems.items() if other not in (stem, Stem.DRUMS)]
    if stem is not Stem.DRUMS:
        tritone_off = result.notes.shifted(semitones=6)
        assert in_harmony(result.notes, others, song.n_beats) > 0.7 > in_harmony(tritone_off, others, song.n_beats)
