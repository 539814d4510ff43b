"""The report: one JSON for programs, one HTML page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from midi_subtract.evaluation import plots
from midi_subtract.evaluation.form import FORM_FIGURES, OF_ANY_STEM
from midi_subtract.evaluation.panel import Settings, StemResult
from midi_subtract.evaluation.rows import ROWS
from midi_subtract.evaluation.scores import FIGURES, main_figure
from subtract_core.errors import InputError
from subtract_core.evaluation import page
from subtract_core.evaluation.page import Head
from subtract_core.evaluation.panel import Tables, json_document, made, msub_version, settings_entry
from subtract_core.files import read_json
from subtract_core.stems import Stem

KIND = "msub evaluate midi"
SHOWN = 10
"""Best and worst cases that are drawn."""
OVERLAP = "overlap: "
NO_PLOTS = "Plots need matplotlib: pip install 'msub[plot]'"
MODEL_ROWS = [name for name, row in ROWS.items() if row.model]

_TABLES: tuple[tuple[str, str, str], ...] = (
    (
        "Fit to the other parts, and to the true one",
        "M1-M4, M6. Many parts fit a song, so the true one is a sample and not the answer: nobody reaches 1. "
        "Figures beyond GT's own are no praise either. For M3 a matcher, trained on other songs, is shown the part "
        "beside its own context, the same moved by bars, an eighth or a semitone, and other songs' contexts.",
        "in-harmony, M1 gap, kick-bass lock, M2 gap, M3 match, M4 sensitivity, agreement, onset F1, note F1, kick, "
        "snare, hat, all F1, best-of-k agreement, best-of-k note F1, best-of-k all F1",
    ),
    (
        "Realism, structure, variety",
        "M5, M7, M8. Realism hears the part alone, one part a song, against as many songs that are no case; GT's "
        "figure is what people's parts reach.",
        "Fréchet distance, density, coverage, structure, diversity, longest copy, no-op rate",
    ),
    (
        "How it is played",
        "Descriptions, to be compared with GT's.",
        "notes per bar, pitch-class entropy, scale consistency, polyphony, groove consistency",
    ),
    (
        "Overlap with GT's distributions",
        "The area that the histograms of row and GT share, 0 to 1; the histograms of model and GT are drawn below.",
        "overlap: in-harmony, overlap: density, overlap: pitch, overlap: velocity, overlap: IOI",
    ),
)
_PLOTTED = (
    "M1 gap", "M2 gap", "M3 match", "M4 sensitivity", "agreement", "note F1", "kick", "snare", "all F1",
    "Fréchet distance", "density", "coverage", "structure", "no-op rate",
)  # fmt: skip
_DIGITS = {"Fréchet distance": 1, "longest copy": 1, "notes per bar": 1, "groove consistency": 3}
_PAGE = Tables(FIGURES, ROWS, MODEL_ROWS, _DIGITS, OVERLAP)


@dataclass(frozen=True)
class Run:
    """What was measured, on what, by which model, for the head of the report.

    model: its name, None where only controls were asked for; sampler: its settings. source: SONGS as given.
    instructions: a report of `msub evaluate instructions` (M9). logs: training logs to draw. judges: fingerprints of
    the matcher and of the style classifier, see `subtract_core.model.checkpoint.fingerprint`.
    """

    source: str
    n_songs: int
    settings: Settings
    model: str | None = None
    sampler: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    instructions: Mapping[str, Any] | None = None
    logs: Sequence[Path] = ()
    judges: Mapping[str, str | None] = field(default_factory=dict)


def json_report(run: Run, results: Mapping[Stem, StemResult]) -> bytes:
    """The report for programs: what was run, and for each instrument cases and rows with all figures by case."""
    document = {
        "kind": KIND,
        "version": msub_version(),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "songs": {"source": run.source, "count": run.n_songs},
        "model": {"name": run.model, "sampler": dict(run.sampler)},
        "judges": dict(run.judges),
        "settings": settings_entry(run.settings) | dict(run.options),
        "measures": {name: {"measure": f.measure, "what": f.what} for name, f in FIGURES.items()},
        "instruments": {stem.value: result.figures for stem, result in results.items()},
        "instructions": run.instructions,
    }
    return json_document(document)


def html_report(run: Run, results: Mapping[Stem, StemResult]) -> bytes:
    """The report for people: tables, plots, and piano rolls of the best and worst cases, in one file."""
    links = [(stem.value, stem.value.capitalize()) for stem in results]
    body = [_head(run), *_reading()]
    for stem, result in results.items():
        body += [page.section(stem.value.capitalize(), stem.value), *_instrument(stem, result)]
    if run.instructions:
        links.append(("instructions", "Instructions"))
        body += [page.section("Instructions (M9)", "instructions"), *_instructions(run.instructions)]
    if run.logs:
        links.append(("learning", "Learning curves"))
        body += [page.section("Learning curves", "learning"), *_learning(run.logs)]
    links.append(("glossary", "Glossary"))
    body += [page.section("Glossary", "glossary"), *_glossary(bool(run.instructions))]
    subject = f"model {run.model}" if run.model else "controls only"
    return page.page("How well do the parts fit?", f"msub evaluate midi: {subject}", body, links).encode()


def _head(run: Run) -> str:
    settings = run.settings
    rows = [
        ("model", run.model or "none; controls only"),
        ("sampler", page.settings(run.sampler)),
        ("songs", f"{run.source} ({run.n_songs:,} songs)"),
        ("cases", f"up to {settings.cases} an instrument, one a song, {settings.bars} bars each, drawn by seed "
                  f"{settings.case_seed}; {settings.seeds} seed{'s' * (settings.seeds > 1)} for every row that draws"),
        ("judges", ", ".join(f"{name} {value}" for name, value in run.judges.items() if value)),
        ("made", made()),
        *((name, page.in_words(value)) for name, value in run.options.items() if value),
    ]  # fmt: skip
    return page.facts((name, value) for name, value in rows if value)


def main_figures(stem: Stem) -> list[str]:
    """The figures that a summary in a terminal shows."""
    own = ["M2 gap", "kick", "snare", "all F1"] if stem is Stem.DRUMS else ["M1 gap", "M2 gap", "agreement", "note F1"]
    own = [name for name in own if stem is not Stem.GUITAR or name != "M2 gap"]
    return [*own, "M3 match", "M4 sensitivity", "density", "coverage", "structure", "no-op rate"]


def _reading() -> list[str]:
    return [
        page.paragraph(
            "From every case one instrument was taken out and written again. Figures are means over seeds, then over "
            "songs; gaps are of all seeds together. The small numbers are 95% bootstrap intervals over songs, and n, "
            "in how many cases a figure could be taken. The controls above and below the model say what a figure is "
            "worth: GT is the song's own part, RAND another song's."
        )
    ]


def _instrument(stem: Stem, result: StemResult) -> list[str]:
    rows = {name: row["figures"] for name, row in result.figures["rows"].items()}
    seconds = result.figures["rows"].get("model", {}).get("seconds")
    body = [page.paragraph(_summary(result, seconds))]
    body += [page.paragraph(f"{note[0].upper()}{note[1:]}.", note=True) for note in result.notes]
    picture = plots.interval_plot(rows, _PLOTTED) if plots.available() else b""
    if picture:
        caption = "Means and 95% intervals; the blue line is the song's own part."
        body.append(page.picture(picture, "svg+xml", caption, f"{stem.value}: measures by row"))
    for title, text, names in _TABLES:
        body += _PAGE.table(title, text, names.split(", "), rows)
    body += _distributions(stem, result, rows)
    body += _form(result.figures["form"], stem)
    body += _preservation(result.figures["preservation"])
    body += _rolls(stem, result, rows)
    return body


def _summary(result: StemResult, seconds: float | None) -> str:
    cases = result.cases
    common = sum(case.is_common_time for case in cases)
    text = f"{len(cases)} cases, {common} of them in 4/4 throughout."
    if seconds is not None:
        written = sum(len(seeds) for seeds in result.parts["model"].parts)
        text += f" The model took {seconds / written:.1f} s a part on this machine."
    return text


def _distributions(stem: Stem, result: StemResult, rows: Mapping[str, Any]) -> list[str]:
    if not {"GT", "model"} <= result.parts.keys():
        return []
    if not plots.available():
        return [page.section("Distributions", "", 3), page.paragraph(NO_PLOTS, note=True)]
    overlaps = {
        name.removeprefix(OVERLAP): entry["value"] for name, entry in rows["model"].items() if name.startswith(OVERLAP)
    }
    parts = {row: result.parts[row].parts for row in ("GT", "model")}
    picture = plots.distribution_plot(stem, parts, result.cases, overlaps)
    caption = "Shares of cases or notes, all seeds together; values beyond the axis count in the outermost bins."
    alt = f"{stem.value}: distributions of the model's parts and the songs' own"
    return [page.section("Distributions", "", 3), page.picture(picture, "svg+xml", caption, alt)]


def _form(form: Mapping[str, Any] | None, stem: Stem) -> list[str]:
    title = "Whole songs"
    if form is None:
        return [
            page.section(title, "", 3),
            page.paragraph("Left out: fewer than two songs qualify, or none were asked for.", note=True),
        ]
    names = [name for name in FORM_FIGURES if name in OF_ANY_STEM or stem is Stem.DRUMS]
    heads = [Head(name, "M7" if name in OF_ANY_STEM else "", FORM_FIGURES[name]) for name in names]
    text = (
        f"{len(form['songs'])} whole songs, a part each. Structure is the correlation of bar self-similarities; new "
        "bars are those that have other notes than every bar before them: players repeat themselves."
    )
    if stem is Stem.DRUMS:
        text += (
            " Section borders are peaks of novelty in the other parts; fills belong into the bar before one, crashes "
            "on it. Where a row does no more there than elsewhere, placement is 0 and the ratio 1."
        )
    return _PAGE.section(title, text, heads, names, form["rows"])


def _preservation(kept: Mapping[str, Any] | None) -> list[str]:
    if kept is None:
        return []
    share, heard = kept["bytes kept"]["value"], kept["notes heard"]["value"]
    text = (
        f"In {kept['files']} files the part of {kept['row']} was added: {page.number(100 * share, 1)}% kept every "
        f"byte of the original, and {page.number(100 * heard, 2)}% of the part's notes were read back from the result."
    )
    if kept["missing"]:
        text += f" Of {kept['missing']} songs the file was not given."
    refused = [page.paragraph(f"Refused: {reason}", note=True) for reason in kept["refused"].values()]
    return [page.section("Preservation (M10)", "", 3), page.paragraph(text), *refused]


def _rolls(stem: Stem, result: StemResult, rows: Mapping[str, Any]) -> list[str]:
    """The best and the worst cases, each drawn once where there are few."""
    if "model" not in result.parts:
        return []
    title = page.section("Best and worst cases", "", 3)
    if not plots.available():
        return [title, page.paragraph(NO_PLOTS, note=True)]
    name = main_figure(stem)
    values = np.array(rows["model"][name]["cases"], dtype=np.float64)
    order = [int(i) for i in np.argsort(-values, kind="stable") if np.isfinite(values[i])]
    count = min(SHOWN, (len(order) + 1) // 2)
    text = f"By {name}, mean over seeds; drawn is the first seed. Other parts are pale. Click to unfold."
    body = [title, page.paragraph(text, note=True)]
    for label, chosen in (("best", order[:count]), ("worst", order[count:][-SHOWN:][::-1])):
        pictures = [_roll(result, index, f"{name} {values[index]:.2f}") for index in chosen]
        body.append(page.fold(f"The {len(chosen)} {label}", pictures, opened=False))
    return body


def _roll(result: StemResult, index: int, figure: str) -> str:
    case, part = result.cases[index], result.parts["model"].first[index]
    first_bar = f"from beat {case.start_step // 12 + 1}"
    caption = f"{case.song_name}, {case.n_bars} bars {first_bar}: {figure}"
    return page.picture(plots.roll(case, part), "png", caption, f"piano roll of {case.song_name}")


def _instructions(report: Mapping[str, Any]) -> list[str]:
    body = []
    for stem, figures in report.items():
        body.append(page.section(f"{stem}, {figures['cases']} cases", "", 3))
        body.append(page.paragraph(f"Sentences that changed nothing: {figures['same']:.0%}.", note=True))
        flips = [(name, _share(value)) for name, value in figures["flips"].items()]
        ranks = [(name, page.number(value)) for name, value in figures["spearman"].items()]
        body.append(page.text_table(("counterfactual pair", "moved the right way"), flips))
        body.append(page.text_table(("fact", "Spearman of asked against measured"), ranks))
        if figures.get("styles"):
            alone = figures.get("styles_alone", {})
            styles = [(name, _share(value), _share(alone.get(name))) for name, value in figures["styles"].items()]
            body.append(page.text_table(("style", "recognised by the classifier", "in single draws"), styles))
        about = f"fit, {figures['fit_cases']} cases"
        heads = (about, "without", "with a true sentence", "95% interval of the difference")
        body.append(page.text_table(heads, [_fit_row(name, row) for name, row in figures["fit"].items()]))
    return body


def _share(value: float | None) -> str:
    return page.number(None) if value is None else f"{value:.0%}"


def _fit_row(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = (page.number(bound) for bound in row["difference"])
    return name, page.number(row["without"]), page.number(row["with"]), f"{low} to {high}"


def _learning(logs: Sequence[Path]) -> list[str]:
    if not plots.available():
        return [page.paragraph(NO_PLOTS, note=True)]
    return [page.picture(plots.learning_curves(logs), "svg+xml", "", "learning curves")]


def _glossary(instructed: bool) -> list[str]:
    terms = _PAGE.glossary()
    if instructed:
        return terms
    elsewhere = "M9, whether instructions are carried out, is measured by msub evaluate instructions."
    return [*terms, page.section("Not in this report", "", 3), page.paragraph(elsewhere)]


def read_instructions(path: Path) -> dict[str, Any]:
    """A report of `msub evaluate instructions`; raises `InputError` where `path` is none."""
    document = read_json(path)
    for stem, figures in document.items():
        needed = ("cases", "flips", "spearman", "same", "fit", "fit_cases")
        missing = [key for key in needed if key not in (figures or ())]
        if missing:
            raise InputError(f"{path}: {stem} lacks {missing[0]}; a report of `msub evaluate instructions` is needed")
    return document
