"""The codec: shapes, silence, mixes, and that it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audio_subtract.listening.loudness import REFERENCE, louder, loudness, to_loudness
from audio_subtract.model.autoencoder import BLOCK, QUIET, STRIDE, AutoencoderConfig, LevelAutoencoder
from audio_subtract.model.codec import AudioCodecConfig
from audio_subtract.model.pipeline import AudioPipeline
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, log_mel
from audio_subtract.training.store import to_bytes, to_level
from audio_subtract.training.train_codec import CodecTraining
from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem
from tests.audio.models import SPECTROGRAM
from tests.audio.sounds import clicks, song


def _levels(seconds: float = 3.0) -> torch.Tensor:
    return log_mel(torch.from_numpy(clicks(round(seconds * RATE))), SPECTROGRAM)


def test_latents_come_and_go_in_their_shapes(pipeline: AudioPipeline) -> None:
    codec, levels = pipeline.codec, _levels()
    frames = -(-len(levels) // STRIDE)
    latents = codec.encode([levels, levels[:50]], Stem.DRUMS, frames)
    assert latents.shape == (2, frames, codec.latent_channels)
    decoded = codec.decode(latents, Stem.DRUMS)
    assert len(decoded) == 2 and decoded[0].shape == (STRIDE * frames, SPECTROGRAM.mels)
    assert codec.seconds == pytest.approx(1 / 10.77, abs=1e-3)


def test_context_is_one_mix_and_an_empty_one_is_zero(pipeline: AudioPipeline) -> None:
    codec, levels = pipeline.codec, _levels()
    other = louder(levels, -20.0)
    contexts = codec.encode_context(
        [{Stem.KEYS: levels}, {}, {Stem.BASS: levels}, {Stem.KEYS: levels, Stem.BASS: other}], 30
    )
    assert contexts.shape == (4, 30, codec.context_channels)
    assert torch.equal(contexts[0], contexts[2]) and not contexts[1].any()
    assert (contexts[[0, 2, 3], :, -1] == 1).all() and not torch.equal(contexts[0], contexts[3])


def test_principal_components_bring_back_what_they_were_found_in() -> None:
    levels = _levels()[: STRIDE * 24][None]
    errors = {}
    for count in (2, 24):
        model = LevelAutoencoder(AutoencoderConfig(latent_channels=count, width=16), SPECTROGRAM.mels)
        model.fit(levels)
        latents = model.encode(levels)
        assert latents.mean(dim=(0, 1)).abs().max() < 1e-3 and float((latents**2).mean()) == pytest.approx(1, abs=0.01)
        errors[count] = float((model.decode(latents) - levels.clamp(min=QUIET)).abs().mean().detach())
    assert errors[24] < 0.2 < errors[2]  # 24 frames have no more directions than that


def test_whitening_evens_out_the_components() -> None:
    levels = _levels()[: STRIDE * 24][None]
    spreads = {}
    for whitening in (0.0, 0.5, 1.0):
        config = AutoencoderConfig(latent_channels=6, whitening=whitening, width=16)
        model = LevelAutoencoder(config, SPECTROGRAM.mels)
        model.fit(levels)
        deviation = model.encode(levels)[0].std(dim=0)
        spreads[whitening] = float(deviation.max() / deviation.min())
    assert spreads[1.0] == pytest.approx(1.0, abs=0.05)
    assert spreads[0.5] == pytest.approx(spreads[0.0] ** 0.5, rel=0.05) and spreads[0.0] > 2


def test_codec_comes_back_from_its_folder(pipeline: AudioPipeline, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path)
    again = AudioPipeline.from_pretrained(tmp_path)
    levels = _levels()
    a, b = (p.codec.encode([levels], Stem.DRUMS, 20) for p in (pipeline, again))
    assert (a - b).abs().max() < 0.02 * a.abs().max()  # weights are saved in half precision
    assert again.sampler == pipeline.sampler and again.codec.config == pipeline.codec.config


def test_missing_weights_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a checkpoint folder nor a model of this package"):
        AudioPipeline.from_pretrained(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"model_index\.json: no such file"):
        AudioPipeline.from_pretrained(tmp_path)


def test_refinement_learns_what_components_lose() -> None:
    torch.manual_seed(0)
    model = LevelAutoencoder(AutoencoderConfig(latent_channels=2, width=32, depth=1), SPECTROGRAM.mels)
    levels = _levels()[: STRIDE * 24][None]
    model.fit(levels)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    errors = []
    for _ in range(80):
        loss = model.loss(levels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        errors.append(float(loss.detach()))
    assert errors[-1] < 0.6 * errors[0]


def test_long_songs_are_decoded_block_by_block_to_the_same_levels() -> None:
    torch.manual_seed(0)
    model = LevelAutoencoder(AutoencoderConfig(latent_channels=8, width=16), SPECTROGRAM.mels).eval()
    torch.nn.init.normal_(model.refinement[-1].weight, std=0.1)  # type: ignore[arg-type]
    latents = torch.randn(1, BLOCK + 100, 8)
    whole = model.decode(latents).clamp(max=0.0)
    loud = whole > QUIET + 1.0
    assert (model.levels(latents) - whole)[loud].abs().max() < 1e-3


def test_frames_in_which_nothing_is_heard_come_back_silent() -> None:
    levels = _levels()[: STRIDE * 24][None]
    levels[:, STRIDE * 20 :] = FLOOR
    model = LevelAutoencoder(AutoencoderConfig(latent_channels=24, width=16), SPECTROGRAM.mels).eval()
    model.fit(levels)
    with torch.no_grad():
        back = model.levels(model.encode(levels))
    assert (back[:, STRIDE * 20 :] == FLOOR).all()
    struck = levels.amax(dim=2) > QUIET + 20
    assert (back.amax(dim=2)[struck] > QUIET + 10).all() and back.max() <= 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"frames": 0}, "frames is 0; choose 1 or more"),
        ({"batch": 0}, "batch is 0; choose 1 or more"),
        ({"examples": 0}, "examples is 0; choose 1 or more"),
        ({"noise": -1.0}, "noise is -1.0; choose 0 or more"),
        ({"mixes": 7.0}, "mixes is 7.0; choose 0 to 1"),
        ({"stem_weights": {"drums": -1.0}}, "stem_weights is .*; choose 0 or more for each"),
        ({"stem_weights": dict.fromkeys([s.value for s in Stem], 0.0)}, "stem_weights is .*, and more than 0 for one"),
        ({"autoencoder": {"latent_channels": 0}}, "autoencoder.latent_channels is 0; choose 1 or more"),
        ({"autoencoder": {"width": 0}}, "autoencoder.width is 0; choose 1 or more"),
    ],
)
def test_settings_of_the_codec_that_cannot_be_are_named(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=f"^codec.yaml: {reason}"):
        from_dict(CodecTraining, {"data": "a", "validation": "b", **given}, "codec.yaml")


def test_more_components_than_values_are_no_codec() -> None:
    with pytest.raises(ConfigError, match=r"autoencoder\.latent_channels is 5000; choose 1 to 2048"):
        AudioCodecConfig(SpectrogramConfig(), AutoencoderConfig(latent_channels=5000))


def test_more_components_than_values_are_refused() -> None:
    with pytest.raises(ValueError, match="latent_channels is 300; there are 256 values"):
        LevelAutoencoder(AutoencoderConfig(latent_channels=300), mels=32)


def test_loudness_follows_the_level_and_gates_pauses() -> None:
    config = SpectrogramConfig()
    time = torch.arange(2 * RATE) / RATE
    tone = log_mel(torch.sin(2 * np.pi * 1000 * time), config)
    assert loudness(tone, config) == pytest.approx(0.0, abs=1.5)
    assert loudness(louder(tone, -12.0), config) == pytest.approx(loudness(tone, config) - 12, abs=0.1)
    with_pause = torch.cat([tone, torch.full_like(tone, FLOOR)])
    assert loudness(with_pause, config) == pytest.approx(loudness(tone, config), abs=0.5)
    assert loudness(torch.full((9, config.mels), FLOOR), config) == FLOOR
    moved, by = to_loudness(tone, config)
    assert loudness(moved, config) == pytest.approx(REFERENCE, abs=0.1) and by == pytest.approx(-23, abs=1.6)


def test_loudness_hardly_depends_on_the_bands() -> None:
    sound = torch.from_numpy(song(2.0)[:, 0].astype(np.float32))
    values = [loudness(log_mel(sound, c), c) for c in (SpectrogramConfig(mels=m) for m in (32, 128, 256))]
    assert max(values) - min(values) < 1.5


def test_levels_survive_storage_to_a_fifth_of_a_decibel() -> None:
    levels = _levels()
    assert (torch.from_numpy(to_level(to_bytes(levels))) - levels).abs().max() < 0.2
    assert (to_level(to_bytes(torch.full((2, 3), FLOOR))) == FLOOR).all()
