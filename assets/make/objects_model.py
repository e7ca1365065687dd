"""What an object is before it is written: parts with materials, and convex collision parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from shapes import Array, Surface


@dataclass(frozen=True)
class Material:
    """A glTF material; `color` is sRGB and multiplies the picture when there is one."""

    name: str
    color: str = "#ffffff"
    metallic: float = 0.0
    roughness: float = 0.5
    picture: Image.Image | None = None
    lossless: bool = False
    rough_picture: Image.Image | None = None  # green: roughness, blue: metallic, times the numbers
    normal_picture: Image.Image | None = None


@dataclass(frozen=True)
class Part:
    """One surface with one material."""

    surface: Surface
    material: Material


@dataclass(frozen=True)
class Asset:
    """An object in metres, z up, its footprint centered on the origin at z = 0."""

    name: str
    category: str
    description: str
    mass: float  # kilograms
    parts: Sequence[Part]
    collision: Sequence[Array]  # each (N, 3): the convex hull of these points


# --- collision parts --------------------------------------------------------------------------


def box_points(size: ArrayLike, center: ArrayLike = (0.0, 0.0, 0.0)) -> Array:
    """The corners of a box, given by the center of its bottom."""
    corners = np.array([[i, j, k] for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)])
    corners[:, 2] += 0.5
    return np.asarray(corners * np.asarray(size) + np.asarray(center))


def lathe_points(profile: Sequence[Sequence[float]], segments: int = 24) -> Array:
    """Points of a convex body of revolution through (r, z) points."""
    t = 2 * np.pi * np.arange(segments) / segments
    return np.vstack(
        [np.stack([r * np.cos(t), r * np.sin(t), np.full(segments, z)], axis=1) for r, z in profile]
    )


def wedges(
    outer: Sequence[Sequence[float]],
    inner: Sequence[Sequence[float]],
    count: int,
    start_deg: float = 0.0,
) -> list[Array]:
    """A round wall as convex pieces, so that it stays hollow.

    The flat inner faces touch the round inner wall in their middle; they never reach into the
    hollow.
    """
    half = np.pi / count
    parts = []
    for i in range(count):
        middle = np.radians(start_deg) + 2 * half * i
        ends = (middle - half, middle, middle + half)
        points = [[r * np.cos(a), r * np.sin(a), z] for r, z in outer for a in ends]
        points += [
            [r / np.cos(half) * np.cos(a), r / np.cos(half) * np.sin(a), z]
            for r, z in inner
            for a in (ends[0], ends[2])
        ]
        parts.append(np.array(points))
    return parts


def hull_points(surfaces: Sequence[Surface], directions: int = 160) -> Array:
    """The outermost vertices in evenly spread directions and along the axes."""
    vertices = np.vstack([s.vertices for s in surfaces])
    i = np.arange(directions) + 0.5
    z, t = 1 - 2 * i / directions, np.pi * (1 + 5**0.5) * i
    r = np.sqrt(1 - z * z)
    ways = np.vstack([np.stack([r * np.cos(t), r * np.sin(t), z], axis=1), np.eye(3), -np.eye(3)])
    chosen = np.unique((vertices @ ways.T).argmax(axis=0))
    floor = np.flatnonzero(vertices[:, 2] < vertices[:, 2].min() + 1e-4)
    rim = floor[np.unique((vertices[floor] @ ways.T).argmax(axis=0))]
    return np.asarray(vertices[np.union1d(chosen, rim)])


def sliced(surfaces: Sequence[Surface], axis: int, cuts: Sequence[float]) -> list[Array]:
    """Points of the slabs between cuts along an axis, each to be taken as its convex hull."""
    ends = [-np.inf, *cuts, np.inf]
    pieces = []
    for low, high in pairwise(ends):
        points = [p for s in surfaces for p in (_between(s, axis, low, high),) if len(p)]
        pieces.append(_outermost(np.vstack(points)))
    return pieces


def _between(surface: Surface, axis: int, low: float, high: float) -> Array:
    """The vertices of a surface within a slab, with the points where its edges cross the sides."""
    a, b = surface.vertices[surface.faces], surface.vertices[np.roll(surface.faces, -1, axis=1)]
    a, b = a.reshape(-1, 3), b.reshape(-1, 3)
    found = [a[(a[:, axis] >= low) & (a[:, axis] <= high)]]
    for cut in (low, high):
        crossing = (a[:, axis] < cut) != (b[:, axis] < cut)
        p, q = a[crossing], b[crossing]
        with np.errstate(invalid="ignore"):
            t = (cut - p[:, axis]) / (q[:, axis] - p[:, axis])
        found.append(p + t[:, None] * (q - p))
    return np.vstack(found)


def _outermost(points: Array, directions: int = 160) -> Array:
    """Some of the points, enough to keep their convex hull to about a tenth of a millimetre."""
    blank = np.zeros_like(points)
    return hull_points([Surface(points, blank, blank[:, :2], np.zeros((0, 3), int))], directions)
