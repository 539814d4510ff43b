"""Two reports side by side: differences over the cases that both hold, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from subtract_core.errors import InputError
from subtract_core.evaluation.measures import bootstrap_interval, by_seed, gap, mean, mean_interval
from subtract_core.files import read_json

FloatArray = npt.NDArray[np.float64]
Figure = dict[str, Any]
"""{a, b, difference, cases, interval}: cases are those that were paired, which both reports could measure; 0, and the
interval None, where a report holds no figures by case."""
FEWEST_CASES = 6
"""Paired cases from which an interval tells a difference from chance: of fewer, all may lie on one side one time in
twenty and more (2 / 2**5), and a bootstrap leaves zero out whenever they do."""

KINDS = ("msub evaluate midi", "msub evaluate audio")
"""Commands whose reports can be compared, each with its own kind."""
_OTHER_SEEDS = "the reports have other numbers of seeds, or one of them holds means alone"
_CASE = ("song", "start_step", "bars", "start", "seconds")  # what tells a window from others, of notes or of sound


@dataclass(frozen=True)
class Dependence:
    """What figures depend on beside the parts that are measured.

    gaps: figure -> the name of its distance from GT on the scale of RAND's, see `panel.add_gaps`. of_seeds: figures
    that are the higher, the more seeds there are. judged: what judges -> the figures that are its verdict.
    """

    gaps: Mapping[str, str]
    of_seeds: Sequence[str] = ()
    judged: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_reports(first: Path, second: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two reports of one kind; raises `InputError` where a file is none, or where they are of different kinds."""
    a, b = (_read_report(path) for path in (first, second))
    if a["kind"] != b["kind"]:
        raise InputError(
            f"{second}: is a report of `{b['kind']}`, {first} one of `{a['kind']}`; two of a kind are needed"
        )
    return a, b


def _read_report(path: Path) -> dict[str, Any]:
    report = read_json(path)
    if report.get("kind") not in KINDS or "instruments" not in report:
        commands = " or ".join(f"`{kind}`" for kind in KINDS)
        raise InputError(f"{path}: is no report of {commands} (field kind is {report.get('kind')!r})")
    return report


def compare(
    a: Mapping[str, Any], b: Mapping[str, Any], row: str, names: tuple[str, str], dependence: Dependence
) -> dict[str, Any]:
    """Instrument -> {cases, figures, left_out}: B minus A of one row, over the windows that both reports measured.

    Figures by case are paired; gaps are computed anew from the paired cases, with GT and RAND of each report. What a
    report holds for all cases together (Fréchet distance, coverage, overlaps) is compared where the cases are the
    same, without an interval. left_out: figure -> why it cannot be compared: other numbers of seeds, or other judges.
    Raises `InputError` where the reports share no instrument, row or case. names: of the two, for messages.
    """
    unequal = _unequal(a, b, dependence)
    shared = [stem for stem in a["instruments"] if stem in b["instruments"]]
    if not shared:
        raise InputError(f"{names[0]}, {names[1]}: share no instrument ({_list(a)} and {_list(b)})")
    result = {}
    for stem in shared:
        left, right = sides = [report["instruments"][stem] for report in (a, b)]
        for side, name in zip(sides, names, strict=True):
            if row not in side["rows"]:
                raise InputError(f"{name}: {stem} has no row {row!r}; choose from {', '.join(side['rows'])}")
        pairs = _pairs(left, right)
        if len(pairs) < 2:
            raise InputError(f"{names[0]}, {names[1]}: {stem}: share {len(pairs)} cases; 2 are needed")
        left_out = unequal | _other_seeds(left, right, row, dependence.gaps)
        left_out = {name: why for name, why in left_out.items() if all(name in _row(side, row) for side in sides)}
        figures = _figures(left, right, row, pairs, dependence.gaps)
        kept = {name: figure for name, figure in figures.items() if name not in left_out}
        result[stem] = {"cases": len(pairs), "figures": kept, "left_out": left_out}
    return result


def _row(side: Mapping[str, Any], row: str) -> Mapping[str, Any]:
    figures: Mapping[str, Any] = side["rows"][row]["figures"]
    return figures


