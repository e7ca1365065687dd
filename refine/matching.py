"""Which crops show like content, told by what does not tell a render from a photograph.

Colors, brightness, contrast, noise and sharpness are the gap that is to be closed; matching must not
look at them. What is left: directions of coarse gradients, the layout of light and dark without its
mean and size, and how much is going on compared with the other crops of the same domain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.frames import U8

F64 = NDArray[np.float64]
COARSE = 32  # pixels: grain and sharpness do not survive
DIRECTIONS = 8
LAYOUT = 4
LIKE = 1.5  # times the usual distance of a render crop to the most like render crop


@dataclass(frozen=True)
class Matches:
    """By crop, the crops of the other domain most like it; `coverage`: of renders with any like."""

    photographs_of: NDArray[np.int64]
    renders_of: NDArray[np.int64]
    coverage: float


def match(renders: Sequence[U8], photographs: Sequence[U8], *, neighbors: int) -> Matches:
    """The nearest crops both ways; crops are (H, W, 3) uint8, at least two renders."""
    ours, theirs = descriptors(renders), descriptors(photographs)
    distances = _distances(ours, theirs)
    among = _distances(ours, ours)
    np.fill_diagonal(among, np.inf)
    usual = np.median(among.min(1))
    return Matches(
        photographs_of=_nearest(distances, neighbors),
        renders_of=_nearest(distances.T, neighbors),
        coverage=float(np.mean(distances.min(1) <= LIKE * usual)),
    )


def descriptors(crops: Sequence[U8]) -> F64:
    """(N, D); the crops are of one domain."""
    greys = [_coarse(crop) for crop in crops]
    busy = np.array([np.log(grey.std() + 1.0) for grey in greys])
    rank = busy.argsort(kind="stable").argsort(kind="stable") / max(len(crops) - 1, 1)
    parts = [np.concatenate([_directions(grey), 0.5 * _layout(grey)]) for grey in greys]
    return np.column_stack([np.array(parts), rank])


def _coarse(crop: U8) -> F64:
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return np.asarray(cv2.resize(grey, (COARSE, COARSE), interpolation=cv2.INTER_AREA), np.float64)


def _directions(grey: F64) -> F64:
    """How much gradient has which direction, in each quarter, in shares of the whole."""
    down, across = np.gradient(grey)
    size = np.hypot(down, across)
    direction = np.mod(np.arctan2(down, across), np.pi) / np.pi * DIRECTIONS
    index = np.minimum(direction.astype(int), DIRECTIONS - 1)
    half = COARSE // 2
    quarter = (np.arange(COARSE)[:, None] // half) * 2 + np.arange(COARSE) // half
    histogram = np.bincount((quarter * DIRECTIONS + index).ravel(), size.ravel(), 4 * DIRECTIONS)
    return histogram / (np.linalg.norm(histogram) + 1e-6)


def _layout(grey: F64) -> F64:
    """Where it is lighter and darker."""
    small = cv2.resize(grey, (LAYOUT, LAYOUT), interpolation=cv2.INTER_AREA).ravel()
    small = small - small.mean()
    return small / (np.linalg.norm(small) + 1e-6)


def _distances(ours: F64, theirs: F64) -> F64:
    squares = (ours**2).sum(1)[:, None] + (theirs**2).sum(1) - 2 * ours @ theirs.T
    return np.sqrt(np.maximum(squares, 0))


def _nearest(distances: F64, neighbors: int) -> NDArray[np.int64]:
    return distances.argsort(1, kind="stable")[:, :neighbors]
