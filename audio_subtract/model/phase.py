"""From magnitudes to sound: Griffin-Lim with momentum, over songs of any length in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.model.spectrogram import SpectrogramConfig, istft, linear_magnitude, stft

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
    start: Tensor | None = None,
    held: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sound, and its complex spectrogram, with magnitudes [bins, frames] (fast Griffin-Lim, Perraudin et al. 2013).

    Phases start as in `start`, complex [bins, frames]; without it as `peak_phases` supposes.
    known: complex [bins, n], the first n frames, which stay as they are. held: how many bins, the lowest, keep the
    phases that they start with.
    """
    angle = peak_phases(magnitude, config, generator, known) if start is None else start.angle()
    before = torch.zeros(magnitude.shape, dtype=torch.complex64, device=magnitude.device)
    spectrum = _with_known(torch.polar(magnitude, angle), known)
    samples = (magnitude.shape[1] - 1) * config.hop
    low = spectrum[:held]
    for _ in range(rounds):
        consistent = stft(istft(spectrum, config, samples), config)
        ahead = consistent + MOMENTUM * (consistent - before)
        before = consistent
        spectrum = magnitude * ahead / ahead.abs().clamp(min=1e-12)
        spectrum = _with_known(torch.cat([low, spectrum[held:]]), known)
    return istft(spectrum, config, samples), spectrum


def peak_phases(
    magnitude: Tensor, config: SpectrogramConfig, generator: torch.Generator, known: Tensor | None = None
) -> Tensor:
    """Phases in radians, [bins, frames], by which every peak of the magnitudes goes on as a sine of its frequency.

    Single Pass Spectrogram Inversion (Beauregard, Harish & Wyse, 2015): peaks are interpolated by a parabola in the
    logarithm, and a bin takes its phase from the nearest peak. The first frame is random, or the last of `known`,
    complex [bins, n], the first n frames. Tones come back truer in pitch from it than from random phases.
    """
    bins, frames = magnitude.shape
    number = torch.arange(bins, device=magnitude.device)[:, None].expand(bins, frames)
    level = magnitude.clamp(min=1e-9).log()
    left, middle, right = level[:-2], level[1:-1], level[2:]
    is_peak = F.pad((middle > left) & (middle >= right), (0, 0, 1, 1))
    bend = (left - 2 * middle + right).clamp(max=-1e-6)
    moved = F.pad((0.5 * (left - right) / bend).clamp(-0.5, 0.5), (0, 0, 1, 1))
    below = torch.where(is_peak, number, -bins).cummax(dim=0).values
    above = torch.where(is_peak, number, 3 * bins).flip(0).cummin(dim=0).values.flip(0)
    peak = torch.where(number - below <= above - number, below, above)
    peak = torch.where((peak >= 0) & (peak < bins), peak, number)  # a frame without any peak
    # Around a peak, phases of a window that starts at zero differ by half a turn from bin to bin.
    turn = (peak + moved.gather(0, peak)) * (2 * math.pi * config.hop / config.n_fft) + (number - peak) % 2 * math.pi
    random = torch.rand(bins, 1, generator=generator).to(magnitude.device) * (2 * math.pi)
    angles = list((random if known is None else known.angle()).T)
    for source, by in zip(peak.T[len(angles) :], turn.T[len(angles) :], strict=True):
        angles.append((angles[-1][source] + by) % (2 * math.pi))
    return torch.stack(angles, dim=1)


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

    Long songs are solved in blocks (`sound_in_blocks`). progress(done, total) counts frames.
    """

    def magnitude(first: int, last: int) -> Tensor:
        return linear_magnitude(level[first:last], config)

    generator = torch.Generator().manual_seed(seed)
    return sound_in_blocks(magnitude, len(level), config, samples, generator, rounds, progress)


def sound_in_blocks(
    magnitude: Callable[[int, int], Tensor],
    frames: int,
    config: SpectrogramConfig,
    samples: int,
    generator: torch.Generator,
    rounds: int = 32,
    progress: Progress | None = None,
    start: Callable[[int, int], Tensor] | None = None,
    held: int = 0,
) -> Tensor:
    """Sound float32 [samples] on the CPU with the magnitudes that `magnitude(first, last)` gives, [bins, last - first].

    Solved block by block, each going on from the last frames of the one before, so memory does not grow with a song's
    length but for the result. start: (first, last) -> complex [bins, last - first], where phases start instead of as
    `peak_phases` supposes. held: how many bins, the lowest, keep those. progress(done, total) counts frames.
    """
    sound = torch.zeros(max(samples, (frames - 1) * config.hop))
    known: Tensor | None = None
    for first in range(0, frames, BLOCK):
        begin = first - (0 if known is None else known.shape[1])
        last = min(frames, first + BLOCK + AHEAD)
        missing = max(0, begin + 2 - last)  # one frame alone has no length
        block = F.pad(magnitude(begin, last), (0, missing))
        phases = None if start is None else F.pad(start(begin, last), (0, missing))
        piece, spectrum = griffin_lim(block, config, rounds, generator, known, phases, held)
        _join(sound, piece.cpu(), begin * config.hop, 0 if known is None else known.shape[1] * config.hop)
        end = first + BLOCK - begin
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
