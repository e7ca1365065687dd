"""What the lens of the photographs does: it darkens the corners and softens the edges."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from refine.frames import F32, U8
from refine.stats.settings import Settings

MOST_VIGNETTE = 0.5  # of the light in the corner
MOST_BLUR_PX = 1.0  # no edge is widened by more, and none is moved, for the kernel is symmetric
THUMBNAIL_PX = 160
NEAR, FAR = 0.7, 1.4  # pixels: the two scales at which an edge is looked at
STRONG = 12 / 255  # a pixel: the least slope of an edge that noise does not make
BLURS_PX = (0.0, 0.35, 0.5, 0.65, 0.8, MOST_BLUR_PX)
FEWEST = 100  # edges
SHARPEST = 0.3  # of the edges: the others are shadows and what lies out of focus


class Lens(Settings):
    """vignette: the share of the light that the corner loses · blur_px: deviation of a Gaussian."""

    vignette: float = Field(ge=0, le=MOST_VIGNETTE)
    blur_px: float = Field(ge=0, le=MOST_BLUR_PX)


@lru_cache(maxsize=8)
def shading(height: int, width: int, vignette: float) -> F32:
    """(H, W, 1) gains 1 − vignette·r², where r is 0 in the middle and 1 in the corners."""
    gains = (1 - vignette * _radius(height, width) ** 2).astype(np.float32)[..., None]
    gains.flags.writeable = False
    return gains


def _radius(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.mgrid[:height, :width]
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    return np.hypot(x, y) / np.hypot((height - 1) / 2, (width - 1) / 2)


def soften(rgb: F32, blur_px: float) -> F32:
    """Convolved with a Gaussian, the border reflected."""
    if blur_px < 0.1:  # less than a thousandth of a pixel's light would leave it
        return rgb
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), blur_px), np.float32)  # the border reflected


def corner_loss(rgb: U8) -> float:
    """The vignette that a single picture suggests: its content is still in it, of either sign.

    The brightness of a scene falls toward the border as often as it rises, so the middle one of all
    radial slopes is the lens's (Zheng, Yu, Kang, Lin and Kambhamettu, Single-image vignetting
    correction using radial gradient symmetry, 2008). From log(1 − v r²)' = −2 v r / (1 − v r²).
    """
    scale = THUMBNAIL_PX / max(rgb.shape)
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255
    log = np.log(cv2.GaussianBlur(grey, (0, 0), 1) + 0.02)
    down, right = np.gradient(log)
    height, width = grey.shape
    y, x = np.mgrid[:height, :width]
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    corner = np.hypot(y[0, 0], x[0, 0])
    radius = np.hypot(x, y) / corner
    slope = (right * x + down * y) / np.maximum(radius, 1e-9)  # a corner's distance, not a pixel
    use = (radius > 0.25) & (grey > 0.08) & (grey < 0.92)
    if not use.any():
        return 0.0
    s, r = slope[use], radius[use]
    return _weighted_median(-s / (r * np.maximum(2 - s * r, 0.2)), r)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def fit_vignette(photographs: NDArray[np.float64], renders: NDArray[np.float64]) -> float:
    """What the photographs lose beyond the renders; 0 where chance alone could say as much."""
    found = np.median(photographs) - np.median(renders)
    spread = sum(
        np.median(np.abs(values - np.median(values))) ** 2 / len(values)
        for values in (photographs, renders)
    )
    error = 1.4826 * 1.2533 * spread**0.5  # of a median, for normal values
    return float(np.clip(found, 0, MOST_VIGNETTE)) if found > 2 * error else 0.0


def edge_widths(rgb: U8) -> NDArray[np.float64]:
    """The squared width (pixels²) of each strong edge, as a Gaussian that an ideal step was softened by.

    The slopes of an edge at two scales are to each other as sqrt(s² + FAR²) to sqrt(s² + NEAR²)
    (Zhuo and Sim, Defocus map estimation from a single image, 2011).
    """
    grey = np.divide(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 255, dtype=np.float32)
    near, across, down = _slope(grey, NEAR)
    far, _, _ = _slope(grey, FAR)
    steep = np.abs(down) > np.abs(across)
    ridge = np.where(steep, _is_ridge(near, 0), _is_ridge(near, 1))
    ratio = (near / np.maximum(far, 1e-6))[ridge & (near > STRONG)].astype(np.float64) ** 2
    ratio = ratio[ratio > 1.01]
    return (FAR**2 - ratio * NEAR**2) / (ratio - 1)


def _slope(grey: F32, scale: float) -> tuple[F32, F32, F32]:
    smooth = cv2.GaussianBlur(grey, (0, 0), scale)
    down, across = np.gradient(smooth)
    return np.hypot(across, down), across, down


def _is_ridge(slope: F32, axis: int) -> NDArray[np.bool_]:
    return (slope >= np.roll(slope, 1, axis)) & (slope > np.roll(slope, -1, axis))


def fit_blur(photographs: Sequence[U8], renders: Sequence[U8]) -> float:
    """The Gaussian, in pixels, that makes the sharp edges of renders as wide as the photographs'.

    Renders are blurred and measured like photographs, so that what the measure gets wrong cancels.
    """
    wanted = _sharpness(photographs)
    found = [_sharpness([_softened(picture, blur) for picture in renders]) for blur in BLURS_PX]
    if not np.isfinite([wanted, *found]).all():
        return 0.0  # nothing sharp to be seen, so nothing is known
    return float(np.interp(wanted, np.maximum.accumulate(found), BLURS_PX))


def _sharpness(pictures: Iterable[U8]) -> float:
    """The squared width (pixels²) of the sharper edges; NaN where there are hardly any."""
    widths = np.concatenate([edge_widths(picture) for picture in pictures])
    return float(np.quantile(widths, SHARPEST)) if len(widths) >= FEWEST else float("nan")


def _softened(rgb: U8, blur_px: float) -> U8:
    light = np.asarray(rgb, np.float32)
    return np.round(soften(light, blur_px)).astype(np.uint8)
