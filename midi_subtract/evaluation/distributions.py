"""Distributions that are plotted, and compared with GT's by the area that their histograms share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from midi_subtract import metrics
from midi_subtract.evaluation.cases import Case
from midi_subtract.evaluation.scores import harmony
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from subtract_core.evaluation.measures import bootstrap_interval, histogram, overlap_of_counts
from subtract_core.stems import Stem

FloatArray = npt.NDArray[np.float64]
SIXTEENTH = STEPS_PER_BEAT // 4


@dataclass(frozen=True)
class Distribution:
    """name, and unit for an axis; edges of the histogram's bins; values: of one part, for one case."""

    name: str
    unit: str
    edges: FloatArray
    values: Callable[[Notes, Case], FloatArray]

    def counts(self, parts: Sequence[Sequence[Notes]], cases: Sequence[Case]) -> FloatArray:
        """Values a bin of parts[case][seed], seeds together: [cases, bins]."""
        return np.array(
            [
                sum(histogram(self.values(part, case), self.edges) for part in seeds)
                for seeds, case in zip(parts, cases, strict=True)
            ]
        )


def _harmony(part: Notes, case: Case) -> FloatArray:
    return np.array([harmony(part, case)])


def _density(part: Notes, case: Case) -> FloatArray:
    return np.array([metrics.notes_per_bar(part, case.n_bars)])


def _pitch(part: Notes, case: Case) -> FloatArray:
    if case.stem is Stem.DRUMS:
        kinds = metrics.classes_of(part)
        return np.asarray(kinds[kinds != metrics.NO_CLASS], dtype=np.float64)
    return np.asarray(part.pitch, dtype=np.float64)


def _velocity(part: Notes, case: Case) -> FloatArray:
    return np.asarray(part.velocity, dtype=np.float64)


def _intervals(part: Notes, case: Case) -> FloatArray:
    return np.asarray(np.diff(np.unique(part.onset)) / SIXTEENTH, dtype=np.float64)


def distributions(stem: Stem) -> list[Distribution]:
    """Those of one instrument; drums have classes in the place of pitches, and no harmony."""
    drums = stem is Stem.DRUMS
    pitches = len(DRUM_CLASSES) if drums else 128
    found = [
        Distribution("in-harmony", "share of a case's notes", _edges(0, 1, 0.1), _harmony),
        Distribution("density", "notes per bar of a case", _edges(0, 48, 2), _density),
        Distribution("pitch", "drum class" if drums else "MIDI pitch", _edges(-0.5, pitches - 0.5, 1), _pitch),
        Distribution("velocity", "velocity of a note", _edges(0, 128, 8), _velocity),
        Distribution("IOI", "sixteenths between onsets", _edges(-0.5, 16.5, 1), _intervals),
    ]
    return found[1:] if drums else found


def _edges(low: float, high: float, width: float) -> FloatArray:
    return np.linspace(low, high, round((high - low) / width) + 1)


def add_overlaps(
    rows: dict[str, dict[str, Any]], parts: Mapping[str, Sequence[Sequence[Notes]]], cases: Sequence[Case]
) -> None:
    """Put the overlapping area with GT of every distribution into every row, with intervals over songs."""
    if "GT" not in parts:
        return
    for distribution in distributions(cases[0].stem):
        counts = {row: distribution.counts(parts[row], cases) for row in parts}
        for row in rows:
            rows[row][f"overlap: {distribution.name}"] = _overlap(counts[row], counts["GT"])


def _overlap(row: FloatArray, truth: FloatArray) -> dict[str, Any]:
    def statistic(drawn: npt.NDArray[np.int64]) -> float:
        return overlap_of_counts(row[drawn].sum(axis=0), truth[drawn].sum(axis=0))

    interval = bootstrap_interval(statistic, len(row), centred=True, bounds=(0, 1))
    return {"value": statistic(np.arange(len(row))), "interval": list(interval), "measured": len(row)}
