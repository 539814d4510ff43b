"""Parts made ready for the codec: the rolls of their sounding beats without the empty cells.

Nothing here needs the codec's weights, so processes that draw batches ahead of training do it; what they hand over is
a small part of the rolls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from midi_subtract.model.features import context_features
from midi_subtract.model.rolls import RollSpec, roll_cells, spec_of
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from subtract_core.stems import STEMS, Stem

BLOCK = {"cpu": 2048, "cuda": 16384}
"""Beats whose rolls are in memory at once: on a CPU 17 MB of pitched ones, which the allocator gives again and again;
a GPU waits for every block to be asked for."""


@dataclass(frozen=True)
class StagedRolls:
    """The sounding beats of many parts, n in all; most beats of most parts are silent.

    part, beat: int64 [n], where each lies. cells: int64 [n + 1], where the set cells of each begin in `cell`, int32,
    place in the beat's flattened roll, and `value`, float32. All on the CPU; tensors, because processes hand these
    over in shared memory where they would copy arrays.
    """

    spec: RollSpec
    part: Tensor
    beat: Tensor
    cells: Tensor
    cell: Tensor
    value: Tensor

    def blocks(self, device: torch.device) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """(part, beat, rolls float32 [beats, 12, planes]) of at most `BLOCK` beats at a time, on `device`."""
        size = STEPS_PER_BEAT * self.spec.planes
        block = BLOCK.get(device.type, BLOCK["cpu"])
        # A GPU is handed all at once: many small copies keep it waiting.
        here = (self.part, self.beat, self.cells.diff(), self.cell, self.value)
        part, beat, counts, cell, value = (x.to(device) for x in here)
        for first in range(0, len(self.part), block):
            last = min(first + block, len(self.part))
            begin, end = int(self.cells[first]), int(self.cells[last])
            row = torch.arange(last - first, device=device)
            row = row.repeat_interleave(counts[first:last], output_size=end - begin)
            rolls = torch.zeros((last - first) * size, device=device)
            rolls[row * size + cell[begin:end]] = value[begin:end]
            yield part[first:last], beat[first:last], rolls.reshape(last - first, STEPS_PER_BEAT, self.spec.planes)


def stage_rolls(parts: Sequence[tuple[int, Notes]], stem: Stem, n_beats: int) -> StagedRolls:
    """Windows of `n_beats` beats, each with its number; the stem only says whether they are drums."""
    spec = spec_of(stem)
    size = STEPS_PER_BEAT * spec.planes
    part, beat, counts, cell, value = [], [], [], [], []
    for number, notes in parts:
        if not len(notes):
            continue
        places, values = roll_cells(notes, stem, n_beats)
        heard, count = np.unique(places // size, return_counts=True)
        part.append(np.full(len(heard), number))
        beat.append(heard)
        counts.append(count)
        cell.append((places % size).astype(np.int32))
        value.append(values)
    return StagedRolls(
        spec,
        _joined(part, np.int64),
        _joined(beat, np.int64),
        F.pad(_joined(counts, np.int64).cumsum(0), (1, 0)),
        _joined(cell, np.int32),
        _joined(value, np.float32),
    )


def _joined(arrays: Sequence[np.ndarray], kind: type[np.generic]) -> Tensor:
    return torch.from_numpy(np.concatenate([np.zeros(0, kind), *arrays], dtype=kind))


@dataclass(frozen=True)
class StagedParts:
    """Windows of `n_beats` beats, `count` of them, of any stems."""

    count: int
    n_beats: int
    drums: StagedRolls
    pitched: StagedRolls


def stage_parts(parts: Sequence[tuple[Stem, Notes]], n_beats: int) -> StagedParts:
    """Make parts of any stems ready for the codec."""
    numbered = [(number, stem is Stem.DRUMS, notes) for number, (stem, notes) in enumerate(parts)]
    drums = stage_rolls([(number, notes) for number, is_drums, notes in numbered if is_drums], Stem.DRUMS, n_beats)
    pitched = stage_rolls([(number, notes) for number, is_drums, notes in numbered if not is_drums], Stem.BASS, n_beats)
    return StagedParts(len(parts), n_beats, drums, pitched)


@dataclass(frozen=True)
class StagedContexts:
    """Remaining mixes: their stems one after another, those of all mixes together, as `parts`; an absent one is silent.

    present: float32 [batch, stems]. features: float32 [batch, beats, FEATURE_CHANNELS].
    """

    parts: StagedParts
    present: Tensor
    features: Tensor


def stage_contexts(contexts: Sequence[Mapping[Stem, Notes]], n_beats: int) -> StagedContexts:
    """Make remaining mixes ready for the codec."""
    parts = [(stem, context.get(stem, Notes.empty())) for stem in STEMS for context in contexts]
    return StagedContexts(
        stage_parts(parts, n_beats),
        torch.tensor([[float(stem in context) for stem in STEMS] for context in contexts]),
        torch.from_numpy(np.stack([context_features(context, n_beats) for context in contexts])),
    )


@dataclass(frozen=True)
class StagedExamples:
    """The targets of subtractive examples and what remains of their songs."""

    targets: StagedParts
    contexts: StagedContexts
