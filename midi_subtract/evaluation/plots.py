"""Pictures of the report: intervals, distributions, learning curves, piano rolls. Needs matplotlib, an optional extra.

Pictures are bytes of SVG (lines) or PNG (rolls, whose thousands of notes make large SVG files).
"""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midi_subtract.evaluation.cases import Case
from midi_subtract.evaluation.distributions import Distribution, distributions
from midi_subtract.notes import Notes
from midi_subtract.plot import MUTED, NEW, boxes, draw_grid, draw_notes
from midi_subtract.programs import DRUM_CLASSES
from subtract_core.errors import InputError
from subtract_core.stems import Stem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, TRUTH, PALE = "#1d2733", "#2f6690", "#9aa5b1"
_STYLE: dict[Any, Any] = {
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#66717f",
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
}


def available() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def interval_plot(rows: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> bytes:
    """Every row's figure with its interval, a panel a figure in which rows differ; GT's value as a line across. SVG.

    rows: row -> figure -> entry. b"" where no figure differs.
    """
    names = [name for name in names if _differs(rows, name)]
    if not names:
        return b""
    columns = min(5, len(names))
    lines = -(-len(names) // columns)
    with _styled():
        figure = _figure(11.2, lines * (0.5 + 0.21 * len(rows)))
        panels = figure.subplots(lines, columns, sharey=True, squeeze=False).ravel()
        for axes, name in zip(panels, names, strict=False):
            _interval_panel(axes, rows, name)
        for axes in panels[len(names) :]:
            axes.set_visible(False)
        panels[0].set_yticks(range(len(rows)), list(rows))
        panels[0].set_ylim(len(rows) - 0.5, -0.5)
        return _rendered(figure, "svg")


def _interval_panel(axes: Axes, rows: Mapping[str, Mapping[str, Any]], name: str) -> None:
    truth = rows.get("GT", {}).get(name)
    if truth is not None and _known(truth):
        axes.axvline(truth["value"], color=TRUTH, linewidth=0.8, alpha=0.6)
    for at, (row, figures) in enumerate(rows.items()):
        entry = figures.get(name)
        if entry is None or not _known(entry):
            continue
        colour = NEW if row == "model" else TRUTH if row == "GT" else INK
        low, high = entry["interval"]
        if np.isfinite([low, high]).all():
            axes.plot([low, high], [at, at], color=colour, linewidth=1.6, alpha=0.55, solid_capstyle="butt")
        axes.plot(entry["value"], at, "o", color=colour, markersize=4)
    axes.set_title(name, loc="left")
    axes.tick_params(length=2)
    axes.grid(axis="x", color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)


def _differs(rows: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    """Whether there is something to see: a figure that two rows or more have, and not the same in all."""
    return len({figures[name]["value"] for figures in rows.values() if _known(figures.get(name))}) > 1


def _known(entry: Any) -> bool:
    return bool(entry) and np.isfinite(entry["value"])


def distribution_plot(
    stem: Stem, parts: Mapping[str, Sequence[Sequence[Notes]]], cases: Sequence[Case], overlaps: Mapping[str, float]
) -> bytes:
    """Histograms of the model's parts before GT's, a panel a distribution. SVG.

    parts: row -> [case][seed], with rows GT and model. overlaps: distribution -> area shared.
    """
    panels = distributions(stem)
    with _styled():
        figure = _figure(11.2, 2.5)
        for axes, distribution in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            used = np.zeros(len(distribution.edges) - 1)
            for row, colour in (("GT", TRUTH), ("model", NEW)):
                counts = distribution.counts(parts[row], cases).sum(axis=0)
                used += counts
                shares = counts / max(counts.sum(), 1)
                axes.stairs(shares, distribution.edges, color=colour, fill=True, alpha=0.22)
                axes.stairs(shares, distribution.edges, color=colour, linewidth=1.2, label=row)
            _label_distribution(axes, distribution, stem, overlaps.get(distribution.name))
            if distribution.name == "pitch" and stem is not Stem.DRUMS and used.any():
                heard = np.flatnonzero(used)
                axes.set_xlim(heard[0] - 2, heard[-1] + 2)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
        return _rendered(figure, "svg")


def _label_distribution(axes: Axes, distribution: Distribution, stem: Stem, overlap: float | None) -> None:
    axes.set_title(distribution.name + (f"  (overlap {overlap:.2f})" if overlap is not None else ""), loc="left")
    axes.set_xlabel(distribution.unit)
    axes.set_yticks([])
    if distribution.name == "pitch" and stem is Stem.DRUMS:
        axes.set_xticks(range(len(DRUM_CLASSES)), [name for name, _, _ in DRUM_CLASSES], rotation=90, fontsize=6.5)


def learning_curves(logs: Sequence[Path]) -> bytes:
    """Every validation figure over steps of each `log.csv` (step, figure, value) of a run, a panel each; behind the
    validation loss, that of training. SVG.

    Raises `InputError` where a file is no such log.
    """
    panels = [(path, name, curves) for path in logs for curves in [read_log(path)] for name in _validated(curves)]
    columns = min(4, len(panels))
    lines = -(-len(panels) // columns)
    with _styled():
        figure = _figure(11.2, 0.3 + 2.0 * lines)
        grid = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes, (path, name, curves) in zip(grid, panels, strict=False):
            if name == "val_loss" and "loss" in curves:
                axes.plot(*np.array(curves["loss"]).T, linewidth=1.1, color=PALE)
            axes.plot(
                *np.array(curves[name]).T, linewidth=1.1, color=TRUTH, marker="." if len(curves[name]) == 1 else ""
            )
            axes.set_title(f"{'/'.join(path.parts[-3:-1])}\n{name}", loc="left", parse_math=False)
            axes.set_xlabel("step")
        for axes in grid[len(panels) :]:
            axes.set_visible(False)
        return _rendered(figure, "svg")


def _validated(curves: Mapping[str, Any]) -> list[str]:
    """The figures of a log that are worth a panel: those of validation, or all where there are none."""
    return [name for name in curves if name.startswith("val_")] or list(curves)


def read_log(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Figure -> (step, value) rows of a training log; raises `InputError` where `path` is none."""
    curves: dict[str, list[tuple[float, float]]] = {}
    try:
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                curves.setdefault(row["figure"], []).append((float(row["step"]), float(row["value"])))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path}: is no log of `msub train` (columns step, figure, value)") from None
    if not curves:
        raise InputError(f"{path}: holds no rows")
    return curves


def roll(case: Case, part: Notes) -> bytes:
    """The true part above and the model's below it, both with the other parts behind them. PNG."""
    pitches = np.concatenate([n.pitch for n in (*case.pitched_context, *_pitched(case, part))])
    bottom, top = int(pitches.min()) - 1, int(pitches.max()) + 2
    drums = Stem.DRUMS in case.context or case.stem is Stem.DRUMS
    with _styled():
        figure = _figure(min(13.0, 1.5 + 0.34 * case.n_bars), 5.0, dpi=80)
        upper, lower = figure.subplots(2, 1, sharex=True)
        for axes, notes, colour, title in (
            (upper, case.truth, TRUTH, f"truth ({len(case.truth)} notes)"),
            (lower, part, NEW, f"model ({len(part)} notes)"),
        ):
            draw_grid(axes, case.bar_starts, bottom, top, has_drums=drums)
            for stem, other in case.context.items():
                draw_notes(axes, boxes(other, stem, bottom), MUTED[stem], stem.value, alpha=0.3)
            draw_notes(axes, boxes(notes, case.stem, bottom), colour, case.stem.value, alpha=1.0)
            axes.set_title(title, loc="left", color=colour)
        lower.set_xlabel("bar")
        return _rendered(figure, "png")


def _pitched(case: Case, part: Notes) -> list[Notes]:
    return [] if case.stem is Stem.DRUMS else [case.truth, part]


def _styled() -> Any:
    import matplotlib

    return matplotlib.rc_context(_STYLE)


def _figure(width: float, height: float, dpi: int = 100) -> Figure:
    from matplotlib.figure import Figure

    # Figure without pyplot: nothing global is touched, and no display is looked for.
    return Figure(figsize=(width, height), layout="constrained", dpi=dpi)


def _rendered(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {}  # the same figures give the same bytes
    figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
