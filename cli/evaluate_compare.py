"""`msub evaluate compare`: whether one report's figures are better than another's."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from .output import Json, Output, Quiet, Verbose, counted


def compare_reports(
    first: Annotated[Path, typer.Argument(metavar="A", help="A report of `msub evaluate midi` or `audio`, as JSON.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another, on the same cases.")],
    row: Annotated[str, typer.Option(metavar="ROW", help="Which row of both.")] = "model",
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare two reports: B minus A over the cases that both hold, with a 95% bootstrap interval over songs.

    Figures whose interval leaves out zero are marked with a star, if six cases or more were measured. Left out, with a
    word, is what other numbers of seeds or another matcher would move.
    """
    output = Output(quiet, verbose, json)
    with output.guarded():
        from audio_subtract.evaluation.scores import GAPS as OF_SOUND
        from midi_subtract.evaluation.scores import GAPS as OF_NOTES
        from midi_subtract.evaluation.scores import JUDGED, OF_SEEDS
        from subtract_core.evaluation.comparison import FEWEST_CASES, Dependence, compare, is_certain, read_reports
        from subtract_core.evaluation.measures import nan_to_none

        reports = read_reports(first, second)
        dependence = Dependence(OF_NOTES | OF_SOUND, OF_SEEDS, JUDGED)
        comparison = compare(*reports, row, (str(first), str(second)), dependence)
        for stem, found in comparison.items():
            output.line(f"{stem}, {row}, {counted(found['cases'], 'case')} in both")
            output.line(f"  {'':<22}{'A':>9}{'B':>9}{'B - A':>9}   95% interval")
            for name, figure in found["figures"].items():
                output.line(_comparison_line(name, figure) + ("  *" if is_certain(figure) else ""))
            if any(figure["interval"] and figure["cases"] < FEWEST_CASES for figure in found["figures"].values()):
                output.line(f"  no star where fewer than {FEWEST_CASES} cases were measured: it may be chance")
            for name, why in found["left_out"].items():
                output.line(f"  {name} is left out: {why}")
        figures = nan_to_none(comparison)
        output.document({"row": row, "a": str(first), "b": str(second), "instruments": figures})


def _comparison_line(name: str, figure: dict[str, Any]) -> str:
    values = "".join(f"{figure[key]:>9.3f}" for key in ("a", "b", "difference"))
    if figure["interval"] is None or not all(map(math.isfinite, figure["interval"])):
        return f"  {name:<22}{values}"
    low, high = figure["interval"]
    return f"  {name:<22}{values}   {low:.3f} to {high:.3f}"
