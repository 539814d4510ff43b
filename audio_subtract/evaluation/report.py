"""The report: one JSON for programs, one HTML page for people, with examples to listen to."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from html import escape
from typing import Any

import numpy as np
import soundfile

from audio_subtract.evaluation.panel import Settings, StemResult
from audio_subtract.evaluation.rows import ROWS
from audio_subtract.evaluation.scores import FIGURES
from audio_subtract.model.spectrogram import RATE
from subtract_core.evaluation import page
from subtract_core.evaluation.panel import Tables, json_document, made, msub_version, settings_entry
from subtract_core.stems import Stem

KIND = "msub evaluate audio"
MODEL_ROWS = [name for name, row in ROWS.items() if name.startswith("model")]

_TABLES: tuple[tuple[str, str, str], ...] = (
    (
        "Fit to the rest of the song",
        "A2, A3, A4. Many stems fit a song, so the true one is a sample and not the answer. Beats of stems are looked "
        "for at the song's tempo, so beat F1 is about where they fall, and the tempo has a figure of its own.",
        "beat F1, true-beat F1, tempo difference, chroma fit, chroma gap, onset fit, onset gap, own context first, APA",
    ),
    (
        "Realism",
        "A5 hears the stem alone, one a song, against as many songs that are no case; GT's figure is what other true "
        "stems reach. RAND-codec shows what the way through the codec costs here.",
        "FAD, KAD, density, coverage",
    ),
    (
        "What comes out",
        "A1, A6, and how near the true stem is in time, spectrum and loudness.",
        "exact, sounding, leakage, onset correlation, clear period, LSD, loudness error, loudness bias",
    ),
)
_DIGITS = {"tempo difference": 1, "LSD": 1, "loudness error": 1, "loudness bias": 1}
_PAGE = Tables(FIGURES, ROWS, MODEL_ROWS, _DIGITS)


@dataclass(frozen=True)
class Run:
    """What was measured, on what, by which model, for the head of the report.

    model: its name, None where only controls were asked for; sampler: its settings. source: SONGS as given.
    """

    source: str
    settings: Settings
    model: str | None = None
    sampler: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def json_report(run: Run, results: Mapping[Stem, StemResult]) -> bytes:
    """The report for programs: what was run, and for each stem cases and rows with all figures by case."""
    document = {
        "kind": KIND,
        "version": msub_version(),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "songs": {"source": run.source},
        "model": {"name": run.model, "sampler": dict(run.sampler)},
        "settings": settings_entry(run.settings) | dict(run.options),
        "measures": {name: {"measure": f.measure, "what": f.what} for name, f in FIGURES.items()},
        "instruments": {stem.value: result.figures for stem, result in results.items()},
    }
    return json_document(document)


def main_figures(stem: Stem) -> list[str]:
    """The figures that a summary in a terminal shows."""
    own = ["beat F1", "onset fit"] if stem is Stem.DRUMS else ["beat F1", "chroma fit", "chroma gap"]
    return [*own, "own context first", "APA", "FAD", "onset correlation", "sounding", "exact"]


def html_report(run: Run, results: Mapping[Stem, StemResult]) -> bytes:
    """The report for people: tables, and the first cases to listen to, in one file."""
    links = [(stem.value, stem.value.capitalize()) for stem in results]
    body = [_head(run), page.paragraph(_READING)]
    for stem, result in results.items():
        body += [page.section(stem.value.capitalize(), stem.value), *_stem(result)]
    links.append(("glossary", "Glossary"))
    body += [page.section("Glossary", "glossary"), *_PAGE.glossary()]
    subject = f"model {run.model}" if run.model else "controls only"
    return page.page("How well do the stems fit?", f"{KIND}: {subject}", body, links).encode()


_READING = (
    "From every case one stem was taken out and written again. Figures are means over seeds, then over songs; gaps are "
    "of all seeds together. The small numbers are 95% bootstrap intervals over songs, and n, in how many cases a "
    "figure could be taken. Each figure alone can be gamed: a metronome has beats, a drone harmony, another song's "
    "loop realism. So they are read together, and beside the controls: GT is the song's own stem, RAND another song's, "
    "codec GT through the codec."
)


def _head(run: Run) -> str:
    settings = run.settings
    rows = [
        ("model", run.model or "none; controls only"),
        ("sampler", page.settings(run.sampler)),
        ("songs", run.source),
        ("cases", f"up to {settings.cases} a stem, one a song, {settings.seconds:g} s each, drawn by seed "
                  f"{settings.case_seed}; {settings.seeds} seed{'s' * (settings.seeds > 1)} for every row that draws"),
        ("made", made()),
        *((name, page.in_words(value)) for name, value in run.options.items() if value),
    ]  # fmt: skip
    return page.facts((name, value) for name, value in rows if value)


def _stem(result: StemResult) -> list[str]:
    rows = {name: row["figures"] for name, row in result.figures["rows"].items()}
    body = [page.paragraph(f"{len(result.cases)} cases.")]
    body += [page.paragraph(f"{note[0].upper()}{note[1:]}.", note=True) for note in result.notes]
    for title, text, names in _TABLES:
        body += _PAGE.table(title, text, names.split(", "), rows)
    return body + _listening(result)


def _listening(result: StemResult) -> list[str]:
    """The first cases as sound: what the model was given, and each stem in it."""
    count = max((len(sounds) for sounds in result.heard.values()), default=0)
    if not count:
        return []
    body = [page.section("Listen", "", 3), page.paragraph("The first cases, not chosen; first seeds.", note=True)]
    for index, case in enumerate(result.cases[:count]):
        players = [_player("without", case.context.samples)]
        for row, sounds in result.heard.items():
            if index < len(sounds):
                players += [_player(f"with {row}", case.context.samples + sounds[index])]
                players += [_player(f"{row} alone", sounds[index])]
        body.append(page.fold(f"{case.name}, from {case.song.start:.0f} s", players, opened=index == 0))
    return body


def _player(name: str, samples: np.ndarray) -> str:
    buffer = io.BytesIO()
    peak = float(np.abs(samples).max(initial=0.0))
    sound = samples / max(1.0, peak)
    with soundfile.SoundFile(buffer, "w", RATE, 1, subtype="VORBIS", format="OGG") as file:
        for start in range(0, len(sound), 1 << 16):  # Vorbis overruns libsndfile's stack in one large write
            file.write(sound[start : start + (1 << 16)])
    data = base64.b64encode(buffer.getvalue()).decode()
    sound_of = f'<audio controls src="data:audio/ogg;base64,{data}"></audio>'
    return f"<figure><figcaption>{escape(name)}</figcaption>{sound_of}</figure>"
