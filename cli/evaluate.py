"""`msub evaluate`: how good a model is, measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subtract_core.errors import InputError
from subtract_core.evaluation.page import number
from subtract_core.stems import Stem

from .insert import MODEL, OWN, Device
from .output import Output, Quiet, Verbose

if TYPE_CHECKING:
    from midi_subtract.evaluation.cases import Case
    from midi_subtract.song import Song


def evaluate_instructions(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A training set of `msub prepare midi`, of held-out songs.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="REPORT", help="The figures, as JSON.")],
    instruments: Annotated[str, typer.Option(help="Whose parts, separated by commas.")] = "drums,bass,guitar",
    cases: Annotated[int, typer.Option(metavar="N", min=2, help="Songs an instrument.")] = 10,
    fit_cases: Annotated[
        int, typer.Option(metavar="N", min=2, help="Songs an instrument for what following a sentence costs in fit.")
    ] = 30,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the cases, the sentences and the parts.")] = 0,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="A checkpoint folder, or a name of `msub models`.")
    ] = MODEL,
    text_scale: Annotated[
        float | None, typer.Option(metavar="X", min=0, max=20, help="Instead of the model's.")
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="The first part drawn as it is: no further tries, no finishing.")
    ] = False,
    unworded: Annotated[
        bool, typer.Option("--unworded", help="Give the facts themselves, not sentences: leaves the text encoder out.")
    ] = False,
    reader: Annotated[
        str, typer.Option(metavar="READER", help="Who reads the sentences: own, or openai:NAME, a language model.")
    ] = OWN,
    device: Annotated[Device, typer.Option(help="Where the model runs.")] = Device.AUTO,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a report that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure whether a MIDI model carries instructions out (M9).

    Asks for one thing after another, in words held out of training, for the same song and seed: does the part have
    more of it than when the opposite is asked for?
    """
    output = Output(quiet, verbose)
    with output.guarded():
        from dataclasses import replace

        from midi_subtract.evaluation.instruction_eval import InstructionEval, insertions
        from midi_subtract.inserter import MidiInserter
        from midi_subtract.training.store import load_songs
        from subtract_core.evaluation.panel import json_document
        from subtract_core.files import check_writable, write_file

        check_writable(out, overwrite)
        stems = [Stem.parse(name.strip(), "--instruments") for name in instruments.split(",")]
        songs = load_songs(data)
        cut = {stem: _cases(data, songs, stem, max(cases, fit_cases), seed) for stem in stems}
        inserter = MidiInserter.from_pretrained(model, device.value, reader)
        for stem in stems:  # not after the hours that other stems take
            inserter.pipeline.check_writes(stem, "--instruments")
        if text_scale is not None:
            inserter.pipeline.sampler = replace(inserter.pipeline.sampler, text_scale=text_scale)
        total = sum(insertions(stem, len(some[:cases]), len(some[:fit_cases]), alone) for stem, some in cut.items())
        done = 0
        report: dict[str, Any] = {}
        with output.progress() as show:

            def count(more: int) -> None:
                nonlocal done
                done += more
                show(done, total, "parts")

            for stem, some in cut.items():
                evaluation = InstructionEval(inserter, seed, count, alone, unworded)
                report[stem.value] = evaluation.run(some[:cases], some[:fit_cases])
                for line in _table(stem, report[stem.value]):
                    output.line(line)
        write_file(out, json_document(report), overwrite)
        output.line(f"{out}: the figures")


def _cases(data: Path, songs: list[Song], stem: Stem, count: int, seed: int) -> list[Case]:
    from midi_subtract.evaluation.cases import cut_cases

    cases = cut_cases(songs, stem, count, seed)
    if len(cases) < 2:
        raise InputError(f"{data}: fewer than two songs have 32 bars with {stem.value} and other instruments")
    return cases


def _table(stem: Stem, figures: dict[str, Any]) -> list[str]:
    lines = [f"{stem.value}, {figures['cases']} cases; sentences that changed nothing: {figures['same']:.1%}"]
    lines += [f"  Spearman  {name:<16} {value:6.2f}" for name, value in figures["spearman"].items()]
    missing = figures["unmeasured"]
    for name, value in figures["flips"].items():
        note = f"  ({missing[name]} not measurable)" if name in missing else ""
        lines.append(f"  flips     {name:<34} {value:6.0%}{note}")
    first = figures.get("styles_alone", {})
    for name, value in figures.get("styles", {}).items():
        note = f", {first[name]:.0%} in single draws" if name in first else ""
        lines.append(f"  style     {name:<34} {value:6.0%} recognised{note}")
    for name, row in figures["fit"].items():
        lines.append(f"  fit       {name:<16} {_fit(row)}")
    return [*lines, f"  fit: means over {figures['fit_cases']} cases, 95% interval of the difference"]


def _fit(row: dict[str, Any]) -> str:
    without, told = (number(row[key], 3) for key in ("without", "with"))
    low, high = (number(bound, 3) for bound in row["difference"])
    return f"{without} without, {told} with a sentence; difference {low} to {high}"
