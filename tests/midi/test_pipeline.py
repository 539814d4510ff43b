"""A model on disk: what belongs to it goes with it."""

import json
from dataclasses import replace
from pathlib import Path

import torch

from midi_subtract.pipeline import MidiPipeline
from subtract_core.understanding.embedding import EmbeddingConfig
from subtract_core.understanding.encoder import TextEncoder, TextEncoderConfig


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
