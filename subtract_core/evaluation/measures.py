"""Measures that every kind of music data shares: distances of samples, realism, structure, intervals. Arrays only.

A figure that has nothing to measure is NaN, and averages leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Sample = Sequence[float] | FloatArray

RESAMPLES = 1000
LEVEL = 0.95
NEIGHBOURS = 5
"""k of density and coverage, as in the paper's experiments."""


# --- one-dimensional samples ----------------------------------------------------------------------------------------


def finite(values: Sample) -> FloatArray:
    """The values that could be measured, as float64."""
    array = np.asarray(values, dtype=np.float64)
    return array[np.isfinite(array)]


def mean(values: Sample) -> float:
    """Mean of what could be measured; NaN where nothing could."""
    known = finite(values)
    return float(known.mean()) if len(known) else float("nan")


def mean_table(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """A table in Markdown: for every row, the mean of each column over what was measured."""
    lines = [f"| {title} | {' | '.join(columns)} |", f"|{'---|' * (len(columns) + 1)}"]
    for name, values in rows.items():
        means = [mean(list(column)) for column in zip(*values, strict=True)]
        lines.append(f"| {name} | {' | '.join(f'{value:.3f}' for value in means)} |")
    return "\n".join(lines)


def wasserstein(a: Sample, b: Sample) -> float:
    """First Wasserstein distance of two samples: the integral of |F_a(x) - F_b(x)| dx; NaNs are left out."""
    x, y = finite(a), finite(b)
    if not len(x) or not len(y):
        return float("nan")
    grid = np.sort(np.concatenate([x, y]))
    below_x = np.searchsorted(np.sort(x), grid[:-1], side="right") / len(x)
    below_y = np.searchsorted(np.sort(y), grid[:-1], side="right") / len(y)
    return float(np.sum(np.abs(below_x - below_y) * np.diff(grid)))


def gap(model: Sample, truth: Sample, rand: Sample) -> float:
    """W1(model, truth) / W1(rand, truth): 0 where the samples are alike, 1 as far off as a random choice."""
    reference = wasserstein(rand, truth)
    return wasserstein(model, truth) / reference if reference > 0 else float("nan")


def spearman(a: Sample, b: Sample) -> float:
    """Rank correlation of two series, equal values sharing their mean rank; nan where one of them is constant."""
    x, y = _ranks(np.asarray(a)), _ranks(np.asarray(b))
    if x.std() == 0 or y.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _ranks(values: npt.NDArray[Any]) -> FloatArray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], dtype=np.float64)


def histogram(values: Sample, edges: Sample) -> FloatArray:
    """Values a bin, those outside counted in the outermost bins and NaNs nowhere: [len(edges) - 1]."""
    bins = np.asarray(edges, dtype=np.float64)
    counts, _ = np.histogram(np.clip(finite(values), bins[0], bins[-1]), bins)
    return counts.astype(np.float64)


def overlap_of_counts(a: FloatArray, b: FloatArray) -> float:
    """The area that two histograms over the same bins share, 0 to 1; NaN where one is empty.

    The overlapping area of Yang and Lerch (2018, "On the evaluation of generative models in music"), of histograms in
    the place of kernel density estimates, for many musical quantities are discrete.
    """
    if not a.sum() or not b.sum():
        return float("nan")
    return float(np.minimum(a / a.sum(), b / b.sum()).sum())


# --- realism: samples of feature vectors ----------------------------------------------------------------------------


def frechet_distance(real: FloatArray, fake: FloatArray) -> float:
    """Fréchet distance of two normal distributions fitted to the rows of [n, d] and [m, d].

    |mu_r - mu_f|^2 + tr(S_r + S_f - 2 (S_r S_f)^(1/2)), as in Heusel et al. (2017), arXiv 1706.08500; not rooted.
    Raises `ValueError` where a sample has fewer than two rows, or the widths differ.
    """
    _check_samples(real, fake)
    cov_real, cov_fake = np.atleast_2d(np.cov(real, rowvar=False)), np.atleast_2d(np.cov(fake, rowvar=False))
    # tr (S_r S_f)^(1/2) is the sum of the roots of the eigenvalues of R S_f R, with R the symmetric root of S_r.
    values, vectors = np.linalg.eigh(cov_real)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ cov_fake @ root), 0)).sum()
    shift = real.mean(axis=0) - fake.mean(axis=0)
    return max(0.0, float(shift @ shift + np.trace(cov_real) + np.trace(cov_fake) - 2 * shared))


