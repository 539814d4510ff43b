"""Measuring a model: cases are cut, every row writes its parts, every measure is taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from midi_subtract.evaluation import statistics
from midi_subtract.evaluation.cases import BARS, Case, cut_cases
from midi_subtract.evaluation.context import context_figures
from midi_subtract.evaluation.copying import TrainingParts, longest_copies
from midi_subtract.evaluation.distributions import add_overlaps
from midi_subtract.evaluation.form import OF_ANY_STEM, fill_figures, whole_song_cases
from midi_subtract.evaluation.kept import KeptParts
from midi_subtract.evaluation.matching import ContextMatch, songs_needed
from midi_subtract.evaluation.preservation import preservation
from midi_subtract.evaluation.realism import Reference, realism
from midi_subtract.evaluation.rows import ROWS, Subject, writers
from midi_subtract.evaluation.scores import GAPS, difference, score
from midi_subtract.model.matcher import Matcher
from midi_subtract.notes import Notes
from midi_subtract.song import Song
from subtract_core.errors import InputError
from subtract_core.evaluation.measures import entry
from subtract_core.evaluation.panel import MIN_SONGS, add_gaps
from subtract_core.stems import Stem

CASES = 60
"""Cases an instrument of a full table."""
FORM_SONGS = 10

Progress = Callable[[int, int, str], None]
"""progress(done, total, what), counted in parts written."""
Figures = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What is measured.

    stems: whose parts. rows: names of `ROWS`. cases: windows an instrument, one a song; seeds: of every row that draws.
    case_seed: of the choice of songs and windows. bars: a window's length. apart_from: no songs that a full table with
    this `case_seed` has, as cases or for their form, to choose settings without looking at what is reported on; of
    several, each is a table of the songs that the ones before leave.
    form_songs: whole songs an instrument whose form is looked at; 0 leaves them out.
    """

    stems: tuple[Stem, ...]
    rows: tuple[str, ...]
    cases: int = CASES
    seeds: int = 3
    case_seed: int = 0
    bars: int = BARS
    apart_from: tuple[int, ...] = ()
    form_songs: int = FORM_SONGS


@dataclass
class Parts:
    """What one row wrote: parts[case][seed], and the seconds it took."""

    parts: list[list[Notes]]
    seconds: float

    @property
    def first(self) -> list[Notes]:
        """The parts of the first seed, one a case."""
        return [seeds[0] for seeds in self.parts]


@dataclass
class StemResult:
    """One instrument: its cases, what the rows wrote, and the figures for the JSON report."""

    cases: list[Case]
    parts: dict[str, Parts]
    figures: Figures
    notes: list[str] = field(default_factory=list)


