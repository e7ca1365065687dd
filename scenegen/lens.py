"""From points in front of a camera to its pixels and back, through its lens.

The pixel frame is OpenCV's (the centre of the top-left pixel is (0, 0)). A lens sees only as far out
from its axis as its model still grows, and less than 89° from the axis.
"""

from functools import lru_cache
from math import atan, radians, tan
from typing import NamedTuple

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray

from scenegen import geometry
from scenegen.geometry import Array
from scenegen.scene import Camera, Distortion

Rect = tuple[int, int, int, int]
"""x0 y0 x1 y1, pixels of the image (corner frame), half-open; may leave the image."""

OUTERMOST = radians(89)
_STEPS = 20  # of Newton's method; three or four do, but close to where a model folds
_TABLE = 2048  # radii from which Newton's method may start
_BLOCK = 16384  # points solved at a time: they stay in the processor's cache


def project(camera: Camera, points_camera: ArrayLike) -> Array:
    """(…, 2) pixels of (…, 3) camera-frame points; NaN for z ≤ 0 or where the lens sees nothing."""
    distortion = camera.distortion
    if distortion is None:
        return geometry.project(camera.K, points_camera)
    points = np.asarray(points_camera, dtype=np.float64)
    with np.errstate(all="ignore"):
        x, y = points[..., 0] / points[..., 2], points[..., 1] / points[..., 2]
        seen = (points[..., 2] > 0) & (np.hypot(x, y) < tan(limit(distortion)))
        x, y = _bent(distortion, np.where(seen, x, np.nan), np.where(seen, y, np.nan))
    k = camera.K
    return np.stack([k[0, 0] * x + k[0, 1] * y + k[0, 2], k[1, 1] * y + k[1, 2]], axis=-1)


def rays(camera: Camera, rect: Rect | None = None) -> Array:
    """(H, W, 2) x/z and y/z of what is seen at the pixel centres of `rect` (default: the image).

    NaN where the lens sees nothing.
    """
    x0, y0, x1, y1 = rect or (0, 0, camera.width, camera.height)
    k = camera.K
    y = ((np.arange(y0, y1) - k[1, 2]) / k[1, 1])[:, None]
    plane = np.empty((y1 - y0, x1 - x0, 2))
    plane[..., 0] = (np.arange(x0, x1) - k[0, 2] - k[0, 1] * y) / k[0, 0]
    plane[..., 1] = y
    if camera.distortion is None:
        return plane
    flat = plane.reshape(-1, 2)
    for start in range(0, len(flat), _BLOCK):
        flat[start : start + _BLOCK] = _straight(camera.distortion, flat[start : start + _BLOCK])
    return flat.reshape(plane.shape)


def intrinsics(width: int, height: int, fov_x: float, distortion: Distortion | None) -> Array:
    """(3, 3) K of a centred camera with square pixels and a horizontal field of view in radians.

    A fisheye sees `fov_x` between the picture's left and right borders; for other lenses it is the
    field of view of the same K without distortion.
    """
    if distortion is None or distortion.model != "kannala_brandt":
        return geometry.intrinsics(width, height, fov_x)
    focal = width / 2 / float(_fisheye(distortion, np.array(fov_x / 2))[0])
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])


@lru_cache(maxsize=64)
def limit(distortion: Distortion) -> float:
    """The largest angle from the axis at which the lens still sees, radians, at most 89°."""
    if distortion.model == "kannala_brandt":
        growth = Polynomial([1, *(np.array([3, 5, 7, 9]) * distortion.coefficients)])
        return _first_root(growth, OUTERMOST**2) ** 0.5
    brown = _brown(distortion)
    up, down = Polynomial([1, *brown.up]), Polynomial([1, *brown.down])
    twice = Polynomial([0, 2])  # of r²: the slope of r·up/down in r is that of its top below
    growth = (up + twice * up.deriv()) * down - twice * up * down.deriv()
    widest = tan(OUTERMOST) ** 2
    return atan(min(_first_root(growth, widest), _first_root(down, widest)) ** 0.5)


def _first_root(polynomial: Polynomial, most: float) -> float:
    """Just before the smallest root between 0 and `most`, or `most`."""
    scaled = Polynomial(
        np.asarray(polynomial.coef, np.float64) * most ** np.arange(len(polynomial.coef))
    ).trim(1e-9)
    roots = scaled.roots()
    real = roots.real[(np.abs(roots.imag) < 1e-9 * np.abs(roots)) & (roots.real > 0)]
    return float(real.min(initial=1.0)) * most * (1 - 1e-9)


class _Brown(NamedTuple):
    """k1 k2 k3 above, k4 k5 k6 below the fraction bar, p1, p2."""

    up: tuple[float, ...]
    down: tuple[float, ...]
    p1: float
    p2: float


def _brown(distortion: Distortion) -> _Brown:
    k1, k2, p1, p2, k3, *down = (*distortion.coefficients, 0.0, 0.0, 0.0, 0.0)[:8]
    return _Brown((k1, k2, k3), tuple(down), p1, p2)


def _bent(distortion: Distortion, x: Array, y: Array) -> tuple[Array, Array]:
    """Where the lens puts points of the plane z = 1, in that plane."""
    if distortion.model == "brown_conrady":
        return _brown_conrady(_brown(distortion), x, y)[:2]
    radius = np.hypot(x, y)
    scale = _fisheye(distortion, np.arctan(radius))[0] / np.where(radius > 0, radius, 1.0)
    scale = np.where(radius > 0, scale, 1.0)
    return x * scale, y * scale


