"""Surfaces with normals and texture coordinates: lathes, lofts, sweeps, rounded boxes, solids.

Everything is authored in metres with z up; the front of a thing looks towards -y.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


@dataclass(frozen=True)
class Surface:
    """Triangles with one normal and one glTF texture coordinate (v down) per vertex."""

    vertices: Array  # (V, 3)
    normals: Array  # (V, 3)
    uv: Array  # (V, 2)
    faces: Faces  # (F, 3), counter-clockwise seen from outside


# --- from triangles to surfaces ---------------------------------------------------------------


def finish(vertices: Array, faces: Faces, corner_uv: Array, crease_deg: float = 40.0) -> Surface:
    """The surface whose normals are smooth except across edges sharper than the crease angle.

    Normals are weighted by area, so that a large flat face stays flat beside a narrow fillet.
    """
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    keep = np.linalg.norm(cross, axis=1) > 1e-13
    corners, cross, corner_uv = corners[keep], cross[keep], corner_uv[keep]
    flat = corners.reshape(-1, 3)
    _, position = np.unique(np.round(flat / 1e-7).astype(np.int64), axis=0, return_inverse=True)
    normals = _corner_normals(position.reshape(-1), np.repeat(cross, 3, axis=0), crease_deg)
    rows = np.hstack([flat, normals, corner_uv.reshape(-1, 2)])
    _, first, index = np.unique(
        np.round(rows / ([1e-7] * 3 + [1e-3] * 3 + [1e-5] * 2)),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    rows = rows[first]
    return Surface(rows[:, :3], rows[:, 3:6], rows[:, 6:], index.reshape(-1, 3).astype(np.int64))


def _corner_normals(position: Faces, cross: Array, crease_deg: float) -> Array:
    """One normal per triangle corner: the sum over the faces there that lie within the crease."""
    order = np.argsort(position, kind="stable")
    counts = np.bincount(position)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sizes = counts[position]
    begin = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mine = np.repeat(np.arange(len(position)), sizes)
    other = order[starts[position[mine]] + np.arange(sizes.sum()) - begin[mine]]
    unit = cross / np.linalg.norm(cross, axis=1, keepdims=True)
    near = np.einsum("ij,ij->i", unit[mine], unit[other]) > np.cos(np.radians(crease_deg))
    total = np.add.reduceat(cross[other] * near[:, None], begin, axis=0)
    return np.asarray(total / np.linalg.norm(total, axis=1, keepdims=True))


def patch(points: Array, uv: Array, crease_deg: float = 40.0) -> Surface:
    """The surface over a grid of points (rows, columns, 3); rows go up and columns to the right."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    return finish(points.reshape(-1, 3), faces, uv.reshape(-1, 2)[faces], crease_deg)


def from_solid(solid: trimesh.Trimesh, tile: float = 0.1, crease_deg: float = 40.0) -> Surface:
    """The surface of a solid, textured from the six sides, one texture every `tile` metres."""
    vertices, faces = np.asarray(solid.vertices, float), np.asarray(solid.faces, np.int64)
    return finish(vertices, faces, box_uv(vertices[faces], tile), crease_deg)


def retiled(surface: Surface, tile: float) -> Surface:
    """The same surface textured from the six sides instead, as `from_solid` does."""
    uv = box_uv(surface.vertices[surface.faces], tile)
    vertices = surface.vertices[surface.faces].reshape(-1, 3)
    normals = surface.normals[surface.faces].reshape(-1, 3)
    rows = np.hstack([vertices, normals, uv.reshape(-1, 2)])
    rows, index = np.unique(rows, axis=0, return_inverse=True)
    faces = index.reshape(-1, 3).astype(np.int64)
    return Surface(rows[:, :3], rows[:, 3:6], rows[:, 6:], faces)


