"""Controls on hand-made songs whose chords and keys are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from midi_subtract import metrics
from midi_subtract.evaluation import controls
from midi_subtract.evaluation.cases import Case, cut_case
from midi_subtract.evaluation.controls import best_transposition
from midi_subtract.listening.chords import QUALITIES, Chord, estimate_chords
from midi_subtract.metrics import IntArray
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem

BAR = 48
BARS = np.arange(9) * BAR
PROGRESSION = [Chord(0, ""), Chord(9, "m"), Chord(5, ""), Chord(7, "7")] * 2  # C Am F G7, a bar each
needs_mma = pytest.mark.skipif(not controls.mma_installed(), reason="the program `mma` is not installed")


def comping(progression: list[Chord] = PROGRESSION, floor: int = 60) -> Notes:
    """The chords of the bars in close position, struck on every second beat."""
    rows = []
    for bar, chord in enumerate(progression):
        for step in (0, 24):
            rows += [(bar * BAR + step, floor + (pc - floor) % 12, 24, 80) for pc in chord.pitch_classes]
    return Notes.of(rows)


def roots(progression: list[Chord] = PROGRESSION) -> Notes:
    return Notes.of(
        (bar * BAR + step, 36 + c.root, 12, 90) for bar, c in enumerate(progression) for step in (0, 12, 24, 36)
    )


def drums() -> Notes:
    return Notes.of((step, 36 if step % 24 == 0 else 38, 1, 100) for step in range(0, 8 * BAR, 12))


def case(stem: Stem, name: str = "a", semitones: int = 0, bars: int = 8) -> Case:
    """Eight bars of bass, guitar, keys and drums over `PROGRESSION`, moved by semitones, without `stem`."""
    tracks = [
        Track("bass", 33, False, roots().shifted(semitones=semitones)),
        Track("guitar", 27, False, comping(floor=52).shifted(semitones=semitones)),
        Track("keys", 0, False, comping().shifted(semitones=semitones)),
        Track("drums", 0, True, drums()),
    ]
    return cut_case(Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480, name), stem, 0, bars)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_chords_of_plain_comping_are_found_in_every_key() -> None:
    for shift in range(12):
        context = [comping().shifted(semitones=shift), roots().shifted(semitones=shift)]
        expected = [Chord((c.root + shift) % 12, c.quality) for c in PROGRESSION for _ in range(2)]
        assert estimate_chords(context, BARS).chords == tuple(expected)


def test_the_bass_decides_between_chords_of_the_same_notes() -> None:
    a_minor_seventh = Notes.of((0, pitch, BAR, 80) for pitch in (60, 64, 67, 69))
    on_a = estimate_chords([a_minor_seventh, Notes.of([(0, 33, BAR, 90)])], np.array([0, BAR]))
    assert {str(chord) for chord in on_a.chords} == {"Am7"}


def test_a_passing_note_does_not_change_the_chord() -> None:
    passing = Notes.of([(21, 62, 3, 60)])
    assert estimate_chords([comping(), roots(), passing], BARS).at(0) == Chord(0, "")


def test_silence_gets_as_many_chords_as_music() -> None:
    assert estimate_chords([], np.array([0, 48, 84])).chords == (Chord(0, ""),) * 4


@pytest.mark.parametrize("lines", [np.arange(0, 10 * 36, 36), np.array([0, *range(12, 9 * 48, 48)])])
def test_chords_change_with_the_bars_in_three_four_and_after_a_pickup(lines: IntArray) -> None:
    triads = ((48, 52, 55), (53, 57, 60), (55, 59, 62))
    bars = list(pairwise(lines.tolist()))
    song = Notes.of((start, p, stop - start, 80) for i, (start, stop) in enumerate(bars) for p in triads[i % 3])
    found = estimate_chords([song], lines)
    for i, (start, stop) in enumerate(bars):
        assert {found.at(step).root for step in range(start, stop)} == {(0, 5, 7)[i % 3]}


def test_best_transposition_undoes_a_transposition() -> None:
    for shift in range(-5, 7):
        assert best_transposition(roots().shifted(semitones=-shift), [comping(), roots()]) == shift
    assert best_transposition(Notes.empty(), [comping()]) == 0


def test_rand_is_another_songs_part_of_the_same_length() -> None:
    target, other = case(Stem.BASS), case(Stem.BASS, "b", semitones=3)
    part = controls.rand(target, [target, other], rng())
    np.testing.assert_array_equal(part.pitch, other.truth.pitch)
    assert controls.rand(case(Stem.BASS, bars=4), [other], rng()).last_step == 4 * BAR
    with pytest.raises(ValueError, match="another song"):
        controls.rand(target, [target], rng())


def test_a_shorter_part_is_repeated() -> None:
    other = case(Stem.BASS, "b", bars=3)
    part = controls.rand(case(Stem.BASS), [other], rng())
    assert part.pitch.tolist() == (other.truth.pitch.tolist() * 3)[:32]


def test_rand_prefers_songs_that_are_long_enough() -> None:
    target, long = case(Stem.BASS), case(Stem.BASS, "long")
    pool = [case(Stem.BASS, f"short {i}", bars=2) for i in range(5)] + [long]
    assert all(controls.other_song(target, pool, rng(seed)) is long for seed in range(5))


def test_rand_key_is_rand_in_the_key_of_the_context() -> None:
    target, other = case(Stem.BASS), case(Stem.BASS, "b", semitones=3)
    part = controls.rand_key(target, [other], rng())
    np.testing.assert_array_equal(part.pitch, target.truth.pitch)
    beats = case(Stem.DRUMS, "b")
    np.testing.assert_array_equal(controls.rand_key(case(Stem.DRUMS), [beats], rng()).pitch, beats.truth.pitch)


def test_copy1_is_the_truth_a_bar_late() -> None:
    target = case(Stem.BASS)
    part = controls.copy1(target)
    assert part.last_step == 8 * BAR
    assert len(part) == 28
    assert metrics.note_f1(part.shifted(steps=-BAR), target.truth.between(0, 7 * BAR)) == 1


def test_rule_bass_plays_root_eighths_in_range() -> None:
    part = controls.rule(case(Stem.BASS))
    assert part.onset.tolist() == list(range(0, 8 * BAR, 6))
    assert metrics.agreement(part, case(Stem.BASS).truth, 32) == 1
    assert 28 <= part.pitch.min() <= part.pitch.max() < 40


def test_rule_guitar_strums_the_triad_on_each_beat() -> None:
    part = controls.rule(case(Stem.GUITAR))
    assert len(part) == 3 * 32
    assert metrics.in_harmony(part, case(Stem.GUITAR).pitched_context, 32) == 1


def test_rule_drums_play_a_rock_beat() -> None:
    scores = metrics.drum_f1(controls.rule(case(Stem.DRUMS)), drums())
    assert scores["kick"] == scores["snare"] == 1
    assert 0 < scores["all"] < 1  # for the hat is not in the truth


def test_mma_text_has_a_numbered_line_a_bar() -> None:
    text = controls.mma_text([Chord(0, ""), Chord(9, "m"), Chord(6, "dim")], 99.6, "8Beat", seed=3)
    assert text.splitlines() == ["RndSeed 3", "Tempo 100", "Groove 8Beat", "1 C / Am /", "2 F#dim /"]


def test_mma_is_none_without_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert controls.mma(case(Stem.BASS)) is None


@needs_mma
@pytest.mark.parametrize("stem", [Stem.BASS, Stem.DRUMS, Stem.GUITAR])
def test_mma_accompanies_the_estimated_chords(stem: Stem) -> None:
    target = case(stem)
    part = controls.mma(target, seed=1)
    assert part is not None
    assert len(part) >= 16
    assert part.last_step <= 8 * BAR
    if stem is not Stem.DRUMS:
        assert metrics.in_harmony(part, target.pitched_context, 32) > 0.8


@needs_mma
def test_mma_follows_its_seed() -> None:
    first, again = (controls.mma(case(Stem.DRUMS), seed=5) for _ in range(2))
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first.onset, again.onset)


@needs_mma
@pytest.mark.parametrize("quality", QUALITIES)
def test_mma_knows_every_chord_quality(quality: str) -> None:
    progression = [Chord(root, quality) for root in range(12) for _ in range(2)]
    song = controls._run_mma(controls.mma_text(progression, 120, "8Beat", seed=1))
    onsets = song.stem(Stem.BASS).onset
    assert {int(step) // BAR for step in onsets} == set(range(12))
    assert all(a <= b for a, b in pairwise(onsets))
