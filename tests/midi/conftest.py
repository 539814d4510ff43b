"""A small random model, for tests of everything around the model."""

from pathlib import Path

import pytest
import torch

from midi_subtract.inserter import MidiInserter
from midi_subtract.model.autoencoder import AutoencoderConfig
from midi_subtract.model.codec import MidiCodec, MidiCodecConfig
from midi_subtract.model.pipeline import MidiPipeline
from subtract_core.model.denoiser import Denoiser, DenoiserConfig
from subtract_core.model.sampler import SamplerConfig

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def random_pipeline() -> MidiPipeline:
    torch.manual_seed(0)
    small = AutoencoderConfig(latent_channels=8, hidden=32)
    codec = MidiCodec(MidiCodecConfig(small, small))
    with torch.no_grad():  # untrained logits say "silence" everywhere: let some notes through
        for autoencoder in (codec.pitched, codec.drums):
            torch.nn.init.normal_(autoencoder.logits.cells.bias, mean=-1.5)
            torch.nn.init.normal_(autoencoder.logits.cells.weight, std=0.3)
    denoiser = Denoiser(
        DenoiserConfig(
            codec.latent_channels, codec.context_channels, codec.place_channels, width=32, layers=1, heads=2, frames=64
        )
    )
    return MidiPipeline(codec.eval(), denoiser.eval(), SamplerConfig(steps=3))


@pytest.fixture(scope="session")
def random_inserter(random_pipeline: MidiPipeline) -> MidiInserter:
    return MidiInserter(random_pipeline)
