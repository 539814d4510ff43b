"""`msub evaluate midi`: how well a model's parts fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subtract_core.stems import Stem

from .insert import MODEL, Device
from .output import Output, Quiet, UsageError, Verbose, counted

if TYPE_CHECKING:
    from midi_subtract.evaluation.kept import KeptParts
    from midi_subtract.evaluation.panel import Settings, StemResult
    from midi_subtract.evaluation.rows import Subject
    from midi_subtract.model.matcher import Matcher
    from midi_subtract.song import Song

ReportName = Annotated[
    Path, typer.Option("-o", "--out", metavar="REPORT", help="Name of the report: REPORT.json and REPORT.html.")
]
TestedModel = Annotated[str, typer.Option(metavar="MODEL", help="A checkpoint folder, or a name of `msub models`.")]
Seeds = Annotated[int, typer.Option(metavar="N", min=1, help="Seeds of every row that draws.")]
Rows = Annotated[str, typer.Option(metavar="ROWS", help="Rows, separated by commas; all that apply.")]
Sampler = Annotated[
    str, typer.Option(metavar="X=Y,...", help="Settings that differ from the model's: scheduler=dpm,steps=20.")
]

TRAINING_SONGS = 2000
"""Training songs among which copies are looked for, unless more are asked for."""


def evaluate_midi(
    songs: Annotated[
        Path,
        typer.Argument(metavar="SONGS", help="A set of `msub prepare midi`, or MIDI files."),
    ],
    out: ReportName,
    model: TestedModel = MODEL,
    instruments: Annotated[str, typer.Option(help="Whose parts, separated by commas.")] = "bass,drums,guitar",
    cases: Annotated[int, typer.Option(metavar="N", min=2, help="Cases an instrument, one a song.")] = 60,
    seeds: Seeds = 3,
    rows: Rows = "",
    bars: Annotated[int, typer.Option(metavar="N", min=8, help="Bars a case.")] = 32,
    case_seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the choice of songs and windows.")] = 0,
    apart_from: Annotated[
        list[int] | None,
        typer.Option(
            metavar="S", min=0, help="No songs of a full table with this --case-seed; again, nor of one of the rest."
        ),
    ] = None,
    form_songs: Annotated[int, typer.Option(metavar="N", min=0, help="Whole songs whose form is looked at.")] = 10,
    manifest: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON lines with `file` and `source`, for --source.")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only songs of this source.")] = None,
    training: Annotated[
        Path | None, typer.Option(metavar="DATA", help="The training set, to look for copies (M8).")
    ] = None,
    training_songs: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many of its songs, drawn at random.")
    ] = TRAINING_SONGS,
    files: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The MIDI files of a prepared set: preservation (M10).")
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Tell the model, in a sentence, what the true part is like.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="The first part drawn as it is: no further tries, no finishing.")
    ] = False,
    sampler: Sampler = "",
    instructions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A report of `msub evaluate instructions` to show (M9).")
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A training's log.csv, for learning curves; may be repeated."),
    ] = None,
    device: Annotated[Device, typer.Option(help="Where the model runs.")] = Device.AUTO,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a report that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure how well written parts fit (M1-M8, M10), beside controls.

    Cuts windows out of songs, takes one instrument out, writes it again, and compares it with the song's own part,
    other songs' parts, simple rules and the program mma (where it is installed). If it is stopped, the same command
    goes on.
    """
    output = Output(quiet, verbose)
    with output.guarded():
        from midi_subtract.evaluation.panel import Panel, Settings
        from midi_subtract.evaluation.report import Run, html_report, json_report, read_instructions
        from midi_subtract.evaluation.rows import ROWS, parse_rows
        from midi_subtract.listening.style_classifier import bundled_styles
        from subtract_core.files import check_writable, write_file

        targets = {suffix: report_path(out, suffix) for suffix in (".json", ".html")}
        for path in targets.values():
            check_writable(path, overwrite)
        stems = tuple(dict.fromkeys(Stem.parse(name.strip(), "--instruments") for name in instruments.split(",")))
        asked = parse_rows(rows, with_text)
        m9 = read_instructions(instructions) if instructions else None
        curves = _checked_logs(log or [])
        chosen = _songs(songs, manifest, source, output)
        settings = Settings(stems, tuple(asked), cases, seeds, case_seed, bars, tuple(apart_from or ()), form_songs)
        subject, sampling = None, dict[str, Any]()
        if any(ROWS[row].model for row in asked):
            subject, sampling = _subject(model, device, sampler, with_text, alone, stems)
        title = f"{songs}" + (f", source {source}" if source else "")
        kept = _kept(out, (title, len(chosen), sampling, device.value), settings, subject, overwrite)
        with output.progress() as show:
            copied, bytes_of = _training(training, training_songs), _files(songs, files)
            matcher = _matcher(subject)
            results = Panel(chosen, settings, subject, copied, bytes_of, show, matcher, kept).run()
        run = Run(
            source=title,
            n_songs=len(chosen),
            settings=settings,
            model=model if subject else None,
            sampler=sampling,
            options={"with text": with_text, "alone": alone, "training": str(training or "")},
            instructions=m9,
            logs=curves,
            judges={"matcher": matcher.fingerprint, "styles": bundled_styles().fingerprint},
        )
        write_file(targets[".json"], json_report(run, results), overwrite)
        write_file(targets[".html"], html_report(run, results), overwrite)
        if kept:
            kept.remove()
        for stem, result in results.items():
            for line in _lines(stem, result):
                output.line(line)
        output.line(f"{targets['.json']}: the figures; {targets['.html']}: the report to read")


