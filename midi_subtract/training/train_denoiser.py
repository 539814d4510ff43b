"""Training the MIDI denoiser on the latents of a trained codec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from midi_subtract.model.codec import MidiCodec
from midi_subtract.model.pipeline import MidiPipeline
from midi_subtract.notes import Notes
from midi_subtract.song import Song
from midi_subtract.training.excerpts import MidiSongs, source_of
from midi_subtract.training.store import load_songs
from subtract_core.config import check_least, check_shares, naming
from subtract_core.model.checkpoint import component
from subtract_core.training import fitting
from subtract_core.training.dataset import SubtractiveDataset


@dataclass(frozen=True)
class DenoiserTraining(fitting.DenoiserTraining):
    """What `configs/midi/denoiser.yaml` holds, besides the fields of every denoiser's
    (`subtract_core.training.fitting`).

    data, validation: made by `msub prepare midi`. frames: of a beat each.
    transpose: songs are moved by up to so many semitones either way.
    source_weights: how often a song of each source is drawn, against 1.
    other_meters: how much more often a song is drawn that is mostly not in 4/4, for such songs are few.
    threes: what share of those in 4/4 loses a beat of every bar (`excerpts.in_three`).
    kind: says which training a YAML file is for.
    """

    transpose: int = 6
    source_weights: dict[str, float] = field(default_factory=dict)
    other_meters: float = 1.0
    threes: float = 0.0
    kind: str = "midi-denoiser"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.transpose <= 12:
            raise ValueError(f"transpose is {self.transpose}; choose 0 to 12")
        check_least(self, other_meters=0)
        check_shares(self, "threes")
        for source, weight in self.source_weights.items():
            if not weight >= 0:
                raise ValueError(f"source_weights.{source} is {weight}; choose 0 or more")


def train_denoiser(
    config: DenoiserTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> MidiPipeline:
    """Train a denoiser and write the whole pipeline to `out`; the training state lives in `out/training`."""
    with naming("codec"):
        codec = MidiCodec.from_pretrained(component(config.codec, "codec")).to(device)
    songs = load_songs(config.data)
    sources = {source_of(song) for song in songs}
    unknown = sorted(set(config.source_weights) - sources)
    if unknown:  # no error: the shipped configs name sources that other people's songs are not of
        known = ", ".join(sorted(sources))
        say(f"source_weights: no song is of {', '.join(unknown)}; the training set has songs of {known}")
    data = _dataset(config, songs, "the training set")
    held_out = _dataset(config, load_songs(config.validation), "the validation set")
    return fitting.fit_denoiser(MidiPipeline, codec, data, held_out, config, out, device, max_minutes, say)


def _dataset(config: DenoiserTraining, songs: Sequence[Song], name: str) -> SubtractiveDataset[Notes]:
    source = MidiSongs(
        songs, config.frames, config.transpose, config.source_weights, config.other_meters, config.threes
    )
    return SubtractiveDataset(source, config.subtraction, name)
