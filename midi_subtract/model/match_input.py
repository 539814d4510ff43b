"""What the matcher hears: parts and contexts as planes over frames of an eighth note.

A frame is six grid steps. Pitch planes tell pitch classes apart, so that moving everything by a semitone turns them by
one; rhythm planes tell steps and drum classes apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from midi_subtract.metrics import classes_of
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from subtract_core.stems import PITCHED, STEMS, Stem

FRAME_STEPS = STEPS_PER_BEAT // 2
PLACES = 8
"""Frames of a bar by which it is compared with others: all of a 4/4 bar's."""
_HALF = FRAME_STEPS // 2
_PITCH = 3  # onset in either half of the frame, share of it that sounds
_PULSE = FRAME_STEPS + 1  # onset on each step, height
_DRUM = len(DRUM_CLASSES) * FRAME_STEPS
PART_PITCH, PART_RHYTHM = _PITCH, _PULSE + _DRUM
CONTEXT_PITCH, CONTEXT_RHYTHM = len(PITCHED) * _PITCH, len(PITCHED) * _PULSE + _DRUM + len(STEMS)

_GROUPED = (
    ("kick",),
    ("snare", "stick and clap"),
    ("closed hat", "pedal hat", "open hat", "ride"),
    ("low tom", "mid tom", "high tom"),
    ("crash",),
)
_GROUPS = tuple(tuple(i for i, (name, *_) in enumerate(DRUM_CLASSES) if name in group) for group in _GROUPED)
PART_GROUPS, CONTEXT_GROUPS = 1 + len(_GROUPS), len(PITCHED) + len(_GROUPS)


class Planes(NamedTuple):
    """pitch: float32 [..., pitch planes, 12, frames]; rhythm: float32 [..., rhythm planes, frames]."""

    pitch: Tensor
    rhythm: Tensor

    def to(self, device: torch.device) -> Planes:
        """The same on another device."""
        return Planes(self.pitch.to(device), self.rhythm.to(device))

    @classmethod
    def stack(cls, several: Sequence[Planes]) -> Planes:
        """Planes of equal size with a batch dimension in front."""
        return cls(torch.stack([p.pitch for p in several]), torch.stack([p.rhythm for p in several]))


