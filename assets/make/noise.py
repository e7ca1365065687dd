"""Periodic random fields and the small image operations that build on them.

Every field wraps around at its edges, so whatever is computed from fields point by point tiles.
All arrays are indexed [row, column]; all randomness comes from the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

Array = np.ndarray
Generator = np.random.Generator


def unit(field: Array) -> Array:
    """The field with mean 0 and standard deviation 1."""
    centered = field - field.mean()
    return np.asarray(centered / max(float(centered.std()), 1e-12))


def _filtered(rng: Generator, shape: tuple[int, int], gain: Array) -> Array:
    white = np.fft.rfft2(rng.standard_normal(shape))
    return unit(np.fft.irfft2(white * gain, s=shape))


def _frequencies(shape: tuple[int, int]) -> tuple[Array, Array]:
    """Cycles per image along rows and columns, in the layout of rfft2."""
    rows, columns = shape
    return np.fft.fftfreq(rows, 1 / rows)[:, None], np.fft.rfftfreq(columns, 1 / columns)[None, :]


def fractal(
    rng: Generator, n: int, *, low: float = 1, high: float = 1e9, slope: float = 1.6
) -> Array:
    """Unit-variance cloud-like field (n, n): amplitude f^-slope between low and high cycles."""
    fy, fx = _frequencies((n, n))
    f = np.hypot(fy, fx)
    band = (f >= low) / (1 + (f / high) ** 4)
    gain = np.where(f > 0, np.maximum(f, 1e-9) ** -slope, 0) * band
    return _filtered(rng, (n, n), gain)


def blobs(rng: Generator, shape: tuple[int, int], sigma_px: tuple[float, float]) -> Array:
    """Unit-variance field of soft blobs with standard deviations (rows, columns) in pixels."""
    fy, fx = _frequencies(shape)
    sy, sx = sigma_px
    spread = (fy / shape[0] * sy) ** 2 + (fx / shape[1] * sx) ** 2
    gain = np.exp(-2 * np.pi**2 * spread)
    gain[0, 0] = 0
    return _filtered(rng, shape, gain)


def line(rng: Generator, n: int, sigma: float) -> Array:
    """Unit-variance periodic curve of n values, smooth over about sigma samples."""
    return np.asarray(blobs(rng, (2, n), (0.0, sigma))[0])


def blur(image: Array, sigma_px: float) -> Array:
    """Gaussian blur that wraps around the edges."""
    pad = min(int(4 * sigma_px) + 2, min(image.shape[:2]))
    wide = np.pad(image, [(pad, pad), (pad, pad)] + [(0, 0)] * (image.ndim - 2), mode="wrap")
    soft = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), sigma_px)
    return np.asarray(soft[pad:-pad, pad:-pad], dtype=np.float64)


def warp(image: Array, down_px: Array, right_px: Array) -> Array:
    """The image looked up at positions moved by the two displacement fields, wrapping around."""
    rows, columns = np.indices(image.shape[:2], dtype=np.float64)
    where = np.stack([rows + down_px, columns + right_px])
    return np.asarray(map_coordinates(image, where, order=1, mode="grid-wrap"))


def cells(rng: Generator, n: int, count: int, *, regular: bool = False) -> tuple[Array, Array, int]:
    """Voronoi cells on an (n, n) torus: distances to the two nearest seeds in pixels, the
    index of the nearest, and the number of seeds. Regular seeds are a jittered grid."""
    if regular:
        side = round(count**0.5)
        grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
        seeds = (grid + 0.5 + rng.uniform(-0.38, 0.38, grid.shape)) / side * n
    else:
        seeds = rng.uniform(0, n, (count, 2))
    seeds = np.mod(seeds, n)
    rows, columns = np.indices((n, n))
    points = np.stack([rows.ravel(), columns.ravel()], -1).astype(np.float64)
    distance, index = cKDTree(seeds, boxsize=n).query(points, k=2)
    return distance.reshape(n, n, 2), index[:, 0].reshape(n, n), len(seeds)


def smoothstep(low: float, high: float, x: Array) -> Array:
    """0 below low, 1 above high, a smooth ramp between (low > high reverses it)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def mix(a: Array | float, b: Array | float, t: Array | float) -> Array:
    """a where t is 0, b where t is 1; a scalar field t is spread over color channels."""
    weight, first, second = np.asarray(t, dtype=float), np.asarray(a), np.asarray(b)
    colored = max(first.ndim, second.ndim) == weight.ndim + 1 or (
        weight.ndim == 2 and (first.shape == (3,) or second.shape == (3,))
    )
    if colored:
        weight = weight[..., None]
    return np.asarray(first * (1 - weight) + second * weight)


def rgb(code: str) -> Array:
    """'#c8a27a' as three sRGB values in [0, 1]."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def ramp(t: Array, codes: Sequence[str], at: Sequence[float] | None = None) -> Array:
    """Colors (…, 3) for values t in [0, 1] along a gradient of hex codes."""
    stops = np.array([rgb(code) for code in codes])
    places = np.linspace(0, 1, len(codes)) if at is None else np.asarray(at)
    return np.stack([np.interp(t, places, stops[:, c]) for c in range(3)], -1)
