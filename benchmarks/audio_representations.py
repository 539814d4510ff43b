"""What representations of sound lose: python benchmarks/audio_representations.py FILE...

Each is made of a file, spoilt by noise of 10% of its spread (as a model's errors would), and turned back into sound.
Prints a Markdown table: values a second, log-spectral distance in dB and correlation of onset envelopes with the
original (audio_subtract/metrics.py), means over the files, and seconds of sound that a second of processor time gives
back.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from audio_subtract.files.reader import read_audio
from audio_subtract.metrics import log_spectral_distance, onset_correlation
from audio_subtract.model.phase import griffin_lim, to_sound
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, istft, log_mel, stft

NOISE = 0.1
POWER = 0.3
LINEAR = SpectrogramConfig()


@dataclass(frozen=True)
class Representation:
    """forward: sound [samples] to values [..., frames or so]; back: values and the number of samples to sound."""

    name: str
    forward: Callable[[Tensor], Tensor]
    back: Callable[[Tensor, int], Tensor]


def mel(bands: int, rounds: int = 32) -> Representation:
    config = SpectrogramConfig(mels=bands)
    return Representation(
        f"log-mel {bands}, {rounds} rounds",
        lambda sound: log_mel(sound, config),
        lambda levels, samples: to_sound(levels.clamp(-100, 0), config, samples, rounds=rounds),
    )


def linear(rounds: int) -> Representation:
    def back(levels: Tensor, samples: int) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        return griffin_lim(10 ** (levels / 20), LINEAR, rounds, generator)[0][:samples]

    return Representation(
        f"log magnitude 1025, {rounds} rounds",
        lambda sound: 20 * torch.log10(stft(sound, LINEAR).abs().clamp(min=1e-5)),
        back,
    )


def compressed() -> Representation:
    def forward(sound: Tensor) -> Tensor:
        spectrum = stft(sound, LINEAR)
        return torch.view_as_real(torch.polar(spectrum.abs() ** POWER, spectrum.angle()))

    def back(values: Tensor, samples: int) -> Tensor:
        spectrum = torch.view_as_complex(values.contiguous())
        return istft(torch.polar(spectrum.abs() ** (1 / POWER), spectrum.angle()), LINEAR, samples)

    return Representation(f"complex STFT, magnitude^{POWER}", forward, back)


def measure(kind: Representation, sound: np.ndarray) -> list[float]:
    """Values a second; distance and onsets as it is and with noise; speed of the way back."""
    values = kind.forward(torch.from_numpy(sound))
    noise = torch.randn(values.shape, generator=torch.Generator().manual_seed(1)) * values.std() * NOISE
    started = time.process_time()
    plain = kind.back(values, len(sound)).numpy()
    speed = len(sound) / RATE / (time.process_time() - started)
    spoilt = kind.back(values + noise, len(sound)).numpy()
    figures = [values.numel() / len(sound) * RATE]
    for other in (plain, spoilt):
        figures += [log_spectral_distance(other, sound), onset_correlation(other, sound)]
    return [*figures, speed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=6.0, help="how much of each file, from its start")
    arguments = parser.parse_args()
    sounds = [read_audio(path).heard(RATE)[: round(arguments.seconds * RATE)] for path in arguments.files]
    print(f"{len(sounds)} files, {arguments.seconds:g} s each\n")
    print("| representation | values/s | LSD | onsets | LSD, noise | onsets, noise | speed |")
    print("|---|---|---|---|---|---|---|")
    for kind in (linear(64), mel(128), mel(192), mel(256), mel(256, 64), compressed()):
        row = np.mean([measure(kind, sound) for sound in sounds], axis=0)
        cells = [f"{row[0] / 1000:.1f}k", f"{row[1]:.2f}", f"{row[2]:.3f}", f"{row[3]:.2f}", f"{row[4]:.3f}"]
        print(f"| {' | '.join([kind.name, *cells])} | {row[5]:.0f}x |")


if __name__ == "__main__":
    main()
