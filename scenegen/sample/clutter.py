"""What is in the way: the convex parts of things already placed, as boxes in any frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import Asset
from scenegen.geometry import Array, apply

SIDEWAYS = 0.002
"""Free space (m) kept beside other things."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Axis-aligned boxes: (N, 3) low and high corners, metres."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Clutter:
    """Convex parts: all their vertices (N, 3) in metres, and where each part's begin."""

    points: NDArray[np.float64]
    starts: NDArray[np.intp]

    def moved(self, pose: Array) -> "Clutter":
        """The same parts, moved by a 4×4 transform."""
        return Clutter(apply(pose, self.points), self.starts)

    def boxes(self) -> Boxes:
        """The box of each part."""
        if not len(self.starts):
            return Boxes(np.empty((0, 3)), np.empty((0, 3)))
        return Boxes(
            np.minimum.reduceat(self.points, self.starts),
            np.maximum.reduceat(self.points, self.starts),
        )


def clutter_of(asset: Asset, scale: float) -> Clutter:
    """An asset's collision parts in its own frame."""
    lengths = [len(part) for part in asset.body.collision]
    starts = np.cumsum([0, *lengths[:-1]]) if lengths else np.empty(0, dtype=np.intp)
    return Clutter(np.vstack([np.empty((0, 3)), *asset.body.collision]) * scale, starts)


def merged(pieces: Sequence[Clutter]) -> Clutter:
    """All parts of several clutters."""
    offsets = np.cumsum([0, *(len(piece.points) for piece in pieces)])
    return Clutter(
        np.vstack([np.empty((0, 3)), *(piece.points for piece in pieces)]),
        np.concatenate(
            [
                np.empty(0, dtype=np.intp),
                *(piece.starts + first for piece, first in zip(pieces, offsets, strict=False)),
            ]
        ),
    )


def lowest_clear(thing: Boxes, obstacles: Boxes, start: float, clearance: float) -> float:
    """The smallest lift of `thing` along z, from `start` up, at which it is clear of all obstacles.

    Clear means `clearance` metres of free height between boxes that overlap seen from above.
    """
    beside = (
        (thing.low[:, None, :2] > obstacles.high[None, :, :2] + SIDEWAYS)
        | (thing.high[:, None, :2] < obstacles.low[None, :, :2] - SIDEWAYS)
    ).any(axis=2)
    lower = obstacles.low[None, :, 2] - thing.high[:, None, 2] - clearance
    upper = obstacles.high[None, :, 2] - thing.low[:, None, 2] + clearance
    blocked = sorted(zip(lower[~beside].tolist(), upper[~beside].tolist(), strict=True))
    lift = start
    for low, high in blocked:
        if low >= lift:
            break
        lift = max(lift, high)
    return lift
