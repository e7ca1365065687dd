"""The gap's figures against truths that are known, and intervals against what they promise.

Mutants caught: the diagonal kept in the U-statistic, also of groups drawn twice; the floor left
out; scale taken from each sample alone, or from what is judged; folds that share a group; halves
that overlap; no widening of the proxy's interval; raw and refined redrawn apart; a gap closed told
where there is none; −inf for a draw without a gap; the verdict resting on the cubic kernel.
"""

from itertools import combinations

import numpy as np
import pytest

from refine.gap.closing import Distances, Drawn, Weights, discrepancies, proxy_distances, weigh
from refine.gap.mmd import (
    Kernel,
    Kernels,
    cubic,
    discrepancy,
    gaussian_of,
    kernels,
    permutation_p,
    split_distances,
)
from refine.gap.proxy import classification_errors, halves, proxy_distance
from refine.gap.remaining import mean_drawn
from refine.gap.report import FeatureGap, GapReport
from refine.gap.samples import F64, Sample, scale_of

RUNS = 60
COVERED = 0.85 * RUNS


def sample(
    groups: int,
    shift: float = 0.0,
    *,
    rng: np.random.Generator,
    crops: int = 3,
    wide: int = 8,
    own: float = 0.7,
) -> Sample:
    """Gaussian groups, each with crops that are alike."""
    means = rng.normal(size=(groups, 1, wide)) + shift
    values = means + own * rng.normal(size=(groups, crops, wide))
    return Sample(values.reshape(-1, wide), np.repeat(np.arange(groups), crops))


def on_one_scale(*samples: Sample) -> list[Sample]:
    """That of the last, the photographs."""
    scale = scale_of(samples[-1], one_unit=False)
    return [scale(one) for one in samples]


def distances(
    raw: Sample, refined: Sample, real: Sample, weights: Weights, *, rng: np.random.Generator
) -> Distances:
    return discrepancies(raw, refined, real, gaussian_of(real), weights, rng=rng)


def trio(*, rng: np.random.Generator, groups: int = 24) -> list[Sample]:
    """Raw, refined (nearer, and a little noisy), photographs."""
    raw = sample(groups, 0.8, rng=rng)
    refined = Sample(raw.values - 0.5 + 0.2 * rng.normal(size=raw.values.shape), raw.groups)
    return on_one_scale(raw, refined, sample(groups, rng=rng))


def slow(x: Sample, y: Sample, kernel: Kernel, x_times: F64, y_times: F64) -> float:
    """Crop by crop; a group that was drawn n times is there n times, never beside itself."""

    def mean(one: Sample, other: Sample, times: F64, other_times: F64, same: bool) -> float:
        total = weight = 0.0
        for a in range(one.size):
            for b in range(other.size):
                if same and a == b:
                    continue
                pairs = [
                    kernel(u[None], v[None])[0, 0]
                    for u in one.values[one.groups == a]
                    for v in other.values[other.groups == b]
                ]
                total += times[a] * other_times[b] * float(np.mean(pairs))
                weight += times[a] * other_times[b]
        return total / weight

    within = mean(x, x, x_times, x_times, True) + mean(y, y, y_times, y_times, True)
    return within - 2 * mean(x, y, x_times, y_times, False)


def test_the_discrepancy_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    x, y = sample(5, rng=rng), sample(4, 0.5, rng=rng)
    x = Sample(x.values[:-1], x.groups[:-1])  # groups need not be of one size
    u, v = x.values[0], y.values[1]
    assert cubic(u[None], v[None])[0, 0] == pytest.approx((float(u @ v) / 8 + 1) ** 3)
    gaussian, apart = gaussian_of(y), [np.sum((a - b) ** 2) for a, b in combinations(y.values, 2)]
    close = np.exp(-np.sum((u - v) ** 2) / (2 * np.median(apart)))
    assert gaussian(u[None], v[None])[0, 0] == pytest.approx(close)
    drawn = np.array([2.0, 0, 1, 1, 1]), np.array([0.0, 3, 1, 0])
    for kernel in (cubic, gaussian):
        expected = slow(x, y, kernel, np.ones(5), np.ones(4))
        assert discrepancy(x, y, kernel) == pytest.approx(expected)
        found = kernels(x, y, kernel).distance(drawn[0][None], drawn[1][None])[0]
        assert found == pytest.approx(slow(x, y, kernel, *drawn))


