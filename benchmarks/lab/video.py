"""Pictures of a video, chosen so that no two neighbours are on different sides."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

NEAR = 8
"""Frames whose numbers differ by no more are neighbours."""


def split(
    numbers: Sequence[int], bursts: Sequence[int], wanted: int, *, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """(n,) which of the pictures are on the first side: `wanted` of them, or the next fewer.

    `numbers` are those of their frames; pictures of one burst look alike. Neighbours and likes share a
    group, and so do theirs. Groups are taken in an order drawn by chance, each that still fits.
    """
    number, burst = np.asarray(numbers), np.asarray(bursts)
    near = np.abs(number[:, None] - number) <= NEAR
    alike = burst[:, None] == burst
    groups: NDArray[np.int32] = connected_components(near | alike, directed=False)[1]
    sizes = np.bincount(groups)
    taken = np.zeros(len(sizes), bool)
    for group in rng.permutation(len(sizes)):
        taken[group] = sizes[taken].sum() + sizes[group] <= wanted
    first: NDArray[np.bool_] = taken[groups]
    return first
