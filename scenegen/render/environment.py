"""What a panorama shines: its scale, a few strong lights, and the smooth rest.

Directions are unit vectors in the panorama's own frame, z up. A panorama (H, W, 3) holds linear
radiance; the pixel at (u, v) in [0, 1) looks along φ = 2π(½ − u), θ = πv from the zenith.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MAX_GLOWS = 3
"""Bright regions of a panorama that are taken for lights at most."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

_ANALYSIS_HEIGHT = 128  # rows; enough to place a sun to half a degree
_LARGEST_HEIGHT = 2048  # rows kept of a finer panorama

_TRIES = 8  # regions looked at, brightest first
_REGION = 0.35  # radians about a peak within which brightness belongs to one light
_PEAK_SHARE = 0.25  # of the peak's brightness, above which a pixel belongs to its light
_LEAST_SHARE = 0.04  # of the whole light on a level surface, below which a light is not worth one


@dataclass(frozen=True, eq=False)
class Glow:
    """A bright region taken for a light: radiance of a white matt surface facing it, and its size."""

    direction: Array
    color: Array
    angular_radius: float


@dataclass(frozen=True, eq=False)
class Shine:
    """The light of a panorama: its strongest lights, and a small copy (h, w, 3) without them."""

    glows: tuple[Glow, ...]
    rest: Array


@dataclass(frozen=True, eq=False)
class Panorama:
    """A panorama scaled so that a white matt surface facing up has radiance 1.

    `radiance` (H, W, 3) float32 is all of it, and `shine` what is needed for matt surfaces.
    """

    radiance: NDArray[np.float32]
    shine: Shine


def directions(height: int, width: int) -> Array:
    """(H, W, 3) unit vectors of a panorama's pixel centres."""
    theta = np.pi * (np.arange(height) + 0.5) / height
    phi = 2 * np.pi * (0.5 - (np.arange(width) + 0.5) / width)
    sine = np.sin(theta)[:, None]
    up = np.broadcast_to(np.cos(theta)[:, None], (height, width))
    return np.stack([sine * np.cos(phi), sine * np.sin(phi), up], axis=-1)


def solid_angles(height: int, width: int) -> Array:
    """(H, 1) solid angle of one pixel of each row, steradians, exact."""
    edges = np.cos(np.pi * np.arange(height + 1) / height)
    return ((edges[:-1] - edges[1:]) * (2 * np.pi / width))[:, None]


def prepare(radiance: NDArray[np.float32]) -> Panorama:
    """Scale a panorama and take its strongest lights apart; nothing is lost or counted twice."""
    radiance = np.maximum(np.nan_to_num(radiance, nan=0.0, posinf=6e4), 0.0)
    size = min(radiance.shape[0], _ANALYSIS_HEIGHT)
    small = _shrunk(radiance, size)
    facing_up = np.maximum(directions(size, 2 * size)[..., 2], 0) * solid_angles(size, 2 * size)
    level = float((small @ LUMINANCE * facing_up).sum())
    if level <= 0:
        return Panorama(radiance, Shine((), _shrunk(radiance, 32)))
    gain = np.pi / level
    glows, rest = _split(small * gain)
    if radiance.shape[0] > _LARGEST_HEIGHT:
        radiance = _shrunk(radiance, _LARGEST_HEIGHT).astype(np.float32)
    return Panorama(radiance * np.float32(gain), Shine(glows, _shrunk(rest, 32)))


def _shrunk(radiance: NDArray[np.floating], height: int) -> Array:
    """A smaller panorama; rows are averaged by their solid angle, so no light is lost."""
    weights = solid_angles(*radiance.shape[:2])
    weighted = (radiance * weights[..., None]).astype(np.float64)
    rows, columns = radiance.shape[:2]
    if rows % height == 0 and columns % (2 * height) == 0:
        y, x = rows // height, columns // (2 * height)
        summed = weighted.reshape(height, y, 2 * height, x, 3).sum(axis=(1, 3))
    else:
        area = cv2.resize(weighted, (2 * height, height), interpolation=cv2.INTER_AREA)
        summed = area * (rows * columns / (2 * height * height))
    small: Array = summed / solid_angles(height, 2 * height)[..., None]
    return small


