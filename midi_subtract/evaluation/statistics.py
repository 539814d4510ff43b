"""From figures of single parts to entries of a report, see `subtract_core.evaluation.measures.Entry`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from midi_subtract.evaluation.cases import Case
from midi_subtract.evaluation.scores import BEST_OF, GAPS
from midi_subtract.notes import Notes
from subtract_core.evaluation.measures import Entry, IntArray, bootstrap_interval, entry, mean, seeds_entry
from subtract_core.stems import Stem


def over_seeds(scores: Sequence[Sequence[dict[str, float]]]) -> dict[str, Entry]:
    """Entries of every figure in scores[case][seed], means over seeds, and the best seed's of those in `BEST_OF`.

    Those of `GAPS` keep what every seed has.
    """
    values = {name: [[seed[name] for seed in case] for case in scores] for name in scores[0][0]}
    figures = {
        name: seeds_entry(v) if name in GAPS else entry([mean(case) for case in v]) for name, v in values.items()
    }
    for name in BEST_OF:
        if name in figures and len(scores[0]) > 1:
            figures[f"best-of-k {name}"] = entry([best(case) for case in values[name]])
    return figures


def best(values: Sequence[float]) -> float:
    """The highest of what could be measured."""
    known = [value for value in values if np.isfinite(value)]
    return max(known, default=float("nan"))


def form_row(
    parts: Sequence[Notes],
    cases: Sequence[Case],
    stem: Stem,
    measures: Mapping[str, Callable[[Notes, Case], float]],
    fills: Callable[[Notes, Case], dict[str, float]],
) -> dict[str, Entry]:
    """Entries of whole songs: measures of one part each, and for drums fills and crashes at section borders."""
    pairs = list(zip(parts, cases, strict=True))
    figures = {name: entry([measure(part, case) for part, case in pairs]) for name, measure in measures.items()}
    if stem is Stem.DRUMS:
        rows = [fills(part, case) for part, case in zip(parts, cases, strict=True)]
        figures |= {name: entry([row[name] for row in rows]) for name in rows[0]}
        at, other = (np.array(figures[f"novelty {where}"]["cases"]) for where in ("at borders", "elsewhere"))
        figures["fill ratio"] = ratio_entry(at, other)
    return figures


def ratio_entry(above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]) -> Entry:
    """Ratio of two means over songs, with its interval; songs in which either is missing are left out."""
    known = np.isfinite(above) & np.isfinite(below)
    a, b = above[known], below[known]

    def statistic(drawn: IntArray) -> float:
        return float(a[drawn].mean() / b[drawn].mean()) if b[drawn].sum() > 0 else float("nan")

    everything = np.arange(len(a))
    value = statistic(everything) if len(a) else float("nan")
    return {"value": value, "interval": list(bootstrap_interval(statistic, len(a))), "measured": len(a)}