def _brown_conrady(b: _Brown, x: Array, y: Array) -> tuple[Array, Array, Array, Array, Array]:
    """The bent x and y, then the derivatives ∂x/∂x, ∂x/∂y = ∂y/∂x and ∂y/∂y."""
    (k1, k2, k3), (k4, k5, k6) = b.up, b.down
    s = x * x + y * y
    below = 1 + s * (k4 + s * (k5 + s * k6))
    g = (1 + s * (k1 + s * (k2 + s * k3))) / below
    twice_slope = (
        2 * (k1 + s * (2 * k2 + s * 3 * k3) - g * (k4 + s * (2 * k5 + s * 3 * k6))) / below
    )
    cross = 2 * x * y
    return (
        x * g + b.p1 * cross + b.p2 * (s + 2 * x * x),
        y * g + b.p1 * (s + 2 * y * y) + b.p2 * cross,
        g + x * x * twice_slope + 2 * b.p1 * y + 6 * b.p2 * x,
        x * y * twice_slope + 2 * (b.p1 * x + b.p2 * y),
        g + y * y * twice_slope + 6 * b.p1 * y + 2 * b.p2 * x,
    )


def _fisheye(distortion: Distortion, theta: Array) -> tuple[Array, Array]:
    """θd and its derivative."""
    k1, k2, k3, k4 = distortion.coefficients
    s = theta * theta
    value = theta * (1 + s * (k1 + s * (k2 + s * (k3 + s * k4))))
    return value, 1 + s * (3 * k1 + s * (5 * k2 + s * (7 * k3 + s * 9 * k4)))


@lru_cache(maxsize=64)
def _radii(distortion: Distortion) -> tuple[Array, Array]:
    """Bent radii, increasing, of the angles from 0 to the limit; and those angles."""
    angles = np.linspace(0, limit(distortion), _TABLE)
    if distortion.model == "kannala_brandt":
        return _fisheye(distortion, angles)[0], angles
    straight = _brown(distortion)._replace(p1=0.0, p2=0.0)
    return _brown_conrady(straight, np.tan(angles), np.zeros(_TABLE))[0], angles


def _straight(distortion: Distortion, plane: Array) -> Array:
    """The inverse of `_bent` for (N, 2) points, NaN where there is none."""
    bent, angles = _radii(distortion)
    radius = np.hypot(plane[:, 0], plane[:, 1])
    near = radius <= bent[-1] + _sideways(distortion)
    start = np.interp(radius[near], bent, angles)
    found = np.full_like(plane, np.nan)
    with np.errstate(all="ignore"):
        if distortion.model == "kannala_brandt":
            solved = _solved_fisheye(distortion, plane[near], radius[near], start)
        else:
            solved = _solved_brown(distortion, plane[near], radius[near], start)
        found[near] = solved
    return found


def _sideways(distortion: Distortion) -> float:
    """No more than this do the tangential terms move a point that is seen."""
    if distortion.model == "kannala_brandt":
        return 0.0
    _, _, p1, p2 = _brown(distortion)
    return 3 * (abs(p1) + abs(p2)) * tan(limit(distortion)) ** 2


def _solved_fisheye(distortion: Distortion, plane: Array, radius: Array, theta: Array) -> Array:
    for _ in range(_STEPS):
        value, slope = _fisheye(distortion, theta)
        wrong = np.abs(value - radius) > 1e-14 * (1 + radius)
        if not wrong.any():
            break
        step = np.where(wrong, (value - radius) / slope, 0.0)
        theta = np.clip(theta - step, 0, limit(distortion))
    value, _ = _fisheye(distortion, theta)
    theta[~_solved(value - radius, radius) | (theta >= limit(distortion))] = np.nan
    scale = np.where(radius > 0, np.tan(theta) / np.where(radius > 0, radius, 1.0), 1.0)
    return plane * scale[:, None]


def _solved_brown(distortion: Distortion, plane: Array, radius: Array, start: Array) -> Array:
    brown, widest = _brown(distortion), tan(limit(distortion))
    goal_x, goal_y = plane.T
    scale = np.where(radius > 0, np.tan(start) / np.where(radius > 0, radius, 1.0), 1.0)
    x, y = goal_x * scale, goal_y * scale
    for _ in range(_STEPS):
        bent_x, bent_y, xx, xy, yy = _brown_conrady(brown, x, y)
        off_x, off_y = bent_x - goal_x, bent_y - goal_y
        wrong = np.hypot(off_x, off_y) > 1e-14 * (1 + radius)
        if not wrong.any():
            break
        slope = np.where(wrong, xx * yy - xy * xy, np.inf)  # what is solved stays
        x, y = x - (yy * off_x - xy * off_y) / slope, y - (xx * off_y - xy * off_x) / slope
        back = np.minimum(1, widest / np.hypot(x, y))  # never past the fold
        x, y = np.where(back < 1, x * back, x), np.where(back < 1, y * back, y)
    bent_x, bent_y, *_ = _brown_conrady(brown, x, y)
    seen = _solved(np.hypot(bent_x - goal_x, bent_y - goal_y), radius) & (np.hypot(x, y) < widest)
    return np.where(seen[:, None], np.stack([x, y], axis=-1), np.nan)


def _solved(error: Array, radius: Array) -> NDArray[np.bool_]:
    return np.abs(error) <= 1e-11 * (1 + radius)
