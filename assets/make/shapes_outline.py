"""Outlines and curves: rounded polylines, ellipses, rectangles, smooth paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from shapes import Array


def fillet(points: Sequence[Sequence[float]], steps: int = 4, closed: bool = False) -> Array:
    """The polyline (n, 2) with round corners; a point may carry its radius as a third number."""
    xy = np.array([p[:2] for p in points], float)
    radii = [p[2] if len(p) > 2 else 0.0 for p in points]
    out: list[Any] = []
    for i, (p, radius) in enumerate(zip(xy, radii, strict=True)):
        inside = closed or 0 < i < len(xy) - 1
        if radius and inside:
            out.extend(_arc(xy[i - 1], p, xy[(i + 1) % len(xy)], radius, steps))
        else:
            out.append(p)
    return np.array(out)


def _arc(before: Array, corner: Array, after: Array, radius: float, steps: int) -> list[Array]:
    """Points of the circle of this radius that touches both legs of a corner."""
    a, b = before - corner, after - corner
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    a, b = a / la, b / lb
    half = np.arccos(np.clip(a @ b, -1, 1)) / 2
    reach = np.min([radius / np.tan(half), 0.499 * la, 0.499 * lb])
    radius = float(reach * np.tan(half))
    middle = (a + b) / np.linalg.norm(a + b)
    center = corner + middle * radius / np.sin(half)
    start = corner + a * reach - center
    end = corner + b * reach - center
    sweep = np.arccos(np.clip(start @ end / radius**2, -1, 1))
    t = np.linspace(0, 1, steps + 1)
    return [
        center + (np.sin((1 - s) * sweep) * start + np.sin(s * sweep) * end) / np.sin(sweep)
        for s in t
    ]


def ellipse(width: float, depth: float, count: int = 24) -> Array:
    """Counter-clockwise points (count, 2) of an ellipse."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([width / 2 * np.cos(t), depth / 2 * np.sin(t)], axis=1)


def rounded_rectangle(width: float, depth: float, radius: float, steps: int = 4) -> Array:
    """Counter-clockwise points of a rectangle with round corners, starting in the middle of +y."""
    w, d = width / 2, depth / 2
    return fillet(
        [(0, d), (-w, d, radius), (-w, -d, radius), (w, -d, radius), (w, d, radius)], steps, True
    )


def bezier(points: Sequence[Sequence[float]], count: int) -> Array:
    """Points of the cubic curve with four control points."""
    p = np.array(points, float)
    t = np.linspace(0, 1, count)[:, None]
    return np.asarray(
        (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
    )


def spline(points: Sequence[Sequence[float]], count: int) -> Array:
    """Points of a smooth curve through the given ones, evenly spread along it."""
    p = np.array(points, float)
    s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    return np.asarray(CubicSpline(s, p)(np.linspace(0, s[-1], count)))
