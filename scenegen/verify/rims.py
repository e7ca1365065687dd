"""Triangles that a ray passes very near, however thin: those that rays around it step over."""

import numpy as np

from scenegen.verify.meshes import Array
from scenegen.verify.optics import NEAR
from scenegen.verify.rows import moved
from scenegen.verify.world import Hits, Sight


def rims(sight: Sight, place: int, ray: Array, reach: float) -> Hits:
    """The points of a thing's triangles nearest to a ray (3,), if it passes them within `reach`.

    Distances are on the plane z = 1. Triangles that the ray meets are not among them.
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
    apart = np.linalg.norm(foot - ray[:2], axis=2)
    side = apart.argmin(axis=1)
    rows = np.flatnonzero(apart.min(axis=1) <= reach)
    start, share = corners[ahead[rows], side[rows]], along[rows, side[rows]]
    end = corners[ahead[rows], (side[rows] + 1) % 3]
    nearness = (1 - share) / start[:, 2] + share / end[:, 2]
    rays = np.column_stack([foot[rows, side[rows]], np.ones(len(rows))])
    surface = np.full(len(rows), place, np.int32)
    return Hits(rays, surface, 1 / nearness, ahead[rows].astype(np.int32))
