"""M3, context match: does the matcher tell a part's true context from seven others?

The others are of two kinds. Hard ones are the true context moved against the part: by three bars, by a semitone, by an
eighth; the matcher hears only how the two lie to each other, so it is the part that is moved here. The rest are other
songs' contexts, one of them (RANDkey) with the part transposed to fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from midi_subtract.evaluation import controls
from midi_subtract.evaluation.cases import Case
from midi_subtract.model.match_input import Bars, frames_of
from midi_subtract.model.matcher import Heard, Matcher
from midi_subtract.notes import STEPS_PER_BEAT, Notes, repeated
from subtract_core.stems import Stem

CANDIDATES = 8
"""Contexts among which the true one is to be found; chance is one in so many."""
LATE = STEPS_PER_BEAT // 2
TIE = 1e-4
"""Scores nearer than this are the same: a part whose bars all repeat is no worse off when it is rotated."""


class ContextMatch:
    """Finds the true context of parts among `CANDIDATES`, for the cases of one stem.

    matcher: what judges. cases: where the other songs' contexts come from; of `songs_needed` songs at least.
    """

    def __init__(self, matcher: Matcher, cases: Sequence[Case]) -> None:
        self.matcher, self.cases = matcher, cases
        self._heard: dict[tuple[str, str], Heard] = {}

    def found(self, part: Notes, case: Case, rng: np.random.Generator) -> float:
        """1 where the matcher takes `case`'s context for the part's own, 0 where it prefers one of the others.

        A tie for the best counts its share, and a silent part, which tells nothing, the chance of a blind guess.
        """
        part = part.between(0, int(case.bar_starts[-1]))
        if not len(part):
            return 1 / CANDIDATES
        scores = np.array(self.scores(part, case, rng))
        best = np.flatnonzero(scores >= scores.max() - TIE)
        return float(0 in best) / len(best)

    def scores(self, part: Notes, case: Case, rng: np.random.Generator) -> list[float]:
        """The matcher's score of the part with its own context, then with the `CANDIDATES` - 1 others."""
        moved = _moved(part, case)
        others = self._others(case, CANDIDATES - 1 - len(moved), rng)
        fitted = part
        if case.stem is not Stem.DRUMS:
            semitones = controls.best_transposition(part, others[0].pitched_context)
            fitted = part.shifted(semitones=semitones)
        parts = [part, *moved, fitted, *[part] * (len(others) - 1)]
        contexts = [self._context(case, case)] * (1 + len(moved)) + [self._context(other, case) for other in others]
        return self._compare(parts, contexts, case)

    def _compare(self, parts: Sequence[Notes], contexts: Sequence[Heard], case: Case) -> list[float]:
        n_steps = int(case.bar_starts[-1])
        bars = Bars.of(case.bar_starts, frames_of(n_steps)).to(self.matcher.device)
        stems = torch.full((len(parts),), case.stem.number, device=self.matcher.device)
        around = Heard(*(torch.cat(planes) for planes in zip(*contexts, strict=True)))
        with torch.no_grad():
            heard = self.matcher.hear_parts(parts, case.stem, n_steps)
            return [float(score) for score in self.matcher.compare(heard, around, bars, stems)]

    def _context(self, other: Case, case: Case) -> Heard:
        """The context of `other` over the length of `case`; one that is shorter is repeated."""
        key = (other.song_name, case.song_name)
        if key not in self._heard:
            length, stop = int(other.bar_starts[-1]), int(case.bar_starts[-1])
            context = {stem: repeated(notes, length, stop) for stem, notes in other.context.items()}
            self._heard[key] = self.matcher.hear_context(context, case.stem, stop)
        return self._heard[key]

    def _others(self, case: Case, count: int, rng: np.random.Generator) -> list[Case]:
        """Cases of `count` other songs, at least as long where there are enough of these."""
        pool = [other for other in self.cases if other.song_name != case.song_name]
        long = [other for other in pool if other.n_beats >= case.n_beats]
        pool = long if len(long) >= count else pool
        return [pool[i] for i in rng.choice(len(pool), count, replace=False)]


def songs_needed(stem: Stem) -> int:
    """Songs that cases must be of, for `ContextMatch` to have enough others."""
    return CANDIDATES - (2 if stem is Stem.DRUMS else 3)


def _moved(part: Notes, case: Case) -> list[Notes]:
    """The part against its context's bars, its beat and, for pitched parts, its key."""
    stop = int(case.bar_starts[-1])
    moved = [controls.rotated(replace(case, truth=part)), part.shifted(LATE).between(0, stop)]
    return moved if case.stem is Stem.DRUMS else [*moved, part.shifted(semitones=1)]


def match_rate(matcher: Matcher, cases: Mapping[Stem, Sequence[Case]], seed: int = 0) -> dict[str, float]:
    """Share of the true parts whose context is found (R@1), over all stems and for each of them."""
    rates = {}
    for stem, some in cases.items():
        match = ContextMatch(matcher, some)
        rng = np.random.default_rng(seed)
        rates[stem.value] = float(np.mean([match.found(case.truth, case, rng) for case in some]))
    return {"match": float(np.mean(list(rates.values()))), **rates}
