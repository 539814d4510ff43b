"""A4 and A5: do stems, and pairs of stem and context, lie where true ones lie? Distances of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from audio_subtract.evaluation.cases import Case, Sound, others_of
from audio_subtract.evaluation.rows import moved
from subtract_core.evaluation import measures
from subtract_core.evaluation.panel import distribution_entries

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Embedder(Protocol):
    """Hears windows of sound as vectors."""

    name: str

    def stem(self, stem: Sound) -> FloatArray:
        """Vectors [windows, features] of a stem alone."""
        ...

    def pair(self, context: Sound, stem: Sound) -> FloatArray:
        """Vectors [windows, features] of a stem together with the rest of the song."""
        ...


@dataclass(frozen=True)
class Embeddings:
    """Of one stem: vectors of its windows alone, and with its context."""

    stem: FloatArray
    pair: FloatArray


class Reference:
    """Other songs' true stems, to which every row is compared, and the same with their contexts exchanged."""

    def __init__(self, cases: Sequence[Case], embedder: Embedder) -> None:
        self.embedder = embedder
        true = [self.embed(case.truth, case.context) for case in cases]
        self.stems = np.concatenate([e.stem for e in true])
        self.songs = np.array([e.stem.mean(axis=0) for e in true])
        self.pairs = np.concatenate([e.pair for e in true])
        others = [others_of(case, cases, 0)[0] for case in cases]
        shuffled = [
            embedder.pair(case.context, moved(other.truth, other.context, case.context))
            for case, other in zip(cases, others, strict=True)
        ]
        self.shuffled = np.concatenate(shuffled)
        self.apart = measures.frechet_distance(self.pairs, self.shuffled)
        self.bandwidth = measures.median_distance(self.stems)

    def embed(self, stem: Sound, context: Sound) -> Embeddings:
        """The vectors of one stem."""
        return Embeddings(self.embedder.stem(stem), self.embedder.pair(context, stem))

    def figures(self, rows: Sequence[Embeddings]) -> dict[str, dict[str, Any]]:
        """APA, FAD, KAD, density and coverage of one stem a case, with intervals over songs; the reference is held
        fixed in resampling. `density` has a figure for each case, for paired comparisons."""
        inside = measures.in_neighbourhoods(self.songs, np.array([e.stem.mean(axis=0) for e in rows]))

        def stems(drawn: IntArray) -> FloatArray:
            return np.concatenate([rows[i].stem for i in drawn])

        def adherence(drawn: IntArray) -> float:
            pairs = np.concatenate([rows[i].pair for i in drawn])
            to_true, to_shuffled = (measures.frechet_distance(r, pairs) for r in (self.pairs, self.shuffled))
            return measures.prompt_adherence(to_true, to_shuffled, self.apart)

        def kernel(drawn: IntArray) -> float:
            return measures.kernel_distance(self.stems, stems(drawn), self.bandwidth)

        return distribution_entries(
            {
                "APA": (adherence, (0.0, 1.0)),
                "FAD": (lambda drawn: measures.frechet_distance(self.stems, stems(drawn)), (0.0, np.inf)),
                "KAD": (kernel, (-np.inf, np.inf)),
                "density": (lambda drawn: measures.density(inside[:, drawn]), (0.0, np.inf)),
                "coverage": (lambda drawn: measures.coverage(inside[:, drawn]), (0.0, 1.0)),
            },
            inside,
        )
