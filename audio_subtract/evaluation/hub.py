"""Embeddings by name: the one that comes with the package, one of one's own, or CLAP from a model hub."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from audio_subtract.evaluation.cases import Sound
from audio_subtract.evaluation.embedding import BUNDLED, OwnEmbedder, PairEmbedding
from audio_subtract.evaluation.realism import Embedder
from audio_subtract.files.waveform import resampled
from audio_subtract.model.spectrogram import RATE
from subtract_core.errors import ConfigError, InputError

FloatArray = npt.NDArray[np.float64]
CLAP = "laion/clap-htsat-unfused"
_CLAP_RATE, _CLAP_SECONDS = 48_000, 10.0


def load_embedder(name: str, device: torch.device | str = "cpu") -> Embedder | None:
    """The embedding called `name`: "default", a folder that `msub train` made, "clap" or "clap:NAME" with the name or
    folder of a CLAP model for the transformers library, or "none".

    Raises `InputError` or `ConfigError` where it cannot be had.
    """
    if name == "none":
        return None
    if name == "clap" or name.startswith("clap:"):
        return ClapEmbedder(name.partition(":")[2] or CLAP, device)
    folder = BUNDLED if name == "default" else Path(name)
    if not folder.is_dir():
        raise InputError(
            f"embedding: {name!r} is neither default, clap, clap:NAME nor none, and no folder of an embedding"
        )
    return OwnEmbedder(PairEmbedding.from_pretrained(folder), name, device)


class ClapEmbedder:
    """The sound tower of a CLAP model (Wu et al. 2023, arXiv 2211.06687), as published measures use it: a pair is the
    sum of stem and rest, as for APA in arXiv 2503.06346. Windows of ten seconds."""

    def __init__(self, model: str, device: torch.device | str = "cpu") -> None:
        try:
            import transformers
        except ImportError:
            raise ConfigError(f"embedding: {model} needs the transformers library: pip install 'msub[hub]'") from None
        try:
            self.model = transformers.ClapModel.from_pretrained(model).to(device).eval()
            self.extractor = transformers.ClapFeatureExtractor.from_pretrained(model)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(f"embedding: {model} cannot be loaded as a CLAP model: {reason}") from None
        self.name, self.device = model, device

    def stem(self, stem: Sound) -> FloatArray:
        """Vectors [windows, features] of a stem alone."""
        return self._embed(stem.samples)

    def pair(self, context: Sound, stem: Sound) -> FloatArray:
        """Vectors [windows, features] of a stem together with the rest of the song."""
        return self._embed(context.samples + stem.samples)

    @torch.no_grad()
    def _embed(self, samples: np.ndarray) -> FloatArray:
        sound = resampled(samples, RATE, _CLAP_RATE)
        length = round(_CLAP_SECONDS * _CLAP_RATE)
        starts = range(0, max(1, len(sound) - length // 2), length)
        windows = [sound[start : start + length] for start in starts]
        inputs = self.extractor(windows, sampling_rate=_CLAP_RATE, return_tensors="pt").to(self.device)
        return np.asarray(self.model.get_audio_features(**inputs).pooler_output.double().cpu().numpy())