def _unequal(a: Mapping[str, Any], b: Mapping[str, Any], dependence: Dependence) -> dict[str, str]:
    """Figure -> why two reports' cannot be compared."""
    found: dict[str, str] = {}
    if a.get("settings", {}).get("seeds") != b.get("settings", {}).get("seeds"):
        found |= dict.fromkeys(dependence.of_seeds, _OTHER_SEEDS)
    for judge, figures in dependence.judged.items():
        judges = [report.get("judges", {}).get(judge) for report in (a, b)]
        if judges[0] != judges[1]:
            told = " and ".join(str(name or "an unknown one") for name in judges)
            found |= dict.fromkeys(figures, f"the reports have other judges ({judge}: {told})")
    return found


def _other_seeds(a: Mapping[str, Any], b: Mapping[str, Any], row: str, gaps: Mapping[str, str]) -> dict[str, str]:
    """The gaps whose samples have other numbers of seeds in two reports: the larger sample comes nearer to GT's."""
    found = {}
    for figure, distance in gaps.items():
        sides = [[by_seed(_row(side, name)[figure]) for name in (row, "GT", "RAND") if figure in _row(side, name)]
                 for side in (a, b) if distance in _row(side, row)]  # fmt: skip
        if len(sides) == 2 and [s.shape[1] for s in sides[0]] != [s.shape[1] for s in sides[1]]:
            found[distance] = _OTHER_SEEDS
    return found


def _list(report: Mapping[str, Any]) -> str:
    return ", ".join(report["instruments"])


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Indices of the same window of the same song in both."""
    places = {_key(case): index for index, case in enumerate(b["cases"])}
    return [(index, places[_key(case)]) for index, case in enumerate(a["cases"]) if _key(case) in places]


def _key(case: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(case.get(name) for name in _CASE)


def _figures(
    a: Mapping[str, Any], b: Mapping[str, Any], row: str, pairs: list[tuple[int, int]], gaps: Mapping[str, str]
) -> dict[str, Figure]:
    figure_of = {distance: figure for figure, distance in gaps.items()}
    same_cases = len(pairs) == len(a["cases"]) == len(b["cases"])
    left, right = _row(a, row), _row(b, row)
    found: dict[str, Figure] = {}
    for name in left:
        if name not in right:
            continue
        if name in figure_of:
            found[name] = _gap_figure(a, b, row, figure_of[name], pairs)
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
    return {"a": mean(a), "b": mean(b), "difference": mean(b - a), "cases": len(a), "interval": mean_interval(b - a)}


def _gap_figure(
    a: Mapping[str, Any], b: Mapping[str, Any], row: str, figure: str, pairs: list[tuple[int, int]]
) -> Figure:
    columns = {
        kind: [by_seed(_row(side, kind)[figure])[[pair[which] for pair in pairs]] for which, side in enumerate((a, b))]
        for kind in (row, "GT", "RAND")
    }

    def side(which: int, drawn: npt.NDArray[np.int64]) -> float:
        return gap(*(columns[kind][which][drawn] for kind in (row, "GT", "RAND")))

    everything = np.arange(len(pairs))
    values = [side(which, everything) for which in (0, 1)]
    interval = bootstrap_interval(lambda drawn: side(1, drawn) - side(0, drawn), len(pairs))
    return {
        "a": values[0],
        "b": values[1],
        "difference": values[1] - values[0],
        "cases": int(np.all([np.isfinite(side).any(axis=1) for side in columns[row]], axis=0).sum()),
        "interval": list(interval),
    }


def _whole(a: float | None, b: float | None) -> Figure:
    left, right = (np.nan if value is None else value for value in (a, b))
    return {"a": left, "b": right, "difference": right - left, "cases": 0, "interval": None}


def is_certain(figure: Mapping[str, Any]) -> bool:
    """Whether a difference is told from chance: its interval leaves out zero, over `FEWEST_CASES` cases or more."""
    interval = figure["interval"]
    return figure["cases"] >= FEWEST_CASES and interval is not None and bool(interval[0] > 0 or interval[1] < 0)
