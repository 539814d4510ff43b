"""M5: does a part, heard alone, sound like what people write? Features of it, compared with other songs' parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from midi_subtract import metrics
from midi_subtract.evaluation.cases import Case
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from subtract_core.evaluation import measures
from subtract_core.evaluation.panel import distribution_entries
from subtract_core.stems import Stem

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SEGMENT_BARS = 4
"""A part is described in segments of so many bars, for a phrase has a shape and a whole window has many."""
SLOTS = 8
"""Parts into which a bar is cut to say where notes start: eighths of a 4/4 bar."""
_GROUPS = (("kick",), ("snare",), ("closed hat", "pedal hat", "open hat"))


def segment_features(part: Notes, stem: Stem, bar_starts: IntArray) -> FloatArray:
    """Features of every `SEGMENT_BARS` bars of a part: [segments, features], NaN where there is nothing to measure.

    Pitched: density, rests, register and its spread, note lengths, distances of onsets, notes at a time, velocities,
    pitch-class entropy, melodic steps, places in the bar, likeness of neighbouring bars. Drums: strokes of each class,
    places in the bar of kick, snare and hats, velocities, likeness of neighbouring bars. Counts are logarithms.
    """
    describe = _drum_features if stem is Stem.DRUMS else _pitched_features
    rows = []
    for first in range(0, len(bar_starts) - SEGMENT_BARS, SEGMENT_BARS):
        lines = bar_starts[first : first + SEGMENT_BARS + 1]
        segment = part.between(int(lines[0]), int(lines[-1]))
        rows.append([*describe(segment, lines - lines[0]), *_shared_features(segment, stem, lines - lines[0])])
    return np.array(rows, dtype=np.float64)


def _shared_features(part: Notes, stem: Stem, lines: IntArray) -> list[float]:
    beats = np.unique(part.onset // STEPS_PER_BEAT)
    rests = 1 - len(beats) / max(int(lines[-1]) // STEPS_PER_BEAT, 1)
    similar = np.diagonal(metrics.self_similarity({stem: part}, lines), offset=1)
    onsets = np.unique(part.onset)
    gaps = np.log2(np.diff(onsets)) if len(onsets) > 2 else np.array([])
    velocity = part.velocity / 127
    return [rests, float(similar.mean()), *_spread(gaps), *_spread(velocity), _off_grid(part)]


def _pitched_features(part: Notes, lines: IntArray) -> list[float]:
    bars, onsets = len(lines) - 1, np.unique(part.onset)
    classes = np.bincount(part.pitch % 12, minlength=12) / max(len(part), 1)
    top = np.array([part.pitch[part.onset == at].max() for at in onsets], dtype=np.int64)
    moves = np.abs(np.diff(top))
    shares = [np.mean(kind) if len(moves) else np.nan for kind in (moves == 0, moves < 3, moves < 12)]
    return [
        np.log1p(len(part) / bars),
        np.log1p(len(onsets) / bars),
        len(part) / len(onsets) if len(onsets) else np.nan,
        *_spread(part.pitch / 12),
        *_spread(np.log2(part.duration)),
        float(-(classes[classes > 0] * np.log2(classes[classes > 0])).sum()) if len(part) else np.nan,
        *shares,
        *_profile(part, lines),
    ]


def _drum_features(part: Notes, lines: IntArray) -> list[float]:
    kinds, names = metrics.classes_of(part), [name for name, _, _ in DRUM_CLASSES]
    counts = np.bincount(kinds[kinds >= 0], minlength=len(names)) / (len(lines) - 1)
    features = list(np.log1p(counts))
    for group in _GROUPS:
        features += _profile(part.select(np.isin(kinds, [names.index(name) for name in group])), lines)
    return features


def _spread(values: npt.NDArray[np.generic]) -> list[float]:
    """Mean and standard deviation."""
    return [float(values.mean()), float(values.std())] if len(values) else [np.nan, np.nan]


def _profile(part: Notes, lines: IntArray) -> list[float]:
    """Share of the notes in each slot of the bar."""
    bar = np.clip(np.searchsorted(lines, part.onset, side="right") - 1, 0, len(lines) - 2)
    place = (part.onset - lines[bar]) * SLOTS // np.maximum(np.diff(lines)[bar], 1)
    counts = np.bincount(np.clip(place, 0, SLOTS - 1), minlength=SLOTS)
    return list(counts / len(part)) if len(part) else [np.nan] * SLOTS


def _off_grid(part: Notes) -> float:
    """Share of onsets on neither an eighth nor a quarter: sixteenths, triplets, finer."""
    return float(np.mean(part.onset % (STEPS_PER_BEAT // 2) != 0)) if len(part) else np.nan


@dataclass(frozen=True)
class Features:
    """Features of parts: `segments` [n, features] of the songs `owner` [n], and their means `songs` [songs, features].

    Segments of one song are much alike, so that a neighbour of a segment is mostly another of the same song. What
    counts neighbours therefore takes one row a song; the distance of distributions takes all segments.
    """

    segments: FloatArray
    owner: IntArray
    songs: FloatArray

    @classmethod
    def of(cls, parts: Sequence[Notes], cases: Sequence[Case]) -> Features:
        """Of one part a case."""
        rows = [segment_features(part, case.stem, case.bar_starts) for part, case in zip(parts, cases, strict=True)]
        means = [_known_mean(song) for song in rows]
        owner = np.repeat(np.arange(len(rows)), [len(song) for song in rows])
        return cls(np.concatenate(rows), owner, np.array(means))


def _known_mean(rows: FloatArray) -> FloatArray:
    """Mean of each column over what could be measured; NaN where nothing could."""
    known = np.isfinite(rows)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, rows, 0).sum(axis=0) / known.sum(axis=0))


class Reference:
    """Other songs' parts, to which every row is compared.

    Features are taken in the reference's standard deviations from its mean; what could not be measured lies on the
    mean, and what never varies in the reference is measured in its own units.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        features = Features.of([case.truth for case in cases], cases)
        self.n_songs = len(cases)
        self._scales = [_scale(features.segments), _scale(features.songs)]
        self.segments, self.songs = self.standardise(features)

    def standardise(self, features: Features) -> tuple[FloatArray, FloatArray]:
        """Segments and songs on the reference's scales."""
        segments, songs = (
            np.asarray(np.nan_to_num((rows - mean) / deviation))
            for rows, (mean, deviation) in zip((features.segments, features.songs), self._scales, strict=True)
        )
        return segments, songs


def _scale(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean = np.nan_to_num(_known_mean(rows))
    deviation = np.sqrt(np.nan_to_num(_known_mean(np.square(rows - mean))))
    return mean, np.where(deviation > 1e-6, deviation, 1.0)


def realism(parts: Sequence[Notes], cases: Sequence[Case], reference: Reference) -> dict[str, dict[str, Any]]:
    """Fréchet distance, density and coverage of one part a case, with intervals over songs.

    The reference is held fixed in resampling. `density` has a figure for each case, for paired comparisons.
    """
    features = Features.of(parts, cases)
    fake, songs = reference.standardise(features)
    segments = [np.flatnonzero(features.owner == index) for index in range(len(songs))]
    inside = measures.in_neighbourhoods(reference.songs, songs)

    def distance(drawn: IntArray) -> float:
        return measures.frechet_distance(reference.segments, fake[np.concatenate([segments[song] for song in drawn])])

    return distribution_entries(
        {
            "Fréchet distance": (distance, (0.0, np.inf)),
            "density": (lambda drawn: measures.density(inside[:, drawn]), (0.0, np.inf)),
            "coverage": (lambda drawn: measures.coverage(inside[:, drawn]), (0.0, 1.0)),
        },
        inside,
    )
