"""Shared measures on samples whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from subtract_core.evaluation import measures


def normal(n: int, width: int = 3, seed: int = 0) -> measures.FloatArray:
    return np.random.default_rng(seed).normal(size=(n, width))


def blocks(size: int) -> measures.FloatArray:
    """Self-similarity of two sections of `size` items each."""
    return np.asarray(np.kron(np.eye(2), np.ones((size, size))), dtype=np.float64)


def test_wasserstein_of_known_samples() -> None:
    assert measures.wasserstein([0.0, 1.0], [0.0, 1.0]) == 0
    assert measures.wasserstein([0.0, 1.0], [0.5, 1.5]) == pytest.approx(0.5)
    assert measures.wasserstein([0.0], [0.0, 1.0]) == pytest.approx(0.5)
    assert measures.wasserstein([0.0, float("nan")], [1.0]) == 1
    assert np.isnan(measures.wasserstein([], [1.0]))


def test_gap_puts_truth_at_zero_and_another_songs_part_at_one() -> None:
    truth, rand = [0.8, 0.9, 1.0], [0.2, 0.3, 0.4]
    assert measures.gap(truth, truth, rand) == 0
    assert measures.gap(rand, truth, rand) == 1
    assert np.isnan(measures.gap(truth, truth, truth))


def test_a_gap_s_interval_lies_around_it_where_there_is_hardly_any() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        row, truth = rng.normal(0.8, 0.1, 60), rng.normal(0.8, 0.1, 60)
        entry = measures.gap_entry(row, truth, rng.normal(0.3, 0.1, 60))
        low, high = entry["interval"]
        assert 0 <= low <= entry["value"] <= high


def test_overlapping_area_is_the_shared_share() -> None:
    def shared(a: list[float], b: list[float]) -> float:
        return measures.overlap_of_counts(*(measures.histogram(x, [0, 1, 2, 3]) for x in (a, b)))

    assert shared([0.5, 1.5], [0.2, 1.7]) == 1
    assert shared([0.5, 0.5], [1.5, 2.5]) == 0
    assert shared([0.5, 0.5, 1.5, 1.5], [0.5, 2.5]) == 0.5
    assert shared([-9.0], [0.5]) == 1  # beyond the bins counts in the outermost
    assert np.isnan(shared([], [0.5]))


def test_frechet_distance_of_a_sample_with_itself_is_zero() -> None:
    assert measures.frechet_distance(normal(200), normal(200)) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_a_shift_is_its_square_and_of_a_scale_that_of_the_deviations() -> None:
    rows = normal(500)
    assert measures.frechet_distance(rows, rows + np.array([3.0, 4.0, 0.0])) == pytest.approx(25)
    deviations = rows.std(axis=0, ddof=1)
    centred = rows - rows.mean(axis=0)
    # Both covariances commute, so the distance is that of the standard deviations along the shared axes.
    assert measures.frechet_distance(centred, 3 * centred) == pytest.approx(4 * np.square(deviations).sum())


def test_frechet_distance_names_what_it_cannot_compare() -> None:
    with pytest.raises(ValueError, match="fake"):
        measures.frechet_distance(normal(5), normal(5, width=2))
    with pytest.raises(ValueError, match="real"):
        measures.frechet_distance(normal(1), normal(5))


def test_density_and_coverage_are_one_for_the_reals_and_zero_far_away() -> None:
    reals = normal(200)
    inside = measures.in_neighbourhoods(reals, normal(400, seed=1))
    assert measures.density(inside) == pytest.approx(1, abs=0.15)
    assert measures.coverage(inside) > 0.9
    far = measures.in_neighbourhoods(reals, normal(200, seed=1) + 100)
    assert measures.density(far) == measures.coverage(far) == 0


def test_fakes_in_one_place_have_density_without_coverage() -> None:
    reals = normal(200)
    centre = reals[np.abs(reals).sum(axis=1).argmin()]
    inside = measures.in_neighbourhoods(reals, np.repeat(centre[None], 50, axis=0))
    assert measures.density(inside) >= 1
    assert measures.coverage(inside) < 0.2


def test_density_counts_balls_by_hand() -> None:
    reals = np.array([[0.0], [1.0], [10.0]])
    inside = measures.in_neighbourhoods(reals, np.array([[0.5], [20.0]]), k=1)
    # the balls reach 1, 1 and 9 far: the first fake lies in two of them, the second in none
    assert inside.tolist() == [[True, False], [True, False], [False, False]]
    assert measures.density(inside, k=1) == 1
    assert measures.coverage(inside) == pytest.approx(2 / 3)


def test_too_few_reals_are_named() -> None:
    with pytest.raises(ValueError, match="more than k=5"):
        measures.in_neighbourhoods(normal(5), normal(5))


def test_self_similarity_correlation_of_structures() -> None:
    aabb = blocks(2)
    abab: measures.FloatArray = np.tile(np.eye(2, dtype=np.float64), (2, 2))
    assert measures.self_similarity_correlation(aabb, aabb) == pytest.approx(1)
    assert measures.self_similarity_correlation(abab, aabb) == pytest.approx(-0.5)
    assert measures.self_similarity_correlation(np.ones((4, 4)), aabb) == 0
    assert np.isnan(measures.self_similarity_correlation(aabb, np.ones((4, 4))))


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(1).normal(5, 2, size=400)
    low, high = measures.mean_interval(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)
    assert np.isnan(measures.mean_interval([1.0])).all()
    assert measures.mean_interval([2.0, 2.0, float("nan")]) == [2.0, 2.0]


def test_a_centred_interval_holds_a_distance_that_resampling_inflates() -> None:
    real, fake = normal(60, 10), normal(60, 10, seed=1)

    def distance(drawn: measures.IntArray) -> float:
        return measures.frechet_distance(real, fake[drawn])

    whole = distance(np.arange(60))
    low, high = measures.bootstrap_interval(distance, 60, resamples=200, centred=True)
    assert low < whole < high
    assert measures.bootstrap_interval(distance, 60, resamples=200)[0] > low


def test_rank_correlation_of_known_series() -> None:
    assert measures.spearman(np.array([1, 2, 3, 4]), np.array([10.0, 20, 25, 99])) == pytest.approx(1)
    assert measures.spearman(np.array([1, 2, 3, 4]), np.array([4.0, 3, 2, 1])) == pytest.approx(-1)
    assert measures.spearman(np.array([1, 1, 2, 2]), np.array([1.0, 2, 1, 2])) == pytest.approx(0)
    assert np.isnan(measures.spearman(np.array([1, 2]), np.array([3.0, 3.0])))
