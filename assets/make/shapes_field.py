"""Solids described by signed distance: soft unions, rounded extrusions, and their triangles.

A field takes points (N, 3) and gives N distances in metres, negative inside. An outline is the
same in the plane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import manifold3d
import numpy as np
import trimesh
from numpy.typing import NDArray
from shapes import Array, Faces

Field = Callable[[Array], Array]
NDBool = NDArray[np.bool_]

CORNERS = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
EDGES = [(a, b) for a in range(8) for b in range(8) if b - a in (1, 2, 4) and not a & (b - a)]


def _corner(excess: Array, radius: float) -> Array:
    """The distance to a corner rounded by a radius, from the excess over each of its sides."""
    outside = np.linalg.norm(np.maximum(excess, 0), axis=1)
    return np.asarray(outside + np.minimum(excess.max(axis=1), 0) - radius)


# --- outlines in the plane --------------------------------------------------------------------


def disc(x: float, y: float, radius: float) -> Field:
    """A filled circle."""
    return lambda p: np.hypot(p[:, 0] - x, p[:, 1] - y) - radius


def oval(x: float, y: float, rx: float, ry: float) -> Field:
    """A filled ellipse (its distance is approximate away from the rim)."""
    return lambda p: (np.hypot((p[:, 0] - x) / rx, (p[:, 1] - y) / ry) - 1) * min(rx, ry)


def slab(x: float, y: float, width: float, depth: float, radius: float = 0.0) -> Field:
    """A rectangle with round corners, by its center."""
    half = np.array([width, depth]) / 2 - radius

    def field(p: Array) -> Array:
        q = np.abs(p[:, :2] - [x, y]) - half
        return _corner(q, radius)

    return field


def polygon(points: Sequence[Sequence[float]] | Array) -> Field:
    """A simple polygon."""
    corners = np.asarray(points, float)

    def field(p: Array) -> Array:
        nearest = np.full(len(p), np.inf)
        inside = np.zeros(len(p), bool)
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            leg, to = b - a, p[:, :2] - a
            t = np.clip(to @ leg / (leg @ leg), 0, 1)
            nearest = np.minimum(nearest, np.linalg.norm(to - t[:, None] * leg, axis=1))
            crosses = (a[1] > p[:, 1]) != (b[1] > p[:, 1])
            with np.errstate(divide="ignore", invalid="ignore"):
                inside ^= crosses & (to[:, 0] < leg[0] * to[:, 1] / leg[1])
        return np.where(inside, -nearest, nearest)

    return field


def extruded(outline: Field, low: float, high: float, radius: float) -> Field:
    """The outline between two heights, with its rims rounded."""
    middle, half = (low + high) / 2, (high - low) / 2

    def field(p: Array) -> Array:
        q = np.stack([outline(p), np.abs(p[:, 2] - middle) - half], axis=1) + radius
        return _corner(q, radius)

    return field


# --- solids -----------------------------------------------------------------------------------


def ball(center: Sequence[float], radius: float) -> Field:
    """A sphere."""
    return lambda p: np.linalg.norm(p - center, axis=1) - radius


def egg(center: Sequence[float], radii: Sequence[float]) -> Field:
    """An ellipsoid (its distance is approximate away from the surface)."""

    def field(p: Array) -> Array:
        q = (p - center) / np.array(radii)
        near, steep = np.linalg.norm(q, axis=1), np.linalg.norm(q / radii, axis=1)
        return np.asarray(near * (near - 1) / np.maximum(steep, 1e-9))

    return field


def block(center: Sequence[float], size: Sequence[float], radius: float) -> Field:
    """A box with round edges."""
    half = np.array(size) / 2 - radius

    def field(p: Array) -> Array:
        q = np.abs(p - center) - half
        return _corner(q, radius)

    return field


def capsule(a: Sequence[float], b: Sequence[float], ra: float, rb: float | None = None) -> Field:
    """A rod with round ends, thicker at one end if two radii are given."""
    start, leg = np.array(a, float), np.array(b, float) - a
    grow = (ra if rb is None else rb) - ra

    def field(p: Array) -> Array:
        t = np.clip((p - start) @ leg / (leg @ leg), 0, 1)
        return np.asarray(np.linalg.norm(p - start - t[:, None] * leg, axis=1) - ra - grow * t)

    return field


def rod(axis: int, center: Sequence[float], radius: float, length: float, edge: float) -> Field:
    """A cylinder along an axis, with round rims."""
    others = [a for a in range(3) if a != axis]

    def field(p: Array) -> Array:
        q = p - center
        w = (
            np.stack(
                [np.linalg.norm(q[:, others], axis=1) - radius, np.abs(q[:, axis]) - length / 2],
                axis=1,
            )
            + edge
        )
        return _corner(w, edge)

    return field


# --- combinations -----------------------------------------------------------------------------


def union(*fields: Field, blend: float = 0.0) -> Field:
    """Everything inside any of the fields, joined by a fillet of about `blend` metres."""

    def field(p: Array) -> Array:
        total = fields[0](p)
        for other in fields[1:]:
            total = _soft_min(total, other(p), blend)
        return total

    return field


def minus(field: Field, *holes: Field, blend: float = 0.0) -> Field:
    """The field with holes cut in it, their edges rounded by about `blend` metres."""

    def cut(p: Array) -> Array:
        total = field(p)
        for hole in holes:
            total = -_soft_min(-total, hole(p), blend)
        return total

    return cut


def common(first: Field, second: Field, blend: float = 0.0) -> Field:
    """What is inside both fields."""
    return lambda p: -_soft_min(-first(p), -second(p), blend)


def _soft_min(a: Array, b: Array, blend: float) -> Array:
    """The smaller of two distances, with a fillet where they are nearly equal."""
    if blend == 0.0:
        return np.minimum(a, b)
    h = np.maximum(blend - np.abs(a - b), 0) / blend
    return np.asarray(np.minimum(a, b) - h * h * blend / 4)


# --- triangles --------------------------------------------------------------------------------


def solid_of(
    field: Field,
    low: Sequence[float],
    high: Sequence[float],
    cell: float,
    tolerance: float = 0.0001,
    warp: Callable[[Array], Array] | None = None,
) -> trimesh.Trimesh:
    """The watertight boundary of a field inside a box, drawn on a grid, bent and then thinned out.

    The method is naive surface nets: one vertex per grid cell that the surface crosses, pulled
    onto the surface, and one quadrilateral per crossed grid edge.
    """
    start = np.asarray(low, float) - 1.5 * cell
    shape = np.ceil((np.asarray(high) + 1.5 * cell - start) / cell).astype(int) + 1
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    points = start + cell * grid.reshape(-1, 3)
    values = np.concatenate([field(p) for p in np.array_split(points, len(points) // 200000 + 1)])
    vertices, faces = _surface_net(values.reshape(shape))
    placed = start + cell * vertices
    for _ in range(4):
        placed = placed - _pull(field, placed, cell)
    return _thinned(warp(placed) if warp else placed, faces, tolerance)


def _pull(field: Field, points: Array, cell: float) -> Array:
    """The step that brings points onto the surface, at most a third of a cell."""
    step = cell * 0.02
    slope = np.stack(
        [(field(points + step * e) - field(points - step * e)) / (2 * step) for e in np.eye(3)],
        axis=1,
    )
    move = field(points)[:, None] * slope / np.maximum((slope**2).sum(axis=1), 0.2)[:, None]
    size = np.linalg.norm(move, axis=1, keepdims=True)
    return np.asarray(move * np.minimum(1, cell / 3 / np.maximum(size, 1e-12)))


def _surface_net(values: Array) -> tuple[Array, Faces]:
    """Vertices (in cells) and triangles of the zero level of values on a grid."""
    inside = values < 0
    cells = tuple(n - 1 for n in values.shape)
    windows = [tuple(slice(o, o + n) for o, n in zip(c, cells, strict=True)) for c in CORNERS]
    count = sum(inside[w].astype(int) for w in windows)
    active = np.argwhere((count > 0) & (count < 8))
    corner_values = np.stack([values[w][tuple(active.T)] for w in windows], axis=1)
    total, hits = np.zeros((len(active), 3)), np.zeros(len(active))
    for a, b in EDGES:
        va, vb = corner_values[:, a], corner_values[:, b]
        crossed = (va < 0) != (vb < 0)
        t = np.where(crossed, va / np.where(crossed, va - vb, 1), 0)
        total += crossed[:, None] * (CORNERS[a] + t[:, None] * (CORNERS[b] - CORNERS[a]))
        hits += crossed
    number = np.full(cells, -1)
    number[tuple(active.T)] = np.arange(len(active))
    return active + total / hits[:, None], np.vstack([_quads(inside, number, d) for d in range(3)])


def _quads(inside: NDBool, number: Faces, axis: int) -> Faces:
    """The triangles across all grid edges along one axis that the surface crosses."""
    ahead = np.take(inside, np.arange(1, inside.shape[axis]), axis)
    behind = np.take(inside, np.arange(inside.shape[axis] - 1), axis)
    edges = np.argwhere(ahead != behind)
    u, v = np.eye(3, dtype=int)[(axis + 1) % 3], np.eye(3, dtype=int)[(axis + 2) % 3]
    quad = np.stack([number[tuple((edges - o).T)] for o in (u + v, v, np.zeros(3, int), u)], axis=1)
    leaving = behind[tuple(edges.T)]
    quad = np.where(leaving[:, None], quad, quad[:, ::-1])
    return np.vstack([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def _thinned(vertices: Array, faces: Faces, tolerance: float) -> trimesh.Trimesh:
    """The solid with flat regions drawn by few triangles; its vertices are some of the old ones."""
    mesh = manifold3d.Mesh((vertices * 1000).astype(np.float32), faces.astype(np.uint32))
    solid = manifold3d.Manifold(mesh)
    if solid.status() != manifold3d.Error.NoError:
        raise ValueError(f"the grid does not separate the parts of this field: {solid.status()}")
    thin = solid.simplify(tolerance * 1000).to_mesh()
    return trimesh.Trimesh(
        thin.vert_properties[:, :3].astype(float) / 1000, thin.tri_verts, process=False
    )
