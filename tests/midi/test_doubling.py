"""Parts that are another part once more, and what is done about it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from midi_subtract.inserter import MidiInserter
from midi_subtract.model.pipeline import MidiPipeline
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.doubling import asks_for_doubling, doubled, excess
from midi_subtract.playing.usual import APART
from midi_subtract.song import Meter, Song, Track
from subtract_core.model.sampler import sample
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.midi.conftest import EXAMPLES

TUNE = Notes.of([(12 * i, 60 + i, 12, 90) for i in range(8)])


def test_a_part_doubles_others_where_it_strikes_their_pitches_with_them() -> None:
    assert doubled(TUNE, [TUNE]) == 1.0 and excess(TUNE, [TUNE]) == 1.0
    assert doubled(TUNE.shifted(semitones=12), [TUNE]) == 0.0, "an octave apart"
    assert doubled(TUNE.shifted(6), [TUNE]) == 0.0
    half = [TUNE.select(TUNE.pitch < 62), TUNE.select(TUNE.pitch > 65)]
    assert doubled(TUNE, half) == 0.5 and excess(TUNE, half) == 0.0, "as people do"
    assert doubled(Notes.empty(), [TUNE]) == doubled(TUNE, []) == 0.0


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("a synth lead in unison with the vocal", True),
        ("strings doubling the melody", True),
        ("double the guitar riff", True),
        ("a double-time feel", False),
        ("double bass, walking", False),
        ("a counter-melody", False),
        ("don't double the guitar", False),
        ("no doubling", False),
        ("not in unison with the keys", False),
        ("loud, without doubling the melody", False),
        ("not too loud and in unison with the keys", True),
        ("no fills, doubling the melody", True),
    ],
)
def test_sentences_ask_for_doubling(sentence: str, asks: bool) -> None:
    assert asks_for_doubling(["busy", sentence]) is asks


@pytest.mark.parametrize(
    ("stem", "settings", "again"),
    [
        ("strings", {}, True),
        ("bass", {}, False),
        ("strings", {"prompt": "long notes in unison with the keys"}, False),
        ("strings", {"only": [(1, 4)]}, False),  # as the part does elsewhere
    ],
)
def test_copies_of_other_parts_are_drawn_anew_as_what_sets_them_apart(
    random_pipeline: MidiPipeline, monkeypatch: pytest.MonkeyPatch, stem: str, settings: dict[str, Any], again: bool
) -> None:
    told = []

    def noted(denoiser: Any, condition: Any, *rest: Any) -> Any:
        told.append(condition.text)
        return sample(denoiser, condition, *rest)

    monkeypatch.setattr("midi_subtract.drawing.sample", noted)
    monkeypatch.setattr("midi_subtract.drawing.excess", lambda notes, others: float(len(others) > 0))
    monkeypatch.setattr(Asked, "missed", lambda self, notes: 0.0)
    MidiInserter(random_pipeline)(EXAMPLES / "night_drive.mid", stem, seed=1, tries=2, **settings)
    assert len(told) == 1 + again
    if again:
        assert told[0] is None and np.array_equal(told[1][0, 0].numpy(), APART[Stem.parse(stem, "stem")].vector())


CHORDS = Notes.merge([TUNE, TUNE.shifted(semitones=-4), TUNE.shifted(semitones=-9)])


@pytest.mark.parametrize(
    ("stem", "wish", "voices"),
    [(Stem.LEAD, Wish(), 1), (Stem.STRINGS, Wish(), 3), (Stem.LEAD, Wish({"polyphony": 0.5}), 3)],
)
def test_a_lead_of_which_nothing_else_is_asked_is_its_highest_voice(stem: Stem, wish: Wish, voices: int) -> None:
    song = Song([Track("keys", 0, False, TUNE)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    part = Asked.of(song, stem, wish).as_players_do(CHORDS)
    assert len(part) == voices * len(TUNE)
    assert voices > 1 or part.pitch.tolist() == TUNE.pitch.tolist()


def test_a_brass_section_plays_more_than_one_voice(random_pipeline: MidiPipeline) -> None:
    inserter = MidiInserter(replace(random_pipeline))
    rows = inserter(EXAMPLES / "night_drive.mid", "lead", prompt="brass section", seed=1, tries=1).report.facts
    assert any(row.fact == "polyphony" and row.asked == "some chords" for row in rows)