def box_uv(corners: Array, tile: float) -> Array:
    """Texture coordinates (F, 3, 2) by projection along the main axis of each face's normal."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    axis = np.abs(cross).argmax(axis=1)
    sign = np.sign(np.take_along_axis(cross, axis[:, None], axis=1))
    x, y, z = np.moveaxis(corners, 2, 0)
    u = np.choose(axis[:, None], [y * sign, -x * sign, x])
    v = np.choose(axis[:, None], [-z, -z, -y * sign])
    return np.stack([u, v], axis=-1) / tile


def flat_uv(surface: Surface, center: Sequence[float], size: Sequence[float]) -> Surface:
    """The same surface with its texture laid on from above (u along x, v against y)."""
    u = (surface.vertices[:, 0] - center[0]) / size[0] + 0.5
    v = 0.5 - (surface.vertices[:, 1] - center[1]) / size[1]
    return Surface(surface.vertices, surface.normals, np.stack([u, v], axis=1), surface.faces)


def solid_from(surface: Surface) -> trimesh.Trimesh:
    """The watertight solid inside a closed surface, for boolean operations."""
    key = np.round(surface.vertices / 1e-7).astype(np.int64)
    _, first, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
    faces = index.reshape(-1)[surface.faces]
    return trimesh.Trimesh(surface.vertices[first], faces, process=False)


def join(surfaces: Iterable[Surface]) -> Surface:
    """One surface made of several."""
    several = list(surfaces)
    offsets = np.cumsum([0] + [len(s.vertices) for s in several[:-1]])
    return Surface(
        np.vstack([s.vertices for s in several]),
        np.vstack([s.normals for s in several]),
        np.vstack([s.uv for s in several]),
        np.vstack([s.faces + o for s, o in zip(several, offsets, strict=True)]),
    )


# --- moving -----------------------------------------------------------------------------------


def moved(surface: Surface, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Surface:
    """The surface, shifted."""
    return Surface(surface.vertices + [x, y, z], surface.normals, surface.uv, surface.faces)


def turn(axis: str, angle_deg: float) -> Array:
    """The 3x3 rotation about one axis."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    matrix = np.eye(3)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def turned(surface: Surface, axis: str, angle_deg: float) -> Surface:
    """The surface, rotated about an axis through the origin."""
    matrix = turn(axis, angle_deg)
    return Surface(
        surface.vertices @ matrix.T, surface.normals @ matrix.T, surface.uv, surface.faces
    )


def stretched(surface: Surface, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Surface:
    """The surface, scaled along the axes; a negative factor mirrors."""
    scale = np.array([x, y, z])
    normals = surface.normals / scale
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    faces = surface.faces if x * y * z > 0 else surface.faces[:, ::-1]
    return Surface(surface.vertices * scale, normals, surface.uv, faces)


def warped(surface: Surface, warp: Callable[[Array], Array], crease_deg: float = 40.0) -> Surface:
    """The surface with its vertices moved by a function and its normals computed anew."""
    return finish(warp(surface.vertices), surface.faces, surface.uv[surface.faces], crease_deg)


# --- generators -------------------------------------------------------------------------------


def lathe(profile: ArrayLike, segments: int = 40, crease_deg: float = 40.0) -> Surface:
    """The surface of revolution of (r, z) points that run from the bottom, outside, to the top.

    u goes once around, with its middle at the front; v goes from the end of the profile to its
    start, by length.
    """
    rz = np.asarray(profile, float)
    angle = np.pi / 2 + 2 * np.pi * (np.arange(segments + 1) % segments) / segments
    points = np.stack(
        [
            rz[:, :1] * np.cos(angle),
            rz[:, :1] * np.sin(angle),
            np.repeat(rz[:, 1:2], segments + 1, axis=1),
        ],
        axis=-1,
    )
    return patch(points, _grid_uv(_lengths(rz), np.arange(segments + 1.0)), crease_deg)


def loft(rings: Sequence[ArrayLike], crease_deg: float = 40.0) -> Surface:
    """The surface through closed rings of equally many points, each counter-clockwise from above.

    The first and last rings are closed to their centers unless they are points already.
    """
    stack = np.array([np.asarray(r, float) for r in rings])
    ends = [np.repeat(stack[i].mean(axis=0)[None], stack.shape[1], axis=0) for i in (0, -1)]
    stack = np.concatenate([ends[:1], stack, ends[1:]])
    stack = np.concatenate([stack, stack[:, :1]], axis=1)
    around = _lengths(stack[len(stack) // 2])
    return patch(stack, _grid_uv(_lengths(stack.mean(axis=1)), around), crease_deg)


def raised(outline: Array, z: float, scale: float = 1.0) -> Array:
    """A ring: the outline (n, 2), scaled, at a height."""
    return np.column_stack([outline * scale, np.full(len(outline), z)])


def sweep(
    path: ArrayLike, outlines: Sequence[Array], side: Sequence[float], crease_deg: float = 40.0
) -> Surface:
    """The tube whose outline at each path point is given; outline x goes along `side`."""
    line = np.asarray(path, float)
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    right = np.asarray(side, float) - tangent * (tangent @ np.asarray(side, float))[:, None]
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    up = np.cross(tangent, right)
    rings = [line[i] + o[:, :1] * right[i] + o[:, 1:] * up[i] for i, o in enumerate(outlines)]
    return loft(rings, crease_deg)


def _lengths(points: Array) -> Array:
    """Length along a polyline at each of its points."""
    return np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def _grid_uv(rows: Array, columns: Array) -> Array:
    """Texture coordinates of a grid: u along the columns, v down from the last row to the first."""
    u = columns / max(columns[-1], 1e-12)
    v = 1 - rows / max(rows[-1], 1e-12)
    return np.stack(np.meshgrid(u, v), axis=-1)