def _split(radiance: Array) -> tuple[tuple[Glow, ...], Array]:
    """The strongest lights above the horizon, and the panorama without them."""
    rest = radiance.copy()
    view = directions(*radiance.shape[:2])
    solid = solid_angles(*radiance.shape[:2])
    above = view[..., 2] > 0.05
    ambient = float(np.median((radiance @ LUMINANCE)[above]))
    found: list[Array] = []
    for _ in range(_TRIES):
        brightness = np.where(above, cv2.GaussianBlur(rest @ LUMINANCE, (5, 5), 1.0), 0.0)
        peak = view[np.unravel_index(int(brightness.argmax()), brightness.shape)]
        member = (view @ peak > np.cos(_REGION)) & above
        member &= brightness > max(_PEAK_SHARE * brightness.max(), 2 * ambient)
        luminance = rest @ LUMINANCE
        excess = rest * np.clip(1 - ambient / np.maximum(luminance, 1e-9), 0, 1)[..., None]
        excess = np.where(member[..., None], excess, 0.0)
        rest = rest - excess
        found.append(excess)
    found.sort(key=lambda excess: -float((excess @ LUMINANCE * solid).sum()))
    glows = [_glow(excess * solid[..., None], view) for excess in found[:MAX_GLOWS]]
    strong = [glow.color @ LUMINANCE > _LEAST_SHARE for glow in glows]
    for excess, taken in zip(found, strong + [False] * len(found), strict=False):
        if not taken:
            rest = rest + excess
    return tuple(glow for glow, taken in zip(glows, strong, strict=True) if taken), rest


def _glow(energy: Array, view: Array) -> Glow:
    """One light with the energy (H, W, 3) = radiance · solid angle of a region."""
    weight = energy @ LUMINANCE
    total = max(float(weight.sum()), 1e-12)
    center = (weight[..., None] * view).sum(axis=(0, 1))
    center /= max(float(np.linalg.norm(center)), 1e-12)
    square = float((weight * 2 * (1 - np.clip(view @ center, -1, 1))).sum()) / total
    color = energy.sum(axis=(0, 1)) / np.pi
    return Glow(center, color, float(np.sqrt(2 * square)))  # of a disc: radius² / 2


def sh_basis(view: Array) -> Array:
    """(…, 9) real spherical harmonics up to order 2 of unit vectors (Ramamoorthi, Hanrahan 2001)."""
    x, y, z = np.moveaxis(view, -1, 0)
    return np.stack(
        [
            np.full_like(x, 0.282095),
            0.488603 * y,
            0.488603 * z,
            0.488603 * x,
            1.092548 * x * y,
            1.092548 * y * z,
            0.315392 * (3 * z * z - 1),
            1.092548 * x * z,
            0.546274 * (x * x - y * y),
        ],
        axis=-1,
    )


_COSINE = np.array([1.0, *[2 / 3] * 3, *[1 / 4] * 5])  # cosine lobe / π, per coefficient


def matt_coefficients(radiance: Array) -> Array:
    """(9, 3) so that `sh_basis(n) @ result` is the radiance of a white matt surface facing n."""
    height, width = radiance.shape[:2]
    energy = radiance * solid_angles(height, width)[..., None]
    coefficients: Array = np.tensordot(
        sh_basis(directions(height, width)), energy, ([0, 1], [0, 1])
    )
    return coefficients * _COSINE[:, None]


def with_ground(radiance: Array, ground: Array | None) -> Array:
    """The panorama with everything below the horizon replaced by a floor's radiance (3,)."""
    if ground is None:
        return radiance
    below = directions(*radiance.shape[:2])[..., 2:] < 0
    return np.where(below, ground, radiance)


def cells(radiance: Array, axes: Array) -> Array:
    """(N, 3) light arriving from nearest to each of `axes` (N, 3): ∫ radiance dω / π."""
    view = directions(*radiance.shape[:2]).reshape(-1, 3)
    owner = (view @ axes.T).argmax(axis=1)
    energy = (radiance * solid_angles(*radiance.shape[:2])[..., None]).reshape(-1, 3) / np.pi
    total = np.zeros((len(axes), 3))
    np.add.at(total, owner, energy)
    return total
