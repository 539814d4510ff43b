"""Generated signals, and files of them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile

RATE = 44_100


def song(seconds: float = 2.0, channels: int = 2, rate: int = RATE, peak: float = 0.4) -> np.ndarray:
    """Tones that differ from channel to channel, float64 [frames, channels], with a pulse every half second."""
    time = np.arange(round(seconds * rate)) / rate
    pulse = np.exp(-((time % 0.5) * 12))
    tones = [np.sin(2 * np.pi * (110 * (c + 1)) * time) for c in range(channels)]
    return np.asarray(peak * pulse[:, None] * np.stack(tones, axis=1))


def clicks(frames: int, rate: int = RATE, peak: float = 0.3, every: float = 0.5) -> np.ndarray:
    """A stem: decaying noise every half second and true silence after it, float32 [frames]."""
    time = (np.arange(frames) / rate) % every
    noise = np.random.default_rng(0).uniform(-1, 1, frames)
    return (peak * noise * np.exp(-time * 60) * (time < 0.1)).astype(np.float32)


def written(path: Path, samples: np.ndarray, subtype: str | None, rate: int = RATE, form: str | None = None) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype, format=form)
    return path


def as_bytes(samples: np.ndarray, form: str, subtype: str, rate: int = RATE) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=form, subtype=subtype)
    return buffer.getvalue()


def stem_folder(root: Path, names: list[str]) -> None:
    """Files of these names below a folder, two seconds each and every one louder than the one before."""
    for index, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written(path, song(2.0, peak=0.1 * (index + 1)), "PCM_16")
