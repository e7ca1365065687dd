"""Kernel distance: unbiased, over groups, with its bootstrap and its permutation test."""

from dataclasses import dataclass

import numpy as np

from refine.gap.samples import F64, Sample

_NOTHING = 1e-9
"""In place of no pair at all, in draws of very few groups: such a mean is then 0."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """Mean cubic kernel (x·y / d + 1)³ between the crops of each two groups (Bińkowski 2018)."""

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


def kernels(x: Sample, y: Sample) -> Kernels:
    """The kernel over all pairs of groups; features must be on one scale (`standardized`)."""
    return Kernels(_kernel(x, x), _kernel(x, y), _kernel(y, y))


def kid(x: Sample, y: Sample) -> float:
    """The kernel distance between two samples: 0 on average where they are of one kind."""
    ones = (np.ones((1, x.size)), np.ones((1, y.size)))
    return float(kernels(x, y).distance(*ones)[0])


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


def _kernel(x: Sample, y: Sample) -> F64:
    return x.means @ (x.values @ y.values.T / x.values.shape[1] + 1) ** 3 @ y.means.T


def _off_diagonal(within: F64, weights: F64) -> F64:
    """Weighted mean over all pairs of different groups."""
    square = weights**2
    pairs = np.maximum(weights.sum(axis=1) ** 2 - square.sum(axis=1), _NOTHING)
    every = np.einsum("bi,bi->b", weights @ within, weights)
    return (every - square @ np.diag(within)) / pairs
