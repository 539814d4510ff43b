"""The front end: levels one can check by hand, and sound that comes back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audio_subtract.metrics import log_spectral_distance, onset_correlation, onset_envelope
from audio_subtract.model.phase import BLOCK, griffin_lim, peak_phases, to_sound
from audio_subtract.model.spectrogram import (
    FLOOR,
    RATE,
    SpectrogramConfig,
    hz_to_mel,
    istft,
    linear_magnitude,
    log_mel,
    mel_filters,
    mel_to_hz,
    mixed,
    stft,
    to_power,
)
from tests.audio.sounds import clicks, song

CONFIG = SpectrogramConfig()


def _tone(hz: float, seconds: float = 1.0) -> torch.Tensor:
    return torch.sin(2 * np.pi * hz * torch.arange(round(seconds * RATE)) / RATE).float()


def test_mel_scale_is_slaneys() -> None:
    hz = torch.tensor([0.0, 500.0, 1000.0, 6400.0, 20_000.0])
    assert torch.allclose(hz_to_mel(hz)[:4], torch.tensor([0.0, 7.5, 15.0, 42.0]), atol=1e-4)
    assert torch.allclose(mel_to_hz(hz_to_mel(hz)), hz, rtol=1e-5)


@pytest.mark.parametrize("mels", [64, 128, 256])
def test_filters_are_means_and_none_is_empty(mels: int) -> None:
    filters = mel_filters(SpectrogramConfig(mels=mels))
    assert filters.shape == (mels, 1025) and (filters >= 0).all()
    assert torch.allclose(filters.sum(dim=1), torch.ones(mels), atol=1e-5)
    peaks = filters.argmax(dim=1)
    assert (peaks[1:] >= peaks[:-1]).all()


def test_full_scale_sine_is_0_db_in_its_bin_and_transform_is_invertible() -> None:
    hz = 100 * RATE / CONFIG.n_fft
    spectrum = stft(_tone(hz), CONFIG)
    assert spectrum.abs()[100, 40].item() == pytest.approx(1.0, abs=1e-3)
    assert torch.allclose(istft(spectrum, CONFIG, RATE), _tone(hz), atol=1e-4)


def test_levels_peak_at_the_tone_and_silence_is_the_floor() -> None:
    levels = log_mel(torch.cat([_tone(1000.0), torch.zeros(RATE)]), CONFIG)
    assert levels.shape == (CONFIG.frames(2 * RATE), CONFIG.mels)
    low, high = hz_to_mel(torch.tensor([CONFIG.lowest, CONFIG.highest]))
    edges = torch.linspace(float(low), float(high), CONFIG.mels + 2)
    wanted = int((mel_to_hz(edges[1:-1]) - 1000).abs().argmin())
    assert int(levels[40].argmax()) == wanted and levels[40].max() > -10
    assert (levels[-40:] == FLOOR).all()


def test_long_songs_go_through_in_blocks_that_do_not_show() -> None:
    sound = torch.from_numpy(song(3.0)[:, 0].astype(np.float32))
    assert torch.allclose(log_mel(sound, CONFIG), log_mel(sound, CONFIG, block=40 * 512), atol=1e-3)


def test_half_the_amplitude_is_6_db_less_and_mixes_add_powers() -> None:
    tone = _tone(440.0)
    whole, half = log_mel(tone, CONFIG), log_mel(tone / 2, CONFIG)
    loud = whole > -60
    assert torch.allclose((whole - half)[loud], torch.tensor(6.0206), atol=1e-2)
    noise = torch.randn(2, RATE, generator=torch.Generator().manual_seed(0)) * 0.1
    together = mixed([log_mel(n, CONFIG) for n in noise])
    apart = (together - log_mel(noise.sum(dim=0), CONFIG))[5:-5].mean(dim=0)
    assert apart[200:].abs().max() < 0.7 and apart.abs().max() < 2.5  # narrow bands hold too few bins to average


def test_magnitudes_have_the_levels_asked_for() -> None:
    levels = log_mel(torch.from_numpy(song(1.0)[:, 0].astype(np.float32)), CONFIG)
    found = mel_filters(CONFIG) @ linear_magnitude(levels, CONFIG) ** 2
    loud = levels.T > -60
    assert (10 * torch.log10(found[loud]) - levels.T[loud]).abs().mean() < 1.0
    assert (to_power(torch.full((3, 128), FLOOR)) == 0).all()


def test_griffin_lim_finds_phases() -> None:
    sound = torch.from_numpy(song(2.0)[:, 0].astype(np.float32))
    magnitude = stft(sound, CONFIG).abs()
    generator = torch.Generator().manual_seed(0)
    random = torch.polar(torch.ones_like(magnitude), 6.28 * torch.rand(magnitude.shape, generator=generator))
    errors = []
    for start, rounds in ((random, 0), (random, 32), (None, 0), (None, 32)):
        found, _ = griffin_lim(magnitude, CONFIG, rounds, generator, start=start)
        errors.append(float((stft(found, CONFIG).abs() - magnitude).norm() / magnitude.norm()))
    assert errors[1] < 0.15 < 0.3 < errors[0]
    assert errors[3] < errors[1] and errors[2] < 0.7 * errors[0]  # peaks go on as the sines that they are


@pytest.mark.parametrize("hertz", [82.4, 301.0, 2217.5])
def test_peaks_go_on_as_sines_of_their_frequency(hertz: float) -> None:
    magnitude = stft(_tone(hertz, 1.0), CONFIG).abs()
    angle = peak_phases(magnitude, CONFIG, torch.Generator().manual_seed(0))
    found = istft(torch.polar(magnitude, angle), CONFIG)[RATE // 4 : 3 * RATE // 4]
    spectrum = torch.fft.rfft(found * torch.hann_window(len(found)), 8 * RATE).abs()
    assert float(spectrum.argmax()) / 8 == pytest.approx(hertz, abs=1.5)
    power = found.unfold(0, 1024, 512).pow(2).mean(dim=1)
    assert float(power.min()) > 0.6 * float(power.max())  # frames add up, they do not cancel out


def test_phases_go_on_from_known_frames() -> None:
    spectrum = stft(_tone(301.0, 1.0), CONFIG)
    generator = torch.Generator().manual_seed(0)
    known = spectrum[:, :20]
    angle = peak_phases(spectrum.abs(), CONFIG, generator, known)
    assert torch.equal(angle[:, :20], known.angle())
    found = istft(torch.polar(spectrum.abs(), angle), CONFIG)
    true = istft(spectrum, CONFIG)
    after = slice(20 * CONFIG.hop, 30 * CONFIG.hop)
    assert float(torch.corrcoef(torch.stack([found[after], true[after]]))[0, 1]) > 0.9
    silence = peak_phases(torch.zeros(CONFIG.n_fft // 2 + 1, 5), CONFIG, generator)
    assert silence.shape == (CONFIG.n_fft // 2 + 1, 5) and bool(silence.isfinite().all())


def test_sound_comes_back_from_its_levels_with_its_length_and_onsets() -> None:
    count = 3 * RATE + 123
    pulses = np.exp(-12 * ((np.arange(count) / RATE) % 0.5)) + 0.02  # struck twice a second
    sound = (np.random.default_rng(1).normal(0, 0.1, count) * pulses).astype(np.float32)
    back = to_sound(log_mel(torch.from_numpy(sound), CONFIG), CONFIG, count).numpy()
    assert len(back) == count
    assert log_spectral_distance(back, sound) < 9 and onset_correlation(back, sound) > 0.6


def test_blocks_of_a_long_sound_do_not_show() -> None:
    seconds = (BLOCK + 60) * CONFIG.hop / RATE
    tone = _tone(300.0, seconds) * 0.3
    back = to_sound(log_mel(tone, CONFIG), CONFIG, len(tone), rounds=16)
    border = BLOCK * CONFIG.hop
    power = back.unfold(0, 2048, 512).pow(2).mean(dim=1)
    around = power[(border - 20 * 512) // 512 : (border + 16 * 512) // 512]
    assert float(around.min()) > 0.25 * float(power[20:-20].median())


def test_same_seed_same_sound() -> None:
    levels = log_mel(torch.from_numpy(clicks(RATE)), CONFIG)
    a, b, c = (to_sound(levels, CONFIG, RATE, seed=s, rounds=4) for s in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_distance_of_the_same_is_0_and_of_half_the_amplitude_6_db() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert log_spectral_distance(noise, noise) == 0
    assert log_spectral_distance(noise / 2, noise) == pytest.approx(6.02, abs=0.05)


def test_onsets_are_where_they_are_and_a_delay_shows() -> None:
    sound = clicks(4 * RATE)
    envelope = onset_envelope(sound)
    peaks = np.flatnonzero(envelope > envelope.max() / 3) * 256 / RATE
    assert all(min(abs(peaks - t)) < 0.02 for t in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5))
    assert onset_correlation(sound, sound) == pytest.approx(1.0)
    late = np.roll(sound, 3 * 256)  # 17 ms
    assert onset_correlation(late, sound) > 0.9 > 0.2 > onset_correlation(np.roll(sound, RATE // 4), sound)
    assert onset_correlation(np.zeros_like(sound), sound) == 0.0


@pytest.mark.parametrize("given", [{"hop": 0}, {"mels": 0}, {"n_fft": 0}])
def test_a_spectrogram_of_nothing_is_named(given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"n_fft, hop, mels are .*; choose 1 or more for each"):
        SpectrogramConfig(**given)
