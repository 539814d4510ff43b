"""Finished mixes taken apart into stems by Demucs, which the extra `demucs` brings."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from audio_subtract.files.formats import SUFFIXES, AudioFormat
from audio_subtract.files.reader import read_audio
from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.files.writer import write_audio
from audio_subtract.model.spectrogram import SpectrogramConfig
from audio_subtract.training.folders import StemFiles, read_stems
from audio_subtract.training.store import Song
from subtract_core.errors import InputError
from subtract_core.files import files_below
from subtract_core.model.device import pick_device
from subtract_core.stem_names import stem_of_words
from subtract_core.stems import Stem

_SUFFIX = ".flac"
_FORMAT = AudioFormat("FLAC", "PCM_24")


@dataclass(frozen=True)
class Separator:
    """Makes a training song of a finished mix; the `make` of `audio_subtract.training.prepare`.

    model: what Demucs calls its model, or the path of a saved one. stems: folder that keeps every mix's stems, a folder
    a mix and a FLAC file a stem, so that they can be heard, corrected, and trained on as waveforms.
    device: auto, cpu, cuda or mps.
    """

    model: str
    stems: Path
    device: str = "auto"

    def __call__(
        self, mix: Path, config: SpectrogramConfig, rng: np.random.Generator | None = None
    ) -> tuple[Song, dict[str, Any]]:
        """The stems of a mix as levels, and a row for the manifest; raises `InputError` like `read_stems`.

        Stems that an earlier run left are taken as they are.
        """
        folder = self.stems / self.name_of(mix)
        if not folder.is_dir():
            self._separate(mix, folder)
        files: dict[Stem, list[Path]] = {}
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            files.setdefault(stem_of_words(path.stem) or Stem.KEYS, []).append(path)
        song, row = read_stems(StemFiles(str(mix), files), config)
        return song, {**row, "separated_by": self.model}

    @staticmethod
    def name_of(mix: Path) -> str:
        """What the folder of a mix's stems is called: its name, and what tells its path from those of all others."""
        digest = hashlib.sha1(str(mix.resolve()).encode()).hexdigest()[:8]
        return f"{mix.stem[:100]}-{digest}"

    def _separate(self, mix: Path, folder: Path) -> None:
        """Write the stems of a mix, all of them or none."""
        rate, sounds = separate(load_separator(self.model), read_audio(mix), pick_device(self.device))
        loudest = max(float(np.abs(sound).max(initial=0)) for sound in sounds.values())
        self.stems.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=self.stems, prefix="."))
        try:
            for name, sound in sounds.items():
                scaled = sound / max(1.0, loudest)  # one factor for all: their levels to each other are kept
                samples = np.rint(scaled.T * (2**23 - 1)).astype(np.int32) << 8
                write_audio(staging / f"{name}{_SUFFIX}", samples, Waveform(samples, rate, _FORMAT, str(mix)))
            staging.chmod(0o755)
            staging.replace(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def find_mixes(root: Path) -> list[Path]:
    """The audio files below `root`, or itself, in a fixed order; raises `InputError` where there is none."""
    if not root.exists():
        raise InputError(f"{root}: no such file or folder")
    files = [root] if root.is_file() else sorted(p for p in files_below(root) if p.suffix.lower() in SUFFIXES)
    files = [p for p in files if not p.name.startswith(".")]
    if not files:
        raise InputError(f"{root}: holds no audio files to separate")
    return files


@lru_cache(maxsize=1)
def load_separator(model: str) -> Any:
    """A model of Demucs: by name from its hub, or from a file (.th or .safetensors) or folder of its own formats.

    A folder holds one bag of models (a .yaml file and what it names) or one model. Raises `InputError`, which says what
    to do, where it cannot be had.
    """
    if importlib.util.find_spec("demucs") is None:
        raise InputError("--separate: needs Demucs; run: pip install 'msub[demucs]'")
    path = Path(model)
    try:
        loaded = _from_path(path) if path.exists() else _from_hub(model)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # a damaged file or a network raises anything, Demucs also ends programs
        reason = (" ".join(str(error).split()) or type(error).__name__).split(". ")[0].rstrip(".")
        hint = "" if path.exists() else "; fetch it where the network can be reached, or give a saved model's path"
        raise InputError(f"--separator: {model} cannot be loaded: {reason}{hint}") from error
    return loaded.eval()


def _from_hub(name: str) -> Any:
    from demucs.pretrained import get_model

    return get_model(name)


def _from_path(path: Path) -> Any:
    from demucs.hf import load_safetensors_model
    from demucs.pretrained import get_model

    if path.is_file():
        states: Any = import_module("demucs.states")  # without types
        return load_safetensors_model(path) if path.suffix == ".safetensors" else states.load_model(path)
    names = [p.stem for p in sorted(path.glob("*.yaml"))] or [p.stem.split("-")[0] for p in sorted(path.glob("*.th"))]
    single = sorted(path.glob("*.safetensors"))
    if not names and len(single) == 1:
        return load_safetensors_model(single[0])
    if len(names) != 1:
        raise InputError(f"--separator: {path} holds {len(names)} models; a folder of one, or its file, is needed")
    return get_model(names[0], repo=path)


def separate(model: Any, mix: Waveform, device: torch.device) -> tuple[int, dict[str, np.ndarray]]:
    """A mix's stems by Demucs' names for them, float32 [channels, samples], and their sample rate."""
    from demucs.apply import apply_model

    rate, channels = int(model.samplerate), int(model.audio_channels)
    front = mix.samples[:, : min(channels, mix.channels)].astype(np.float32) / np.float32(mix.full_scale)
    sound = torch.from_numpy(np.stack([resampled(np.ascontiguousarray(c), mix.rate, rate) for c in front.T]))
    sound = sound.expand(channels, -1)
    # Demucs was trained on mixes of mean 0 and deviation 1, as its own program makes them.
    heard = sound.mean(dim=0)
    mean, spread = heard.mean(), heard.std().clamp(min=1e-5)
    with torch.no_grad():
        parts = apply_model(model, ((sound - mean) / spread)[None], shifts=0, device=device)[0] * spread + mean
    return rate, {str(name): part.cpu().numpy() for name, part in zip(model.sources, parts, strict=True)}
