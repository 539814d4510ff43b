"""Every figure of one part for one case, and what each figure is."""

from __future__ import annotations

import math

from midi_subtract import metrics
from midi_subtract.evaluation.cases import Case
from midi_subtract.evaluation.muspy_metrics import muspy_figures, one_bar_length
from midi_subtract.notes import Notes
from subtract_core.evaluation.measures import self_similarity_correlation
from subtract_core.evaluation.panel import Figure
from subtract_core.stems import Stem

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("in-harmony", "M1", "share of notes whose pitch class sounds in the other parts within the beat"),
        Figure("M1 gap", "M1", "distance of the in-harmony shares to GT's, W1(row, GT) / W1(RAND, GT); 0 is human"),
        Figure("kick-bass lock", "M2", "onset F1 of the bass against the kick drum"),
        Figure("M2 gap", "M2", "distance of the kick-bass locks to GT's on the same scale; 0 is human"),
        Figure("M3 match", "M3", "share of parts whose context a matcher tells from 7 others; chance is 0.125"),
        Figure("M4 sensitivity", "M4", "M3 minus M3 of the row's parts for another song; 0 ignores the context"),
        Figure("Fréchet distance", "M5", "distance of features of the part alone to those of other songs' parts"),
        Figure("density", "M5", "how deep the parts lie among other songs' parts; about 1 for people's"),
        Figure("coverage", "M5", "share of other songs' parts that have one of these nearby"),
        Figure("agreement", "M6", "share of time in which part and truth share a pitch class, where both sound"),
        Figure("onset F1", "M6", "F1 of the sixteenths on which something starts"),
        Figure("note F1", "M6", "F1 of onset and pitch class"),
        Figure("kick", "M6", "F1 of the kick drum"),
        Figure("snare", "M6", "F1 of the snare drum"),
        Figure("hat", "M6", "F1 of hi-hats, open and closed taken as one"),
        Figure("all F1", "M6", "F1 of onset and one of 12 drum classes"),
        Figure("best-of-k agreement", "M6", "the best seed's agreement: the truth chooses, so a ceiling"),
        Figure("best-of-k note F1", "M6", "the best seed's note F1"),
        Figure("best-of-k all F1", "M6", "the best seed's all F1"),
        Figure("structure", "M7", "correlation of the part's bar self-similarity with the other parts'"),
        Figure("diversity", "M8", "1 - F1 between the parts of two seeds; 0 where seeds make no difference"),
        Figure("longest copy", "M8", "most beats in a row that a training song holds note for note, in any key"),
        Figure("no-op rate", "M8", "share of parts with fewer than 2 notes a bar where the truth has more"),
        Figure("overlap: in-harmony", "M1", "area that the histograms of row and GT share: in-harmony, by case"),
        Figure("overlap: density", "M5", "the same for notes per bar, by case"),
        Figure("overlap: pitch", "M5", "the same for pitches (drums: classes), by note"),
        Figure("overlap: velocity", "M5", "the same for velocities, by note"),
        Figure("overlap: IOI", "M5", "the same for the times between onsets"),
        Figure("notes per bar", "", "notes over bars"),
        Figure("pitch-class entropy", "", "MuSpy: entropy of the pitch classes, in bits"),
        Figure("scale consistency", "", "MuSpy: share of notes in the scale that fits best"),
        Figure("polyphony", "", "MuSpy: pitches at a time, where any sounds"),
        Figure("groove consistency", "", "MuSpy: 1 - mean Hamming distance of neighbouring bars' onsets"),
    )
}
GAPS = {"in-harmony": "M1 gap", "kick-bass lock": "M2 gap"}
"""Figure, and the name of its distributions' distance to GT's."""
BEST_OF = ("agreement", "note F1", "all F1")
"""Figures of which the best seed is reported too."""
OF_SEEDS = tuple(f"best-of-k {name}" for name in BEST_OF)
"""Figures that are the higher, the more seeds there are."""
JUDGED = {"matcher": ("M3 match", "M4 sensitivity")}
"""What judges, and the figures that are its verdict."""


def main_figure(stem: Stem) -> str:
    """The figure by which cases are ranked and seeds compared."""
    return "all F1" if stem is Stem.DRUMS else "note F1"


def score(part: Notes, case: Case) -> dict[str, float]:
    """Every figure of one part for one case; what cannot be measured there is NaN."""
    return (
        fit_scores(part, case)
        | {
            "onset F1": metrics.onset_f1(part, case.truth),
            "kick-bass lock": lock(part, case),
            "structure": structure(part, case),
            "no-op rate": metrics.no_op(part, case.truth, case.bar_starts),
            "notes per bar": metrics.notes_per_bar(part, case.n_bars),
        }
        | muspy_figures(part, case.stem, one_bar_length(case.bar_starts))
    )


def fit_scores(part: Notes, case: Case) -> dict[str, float]:
    """The figures against the true part and the harmony that pitched parts and drums do not share."""
    if case.stem is Stem.DRUMS:
        drums = metrics.drum_f1(part, case.truth)
        return {"kick": drums["kick"], "snare": drums["snare"], "hat": drums["hat"], "all F1": drums["all"]}
    return {
        "in-harmony": harmony(part, case),
        "agreement": metrics.agreement(part, case.truth, case.n_beats),
        "note F1": metrics.note_f1(part, case.truth),
    }


def harmony(part: Notes, case: Case) -> float:
    """Share of the part's notes in harmony; 0 for silence where the song plays, which averages would not see as NaN."""
    share = metrics.in_harmony(part, case.pitched_context, case.n_beats)
    return 0.0 if math.isnan(share) and len(case.truth) else share


def lock(part: Notes, case: Case) -> float:
    """Kick-bass lock of the part with the context's other half of the pair; NaN where that does not play.

    Drums without a kick have 0 where the song's own have one.
    """
    if case.stem is Stem.BASS and Stem.DRUMS in case.context:
        return metrics.kick_bass_lock(part, case.context[Stem.DRUMS])
    if case.stem is Stem.DRUMS and Stem.BASS in case.context:
        found, true = (metrics.kick_bass_lock(case.context[Stem.BASS], drums) for drums in (part, case.truth))
        return 0.0 if math.isnan(found) and not math.isnan(true) else found
    return float("nan")


def structure(part: Notes, case: Case) -> float:
    """M7: correlation of the part's bar self-similarity matrix with the context's."""
    return self_similarity_correlation(
        metrics.self_similarity({case.stem: part}, case.bar_starts),
        metrics.self_similarity(case.context, case.bar_starts),
    )


def difference(a: Notes, b: Notes, stem: Stem) -> float:
    """1 - F1 of two parts' notes: 0 for the same notes, 1 for none in common; 0 where both are silent."""
    if not len(a) and not len(b):
        return 0.0
    if not len(b):
        a, b = b, a
    return 1.0 - metrics.note_f1(a, b, drums=stem is Stem.DRUMS)
