"""Meshes made here: box-projected and coarse copies of an object's, the floor and the walls."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import Part, PartMaterial

# for +x −x +y −y +z −z: which coordinates become u and v, and the sign of u, so that text on the
# texture reads upright from outside (v up along z; on top and bottom v along y)
_U_AXIS = np.array([1, 1, 0, 0, 0, 0])
_U_SIGN = np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0])
_V_AXIS = np.array([2, 2, 2, 2, 1, 1])


def box_mapped(part: Part) -> Part:
    """The same surface with uv in metres of the object frame; vertices on a seam are doubled."""
    triangles = part.positions[part.faces]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    axis = np.abs(normals).argmax(axis=1)
    side = 2 * axis + (np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] < 0)
    keys = part.faces.astype(np.int64) * 6 + side[:, None]
    unique, inverse = np.unique(keys.ravel(), return_inverse=True)
    vertex, side = unique // 6, unique % 6
    positions = part.positions[vertex]
    rows = np.arange(len(vertex))
    u = positions[rows, _U_AXIS[side]] * _U_SIGN[side]
    v = positions[rows, _V_AXIS[side]]
    return dataclasses.replace(
        part,
        positions=positions,
        normals=part.normals[vertex],
        faces=inverse.reshape(-1, 3).astype(np.uint32),
        uv=np.stack([u, v], axis=1).astype(np.float32),
        colors=None,
    )


COARSE_CELLS = 14
"""Cells along the longest side of an object within which a coarse copy has one vertex."""


def coarsened(parts: Sequence[Part]) -> Part:
    """All parts as one coarse mesh: vertices of one cell become their mean (Rossignac, Borrel 1993).

    A mesh that is small already stays as it is.
    """
    positions, faces = _joined(parts)
    if len(faces) > 4 * COARSE_CELLS:
        low = positions.min(axis=0)
        cell = max(float((positions.max(axis=0) - low).max()) / COARSE_CELLS, 1e-9)
        place = ((positions - low) / cell).astype(np.int64)
        key = (place[:, 0] * 1024 + place[:, 1]) * 1024 + place[:, 2]
        _, owner, count = np.unique(key, return_inverse=True, return_counts=True)
        merged = np.stack([np.bincount(owner, positions[:, k]) / count for k in range(3)], axis=1)
        positions, faces = merged.astype(np.float32), owner[faces]
        same = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
        faces = np.unique(np.sort(faces[~same], axis=1), axis=0)
    return Part(positions, np.zeros_like(positions), faces.astype(np.uint32), PartMaterial())


_WELD = 1e-4
"""Of an object's size: vertices in one cell of a grid of this are one vertex."""


def solid(parts: Sequence[Part]) -> list[NDArray[np.bool_]]:
    """For every triangle of each part, whether it bounds a solid: outside, only its front is seen.

    That is so for connected pieces whose every edge is shared by triangles in both directions, and
    which are not inside out. Seams that a cell's border happens to part count as open.
    """
    positions, faces = _joined(parts)
    low, size = positions.min(axis=0), float(np.ptp(positions, axis=0).max())
    cells = np.floor((positions - low) / (_WELD * max(size, 1e-9)) + 0.37).astype(np.int64)
    key = (cells[:, 0] << 42) + (cells[:, 1] << 21) + cells[:, 2]
    _, first, owner = np.unique(key, return_index=True, return_inverse=True)
    corners = owner[faces]
    there = (corners != np.roll(corners, 1, axis=1)).all(axis=1)
    edges = np.concatenate([corners[there][:, [i, j]] for i, j in ((0, 1), (1, 2), (2, 0))])
    piece = _connected(edges, len(first))
    closed = np.ones(len(first), bool)
    forth, back = edges @ [len(first), 1], edges @ [1, len(first)]
    codes, found = np.unique(np.concatenate([forth, back]), return_inverse=True)
    twins = np.bincount(found[: len(edges)], minlength=len(codes)) == np.bincount(
        found[len(edges) :], minlength=len(codes)
    )
    closed[piece[edges[~twins[found[: len(edges)]], 0]]] = False
    a, b, c = np.moveaxis((positions[first] - low).astype(np.float64)[corners], 1, 0)
    of_face = piece[corners[:, 0]]
    closed &= np.bincount(of_face, np.einsum("ij,ij->i", a, np.cross(b, c)), len(first)) > 0
    return np.split(closed[of_face], np.cumsum([len(part.faces) for part in parts])[:-1])


def _connected(edges: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(count,) for every vertex the lowest one it is connected with.

    Shiloach and Vishkin 1982; importing scipy.sparse.csgraph takes longer than all meshes of a scene.
    """
    label = np.arange(count)
    while True:
        roots = label[edges]
        if (roots[:, 0] == roots[:, 1]).all():
            return label
        np.minimum.at(label, roots.max(axis=1), roots.min(axis=1))
        while not np.array_equal(label, label[label]):
            label = label[label]


def parted(part: Part, which: NDArray[np.bool_]) -> list[tuple[Part, bool]]:
    """The triangles for which `which` holds, then the others; what has none is left out."""
    chosen = [(part.faces[which], True), (part.faces[~which], False)]
    return [(dataclasses.replace(part, faces=faces), flag) for faces, flag in chosen if len(faces)]


def octahedral(normals: NDArray[np.float32]) -> NDArray[np.uint32]:
    """(N,) unit vectors (N, 3) in two signed 16-bit numbers each (Cigolle et al. 2014)."""
    x, y, z = normals.astype(np.float64).T / np.maximum(np.abs(normals).sum(axis=1), 1e-30)
    turned = (1 - np.abs([y, x])) * np.where(np.array([x, y]) >= 0, 1, -1)
    steps = np.rint(np.where(z < 0, turned, [x, y]) * 32767).astype(np.int16).view(np.uint16)
    packed: NDArray[np.uint32] = steps[0] | steps[1].astype(np.uint32) << 16
    return packed


def _joined(parts: Sequence[Part]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Positions and faces of all parts as one mesh."""
    offsets = np.cumsum([0, *[len(part.positions) for part in parts]])
    faces = [
        part.faces.astype(np.int64) + start for part, start in zip(parts, offsets, strict=False)
    ]
    return np.concatenate([part.positions for part in parts]), np.concatenate(faces)


def floor_part(side: float) -> Part:
    """A square at z = 0 about the origin, facing up."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32) * (side / 2)
    return _quads(corners[None])


def wall_part(side: float, height: float) -> Part:
    """Four upright quads around that square, facing inward."""
    half = side / 2
    ground = np.array([[-half, -half], [half, -half], [half, half], [-half, half]], np.float32)
    quads = []
    for start, end in zip(ground, np.roll(ground, -1, axis=0), strict=True):
        low = [(*end, 0.0), (*start, 0.0)]
        high = [(*start, height), (*end, height)]
        quads.append(low + high)
    return _quads(np.array(quads, np.float32))


def _quads(corners: NDArray[np.float32]) -> Part:
    """A mesh of (n, 4, 3) quads, counter-clockwise seen from the side their normals point to."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    faces = np.array([[0, 1, 2], [0, 2, 3]]) + 4 * np.arange(len(corners))[:, None, None]
    return Part(
        positions=corners.reshape(-1, 3),
        normals=np.repeat(normals, 4, axis=0),
        faces=faces.reshape(-1, 3).astype(np.uint32),
        material=PartMaterial(base_color=(1.0, 1.0, 1.0)),
    )
