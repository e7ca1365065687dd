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
    offsets = np.cumsum([0, *[len(part.positions) for part in parts]])
    positions = np.concatenate([part.positions for part in parts])
    faces = np.concatenate(
        [part.faces.astype(np.int64) + start for part, start in zip(parts, offsets, strict=False)]
    )
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
