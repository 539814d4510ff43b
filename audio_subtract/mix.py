"""Song out = song in + stem, sample for sample, in the numbers of the song's own file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from audio_subtract.files.waveform import Waveform

LOOK_AHEAD = 0.005
"""Seconds over which a stem is turned down before it would clip the sum, and up again afterwards."""
_AUDIBLE = 1e-4
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Mixed:
    """A song with its stem.

    mix, stem: [frames, channels] in the song's own type; mix - stem is the song, exactly for integers, to rounding for
    floats.
    reduction: most decibels that the stem was turned down by, lest the sum clip; 0 where it fits, 60 at most.
    reduced_seconds: for how long it was turned down.
    """

    mix: np.ndarray
    stem: np.ndarray
    reduction: float
    reduced_seconds: float


def insert_stem(song: Waveform, stem: np.ndarray) -> Mixed:
    """Add a stem to a song. stem: float32 [song.frames] at the song's rate, full scale 1.

    It goes to both front channels of a song that has several. Where the sum would leave full scale, or the song's own
    peak if that is higher, the stem is turned down smoothly; the song never is. Integer songs get a stem rounded to
    their own steps, so samples are untouched where it is silent.
    """
    gain = _headroom_gain(song, stem)
    reduced = gain < 1.0
    if reduced.any():
        gain = _smoothed(gain, max(1, round(LOOK_AHEAD * song.rate)))
        reduced = (gain < 0.999) & (np.abs(stem) > _AUDIBLE)
        stem = stem * gain
    mix = song.samples.copy()
    part = np.zeros_like(song.samples)
    for at in range(0, song.frames, _BLOCK):
        some = slice(at, at + _BLOCK)
        front = song.samples[some, :2]
        part[some, :2] = _stored(song, front, stem[some])
        mix[some, :2] = front + part[some, :2]
    lowest = max(float(gain[reduced].min(initial=1.0)), 1e-3)
    return Mixed(mix, part, abs(20 * float(np.log10(lowest))), float(reduced.sum()) / song.rate)


def _ceiling(song: Waveform) -> float:
    """Full scale as a share of itself, or the song's own peak where floats go beyond."""
    if song.is_integer:
        return 1.0 - song.step / song.full_scale
    return max(1.0, song.peak)


def _headroom_gain(song: Waveform, stem: np.ndarray) -> np.ndarray:
    """The largest factor, 0-1, at which each sample of the stem fits over the song's; float32 [frames]."""
    ceiling, gain = _ceiling(song), np.ones(song.frames, dtype=np.float32)
    most = max(1.0, ceiling)  # the stem has to fit a file of its own too, of the song's format
    for at in range(0, song.frames, _BLOCK):
        some = slice(at, at + _BLOCK)
        block = stem[some]
        loud = np.abs(block) > 0
        for channel in range(min(2, song.channels)):
            # How far the sample may still go in the direction in which the stem pushes it.
            own = song.samples[some, channel].astype(np.float32) / np.float32(song.full_scale)
            room = np.clip(ceiling - own * np.sign(block), 0.0, most)
            fits = np.divide(room, np.abs(block), out=np.ones_like(block), where=loud)
            gain[some] = np.minimum(gain[some], fits)
    return gain


def _smoothed(gain: np.ndarray, reach: int) -> np.ndarray:
    """A smooth gain nowhere above the one given: the least within `reach`, averaged over as much (Hann).

    Works through long songs a block at a time: a convolution of a whole one takes gigabytes.
    """
    padded = F.pad(torch.from_numpy(gain)[None, None], (2 * reach, 2 * reach), mode="replicate")
    window = torch.hann_window(2 * reach + 1, periodic=False) + 1e-6
    window = (window / window.sum())[None, None]
    smooth = np.empty_like(gain)
    for at in range(0, len(gain), _BLOCK):
        least = -F.max_pool1d(-padded[..., at : at + _BLOCK + 4 * reach], 2 * reach + 1, stride=1)
        smooth[at : at + _BLOCK] = F.conv1d(least, window)[0, 0].clamp(max=1.0).numpy()
    return smooth


def _stored(song: Waveform, front: np.ndarray, stem: np.ndarray) -> np.ndarray:
    """A block of the stem as it can be stored and added to the front channels [frames, 1 or 2], in their type."""
    if not song.is_integer:
        return np.asarray((front + stem[:, None]) - front, dtype=front.dtype)
    step, full = song.step, int(song.full_scale)
    rounded = np.rint(stem.astype(np.float64) * (full / step)).astype(np.int64) * step
    own = front.astype(np.int64)
    lowest, highest = (-full - own).max(axis=1), (full - step - own).min(axis=1)
    # Rounding may go a step too far; and the stem has to fit a file of its own.
    rounded = np.clip(rounded, np.maximum(lowest, -full), np.minimum(highest, full - step))
    return np.asarray(np.broadcast_to(rounded[:, None], front.shape), dtype=front.dtype)
