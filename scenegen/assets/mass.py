"""Mass, center of mass and inertia of a body made of convex parts."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from scenegen.assets.raw import Array

LEAST_MOMENT = 0.005  # of the largest principal moment: keeps needles and sheets stable


class Solid(NamedTuple):
    """Volume (m³), centroid (3,) and (3, 3) second moment ∫(x−c)(x−c)ᵀ dV of a convex part."""

    volume: float
    center: Array
    second: Array

    def row(self) -> Array:
        """(13,) all its numbers."""
        return np.array([self.volume, *self.center, *self.second.ravel()])

    @classmethod
    def of_row(cls, row: Array) -> Self:
        return cls(float(row[0]), row[1:4], row[4:].reshape(3, 3))


def mass_properties(
    solids: Sequence[Solid], mass: float | None, density: float
) -> tuple[float, Array, Array]:
    """Mass (kg), center of mass (3,) and inertia (3, 3) about it of uniform convex parts.

    Parts count whole, also where they overlap; `mass` then replaces density × volume and keeps
    the shape of the inertia. No principal moment is below `LEAST_MOMENT` of the largest.
    """
    volumes = np.array([solid.volume for solid in solids])
    centers = np.array([solid.center for solid in solids])
    volume = float(volumes.sum())
    center = volumes @ centers / volume
    second = sum(
        (s + v * np.outer(c - center, c - center) for v, c, s in solids), start=np.zeros((3, 3))
    )
    inertia = np.trace(second) * np.eye(3) - second
    total = density * volume if mass is None else mass
    inertia = _at_least(inertia * (total / volume))
    center.setflags(write=False)
    inertia.setflags(write=False)
    return total, center, inertia


def volume(points: Array) -> float:
    """The volume of the convex hull of (N, 3) points."""
    from scipy.spatial import ConvexHull

    return float(ConvexHull(points).volume)


def solid(points: Array) -> Solid:
    """The convex hull of (N, 3) points.

    Summed over tetrahedra from an inner point: ∫xxᵀ dV = V/20 · (Σ vᵢvᵢᵀ + s sᵀ), s = Σ vᵢ.
    """
    from scipy.spatial import ConvexHull

    hull = ConvexHull(points)
    inner = points[hull.vertices].mean(axis=0)
    corners = points[hull.simplices] - inner
    volumes = np.abs(np.linalg.det(corners)) / 6
    volume = float(volumes.sum())
    sums = corners.sum(axis=1)
    center = (volumes[:, None] * sums).sum(axis=0) / 4 / volume
    squares = np.einsum("nij,nik->njk", corners, corners) + np.einsum("nj,nk->njk", sums, sums)
    second = np.einsum("n,njk->jk", volumes, squares) / 20
    return Solid(volume, inner + center, second - volume * np.outer(center, center))


def _at_least(inertia: Array) -> Array:
    """The same with small principal moments raised; the triangle inequality still holds."""
    moments, axes = np.linalg.eigh((inertia + inertia.T) / 2)
    moments = np.maximum(moments, LEAST_MOMENT * moments[-1])
    raised: Array = (axes * moments) @ axes.T
    return (raised + raised.T) / 2