@pytest.mark.parametrize("cubed", [False, True])
def test_of_one_kind_it_is_zero_on_average(cubed: bool) -> None:
    rng = np.random.default_rng(1)
    kernel = cubic if cubed else gaussian_of(sample(60, rng=rng))
    found = [
        discrepancy(sample(10, rng=rng), sample(16, rng=rng, crops=5), kernel) for _ in range(400)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))
    assert np.std(found) < 0.5


def test_p_is_small_only_where_there_is_a_difference() -> None:
    rng = np.random.default_rng(2)
    same = [
        permutation_p(kernels(sample(12, rng=rng), sample(12, rng=rng), cubic), 99, rng=rng)
        for _ in range(100)
    ]
    assert 2 <= sum(p <= 0.1 for p in same) <= 20
    apart = kernels(sample(12, 1.5, rng=rng), sample(12, rng=rng), cubic)
    assert permutation_p(apart, 99, rng=rng) == pytest.approx(0.01)


def test_halves_of_one_sample_are_as_far_apart_as_chance_makes_them() -> None:
    rng = np.random.default_rng(3)
    one = sample(20, rng=rng)
    found = split_distances(kernels(one, one, cubic).within_x, 2000, rng=rng)
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(2000)
    assert found.min() < 0 < found.max()


def covered(draws: list[Drawn], truth: float) -> int:
    return sum(one.estimate.low <= truth <= one.estimate.high for one in draws)


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(4)
    large = trio(rng=rng, groups=600)
    kernel = gaussian_of(large[2])
    before, after = (discrepancy(one, large[2], kernel) for one in large[:2])
    runs = []
    for _ in range(RUNS):
        raw, refined, real = trio(rng=rng)
        weights = weigh(24, 24, rng=rng)
        runs.append(discrepancies(raw, refined, real, kernel, weights, rng=rng))
    assert covered([run.raw for run in runs], before) >= COVERED
    assert covered([run.refined for run in runs], after) >= COVERED
    closed = [run.closed for run in runs if run.closed is not None]
    assert len(closed) >= RUNS - 3
    assert covered(closed, 1 - after / before) >= 0.85 * len(closed)
    widths = [one.estimate.high - one.estimate.low for one in closed]
    assert np.median(widths) < 0.8  # an interval that covers everything says nothing


def test_proxy_intervals_cover_what_is_found_on_average() -> None:
    rng = np.random.default_rng(5)
    runs = []
    for _ in range(40):
        raw, refined, real = on_one_scale(
            *(sample(14, shift, rng=rng, crops=2, wide=3) for shift in (0.8, 0.3, 0.0))
        )
        runs.append(proxy_distances(raw, refined, real, weigh(14, 14, rng=rng), rng=rng))
    for part in ("raw", "refined", "floor"):
        drawn = [getattr(run, part) for run in runs]
        truth = float(np.mean([one.value for one in drawn]))
        assert covered(drawn, truth) >= 0.85 * 40, part


def test_crops_of_a_group_are_never_in_two_folds() -> None:
    """Groups whose crops are equal: who has seen one crop knows the others, and must not."""
    rng = np.random.default_rng(6)
    errors = [
        classification_errors(
            sample(12, rng=rng, crops=6, wide=40, own=0),
            sample(12, rng=rng, crops=6, wide=40, own=0),
            rng=rng,
        )
        for _ in range(12)
    ]
    distances = [proxy_distance(x.mean(keepdims=True), y.mean(keepdims=True))[0] for x, y in errors]
    assert abs(np.mean(distances)) < 0.5


