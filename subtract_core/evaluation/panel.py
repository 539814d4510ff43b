"""What the evaluations of all backends share: rows and figures, what is worked out of them, and their tables."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from subtract_core.errors import InputError
from subtract_core.evaluation import page
from subtract_core.evaluation.measures import (
    BoolArray,
    Entry,
    IntArray,
    bootstrap_interval,
    by_seed,
    density,
    gap_entry,
    nan_to_none,
)
from subtract_core.evaluation.page import Cell, Head

MIN_SONGS = 10
"""Songs that a sample needs: fewer say nothing about a distribution."""
RESAMPLES = 200
"""Of distances of distributions: each takes the roots of matrices."""


@dataclass(frozen=True)
class Figure:
    """measure: the number in the set of measures, or "" for what only describes. what: a sentence for readers."""

    name: str
    measure: str
    what: str


@dataclass(frozen=True)
class Row:
    """One line of a table. draws: whether its part depends on the seed; model: whether it needs the model."""

    name: str
    what: str
    draws: bool = False
    model: bool = False


def asked_rows(names: str, known: Mapping[str, Row]) -> list[str]:
    """The rows named in a comma-separated list, in the order of `known`; all of them where none is named.

    Raises `InputError` for an unknown name.
    """
    asked = [name.strip() for name in names.split(",") if name.strip()] or list(known)
    for name in asked:
        if name not in known:
            raise InputError(f"--rows: {name!r} is no row; choose from {', '.join(known)}")
    return [name for name in known if name in asked]


def number_of(text: str) -> int:
    """A number of its own for a text, to seed with; names of songs need not be UTF-8."""
    return zlib.crc32(text.encode(errors="surrogatepass"))


def generator_of(song: str, seed: int) -> np.random.Generator:
    """Random numbers of one song: the same whatever other songs there are, so that rows share what they draw."""
    return np.random.default_rng([seed, number_of(song)])


def own_seed(song: str, seed: int) -> int:
    """A seed for each song: parts drawn from one noise are more alike than users' are, which M5 and A5 see."""
    return int(generator_of(song, seed).integers(2**31))


def add_gaps(rows: Mapping[str, dict[str, Entry]], gaps: Mapping[str, str]) -> None:
    """Put into every row how far its figures of all cases and seeds lie from GT's, on the scale of RAND's.

    gaps: figure -> the name of that distance.
    """
    if not {"GT", "RAND"} <= rows.keys():
        return
    for figure, name in gaps.items():
        for figures in rows.values():
            if figure in figures:
                figures[name] = gap_entry(*(by_seed(r[figure]) for r in (figures, rows["GT"], rows["RAND"])))


def distribution_entries(
    statistics: Mapping[str, tuple[Callable[[IntArray], float], tuple[float, float]]], inside: BoolArray
) -> dict[str, Entry]:
    """Entries of statistics of a sample of songs, name -> (indices drawn -> figure, its bounds).

    inside: bool [reference songs, songs], see `measures.in_neighbourhoods`; of it `density` gets a figure for each
    song, for paired comparisons.
    """
    songs = inside.shape[1]
    found: dict[str, Entry] = {}
    for name, (statistic, bounds) in statistics.items():
        # Drawing songs twice makes a sample look narrower, which biases every distance: hence centred.
        interval = bootstrap_interval(statistic, songs, RESAMPLES, centred=True, bounds=bounds)
        found[name] = {"value": statistic(np.arange(songs)), "interval": list(interval), "measured": songs}
    found["density"]["cases"] = [density(inside[:, [song]]) for song in range(songs)]
    return found


def settings_entry(settings: Any) -> dict[str, Any]:
    """The settings of a panel, a dataclass with `stems` and `rows`, as the JSON report holds them."""
    return asdict(settings) | {"stems": [stem.value for stem in settings.stems], "rows": list(settings.rows)}


# --- reports --------------------------------------------------------------------------------------------------------


def json_document(document: Mapping[str, Any]) -> bytes:
    """A report for programs; what could not be measured is null."""
    text = json.dumps(nan_to_none(dict(document)), indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")  # in JSON, a lone surrogate: names of files need not be UTF-8


def msub_version() -> str:
    """The version that is installed."""
    try:
        return version("msub")
    except PackageNotFoundError:  # used from a checkout that is not installed
        return "not installed"


def made() -> str:
    """When and by which version a report is made."""
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, msub {msub_version()}"


@dataclass(frozen=True)
class Tables:
    """The tables of a page. figures, rows: all that there are, by name. marked: rows that stand out.

    digits: figure -> digits after the point, where not two. prefix: left out of the heads of columns.
    """

    figures: Mapping[str, Figure]
    rows: Mapping[str, Row]
    marked: Sequence[str]
    digits: Mapping[str, int]
    prefix: str = ""

    def table(self, title: str, text: str, names: Sequence[str], rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """A line a row (row -> figure -> entry), a column for each of `names` that some row has; nothing without."""
        names = [name for name in names if any(_is_known(figures.get(name)) for figures in rows.values())]
        if not names:
            return []
        figures = [self.figures[name] for name in names]
        heads = [Head(f.name.removeprefix(self.prefix), f.measure, f.what) for f in figures]
        return self.section(title, text, heads, names, rows)

    def section(
        self, title: str, text: str, heads: Sequence[Head], names: Sequence[str], rows: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """The same with heads of one's own."""
        lines = [
            (Head(row, "", self.rows[row].what), [self.cell(entries.get(name), name) for name in names])
            for row, entries in rows.items()
        ]
        table = page.table([Head(""), *heads], lines, self.marked, "GT")
        return [page.section(title, "", 3), page.paragraph(text, note=True), table]

    def cell(self, entry: Any, name: str) -> Cell:
        """An entry as a cell, an empty one without."""
        if not entry:
            return Cell(None)
        return Cell(entry["value"], entry["interval"], self.digits.get(name, 2), entry.get("measured"))

    def glossary(self) -> list[str]:
        """What every row and every figure is."""
        figures = [(f.measure, f.name, f.what) for f in self.figures.values()]
        return [
            page.text_table(("row", "what it is"), [(row.name, row.what) for row in self.rows.values()]),
            page.text_table(("measure", "figure", "what it is"), figures),
        ]


def _is_known(entry: Any) -> bool:
    return bool(entry) and bool(np.isfinite(entry["value"]))