def frames_of(n_steps: int) -> int:
    """Frames that hold so many grid steps."""
    return -(-n_steps // FRAME_STEPS)


def part_planes(part: Notes, stem: Stem, n_frames: int) -> Planes:
    """A part: pitch planes [3, 12, frames] (zero for drums), rhythm planes [79, frames].

    Rhythm planes are those of pitched parts (six steps, height), then those of drums (12 classes of six steps).
    """
    rhythm = np.zeros((PART_RHYTHM, n_frames), dtype=np.float32)
    if stem is Stem.DRUMS:
        rhythm[_PULSE:] = _drums(part, n_frames)
        pitch = np.zeros((_PITCH, 12, n_frames), dtype=np.float32)
    else:
        pitch, rhythm[:_PULSE] = _classes(part, n_frames), _pulses(part, n_frames)
    return Planes(torch.from_numpy(pitch), torch.from_numpy(rhythm))


def context_planes(context: Mapping[Stem, Notes], n_frames: int) -> Planes:
    """All other parts: pitch planes [15, 12, frames], rhythm planes [113, frames], family by family.

    The last six rhythm planes say which families there are.
    """
    pitch = np.zeros((CONTEXT_PITCH, 12, n_frames), dtype=np.float32)
    rhythm = np.zeros((CONTEXT_RHYTHM, n_frames), dtype=np.float32)
    for index, stem in enumerate(PITCHED):
        if stem in context and len(context[stem]):
            pitch[index * _PITCH : (index + 1) * _PITCH] = _classes(context[stem], n_frames)
            rhythm[index * _PULSE : (index + 1) * _PULSE] = _pulses(context[stem], n_frames)
    drums = len(PITCHED) * _PULSE
    if Stem.DRUMS in context:
        rhythm[drums : drums + _DRUM] = _drums(context[Stem.DRUMS], n_frames)
    for stem in context:
        rhythm[drums + _DRUM + stem.number] = 1.0
    return Planes(torch.from_numpy(pitch), torch.from_numpy(rhythm))


def struck_together(part: Tensor, context: Tensor) -> Tensor:
    """What is struck on the same grid steps, [n, 60, frames]: 6 groups of a part by 10 of a context, counted by frame.

    part, context: rhythm planes [n, planes, frames]. The groups are pitched families and, of drums, kick, snare, hats
    and ride, toms, crash.
    """
    ours, theirs = _grouped(part, 1), _grouped(context, len(PITCHED))
    together = sum(ours[:, :, None, step] * theirs[:, None, :, step] for step in range(FRAME_STEPS))
    assert isinstance(together, Tensor)
    return together.flatten(1, 2)


def _grouped(rhythm: Tensor, families: int) -> Tensor:
    """Onsets of each group by step, [n, groups, 6, frames], of rhythm planes with so many pitched families."""
    n, first, frames = len(rhythm), families * _PULSE, rhythm.shape[-1]
    pitched = rhythm[:, :first].reshape(n, families, _PULSE, frames)[:, :, :FRAME_STEPS]
    drums = rhythm[:, first : first + _DRUM].reshape(n, len(DRUM_CLASSES), FRAME_STEPS, frames)
    groups = [drums[:, list(classes)].amax(dim=1) for classes in _GROUPS]
    return torch.cat([pitched, torch.stack(groups, dim=1)], dim=1)


class Bars(NamedTuple):
    """Where bars lie among frames.

    shares: float32 [frames, bars], a column adds up to 1, so that a product with it is a mean over each bar. places:
    int64 [bars, 8], frames spread evenly over each bar, by which bars are compared with each other.
    """

    shares: Tensor
    places: Tensor

    @classmethod
    def of(cls, bar_starts: np.ndarray, n_frames: int) -> Bars:
        """bar_starts: bar lines in steps, the end included; one inside a frame counts as the frame's start. Bars that
        hold no frame are left out."""
        lines = np.clip(np.asarray(bar_starts) // FRAME_STEPS, 0, n_frames).tolist()
        bars = [(a, b) for a, b in pairwise(lines) if b > a] or [(0, n_frames)]
        shares = torch.zeros(n_frames, len(bars))
        for index, (first, last) in enumerate(bars):
            shares[first:last, index] = 1.0 / (last - first)
        places = [[a + i * (b - a) // PLACES for i in range(PLACES)] for a, b in bars]
        return cls(shares, torch.tensor(places))

    def to(self, device: torch.device) -> Bars:
        """The same on another device."""
        return Bars(self.shares.to(device), self.places.to(device))


def _struck(notes: Notes, n_frames: int) -> Notes:
    """The notes that start inside the frames, in types wide enough for arithmetic."""
    onset = notes.onset.astype(np.int64)
    return notes.select((onset >= 0) & (onset < n_frames * FRAME_STEPS)).wide()


def _classes(notes: Notes, n_frames: int) -> np.ndarray:
    """Pitch planes float32 [3, 12, frames] of one pitched family."""
    planes = np.zeros((_PITCH, 12, n_frames), dtype=np.float32)
    struck = _struck(notes, n_frames)
    half = (struck.onset % FRAME_STEPS) // _HALF
    planes[half, struck.pitch % 12, struck.onset // FRAME_STEPS] = 1.0
    steps = n_frames * FRAME_STEPS
    begin, end = (np.clip(at.astype(np.int64), 0, steps) for at in (notes.onset, notes.end))
    change = np.zeros((12, steps + 1), dtype=np.int32)
    np.add.at(change, (notes.pitch % 12, begin), 1)
    np.add.at(change, (notes.pitch % 12, end), -1)
    sounds = np.cumsum(change[:, :-1], axis=1) > 0
    planes[2] = sounds.reshape(12, n_frames, FRAME_STEPS).mean(axis=2)
    return planes


def _pulses(notes: Notes, n_frames: int) -> np.ndarray:
    """Rhythm planes float32 [7, frames] of one pitched family: onsets by step, and how high they are on average.

    Heights are in octaves above the mean of all notes, so that transposing the part changes nothing.
    """
    planes = np.zeros((_PULSE, n_frames), dtype=np.float32)
    struck = _struck(notes, n_frames)
    frame = struck.onset // FRAME_STEPS
    planes[struck.onset % FRAME_STEPS, frame] = 1.0
    count = np.bincount(frame, minlength=n_frames)
    above = (struck.pitch - struck.pitch.mean()) / 12 if len(struck) else np.zeros(0)
    height = np.bincount(frame, weights=above, minlength=n_frames)
    planes[FRAME_STEPS] = height / np.maximum(count, 1)
    return planes


def _drums(notes: Notes, n_frames: int) -> np.ndarray:
    """Rhythm planes float32 [72, frames] of drums: onsets by class and step."""
    planes = np.zeros((len(DRUM_CLASSES), FRAME_STEPS, n_frames), dtype=np.float32)
    struck = _struck(notes, n_frames)
    kind = classes_of(struck)
    known = kind >= 0
    planes[kind[known], struck.onset[known] % FRAME_STEPS, struck.onset[known] // FRAME_STEPS] = 1.0
    return planes.reshape(_DRUM, n_frames)
