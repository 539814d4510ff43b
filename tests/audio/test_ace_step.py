"""Inserting with ACE-Step, with a tiny random pipeline of the real classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audio_subtract import ace_step
from audio_subtract.ace_step import AceStepInserter
from audio_subtract.hub import load_pipeline
from audio_subtract.insertion import Asked
from audio_subtract.listening.loudness import LoudnessCurve
from audio_subtract.model.spectrogram import SpectrogramConfig
from audio_subtract.models import ModelKind, kind_of, load_inserter
from audio_subtract.result import InsertResult
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.audio.sounds import RATE, song

pytest.importorskip("transformers", reason="needs msub[hub]")
from tests.audio.tiny_diffusion import ace_step_pipeline, saved


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return saved(ace_step_pipeline(), tmp_path_factory.mktemp("ace-step"))


@pytest.fixture(scope="module")
def inserter(folder: Path) -> AceStepInserter:
    loaded = load_inserter(folder, "cpu")
    assert isinstance(loaded, AceStepInserter) and kind_of(folder) is ModelKind.ACE_STEP
    return loaded


def _against_the_song(result: InsertResult) -> float:
    """Decibels of the stem against what is heard of the song."""
    stem = replace(result.song, samples=result.stem)
    own, present = (LoudnessCurve.of(each.heard(RATE), SpectrogramConfig()).within() for each in (stem, result.song))
    return own - present


def test_song_plus_stem_is_the_mix_and_the_seed_decides(inserter: AceStepInserter) -> None:
    before = np.round(song(1.0) * 2**15).astype(np.int16)
    told: list[int] = []
    results = [
        inserter((before, RATE), "drums", seed=s, steps=2, progress=lambda done, _: told.append(done))
        for s in (1, 1, 2)
    ]
    for result in results:
        assert (result.mix.astype(int) - result.stem == before).all() and result.stem.any()
        assert _against_the_song(result) == pytest.approx(-6.0, abs=0.3)
    assert (results[0].stem == results[1].stem).all() and (results[0].stem != results[2].stem).any()
    assert told[:2] == [50, 100]


def test_gain_moves_the_level_and_nothing_else(inserter: AceStepInserter) -> None:
    plain, softer = (inserter((song(1.0, peak=0.1), RATE), seed=1, steps=1, gain=g) for g in (0.0, -6.0))
    assert _against_the_song(softer) == pytest.approx(-12.0, abs=0.3)
    assert np.allclose(plain.stem * 10 ** (-6 / 20), softer.stem, atol=1e-5)


def test_the_song_and_what_is_asked_reach_the_task_lego(
    inserter: AceStepInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = inserter.pipeline
    seen: dict[str, Any] = {}

    class Recorded:
        def __getattr__(self, name: str) -> Any:
            return getattr(pipeline, name)

        def __call__(self, **given: Any) -> Any:
            seen.update(given)
            return pipeline(**given)

    monkeypatch.setattr(inserter, "pipeline", Recorded())
    inserter((song(1.0), RATE), "keys", prompt="soft", style="jazz", text_scale=3.0, steps=1, seed=5)
    assert (seen["task_type"], seen["track_name"], seen["guidance_scale"]) == ("lego", "keyboard", 3.0)
    assert seen["prompt"] == "soft, style: jazz" and seen["src_audio"].shape == (2, 48_000)
    assert seen["latents"].shape == (1, 100, 4) and seen["audio_duration"] is None
    with pytest.raises(InputError, match="context_scale: ACE-Step has none"):
        inserter((song(1.0), RATE), context_scale=2.0)


def test_lengths_that_the_pipeline_miscounts_are_written(inserter: AceStepInserter) -> None:
    asked = Asked(Stem.DRUMS, None, Wish(), 0.0, 1, 1, None, None)
    for frames in (7, 14, 55, 100):
        samples = 480 * frames - 3
        assert inserter.write(torch.randn(samples), asked).shape == (samples,)


def test_long_songs_are_written_in_pieces(inserter: AceStepInserter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ace_step, "PIECE", 1.0)
    monkeypatch.setattr(ace_step, "SHARED", 0.25)
    lengths: list[int] = []

    def piece(heard: torch.Tensor, asked: Asked, number: int, progress: Any) -> torch.Tensor:
        lengths.append(len(heard))
        return torch.full((len(heard),), float(number + 1))

    monkeypatch.setattr(inserter, "_piece", piece)
    asked = Asked(Stem.DRUMS, None, Wish(), 0.0, 1, 1, None, None)
    out = inserter.write(torch.zeros(round(1.8 * 48_000)), asked)
    assert lengths == [48_000, 48_000, round(0.3 * 48_000)]
    assert (out[:36_000] == 1).all() and (out[-2_000:] == 3).all()
    assert float(out[36_000]) == pytest.approx(1.0) and float(out[47_999]) == pytest.approx(2.0)


def test_turbo_models_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    inserter = AceStepInserter(ace_step_pipeline("turbo"))
    inserter.pipeline.set_progress_bar_config(disable=True)
    result = inserter((song(1.0), RATE), seed=1, steps=1)
    assert any("only its base models learned to write a track" in warning for warning in result.report.warnings)


def test_an_old_diffusers_is_named() -> None:
    with pytest.raises(InputError, match=r"ace-step needs diffusers 0\.38 or newer, .* is installed; run: pip install"):
        load_pipeline("PipelineOfTomorrow", "ace-step", torch.float32, "0.38")
