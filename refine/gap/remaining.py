"""The gap as a sum: what was closed, and what remains for want of color, noise, texture, content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from refine.features import Feature
from refine.gap.closing import Drawn, Weights, discrepancy_drawn
from refine.gap.mmd import Kernel
from refine.gap.parts import PARTS, ladder
from refine.gap.pictures import Views
from refine.gap.samples import F64, Sample, Scale


@dataclass(frozen=True, eq=False)
class Known:
    """What was measured before on one feature: samples on the photographs' scale, and their kernel."""

    raw: Sample
    refined: Sample
    photographs: Sample
    scale: Scale
    kernel: Kernel


def remaining_parts(
    views: Views,
    features: Sequence[Feature],
    known: Mapping[str, Known],
    weights: Weights,
    *,
    rng: np.random.Generator,
) -> dict[str, Drawn]:
    """Shares of the discrepancy of the raw renders, by name; together they are 1.

    `closed` and, for each step of the ladder, what it took off; `content` is what is left at its
    end. Each is the mean over the features.
    """
    steps = {
        one.name: [
            discrepancy_drawn(sample, known[one.name].photographs, known[one.name].kernel, weights)
            for sample in (known[one.name].raw, known[one.name].refined)
        ]
        for one in features
    }
    models = _half(views, rng)
    for _, crops in ladder(views.refined.crops, views.photographs.crops[models], rng=rng):
        for one in features:
            of = known[one.name]
            sample = of.scale(Sample(one.compute(crops), views.refined.groups))
            drawn = discrepancy_drawn(sample, of.photographs, of.kernel, weights)
            steps[one.name].append(drawn)
    shares = [_shares(distances) for distances in steps.values()]
    return {
        name: mean_drawn([share[number] for share in shares])
        for number, name in enumerate(("closed", *PARTS))
    }


def mean_drawn(figures: Sequence[Drawn]) -> Drawn:
    """The mean of figures whose draws are paired."""
    value = float(np.mean([one.value for one in figures]))
    return Drawn(value, np.mean([one.draws for one in figures], axis=0))


def _half(views: Views, rng: np.random.Generator) -> np.ndarray:
    """Which crops show half of the photographs, chosen by chance: what is matched to.

    Matched to all of them, the crops would share even what these have by chance, and be nearer to
    them than other photographs of the same kind are. A half is as far from all by chance, σ²/n, as
    the unbiased distance takes off for it.
    """
    groups = views.photographs.groups
    order = rng.permutation(int(groups.max()) + 1)
    return np.isin(groups, order[: (len(order) + 1) // 2])


def _shares(steps: Sequence[Drawn]) -> list[Drawn]:
    """Of distances that fall from step to step: each fall, and the last, over the first."""
    values = _falls(np.array([[one.value] for one in steps]))
    draws = _falls(np.stack([one.draws for one in steps]))
    return [Drawn(float(value[0]), drawn) for value, drawn in zip(values, draws, strict=True)]


def _falls(steps: F64) -> F64:
    """(steps, draws) shares of the first; 0 in a draw where the first is no distance at all."""
    first = np.where(steps[0] > 0, steps[0], np.inf)
    return np.concatenate([steps[:-1] - steps[1:], steps[-1:]]) / first