def test_proxy_of_what_is_plainly_different_is_two() -> None:
    rng = np.random.default_rng(7)
    x, y = classification_errors(sample(8, 9.0, rng=rng), sample(8, rng=rng), rng=rng)
    assert proxy_distance(x.mean(keepdims=True), y.mean(keepdims=True))[0] == 2


@pytest.mark.parametrize(("photographs", "scenes", "size"), [(9, 50, 4), (30, 6, 6), (200, 90, 40)])
def test_halves_are_disjoint_and_equal(photographs: int, scenes: int, size: int) -> None:
    here, there, ours = halves(photographs, scenes, rng=np.random.default_rng(8))
    assert len(here) == len(there) == len(ours) == size
    assert not set(here) & set(there)
    assert len(set(ours)) == size


def test_what_is_closed() -> None:
    """Nothing by doing nothing, everything by photographs, less than nothing by going away."""
    rng = np.random.default_rng(9)
    raw, real, more = sample(24, 0.8, rng=rng), sample(24, rng=rng), sample(24, rng=rng)
    weights = weigh(24, 24, rng=rng)

    def closed(refined: Sample) -> Drawn | None:
        return distances(*on_one_scale(raw, refined, real), weights, rng=rng).closed

    nothing, everything = closed(raw), closed(more)
    assert nothing is not None
    assert everything is not None
    assert not nothing.draws.any()
    assert nothing.value == 0
    assert everything.estimate.low > 0.7
    worse = closed(Sample(raw.values + 0.4, raw.groups))
    assert worse is not None
    assert worse.estimate.high < 0


def test_no_share_of_no_gap() -> None:
    rng = np.random.default_rng(10)
    undefined = 0
    for _ in range(20):
        alike = on_one_scale(*(sample(12, rng=rng) for _ in range(3)))
        found = distances(*alike, weigh(12, 12, rng=rng), rng=rng)
        undefined += found.closed is None
    assert undefined >= 16


def test_closed_is_paired_by_scene() -> None:
    """Scenes differ far more than refinement does: redrawn apart, the interval would be wide."""
    rng = np.random.default_rng(11)
    raw, real = sample(24, 1.0, rng=rng), sample(24, rng=rng)
    three = on_one_scale(raw, Sample(raw.values - 0.1, raw.groups), real)
    found = distances(*three, weigh(24, 24, rng=rng), rng=rng)
    assert found.closed is not None
    apart = 1 - rng.permutation(found.refined.draws) / found.raw.draws
    assert found.closed.draws.std() < 0.3 * apart.std()


def test_the_scale_is_the_photographs_and_bounded() -> None:
    rng = np.random.default_rng(12)
    x, y = sample(10, 3.0, rng=rng), sample(400, rng=rng)
    x.values[0, 0], x.values[:, 1], y.values[:, 1] = 1e9, 5.0, 5.0
    first, second = on_one_scale(x, y)
    assert first.values.max() == 6
    assert not first.values[:, 1].any()
    assert second.values[:, 2:].std(axis=0) == pytest.approx(1, abs=0.01)
    assert first.values[:, 2:].mean() == pytest.approx(3 / np.hypot(1, 0.7), abs=0.4)


def responses(groups: int, *, rng: np.random.Generator) -> Sample:
    """As a network's last maps: many numbers, of which most hardly ever differ from 0."""
    levels = np.linspace(0.5, 4.0, 400)
    means = rng.normal(size=(groups, 1, 400))
    values = np.maximum(means + 0.3 * rng.normal(size=(groups, 4, 400)) - levels, 0)
    return Sample(values.reshape(-1, 400), np.repeat(np.arange(groups), 4))