class Panel:
    """Takes all measures of a model, one instrument after another.

    subject: the model under test; None where only controls are asked for. training: the training set's songs, for the
    longest copy. files: from the names of songs to the bytes of their MIDI files, for preservation. matcher: judges how
    well parts match their context. kept: the model's parts of before, to go on from.
    """

    def __init__(
        self,
        songs: Sequence[Song],
        settings: Settings,
        subject: Subject | None = None,
        training: Sequence[Song] = (),
        files: Callable[[list[str]], Mapping[str, bytes]] | None = None,
        progress: Progress | None = None,
        matcher: Matcher | None = None,
        kept: KeptParts | None = None,
    ) -> None:
        self.songs, self.settings, self.subject = songs, settings, subject
        self.training, self.files, self.progress, self.matcher = training, files, progress, matcher
        self.kept = kept
        self._done, self._total = 0, 0

    def run(self) -> dict[Stem, StemResult]:
        """Every instrument's result. Raises `InputError` where the songs hold fewer than two cases of one."""
        songs = {stem: self._measured(stem) for stem in self.settings.stems}
        cut = {stem: self._cases(songs[stem], stem) for stem in songs}
        whole = {stem: whole_song_cases(songs[stem], stem, self.settings.form_songs) for stem in songs}
        writing = sum(self.settings.seeds if ROWS[row].draws else 1 for row in self.settings.rows)
        self._total = sum(len(cut[stem]) * writing + len(whole[stem]) * len(self.settings.rows) for stem in cut)
        return {stem: self._measure(stem, cut[stem], whole[stem]) for stem in cut}

    def _measured(self, stem: Stem) -> Sequence[Song]:
        """The songs that one instrument is measured on."""
        songs = self.songs
        for seed in self.settings.apart_from:
            full = cut_cases(songs, stem, CASES, seed, self.settings.bars)
            used = {case.song_name for case in full + whole_song_cases(songs, stem, FORM_SONGS)}
            songs = [song for song in songs if song.name not in used]
        return songs

    def _cases(self, songs: Sequence[Song], stem: Stem) -> list[Case]:
        settings = self.settings
        cases = cut_cases(songs, stem, settings.cases, settings.case_seed, settings.bars)
        if len(cases) < 2:
            raise InputError(
                f"SONGS: of {len(songs)} songs {len(cases)} hold {settings.bars} bars with {stem.value} and two other "
                "pitched instruments; 2 are needed"
            )
        return cases

    def _measure(self, stem: Stem, cases: list[Case], whole: list[Case]) -> StemResult:
        result = StemResult(cases, {}, {})
        for row in self.settings.rows:
            parts = self._write(row, cases, self.settings.seeds if ROWS[row].draws else 1)
            if parts is None:
                result.notes.append(f"{row} is left out: the program mma is not installed")
            else:
                result.parts[row] = parts
        rows = {row: _row_figures(parts, cases) for row, parts in result.parts.items()}
        add_gaps(rows, GAPS)
        add_overlaps(rows, {row: parts.parts for row, parts in result.parts.items()}, cases)
        self._add_match(rows, result, stem)
        self._add_realism(rows, result, stem)
        self._add_copies(rows, result, stem)
        result.figures = {
            "cases": [_case_entry(case) for case in cases],
            "rows": {row: {"figures": rows[row], "seconds": result.parts[row].seconds} for row in rows},
            "preservation": self._preservation(result, stem),
            "form": self._form(whole, stem),
            "notes": result.notes,
        }
        return result

    def _write(self, row: str, cases: Sequence[Case], seeds: int) -> Parts | None:
        """The row's parts for every case; None where it is not available."""
        writer, kept = writers(cases, self.subject)[row], self.kept if ROWS[row].model else None
        written = Parts([], 0.0)
        for case in cases:
            found = kept.find(row, case, seeds) if kept else None
            if found is None:
                started = time.monotonic()
                parts = [part for seed in range(seeds) if (part := writer(case, seed)) is not None]
                found = parts, time.monotonic() - started
                if kept:
                    kept.add(row, case, *found)
            self._count(seeds, f"{case.stem.value} {row}")
            if len(found[0]) < seeds:
                return None
            written.parts.append(found[0])
            written.seconds += found[1]
        return written

    def _count(self, more: int, what: str) -> None:
        self._done += more
        if self.progress:
            self.progress(self._done, self._total, what)

    def _add_match(self, rows: dict[str, Figures], result: StemResult, stem: Stem) -> None:
        """M3 and M4, by the matcher."""
        needed = songs_needed(stem)
        if self.matcher is None:
            result.notes.append("context match (M3, M4) is left out: there is no matcher")
        elif not self.matcher.judges(stem):
            known = ", ".join(self.matcher.config.stems)
            result.notes.append(f"context match (M3, M4) is left out: the matcher knows {known}, and no {stem.value}")
        elif len(result.cases) < needed:
            result.notes.append(f"context match (M3, M4) is left out: it needs {needed} cases of {stem.value}")
        else:
            match = ContextMatch(self.matcher, result.cases)
            for row, parts in result.parts.items():
                rows[row].update(context_figures(match, parts.parts))

    def _add_realism(self, rows: dict[str, Figures], result: StemResult, stem: Stem) -> None:
        """M5, of one part a case, against as many other songs: all three figures depend on the samples' sizes."""
        used = {case.song_name for case in result.cases}
        others = [song for song in self.songs if song.name not in used]
        apart = cut_cases(others, stem, len(used), self.settings.case_seed, self.settings.bars)
        if min(len(used), len(apart)) < MIN_SONGS:
            result.notes.append(
                f"realism (M5) is left out: {len(used)} songs measured and {len(apart)} others; {MIN_SONGS} each needed"
            )
            return
        reference = Reference(apart)
        for row, parts in result.parts.items():
            rows[row].update(realism(parts.first, result.cases, reference))
        result.notes.append(f"realism (M5) is measured against the parts of {reference.n_songs} songs that are no case")

    def _add_copies(self, rows: dict[str, Figures], result: StemResult, stem: Stem) -> None:
        if not self.training:
            result.notes.append("the longest copy of training data (M8) is left out: --training gives the set")
            return
        training = TrainingParts(self.training, stem)
        beats = [case.n_beats for case in result.cases]
        for row, parts in result.parts.items():
            rows[row]["longest copy"] = entry(longest_copies(training, parts.first, stem, beats))
        result.notes.append(f"longest copies are looked for in {training.n_songs:,} training songs")

    def _preservation(self, result: StemResult, stem: Stem) -> Figures | None:
        """M10, of the model's parts (GT's where no model is measured) in the songs' own files."""
        if self.files is None:
            result.notes.append("preservation (M10) is left out: --files gives the MIDI files of a prepared set")
            return None
        row = next((name for name in ("model", "GT") if name in result.parts), next(iter(result.parts)))
        data = self.files([case.song_name for case in result.cases])
        kept: list[dict[str, float]] = []
        refused: dict[str, str] = {}
        for case, part in zip(result.cases, result.parts[row].first, strict=True):
            if case.song_name in data:
                name = case.song_name
                outcome = preservation(data[name], name, part.shifted(case.start_step), stem)
                if isinstance(outcome, str):
                    refused[name] = outcome
                else:
                    kept.append(outcome)
        missing = len(result.cases) - len(kept) - len(refused)
        return {
            "row": row,
            "files": len(kept),
            "missing": missing,
            "refused": refused,
            **{name: entry([k[name] for k in kept]) for name in ("bytes kept", "notes heard")},
        }

    def _form(self, whole: list[Case], stem: Stem) -> Figures | None:
        """M7, new bars and fill placement over whole songs, a part a song; None where there are no two."""
        if len(whole) < 2:
            return None
        rows: dict[str, Figures] = {}
        for row in self.settings.rows:
            parts = self._write(row, whole, 1)
            if parts is not None:
                rows[row] = statistics.form_row(parts.first, whole, stem, OF_ANY_STEM, fill_figures)
        return {"songs": [_case_entry(case) for case in whole], "rows": rows}


def _row_figures(parts: Parts, cases: Sequence[Case]) -> Figures:
    """Figure -> its `Entry`, means over seeds for each case."""
    scores = [[score(part, case) for part in seeds] for seeds, case in zip(parts.parts, cases, strict=True)]
    figures = statistics.over_seeds(scores)
    if len(parts.parts[0]) > 1:
        spread = [_diversity(seeds, case.stem) for seeds, case in zip(parts.parts, cases, strict=True)]
        figures["diversity"] = entry(spread)
    return figures


def _diversity(parts: Sequence[Notes], stem: Stem) -> float:
    pairs = [(a, b) for i, a in enumerate(parts) for b in parts[i + 1 :]]
    return float(np.mean([difference(a, b, stem) for a, b in pairs]))


def _case_entry(case: Case) -> dict[str, Any]:
    return {
        "song": case.song_name,
        "start_step": case.start_step,
        "bars": case.n_bars,
        "common_time": case.is_common_time,
    }
