"""The codec: what the decoder's products add, silent beats, and going on from a trained one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from midi_subtract.evaluation.codec_quality import codec_quality
from midi_subtract.files.reader import read_song
from midi_subtract.model.autoencoder import AutoencoderConfig, BeatAutoencoder
from midi_subtract.model.codec import MidiCodec, MidiCodecConfig
from midi_subtract.model.rolls import PITCHED, to_roll
from midi_subtract.notes import Notes
from midi_subtract.training import train_codec as train_codec_module
from midi_subtract.training.prepare import prepare
from midi_subtract.training.store import load_songs
from midi_subtract.training.train_codec import CodecTraining, train_codec
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem
from subtract_core.training.trainer import TrainerConfig

EXAMPLES = Path(__file__).parents[2] / "examples"
CHORD = Notes.of([(0, 52, 6, 90), (0, 56, 6, 90), (6, 52, 6, 80), (30, 59, 12, 100)])


def small(products: int = 0, depth: int = 1, hidden: int = 32) -> MidiCodecConfig:
    sizes = AutoencoderConfig(latent_channels=8, hidden=hidden, products=products, depth=depth)
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


def test_training_sees_the_latents_that_insertion_sees() -> None:
    torch.manual_seed(0)
    codec = MidiCodec(small())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        in_training = codec.encode([CHORD], Stem.KEYS, 4)
    assert torch.equal(in_training, codec.encode([CHORD], Stem.KEYS, 4))


@pytest.fixture
def data(tmp_path: Path) -> str:
    prepare([EXAMPLES / "night_drive.mid", EXAMPLES / "neon_groove.mid"], tmp_path / "data", workers=1)
    return str(tmp_path / "data")


def test_a_deeper_codec_starts_as_the_one_it_goes_on_from(data: str, tmp_path: Path) -> None:
    trainer = TrainerConfig(steps=3, warmup_steps=1, validate_every=100, precision="float32", ema_decay=0.5)
    settings = CodecTraining(data, data, small(), trainer, pitched_windows=4, drum_windows=2)
    first = train_codec(settings, tmp_path / "first", torch.device("cpu"), None, lambda _: None)
    start = str(tmp_path / "first" / "codec")
    still = replace(trainer, learning_rate=0.0)
    onward = CodecTraining(
        data, data, small(products=2, depth=2), still, pitched_windows=4, drum_windows=2, start=start
    )
    second = train_codec(onward, tmp_path / "second", torch.device("cpu"), None, lambda _: None)
    assert second.config.pitched == replace(first.config.pitched, products=2, depth=2)
    for codec in (first, second):  # each is normalised over rolls of its own
        codec.pitched_mean.zero_()
        codec.pitched_std.fill_(1.0)
    assert torch.allclose(first.encode([CHORD], Stem.GUITAR, 4), second.encode([CHORD], Stem.GUITAR, 4), atol=1e-3)
    moved = train_codec(replace(onward, trainer=trainer), tmp_path / "third", torch.device("cpu"), None, lambda _: None)
    added = "pitched.encoder.2.1.out.weight"
    assert not torch.equal(second.state_dict()[added], moved.state_dict()[added])


def test_stems_that_no_song_plays_are_left_out_of_what_is_measured() -> None:
    torch.manual_seed(0)
    codec = MidiCodec(small()).eval()
    with torch.no_grad():
        codec.drums.logits.cells.bias.fill_(-20.0)  # silence comes out
    song = read_song((EXAMPLES / "night_drive.mid").read_bytes())
    figures = codec_quality(codec, iter([song]), max_beats=32, stems=(Stem.DRUMS, Stem.BASS))
    assert set(figures) == {Stem.DRUMS}, "night_drive has no bass"
    assert figures[Stem.DRUMS]["f1"] == 0 and np.isnan([figures[Stem.DRUMS][k] for k in ("ends", "velocity")]).all()


def test_few_songs_are_all_validated_on_and_what_none_of_them_plays_is_said(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, said = TrainerConfig(steps=1, precision="float32"), list[str]()
    shard = next((tmp_path / "data" / "shards").glob("neon*.npz"))  # the one with a bass and without drums
    shard.unlink()
    monkeypatch.setattr(train_codec_module, "load_songs", lambda _: 3 * load_songs(data))
    config = CodecTraining(data, data, small(), trainer, pitched_windows=1, drum_windows=1)
    train_codec(config, tmp_path / "run", torch.device("cpu"), None, said.append)
    assert "3 songs to train on, 3 to validate on" in said
    assert "validation: none of these plays bass, so of that nothing is measured" in said
    assert "val_drums_f1" in said[-1] and "val_bass" not in said[-1]


def test_a_codec_to_go_on_from_that_is_not_there_is_named_with_its_field(data: str, tmp_path: Path) -> None:
    config = CodecTraining(data, data, small(), start="nowhere")
    with pytest.raises(InputError, match=r"^start: nowhere.config\.json: no such file"):
        train_codec(config, tmp_path / "run", torch.device("cpu"), None, lambda _: None)


def test_going_on_from_a_codec_of_other_sizes_is_an_error(data: str, tmp_path: Path) -> None:
    MidiCodec(small()).save_pretrained(tmp_path / "codec")
    config = CodecTraining(data, data, small(hidden=8), start=str(tmp_path / "codec"))
    with pytest.raises(ConfigError, match=r"start: .*codec of other sizes"):
        train_codec(config, tmp_path / "run", torch.device("cpu"), None, lambda _: None)
