"""Which parts of renders and photographs show like content, so that colors are compared fairly.

A table that fills the renders and not the photographs says nothing of a camera. Both are cut into
cells, and cells are described by what no camera changes much: the structure, never the color.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from refine.frames import F32

CELL = 8  # pixels of a thumbnail
NEIGHBORS = 5
LIKE = 1.5  # times the usual distance between renders: what lies farther has no counterpart
LEAST_COVERAGE = 0.1  # of the photographs: below, the match says less than no match


@dataclass(frozen=True)
class Match:
    """(pictures, cells) weights of both sides · coverage: the share of photographs with a like."""

    renders: NDArray[np.float64]
    photographs: NDArray[np.float64]
    coverage: float


def cells(lab: F32) -> F32:
    """(cells, CELL², 3): a thumbnail cut up, row by row."""
    rows, columns = (side // CELL for side in lab.shape[:2])
    cut = lab[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL, 3)
    return cut.transpose(0, 2, 1, 3, 4).reshape(-1, CELL * CELL, 3)


def structure(lab: F32) -> F32:
    """(cells, 6): the contrast and the slopes along four directions in each cell, and in its ring.

    Lightness is taken in units of the picture's own spread, on a logarithmic scale.
    """
    light = lab[..., 0] / max(float(lab[..., 0].std()), 1.0)
    down, across = np.gradient(cv2.GaussianBlur(light, (0, 0), 1))
    turned = [across, down, (across + down) / np.sqrt(2), (across - down) / np.sqrt(2)]
    slopes = [_mean(np.abs(slope)) for slope in turned]
    coarse = cv2.resize(light, slopes[0].shape[::-1], interpolation=cv2.INTER_AREA)
    ring = np.abs(coarse - cv2.blur(coarse, (3, 3)))
    spread = np.sqrt(np.maximum(_mean(light**2) - _mean(light) ** 2, 0))
    features = np.stack([*slopes, ring, spread], -1).reshape(-1, 6)
    return np.log(features + 0.02).astype(np.float32)


def _mean(plane: F32) -> F32:
    """Of each cell."""
    rows, columns = (side // CELL for side in plane.shape)
    return plane[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL).mean((1, 3))


def match(renders: list[F32], photographs: list[F32]) -> Match:
    """Weights that make the cells of renders as frequent as their likes among the photographs'."""
    ours, theirs = (
        np.concatenate([structure(lab) for lab in side]) for side in (renders, photographs)
    )
    scale = ours.std(0) + 1e-6
    tree = cKDTree(ours / scale)
    own = tree.query(ours[:: max(1, len(ours) // 2000)] / scale, NEIGHBORS + 1)[0][:, -1]
    distances, found = tree.query(theirs / scale, NEIGHBORS)
    like = distances[:, -1] <= LIKE * np.median(own)
    coverage = float(like.mean())
    if coverage < LEAST_COVERAGE:
        return Match(np.ones(len(ours)), np.ones(len(theirs)), coverage)
    counts = np.bincount(found[like].ravel(), minlength=len(ours)).astype(np.float64)
    return Match(counts, like.astype(np.float64), coverage)
