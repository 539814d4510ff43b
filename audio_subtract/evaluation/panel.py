"""Measuring a model: cases are cut, every row writes its stems, every measure is taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from audio_subtract.evaluation.cases import RIVALS, Case, cut_cases, others_of
from audio_subtract.evaluation.realism import Embedder, Embeddings, Reference
from audio_subtract.evaluation.rows import ROWS, Subject, Writer, Written, writers
from audio_subtract.evaluation.scores import GAPS, score
from audio_subtract.evaluation.songs import SoundingSong
from audio_subtract.rendering.soundfonts import SoundFont
from subtract_core.errors import InputError
from subtract_core.evaluation.measures import entry, mean, seeds_entry
from subtract_core.evaluation.panel import MIN_SONGS, add_gaps
from subtract_core.stems import Stem

CASES, SECONDS = 40, 12.0
"""Cases a stem of a full table, and their length."""
LISTENED = 4
"""Cases a stem that the report lets people hear."""

Progress = Callable[[int, int, str], None]
"""progress(done, total, what)"""
Figures = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What is measured.

    stems: which. rows: names of `ROWS`. cases: stretches a stem, one a song, each `seconds` long; seeds: of every row
    that draws. case_seed: of the choice of songs and stretches. listened: cases a stem whose sounds are kept.
    """

    stems: tuple[Stem, ...]
    rows: tuple[str, ...]
    cases: int = CASES
    seconds: float = SECONDS
    seeds: int = 3
    case_seed: int = 0
    listened: int = LISTENED


@dataclass
class StemResult:
    """One stem: its cases, the figures for the JSON report, and the first sounds of GT and model, one a case."""

    cases: list[Case]
    figures: Figures = field(default_factory=dict)
    heard: dict[str, list[np.ndarray]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Panel:
    """Takes all measures of a model, one stem after another.

    songs: in the order in which cases are looked for. subject: the model under test; None where only controls are asked
    for. font: plays the row RULE. embedder: hears stems for A4 and A5; None leaves them out.
    """

    def __init__(
        self,
        songs: Iterable[SoundingSong],
        settings: Settings,
        subject: Subject | None = None,
        font: SoundFont | None = None,
        embedder: Embedder | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.songs, self.settings, self.subject = songs, settings, subject
        self.font, self.embedder, self.progress = font, embedder, progress
        self._done, self._total = 0, 0

    def run(self) -> dict[Stem, StemResult]:
        """Every stem's result. Raises `InputError` where the songs hold fewer than two cases of one."""
        settings = self.settings
        most = settings.cases * (2 if self.embedder else 1)  # as many again, to compare distributions with
        found = cut_cases(self.songs, settings.stems, most, self._cutting(most * len(settings.stems)))
        for stem, cases in found.items():
            if len(cases) < 2:
                raise InputError(
                    f"SONGS: {len(cases)} of them have {settings.seconds:g} s with {stem.value} beside other stems; 2 "
                    "are needed"
                )
        writing = sum(settings.seeds if ROWS[row].draws else 1 for row in settings.rows)
        self._total = sum(min(len(cases), settings.cases) * writing for cases in found.values())
        return {stem: self._measure(cases[: settings.cases], cases[settings.cases :]) for stem, cases in found.items()}

    def _cutting(self, total: int) -> Callable[[int], None]:
        return lambda found: self.progress(found, total, "cases") if self.progress else None

    def _measure(self, cases: list[Case], apart: list[Case]) -> StemResult:
        result, rows = StemResult(cases), dict[str, Figures]()
        reference = self._reference(apart, result)
        seconds: dict[str, float] = {}
        for row, writer in writers(cases, self.subject, self.font).items():
            if row not in self.settings.rows:
                continue
            started = time.monotonic()
            figures = self._row(row, writer, result, reference)
            if figures is None:
                result.notes.append(f"{row} is left out: there is none for {cases[0].stem.value}")
            else:
                rows[row], seconds[row] = figures, time.monotonic() - started
        rows = {row: rows[row] for row in ROWS if row in rows}
        add_gaps(rows, GAPS)
        result.figures = {
            "cases": [{"song": c.name, "start": round(c.song.start, 2), "seconds": c.seconds} for c in cases],
            "rows": {row: {"figures": figures, "seconds": seconds[row]} for row, figures in rows.items()},
            "notes": result.notes,
        }
        return result

    def _reference(self, apart: list[Case], result: StemResult) -> Reference | None:
        """Other songs' stems, as many as cases: all figures of distributions depend on the samples' sizes."""
        if self.embedder is None:
            result.notes.append("APA (A4), FAD, KAD, density and coverage (A5) are left out: no embedding is at hand")
            return None
        if min(len(apart), len(result.cases)) < MIN_SONGS:
            result.notes.append(
                f"APA (A4), FAD, KAD, density and coverage (A5) are left out: {len(result.cases)} songs measured and "
                f"{len(apart)} others; {MIN_SONGS} each are needed"
            )
            return None
        result.notes.append(
            f"A4 and A5 hear {len(apart)} songs that are no case, by the embedding {self.embedder.name}"
        )
        return Reference(apart, self.embedder)

    def _row(self, row: str, writer: Writer, result: StemResult, reference: Reference | None) -> Figures | None:
        """Figure -> its `Entry`, means over seeds for each case; None where the row writes nothing."""
        scores: list[list[dict[str, float]]] = []
        embeddings: list[Embeddings] = []
        for index, case in enumerate(result.cases):
            rivals = others_of(case, result.cases, self.settings.case_seed)[:RIVALS]
            found: list[dict[str, float]] = []
            for seed in range(self.settings.seeds if ROWS[row].draws else 1):
                written = writer(case, seed)
                if written is None:
                    return None
                found.append(score(written, case, rivals))
                if seed == 0:
                    self._keep(row, index, written, result)
                    if reference is not None:
                        embeddings.append(reference.embed(written.sound, case.context))
                self._count(f"{case.stem.value} {row}")
            scores.append(found)
        values = {name: [[seed[name] for seed in case] for case in scores] for name in scores[0][0]}
        figures = {
            name: seeds_entry(v) if name in GAPS else entry([mean(case) for case in v]) for name, v in values.items()
        }
        return figures | (reference.figures(embeddings) if reference is not None else {})

    def _keep(self, row: str, index: int, written: Written, result: StemResult) -> None:
        if row in ("GT", "model") and index < self.settings.listened:
            result.heard.setdefault(row, []).append(written.sound.samples)

    def _count(self, what: str) -> None:
        self._done += 1
        if self.progress:
            self.progress(self._done, self._total, what)
