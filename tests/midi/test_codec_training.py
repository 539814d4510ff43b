"""What the codec is shown in training."""

from typing import Any

import numpy as np
import pytest

from midi_subtract.model.rolls import DRUMS
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from midi_subtract.training.train_codec import CodecTraining, _as_loud, _batch
from midi_subtract.training.train_matcher import MatcherTraining
from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem

KICK, SNARE = 36, 38


def _bass() -> Song:
    """A bass note on every beat of 32."""
    notes = Notes.of([(at, 40, 12, 90) for at in range(0, 32 * 12, 12)])
    return Song([Track("", 33, False, notes)], [Meter(0, 4, 4)], [(0, 120.0)], 480, "bass")


def _song(key: int) -> Song:
    """One drum on every beat of 32."""
    notes = Notes.of([(at, key, 3, 90) for at in range(0, 32 * 12, 12)])
    return Song([Track("", 0, True, notes)], [Meter(0, 4, 4)], [(0, 120.0)], 480, str(key))


@pytest.mark.parametrize(("overlaid", "both"), [(0.0, False), (1.0, True)])
def test_windows_are_laid_over_those_of_other_songs_as_often_as_asked(overlaid: float, both: bool) -> None:
    config = CodecTraining("", "", overlaid=overlaid)
    songs = [_song(KICK), _song(SNARE)]
    rolls = _batch(songs, {Stem.DRUMS: 1.0}, 40, config, np.random.default_rng(0)).numpy()
    classes = (rolls[..., : DRUMS.binary].sum(axis=(1, 2)) > 0).sum(axis=1)  # onset planes that sound in a window
    assert classes.min() == 1 and classes.max() == (2 if both else 1)


def test_windows_become_louder_or_softer_within_bounds_and_nothing_else_changes() -> None:
    notes = _song(KICK).stem(Stem.DRUMS)
    drawn = [_as_loud(notes, 20, np.random.default_rng(seed)) for seed in range(50)]
    changes = np.array([part.velocity - notes.velocity for part in drawn])
    assert np.abs(changes).max() <= 30 and changes.mean(axis=1).std() > 5
    assert 3 < changes.std(axis=1).mean() < 10  # notes of a window differ less than windows do
    first = drawn[0]
    assert (first.onset == notes.onset).all() and (first.duration == notes.duration).all()
    assert _as_loud(notes, 0, np.random.default_rng(0)) is notes
    loud = Notes.of([(0, KICK, 3, 127)])
    assert all(1 <= _as_loud(loud, 40, np.random.default_rng(s)).velocity[0] <= 127 for s in range(20))


def test_songs_without_the_stem_end_training_with_a_word() -> None:
    with pytest.raises(InputError, match="of 1 songs hardly any plays bass"):
        _batch([_song(KICK)], {Stem.BASS: 1.0}, 4, CodecTraining("", ""), np.random.default_rng(0))


def test_songs_that_play_only_what_is_not_wanted_are_passed_over() -> None:
    config, rng = CodecTraining("", "", transpose=0), np.random.default_rng(0)
    rolls = _batch([_bass(), _song(KICK)], {Stem.BASS: 0.0, Stem.DRUMS: 1.0}, 8, config, rng)
    assert len(rolls) == 8
    with pytest.raises(InputError, match=r"hardly any plays guitar$"):
        _batch([_bass()], {Stem.BASS: 0.0, Stem.GUITAR: 1.0}, 4, config, rng)


@pytest.mark.parametrize(
    ("kind", "raw", "message"),
    [
        (CodecTraining, {"pitched_windows": 0}, "pitched_windows is 0; choose 1 or more"),
        (CodecTraining, {"overlaid": 2}, "overlaid is 2.0; choose 0 to 1"),
        (CodecTraining, {"stem_weights": {"kazoo": 1}}, "stem_weights: 'kazoo'"),
        (CodecTraining, {"codec": {"drums": {"hidden": 0}}}, "codec.drums.hidden is 0; choose 1 or more"),
        (CodecTraining, {"trainer": {"compile": True}}, "trainer.compile is for denoisers alone; leave it out"),
        (MatcherTraining, {"bars": 0}, "bars is 0; choose 1 or more"),
        (MatcherTraining, {"model": {"layers": 0}}, "model.layers is 0; choose 1 or more"),
        (MatcherTraining, {"targets": {"bass": 0.0}}, "targets is {'bass': 0.0}; choose 0 or more for each"),
        (MatcherTraining, {"trainer": {"record": True}}, "trainer.record is for denoisers alone"),
    ],
)
def test_a_value_that_cannot_be_is_named(kind: Any, raw: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_dict(kind, {"data": "a", "validation": "b", **raw}, "my.yaml")
    assert f"my.yaml: {message}" in str(error.value)
