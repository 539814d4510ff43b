"""From magnitudes to sound: Griffin-Lim with momentum, over songs of any length in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from audio_subtract.spectrogram import SpectrogramConfig, istft, linear_magnitude, stft

MOMENTUM = 0.99
BLOCK, KNOWN, AHEAD = 768, 16, 24
"""Frames that are solved at once, that are taken over from the block before, and that are solved but thrown away."""

Progress = Callable[[int, int], None]


def griffin_lim(
    magnitude: Tensor,
    config: SpectrogramConfig,
    rounds: int,
    generator: torch.Generator,
    known: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Sound, and its complex spectrogram, with magnitudes [bins, frames] (fast Griffin-Lim, Perraudin et al. 2013).

    Phases start at random. known: complex [bins, n], the first n frames, which stay as they are.
    """
    angle = torch.rand(magnitude.shape, generator=generator).to(magnitude.device) * (2 * math.pi)
    before = torch.zeros(magnitude.shape, dtype=torch.complex64, device=magnitude.device)
    spectrum = _with_known(torch.polar(magnitude, angle), known)
    samples = (magnitude.shape[1] - 1) * config.hop
    for _ in range(rounds):
        consistent = stft(istft(spectrum, config, samples), config)
        ahead = consistent + MOMENTUM * (consistent - before)
        before = consistent
        spectrum = _with_known(magnitude * ahead / ahead.abs().clamp(min=1e-12), known)
    return istft(spectrum, config, samples), spectrum


def _with_known(spectrum: Tensor, known: Tensor | None) -> Tensor:
    return spectrum if known is None else torch.cat([known, spectrum[:, known.shape[1] :]], dim=1)


def to_sound(
    level: Tensor,
    config: SpectrogramConfig,
    samples: int,
    seed: int = 0,
    rounds: int = 32,
    progress: Progress | None = None,
) -> Tensor:
    """Sound float32 [samples] on the CPU with the log-mel levels [frames, mels].

    Long songs are solved block by block, each going on from the last frames of the one before, so memory does not grow
    with their length but for the result. progress(done, total) counts frames.
    """
    generator = torch.Generator().manual_seed(seed)
    frames = len(level)
    sound = torch.zeros(max(samples, (frames - 1) * config.hop))
    known: Tensor | None = None
    for first in range(0, frames, BLOCK):
        start = first - (0 if known is None else known.shape[1])
        stop = min(frames, first + BLOCK + AHEAD)
        stop = max(stop, start + 2)  # one frame alone has no length
        part = torch.nn.functional.pad(level[start:stop], (0, 0, 0, max(0, stop - frames)), value=-100.0)
        magnitude = linear_magnitude(part, config)
        piece, spectrum = griffin_lim(magnitude, config, rounds, generator, known)
        _join(sound, piece.cpu(), start * config.hop, 0 if known is None else known.shape[1] * config.hop)
        end = first + BLOCK - start
        known = spectrum[:, max(0, end - KNOWN) : end]
        if progress:
            progress(min(first + BLOCK, frames), frames)
    return sound[:samples]


def _join(sound: Tensor, piece: Tensor, at: int, overlap: int) -> None:
    """Write `piece` into `sound` from `at` on, crossfaded with what is there over the middle of the overlap."""
    length = min(len(piece), len(sound) - at)
    fade = torch.ones(length)
    quarter = overlap // 4
    if overlap:
        fade[:quarter] = 0.0  # the edge of a block is not to be trusted
        fade[quarter : 3 * quarter] = torch.linspace(0, 1, 2 * quarter)
    place = sound[at : at + length]
    sound[at : at + length] = place * (1 - fade) + piece[:length] * fade
