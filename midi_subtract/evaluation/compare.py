"""Two reports side by side: differences over the cases that both hold, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from midi_subtract.evaluation.report import KIND, read_json
from midi_subtract.evaluation.scores import GAPS
from subtract_core.errors import InputError
from subtract_core.measures import bootstrap_interval, gap, mean, mean_interval

FloatArray = npt.NDArray[np.float64]
Figure = dict[str, Any]
"""{a, b, difference, interval}; the interval is None where the report holds no figures by case."""


def read_report(path: Path) -> dict[str, Any]:
    """A report of `msub evaluate midi`; raises `InputError` where `path` is none."""
    report = read_json(path)
    if report.get("kind") != KIND or "instruments" not in report:
        raise InputError(f"{path}: is no report of `{KIND}` (field kind is {report.get('kind')!r})")
    return report


def compare(a: Mapping[str, Any], b: Mapping[str, Any], row: str, names: tuple[str, str]) -> dict[str, Any]:
    """Instrument -> {cases, figures}: B minus A of one row, over the windows that both reports measured.

    Figures by case are paired; gaps are computed anew from the paired cases, with GT and RAND of each report. What a
    report holds for all cases together (Fréchet distance, coverage, overlaps) is compared where the cases are the
    same, without an interval.
    Raises `InputError` where the reports share no instrument, row or case. names: of the two, for messages.
    """
    shared = [stem for stem in a["instruments"] if stem in b["instruments"]]
    if not shared:
        raise InputError(f"{names[0]}, {names[1]}: share no instrument ({_list(a)} and {_list(b)})")
    result = {}
    for stem in shared:
        sides = [report["instruments"][stem] for report in (a, b)]
        for side, name in zip(sides, names, strict=True):
            if row not in side["rows"]:
                raise InputError(f"{name}: {stem} has no row {row!r}; choose from {', '.join(side['rows'])}")
        pairs = _pairs(*sides)
        if len(pairs) < 2:
            raise InputError(f"{names[0]}, {names[1]}: {stem}: share {len(pairs)} cases; 2 are needed")
        result[stem] = {"cases": len(pairs), "figures": _figures(sides[0], sides[1], row, pairs)}
    return result


def _list(report: Mapping[str, Any]) -> str:
    return ", ".join(report["instruments"])


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Indices of the same window of the same song in both."""
    places = {_key(case): index for index, case in enumerate(b["cases"])}
    return [(index, places[_key(case)]) for index, case in enumerate(a["cases"]) if _key(case) in places]


def _key(case: Mapping[str, Any]) -> tuple[Any, ...]:
    return case["song"], case["start_step"], case["bars"]


def _figures(a: Mapping[str, Any], b: Mapping[str, Any], row: str, pairs: list[tuple[int, int]]) -> dict[str, Figure]:
    same_cases = len(pairs) == len(a["cases"]) == len(b["cases"])
    left, right = a["rows"][row]["figures"], b["rows"][row]["figures"]
    found: dict[str, Figure] = {}
    for name in left:
        if name not in right:
            continue
        if name in GAPS.values():
            found[name] = _gap_figure(a, b, row, name, pairs)
        elif "cases" in left[name] and "cases" in right[name]:
            found[name] = _paired(*_columns(left[name], right[name], pairs))
        elif same_cases:
            found[name] = _whole(left[name]["value"], right[name]["value"])
    return {name: figure for name, figure in found.items() if np.isfinite(figure["difference"])}


def _columns(left: Mapping[str, Any], right: Mapping[str, Any], pairs: list[tuple[int, int]]) -> list[FloatArray]:
    """The paired cases' figures; null is NaN."""
    return [
        np.array([side["cases"][pair[which]] for pair in pairs], dtype=np.float64)
        for which, side in enumerate((left, right))
    ]


def _paired(a: FloatArray, b: FloatArray) -> Figure:
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    return {"a": mean(a), "b": mean(b), "difference": mean(b - a), "interval": mean_interval(b - a)}


def _gap_figure(
    a: Mapping[str, Any], b: Mapping[str, Any], row: str, name: str, pairs: list[tuple[int, int]]
) -> Figure:
    figure = next(key for key, value in GAPS.items() if value == name)
    columns = {
        kind: _columns(a["rows"][kind]["figures"][figure], b["rows"][kind]["figures"][figure], pairs)
        for kind in (row, "GT", "RAND")
    }

    def side(which: int, drawn: npt.NDArray[np.int64]) -> float:
        return gap(*(columns[kind][which][drawn] for kind in (row, "GT", "RAND")))

    everything = np.arange(len(pairs))
    values = [side(which, everything) for which in (0, 1)]
    interval = bootstrap_interval(lambda drawn: side(1, drawn) - side(0, drawn), len(pairs))
    return {"a": values[0], "b": values[1], "difference": values[1] - values[0], "interval": list(interval)}


def _whole(a: float | None, b: float | None) -> Figure:
    left, right = (np.nan if value is None else value for value in (a, b))
    return {"a": left, "b": right, "difference": right - left, "interval": None}
