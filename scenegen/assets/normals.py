"""Vertex normals for meshes that bring none: smooth, but split at creases."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.raw import Array, unit

CREASE_DEG = 40.0
MANY_FACES = 64  # at one vertex: a pole or the middle of a lid, where the plain mean is right
CHUNK = 1_000_000
Indices = NDArray[np.int64]


def corner_normals(positions: Array, faces: Indices, crease_deg: float = CREASE_DEG) -> Array:
    """(M, 3, 3) unit normal of every corner: the mean, weighted by angle, over the faces around it.

    Only faces within `crease_deg` of the corner's own count. Vertices at the same place are one,
    so seams of the texture stay smooth.
    """
    triangles = positions[faces]
    flat = unit(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]))
    corner_place = welded(positions)[faces].reshape(-1)
    weights = _angles(triangles).reshape(-1)
    order = np.argsort(corner_place, kind="stable")
    starts, counts = _runs(corner_place[order])
    owner = order // 3
    total = np.zeros((len(order), 3))
    crowded = np.repeat(counts > MANY_FACES, counts)
    means = np.add.reduceat(flat[owner] * weights[order, None], starts, axis=0)
    total[crowded] = np.repeat(means, counts, axis=0)[crowded]
    cosine = np.cos(np.radians(crease_deg))
    for first, second in _pairs(starts, np.where(counts > MANY_FACES, 0, counts)):
        a, b = owner[first], owner[second]
        close = np.einsum("ij,ij->i", flat[a], flat[b]) >= cosine - 1e-9
        first, second = first[close], second[close]
        added = flat[owner[second]] * weights[order[second], None]
        for axis in range(3):
            total[:, axis] += np.bincount(first, added[:, axis], minlength=len(total))
    ordered = np.empty_like(total)
    ordered[order] = unit(total)
    result = ordered.reshape(-1, 3, 3)
    lost = ~result.any(axis=2)
    result[lost] = np.repeat(flat[:, None], 3, axis=1)[lost]
    return result


def welded(positions: Array) -> Indices:
    """(N,) number of the place each vertex is at; places closer than 1e-6 of the size are one."""
    size = float(np.ptp(positions, axis=0).max(initial=0.0))
    step = max(size * 1e-6, 1e-300)
    grid = np.round((positions - positions.min(axis=0)) / step).astype(np.int64)
    key = (grid[:, 0] * 2_000_003 + grid[:, 1]) * 2_000_003 + grid[:, 2]
    return np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)


def split(faces: Indices, corners: Array) -> tuple[Indices, Indices, Array]:
    """Give every vertex one normal, copying it where its corners disagree.

    The result is (M, 3) new faces, (K,) the old vertex of each new one, and (K, 3) normals.
    """
    key = np.round(corners.reshape(-1, 3) * 500).astype(np.int64) + 1000
    packed = (key[:, 0] * 4096 + key[:, 1]) * 4096 + key[:, 2]
    both = faces.reshape(-1).astype(np.int64) * (1 << 36) + packed
    _, first, inverse = np.unique(both, return_index=True, return_inverse=True)
    source = faces.reshape(-1)[first]
    return inverse.reshape(-1, 3).astype(np.int64), source, corners.reshape(-1, 3)[first]


def _angles(triangles: Array) -> Array:
    """(M, 3) inner angles, radians."""
    edges = unit((np.roll(triangles, -1, axis=1) - triangles).reshape(-1, 3)).reshape(-1, 3, 3)
    cosines = -np.einsum("ijk,ijk->ij", edges, np.roll(edges, 1, axis=1))
    return np.asarray(np.arccos(np.clip(cosines, -1.0, 1.0)))


def _runs(values: Indices) -> tuple[Indices, Indices]:
    """Where each run of equal values begins, and how long it is."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return starts, np.diff(np.r_[starts, len(values)])


def _pairs(starts: Indices, counts: Indices) -> Iterator[tuple[Indices, Indices]]:
    """All ordered pairs (itself included) of positions within each run, in chunks of rows."""
    rows = np.repeat(counts, counts)
    begin = np.repeat(starts, counts)
    first = begin + _within(counts)
    for low in range(0, len(first), CHUNK):
        take = slice(low, low + CHUNK)
        n = rows[take]
        yield np.repeat(first[take], n), np.repeat(begin[take], n) + _within(n)


def _within(counts: Indices) -> Indices:
    """0, 1, … counts[0]-1, 0, 1, … counts[1]-1, and so on."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
