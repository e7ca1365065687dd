"""Features of crops, and which of them are not independent of each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

DRAWS = 1000
"""Bootstrap draws and permutations."""


_FURTHEST = 6.0


@dataclass(frozen=True, eq=False)
class Sample:
    """(n, d) features of crops; crops of one group (a scene, a photograph) are not independent.

    Groups are numbered from 0 without gaps; each counts the same, however many crops it has.
    """

    values: F64
    groups: I64

    @property
    def size(self) -> int:
        """How many groups there are: the number of independent observations."""
        return int(self.groups.max()) + 1

    @property
    def means(self) -> F64:
        """(groups, n): the matrix that averages over the crops of each group."""
        member = np.equal.outer(np.arange(self.size), self.groups).astype(np.float64)
        return member / member.sum(axis=1, keepdims=True)

    def rows(self, crops: I64) -> "Sample":
        """Those crops alone, their groups numbered anew."""
        return Sample(self.values[crops], numbered(self.groups[crops]))

    def of(self, groups: I64) -> "Sample":
        """Those groups alone, renumbered in the order given."""
        number = np.full(self.size, -1)
        number[groups] = np.arange(len(groups))
        renumbered = number[self.groups]
        return Sample(self.values[renumbered >= 0], renumbered[renumbered >= 0])


def numbered(groups: Sequence[int] | I64) -> I64:
    """The same groups, numbered from 0 without gaps."""
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Scale:
    """(d,) what is subtracted from every feature, and what it is then multiplied by."""

    mean: F64
    factor: F64

    def __call__(self, sample: Sample) -> Sample:
        """The same sample on this scale, nothing further than six spreads from the mean.

        A filter that hardly ever responds would else rule all others by a single crop.
        """
        values = (sample.values - self.mean) * self.factor
        return Sample(np.clip(values, -_FURTHEST, _FURTHEST), sample.groups)


def scale_of(photographs: Sample, *, one_unit: bool) -> Scale:
    """The scale on which the photographs have mean 0 and variance 1.

    Theirs alone: a scale that what is judged had a part in would differ from refiner to refiner.
    Numbers of `one_unit` are scaled alike, to a mean variance of 1: each by its own spread, hundreds
    of them that hardly ever respond would seem larger in any other photographs than in those whose
    spread it is. Of several units, each is scaled by itself; one that never changes becomes 0.
    """
    weight = photographs.means.mean(axis=0)
    mean: F64 = weight @ photographs.values
    variance = weight @ (photographs.values - mean) ** 2
    spread = np.sqrt(np.full_like(variance, variance.mean()) if one_unit else variance)
    varies = spread > 1e-9 * (1 + np.abs(mean))
    return Scale(mean, np.where(varies, 1 / np.where(varies, spread, 1), 0))


def bootstrap_weights(size: int, draws: int, *, rng: np.random.Generator) -> F64:
    """(draws, size): how often each group is drawn when as many are drawn with replacement."""
    return rng.multinomial(size, np.full(size, 1 / size), draws).astype(np.float64)
