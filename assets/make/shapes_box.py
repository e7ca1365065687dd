"""Boxes with rounded edges, printed on their six sides or cut from wood."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from shapes import Array, Surface, join, patch

Rectangle = tuple[float, float, float, float]  # u0, v0, u1, v1 in the texture
WHOLE: Rectangle = (0.0, 0.0, 1.0, 1.0)

# Each side: the axis it faces, its direction, the axis that runs right on it and that runs up.
SIDES: dict[str, tuple[int, int, tuple[int, int], tuple[int, int]]] = {
    "front": (1, -1, (0, 1), (2, 1)),
    "back": (1, 1, (0, -1), (2, 1)),
    "left": (0, -1, (1, -1), (2, 1)),
    "right": (0, 1, (1, 1), (2, 1)),
    "top": (2, 1, (0, 1), (1, 1)),
    "bottom": (2, -1, (0, 1), (1, -1)),
}


def rounded_box(
    size: tuple[float, float, float],
    radius: float,
    atlas: Mapping[str, Rectangle] | None = None,
    steps: int = 2,
) -> Surface:
    """A box on z = 0 with rounded edges; each side shows its rectangle of the texture."""
    return join(_side(name, size, radius, steps, (atlas or {}).get(name, WHOLE)) for name in SIDES)


def plank(
    size: tuple[float, float, float],
    radius: float,
    *,
    tile: float = 0.6,
    offset: tuple[float, float] = (0.0, 0.0),
    steps: int = 2,
) -> Surface:
    """A rounded box whose texture runs (u) along its longest side, `tile` metres a repeat."""
    along = int(np.argmax(size))
    box = rounded_box(size, radius, steps=steps)
    grain, across = np.array([_grain(facing, along) for facing in range(3)]).T
    facing = np.abs(box.normals).argmax(axis=1)
    rows = np.arange(len(box.vertices))
    uv = np.stack([box.vertices[rows, grain[facing]], box.vertices[rows, across[facing]]], axis=1)
    return Surface(box.vertices, box.normals, uv / tile + offset, box.faces)


def _grain(facing: int, along: int) -> tuple[int, int]:
    """The axes along and across the grain on a side that faces an axis."""
    first, second = [axis for axis in range(3) if axis != facing]
    return (second, first) if second == along else (first, second)


def _side(
    name: str, size: tuple[float, float, float], radius: float, steps: int, area: Rectangle
) -> Surface:
    """One side of a rounded box, up to the middle of its round edges."""
    facing, sign, (right, right_sign), (up, up_sign) = SIDES[name]
    half = np.array(size) / 2
    lean = np.tan(np.radians(np.linspace(0, 45, steps + 1)))
    lean = np.concatenate([-lean[::-1], lean])
    core = np.repeat([-1.0, 1.0], steps + 1)
    r, u = np.meshgrid(np.arange(len(lean)), np.arange(len(lean)))
    direction = np.zeros((*r.shape, 3))
    direction[..., right], direction[..., up] = right_sign * lean[r], up_sign * lean[u]
    direction[..., facing] = sign
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    inner = np.zeros_like(direction)
    inner[..., right] = right_sign * core[r] * (half[right] - radius)
    inner[..., up] = up_sign * core[u] * (half[up] - radius)
    inner[..., facing] = sign * (half[facing] - radius)
    points = inner + radius * direction + [0, 0, half[2]]
    a = (core[r] * (half[right] - radius) + radius * lean[r]) / half[right] / 2 + 0.5
    b = 0.5 - (core[u] * (half[up] - radius) + radius * lean[u]) / half[up] / 2
    uv = np.stack([area[0] + a * (area[2] - area[0]), area[1] + b * (area[3] - area[1])], axis=-1)
    return _with_normals(patch(points, uv), points, direction)


def _with_normals(surface: Surface, points: Array, normals: Array) -> Surface:
    """The surface with the normal of the nearest of some points at each vertex."""
    from scipy.spatial import cKDTree

    _, nearest = cKDTree(points.reshape(-1, 3)).query(surface.vertices)
    return Surface(surface.vertices, normals.reshape(-1, 3)[nearest], surface.uv, surface.faces)
