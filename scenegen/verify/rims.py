"""Triangles that a ray passes very near, however thin: those that rays around it step over."""

import numpy as np

from scenegen.verify.meshes import Array
from scenegen.verify.optics import NEAR
from scenegen.verify.rows import moved
from scenegen.verify.world import Hits, Sight

_STEPS = [(1 - k / 8, k / 8) for k in range(8)]
_BLENDS = np.array([np.roll((*pair, 0.0), axis) for axis in range(3) for pair in _STEPS])
"""Weights of a triangle's three feet: they themselves, and steps between them."""


def rims(sight: Sight, place: int, ray: Array, reach: float) -> Hits:
    """Points of a thing's triangles that a ray (3,) passes within `reach` (on the plane z = 1).

    They lie at the feet from the ray on the three edges of each triangle, and between the feet.
    """
    thing = sight.world.things[place]
    corners = moved(sight.poses[place], thing.mesh.corners.reshape(-1, 3) * thing.scale)
    corners = corners.reshape(-1, 3, 3)
    ahead = np.flatnonzero((corners[..., 2] > NEAR).all(axis=1))
    plane = corners[ahead, :, :2] / corners[ahead, :, 2:]
    close = (plane.min(axis=1) <= ray[:2] + reach) & (plane.max(axis=1) >= ray[:2] - reach)
    picked = np.flatnonzero(close.all(axis=1))
    ahead, plane = ahead[picked], plane[picked]
    sides = np.roll(plane, -1, axis=1) - plane
    along = np.einsum("tij,tij->ti", ray[:2] - plane, sides)
    along = np.clip(along / np.maximum(np.einsum("tij,tij->ti", sides, sides), 1e-30), 0, 1)
    foot = plane + along[..., None] * sides
    depths = corners[ahead, :, 2]
    depth = 1 / ((1 - along) / depths + along / np.roll(depths, -1, axis=1))
    feet = np.concatenate([foot * depth[..., None], depth[..., None]], axis=2)
    points = np.einsum("bi,tij->tbj", _BLENDS, feet).reshape(-1, 3)
    triangle = np.repeat(ahead, len(_BLENDS)).astype(np.int32)
    rays = points / points[:, 2:]
    near = np.linalg.norm(rays[:, :2] - ray[:2], axis=1) <= reach
    surface = np.full(int(near.sum()), place, np.int32)
    return Hits(rays[near], surface, points[near, 2], triangle[near])