def test_few_photographs_are_no_gap_for_a_network() -> None:
    """Each number by its own spread among 8 photographs, others of the same kind seem far off."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        others, photographs = responses(24, rng=rng), responses(8, rng=rng)
        for one_unit, here in found.items():
            scale = scale_of(photographs, one_unit=one_unit)
            real = scale(photographs)
            here.append(discrepancy(scale(others), real, gaussian_of(real)))
    errors = {kind: abs(np.mean(here)) / (np.std(here) / 10) for kind, here in found.items()}
    assert errors[True] < 3 < 10 < errors[False]


def test_a_gap_that_was_opened_is_told() -> None:
    rng = np.random.default_rng(15)
    weights = weigh(24, 24, rng=rng)
    real, raw = sample(24, rng=rng), sample(24, 1.5, rng=rng)
    near = Sample(raw.values - 1.5, raw.groups)
    closed = distances(raw, near, real, weights, rng=rng)
    opened = distances(near, raw, real, weights, rng=rng)
    stayed = distances(near, near, real, weights, rng=rng)
    worse = distances(raw, Sample(raw.values + 1, raw.groups), real, weights, rng=rng)
    assert [one.opened for one in (closed, opened, stayed, worse)] == [False, True, False, False]

    def report(*found: Distances, near_loss: bool = False) -> GapReport:
        """On features of which only the last may be near to what refiners are fitted to."""
        last = len(found) - 1
        gaps = tuple(
            FeatureGap(f"f{number}", "", near_loss and number == last, "", one)
            for number, one in enumerate(found)
        )
        mean = found[0].closed
        return GapReport(gaps, mean, None, (), (), None, {}, (), (), {}, 0)

    assert report(closed, stayed).closer
    assert not report(closed, opened).closer
    assert report(closed, opened).verdict.endswith(
        "closed (f0 100 %; 95 %: 91 % to 107 %). But on f1 the refined pictures are off the "
        "photographs, and the raw renders were not."
    )
    assert report(closed, opened, near_loss=True).closer
    assert "No verdict" in report(opened).verdict
    assert "But on f0" in report(opened).verdict
    assert report(opened).as_dict()["opened"] == ["f0"]


def test_no_single_crop_decides() -> None:
    """One refined crop far from all others: the cubic kernel hears little else, the verdict does not."""
    rng = np.random.default_rng(14)
    raw, real = sample(24, 0.8, rng=rng), sample(24, rng=rng)
    refined = Sample(sample(24, 0.2, rng=rng).values, raw.groups)
    odd = Sample(refined.values.copy(), raw.groups)
    odd.values[0] = 6
    weights = weigh(24, 24, rng=rng)

    def closed(one: Sample, kernel: Kernel) -> float:
        found = discrepancies(raw, one, real, kernel, weights, rng=rng).closed
        assert found is not None
        return found.value

    moved = [abs(closed(odd, k) - closed(refined, k)) for k in (gaussian_of(real), cubic)]
    assert moved[0] < 0.02
    assert moved[1] > 10 * moved[0]


def test_undefined_draws_leave_the_interval_finite() -> None:
    """Some draws of either of two features have no gap: the mean of both must have an interval."""
    draws = [np.ones(1000), np.ones(1000)]
    draws[0][:20], draws[1][20:40] = -0.1, -0.1
    nothing = Drawn(0.0, np.zeros(1000))
    chance = Drawn(0.0, np.zeros(1000)).estimate
    closed = [
        Distances(Drawn(1.0, one), Drawn(0.4, 0.4 * np.abs(one)), nothing, chance).closed
        for one in draws
    ]
    assert None not in closed
    mean = mean_drawn([one for one in closed if one is not None]).estimate
    assert (mean.value, mean.high) == pytest.approx((0.6, 0.6))
    assert np.isfinite(mean.low)


def test_very_few_groups_make_no_trouble() -> None:
    weights = Weights(np.array([[2.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 2.0], [1.0, 1.0]]))
    found = Kernels(*(np.ones((2, 2)) for _ in range(3)))
    assert np.isfinite(found.distance(weights.scenes, weights.photographs)).all()
