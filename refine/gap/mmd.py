"""Maximum mean discrepancy (Gretton et al. 2012): unbiased, over groups, with a permutation test.

Two kernels. `gaussian_of` is bounded, so no crop counts more than any other, and its bandwidth is the
photographs' own: the verdict rests on it. `cubic` makes the discrepancy what is known as KID; it is
unbounded, and a few crops far from all photographs decide about it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from refine.gap.samples import F64, Sample

Kernel = Callable[[F64, F64], F64]
"""(n, d) and (m, d) features → (n, m)."""

_NOTHING = 1e-9
"""In place of no pair at all, in draws of very few groups: such a mean is then 0."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """Mean kernel between the crops of each two groups."""

    within_x: F64
    between: F64
    within_y: F64

    def distance(self, x_weights: F64, y_weights: F64) -> F64:
        """(draws,) squared maximum mean discrepancies of (draws, groups) weights.

        A U-statistic: no group is ever compared with itself, not even when it was drawn twice,
        so the mean over equal distributions is 0, and single values may be negative.
        """
        total = x_weights.sum(axis=1) * y_weights.sum(axis=1)
        both = np.einsum("bi,bi->b", x_weights @ self.between, y_weights)
        between = both / np.maximum(total, _NOTHING)
        return _off_diagonal(self.within_x, x_weights) + (
            _off_diagonal(self.within_y, y_weights) - 2 * between
        )


def cubic(x: F64, y: F64) -> F64:
    """(x·y / d + 1)³ (Bińkowski et al. 2018)."""
    product: F64 = x @ y.T / x.shape[1] + 1
    return product**3


def gaussian_of(photographs: Sample) -> Kernel:
    """exp(−|x − y|² / 2σ²), σ the median distance between crops of the photographs."""
    apart = _squares(photographs.values, photographs.values)
    squares = apart[np.triu_indices(len(apart), 1)]
    width = 2 * max(float(np.median(squares)), _NOTHING)
    return lambda x, y: np.exp(-_squares(x, y) / width)


def kernels(x: Sample, y: Sample, kernel: Kernel) -> Kernels:
    """The kernel over all pairs of groups; features must be on one scale (`scale_of`)."""
    return Kernels(_means(x, x, kernel), _means(x, y, kernel), _means(y, y, kernel))


def discrepancy(x: Sample, y: Sample, kernel: Kernel) -> float:
    """Between two samples: 0 on average where they are of one kind."""
    ones = (np.ones((1, x.size)), np.ones((1, y.size)))
    return float(kernels(x, y, kernel).distance(*ones)[0])


def permutation_p(found: Kernels, permutations: int, *, rng: np.random.Generator) -> float:
    """How often groups dealt out at random are as far apart: small = the two kinds do differ."""
    x_size, y_size = found.between.shape
    pooled = np.block([[found.within_x, found.between], [found.between.T, found.within_y]])
    dealt = rng.permuted(np.tile(np.arange(x_size + y_size) < x_size, (permutations, 1)), axis=1)
    everything = Kernels(pooled, pooled, pooled)
    by_chance = everything.distance(dealt.astype(float), (~dealt).astype(float))
    here = found.distance(np.ones((1, x_size)), np.ones((1, y_size)))[0]
    return float((1 + np.count_nonzero(by_chance >= here)) / (1 + permutations))


def split_distances(within: F64, splits: int, *, rng: np.random.Generator) -> F64:
    """(splits,) distances between two random halves of one sample: what chance alone makes.

    Their mean over all splits is 0 (each pair is as often within a half as between the halves).
    """
    size = len(within)
    half = rng.permuted(np.tile(np.arange(size) < size // 2, (splits, 1)), axis=1)
    return Kernels(within, within, within).distance(half.astype(float), (~half).astype(float))


def _means(x: Sample, y: Sample, kernel: Kernel) -> F64:
    return x.means @ kernel(x.values, y.values) @ y.means.T


def _squares(x: F64, y: F64) -> F64:
    """(n, m) |x − y|²."""
    squares: F64 = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    return np.maximum(squares, 0)


def _off_diagonal(within: F64, weights: F64) -> F64:
    """Weighted mean over all pairs of different groups."""
    square = weights**2
    pairs = np.maximum(weights.sum(axis=1) ** 2 - square.sum(axis=1), _NOTHING)
    every = np.einsum("bi,bi->b", weights @ within, weights)
    return (every - square @ np.diag(within)) / pairs