def in_neighbourhoods(real: FloatArray, fake: FloatArray, k: int = NEIGHBOURS) -> BoolArray:
    """Whether each fake lies in the ball of each real that reaches to that real's k-th nearest real: bool [n, m].

    Raises `ValueError` where there are no more than k reals.
    """
    if len(real) <= k:
        raise ValueError(f"real: {len(real)} rows; more than k={k} are needed")
    among = _distances(real, real)
    np.fill_diagonal(among, np.inf)
    radius = np.sort(among, axis=1)[:, k - 1]
    return np.asarray(_distances(real, fake) <= radius[:, None])


def density(inside: BoolArray, k: int = NEIGHBOURS) -> float:
    """Mean number of the reals' balls that a fake lies in, over k; about 1 for fakes like the reals, may exceed 1.

    inside: of `in_neighbourhoods`. Naeem et al. (2020), arXiv 2002.09797, equation 4.
    """
    return float(inside.sum() / (k * inside.shape[1])) if inside.shape[1] else float("nan")


def coverage(inside: BoolArray) -> float:
    """Share of the reals in whose ball at least one fake lies. Naeem et al. (2020), arXiv 2002.09797, equation 5."""
    return float(inside.any(axis=1).mean()) if inside.shape[1] else 0.0


def kernel_distance(real: FloatArray, fake: FloatArray, bandwidth: float | None = None) -> float:
    """Kernel distance of the rows of [n, d] and [m, d]: the unbiased estimate of the squared maximum mean discrepancy
    (Gretton et al. 2012, JMLR 13, equation 3), times 100; the KAD of Chung et al. (2025), arXiv 2502.15602.

    Its kernel is exp(-|x - y|^2 / (2 bandwidth^2)); bandwidth: the reals' `median_distance`, as in the paper, if None.
    Unbiased, so samples of one distribution lie around 0, below it too. Raises `ValueError` like `frechet_distance`.
    """
    _check_samples(real, fake)
    width = median_distance(real) if bandwidth is None else bandwidth

    def kernel(a: FloatArray, b: FloatArray) -> FloatArray:
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
        return np.asarray(np.exp(-np.maximum(squares, 0) / (2 * max(width, 1e-12) ** 2)))

    def within(rows: FloatArray) -> float:
        n, values = len(rows), kernel(rows, rows)
        return float((values.sum() - np.trace(values)) / (n * (n - 1)))

    return 100 * (within(real) + within(fake) - 2 * float(kernel(real, fake).mean()))


def median_distance(rows: FloatArray) -> float:
    """Median of the Euclidean distances between the rows of [n, d]; NaN with fewer than two."""
    apart = _distances(rows, rows)[np.triu_indices(len(rows), k=1)]
    return float(np.median(apart)) if len(apart) else float("nan")


def prompt_adherence(to_true: float, to_shuffled: float, apart: float) -> float:
    """Accompaniment prompt adherence, 1/2 + (FAD(C, R') - FAD(C, R)) / (2 FAD(R, R')), kept within 0 and 1.

    C: pairs of context and what was written for it; R: true pairs; R': the same with their parts exchanged between
    songs. to_true: FAD(C, R); to_shuffled: FAD(C, R'); apart: FAD(R, R'). Grachten & Nistal (2025), arXiv 2503.06346,
    after Nistal et al. (2024), arXiv 2404.00775. NaN where R and R' do not differ.
    """
    if not apart > 0:
        return float("nan")
    return float(np.clip(0.5 + (to_shuffled - to_true) / (2 * apart), 0.0, 1.0))


def _check_samples(real: FloatArray, fake: FloatArray) -> None:
    for name, rows in (("real", real), ("fake", fake)):
        if rows.ndim != 2 or len(rows) < 2 or rows.shape[1] != real.shape[1]:
            raise ValueError(f"{name}: shape {rows.shape}; two rows or more of {real.shape[-1]} features are needed")


