"""Which ray a pixel sees and where a point is seen, by way of OpenCV's forward models alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import radians
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.verify.rows import moved

Array = NDArray[np.float64]
NEAR = 0.01
"""Metres: nothing nearer than this is seen."""
_OUTERMOST = radians(89)
_ANGLES = 8192
_NEWTON = 12
_DELTA = 1e-6


@dataclass(frozen=True)
class Optics:
    """A camera without its place: size in pixels, K row by row, lens model and coefficients."""

    width: int
    height: int
    k: tuple[float, ...]
    model: str | None = None
    coefficients: tuple[float, ...] = ()

    @classmethod
    def of(cls, camera: Mapping[str, Any]) -> "Optics":
        """Of a camera as it stands in JSON."""
        lens = camera["distortion"]
        return cls(
            camera["width"],
            camera["height"],
            tuple(float(value) for row in camera["K"] for value in row),
            None if lens is None else lens["model"],
            () if lens is None else tuple(lens["coefficients"]),
        )

    @property
    def flaw(self) -> str:
        """Why nothing can be seen with it; empty if something can."""
        lengths = {None: (0,), "brown_conrady": (4, 5, 8), "kannala_brandt": (4,)}[self.model]
        fx, _, _, low, fy, _, *last = self.k
        if min(fx, fy) <= 0 or low != 0 or last != [0, 0, 1]:
            return f"K = {self.matrix.tolist()} is no camera matrix"
        if len(self.coefficients) not in lengths:
            return f"{self.model} cannot have {len(self.coefficients)} coefficients"
        return ""

    @property
    def matrix(self) -> Array:
        return np.array(self.k).reshape(3, 3)

    @cached_property
    def _inverse(self) -> Array:
        return np.asarray(np.linalg.inv(self.matrix), np.float64)

    @cached_property
    def pixels(self) -> Array:
        """(H·W, 2) centres of all pixels, row by row."""
        return grid(0, 0, self.width, self.height)

    @cached_property
    def image_rays(self) -> Array:
        """(H·W, 3) rays of all pixels."""
        return self.rays(self.pixels)

    def rays(self, pixels: Array) -> Array:
        """(N, 3) directions with z = 1 of what is seen at (N, 2) places; NaN: nothing is."""
        homogeneous = np.column_stack([pixels, np.ones(len(pixels))])
        plane = moved(self._inverse, homogeneous)[:, :2]
        if self.model is not None:
            plane = _straightened(self.model, self.coefficients, plane)
        return np.column_stack([plane, np.ones(len(plane))])

    def project(self, points: Array) -> Array:
        """(N, 2) places of (N, 3) camera-frame points; NaN for z ≤ 0 or where the lens is blind."""
        with np.errstate(all="ignore"):
            plane = points[:, :2] / points[:, 2:]
        plane[~(points[:, 2] > 0)] = np.nan
        if self.model is not None:
            limit = np.tan(_widest(self.model, self.coefficients)[0])
            plane[~(np.hypot(plane[:, 0], plane[:, 1]) < limit)] = np.nan
            plane = _bent(self.model, self.coefficients, plane)
        k = self.matrix
        x, y = plane.T
        return np.column_stack([k[0, 0] * x + k[0, 1] * y + k[0, 2], k[1, 1] * y + k[1, 2]])


def grid(x0: int, y0: int, x1: int, y1: int) -> Array:
    """(N, 2) centres of the pixels in a rectangle, row by row."""
    y, x = np.mgrid[y0:y1, x0:x1]
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)


def _bent(model: str, coefficients: tuple[float, ...], plane: Array) -> Array:
    """(N, 2) of the plane z = 1 as the lens shows them; NaN stays NaN."""
    good = np.isfinite(plane).all(axis=1)
    out = np.full_like(plane, np.nan)
    if not good.any():
        return out
    points = np.column_stack([plane[good], np.ones(np.count_nonzero(good))])[:, None]
    numbers, still = np.array(coefficients, np.float64), np.zeros(3)
    if model == "kannala_brandt":
        bent, _ = cv2.fisheye.projectPoints(points, still, still, np.eye(3), numbers)
    else:
        bent, _ = cv2.projectPoints(points, still, still, np.eye(3), numbers)
    out[good] = bent[:, 0]
    return out


@lru_cache(maxsize=32)
def _widest(model: str, coefficients: tuple[float, ...]) -> tuple[float, Array, Array]:
    """The largest angle that is seen; and a table of angles and how far from the middle they show.

    It is where the radial part of the model stops growing, at most 89°.
    """
    radial = coefficients
    if model == "brown_conrady":
        radial = (*coefficients[:2], 0.0, 0.0, *coefficients[4:])

    def shown(angles: Array) -> Array:
        return _bent(model, radial, np.column_stack([np.tan(angles), np.zeros(len(angles))]))[:, 0]

    angles = np.linspace(0, _OUTERMOST, _ANGLES)
    radii = shown(angles)
    falling = np.flatnonzero(~(np.diff(radii) > 0))
    if not len(falling):
        return _OUTERMOST, angles, radii
    last = int(falling[0])
    finer = np.linspace(angles[max(last - 1, 0)], angles[last + 1], _ANGLES)
    limit = float(finer[int(np.argmax(~(np.diff(shown(finer)) > 0)))])
    return limit, angles[: last + 1], radii[: last + 1]


def _straightened(model: str, coefficients: tuple[float, ...], plane: Array) -> Array:
    """The inverse of `_bent`, by Newton's method on it; NaN where it has none."""
    limit, angles, shown = _widest(model, coefficients)
    widest = np.tan(limit)
    radius = np.hypot(plane[:, 0], plane[:, 1])
    angle = np.interp(radius, shown, angles)
    out = plane * np.where(radius > 0, np.tan(angle) / np.maximum(radius, 1e-300), 1.0)[:, None]
    error = np.full(len(plane), np.inf)
    todo = np.arange(len(plane))
    for _ in range(_NEWTON):
        off = _bent(model, coefficients, out[todo]) - plane[todo]
        error[todo] = np.hypot(off[:, 0], off[:, 1])
        left = error[todo] > 1e-12 * (1 + radius[todo])
        todo, off = todo[left], off[left]
        if not len(todo):
            break
        out[todo] -= _newton_step(model, coefficients, out[todo], off)
        beyond = np.hypot(out[todo, 0], out[todo, 1]) / widest
        out[todo] /= np.maximum(beyond, 1.0)[:, None]
    seen = (error < 1e-8 * (1 + radius)) & (np.hypot(out[:, 0], out[:, 1]) < widest)
    out[~seen] = np.nan
    return out


def _newton_step(model: str, coefficients: tuple[float, ...], at: Array, off: Array) -> Array:
    """(N, 2) by which points of the plane are too far, if they show `off` too far."""
    step = _DELTA * (1 + np.abs(at))
    columns = []
    for axis in (0, 1):
        shift = np.zeros_like(at)
        shift[:, axis] = step[:, axis]
        ahead = _bent(model, coefficients, at + shift)
        behind = _bent(model, coefficients, at - shift)
        columns.append((ahead - behind) / (2 * step[:, axis : axis + 1]))
    (a, c), (b, d) = columns[0].T, columns[1].T
    with np.errstate(all="ignore"):
        det = a * d - b * c
        x, y = off.T
        return np.column_stack([(d * x - b * y) / det, (a * y - c * x) / det])
