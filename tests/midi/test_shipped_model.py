"""The models that come with the package: every stem that one says it writes is a part that fits."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.metrics import in_harmony, notes_per_bar
from midi_subtract.programs import PLAYABLE_RANGE
from subtract_core.stems import STEMS, Stem
from tests.cli.material import smf

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


@pytest.mark.parametrize("stem", [Stem.BASS, Stem.DRUMS])
def test_a_section_that_speaks_of_loudness_leaves_no_bar_before_it_empty(stem: Stem) -> None:
    chords = [
        (1920 * bar, 1920 * bar + 1900, p + (0, 5, -2, 3)[bar % 4], 70) for bar in range(24) for p in (60, 64, 67)
    ]
    keys = smf(encode_track("keys", 0, 0, chords))
    notes = shipped("default")(keys, stem, seed=1, sections={17: "louder"}, tries=1).notes
    assert set(range(24)) - set((notes.onset // 48).tolist()) <= {23}


@pytest.mark.parametrize("stem", [Stem.BASS, Stem.GUITAR])
def test_over_drums_alone_parts_go_by_the_chords_that_are_given(stem: Stem) -> None:
    beats = [(480 * beat, 480 * beat + 60, (36, 38)[beat % 2], 90) for beat in range(32)]
    drums = smf(encode_track("drums", 0, 9, beats))
    parts = [shipped("default")(drums, stem, seed=seed, chords="Dm Bb F C").notes for seed in (5, 6)]
    sheet = LeadSheet.parse("Dm Bb F C").heard_in(read_song(drums), stem).stem(Stem.KEYS)
    fit, beside = (mean(in_harmony(part.shifted(semitones=n), [sheet], 32) for part in parts) for n in (0, 6))
    assert fit > 0.7 > 0.4 > beside
