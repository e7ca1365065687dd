"""Convex hulls of few vertices that still touch the ground where the mesh does."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from scenegen.assets.raw import Array

MAX_VERTICES = 64
TOLERANCE = 0.0002  # metres that a reduced hull may lie inside the full one
THICKNESS = 0.0005  # metres: what is flatter is given this thickness
_DIAGONALS = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
STARTS = np.delete(_DIAGONALS, 13, axis=0).astype(np.float64)


def directions(count: int) -> Array:
    """(count + 6, 3) unit vectors: the axes both ways, then a Fibonacci sphere."""
    i = np.arange(count) + 0.5
    z, turn = 1 - 2 * i / count, np.pi * (1 + 5**0.5) * i
    r = np.sqrt(1 - z * z)
    ball = np.column_stack([r * np.cos(turn), r * np.sin(turn), z])
    return np.concatenate([np.eye(3), -np.eye(3), ball])


def support(points: Array, ways: Array) -> Array:
    """How far (N, 3) points reach in each of (D, 3) directions."""
    return np.asarray((points @ ways.T).max(axis=0))


def corners(points: Array) -> Array:
    """The vertices of the convex hull of (N, 3) points; flat sets are thickened first."""
    points = thickened(points)
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return points[ConvexHull(points, qhull_options="QJ").vertices]


def thickened(points: Array) -> Array:
    """The points, or where they are flatter than `THICKNESS` two copies of them that far apart."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    for axis in axes if len(axes) == 3 else np.eye(3):
        if np.ptp(points @ axis) < THICKNESS:
            push = axis * (THICKNESS - np.ptp(points @ axis)) / 2
            points = np.concatenate([points - push, points + push])
    return points


def reduced(points: Array, limit: int = MAX_VERTICES, tolerance: float = TOLERANCE) -> Array:
    """At most `limit` of the points whose hull misses no other by more than `tolerance`, if it can.

    Begins with the extremes along 26 directions and adds what sticks out most.
    """
    points = corners(points)
    if len(points) <= limit:
        return points
    chosen = np.unique((points @ STARTS.T).argmax(axis=0))
    while len(chosen) < limit:
        outside = depth_outside(points[chosen], points)
        worst = int(outside.argmax())
        if outside[worst] <= tolerance or worst in chosen:
            break
        chosen = np.append(chosen, worst)
    return points[np.sort(chosen)]


def budgeted(points: Array, depth: int = 4) -> list[Array]:
    """The hull of the points as one part of few vertices, or as several where one cannot follow."""
    part = reduced(points)
    if depth == 0 or depth_outside(part, points).max() <= 2 * TOLERANCE:
        return [part]
    return [piece for half in halves(corners(points)) for piece in budgeted(half, depth - 1)]


def depth_outside(part: Array, points: Array) -> Array:
    """(N,) how far each point lies outside the hull of `part`: below 0 inside."""
    hull = ConvexHull(thickened(part))
    return np.asarray((points @ hull.equations[:, :3].T + hull.equations[:, 3]).max(axis=1))


def halves(points: Array) -> Sequence[Array]:
    """A convex set of corners cut in two across its longest axis."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    axis = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    height = (points - middle) @ axis
    simplices = ConvexHull(points).simplices
    edges = np.unique(np.sort(simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    low, high = edges[:, 0], edges[:, 1]
    crossing = (height[low] < 0) != (height[high] < 0)
    low, high = low[crossing], high[crossing]
    share = (height[low] / (height[low] - height[high]))[:, None]
    seam = points[low] + share * (points[high] - points[low])
    return [np.concatenate([points[height < 0], seam]), np.concatenate([points[height >= 0], seam])]
