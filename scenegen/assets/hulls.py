"""Convex hulls of few vertices that still touch the ground where the mesh does."""

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from scenegen.assets.raw import Array

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
    return np.asarray((points @ ways.T).max(axis=0), dtype=np.float64)


def corners(points: Array) -> Array:
    """The vertices of the convex hull of (N, 3) points; flat sets are thickened first."""
    points = thickened(points)
    try:
        outer = ConvexHull(points).vertices
    except QhullError:
        outer = ConvexHull(points, qhull_options="QJ").vertices
    found: Array = points[np.sort(outer)]
    return found


def thickened(points: Array) -> Array:
    """The points, or where they are flatter than `THICKNESS` two copies of them that far apart."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    for axis in axes if len(axes) == 3 else np.eye(3):
        if np.ptp(points @ axis) < THICKNESS:
            push = axis * (THICKNESS - np.ptp(points @ axis)) / 2
            points = np.concatenate([points - push, points + push])
    return points


def reduced(points: Array, limit: int) -> Array:
    """At most `limit` of the corners; no other lies `TOLERANCE` outside their hull, if it can be.

    They are the extremes along more and more directions.
    """
    points = corners(points)
    if len(points) <= limit:
        return points
    best: Array = points[np.unique((points @ STARTS.T).argmax(axis=0))]
    for count in (50, 100, 200, 400, 800, 1600):
        ways = np.concatenate([STARTS, directions(count)])
        chosen = points[np.unique((points @ ways.T).argmax(axis=0))]
        if len(chosen) > limit:
            break
        best = chosen
        if depth_outside(best, points).max() <= TOLERANCE:
            break
    return best


def depth_outside(part: Array, points: Array) -> Array:
    """(N,) how far each point lies outside the hull of `part`: below 0 inside."""
    return farthest(planes(part), points)


def planes(part: Array) -> Array:
    """(F, 4) outward planes of a hull's faces: n·x + d ≤ 0 inside."""
    try:
        return np.asarray(ConvexHull(part).equations)
    except QhullError:
        return np.asarray(ConvexHull(thickened(part), qhull_options="QJ").equations)


def farthest(equations: Array, points: Array) -> Array:
    """(N,) the most that each point is beyond any of (F, 4) planes."""
    beyond = points @ equations[:, :3].T + equations[:, 3]
    return np.asarray(beyond.max(axis=1), dtype=np.float64)


def resting_directions(hull: Array, count: int = 500) -> Array:
    """(≤ count, 3) normals of the largest faces of a hull: the sides it can come to rest on."""
    solid = ConvexHull(hull)
    a, b, c = np.moveaxis(hull[solid.simplices], 1, 0)
    order = np.argsort(-np.linalg.norm(np.cross(b - a, c - a), axis=1), kind="stable")
    return np.asarray(solid.equations[order[:count], :3])
