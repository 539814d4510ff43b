"""Training the embedding: tell each stem's own context from other songs', and from the own one at another time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audio_subtract.evaluation.embedding import POOLED, EmbeddingConfig, PairEmbedding, as_heard, pooled
from audio_subtract.evaluation.songs import LEVELS
from audio_subtract.listening.loudness import REFERENCE
from audio_subtract.model.spectrogram import RATE, to_decibels
from audio_subtract.training.store import iterate_songs, read_report, spectrogram_of, stored_power, to_bytes, to_level
from subtract_core.config import check_least, check_shares, check_weights
from subtract_core.errors import ConfigError
from subtract_core.stems import Stem
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig

Parts = dict[Stem, np.ndarray]
"""Levels of a song in bytes, pooled, [frames, mels] of every stem."""
_CHECKED = 96  # windows at a validation
_HEARD, _SOUNDING = REFERENCE - 40.0, 0.1  # decibels above which a frame sounds, and the share of frames that must


@dataclass(frozen=True)
class EmbeddingTraining:
    """What `configs/audio/embedding.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: training sets made by `msub prepare audio` with the default spectrogram. songs: how many of the
    former, spread evenly. width, depth, features, frames: see `EmbeddingConfig`. trainer: how it is trained.
    targets: weight of every stem that is told apart; a step is about one of them. batch: stems of a step.
    late: own contexts moved in time against each stem, of which it is told too; late_seconds: by how much, from and to.
    drop_stem: how likely each part of a context is left out, in half of the contexts; one always stays.
    """

    data: str
    validation: str
    songs: int = 600
    width: int = 96
    depth: int = 3
    features: int = 32
    frames: int = 96
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    targets: dict[str, float] = field(default_factory=lambda: {"drums": 1.0, "bass": 1.0, "guitar": 1.0})
    batch: int = 32
    late: int = 8
    late_seconds: tuple[float, ...] = (0.09, 0.7)
    drop_stem: float = 0.3
    kind: str = "audio-embedding"

    def __post_init__(self) -> None:
        check_weights("targets", self.targets)
        check_least(self, songs=1, width=1, depth=1, features=1, frames=1, batch=2, late=0)
        check_shares(self, "drop_stem")
        self.trainer.check_plain()
        if len(self.late_seconds) != 2 or not 0 < self.late_seconds[0] < self.late_seconds[1]:
            raise ValueError(f"late_seconds is {list(self.late_seconds)}; two times are needed, the first the shorter")


def train_embedding(
    config: EmbeddingTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> PairEmbedding:
    """Train an embedding and write it to `out/embedding`; the training state lives in `out/embedding-training`."""
    songs, held_out = _songs(config.data, config.songs), _songs(config.validation, config.songs)
    say(f"{len(songs)} songs to train on, {len(held_out)} to validate on")
    torch.manual_seed(config.trainer.seed)
    sizes = (config.width, config.depth, config.features, config.frames)
    model = PairEmbedding(EmbeddingConfig(LEVELS, *sizes)).to(device)
    say(f"{sum(p.numel() for p in model.parameters()):,} parameters")
    windows = PairWindows(songs, config)
    stems = [Stem.parse(name) for name in config.targets]
    shares = np.array(list(config.targets.values())) / sum(config.targets.values())

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        stem = stems[rng.choice(len(stems), p=shares)]
        contexts, parts = (levels.to(device) for levels in windows.batch(stem, config.batch, rng))
        assert isinstance(module, PairEmbedding)
        heard, found = module(contexts, parts)
        return contrast(heard * module.scale.exp(), found, config, rng)

    fixed = PairWindows(held_out, config, vary=False)
    batches = {stem: fixed.batch(stem, _CHECKED, np.random.default_rng(1)) for stem in stems}

    def validate(module: nn.Module) -> dict[str, float]:
        found = {stem: module(*(levels.to(device) for levels in batch)) for stem, batch in batches.items()}
        rates = {stem.value: first_of(features, choices=8) for stem, features in found.items()}
        return {"right_of_8": float(np.mean(list(rates.values()))), **rates}

    trainer = Trainer(model, loss, validate, config.trainer, out / "embedding-training", device, say)
    trainer.run(max_minutes)
    with trainer.averaged():
        model.save_pretrained(out / "embedding")
    return PairEmbedding.from_pretrained(out / "embedding")


def _songs(folder: str, most: int) -> list[Parts]:
    """About so many songs, of shards spread evenly over a set, pooled, so that they fit in memory."""
    if spectrogram_of(folder) != LEVELS:
        raise ConfigError(f"{folder}: was prepared with another spectrogram than the default; prepare it again")
    every = max(1, int(read_report(folder)["kept"]) // most)
    songs = []
    for song in iterate_songs(folder, every):
        levels = {stem: torch.from_numpy(to_level(part)) for stem, part in song.parts.items()}
        songs.append({stem: to_bytes(to_decibels(pooled(level))) for stem, level in levels.items()})
    return songs


class PairWindows:
    """Random windows: the levels of a stem, and of the others together. vary: whether stems of these are left out."""

    def __init__(self, songs: Sequence[Parts], config: EmbeddingTraining, vary: bool = True) -> None:
        self.songs, self.config, self.vary = songs, config, vary

    def batch(self, stem: Stem, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Contexts and their stems, of different songs as long as there are enough, each [count, frames, mels]."""
        able = [song for song in self.songs if stem in song and len(song) > 1]
        if not able:
            raise ConfigError(f"targets: no song of the training set has {stem.value} beside other stems")
        pairs: list[tuple[Tensor, Tensor]] = []
        for _ in range(50):
            for index in rng.permutation(len(able)):
                pair = self._pair(able[index], stem, rng)
                if pair is not None:
                    pairs.append(pair)
                if len(pairs) == count:
                    return torch.stack([c for c, _ in pairs]), torch.stack([s for _, s in pairs])
        raise ConfigError(f"targets: hardly any song of the training set plays {stem.value} beside other stems")

    def _pair(self, song: Parts, stem: Stem, rng: np.random.Generator) -> tuple[Tensor, Tensor] | None:
        """A window of a song; None where either side sounds in less than `_SOUNDING` of it."""
        frames = self.config.frames
        total = len(song[stem])
        if total < frames:
            return None
        start = int(rng.integers(total - frames + 1))
        powers = {s: torch.from_numpy(stored_power(part[start : start + frames])) for s, part in song.items()}
        others = [powers[s] for s in self._left([s for s in song if s is not stem], rng)]
        pair = tuple(as_heard(power, LEVELS) for power in (torch.stack(others).sum(dim=0), powers[stem]))
        sounding = [float((level.amax(dim=1) > _HEARD).float().mean()) for level in pair]
        return (pair[0], pair[1]) if min(sounding) >= _SOUNDING else None

    def _left(self, stems: list[Stem], rng: np.random.Generator) -> list[Stem]:
        if not self.vary or rng.random() < 0.5:
            return stems
        kept = [stem for stem in stems if rng.random() >= self.config.drop_stem]
        return kept or [stems[int(rng.integers(len(stems)))]]


def contrast(contexts: Tensor, stems: Tensor, config: EmbeddingTraining, rng: np.random.Generator) -> Loss:
    """InfoNCE (van den Oord et al. 2018, arXiv 1807.03748) both ways: each stem's own context among the batch's and
    among its own one moved in time, each context's own stem among the batch's; figure: how often the first is right.

    contexts, stems: features [batch, frames, features].
    """
    scores = agreement(contexts, stems)
    frame = POOLED * LEVELS.hop / RATE
    least, most = config.late_seconds
    moves = rng.uniform(least, most, size=config.late) * rng.choice([-1, 1], size=config.late)
    late = [agreement_of_pairs(contexts.roll(round(float(m) / frame), dims=1), stems) for m in moves]
    target = torch.arange(len(scores), device=scores.device)
    among = torch.cat([scores.T, *(x[:, None] for x in late)], dim=1)
    total = F.cross_entropy(among, target) + F.cross_entropy(scores, target)
    return total, {"right": (among.argmax(dim=1) == target).float().mean()}


def agreement(contexts: Tensor, stems: Tensor) -> Tensor:
    """How well each context fits each stem: [contexts, stems], of features [batch, frames, features]."""
    frames = contexts.shape[1]
    return contexts.flatten(1).float() @ stems.flatten(1).float().T / frames


def agreement_of_pairs(contexts: Tensor, stems: Tensor) -> Tensor:
    """How well each context fits the stem in the same place: [batch]."""
    return (contexts.float() * stems.float()).sum(dim=(1, 2)) / contexts.shape[1]


def first_of(features: tuple[Tensor, Tensor], choices: int) -> float:
    """How often the own context fits a stem best among `choices`, the others being those that follow in the batch.

    features: of contexts and stems, each [batch, frames, features].
    """
    scores = agreement(*features)
    count = len(scores)
    rows = torch.stack([scores[(torch.arange(count) + k) % count, torch.arange(count)] for k in range(choices)])
    return float((rows.argmax(dim=0) == 0).float().mean())
