"""Proxy A-distance: how well a linear classifier tells two kinds of pictures apart."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from refine.gap.samples import F64, I64, Sample

FOLDS = 5
MOST_GROUPS = 40
"""Groups of a kind in one classification; more only cost time."""
_COMPONENTS = 64


def classification_errors(x: Sample, y: Sample, *, rng: np.random.Generator) -> tuple[F64, F64]:
    """The share of wrongly told crops in each group of x and of y, by who was not trained on it.

    Logistic regression on the leading 64 principal components of both together, `fold_count` folds,
    no group in two of them; every group weighs the same.
    """
    values = _principal(np.concatenate([x.values, y.values]))
    kind = np.repeat([0, 1], [len(x.values), len(y.values)])
    groups = np.concatenate([x.groups, x.size + y.groups])
    folds = fold_count(x.size, y.size)
    fold = np.concatenate([rng.permutation(size) % folds for size in (x.size, y.size)])[groups]
    weight = 1 / np.bincount(groups)[groups]
    wrong = np.zeros(len(values))
    for test in (fold == number for number in range(folds)):
        model = LogisticRegression(C=0.1, class_weight="balanced", solver="newton-cholesky")
        model.fit(values[~test], kind[~test], sample_weight=weight[~test])
        wrong[test] = model.predict(values[test]) != kind[test]
    by_group = np.bincount(groups, wrong) / np.bincount(groups)
    return by_group[: x.size], by_group[x.size :]


def fold_count(*groups: int) -> int:
    """Five; fewer where there are fewer groups of a kind, so that each fold has some of both."""
    return min(FOLDS, *groups)


def proxy_distance(x_errors: F64, y_errors: F64) -> F64:
    """2(1 − 2·error), the error balanced: 2 = always told apart, 0 = as good as guessing."""
    return 2 * (1 - (x_errors + y_errors))


def halves(photographs: int, scenes: int, *, rng: np.random.Generator) -> tuple[I64, I64, I64]:
    """Two disjoint sets of photographs and one of scenes, all of one size.

    A classifier that learns from more errs less: distances compare only at equal sizes.
    """
    size = min(photographs // 2, scenes, MOST_GROUPS)
    order = rng.permutation(photographs)
    return order[:size], order[size : 2 * size], rng.permutation(scenes)[:size]


def _principal(values: F64) -> F64:
    """Coordinates along the leading principal components, at their own scale."""
    centered = values - values.mean(axis=0)
    left, scale, _ = np.linalg.svd(centered, full_matrices=False)
    kept: F64 = (left * scale)[:, :_COMPONENTS]
    return kept / max(float(np.sqrt((kept**2).sum(axis=1).mean())), 1e-12) * np.sqrt(kept.shape[1])
