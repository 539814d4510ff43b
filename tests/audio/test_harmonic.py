"""Basses: which note is heard in levels, and sound whose harmonics are those of that note."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from audio_subtract.listening.pitch import BassPitch, PitchConfig, bundled_pitch, likeliest_line
from audio_subtract.model.harmonic import line_to_sound, source, stem_to_sound
from audio_subtract.model.phase import griffin_lim, to_sound
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, log_mel, stft
from subtract_core.stems import Stem

LEVELS = SpectrogramConfig()
NOTES = (33, 40, 38, 45)


def bass(*pitches: int, seconds: float = 0.6) -> np.ndarray:
    """float32 [samples]: plucked tones, one after another."""
    time = np.arange(round(seconds * RATE)) / RATE
    notes = []
    for pitch in pitches:
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        numbers = range(1, int(3000 / hertz))
        notes.append(sum(np.cos(2 * np.pi * hertz * k * time + k) / k for k in numbers) * np.exp(-2 * time))
    return 0.2 * np.concatenate(notes).astype(np.float32)


def levels_of(sound: np.ndarray) -> Tensor:
    return log_mel(torch.from_numpy(sound), LEVELS)


def regularity(sound: np.ndarray, hertz: float) -> float:
    """Correlation of a sound with itself a period later, over its middle."""
    lag, middle = round(RATE / hertz), sound[len(sound) // 4 : 3 * len(sound) // 4]
    return float(np.corrcoef(middle[lag:], middle[:-lag])[0, 1])


def test_a_line_stays_through_a_doubtful_moment_and_moves_for_good() -> None:
    logs = np.log(np.array([[0.9, 0.1]] * 4 + [[0.4, 0.6]] + [[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 6))
    assert likeliest_line(logs, 3.0).tolist() == [0] * 9 + [1] * 6
    assert likeliest_line(logs, 0.0).tolist() == [0] * 4 + [1] + [0] * 4 + [1] * 6
    assert likeliest_line(logs[:1], 3.0).tolist() == [0]


def test_the_notes_of_a_bass_are_heard_however_loud() -> None:
    level = levels_of(bass(*NOTES))
    true = np.repeat(NOTES, math.ceil(len(level) / len(NOTES)))[: len(level)]
    for quieter in (0.0, 25.0):
        line = bundled_pitch().line((level - quieter).clamp(min=FLOOR))
        assert (line == true).mean() > 0.85


def test_a_network_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = BassPitch(PitchConfig(widths=(16, 8))).eval()
    model.save_pretrained(tmp_path)
    again = BassPitch.from_pretrained(tmp_path)
    level = levels_of(bass(40))
    torch.testing.assert_close(again(again.features(level)), model(model.features(level)), atol=0.01, rtol=0.01)


def test_a_source_is_periodic_and_goes_on_in_phase() -> None:
    sound = source(np.array([45] * 40), 512, 40 * 512, 0).numpy()
    assert regularity(sound, 110.0) > 0.97
    changed = source(np.array([45] * 20 + [47] * 20), 512, 40 * 512, 0).numpy()
    np.testing.assert_array_equal(changed[: 19 * 512], sound[: 19 * 512])


def test_a_bass_has_a_pitch_and_the_levels_asked_for() -> None:
    level = levels_of(bass(33, seconds=1.5))
    sound = stem_to_sound(level, Stem.BASS, LEVELS, round(1.5 * RATE), seed=1)
    assert sound.shape == (round(1.5 * RATE),) and sound.dtype == torch.float32
    low = np.asarray(sound)
    assert regularity(low, 55.0) > 0.9
    loud = level > level.max() - 30
    assert float((levels_of(low)[loud] - level[loud]).abs().mean()) < 2.5
    torch.testing.assert_close(sound, stem_to_sound(level, Stem.BASS, LEVELS, len(sound), seed=1))


def test_silence_stays_silent_and_a_wrong_line_keeps_the_levels() -> None:
    silent = torch.full((30, LEVELS.mels), FLOOR)
    assert stem_to_sound(silent, Stem.BASS, LEVELS, 29 * LEVELS.hop).abs().max() == 0
    level = levels_of(bass(40))
    wrong = line_to_sound(level, np.full(len(level), 43), LEVELS, round(0.6 * RATE))
    assert abs(float(levels_of(wrong.numpy()).max() - level.max())) < 3


@pytest.mark.parametrize("stem", [Stem.DRUMS, Stem.GUITAR])
def test_other_stems_and_other_levels_get_phases_by_griffin_lim(stem: Stem) -> None:
    level = levels_of(bass(40))
    torch.testing.assert_close(stem_to_sound(level, stem, LEVELS, 20000), to_sound(level, LEVELS, 20000))
    coarse = SpectrogramConfig(mels=64)
    level = log_mel(torch.from_numpy(bass(40)), coarse)
    torch.testing.assert_close(stem_to_sound(level, Stem.BASS, coarse, 20000), to_sound(level, coarse, 20000))


def test_bins_that_are_held_keep_their_phases() -> None:
    start = stft(torch.from_numpy(bass(40)), LEVELS)
    scrambled = torch.polar(start.abs(), torch.rand(start.shape) * 6)
    _, spectrum = griffin_lim(start.abs(), LEVELS, 3, torch.Generator(), start=scrambled, held=20)
    torch.testing.assert_close(spectrum[:20], scrambled[:20])
    assert not torch.allclose(spectrum[20:], scrambled[20:])
