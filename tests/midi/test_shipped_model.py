"""The models that come with the package: every stem that one says it writes is a part that fits."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from midi_subtract.inserter import MidiInserter
from midi_subtract.metrics import in_harmony, notes_per_bar
from midi_subtract.programs import PLAYABLE_RANGE
from midi_subtract.reader import read_song
from subtract_core.stems import STEMS, Stem

SONG = Path(__file__).parents[2] / "examples" / "neon_groove.mid"

WRITES = {"default": STEMS, "open": STEMS}
PARTS = [pytest.param(name, stem, id=f"{name}-{stem.value}") for name, stems in WRITES.items() for stem in stems]


@cache
def shipped(name: str) -> MidiInserter:
    return MidiInserter.from_pretrained(name, device="cpu")


@pytest.mark.parametrize("name", WRITES)
def test_a_model_says_which_stems_it_writes(name: str) -> None:
    assert shipped(name).pipeline.stems == WRITES[name]


@pytest.mark.parametrize(("name", "stem"), PARTS)
def test_every_stem_is_played_in_range_and_in_harmony(name: str, stem: Stem) -> None:
    result = shipped(name)(SONG, stem, seed=5, replace_existing=True)
    low, high = PLAYABLE_RANGE[stem]
    assert low <= result.notes.pitch.min() <= result.notes.pitch.max() <= high
    assert notes_per_bar(result.notes, result.report.bars) > 1.5
    song = read_song(SONG.read_bytes(), SONG.name)
    others = [notes for other, notes in song.stems.items() if other not in (stem, Stem.DRUMS)]
    if stem is not Stem.DRUMS:
        tritone_off = result.notes.shifted(semitones=6)
        assert in_harmony(result.notes, others, song.n_beats) > 0.6 > in_harmony(tritone_off, others, song.n_beats)
