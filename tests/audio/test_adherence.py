"""Whether a stem does what was asked for, and what happens where it does not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from audio_subtract import AudioInserter
from audio_subtract.listening.facts import Beats
from audio_subtract.model.spectrogram import FLOOR, SpectrogramConfig, log_mel
from audio_subtract.playing.adherence import missed
from subtract_core.choice import seed_of
from subtract_core.errors import InputError
from subtract_core.levels import shortfall
from subtract_core.model.sampler import sample
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.audio.sounds import RATE, song
from tests.audio.test_facts import BEATS, EIGHTHS, _notes

CONFIG = SpectrogramConfig()
SPARSE, BUSY = Wish({"density": 0.0}), Wish({"density": 0.75})


def _missed(level: torch.Tensor, *wishes: Wish, beats: Beats | None = BEATS) -> float:
    return missed(level, Stem.BASS, {4.0 * i: wish for i, wish in enumerate(wishes)}, beats, CONFIG)


def test_silence_misses_everything_even_what_nobody_asks_for() -> None:
    assert _missed(torch.full((400, CONFIG.mels), FLOOR), Wish()) == math.inf


def test_silence_is_told_in_the_seconds_in_which_a_stem_is_to_sound() -> None:
    level = _notes(EIGHTHS)
    level[round(4 * RATE / CONFIG.hop) :] = FLOOR
    for only, silent in (((5.0, 7.0), True), ((3.0, 7.0), False), ((5.0, 5.001), True), ((1.0, 1.001), False)):
        assert math.isinf(missed(level, Stem.BASS, {0.0: Wish()}, BEATS, CONFIG, [only])) == silent


@pytest.mark.usefixtures("few_rounds")
def test_a_stem_that_is_silent_where_it_is_to_sound_is_drawn_anew(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, drawn = inserter.pipeline.codec.decode, 0

    def decoded(latents: torch.Tensor, stem: Stem) -> list[torch.Tensor]:
        nonlocal drawn
        drawn += 1
        levels = real(latents, stem)
        if drawn == 1:
            levels[0][2 * RATE // CONFIG.hop :] = FLOOR
        return levels

    monkeypatch.setattr(inserter.pipeline.codec, "decode", decoded)
    result = inserter((song(6.0, peak=0.1), RATE), seed=1, only=[(4.0, 6.0)])
    assert drawn == 2 and result.stem.any() and result.report.warnings == []


def test_eighths_are_busy_and_half_notes_sparse() -> None:
    halves = [i * 1.0 for i in range(8)]
    assert _missed(_notes(EIGHTHS), BUSY) < 0.15 < 0.5 < _missed(_notes(EIGHTHS), SPARSE)
    assert _missed(_notes(halves), SPARSE) < 0.15 < 0.5 < _missed(_notes(halves), BUSY)


def test_a_note_or_two_are_very_sparse() -> None:
    assert _missed(_notes([1.0, 5.0]), SPARSE) == 0
    assert _missed(_notes([1.0, 5.0]), BUSY) > 0.5


def test_what_is_asked_of_a_stretch_is_measured_there() -> None:
    level = _notes([0.0, 1.0, 2.0, 3.0, *(4.0 + i * 0.25 for i in range(16))])
    assert _missed(level, SPARSE, BUSY) < 0.15
    assert _missed(level, BUSY, SPARSE) > 0.5
    assert _missed(level, Wish(), SPARSE) == pytest.approx(_missed(level, BUSY, SPARSE) / 2, abs=0.15)


def test_what_sound_does_not_tell_counts_for_nothing() -> None:
    level = _notes(EIGHTHS)
    assert _missed(level, Wish({"swing": 1.0, "loudness": 0.0}, {"style": {"jazz": True}})) == 0
    assert _missed(level, SPARSE, beats=None) == 0
    assert missed(level, Stem.DRUMS, {0.0: Wish({"register": 0.0})}, BEATS, CONFIG) == 0


def test_a_scale_falls_short_beyond_half_a_word() -> None:
    assert shortfall("density", Stem.BASS, 1.0, None) == 1.0
    assert shortfall("density", Stem.BASS, 0.0, 0.5) == 0.0
    assert shortfall("density", Stem.BASS, 1.0, 0.5) == pytest.approx(0.875, abs=0.1)


def test_a_stem_that_misses_is_drawn_anew_pulled_more_and_the_best_is_kept(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audio_subtract import inserter as module

    level = log_mel(torch.from_numpy(song(2.0)[:, 0].astype(np.float32)), inserter.pipeline.codec.config.spectrogram)
    singles = [inserter.write(level, Stem.BASS, SPARSE, seed_of(3, attempt), tries=1) for attempt in range(3)]
    scales: list[float] = []
    verdicts = iter([math.inf, 0.4, 0.6])
    real = sample

    def watched(denoiser, condition, settings, seed, progress):  # type: ignore[no-untyped-def]
        scales.append(settings.text_scale)
        return real(denoiser, condition, settings, seed, progress)

    monkeypatch.setattr(module, "sample", watched)
    monkeypatch.setattr(module, "missed", lambda *_: next(verdicts))
    inserter.write(level, Stem.BASS, SPARSE, 3, beats=BEATS)
    asked = inserter.pipeline.sampler.text_scale
    assert scales == pytest.approx([asked, 0.6 * asked, 0.9 * asked])  # less after silence, more after a miss

    monkeypatch.setattr(module, "missed", lambda *_: 0.05)
    assert torch.equal(inserter.write(level, Stem.BASS, SPARSE, 3, beats=BEATS), singles[0])
    assert len(scales) == 4, "what is near enough is kept at once"


def test_fewer_than_one_try_is_refused(inserter: AudioInserter) -> None:
    with pytest.raises(InputError, match="tries: 0 is out of range; choose 1 to 100"):
        inserter((song(2.0), RATE), tries=0)