def report_path(out: Path, suffix: str) -> Path:
    """REPORT.json or REPORT.html, whichever of the two, or neither, was given; `report` inside a folder that exists."""
    if out.is_dir():
        return out / f"report{suffix}"
    name = out.name.removesuffix(".json").removesuffix(".html")
    if not name:
        raise UsageError(f"--out: {str(out)!r} is no name for a report; REPORT.json and REPORT.html are written")
    return out.with_name(name + suffix)


def _songs(songs: Path, manifest: Path | None, source: str | None, output: Output) -> list[Song]:
    from midi_subtract.evaluation.songs import songs_of_source

    if (source is None) != (manifest is None):
        raise UsageError("--source and --manifest go together: the manifest says which songs are of a source")
    return songs_of_source(songs, manifest, source, output.warn)


def _subject(
    model: str, device: Device, sampler: str, with_text: bool, alone: bool, stems: tuple[Stem, ...]
) -> tuple[Subject, dict[str, Any]]:
    """The model under test, and its sampler's settings; raises `InputError` where it does not write one of `stems`."""
    from dataclasses import asdict

    from midi_subtract.evaluation.rows import Subject
    from midi_subtract.inserter import MidiInserter

    inserter = MidiInserter.from_pretrained(model, device.value)
    for stem in stems:  # not after the hours that other stems take
        inserter.pipeline.check_writes(stem, "--instruments")
    inserter.pipeline.sampler = inserter.pipeline.sampler.told(sampler)
    return Subject(inserter, with_text, alone), asdict(inserter.pipeline.sampler)


def _kept(
    out: Path, about: tuple[Any, ...], settings: Settings, subject: Subject | None, overwrite: bool
) -> KeptParts | None:
    """What the model wrote before an evaluation of these settings was stopped, beside its report."""
    from dataclasses import asdict

    from midi_subtract.evaluation.kept import KeptParts

    if subject is None:
        return None
    model = subject.inserter.pipeline
    weights = [part.fingerprint for part in (model.codec, model.denoiser, model.matcher) if part]
    how = {"told": subject.with_text and str(model.text_folder), "alone": subject.alone, "weights": weights}
    return KeptParts(report_path(out, ".parts.jsonl"), {"of": about, **how, **asdict(settings)}, overwrite)


def _matcher(subject: Subject | None) -> Matcher:
    """The evaluated model's own, or the one that comes with the package."""
    from midi_subtract.model.pipeline import bundled_matcher

    own = subject.inserter.pipeline.matcher if subject else None
    return own or bundled_matcher()


def _training(folder: Path | None, count: int) -> list[Song]:
    from midi_subtract.evaluation.songs import sampled_songs

    return sampled_songs(folder, count) if folder else []


def _files(songs: Path, files: Path | None) -> Any:
    """Where the bytes of the songs' own files come from: SONGS itself, if it holds files.

    Raises `InputError` where `files` is nothing that holds files.
    """
    from functools import partial

    from midi_subtract.evaluation.songs import is_prepared, originals
    from midi_subtract.training.prepare import MidiFiles

    if files is not None:
        MidiFiles(files)  # they are read when all parts are written, which is late to learn that they are not there
    if files is None and is_prepared(songs):
        return None
    return partial(originals, files or songs)


def _checked_logs(logs: list[Path]) -> list[Path]:
    from midi_subtract.evaluation.plots import read_log

    for path in logs:
        read_log(path)
    return logs


def _lines(stem: Stem, result: StemResult) -> list[str]:
    """The main figures of an instrument, a line a row."""
    from midi_subtract.evaluation.report import main_figures
    from subtract_core.evaluation.page import number

    rows = result.figures["rows"].values()
    names = [name for name in main_figures(stem) if any(name in row["figures"] for row in rows)]
    widths = [max(12, len(name) + 2) for name in names]
    heads = "".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
    lines = [f"{stem.value}, {counted(len(result.cases), 'case')}", f"  {'':<15}{heads}"]
    for row, entry in result.figures["rows"].items():
        values = [entry["figures"].get(name, {"value": None})["value"] for name in names]
        cells = [number(value).replace(chr(0x2013), "-") for value in values]
        lines.append(f"  {row:<15}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True)))
    return [*lines, *(f"  {note}" for note in result.notes)]
