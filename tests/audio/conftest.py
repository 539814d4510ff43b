"""A small random model, for tests of everything around the model."""

from __future__ import annotations

import pytest
import torch

from audio_subtract.inserter import AudioInserter
from audio_subtract.model.pipeline import AudioPipeline
from tests.audio.models import small_pipeline


@pytest.fixture(scope="session")
def pipeline() -> AudioPipeline:
    torch.set_num_threads(1)
    return small_pipeline()


@pytest.fixture(scope="session")
def inserter(pipeline: AudioPipeline) -> AudioInserter:
    return AudioInserter(pipeline)
