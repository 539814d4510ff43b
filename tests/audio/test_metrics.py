"""Measures on sounds whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from audio_subtract.metrics import (
    FASTEST,
    SLOWEST,
    beat_f1,
    beats,
    clear_period,
    envelope_beats,
    envelope_tempo,
    is_exact,
    leakage,
    onset_envelope,
    sounding_share,
    tempo,
    tempo_candidates,
)
from tests.audio.sounds import RATE, clicks


def _noise(seconds: float, seed: int, peak: float = 0.1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, peak, round(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_sum_is_exact_or_it_is_not(dtype: type) -> None:
    rng = np.random.default_rng(0)
    scale = 10_000 if np.issubdtype(dtype, np.integer) else 0.3
    song: np.ndarray = (rng.uniform(-1, 1, (1000, 2)) * scale).astype(dtype)
    stem: np.ndarray = (rng.uniform(-1, 1, (1000, 2)) * scale).astype(dtype)
    mix = (song + stem).astype(dtype)
    assert is_exact(mix, song, stem)
    assert not is_exact(mix[:-1], song, stem)
    wrong = mix.copy()
    wrong[500, 1] += dtype(1) if scale > 1 else dtype(1e-4)
    assert not is_exact(wrong, song, stem)


@pytest.mark.parametrize("bpm", [80.0, 120.0, 150.0])
def test_tempo_and_beats_of_a_metronome(bpm: float) -> None:
    sound = clicks(12 * RATE, every=60 / bpm)
    assert tempo(sound) == pytest.approx(bpm, rel=0.01)
    true = np.arange(0, 12, 60 / bpm)
    assert beat_f1(beats(sound), true) > 0.95


@pytest.mark.parametrize("seed", range(40))
def test_swells_without_a_beat_have_a_tempo_that_was_looked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slow = np.convolve(rng.normal(size=900), np.hanning(int(rng.integers(40, 200))), mode="same")
    envelope = np.maximum(slow, 0)
    assert SLOWEST - 1 <= envelope_tempo(envelope) <= FASTEST + 5
    times = envelope_beats(envelope)
    assert (np.diff(times) > 0).all()


def test_beats_of_noise_do_not_follow_a_metronome_and_silence_has_none() -> None:
    true = np.arange(0, 12, 0.5)
    assert beat_f1(beats(_noise(12.0, 0)), true) < 0.7
    assert len(beats(np.zeros(4 * RATE))) == 0


def test_beats_are_matched_once_and_within_70_ms() -> None:
    true = np.array([1.0, 2.0, 3.0, 4.0])
    assert beat_f1(true, true) == 1
    assert beat_f1(true + 0.069, true) == 1 and beat_f1(true + 0.071, true) == 0
    assert beat_f1(np.array([1.0, 1.01, 1.02, 2.0]), true) == pytest.approx(2 * 2 / 8)
    assert beat_f1(np.zeros(0), true) == 0


def test_silence_is_found_where_the_truth_sounds() -> None:
    truth = np.concatenate([_noise(4.0, 0), np.zeros(4 * RATE, np.float32)])
    half = np.concatenate([_noise(2.0, 1), np.zeros(2 * RATE, np.float32), _noise(4.0, 2)])
    assert sounding_share(truth, truth) == 1 and sounding_share(half, truth) == pytest.approx(0.5)
    assert np.isnan(sounding_share(half, np.zeros_like(truth)))


def test_leakage_is_one_of_the_song_itself_and_little_of_another_sound() -> None:
    song = _noise(4.0, 0) * np.interp(np.arange(4 * RATE), [0, 2 * RATE, 4 * RATE], [0, 1, 0]).astype(np.float32)
    other = clicks(4 * RATE)
    assert leakage(song * 0.3, song) == pytest.approx(1.0, abs=1e-3)
    assert leakage(other, song) < 0.1
    shares = [leakage(other + a * song, song) for a in (0.0, 0.1, 0.5, 2.0)]
    assert shares == sorted(shares)
    assert leakage(np.zeros_like(song), song) == 0


def test_a_tempo_that_may_be_another_comes_with_it_and_noise_has_none() -> None:
    for every, likely in ((0.6, [100]), (0.4, [150, 75])):
        assert tempo_candidates(onset_envelope(clicks(20 * RATE, every=every))) == [
            pytest.approx(bpm, rel=0.01) for bpm in likely
        ]
    for seed, seconds in ((0, 3), (1, 10), (2, 30)):
        assert tempo_candidates(onset_envelope(_noise(seconds, seed))) == []
    assert tempo_candidates(np.zeros(500)) == []


def test_a_steady_bass_has_a_clear_pitch_and_what_trembles_has_none() -> None:
    at = np.arange(3 * RATE) / RATE
    number = np.arange(1, 8)[:, None]
    tone = (np.sin(2 * np.pi * 55 * number * at) / number).sum(axis=0)
    assert clear_period(tone) == 1.0
    rest = np.concatenate([tone, np.zeros(2 * RATE)])
    assert clear_period(rest) > 0.95, "rests are no moments"
    trembling = np.convolve(_noise(3.0, seed=0), np.hanning(200), mode="same")  # noise as low as a bass
    assert clear_period(trembling) < 0.1
    half = np.concatenate([tone / tone.std(), trembling / trembling.std()])
    assert 0.4 < clear_period(half) < 0.6
    assert clear_period(tone + 3 * np.sin(2 * np.pi * 5000 * at)) == 1.0, "what is higher does not count"
    assert np.isnan(clear_period(np.zeros(RATE))) and np.isnan(clear_period(tone[: RATE // 20]))
