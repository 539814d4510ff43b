"""Fit measures on hand-made parts whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract import metrics
from midi_subtract.notes import Notes
from subtract_core.evaluation.measures import self_similarity_correlation
from subtract_core.stems import Stem

BAR = 48
BARS = np.arange(0, 9) * BAR
N_BEATS = 32
SILENCE = Notes.empty()


def scale_bass() -> Notes:
    """Eight bars of quarters, C E G B one after the other."""
    return Notes.of((beat * 12, 36 + (0, 4, 7, 11)[beat % 4], 12, 90) for beat in range(N_BEATS))


def chords() -> Notes:
    """C major triads held for a bar, eight bars."""
    return Notes.of((bar * BAR, pitch, BAR, 80) for bar in range(8) for pitch in (60, 64, 67))


def beat() -> Notes:
    """Kick on 1 and 3, snare on 2 and 4, closed hat on eighths, eight bars."""
    kit = {0: 36, 12: 38, 24: 36, 36: 38}
    rows = [(bar * BAR + step, key, 1, 100) for bar in range(8) for step, key in kit.items()]
    return Notes.of(rows + [(step, 42, 1, 70) for step in range(0, 8 * BAR, 6)])


def test_a_part_against_itself_is_perfect() -> None:
    bass, drums = scale_bass(), beat()
    assert metrics.agreement(bass, bass, N_BEATS) == 1
    assert metrics.onset_f1(bass, bass) == 1
    assert metrics.note_f1(bass, bass) == 1
    assert metrics.drum_f1(drums, drums) == {"kick": 1, "snare": 1, "hat": 1, "all": 1}
    assert metrics.note_f1(drums, drums, drums=True) == 1


def test_a_semitone_up_keeps_the_rhythm_and_loses_the_harmony() -> None:
    bass = scale_bass()
    off = bass.shifted(semitones=1)
    assert metrics.onset_f1(off, bass) == 1
    assert metrics.note_f1(off, bass) == 0
    assert metrics.agreement(off, bass, N_BEATS) == 0
    assert metrics.in_harmony(bass, [chords()], N_BEATS) == 0.75  # C, E and G, not B
    assert metrics.in_harmony(off, [chords()], N_BEATS) == 0.25  # what was B is now C


def test_an_octave_up_changes_nothing() -> None:
    bass = scale_bass()
    up = bass.shifted(semitones=12)
    assert metrics.note_f1(up, bass) == metrics.agreement(up, bass, N_BEATS) == 1


def test_an_eighth_late_meets_no_onset_and_half_the_sound() -> None:
    bass = scale_bass()
    late = bass.shifted(steps=6)
    assert metrics.onset_f1(late, bass) == 0
    # all but the first half beat sounds in both, and every second half beat agrees
    assert metrics.agreement(late, bass, N_BEATS) == pytest.approx(32 / 63)


def test_silence_scores_zero_where_notes_were_to_be_found_and_nan_elsewhere() -> None:
    bass, drums = scale_bass(), beat()
    assert metrics.onset_f1(SILENCE, bass) == metrics.note_f1(SILENCE, bass) == 0
    assert metrics.drum_f1(SILENCE, drums) == {"kick": 0, "snare": 0, "hat": 0, "all": 0}
    assert np.isnan(metrics.in_harmony(SILENCE, [chords()], N_BEATS))
    assert metrics.agreement(SILENCE, bass, N_BEATS) == 0
    assert np.isnan(metrics.agreement(bass, SILENCE, N_BEATS))
    assert np.isnan(metrics.onset_f1(bass, SILENCE))
    assert metrics.in_harmony(bass, [], N_BEATS) == 0
    assert metrics.notes_per_bar(SILENCE, 8) == 0


def test_a_part_that_plays_where_the_truth_rests_agrees_in_nothing() -> None:
    bass = scale_bass()
    assert metrics.agreement(bass.between(0, 4 * BAR), bass.between(4 * BAR, 8 * BAR).shifted(4 * BAR), N_BEATS) == 0


def test_onsets_are_rounded_to_the_nearest_sixteenth() -> None:
    truth = Notes.of([(12, 40, 3, 90), (24, 40, 3, 90)])
    assert metrics.onset_f1(Notes.of([(11, 40, 3, 90), (25, 40, 3, 90)]), truth) == 1
    assert metrics.onset_f1(Notes.of([(10, 40, 3, 90), (26, 40, 3, 90)]), truth) == 0


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    bass = scale_bass()
    half = bass.select(np.arange(len(bass)) % 2 == 0)
    assert metrics.onset_f1(half, bass) == pytest.approx(2 * 1 * 0.5 / 1.5)


def test_drum_classes_gather_keys_and_hats_count_as_one() -> None:
    truth = Notes.of([(0, 36, 1, 90), (12, 38, 1, 90), (24, 42, 1, 90), (36, 46, 1, 90)])
    other = Notes.of([(0, 35, 1, 90), (12, 40, 1, 90), (24, 44, 1, 90), (36, 42, 1, 90)])
    scores = metrics.drum_f1(other, truth)
    assert (scores["kick"], scores["snare"], scores["hat"]) == (1, 1, 1)
    assert scores["all"] == pytest.approx(0.5)  # among the 12 classes the hats differ
    assert np.isnan(metrics.drum_f1(truth, other.select(other.pitch == 35))["snare"])


def test_keys_outside_the_drum_classes_are_left_out() -> None:
    truth = Notes.of([(0, 36, 1, 90)])
    assert metrics.drum_f1(Notes.of([(0, 36, 1, 90), (12, 20, 1, 90)]), truth)["all"] == 1


def test_no_op_counts_the_bars_in_which_the_truth_plays() -> None:
    truth = scale_bass().between(0, 4 * BAR)  # the last four bars rest
    one_note = Notes.of([(0, 40, 12, 90)])
    elsewhere = scale_bass().between(0, 4 * BAR).shifted(steps=4 * BAR)
    two_a_bar = Notes.of((step, 40, 12, 90) for step in range(0, 4 * BAR, 24))
    assert metrics.no_op(SILENCE, truth, BARS) == 1
    assert metrics.no_op(one_note, truth, BARS) == 1
    assert metrics.no_op(elsewhere, truth, BARS) == 1
    assert metrics.no_op(two_a_bar, truth, BARS) == 0


def test_few_notes_are_no_fault_where_the_truth_has_as_few() -> None:
    one_a_bar = Notes.of((step, 40, 48, 90) for step in range(0, 8 * BAR, BAR))
    assert np.isnan(metrics.no_op(one_a_bar, one_a_bar, BARS))


def test_kick_bass_lock() -> None:
    on_kick = Notes.of((step, 36, 12, 90) for step in range(0, 8 * BAR, 24))
    assert metrics.kick_bass_lock(on_kick, beat()) == 1
    assert metrics.kick_bass_lock(on_kick.shifted(steps=12), beat()) == 0
    assert np.isnan(metrics.kick_bass_lock(on_kick, SILENCE))


def test_self_similarity_tells_repeated_bars_from_new_ones() -> None:
    a, b = [(0, 36, 12, 90), (24, 43, 12, 90)], [(6, 38, 6, 90), (36, 41, 6, 90)]
    order = "aabbaabb"
    bars = [Notes.of(a if name == "a" else b).shifted(steps=i * BAR) for i, name in enumerate(order)]
    part = metrics.self_similarity({Stem.BASS: Notes.merge(bars)}, BARS)
    expected = np.array([[float(x == y) for y in order] for x in order])
    np.testing.assert_allclose(part, expected)
    assert self_similarity_correlation(part, part) == pytest.approx(1)


def test_a_part_that_never_changes_follows_no_structure() -> None:
    loop = metrics.self_similarity({Stem.DRUMS: beat()}, BARS)
    varied = metrics.self_similarity({Stem.BASS: scale_bass().between(0, 4 * BAR)}, BARS)
    np.testing.assert_allclose(loop, 1)
    assert self_similarity_correlation(loop, varied) == 0
    assert np.isnan(self_similarity_correlation(varied, loop))
    assert self_similarity_correlation(varied, varied) == pytest.approx(1)  # four bars play, four rest
