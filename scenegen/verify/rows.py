"""Row by row over (N, k) arrays, column by column: numpy's own are slow where k is 2 or 3."""

from functools import reduce
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def moved(matrix: Array, points: Array) -> Array:
    """(N, 3) points under a 4×4 transform, or turned and scaled by a 3×3 one.

    OpenCV's loop is a hundred times as fast here as a matrix product on a machine that is busy.
    """
    if not len(points):
        return np.zeros((0, 3))
    found = cv2.transform(np.ascontiguousarray(points)[:, None], matrix[:3])
    return np.asarray(found[:, 0], np.float64)


def norm(vectors: Array) -> Array:
    """(N,) lengths."""
    return np.sqrt(np.einsum("ij,ij->i", vectors, vectors))


def largest(vectors: Array) -> Array:
    """(N,) largest absolute entries; NaN where there is one."""
    return reduce(np.maximum, np.abs(vectors).T)


def some(values: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,) whether any entry is not zero."""
    return reduce(np.logical_or, values.T).astype(bool)


def every(values: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,) whether no entry is zero."""
    return reduce(np.logical_and, values.T).astype(bool)
