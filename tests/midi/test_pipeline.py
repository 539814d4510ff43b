"""A model on disk: what belongs to it goes with it."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from midi_subtract.inserter import MidiInserter
from midi_subtract.model.pipeline import MidiPipeline
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from midi_subtract.training.excerpts import MidiSongs
from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.model.checkpoint import Component
from subtract_core.model.denoiser import Condition, DenoiserConfig
from subtract_core.stems import Stem
from subtract_core.training.dataset import SubtractionConfig, SubtractiveDataset
from subtract_core.training.fitting import DenoiserTraining, fit_denoiser
from subtract_core.training.trainer import TrainerConfig
from subtract_core.understanding.embedding import EmbeddingConfig
from subtract_core.understanding.encoder import FACTS, TextEncoder, TextEncoderConfig
from subtract_core.wish import CHANNELS

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_model_with_a_text_encoder_of_its_own_keeps_it_and_one_without_needs_none(
    random_pipeline: MidiPipeline, tmp_path: Path
) -> None:
    random_pipeline.save_pretrained(tmp_path / "without")
    assert not (tmp_path / "without" / "text").exists()
    torch.manual_seed(0)
    own = TextEncoder(TextEncoderConfig(EmbeddingConfig(letters=4), width=4))
    own.save_pretrained(tmp_path / "own")
    replace(random_pipeline, text_folder=tmp_path / "own").save_pretrained(tmp_path / "with")
    again = MidiPipeline.from_pretrained(tmp_path / "with").text
    assert isinstance(again, TextEncoder)
    assert torch.equal(again.said, own.said.half().float())
    components = json.loads((tmp_path / "with" / "model_index.json").read_text())["components"]
    assert components == ["codec", "denoiser", "text"]


def _edited(path: Path, name: str, edit: Callable[[Any], Any]) -> None:
    index = json.loads(path.read_text())
    path.write_text(json.dumps(index | {name: edit(index[name])}))


def _saved_in_reverse(pipeline: MidiPipeline, folder: Path) -> None:
    """A model that learnt the vocabulary in another order, and a fact that there is no more."""
    other = MidiPipeline.from_pretrained(_saved(pipeline, folder))
    config = replace(other.denoiser.config, text_channels=len(CHANNELS) + 1)
    first = other.denoiser.text[0]
    assert isinstance(first, torch.nn.Linear)
    first.weight = torch.nn.Parameter(torch.cat([torch.ones_like(first.weight[:, :1]), first.weight.flip(1)], dim=1))
    other.denoiser.config = config
    _saved(other, folder)
    _edited(folder / "model_index.json", "channels", lambda names: ["style: gone", *names[::-1]])


def _saved(pipeline: MidiPipeline, folder: Path) -> Path:
    pipeline.save_pretrained(folder)
    return folder


def test_a_vocabulary_in_another_order_is_read_by_its_names(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    plain = MidiPipeline.from_pretrained(_saved(random_pipeline, tmp_path / "plain"))
    _saved_in_reverse(random_pipeline, tmp_path / "reverse")
    again = MidiPipeline.from_pretrained(tmp_path / "reverse")
    assert again.denoiser.config == plain.denoiser.config
    state = again.denoiser.state_dict()
    assert all(torch.equal(state[name], value) for name, value in plain.denoiser.state_dict().items())


def test_what_a_model_never_learnt_is_named(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    index = _saved(random_pipeline, tmp_path) / "model_index.json"
    _edited(index, "channels", lambda names: ["figure: train beat", *names[1:]])
    with pytest.raises(InputError, match=rf"model_index\.json: channels: .* never learnt '{CHANNELS[0]}', which"):
        MidiPipeline.from_pretrained(tmp_path)
    _edited(index, "channels", lambda names: None)  # as an earlier msub saved it
    assert MidiPipeline.from_pretrained(tmp_path).denoiser.config == random_pipeline.denoiser.config
    _edited(index, "channels", lambda names: 110)
    with pytest.raises(InputError, match=r"channels: is no list of names"):
        MidiPipeline.from_pretrained(tmp_path)


def test_a_text_encoder_reads_facts_in_the_order_of_today(tmp_path: Path) -> None:
    torch.manual_seed(0)
    TextEncoder(TextEncoderConfig(EmbeddingConfig(letters=4), width=4)).save_pretrained(tmp_path)
    before = TextEncoder.from_pretrained(tmp_path)
    scales = before.level.shape[0]
    _edited(tmp_path / "model_index.json", "facts", lambda names: [*names[:scales][::-1], *names[scales:][::-1]])
    after = TextEncoder.from_pretrained(tmp_path)
    order = [*range(scales)[::-1], *range(scales, len(FACTS))[::-1]]
    assert torch.equal(after.said, before.said[order]) and torch.equal(after.level, before.level.flip(0))
    assert torch.equal(after.find.weight, before.find.weight[order])
    levels = before.levels_in_all.bias.view(scales, -1).flip(0).flatten()
    assert torch.equal(after.levels_in_all.bias, levels)
    _edited(tmp_path / "model_index.json", "facts", lambda names: names[1:])
    with pytest.raises(InputError, match="facts: this model never learnt"):
        TextEncoder.from_pretrained(tmp_path)


def _trained(pipeline: MidiPipeline, folder: Path, **fields: Any) -> MidiPipeline:
    """A bass trained for a few steps on one song."""
    beats = [(12 * beat, 36, 6, 90) for beat in range(64)]
    tracks = [Track("kit", 0, True, Notes.of(beats)), Track("bass", 33, False, Notes.of(beats))]
    song = Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], ticks_per_beat=480)
    songs = SubtractiveDataset(MidiSongs([song], 16, 0), SubtractionConfig(targets={"bass": 1.0}))
    trainer = TrainerConfig(steps=3, warmup_steps=0, learning_rate=0.1)
    sizes: dict[str, Any] = {"width": 16, "layers": 1, "heads": 2, "frames": 16, "batch": 2, "validation_batches": 1}
    config, device = DenoiserTraining("", "", "", trainer=trainer, **(sizes | fields)), torch.device("cpu")
    return fit_denoiser(MidiPipeline, pipeline.codec, songs, songs, config, folder, device, None, lambda _: None)


def test_training_returns_what_it_saved(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    fitted = _trained(random_pipeline, tmp_path)
    saved = MidiPipeline.from_pretrained(tmp_path)
    state = saved.denoiser.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in fitted.denoiser.state_dict().items())
    assert not fitted.denoiser.training and fitted.stems == saved.stems == (Stem.BASS,)


class Convolution(Component):
    """A network of somebody else's: it looks at the beats next to each beat."""

    config_class = DenoiserConfig

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        given = 2 * config.latent_channels + config.context_channels + config.place_channels + config.text_channels
        self.layer = torch.nn.Conv1d(given, config.latent_channels, 3, padding=1)

    def forward(
        self, noisy: Tensor, time: Tensor, condition: Condition, estimate: Any = None, perturbed: Any = None
    ) -> Tensor:
        batch, frames, _ = noisy.shape
        text = noisy.new_zeros(batch, 1, self.config.text_channels) if condition.text is None else condition.text
        heard = [noisy, noisy * 0 if estimate is None else estimate, condition.context, condition.place]
        out: Tensor = self.layer(torch.cat([*heard, text.expand(-1, frames, -1)], dim=-1).transpose(1, 2))
        return out.transpose(1, 2)


