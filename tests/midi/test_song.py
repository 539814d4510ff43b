"""The beat grid of a song: bars, tempi, and the way back to ticks and seconds."""

import numpy as np

from midi_subtract.model.features import PLACE_CHANNELS, context_features, place_features
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track, bar_starts
from subtract_core.stems import Stem


def _song(**changes: object) -> Song:
    fields: dict[str, object] = {
        "tracks": [Track("b", 33, False, Notes.of([(0, 40, 12, 90), (84, 43, 24, 90)]))],
        "meters": [Meter(0, 4, 4)],
        "tempi": [(0, 120.0)],
        "ticks_per_beat": 480,
    }
    return Song(**(fields | changes))  # type: ignore[arg-type]


def test_bars_follow_the_meters_and_a_new_meter_starts_a_bar() -> None:
    meters = [Meter(0, 1, 4), Meter(12, 3, 4), Meter(84, 7, 8), Meter(126, 4, 4)]
    assert bar_starts(meters, 200).tolist() == [0, 12, 48, 84, 126, 174, 222]


def test_a_meter_change_inside_a_bar_cuts_it_short() -> None:
    assert bar_starts([Meter(0, 4, 4), Meter(60, 4, 4)], 130).tolist() == [0, 48, 60, 108, 156]


def test_bar_lines_can_be_asked_for_in_any_order() -> None:
    song = _song()
    assert song.bar_starts(100).tolist() == [0, 48, 96, 144]
    assert song.bar_starts(10).tolist() == [0, 48]
    assert song.bar_starts(48).tolist() == [0, 48]
    assert song.bar_starts(0).tolist() == [0]


def test_a_song_ends_with_the_bar_of_its_last_note() -> None:
    assert _song().last_step == 108
    assert _song().n_beats == 12


def test_steps_become_ticks_and_seconds_along_tempo_changes() -> None:
    song = _song(tempi=[(0, 120.0), (24, 60.0), (48, 240.0)], ticks_per_beat=96)
    assert song.step_to_tick(np.array([0, 1, 12])).tolist() == [0, 8, 96]
    assert np.allclose(song.step_to_seconds(np.array([0, 12, 24, 36, 48, 60])), [0, 0.5, 1.0, 2.0, 3.0, 3.25])
    assert [song.tempo_at(s) for s in (0, 23, 24, 1000)] == [120.0, 120.0, 60.0, 240.0]


def test_sound_effects_are_in_no_stem() -> None:
    effects = Track("gunshot", 127, False, Notes.of([(0, 60, 500, 90)]))
    song = _song(tracks=[effects])
    assert song.stems == {} and song.last_step == 0


def test_the_place_in_the_bar_is_told_apart_in_every_meter() -> None:
    for meter in (Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 6, 8)):
        song = _song(meters=[meter])
        place = place_features(song, 0, 12)
        assert place.shape == (12, PLACE_CHANNELS)
        beats = meter.bar_steps // 12
        assert np.allclose(place[0, :-1], place[beats, :-1], atol=1e-6)
        assert not np.allclose(place[0], place[1])


def test_a_bar_line_inside_a_beat_is_marked_with_its_position() -> None:
    place = place_features(_song(meters=[Meter(0, 7, 8)]), 0, 7)  # bars of 42 steps: lines at 0, 42, 84
    line, where = place[:, 15], place[:, 16]
    assert line.tolist() == [1, 0, 0, 1, 0, 0, 0]
    assert where[3] == 0.5


def test_context_features_tell_harmony_bass_and_drums() -> None:
    context = {
        Stem.KEYS: Notes.of([(0, 60, 12, 90), (0, 64, 12, 90)]),
        Stem.DRUMS: Notes.of([(0, 36, 1, 90), (12, 38, 1, 90)]),
    }
    features = context_features(context, 2)
    harmony, lowest, pulses = features[:, :48], features[:, 48:96], features[:, 96:].reshape(2, 12, 4)
    assert np.nonzero(harmony[0, :12])[0].tolist() == [0, 4] and harmony[1].sum() == 0
    assert np.nonzero(lowest[0, :12])[0].tolist() == [0]
    assert pulses[0, 0].tolist() == [1, 1, 0, 0] and pulses[1, 0].tolist() == [0, 0, 1, 0]
    assert context_features({}, 2).sum() == 0
