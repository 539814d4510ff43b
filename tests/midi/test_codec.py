"""The codec: what the decoder's products add, and what stays when only the decoder is trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from midi_subtract.autoencoder import AutoencoderConfig, BeatAutoencoder
from midi_subtract.codec import MidiCodec, MidiCodecConfig
from midi_subtract.notes import Notes
from midi_subtract.prepare import prepare
from midi_subtract.rolls import PITCHED, to_roll
from midi_subtract.train_codec import CodecTraining, train_codec
from subtract_core.stems import Stem
from subtract_core.trainer import TrainerConfig

EXAMPLES = Path(__file__).parents[2] / "examples"
CHORD = Notes.of([(0, 52, 6, 90), (0, 56, 6, 90), (6, 52, 6, 80), (30, 59, 12, 100)])


def small(products: int = 0) -> MidiCodecConfig:
    sizes = AutoencoderConfig(latent_channels=8, hidden=32, products=products)
    return MidiCodecConfig(sizes, sizes)


def test_products_start_as_nothing_and_can_learn() -> None:
    torch.manual_seed(0)
    autoencoder = BeatAutoencoder(AutoencoderConfig(latent_channels=8, hidden=32, products=3), PITCHED)
    features = torch.randn(5, 32)
    plain = autoencoder.logits.cells(features).unflatten(-1, (12, PITCHED.planes))
    assert torch.equal(autoencoder.logits(features), plain)
    autoencoder.loss(torch.from_numpy(to_roll(CHORD, Stem.GUITAR, 3))[None])[0].backward()  # type: ignore[no-untyped-call]
    assert autoencoder.logits.rhythm is not None and autoencoder.logits.rhythm.weight.grad is not None
    assert autoencoder.logits.rhythm.weight.grad.abs().sum() > 0


def test_silent_beats_are_the_zero_latent_and_stay_silent() -> None:
    torch.manual_seed(0)
    codec = MidiCodec(small()).eval()
    latents = codec.encode([CHORD], Stem.GUITAR, 4)
    assert latents[0, 1].tolist() == [0.0] * 8 + [-2.0] and float(latents[0, 0, -1]) == 2.0
    onsets = codec.decode(latents, Stem.GUITAR)[0].onset // 12
    assert not np.isin(onsets, (1,)).any()


@pytest.fixture
def data(tmp_path: Path) -> str:
    prepare([EXAMPLES / "night_drive.mid", EXAMPLES / "neon_groove.mid"], tmp_path / "data", workers=1)
    return str(tmp_path / "data")


def test_training_the_decoder_leaves_every_latent_as_it_was(data: str, tmp_path: Path) -> None:
    trainer = TrainerConfig(steps=3, warmup_steps=1, validate_every=100, precision="float32", ema_decay=0.5)
    settings = CodecTraining(data, data, small(), trainer, pitched_windows=4, drum_windows=2)
    first = train_codec(settings, tmp_path / "first", torch.device("cpu"), None, lambda _: None)
    onward = CodecTraining(
        data,
        data,
        small(products=2),
        trainer,
        pitched_windows=4,
        drum_windows=2,
        decoder_of=str(tmp_path / "first" / "codec"),
    )
    second = train_codec(onward, tmp_path / "second", torch.device("cpu"), None, lambda _: None)
    assert torch.equal(first.encode([CHORD], Stem.GUITAR, 4), second.encode([CHORD], Stem.GUITAR, 4))
    assert second.config.pitched.products == 2
    assert not torch.equal(first.pitched.logits.cells.weight, second.pitched.logits.cells.weight)
