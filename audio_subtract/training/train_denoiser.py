"""Training the audio denoiser on the latents of a trained codec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from audio_subtract.model.codec import AudioCodec
from audio_subtract.model.pipeline import AudioPipeline
from audio_subtract.training.excerpts import AudioSongs
from audio_subtract.training.store import load_songs, shared_spectrogram
from subtract_core.config import naming
from subtract_core.errors import ConfigError
from subtract_core.model.checkpoint import component
from subtract_core.training import fitting
from subtract_core.training.dataset import SubtractiveDataset


@dataclass(frozen=True)
class DenoiserTraining(fitting.DenoiserTraining):
    """What `configs/audio/denoiser.yaml` holds, with the fields of every denoiser's (`subtract_core.training.fitting`).

    data, validation: made by `msub prepare audio`. more_data: further ones to train on. frames: of 93 ms each.
    stretch: windows to train on are played up to so much faster or slower, see `AudioSongs`.
    kind: says which training a YAML file is for.
    """

    more_data: tuple[str, ...] = ()
    frames: int = 96
    stretch: float = 0.0
    validation_batches: int = 8
    kind: str = "audio-denoiser"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.stretch <= 0.5:
            raise ValueError(f"stretch is {self.stretch}; choose 0 to 0.5")


def train_denoiser(
    config: DenoiserTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> AudioPipeline:
    """Train a denoiser and write the whole pipeline to `out`; the training state lives in `out/training`."""
    with naming("codec"):
        codec = AudioCodec.from_pretrained(component(config.codec, "codec")).to(device)
    data = _dataset(config, codec, "the training set", config.stretch, config.data, *config.more_data)
    held_out = _dataset(config, codec, "the validation set", 0.0, config.validation)
    return fitting.fit_denoiser(AudioPipeline, codec, data, held_out, config, out, device, max_minutes, say)


def _dataset(
    config: DenoiserTraining, codec: AudioCodec, name: str, stretch: float, *folders: str
) -> SubtractiveDataset[Tensor]:
    spectrogram = shared_spectrogram(folders)
    if spectrogram != codec.config.spectrogram:
        raise ConfigError(f"{folders[0]}: was prepared with another spectrogram than the codec {config.codec} has")
    songs = AudioSongs(load_songs(*folders), spectrogram, config.frames, stretch=stretch)
    if 0 < songs.longest < config.frames:
        raise ConfigError(
            f"frames: {config.frames} is more than any song of {name} has; choose {songs.longest} or less"
        )
    return SubtractiveDataset(songs, config.subtraction, name)
