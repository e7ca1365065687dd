"""Convex collision parts of any mesh: CoACD, then fitted so that things rest where they seem to.

CoACD closes open scans before it cuts them, and its parts stand 1–3 mm off the surface. So each
part's corners are moved onto the mesh, the mesh's own extreme points are given to the parts
nearest to them, and nothing may leave the mesh's convex hull.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from scenegen.assets import cache
from scenegen.assets.hulls import TOLERANCE, budgeted, corners, depth_outside, directions, support
from scenegen.assets.normals import welded
from scenegen.assets.raw import Array, RawPart

NEARLY_CONVEX = 0.97
COACD = {"threshold": 0.05, "max_convex_hull": 16, "seed": 0, "mcts_iterations": 60}
FEW_FACES = 20_000
SNAP = 0.006  # metres, or SNAP_SHARE of the diagonal where that is less
SNAP_SHARE = 0.03
PROBES = 2000
Indices = NDArray[np.int64]


def decompose(triangles: Array) -> list[Array]:
    """Convex parts, each (N ≤ 64, 3) float64, of (M, 3, 3) triangles; the slow part is cached."""
    points = triangles.reshape(-1, 3)
    hull = corners(points)
    if nearly_convex(triangles, hull):
        return frozen(budgeted(hull))
    vertices, faces = simplified(triangles)
    cut = cache.remembered(coacd_parts, vertices, faces, str(COACD))
    return frozen(fitted(cut, triangles))


def nearly_convex(triangles: Array, hull: Array) -> bool:
    """Whether the mesh fills its hull; an opening counts as closed towards the middle."""
    whole = ConvexHull(hull).volume
    a, b, c = np.moveaxis(triangles - hull.mean(axis=0), 1, 0)
    volume = abs(float(np.einsum("ij,ij->", a, np.cross(b, c)))) / 6
    return NEARLY_CONVEX <= volume / whole <= 1 / NEARLY_CONVEX


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
        cell *= 1.3


def fitted(parts: Sequence[Array], triangles: Array) -> list[Array]:
    """The parts on the surface of the mesh, reaching as far as it does in every direction."""
    surface = Surface(triangles)
    hull = corners(triangles.reshape(-1, 3))
    snapped = [surface.snapped(points, hull) for points in parts]
    few = [piece for points in snapped for piece in budgeted(points)]
    return [piece for points in completed(few, hull) for piece in budgeted(points)]


def completed(parts: Sequence[Array], hull: Array) -> list[Array]:
    """The parts with those of the (N, 3) extreme points of the mesh that they miss.

    Looks along many directions, those in which the mesh can come to rest among them, and gives
    the farthest point to the part that it is nearest to.
    """
    parts = list(parts)
    ways = np.concatenate([directions(PROBES), ConvexHull(hull).equations[:, :3]])
    reach = support(hull, ways)
    best = np.max([support(points, ways) for points in parts], axis=0)
    while (missing := reach - best).max() > TOLERANCE:
        way = int(missing.argmax())
        point = hull[int((hull @ ways[way]).argmax())]
        owner = int(np.argmin([depth_outside(points, point[None])[0] for points in parts]))
        parts[owner] = corners(np.vstack([parts[owner], point]))
        best = np.maximum(best, ways @ point)
    return parts


class Surface:
    """Finds the nearest point of a mesh."""

    def __init__(self, triangles: Array) -> None:
        size = float(np.linalg.norm(np.ptp(triangles.reshape(-1, 3), axis=0)))
        self.reach = min(SNAP, SNAP_SHARE * size)
        self.triangles = _small(triangles, size / 40)
        self._tree = cKDTree(self.triangles.mean(axis=1))

    def snapped(self, points: Array, hull: Array) -> Array:
        """The points, those near the surface on it, and none outside the mesh's hull."""
        nearest = self.nearest(points)
        distance = np.linalg.norm(nearest - points, axis=1)
        outside = depth_outside(hull, points) > 0
        moved = np.where(((distance <= self.reach) | outside)[:, None], nearest, points)
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
        for number in np.unique(label):
            found.append(corners(part.positions[np.unique(part.faces[label == number])]))
    return found


def frozen(parts: Sequence[Array]) -> list[Array]:
    """The parts, read-only."""
    for points in parts:
        points.setflags(write=False)
    return list(parts)


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
