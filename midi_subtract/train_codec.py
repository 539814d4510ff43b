"""Training the MIDI codec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from midi_subtract.codec import MidiCodec, MidiCodecConfig
from midi_subtract.codec_quality import codec_quality
from midi_subtract.excerpts import random_window
from midi_subtract.rolls import to_roll
from midi_subtract.song import Song
from midi_subtract.store import load_songs
from subtract_core.errors import ConfigError
from subtract_core.stems import PITCHED, Stem
from subtract_core.trainer import Loss, Trainer, TrainerConfig

WINDOW_BEATS = 16


@dataclass(frozen=True)
class CodecTraining:
    """What `configs/midi/codec.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: training sets made by `msub prepare midi`.
    codec: the model. trainer: how it is trained.
    pitched_windows, drum_windows: windows of 16 beats a step.
    stem_weights: how often a window is taken from each pitched stem, against 1.
    transpose: pitched windows are moved by up to so many semitones either way.
    start: folder of a trained codec of the same sizes to go on from; the depth and the products that `codec` adds to it
      change nothing at first. Its latents move a little, so a denoiser trained on them has to be trained on as well.
    """

    data: str
    validation: str
    codec: MidiCodecConfig = field(default_factory=MidiCodecConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    pitched_windows: int = 56
    drum_windows: int = 32
    stem_weights: dict[str, float] = field(default_factory=dict)
    transpose: int = 6
    start: str | None = None
    kind: str = "midi-codec"


def train_codec(
    config: CodecTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> MidiCodec:
    """Train a codec and write it to `out/codec`; the training state lives in `out/codec-training`."""
    songs, held_out = load_songs(config.data), load_songs(config.validation)
    say(f"{len(songs)} songs to train on, {len(held_out)} to validate on")
    torch.manual_seed(config.trainer.seed)
    codec = MidiCodec(config.codec).to(device)
    if config.start is not None:  # a run that is resumed takes its own weights later
        _take_weights(codec, config.start)
    weights: dict[Stem, float] = {s: config.stem_weights.get(s.value, 1.0) for s in PITCHED}

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        assert isinstance(module, MidiCodec)
        pitched = _batch(songs, weights, config.pitched_windows, config.transpose, rng).to(device)
        drums = _batch(songs, {Stem.DRUMS: 1.0}, config.drum_windows, 0, rng).to(device)
        pitched_loss, figures = module.pitched.loss(pitched)
        drums_loss, drum_figures = module.drums.loss(drums)
        return pitched_loss + drums_loss, figures | {f"drum_{k}": v for k, v in drum_figures.items()}

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, MidiCodec)
        quality = codec_quality(module, held_out[::15])
        return {f"{s.value}_{k}": v for s, row in quality.items() for k, v in row.items()}

    trainer = Trainer(codec, loss, validate, config.trainer, out / "codec-training", device, say)
    trainer.run(max_minutes)
    with trainer.averaged():
        rng = np.random.default_rng(0)
        codec.set_normalisation(_batch(songs, weights, 512, config.transpose, rng).to(device), Stem.BASS)
        codec.set_normalisation(_batch(songs, {Stem.DRUMS: 1.0}, 512, 0, rng).to(device), Stem.DRUMS)
        codec.save_pretrained(out / "codec")
    return MidiCodec.from_pretrained(out / "codec")


def _take_weights(codec: MidiCodec, folder: str) -> None:
    """Take the weights of a trained codec; layers that it lacks stay as they are, the identity."""
    trained = MidiCodec.from_pretrained(folder)
    own, taken = codec.state_dict(), trained.state_dict()
    for name, value in taken.items():
        if name not in own or own[name].shape != value.shape:
            raise ConfigError(
                f"start: {folder} holds a codec of other sizes ({name}); codec has to be at least as deep"
            )
    codec.load_state_dict(own | taken)


def _batch(songs: list[Song], stems: dict[Stem, float], count: int, transpose: int, rng: np.random.Generator) -> Tensor:
    """Random windows of random stems, drawn by weight, as rolls [count, WINDOW_BEATS, 12, planes]."""
    rolls: list[np.ndarray] = []
    while len(rolls) < count:
        song = songs[rng.integers(len(songs))]
        playing = [s for s in stems if s in song.playing]
        if not playing:
            continue
        shares = np.array([stems[s] for s in playing])
        stem = playing[rng.choice(len(playing), p=shares / shares.sum())]
        window = random_window(song, WINDOW_BEATS, rng)
        notes = window.stem(stem, int(rng.integers(-transpose, transpose + 1)))
        if len(notes):
            rolls.append(to_roll(notes, stem, WINDOW_BEATS))
    return torch.from_numpy(np.stack(rolls))
