"""How well a written part fits: measures over `Notes` on the beat grid (12 steps a beat), in plain numpy.

Onsets are compared on the sixteenth grid: each is rounded to the nearest sixteenth (3 steps) first. A figure that
has nothing to measure (a share of no notes, an F1 against silence) is NaN, and averages leave it out; against a truth
that plays, silence has 0. Distances of distributions and the correlation of structures are in
`subtract_core.evaluation.measures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES, drum_class
from subtract_core.stems import Stem

STEPS_PER_SIXTEENTH = STEPS_PER_BEAT // 4
MIN_NOTES_PER_BAR = 2.0
"""A part with fewer notes a bar than this, where the true part plays, counts as not written."""

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_DRUM_GROUPS: dict[str, tuple[str, ...]] = {
    "kick": ("kick",),
    "snare": ("snare",),
    "hat": ("closed hat", "pedal hat", "open hat"),
    "all": tuple(name for name, _, _ in DRUM_CLASSES),
}
_CLASS_NAMES = [name for name, _, _ in DRUM_CLASSES]
CLASS_OF_KEY = np.array([-1 if drum_class(key) is None else drum_class(key) for key in range(128)], dtype=np.int64)
"""Index into `DRUM_CLASSES` of each of the 128 keys, `NO_CLASS` where a key belongs to none."""
NO_CLASS = -1


def sixteenths(notes: Notes) -> IntArray:
    """Onset of each note in sixteenths, `rint(onset / 3)`; no tie can arise, since 3 is odd."""
    return np.asarray(np.rint(notes.onset / STEPS_PER_SIXTEENTH), dtype=np.int64)


def classes_of(drums: Notes) -> IntArray:
    """Index into `DRUM_CLASSES` of each note, `NO_CLASS` where its key belongs to none."""
    return np.asarray(CLASS_OF_KEY[drums.pitch], dtype=np.int64)


def sounding(notes: Notes, n_steps: int) -> BoolArray:
    """Which pitch classes sound on each grid step: bool [12, n_steps]."""
    edges = np.zeros((12, n_steps + 1), dtype=np.int64)
    onset, end = np.clip(notes.onset, 0, n_steps), np.clip(notes.end, 0, n_steps)
    np.add.at(edges, (notes.pitch % 12, onset), 1)
    np.add.at(edges, (notes.pitch % 12, end), -1)
    return np.asarray(np.cumsum(edges, axis=1)[:, :n_steps] > 0)


def heard_in_beats(context: Iterable[Notes], n_beats: int) -> BoolArray:
    """Which pitch classes sound anywhere in each beat: bool [12, n_beats]."""
    steps = sounding(Notes.merge(context), n_beats * STEPS_PER_BEAT).reshape(12, n_beats, STEPS_PER_BEAT)
    return np.asarray(np.any(steps, axis=2))


def in_harmony(part: Notes, context: Iterable[Notes], n_beats: int) -> float:
    """Share of the part's notes whose pitch class sounds in the context within the beat of their onset.

    |{n in part: pc(n) sounds in a context note during beat floor(onset(n) / 12)}| / |part|, notes after the last
    beat left out. `context` holds the pitched parts only.
    """
    heard = heard_in_beats(context, n_beats)
    beat = part.onset // STEPS_PER_BEAT
    inside = (beat >= 0) & (beat < n_beats)
    return _mean(heard[part.pitch[inside] % 12, beat[inside]])


def agreement(part: Notes, truth: Notes, n_beats: int) -> float:
    """Share of grid steps with a common pitch class, among the steps where both parts sound.

    |{t: P(t) and T(t) intersect}| / |{t: P(t) and T(t) both not empty}|, P and T the sets of pitch classes that
    sound at step t (a twelfth of a beat). 0 where the part never sounds together with the truth, NaN where the truth
    is silent.
    """
    ours, theirs = sounding(part, n_beats * STEPS_PER_BEAT), sounding(truth, n_beats * STEPS_PER_BEAT)
    both = np.asarray(np.any(ours, axis=0) & np.any(theirs, axis=0))
    shared = np.asarray(np.any(ours & theirs, axis=0))
    return 0.0 if theirs.any() and not both.any() else _mean(shared[both])


def onset_f1(part: Notes, truth: Notes) -> float:
    """F1 of the two sets of sixteenths on which at least one note starts."""
    return _f1(sixteenths(part), sixteenths(truth))


def note_f1(part: Notes, truth: Notes, drums: bool = False) -> float:
    """F1 of the sets {(sixteenth, pitch class)}, or for drums {(sixteenth, one of 12 drum classes)}.

    Keys outside the 12 classes are left out on both sides.
    """
    return drum_f1(part, truth)["all"] if drums else _f1(_pitch_events(part), _pitch_events(truth))


def drum_f1(part: Notes, truth: Notes) -> dict[str, float]:
    """F1 of the sets {(sixteenth, drum class)} for kick, snare, hat and all 12 classes together.

    Hat is its closed, pedal and open classes taken as one, for the choice among them is a matter of taste. A figure
    is NaN where the truth never plays that drum, so that every part is averaged over the same cases.
    """
    scores = {}
    for group, names in _DRUM_GROUPS.items():
        wanted = [_CLASS_NAMES.index(name) for name in names]
        merged = group != "all"
        scores[group] = _f1(_drum_events(part, wanted, merged), _drum_events(truth, wanted, merged))
    return scores


def notes_per_bar(part: Notes, n_bars: int) -> float:
    """Notes of the part over bars of the window."""
    return len(part) / max(n_bars, 1)


def no_op(part: Notes, truth: Notes, bar_starts: IntArray) -> float:
    """1 where the part is as good as not written: fewer than `MIN_NOTES_PER_BAR` notes a bar where the truth plays.

    Counted over the bars in which the truth starts a note. NaN where the true part is as sparse itself, for then few
    notes are no fault. bar_starts: the bar lines, the window's end included.
    """
    ours, _ = np.histogram(part.onset, bins=bar_starts)
    theirs, _ = np.histogram(truth.onset, bins=bar_starts)
    least = MIN_NOTES_PER_BAR * np.count_nonzero(theirs)
    return float("nan") if theirs.sum() < least else float(ours[theirs > 0].sum() < least)


def kick_bass_lock(bass: Notes, drums: Notes) -> float:
    """Onset F1 of the bass against the kick drum (M2 compares its distributions); NaN where there is no kick."""
    return onset_f1(bass, drums.select(classes_of(drums) == _CLASS_NAMES.index("kick")))


def self_similarity(parts: Mapping[Stem, Notes], bar_starts: IntArray) -> FloatArray:
    """Cosine similarity of every two bars [n_bars, n_bars].

    bar_starts: the n_bars + 1 bar lines in steps. A silent bar is like other silent bars (1) and unlike the rest (0).
    """
    bars = bar_events(parts, bar_starts)
    return cosines(bars, bars)


def bar_events(parts: Mapping[Stem, Notes], bar_starts: IntArray) -> BoolArray:
    """Which (stem, sixteenth within the bar, pitch class or drum class) events each bar has, bool [n_bars, events]."""
    n_bars = len(bar_starts) - 1
    width = int(np.diff(bar_starts).max()) // STEPS_PER_SIXTEENTH + 1  # a late note may round up to the bar line
    bars = np.zeros((n_bars, len(Stem), width, len(DRUM_CLASSES)), dtype=np.bool_)
    for stem, notes in parts.items():
        kind = classes_of(notes) if stem is Stem.DRUMS else notes.pitch % 12
        bar = np.searchsorted(bar_starts, notes.onset, side="right") - 1
        keep = (bar >= 0) & (bar < n_bars) & (kind != NO_CLASS)
        place = np.rint((notes.onset[keep] - bar_starts[bar[keep]]) / STEPS_PER_SIXTEENTH).astype(np.int64)
        bars[bar[keep], stem.number, place, kind[keep]] = True
    return bars.reshape(n_bars, -1)


def cosines(a: BoolArray, b: BoolArray) -> FloatArray:
    """Cosine similarity of every row of one with every row of the other; two rows of nothing count as equal."""
    norms = [np.sqrt(rows.sum(axis=1)) for rows in (a, b)]
    # A row that is not empty has norm 1 or more.
    unit = [rows / np.maximum(norm, 1.0)[:, None] for rows, norm in zip((a, b), norms, strict=True)]
    # einsum, since BLAS threads stall on so small a product where the cores are busy
    likeness = np.einsum("if,jf->ij", *unit) + np.outer(norms[0] == 0, norms[1] == 0)
    return np.asarray(likeness, dtype=np.float64)


def _pitch_events(notes: Notes) -> IntArray:
    """One number for each note's (sixteenth, pitch class)."""
    return np.asarray(sixteenths(notes) * 12 + notes.pitch % 12, dtype=np.int64)


def _drum_events(notes: Notes, wanted: list[int], merged: bool) -> IntArray:
    """One number for each (sixteenth, class) with a class in `wanted`; `merged` tells the wanted classes not apart."""
    kind = classes_of(notes)
    keep = np.isin(kind, wanted)
    place = sixteenths(notes)[keep]
    return place if merged else place * len(DRUM_CLASSES) + kind[keep]


def _f1(ours: IntArray, theirs: IntArray) -> float:
    """F1 of two sets of events, 2 |A and B| / (|A| + |B|); NaN where `theirs` is empty, for nothing was to be found."""
    a, b = np.unique(ours), np.unique(theirs)
    if not len(b):
        return float("nan")
    return 2.0 * len(np.intersect1d(a, b, assume_unique=True)) / (len(a) + len(b))


def _mean(hits: npt.NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else float("nan")
