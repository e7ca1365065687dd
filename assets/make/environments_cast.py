"""A small ray-caster: boxes, upright cylinders and ellipsoids, where rays hit them and how far.

World frame: right-handed, z up, metres. Every surface of a solid is a chart with coordinates
(u, v) in metres: sides have u along the horizontal and v = height above the solid's middle,
tops and bottoms have u, v = x, y of the solid, round sides have u = angle times radius.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from noise import Array

Texture = Callable[[Array, Array], Array]  # (uv (n, 2), size seen by a pixel (n,)) -> (n, 3)
FACES = {"box": 6, "cylinder": 3, "ellipsoid": 1}
CHUNK = 8192
NEAR = 1e-3


@dataclass(frozen=True, eq=False)
class Paint:
    """What a surface does to light; colors are linear and given by textures."""

    albedo: Texture
    emission: Texture | None = None
    gloss: float = 0.0  # reflectance at normal incidence
    blur: float = 0.1  # spread of the reflection
    pane: bool = False  # sunlight passes


@dataclass(frozen=True, eq=False)
class Solid:
    """A box, upright cylinder or ellipsoid with half extents, turned by yaw about z.

    A box takes one paint or six, for -x +x -y +y -z +z; a room is a box seen from inside.
    """

    kind: str
    center: tuple[float, float, float]
    half: tuple[float, float, float]
    paints: tuple[Paint, ...]
    yaw: float = 0.0
    inside: bool = False
    texel: float = 0.25  # grid step of its light map, metres

    def paint(self, face: int) -> Paint:
        """The paint of one face."""
        return self.paints[face if len(self.paints) > 1 else 0]

    @cached_property
    def world_from_local(self) -> Array:
        """Rotation (3, 3)."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=np.float32)

    def local(self, vectors: Array) -> Array:
        """World vectors (n, 3) in the axes of the solid."""
        return vectors if self.yaw == 0 else np.asarray(vectors @ self.world_from_local)


@dataclass(frozen=True)
class Hits:
    """What n rays met first: distance (inf for nothing), solid and face, uv, world normal."""

    t: Array
    solid: Array
    face: Array
    uv: Array
    normal: Array


def dot(a: Array, b: Array) -> Array:
    """Row by row scalar products (n,)."""
    return np.asarray(np.einsum("ij,ij->i", a, b))


def _slabs(o: Array, d: Array, half: Array) -> tuple[Array, Array]:
    inverse = 1 / np.where(np.abs(d) < 1e-9, np.float32(1e-9), d)
    middle, reach = -o * inverse, half * np.abs(inverse)
    near, far = middle - reach, middle + reach
    enter, leave = near[:, 0], far[:, 0]
    for axis in range(1, o.shape[1]):
        enter, leave = np.maximum(enter, near[:, axis]), np.minimum(leave, far[:, axis])
    return enter, leave


def _quadratic(o: Array, d: Array) -> tuple[Array, Array]:
    """Where the line enters and leaves the unit ball (or disc); inf, -inf where it misses."""
    a, b, c = dot(d, d) + np.float32(1e-12), dot(o, d), dot(o, o) - 1
    under = b * b - a * c
    root = np.sqrt(np.maximum(under, 0))
    miss = under <= 0
    return np.where(miss, np.inf, (-b - root) / a), np.where(miss, -np.inf, (-b + root) / a)


def _distance(solid: Solid, origin: Array, direction: Array) -> Array:
    half = np.array(solid.half, np.float32)
    o = solid.local(origin - np.array(solid.center, np.float32))
    d = solid.local(direction)
    if solid.kind == "box":
        enter, leave = _slabs(o, d, half)
    elif solid.kind == "ellipsoid":
        enter, leave = _quadratic(o / half, d / half)
    else:
        enter, leave = _slabs(o[:, 2:], d[:, 2:], half[2:])
        near, far = _quadratic(o[:, :2] / half[:2], d[:, :2] / half[:2])
        enter, leave = np.maximum(enter, near), np.minimum(leave, far)
    if solid.inside:
        return np.asarray(np.maximum(leave, NEAR))
    return np.asarray(np.where((enter < leave) & (enter > NEAR), enter, np.inf))


