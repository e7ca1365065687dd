"""Distances before and after, the floor, and how much of what lies between was closed."""

from dataclasses import dataclass

import numpy as np

from refine.gap.mmd import Kernel, kernels, permutation_p, split_distances
from refine.gap.proxy import classification_errors, fold_count, halves, proxy_distance
from refine.gap.samples import DRAWS, F64, I64, Sample, bootstrap_weights

_SPLITS = 6
_LEVEL = (2.5, 97.5)
_CLEAR = 2.5
"""Times what chance makes between halves of the photographs."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure, and what it would have been for (draws,) other groups of the same kind."""

    value: float
    draws: F64

    @property
    def estimate(self) -> Estimate:
        """With the percentile interval."""
        low = np.percentile(self.draws, _LEVEL[0], method="higher")
        high = np.percentile(self.draws, _LEVEL[1], method="lower")
        return Estimate(self.value, float(low), float(high))


@dataclass(frozen=True, eq=False)
class Weights:
    """(draws, groups) bootstrap weights: scenes are redrawn with their refined twins."""

    scenes: F64
    photographs: F64


@dataclass(frozen=True, eq=False)
class Distances:
    """One measure on one feature: to the photographs, from the renders before and after.

    floor: what photographs are from other photographs · chance: the interval of distances that
    two halves of the photographs have · p: permutation tests, where the measure has one.
    """

    raw: Drawn
    refined: Drawn
    floor: Drawn
    chance: Estimate
    p_raw: float | None = None
    p_refined: float | None = None

    @property
    def separable(self) -> bool:
        """Whether the gap can be taken apart: matching statistics errs by what chance makes."""
        return self.closed is not None and self.raw.value > _CLEAR * self.chance.high

    @property
    def opened(self) -> bool:
        """Whether the renders had no gap and the refined pictures have one, beyond doubt."""
        further = self.refined.draws - np.maximum(self.raw.draws, self.floor.draws)
        return self.closed is None and bool(np.percentile(further, _LEVEL[0]) > 0)

    @property
    def closed(self) -> Drawn | None:
        """1 − (refined − floor) / (raw − floor); None where raw is not clearly above the floor."""
        before = self.raw.draws - self.floor.draws
        if np.percentile(before, _LEVEL[0]) <= 0 or self.raw.value <= self.floor.value:
            return None
        after = self.refined.draws - self.floor.draws
        draws = 1 - after / np.where(before > 0, before, np.inf)
        draws[before <= 0] = draws[before > 0].min()  # undefined: as low as any
        value = 1 - (self.refined.value - self.floor.value) / (self.raw.value - self.floor.value)
        return Drawn(value, draws)


def weigh(scenes: int, photographs: int, *, rng: np.random.Generator) -> Weights:
    """Bootstrap weights that every feature and measure shares, so that their draws are paired."""
    return Weights(
        bootstrap_weights(scenes, DRAWS, rng=rng), bootstrap_weights(photographs, DRAWS, rng=rng)
    )


def discrepancy_drawn(x: Sample, photographs: Sample, kernel: Kernel, weights: Weights) -> Drawn:
    """The discrepancy of one sample to the photographs, with its bootstrap."""
    found = kernels(x, photographs, kernel)
    ones = np.ones((1, x.size)), np.ones((1, photographs.size))
    draws = found.distance(weights.scenes, weights.photographs)
    return Drawn(float(found.distance(*ones)[0]), draws)


def discrepancies(
    raw: Sample,
    refined: Sample,
    photographs: Sample,
    kernel: Kernel,
    weights: Weights,
    *,
    rng: np.random.Generator,
) -> Distances:
    """Maximum mean discrepancies. Their floor is 0: their mean over all splits of one sample."""
    before, after = kernels(raw, photographs, kernel), kernels(refined, photographs, kernel)
    splits = split_distances(before.within_y, DRAWS, rng=rng)
    return Distances(
        raw=discrepancy_drawn(raw, photographs, kernel, weights),
        refined=discrepancy_drawn(refined, photographs, kernel, weights),
        floor=Drawn(0.0, np.zeros(DRAWS)),
        chance=Drawn(float(splits.mean()), splits).estimate,
        p_raw=permutation_p(before, DRAWS, rng=rng),
        p_refined=permutation_p(after, DRAWS, rng=rng),
    )


def proxy_distances(
    raw: Sample, refined: Sample, photographs: Sample, weights: Weights, *, rng: np.random.Generator
) -> Distances:
    """Proxy A-distances, all three from equally many groups, over repeated splits.

    The bootstrap redraws the groups that were judged, not the training of who judged them; its
    spread is widened by √(1 + folds · test/train), the correction of Nadeau and Bengio (2003).
    """
    rows = {name: (_Errors(raw.size), _Errors(photographs.size)) for name in ("raw", "refined")}
    real = _Errors(photographs.size), _Errors(photographs.size)
    for _ in range(_SPLITS):
        here, there, scenes = halves(photographs.size, raw.size, rng=rng)
        for sample, (by_scene, by_photograph) in zip((raw, refined), rows.values(), strict=True):
            errors = classification_errors(sample.of(scenes), photographs.of(here), rng=rng)
            by_scene.add(scenes, errors[0])
            by_photograph.add(here, errors[1])
        errors = classification_errors(photographs.of(there), photographs.of(here), rng=rng)
        real[0].add(there, errors[0])
        real[1].add(here, errors[1])
    folds = fold_count(len(here))  # all three sets are of one size
    floor = _proxy_drawn(*real, weights.photographs, weights.photographs, folds)
    found = {
        name: _proxy_drawn(*errors, weights.scenes, weights.photographs, folds)
        for name, errors in rows.items()
    }
    return Distances(found["raw"], found["refined"], floor, chance=floor.estimate)


class _Errors:
    """Errors of each group, summed over the splits in which it took part."""

    def __init__(self, groups: int) -> None:
        self.wrong = np.zeros(groups)
        self.times = np.zeros(groups)

    def add(self, groups: I64, errors: F64) -> None:
        self.wrong[groups] += errors
        self.times[groups] += 1

    def mean(self, weights: F64) -> F64:
        return (weights @ self.wrong) / np.maximum(weights @ self.times, 1e-9)


def _proxy_drawn(x: _Errors, y: _Errors, x_weights: F64, y_weights: F64, folds: int) -> Drawn:
    ones = np.ones((1, len(x.wrong))), np.ones((1, len(y.wrong)))
    value = float(proxy_distance(x.mean(ones[0]), y.mean(ones[1]))[0])
    draws = proxy_distance(x.mean(x_weights), y.mean(y_weights))
    widened = np.sqrt(1 + folds / (folds - 1))
    return Drawn(value, value + widened * (draws - value))
