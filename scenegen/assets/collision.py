"""Convex collision parts of any mesh: CoACD, then fitted so that things rest where they seem to.

CoACD closes open scans before it cuts them, and its parts stand 1–3 mm off the surface. So each
part's corners are moved onto the mesh, the mesh's own extreme points are given to the parts
nearest to them, and nothing may leave the mesh's convex hull.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from scenegen.assets.body import COACD
from scenegen.assets.hulls import (
    corners,
    directions,
    farthest,
    planes,
    reduced,
    resting_directions,
    support,
)
from scenegen.assets.normals import welded
from scenegen.assets.raw import Array, RawPart

NEARLY_CONVEX = 0.97
FEW_FACES = 20_000
FEW_VERTICES, MOST_VERTICES = 64, 256
SNAP = 0.006  # metres, or SNAP_SHARE of the diagonal where that is less
SNAP_SHARE = 0.03
PROBES = 5000
INSIDE = 1e-6  # metres that count as on the hull
CONTACT = 0.0003  # metres that the parts may fall short of the mesh in a probed direction
APART = 0.95  # cosine between directions that are mended at once
Indices = NDArray[np.int64]


def convex_parts(
    triangles: Array, given: Sequence[Array] = (), *, snap: bool = True
) -> list[Array]:
    """Convex parts, each (N, 3) float64, of (M, 3, 3) triangles.

    `given` parts are fitted to the mesh, the closer for `snap`; without any it is decomposed.
    """
    if given:
        return fitted(given, triangles, snap=snap)
    hull = corners(triangles.reshape(-1, 3))
    if nearly_convex(triangles, hull):
        return completed([reduced(hull, MOST_VERTICES)], hull)
    return fitted(coacd_parts(*simplified(triangles)), triangles)


def nearly_convex(triangles: Array, hull: Array) -> bool:
    """Whether the mesh fills its hull; an opening counts as closed towards the middle."""
    whole = ConvexHull(hull).volume
    a, b, c = np.moveaxis(triangles - hull.mean(axis=0), 1, 0)
    volume = abs(float(np.einsum("ij,ij->", a, np.cross(b, c)))) / 6
    return bool(NEARLY_CONVEX <= volume / whole <= 1 / NEARLY_CONVEX)


def coacd_parts(vertices: Array, faces: Indices) -> list[Array]:
    """The corners of CoACD's parts, as it makes them."""
    import coacd

    coacd.set_log_level("off")
    parts = coacd.run_coacd(coacd.Mesh(vertices, faces), **COACD)
    return [np.asarray(points, dtype=np.float64) for points, _ in parts] or [vertices]


def simplified(triangles: Array) -> tuple[Array, Indices]:
    """Welded (N, 3) vertices and (M, 3) faces, at most about `FEW_FACES`.

    Vertices in one cell of a grid become one. The parts are fitted to the full mesh afterwards,
    so nothing is lost but detail inside hollows.
    """
    points = triangles.reshape(-1, 3)
    places = welded(points)
    cell = float(np.ptp(points, axis=0).max()) / 400
    while True:
        _, first = np.unique(places, return_index=True)
        faces = places.reshape(-1, 3)
        a, b, c = faces.T
        faces = faces[(a != b) & (b != c) & (c != a)]
        if len(faces) <= FEW_FACES:
            return points[first], faces
        grid = np.floor((points - points.min(axis=0)) / cell).astype(np.int64)
        key = (grid[:, 0] * 4096 + grid[:, 1]) * 4096 + grid[:, 2]
        places = np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)
        cell *= 1.6


def fitted(parts: Sequence[Array], triangles: Array, *, snap: bool = True) -> list[Array]:
    """The parts, reaching as far as the mesh in every direction and no farther.

    With `snap`, corners near the surface move onto it; without, only those outside the mesh's
    hull do, for parts that someone made with care.
    """
    hull = corners(triangles.reshape(-1, 3))
    walls = planes(hull)
    surface = Surface(triangles) if snap or _any_outside(parts, walls) else None
    moved = [surface.snapped(p, walls, snap=snap) for p in parts] if surface else parts
    return completed([reduced(points, FEW_VERTICES) for points in moved], hull)


