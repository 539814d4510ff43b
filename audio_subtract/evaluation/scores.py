"""Every figure of one stem for one case, and what each figure is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audio_subtract import metrics
from audio_subtract.evaluation.cases import Case, Sound
from audio_subtract.evaluation.chroma import chroma_fit
from audio_subtract.evaluation.rows import Written
from subtract_core.evaluation.panel import Figure
from subtract_core.stems import Stem

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("exact", "A1", "share of parts with mix = input + stem, sample for sample, and the input's length"),
        Figure("beat F1", "A2", "F1 of the stem's beats, looked for at the rest's tempo, against the rest's, 70 ms"),
        Figure("true-beat F1", "A2", "the same at and against the song's own tempo and beats, as written or as heard"),
        Figure(
            "tempo difference", "A2", "percent between tempi of stem and rest, halves, doubles, thirds, triples excused"
        ),
        Figure("chroma fit", "A3", "correlation of the stem's pitch classes with the rest's, beat by beat"),
        Figure("chroma gap", "A3", "distance of the chroma fits to GT's, W1(row, GT) / W1(RAND, GT); 0 is human"),
        Figure("onset fit", "A3", "correlation of the stem's onset envelope with the rest's"),
        Figure("onset gap", "A3", "distance of the onset fits to GT's on the same scale; 0 is human"),
        Figure("own context first", "A3", "share of stems that fit their own song better than three others'"),
        Figure("APA", "A4", "accompaniment prompt adherence: 1 like true pairs of rest and stem, 0 like shuffled ones"),
        Figure("FAD", "A5", "Frechet distance of embeddings to those of other songs' stems"),
        Figure("KAD", "A5", "kernel distance (squared MMD, x100) of the same; unbiased, so it may be below 0"),
        Figure("density", "A5", "how deep the stems lie among other songs' stems; about 1 for people's"),
        Figure("coverage", "A5", "share of other songs' stems that have one of these nearby"),
        Figure("sounding", "A6", "share of the seconds with the true stem in which this one sounds too"),
        Figure("leakage", "A6", "share of the stem's energy that follows the rest's; what exceeds GT's came through"),
        Figure("onset correlation", "", "correlation of the stem's onset envelope with the true stem's"),
        Figure("clear period", "", "of basses: share of the moments with a clear pitch; what trembles has none"),
        Figure("LSD", "", "log-spectral distance to the true stem in dB; tells what the codec loses"),
        Figure("loudness error", "", "decibels by which the stem is louder or softer than the true one, without sign"),
        Figure("loudness bias", "", "the same with its sign: above 0 is too loud"),
    )
}
GAPS = {"chroma fit": "chroma gap", "onset fit": "onset gap"}
"""Figure, and the name of its distributions' distance to GT's."""
_METERS = np.log2([1 / 3, 1 / 2, 1, 2, 3])


def score(written: Written, case: Case, rivals: Sequence[Case]) -> dict[str, float]:
    """Every figure of one stem; what cannot be measured is NaN. rivals: cases whose contexts are not its own."""
    part, context, truth = written.sound, case.context, case.truth
    figures = {
        "exact": written.exact,
        "beat F1": metrics.beat_f1(part.beats_at(context.tempo), context.beats),
        "true-beat F1": metrics.beat_f1(part.beats_at(case.tempo), case.beats),
        "tempo difference": tempo_difference(part.tempo, context.tempo),
    }
    if case.stem is not Stem.DRUMS:
        figures["chroma fit"] = fit(part, context, case.stem)
    if case.stem is Stem.BASS:
        figures["clear period"] = metrics.clear_period(part.samples)
    figures["onset fit"] = metrics.envelope_correlation(part.envelope, context.envelope)
    own = fit(part, context, case.stem)
    figures["own context first"] = float(all(own > fit(part, other.context, case.stem) for other in rivals))
    return figures | {
        "sounding": metrics.sounding_share(part.samples, truth.samples),
        "leakage": metrics.leakage(part.samples, context.samples),
        "onset correlation": metrics.envelope_correlation(part.envelope, truth.envelope),
        "LSD": metrics.log_spectral_distance(part.samples, truth.samples),
        "loudness error": float("nan") if part.is_silent else abs(part.loudness - truth.loudness),
        "loudness bias": float("nan") if part.is_silent else part.loudness - truth.loudness,
    }


def fit(part: Sound, context: Sound, stem: Stem) -> float:
    """How well a stem goes with a context: for drums in time, for others in harmony."""
    if stem is Stem.DRUMS:
        return metrics.envelope_correlation(part.envelope, context.envelope)
    return chroma_fit(part.chroma, context.chroma, context.beats)


def tempo_difference(a: float, b: float) -> float:
    """Percent between two tempi, the nearest of the metrical levels 1/3, 1/2, 1, 2, 3 taken (as accuracy 2 of Gouyon
    et al. 2006 does); NaN where one is not known."""
    octaves = np.log2(a / b) - _METERS
    return float(100 * (2.0 ** np.abs(octaves).min() - 1))