def _distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """Euclidean distances of the rows of [n, d] to those of [m, d]: [n, m]."""
    return np.asarray([np.sqrt(np.square(b - row).sum(axis=1)) for row in a]).reshape(len(a), len(b))


# --- structure ------------------------------------------------------------------------------------------------------


def self_similarity_correlation(part: FloatArray, context: FloatArray) -> float:
    """Pearson correlation of the cells above the diagonal of two self-similarity matrices [n, n].

    NaN where the context's is constant, for there is no structure to follow; 0 where only the part's is.
    """
    above = np.triu_indices(len(part), k=1)
    a, b = part[above], context[above]
    if len(b) < 2 or b.std() < 1e-9:
        return float("nan")
    return 0.0 if a.std() < 1e-9 else float(np.corrcoef(a, b)[0, 1])


# --- intervals ------------------------------------------------------------------------------------------------------


def bootstrap_interval(
    statistic: Callable[[IntArray], float],
    n: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
    centred: bool = False,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, float]:
    """Percentile bootstrap interval of a statistic over n units; (NaN, NaN) with fewer than two units.

    statistic: from n indices, drawn with replacement, to a figure; NaNs are left out.
    centred: for statistics that resampling biases, such as distances of distributions: the interval is moved so that
    the resamples' mean comes to lie on the figure of all units, within the statistic's `bounds`.
    """
    if n < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    values = finite([statistic(rng.integers(n, size=n)) for _ in range(resamples)])
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2))
    shift = statistic(np.arange(n)) - values.mean() if centred else 0.0
    low, high = np.clip([low + shift, high + shift], *bounds)
    return float(low), float(high)


def mean_interval(values: Sample, resamples: int = RESAMPLES, level: float = LEVEL, seed: int = 0) -> list[float]:
    """Percentile bootstrap interval of the mean over units, NaNs left out: [low, high]."""
    known = finite(values)
    if len(known) < 2:
        return [float("nan"), float("nan")]
    # As bootstrap_interval, all resamples at once: a report holds hundreds of means.
    drawn = np.random.default_rng(seed).integers(len(known), size=(resamples, len(known)))
    return [float(q) for q in np.quantile(known[drawn].mean(axis=1), ((1 - level) / 2, (1 + level) / 2))]


Entry = dict[str, Any]
"""A figure in a report: {value, interval, measured, cases, by_seed}.

measured: in how many cases it could be taken. cases: its values, where it is a mean over cases. by_seed: the values of
every seed of every case, where distributions of them are compared.
"""


def entry(values: Sample) -> Entry:
    """Mean over cases, its 95% bootstrap interval over songs, and the values themselves."""
    measured = len(finite(values))
    return {"value": mean(values), "interval": mean_interval(values), "measured": measured, "cases": list(values)}


def seeds_entry(values: Sequence[Sequence[float]]) -> Entry:
    """`entry` of the means over seeds of values[case][seed], with the values of all seeds beside them.

    Means lie closer together than what they are taken of, so distances of distributions need the latter.
    """
    return entry([mean(case) for case in values]) | {"by_seed": [list(case) for case in values]}


def by_seed(figure: Mapping[str, Any]) -> FloatArray:
    """The values of an entry, [cases, seeds]; one seed where it holds no more than a value a case."""
    return np.array(figure.get("by_seed") or [[value] for value in figure["cases"]], dtype=np.float64)


def gap_entry(row: FloatArray, truth: FloatArray, rand: FloatArray) -> Entry:
    """A `gap` of samples [cases, seeds], all seeds together, and its interval.

    What the three samples hold of one song is drawn together.
    """

    def statistic(drawn: IntArray) -> float:
        return gap(row[drawn], truth[drawn], rand[drawn])

    # Centred, like other distances: samples drawn anew lie further apart than those they are drawn from.
    interval = bootstrap_interval(statistic, len(row), centred=True, bounds=(0.0, np.inf))
    measured = int(np.isfinite(row).reshape(len(row), -1).any(axis=1).sum())
    return {"value": gap(row, truth, rand), "interval": list(interval), "measured": measured}


def nan_to_none(value: Any) -> Any:
    """The same nested value with every NaN replaced by None: NaN is not JSON."""
    if isinstance(value, dict):
        return {key: nan_to_none(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [nan_to_none(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
