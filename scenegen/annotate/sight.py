"""What stands between the camera and a point: exact, triangle by triangle, in double precision.

Everything is in the camera's frame and lies as (3, N) arrays, one row a coordinate. A vertex that
two triangles share has the same bits in both, and the sign of an edge turns exactly with its
direction, so that no line slips through between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen.annotate.cuboids import NEAR
from scenegen.geometry import Array

CLEARANCE = 1e-4
"""Metres before a point in which a surface does not hide it: it may be the one it lies on."""

_MARGIN = 1e-9  # of x/z and y/z, more than they are rounded by
_BLOCK = 16384  # triangles looked at together

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles: vertices (3, N), faces (3, M); `one_sided`: not there when seen from behind."""

    vertices: Array
    faces: Index
    one_sided: bool = False

    def moved(self, rigid: Array, scale: float = 1.0) -> "Surface":
        """The same in another frame; equal vertices stay equal to the bit."""
        x, y, z = self.vertices * scale
        rows = [row[0] * x + row[1] * y + row[2] * z + row[3] for row in rigid[:3]]
        return Surface(np.array(rows), self.faces, self.one_sided)


def hidden(points: Array, surface: Surface) -> Flags:
    """(J,) whether a surface crosses the line from the camera to each of (3, J) points.

    It does not count within `CLEARANCE` of the point, nor nearer to the camera than `NEAR`.
    """
    found = np.zeros(points.shape[1], bool)
    for triangle, point in _candidates(points, surface):
        corners = surface.vertices[:, surface.faces[:, triangle]]
        crossed = _crossed(corners, points[:, point], surface.one_sided)
        found[point[crossed]] = True
    return found


def _crossed(corners: Array, points: Array, one_sided: bool) -> Flags:
    """(P,) whether triangle (3, 3, P), corner second, lies on the way to point (3, P), in pairs."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    edges = np.array([_volume(a, b, points), _volume(b, c, points), _volume(c, a, points)])
    inside = (edges >= 0).all(axis=0) | (edges <= 0).all(axis=0)
    normal = _cross(b - a, c - a)
    slope = (normal * points).sum(axis=0)
    facing = slope < 0 if one_sided else slope != 0
    way = (normal * a).sum(axis=0) / np.where(facing, slope, 1.0)  # 0 at the camera, 1 at the point
    ahead = way * points[2] > NEAR
    before = (1 - way) * np.sqrt((points * points).sum(axis=0)) > CLEARANCE
    return inside & facing & ahead & before


def _volume(a: Array, b: Array, p: Array) -> Array:
    """Six times the signed volume between the camera and three points; exactly odd in a and b."""
    return (_cross(a, b) * p).sum(axis=0)


def _cross(a: Array, b: Array) -> Array:
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _candidates(points: Array, surface: Surface) -> Iterator[tuple[Index, Index]]:
    """Numbers of triangles and points, in pairs, among them all that cross.

    A triangle can only hide what lies in its box of x/z and y/z; one that reaches behind the
    camera has none and is paired with every point.
    """
    front = surface.vertices[2] > NEAR
    depth = np.where(front, surface.vertices[2], 1.0)
    flat = surface.vertices[:2] / depth
    place = points[:2] / points[2]
    low, high = _box(flat, _MARGIN)
    if front.all():  # and only what lies in the box of all
        here = np.flatnonzero(((place >= low[:, None]) & (place <= high[:, None])).all(axis=0))
    else:
        here = np.arange(points.shape[1])
    order = here[np.argsort(place[0, here], kind="stable")]
    if not len(order):
        return
    in_front = front[surface.faces].sum(axis=0)
    astride = np.flatnonzero((in_front > 0) & (in_front < 3))
    whole = np.flatnonzero(in_front == 3)
    for start in range(0, len(whole), _BLOCK):
        yield _boxed(whole[start : start + _BLOCK], surface.faces, flat, place, order)
    for start in range(0, len(astride), max(1, _BLOCK // len(order))):
        some = astride[start : start + max(1, _BLOCK // len(order))]
        yield np.repeat(some, len(order)), np.tile(order, len(some))


def _box(flat: Array, margin: float) -> tuple[Array, Array]:
    return flat.min(axis=1) - margin, flat.max(axis=1) + margin


def _boxed(
    triangles: Index, faces: Index, flat: Array, place: Array, order: Index
) -> tuple[Index, Index]:
    """Pairs of triangles and points inside their boxes; `order` sorts the points by x/z."""
    first, second, third = flat[:, faces[:, triangles]].swapaxes(0, 1)
    low = np.minimum(np.minimum(first, second), third) - _MARGIN
    high = np.maximum(np.maximum(first, second), third) + _MARGIN
    start = np.searchsorted(place[0, order], low[0], side="left")
    count = np.searchsorted(place[0, order], high[0], side="right") - start
    owner = np.repeat(np.arange(len(triangles)), count)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    point = order[start[owner] + within]
    fits = (place[1, point] >= low[1, owner]) & (place[1, point] <= high[1, owner])
    return triangles[owner[fits]], point[fits]