def _describe(solid: Solid, point: Array) -> tuple[Array, Array, Array]:
    """Face, uv and world normal of points (n, 3) on the solid, given in the world."""
    half = np.array(solid.half, np.float32)
    p = solid.local(point - np.array(solid.center, np.float32))
    q = p / half
    n = len(p)
    angle = np.arctan2(q[:, 1], q[:, 0]) * half[0]
    if solid.kind == "ellipsoid":
        face, uv, normal = np.zeros(n, int), np.stack([angle, p[:, 2]], -1), q / half
    elif solid.kind == "cylinder":
        cap = np.abs(q[:, 2]) > np.hypot(q[:, 0], q[:, 1])
        face = np.where(cap, np.where(q[:, 2] > 0, 2, 1), 0)
        uv = np.where(cap[:, None], p[:, :2], np.stack([angle, p[:, 2]], -1))
        normal = np.where(cap[:, None], q * [0, 0, 1], q * [1, 1, 0] / half)
    else:
        axis = np.abs(q).argmax(-1)
        sign = np.take_along_axis(q, axis[:, None], -1)[:, 0] > 0
        face = 2 * axis + sign
        sides = np.stack([p[:, [1, 2]], p[:, [0, 2]], p[:, [0, 1]]], 1)
        uv = sides[np.arange(n), axis]
        normal = np.zeros((n, 3), np.float32)
        normal[np.arange(n), axis] = np.where(sign, 1, -1) * (-1 if solid.inside else 1)
    normal = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return face, uv, (normal @ solid.world_from_local.T).astype(np.float32)


def _near(solids: Sequence[Solid], origin: Array, direction: Array) -> Array:
    """Which rays (columns) meet the bounding sphere of which solids (rows)."""
    centers = np.array([solid.center for solid in solids], np.float32)
    reach = np.array([np.hypot(np.hypot(*s.half[:2]), s.half[2]) for s in solids], np.float32)
    room = (reach * 1.001 + NEAR)[:, None]
    ahead = centers @ direction.T
    ahead -= dot(origin, direction)
    apart = (-2 * centers) @ origin.T
    apart += dot(origin, origin)
    apart += dot(centers, centers)[:, None] - room**2
    near = ahead > -room
    ahead *= ahead
    near &= apart < ahead
    return np.asarray(near)


def nearest(solids: Sequence[Solid], origin: Array, direction: Array) -> tuple[Array, Array]:
    """Distance to and number of the first solid met by each ray; inf and -1 for none."""
    n = len(origin)
    best, which = np.full(n, np.inf, np.float32), np.full(n, -1)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        o, d, t, w = origin[part], direction[part], best[part], which[part]
        near = _near(solids, o, d)
        for i, solid in enumerate(solids):
            rays = np.flatnonzero(near[i])
            distance = _distance(solid, o[rays], d[rays])
            closer = distance < t[rays]
            t[rays[closer]], w[rays[closer]] = distance[closer], i
    return best, which


def cast(solids: Sequence[Solid], origin: Array, direction: Array) -> Hits:
    """The first surface met by each of the rays; origin and direction are (n, 3) float32."""
    n = len(origin)
    best, which = nearest(solids, origin, direction)
    face, uv = np.zeros(n, int), np.zeros((n, 2), np.float32)
    normal = np.zeros((n, 3), np.float32)
    order = np.argsort(which, kind="stable")
    borders = np.searchsorted(which[order], np.arange(len(solids) + 1))
    for i, solid in enumerate(solids):
        rays = order[borders[i] : borders[i + 1]]
        if len(rays):
            point = origin[rays] + direction[rays] * best[rays, None]
            face[rays], uv[rays], normal[rays] = _describe(solid, point)
    return Hits(best, which, face, uv, normal)


def chart_size(solid: Solid, face: int) -> tuple[float, float]:
    """Half extents of a chart along u and v, in metres."""
    x, y, z = solid.half
    if solid.kind == "ellipsoid" or (solid.kind == "cylinder" and face == 0):
        return np.pi * x, z
    if solid.kind == "cylinder":
        return x, y
    return ((y, z), (x, z), (x, y))[face // 2]


def chart_points(solid: Solid, face: int, uv: Array) -> Array:
    """World points (n, 3) of chart coordinates (n, 2); the inverse of what cast reports."""
    x, y, z = solid.half
    u, v = uv[:, 0], uv[:, 1]
    sign = -1.0 if face % 2 == 0 else 1.0
    turn = u / x
    if solid.kind == "ellipsoid":
        ring = np.sqrt(np.maximum(1 - (v / z) ** 2, 0))
        local = np.stack([x * ring * np.cos(turn), y * ring * np.sin(turn), v], -1)
    elif solid.kind == "cylinder" and face == 0:
        local = np.stack([x * np.cos(turn), y * np.sin(turn), v], -1)
    elif solid.kind == "cylinder":
        local = np.stack([u, v, np.full_like(u, z if face == 2 else -z)], -1)
    else:
        fixed = np.full_like(u, sign * solid.half[face // 2])
        local = np.stack([(fixed, u, v), (u, fixed, v), (u, v, fixed)][face // 2], -1)
    return np.asarray(local @ solid.world_from_local.T + solid.center).astype(np.float32)