def completed(parts: Sequence[Array], hull: Array) -> list[Array]:
    """The parts with those of the (N, 3) extreme points of the mesh that they miss.

    Looks along many directions, those in which the mesh can come to rest among them, and gives
    the farthest points to the part that each is nearest to, the worst ones first.
    """
    parts = list(parts)
    ways = np.concatenate([directions(PROBES), resting_directions(hull)])
    heights = hull @ ways.T
    farthest_point, reach = heights.argmax(axis=0), heights.max(axis=0)
    best = np.max([support(points, ways) for points in parts], axis=0)
    while (missing := reach - best).max() > CONTACT:
        points = hull[np.unique(farthest_point[_worst(missing, ways)])]
        gaps = [farthest(planes(part), points) for part in parts]
        owners = np.argmin(gaps, axis=0)
        for owner in np.unique(owners):
            parts[owner] = corners(np.vstack([parts[owner], points[owners == owner]]))
        best = np.maximum(best, support(points, ways))
    return parts


def _worst(missing: Array, ways: Array) -> list[int]:
    """Directions in which much is missing, the most first, none near another."""
    order = np.argsort(-missing, kind="stable")
    chosen: list[int] = []
    for way in order[missing[order] > max(CONTACT, missing[order[0]] / 2)]:
        if not chosen or (ways[chosen] @ ways[way]).max() < APART:
            chosen.append(int(way))
    return chosen


def _any_outside(parts: Sequence[Array], walls: Array) -> bool:
    return any(farthest(walls, points).max() > INSIDE for points in parts)


class Surface:
    """Finds the nearest point of a mesh."""

    def __init__(self, triangles: Array) -> None:
        size = float(np.linalg.norm(np.ptp(triangles.reshape(-1, 3), axis=0)))
        self.reach = min(SNAP, SNAP_SHARE * size)
        self.triangles = _small(triangles, size / 25)
        self._tree = cKDTree(self.triangles.mean(axis=1))

    def snapped(self, points: Array, walls: Array, *, snap: bool) -> Array:
        """The corners of a part, none outside the mesh's hull; `snap`: near ones on the surface."""
        nearest = self.nearest(points)
        distance = np.linalg.norm(nearest - points, axis=1)
        move = (farthest(walls, points) > INSIDE) | (snap & (distance <= self.reach))
        moved = np.where(move[:, None], nearest, points)
        return corners(moved)

    def nearest(self, points: Array) -> Array:
        """(N, 3) points of the surface, the nearest ones up to the size of a triangle."""
        count = min(24, len(self.triangles))
        near = self._tree.query(points, count)[1].reshape(len(points), count)
        repeated = np.repeat(points, count, axis=0)
        found = closest_points(self.triangles[near.reshape(-1)], repeated)
        found = found.reshape(len(points), count, 3)
        distance = np.linalg.norm(found - points[:, None], axis=2)
        return np.asarray(found[np.arange(len(points)), distance.argmin(axis=1)])


def closest_points(triangles: Array, points: Array) -> Array:
    """(N, 3) the point of each of (N, 3, 3) triangles that is closest to each of (N, 3) points."""
    from trimesh.triangles import closest_point

    return np.asarray(closest_point(triangles, points))


def pieces(parts: Sequence[RawPart]) -> list[Array]:
    """The corners of each connected piece of a collision mesh, taken as convex."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    found = []
    for part in parts:
        places = welded(part.positions)
        faces = places[part.faces]
        ends = faces[:, [0, 1]].reshape(-1), faces[:, [1, 2]].reshape(-1)
        size = int(places.max()) + 1
        links = coo_matrix((np.ones(len(ends[0])), ends), shape=(size, size))
        label = connected_components(links, directed=False)[1][faces[:, 0]]
        groups = (np.unique(part.faces[label == number]) for number in np.unique(label))
        found += [corners(part.positions[group]) for group in groups]
    return found


def _small(triangles: Array, longest: float) -> Array:
    """The triangles, those with long edges cut in four until none is longer; bounded."""
    for _ in range(6):
        edges = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(axis=1)
        large = edges > longest
        if not large.any() or large.sum() > 200_000:
            break
        a, b, c = np.moveaxis(triangles[large], 1, 0)
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        cut = [np.stack(corner, axis=1) for corner in quarters]
        triangles = np.concatenate([triangles[~large], *cut])
    return triangles
