"""Training the MIDI codec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from midi_subtract.evaluation.codec_quality import MEASURED, codec_quality
from midi_subtract.model.codec import MidiCodec, MidiCodecConfig
from midi_subtract.model.rolls import to_roll
from midi_subtract.notes import Notes
from midi_subtract.song import Song
from midi_subtract.training.excerpts import random_window
from midi_subtract.training.store import load_songs
from subtract_core.config import check_least, check_shares, check_weights, name_stems, naming
from subtract_core.errors import ConfigError, InputError
from subtract_core.model.checkpoint import component
from subtract_core.stems import PITCHED, Stem
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig

WINDOW_BEATS = 16
MOST_DRAWS = 10_000  # for one window that is not silent
VALIDATION_SONGS = 60
"""Songs that are validated on, if there are so many: whole parts of all would take as long as training does."""


@dataclass(frozen=True)
class CodecTraining:
    """What `configs/midi/codec.yaml` holds; `kind` says which training a YAML file is for.

    data, validation: training sets made by `msub prepare midi`. Validation compares notes of drums, basses and guitars
      before and after the codec (`codec_quality`), in about `VALIDATION_SONGS` of the latter, spread evenly.
    codec: the model. trainer: how it is trained.
    pitched_windows, drum_windows: windows of 16 beats a step.
    stem_weights: how often a window is taken from each pitched stem, against 1.
    transpose: pitched windows are moved by up to so many semitones either way.
    overlaid: share of windows with one of another song, of the same stem, laid over them: from few songs the codec
      learns more of what may sound together. loudness: windows are made softer or louder by up to so many steps of
      velocity (of 127), and each of their notes by up to half as many besides.
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
    overlaid: float = 0.0
    loudness: int = 0
    start: str | None = None
    kind: str = "midi-codec"

    def __post_init__(self) -> None:
        check_least(self, pitched_windows=1, drum_windows=1, transpose=0, loudness=0)
        check_shares(self, "overlaid")
        name_stems(self, "stem_weights")
        check_weights("stem_weights", self.stem_weights, others=1.0)
        self.trainer.check_plain()


def train_codec(
    config: CodecTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> MidiCodec:
    """Train a codec and write it to `out/codec`; the training state lives in `out/codec-training`."""
    songs, held_out = load_songs(config.data), load_songs(config.validation)
    for field_name, folder, found in (("data", config.data, songs), ("validation", config.validation, held_out)):
        if not found:
            raise InputError(f"{field_name}: {folder} holds no songs; {folder}/skipped.jsonl says why")
    held_out = held_out[:: max(1, len(held_out) // VALIDATION_SONGS)]
    say(f"{len(songs)} songs to train on, {len(held_out)} to validate on")
    if unplayed := [stem.value for stem in MEASURED if not any(stem in song.stems for song in held_out)]:
        say(f"validation: none of these plays {' or '.join(unplayed)}, so of that nothing is measured")
    torch.manual_seed(config.trainer.seed)
    codec = MidiCodec(config.codec).to(device)
    if config.start is not None:  # a run that is resumed takes its own weights later
        _take_weights(codec, config.start)
    weights: dict[Stem, float] = {s: config.stem_weights.get(s.value, 1.0) for s in PITCHED}

    def batch(stems: dict[Stem, float], count: int, rng: np.random.Generator) -> Tensor:
        return _batch(songs, stems, count, config, rng).to(device)

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        assert isinstance(module, MidiCodec)
        pitched_loss, figures = module.pitched.loss(batch(weights, config.pitched_windows, rng))
        drums_loss, drum_figures = module.drums.loss(batch({Stem.DRUMS: 1.0}, config.drum_windows, rng))
        return pitched_loss + drums_loss, figures | {f"drum_{k}": v for k, v in drum_figures.items()}

    def validate(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, MidiCodec)
        quality = codec_quality(module, held_out)
        return {f"{s.value}_{k}": v for s, row in quality.items() for k, v in row.items()}

    trainer = Trainer(codec, loss, validate, config.trainer, out / "codec-training", device, say)
    trainer.run(max_minutes)
    with trainer.averaged():
        rng, plain = np.random.default_rng(0), replace(config, overlaid=0.0, loudness=0)
        codec.set_normalisation(_batch(songs, weights, 512, plain, rng).to(device), Stem.BASS)
        codec.set_normalisation(_batch(songs, {Stem.DRUMS: 1.0}, 512, plain, rng).to(device), Stem.DRUMS)
        codec.save_pretrained(out / "codec")
    return MidiCodec.from_pretrained(out / "codec")


def _take_weights(codec: MidiCodec, folder: str) -> None:
    """Take the weights of a trained codec; layers that it lacks stay as they are, the identity."""
    with naming("start"):
        trained = MidiCodec.from_pretrained(component(folder, "codec"))
    own, taken = codec.state_dict(), trained.state_dict()
    for name, value in taken.items():
        if name not in own or own[name].shape != value.shape:
            raise ConfigError(
                f"start: {folder} holds a codec of other sizes ({name}); codec has to be at least as deep"
            )
    codec.load_state_dict(own | taken)


def _batch(
    songs: list[Song], stems: dict[Stem, float], count: int, config: CodecTraining, rng: np.random.Generator
) -> Tensor:
    """Random windows of random stems, drawn by weight, as rolls [count, WINDOW_BEATS, 12, planes]."""
    rolls: list[np.ndarray] = []
    while len(rolls) < count:
        stem, notes = _window(songs, stems, config.transpose, rng)
        if config.overlaid and rng.random() < config.overlaid:
            notes = Notes.merge([notes, _window(songs, {stem: 1.0}, config.transpose, rng)[1]])
        rolls.append(to_roll(_as_loud(notes, config.loudness, rng), stem, WINDOW_BEATS))
    return torch.from_numpy(np.stack(rolls))


def _window(
    songs: list[Song], stems: dict[Stem, float], transpose: int, rng: np.random.Generator
) -> tuple[Stem, Notes]:
    """A random window that is not silent; raises `InputError` where hardly any is."""
    wanted = [stem for stem, weight in stems.items() if weight]
    for _ in range(MOST_DRAWS):
        song = songs[rng.integers(len(songs))]
        playing = [s for s in wanted if s in song.playing]
        if not playing:
            continue
        shares = np.array([stems[s] for s in playing])
        stem = playing[rng.choice(len(playing), p=shares / shares.sum())]
        most = 0 if stem is Stem.DRUMS else transpose
        notes = random_window(song, WINDOW_BEATS, rng).stem(stem, int(rng.integers(-most, most + 1)))
        if len(notes):
            return stem, notes
    raise InputError(f"data: of {len(songs):,} songs hardly any plays {' or '.join(s.value for s in wanted)}")


def _as_loud(notes: Notes, most: int, rng: np.random.Generator) -> Notes:
    """The notes up to `most` softer or louder, all alike, and each by up to half of that besides."""
    if not most:
        return notes
    change = rng.integers(-most, most + 1) + rng.integers(-(most // 2), most // 2 + 1, size=len(notes))
    return replace(notes, velocity=np.clip(notes.velocity + change, 1, 127).astype(notes.velocity.dtype))
