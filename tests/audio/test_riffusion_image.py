"""Riffusion's image: its values, which way up it is, and how much of a sound it keeps."""

from __future__ import annotations

import importlib.util
from itertools import pairwise

import numpy as np
import pytest
import torch

from audio_subtract.metrics import log_spectral_distance, onset_correlation
from audio_subtract.model.spectrogram import RATE
from audio_subtract.riffusion.image import (
    BANDS,
    HOP,
    N_FFT,
    WIDTH,
    WINDOW,
    band_magnitude,
    frames_of,
    from_image,
    linear_magnitude,
    mel_filters,
    to_image,
)
from audio_subtract.riffusion.inserter import added, phases_of, to_sound, window_starts


def _tone(hertz: float, seconds: float = 1.0) -> torch.Tensor:
    return 0.3 * torch.sin(2 * torch.pi * hertz * torch.arange(round(seconds * RATE)) / RATE)


def test_tones_of_grey_are_those_of_riffusion_and_upside_down() -> None:
    magnitude = torch.tensor([[0.0, 2.0], [1 / 8, 32.0], [2 / 10_000, 1.0]])
    image = to_image(magnitude, 2.0)
    assert image[2].tolist() == [255.0, 0.0]  # the lowest band is at the bottom; silence is white
    assert image[1].tolist() == [127.5, 0.0]  # a sixteenth of the maximum; nothing is blacker than black
    assert image[0].tolist() == pytest.approx([229.5, 255 * (1 - 0.5**0.25)], abs=1e-3)
    assert torch.allclose(from_image(image, 2.0), magnitude.clamp(max=2.0), rtol=1e-4)


def test_an_image_is_as_wide_as_five_seconds_and_twelve_hundredths() -> None:
    assert (WIDTH * HOP / RATE, WINDOW / RATE, N_FFT / RATE) == (5.12, 0.1, 0.4)
    assert frames_of(WIDTH * HOP - 1) == WIDTH and band_magnitude(torch.zeros(RATE)).shape == (BANDS, frames_of(RATE))


@pytest.mark.parametrize("hertz", [55.0, 1000.0, 9000.0])
def test_a_tone_lies_in_its_band(hertz: float) -> None:
    image = to_image(band_magnitude(_tone(hertz)), 1e4)
    mels = 2595 * np.log10(1 + np.array([hertz, 10_000.0]) / 700)
    band = round(float(mels[0] / mels[1] * (BANDS + 1))) - 1
    assert abs(int(image[:, 50].argmin()) - (BANDS - 1 - band)) <= 1


def test_nothing_above_ten_kilohertz_is_seen() -> None:
    seen, unseen = (float(band_magnitude(_tone(hertz))[:, 20:80].max()) for hertz in (9_500.0, 10_500.0))
    assert unseen < 1e-3 * seen


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="needs msub[hub]")
def test_bands_are_those_of_htk_without_norm() -> None:
    from transformers.audio_utils import mel_filter_bank

    theirs = mel_filter_bank(N_FFT // 2 + 1, BANDS, 0.0, 10_000.0, RATE, norm=None, mel_scale="htk").T
    ours = mel_filters().numpy()
    assert np.abs(theirs[:, : ours.shape[1]] - ours).max() < 1e-6 and not theirs[:, ours.shape[1] :].any()
    assert (ours.sum(axis=1) > 0).all()


def test_blocks_of_a_long_sound_are_those_of_the_whole() -> None:
    sound = torch.from_numpy(np.random.default_rng(0).normal(0, 0.1, 6 * RATE).astype(np.float32))
    window = torch.hann_window(WINDOW)
    whole = torch.stft(sound, N_FFT, HOP, WINDOW, window, center=True, pad_mode="reflect", return_complex=True)
    filters = mel_filters()
    assert torch.allclose(band_magnitude(sound), filters @ whole[: filters.shape[1]].abs(), atol=1e-4, rtol=1e-4)


def test_sound_comes_back_from_eight_bits() -> None:
    count = 2 * RATE + 77
    pulses = np.exp(-12 * ((np.arange(count) / RATE) % 0.5)) + 0.02
    noise = np.random.default_rng(1).normal(0, 0.1, count) * pulses
    low = torch.from_numpy(noise.astype(np.float32))
    spectrum = torch.fft.rfft(low)
    spectrum[int(9_500 * count / RATE) :] = 0  # the image ends at 10 kHz
    sound = torch.fft.irfft(spectrum, count)
    bands = band_magnitude(sound)
    image = to_image(bands, float(bands.max())).round()
    back = to_sound(from_image(image, float(bands.max())), count)
    assert len(back) == count and onset_correlation(back.numpy(), sound.numpy()) > 0.6
    again = to_image(band_magnitude(back), float(bands.max()))
    assert float((again - image).abs().mean()) < 8
    heard = (back, sound)
    kept = [torch.fft.irfft(torch.fft.rfft(s)[: int(9_500 * count / RATE)]).numpy() for s in heard]
    assert log_spectral_distance(*kept) < 9


def test_bins_have_the_magnitudes_of_their_bands() -> None:
    bands = band_magnitude(_tone(440.0))
    linear = linear_magnitude(bands)[:, 20:80]
    assert (linear.argmax(dim=0) == 44).all()  # bins of 10 Hz
    assert float(linear.max()) == pytest.approx(0.3, rel=0.3)


def test_windows_cover_a_song_and_end_with_it() -> None:
    assert window_starts(WIDTH) == [0]
    for width in (576, 896, 960, 6400):
        starts = window_starts(width)
        assert starts[0] == 0 and starts[-1] + WIDTH == width
        assert all(a < b <= a + WIDTH - 128 and b % 64 == 0 for a, b in pairwise(starts))


def test_only_what_a_mix_has_beyond_the_song_is_the_stem() -> None:
    song = torch.rand(BANDS, 40) + 0.5
    assert not added(3 * song, song).any()  # whatever its scale
    assert not added(3 * song * (1 + 0.1 * torch.rand_like(song)), song).any()
    assert not added(torch.zeros_like(song), song).any() and not added(song, torch.zeros_like(song)).any()
    stem = torch.zeros_like(song)
    stem[100:150, 10:20] = 4.0
    found = added(3 * (song**2 + stem**2).sqrt(), song)
    assert torch.allclose(found, stem, atol=1e-3)


def test_known_phases_bring_the_sound_itself_back() -> None:
    sound = _tone(440.0) + _tone(1250.0)
    bands = band_magnitude(sound)
    inside = slice(RATE // 4, -RATE // 4)
    kept, guessed = (to_sound(bands, len(sound), 0, start)[inside] for start in (phases_of(sound), None))
    assert float(torch.corrcoef(torch.stack([kept, sound[inside]]))[0, 1]) > 0.95
    assert float((kept - sound[inside]).pow(2).sum()) < float((guessed - sound[inside]).pow(2).sum())
