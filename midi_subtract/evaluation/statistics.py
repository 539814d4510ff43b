"""From figures of single parts to entries of a report: {value, interval, cases}."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from midi_subtract.cases import Case
from midi_subtract.evaluation.scores import BEST_OF, GAPS
from midi_subtract.notes import Notes
from subtract_core.measures import bootstrap_interval, gap, mean, mean_interval
from subtract_core.stems import Stem

Entry = dict[str, Any]
IntArray = npt.NDArray[np.int64]


def entry(values: Sequence[float]) -> Entry:
    """Mean over cases, its 95% bootstrap interval over songs, and the values themselves."""
    return {"value": mean(values), "interval": mean_interval(values), "cases": list(values)}


def over_seeds(scores: Sequence[Sequence[dict[str, float]]]) -> dict[str, Entry]:
    """Entries of every figure in scores[case][seed], means over seeds, and the best seed's of those in `BEST_OF`."""
    figures = {name: entry([mean([seed[name] for seed in case]) for case in scores]) for name in scores[0][0]}
    for name in BEST_OF:
        if name in figures and len(scores[0]) > 1:
            figures[f"best-of-k {name}"] = entry([best([seed[name] for seed in case]) for case in scores])
    return figures


def best(values: Sequence[float]) -> float:
    """The highest of what could be measured."""
    known = [value for value in values if np.isfinite(value)]
    return max(known, default=float("nan"))


def add_gaps(rows: dict[str, dict[str, Entry]]) -> None:
    """Put M1 and M2 into every row: the distance of its cases' figures to GT's, on the scale of RAND's."""
    if not {"GT", "RAND"} <= rows.keys():
        return
    for figure, name in GAPS.items():
        for figures in rows.values():
            if figure in figures:
                samples = [np.array(r[figure]["cases"]) for r in (figures, rows["GT"], rows["RAND"])]
                figures[name] = gap_entry(*samples)


def gap_entry(row: npt.NDArray[np.float64], truth: npt.NDArray[np.float64], rand: npt.NDArray[np.float64]) -> Entry:
    """A gap and its interval; the three rows' figures of one song are drawn together."""

    def statistic(drawn: IntArray) -> float:
        return gap(row[drawn], truth[drawn], rand[drawn])

    return {"value": gap(row, truth, rand), "interval": list(bootstrap_interval(statistic, len(row)))}


def form_row(
    parts: Sequence[Notes],
    cases: Sequence[Case],
    stem: Stem,
    structure: Callable[[Notes, Case], float],
    fills: Callable[[Notes, Case], dict[str, float]],
) -> dict[str, Entry]:
    """Entries of whole songs: structure, and for drums fills and crashes at section borders."""
    figures = {"structure": entry([structure(part, case) for part, case in zip(parts, cases, strict=True)])}
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
    return {"value": value, "interval": list(bootstrap_interval(statistic, len(a)))}


def finite(value: Any) -> Any:
    """The same nested value with every NaN replaced by None: NaN is not JSON."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
