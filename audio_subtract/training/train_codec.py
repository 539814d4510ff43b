"""Training the audio codec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from audio_subtract.model.autoencoder import FAINT, AutoencoderConfig
from audio_subtract.model.codec import AudioCodec, AudioCodecConfig
from audio_subtract.model.spectrogram import mixed
from audio_subtract.training.excerpts import AudioSongs
from audio_subtract.training.store import Song, load_songs, shared_spectrogram, spectrogram_of
from subtract_core.config import check_least, check_shares, check_weights, name_stems, naming
from subtract_core.errors import ConfigError
from subtract_core.model.checkpoint import component
from subtract_core.stems import STEMS, Stem
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig


@dataclass(frozen=True)
class CodecTraining:
    """What `configs/audio/codec.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: training sets made by `msub prepare audio`, of one spectrogram. more_data: further ones to train
      on.
    start: folder of a trained codec to go on from. Latents of the same sizes stay as they are, and so work with
      denoisers trained on them; the layers behind them are taken over where they have the same sizes. What has others
      is new.
    autoencoder: the model. trainer: how the layers behind the principal components are trained.
    examples: windows in which the principal components are looked for.
    noise: spread of what disturbs latents in training, so that the layers behind them forgive a denoiser's errors.
    batch: windows a step. frames: their length in latent frames.
    mixes: share of windows that hold a mix of stems, as the denoiser's context does; the others hold one stem.
    stem_weights: how often a window is taken from songs with each stem, against 1.
    """

    data: str
    validation: str
    more_data: tuple[str, ...] = ()
    start: str | None = None
    autoencoder: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    examples: int = 1000
    noise: float = 0.05
    batch: int = 24
    frames: int = 24
    mixes: float = 0.4
    stem_weights: dict[str, float] = field(default_factory=dict)
    kind: str = "audio-codec"

    def __post_init__(self) -> None:
        name_stems(self, "stem_weights")
        check_weights("stem_weights", self.stem_weights, others=1.0)
        check_least(self, examples=1, batch=1, frames=1, noise=0)
        check_shares(self, "mixes")
        self.trainer.check_plain()


def train_codec(
    config: CodecTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> AudioCodec:
    """Train a codec and write it to `out/codec`; the training state lives in `out/codec-training`."""
    folders = (config.data, *config.more_data)
    spectrogram = shared_spectrogram(folders)
    if spectrogram_of(config.validation) != spectrogram:
        raise ConfigError("validation: was prepared with another spectrogram than data; prepare it again")
    songs, held_out = load_songs(*folders), load_songs(config.validation)
    say(f"{len(songs)} songs to train on, {len(held_out)} to validate on")
    torch.manual_seed(config.trainer.seed)
    codec = AudioCodec(AudioCodecConfig(spectrogram, config.autoencoder)).to(device)
    source = AudioSongs(songs, spectrogram, config.frames)
    weights = {s: config.stem_weights.get(s.value, 1.0) for s in _present(songs)}
    for name, found in (("data", songs), ("validation", held_out)):
        if not found:
            raise ConfigError(f"{name}: {getattr(config, name)} holds no songs")
    if not any(weights.values()):
        raise ConfigError(f"stem_weights: {config.data} has none of the stems that weigh more than 0")
    if config.frames > source.longest:
        raise ConfigError(f"frames: {config.frames} is more than any song of data has; choose {source.longest} or less")
    latents_kept = config.start is not None and _take_over(codec, Path(config.start), say)
    if not latents_kept:
        examples = draw_levels(source, weights, config.examples, config.mixes, np.random.default_rng(0))
        codec.autoencoder.fit(examples.to(device))

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        assert isinstance(module, AudioCodec)
        levels = draw_levels(source, weights, config.batch, config.mixes, rng)
        return module.autoencoder.loss(levels.to(device), config.noise), {}

    fixed = _fixed(AudioSongs(held_out, spectrogram, config.frames, vary=False))

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, AudioCodec)
        return {name: mean_error(module, levels.to(device)) for name, levels in fixed.items()}

    trainer = Trainer(codec, loss, validate, config.trainer, out / "codec-training", device, say)
    trainer.run(max_minutes)
    with trainer.averaged():
        codec.save_pretrained(out / "codec")
    return AudioCodec.from_pretrained(out / "codec")


def _take_over(codec: AudioCodec, folder: Path, say: Callable[[str], None]) -> bool:
    """What of a trained codec has the same sizes: its latents, the layers behind them, or both; whether its latents."""
    with naming("start"):
        trained = AudioCodec.from_pretrained(component(folder, "codec"))
    own, its = codec.config, trained.config
    if own.spectrogram != its.spectrogram:
        raise ConfigError(f"start: {folder} was trained on another spectrogram than data was prepared with")
    same_latents = replace(own.autoencoder, width=1, depth=0) == replace(its.autoencoder, width=1, depth=0)
    same_layers = (own.autoencoder.width, own.autoencoder.depth) == (its.autoencoder.width, its.autoencoder.depth)
    if not same_latents and not same_layers:
        raise ConfigError(f"autoencoder: neither the latents nor the layers of {folder}, which start names, are so big")
    latents, layers = dict(trained.autoencoder.named_buffers()), dict(trained.autoencoder.named_parameters())
    kept = (latents if same_latents else {}) | (layers if same_layers else {})
    codec.autoencoder.load_state_dict(kept, strict=False)
    if not (same_latents and same_layers):
        say(f"the {'latents' if same_latents else 'layers behind the latents'} are those of {folder}, the rest is new")
    return same_latents


def _present(songs: Sequence[Song]) -> list[Stem]:
    return [stem for stem in STEMS if any(stem in song.parts for song in songs)]


def _fixed(source: AudioSongs) -> dict[str, Tensor]:
    """The same windows at every validation: of each stem, and of mixes."""
    fixed = {s.value: draw_levels(source, {s: 1.0}, 12, 0.0, np.random.default_rng(1)) for s in _present(source.songs)}
    every = dict.fromkeys(_present(source.songs), 1.0)
    return {**fixed, "mix": draw_levels(source, every, 12, 1.0, np.random.default_rng(2))}


def draw_levels(
    source: AudioSongs, weights: dict[Stem, float], count: int, mixes: float, rng: np.random.Generator
) -> Tensor:
    """Random windows in which something is heard, float32 [count, 8 * frames, mels]."""
    stems, shares = list(weights), np.array(list(weights.values()))
    levels: list[Tensor] = []
    for _ in range(50 * count):
        stem = stems[rng.choice(len(stems), p=shares / shares.sum())]
        parts = source.draw(stem, rng).parts
        level = parts[stem][0]
        if rng.random() < mixes:
            level = mixed([p[0] for s, p in parts.items() if s is stem or rng.random() < 0.7])
        if source.activity(level, source.frames) > 0.1:
            levels.append(level)
        if len(levels) == count:
            return torch.stack(levels)
    raise ConfigError("data: hardly anything in the training set sounds")


def mean_error(codec: AudioCodec, levels: Tensor) -> float:
    """Mean absolute error in decibels of levels [batch, 8 * frames, mels] through the codec, over the cells that are
    heard: those above `FAINT`."""
    decoded = codec.autoencoder.decode(codec.autoencoder.encode(levels))
    heard = levels > FAINT
    return float((decoded - levels).abs()[heard].mean()) if heard.any() else 0.0
