"""`msub evaluate audio`: how well a model's stems fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subtract_core.stems import Stem

from .evaluate_midi import ReportName, Rows, Sampler, Seeds, TestedModel, report_path
from .insert import MODEL, Device
from .output import Output, Quiet, UsageError, Verbose, counted
from .paths import named

if TYPE_CHECKING:
    from audio_subtract.evaluation.panel import StemResult
    from audio_subtract.evaluation.realism import Embedder
    from audio_subtract.evaluation.rows import Subject
    from audio_subtract.evaluation.songs import SoundingSong
    from audio_subtract.rendering.soundfonts import SoundFont


def evaluate_audio(
    songs: Annotated[
        list[str],
        typer.Argument(metavar="SONGS", help="Folders of songs as stems; with --from-midi, sets of `prepare midi`."),
    ],
    out: ReportName,
    model: TestedModel = MODEL,
    stem: Annotated[
        list[Stem] | None, typer.Option(case_sensitive=False, help="Which stem; repeatable; drums, bass and guitar.")
    ] = None,
    cases: Annotated[int, typer.Option(metavar="N", min=2, help="Cases a stem, one a song.")] = 40,
    seconds: Annotated[float, typer.Option(metavar="S", min=4, max=60, help="Length of a case.")] = 12.0,
    seeds: Seeds = 3,
    rows: Rows = "",
    case_seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of the choice of songs and stretches.")] = 0,
    from_midi: Annotated[bool, typer.Option("--from-midi", help="Render songs of notes with SoundFonts.")] = False,
    soundfont: Annotated[
        list[Path] | None,
        typer.Option(metavar="SF2", help="A SoundFont, or a folder of some; those of this machine if none is given."),
    ] = None,
    other_soundfont: Annotated[
        list[Path] | None,
        typer.Option(metavar="SF2", help="Plays the true stems once more, for the row GT-resounded."),
    ] = None,
    embedding: Annotated[
        str, typer.Option(metavar="NAME", help="What hears A4 and A5: default, a folder, clap, clap:NAME, none.")
    ] = "default",
    sampler: Sampler = "",
    listen: Annotated[int, typer.Option(metavar="N", min=0, help="Cases a stem to listen to in the report.")] = 4,
    device: Annotated[Device, typer.Option(help="Where the model runs.")] = Device.AUTO,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a report that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure how well written stems fit (A1-A6), beside controls.

    Cuts stretches out of songs, takes one stem out, writes it again, and compares it with the song's own stem, other
    songs' stems, a rock beat, silence, and the song's own stem through the codec.
    """
    output = Output(quiet, verbose)
    with output.guarded():
        from audio_subtract.evaluation.panel import Panel, Settings
        from audio_subtract.evaluation.report import Run, html_report, json_report
        from audio_subtract.evaluation.rows import ROWS
        from subtract_core.evaluation.panel import asked_rows
        from subtract_core.files import check_writable, write_file

        for name, given in (("--soundfont", soundfont), ("--other-soundfont", other_soundfont)):
            if given and not from_midi:
                raise UsageError(f"{name}: is for --from-midi; leave it out, or add it")
        folders = named(songs, "SONGS", "a folder")
        targets = {suffix: report_path(out, suffix) for suffix in (".json", ".html")}
        for path in targets.values():
            check_writable(path, overwrite)
        asked = [row for row in asked_rows(rows, ROWS) if rows or other_soundfont or row != "GT-resounded"]
        stems = tuple(dict.fromkeys(stem or (Stem.DRUMS, Stem.BASS, Stem.GUITAR)))
        settings = Settings(stems, tuple(asked), cases, seconds, seeds, case_seed, listen)
        subject, sampling = None, dict[str, Any]()
        if any(ROWS[row].model for row in asked):
            subject, sampling = _subject(model, device, sampler, stems)
        embedder = _embedder(embedding, device)
        fonts = _fonts(soundfont or []) if from_midi else []
        others = _fonts(other_soundfont) if other_soundfont else []
        found = _from_midi(folders, fonts, others, settings) if from_midi else _from_stems(folders, settings)
        with output.progress() as show:
            font = next((f for f in fonts if f.plays(0, True)), None)
            results = Panel(found, settings, subject, font, embedder, show).run()
        run = Run(
            source=", ".join(songs),
            settings=settings,
            model=model if subject else None,
            sampler=sampling,
            options={
                "soundfonts": ", ".join(font.name for font in fonts),
                "other soundfonts": ", ".join(font.name for font in others),
                "embedding": embedding,
            },
        )
        write_file(targets[".json"], json_report(run, results), overwrite)
        write_file(targets[".html"], html_report(run, results), overwrite)
        for kind, result in results.items():
            for line in _lines(kind, result):
                output.line(line)
        output.line(f"{targets['.json']}: the figures; {targets['.html']}: the report to read")


def _subject(model: str, device: Device, sampler: str, stems: tuple[Stem, ...]) -> tuple[Subject, dict[str, Any]]:
    """The model under test, and its sampler's settings; raises `InputError` where it does not write one of `stems`."""
    from dataclasses import asdict

    from audio_subtract.evaluation.rows import Subject
    from audio_subtract.inserter import AudioInserter

    inserter = AudioInserter.from_pretrained(model, device.value)
    for stem in stems:  # not after the hours that other stems take
        inserter.pipeline.check_writes(stem, "--stem")
    inserter.pipeline.sampler = inserter.pipeline.sampler.told(sampler)
    return Subject(inserter), asdict(inserter.pipeline.sampler)


def _embedder(name: str, device: Device) -> Embedder | None:
    from audio_subtract.evaluation.hub import load_embedder
    from subtract_core.model.device import pick_device

    return load_embedder(name, pick_device(device.value))


def _fonts(given: list[Path]) -> list[SoundFont]:
    from audio_subtract.rendering.soundfonts import find_soundfonts
    from audio_subtract.rendering.synth import synthesizer

    fonts = find_soundfonts(given)
    for font in fonts:
        synthesizer(font)
    return fonts


def _from_midi(
    folders: list[Path], fonts: list[SoundFont], others: list[SoundFont], settings: Any
) -> Iterator[SoundingSong]:
    from .scores import sounding_songs

    return sounding_songs(folders, fonts, settings.stems, settings.seconds, settings.case_seed, others)


def _from_stems(folders: list[Path], settings: Any) -> Iterator[SoundingSong]:
    from audio_subtract.evaluation.songs import folder_songs
    from audio_subtract.training.folders import find_stem_files

    files = [song for folder in folders for song in find_stem_files(folder)]
    return folder_songs(files, settings.seconds, settings.case_seed)


def _lines(stem: Stem, result: StemResult) -> list[str]:
    """The main figures of a stem, a line a row."""
    from audio_subtract.evaluation.report import main_figures
    from subtract_core.evaluation.page import number

    rows = result.figures["rows"]
    names = [name for name in main_figures(stem) if any(name in row["figures"] for row in rows.values())]
    lines = [f"{stem.value}, {counted(len(result.cases), 'case')}", f"  {'':<15}" + "".join(f"{n:>18}" for n in names)]
    for row, entry in rows.items():
        values = [entry["figures"].get(name, {"value": None})["value"] for name in names]
        lines.append(f"  {row:<15}" + "".join(f"{number(value).replace(chr(0x2013), '-'):>18}" for value in values))
    return [*lines, *(f"  {note}" for note in result.notes)]