def test_another_network_is_trained_and_saved_and_writes_parts(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    network = f"{__name__}.Convolution"
    fitted = _trained(random_pipeline, tmp_path / "first", network=network)
    assert isinstance(fitted.denoiser, Convolution)
    assert json.loads((tmp_path / "first" / "model_index.json").read_text())["network"] == network
    onward = _trained(random_pipeline, tmp_path / "second", network=network, start=str(tmp_path / "first"))
    assert isinstance(onward.denoiser, Convolution)
    with pytest.raises(InputError, match=r"^start: .*first holds a .*\.Convolution; a transformer is needed"):
        _trained(random_pipeline, tmp_path / "third", start=str(tmp_path / "first"))
    inserter = MidiInserter.from_pretrained(tmp_path / "first", device="cpu")
    result = inserter(EXAMPLES / "night_drive.mid", "bass", prompt="busy", seed=1, tries=1)
    assert result.midi == inserter(EXAMPLES / "night_drive.mid", "bass", prompt="busy", seed=1, tries=1).midi


def test_a_network_of_ones_own_is_given_no_more_layers(random_pipeline: MidiPipeline, tmp_path: Path) -> None:
    network = f"{__name__}.Convolution"
    first = _trained(random_pipeline, tmp_path / "first", network=network)
    more = first.denoiser.config.layers + 1
    with pytest.raises(InputError, match=r"^start: .* layers; only transformer can be given more"):
        _trained(random_pipeline, tmp_path / "second", network=network, layers=more, start=str(tmp_path / "first"))


@pytest.mark.parametrize("network", ["antigravity.Net", "Convolution", "torch.nn.Linear", "sys.path", "", "json."])
def test_a_model_s_network_that_is_not_known_is_refused_and_nothing_imported(
    random_pipeline: MidiPipeline, tmp_path: Path, network: str
) -> None:
    _edited(_saved(random_pipeline, tmp_path) / "model_index.json", "network", lambda _: network)
    with pytest.raises(InputError, match=rf"model_index\.json: network: {re.escape(network)} is no network that is kn"):
        MidiPipeline.from_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=rf"^a\.yaml: network: {re.escape(network)} is no network that is known"):
        from_dict(DenoiserTraining, {"data": "", "validation": "", "codec": "", "network": network}, "a.yaml")
    assert "antigravity" not in sys.modules
