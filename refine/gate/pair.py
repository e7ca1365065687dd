"""Two pictures made comparable: of the same tones, without their shading, without their grain."""

from dataclasses import dataclass

import cv2
import numpy as np

from refine.frames import F32, U8
from refine.gate.tones import WEIGHTS, toned

SMOOTHING_PX = 1.5
"""Sigma under which pictures are compared: an honest blur and honest noise are small in it."""

GRAIN = 1 / (np.sqrt(8 * np.pi) * SMOOTHING_PX**2)
"""Standard deviation of a slope of smoothed white noise whose own is 1."""

_SLOW_PX = 6.0
_COARSE = 4
_BLACK, _WHITE = 3, 250
_REACH_PX = 9
_NOISE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_SLOPE = np.array([-0.5, 0, 0.5], np.float32)
_ONE = np.ones(1, np.float32)


@dataclass(frozen=True)
class Pair:
    """Luma of both pictures, 0 to 255; every array is (H, W) float32.

    `toned` is the raw picture with the refined one's tones (`tones`); `toned_band` and
    `refined_band` are what lies between grain and shading, `gx` and `gy` the first one's gradient,
    levels a pixel. `raw_slope`, `toned_slope` and `refined_slope` are lengths of gradients: the
    first knows nothing of tones. `clear` is 1, or 0 near pixels that were clipped anew, where
    nothing can be measured. `noise` is the standard deviation of what the refined picture's grain
    has anew.
    """

    toned: F32
    refined: F32
    toned_band: F32
    refined_band: F32
    gx: F32
    gy: F32
    raw_slope: F32
    toned_slope: F32
    refined_slope: F32
    clear: F32
    noise: float


def pair_of(raw: U8, refined: U8) -> Pair:
    """Make two (H, W, 3) uint8 sRGB pictures of one size comparable."""
    ours, theirs = luma_of(raw), luma_of(refined)
    recast = toned(raw, theirs)
    before, after = band(recast), band(theirs)
    gx, gy = slopes(before)
    return Pair(
        toned=recast,
        refined=theirs,
        toned_band=before,
        refined_band=after,
        gx=gx,
        gy=gy,
        raw_slope=_length(*slopes(band(ours))),
        toned_slope=_length(gx, gy),
        refined_slope=_length(*slopes(after)),
        clear=_clear(ours, theirs),
        noise=noise_of(theirs - ours),
    )


def luma_of(picture: U8) -> F32:
    """(H, W) float32, 0 to 255, by Rec. 601's weights."""
    return np.asarray(cv2.transform(picture.astype(np.float32), WEIGHTS), np.float32)


def band(luma: F32) -> F32:
    """The picture smoothed, less the same smoothed far more: outlines and texture, no shading."""
    h, w = luma.shape
    small = (max(1, w // _COARSE), max(1, h // _COARSE))
    coarse = cv2.resize(luma, small, interpolation=cv2.INTER_AREA)
    sigma = _SLOW_PX / _COARSE
    coarse = cv2.GaussianBlur(coarse, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    slow = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(luma, (0, 0), SMOOTHING_PX, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.subtract(smooth, slow), np.float32)


def slopes(picture: F32) -> tuple[F32, F32]:
    """Central differences along x and along y, levels a pixel."""
    x = cv2.sepFilter2D(picture, -1, _SLOPE, _ONE, borderType=cv2.BORDER_REFLECT)
    y = cv2.sepFilter2D(picture, -1, _ONE, _SLOPE, borderType=cv2.BORDER_REFLECT)
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def noise_of(difference: F32) -> float:
    """Standard deviation of white noise, from a second difference both ways.

    J. Immerkær, Fast Noise Variance Estimation, 1996, with a median for the mean.
    """
    grain = np.asarray(cv2.filter2D(difference, -1, _NOISE))[::2, ::2]
    return float(np.median(np.abs(grain))) * 1.4826 / 6


def _length(x: F32, y: F32) -> F32:
    return np.asarray(cv2.magnitude(x, y), np.float32)


def _clear(raw: F32, refined: F32) -> F32:
    clipped = ((refined >= _WHITE) & (raw < _WHITE)) | ((refined <= _BLACK) & (raw > _BLACK))
    near = cv2.dilate(clipped.astype(np.uint8), np.ones((_REACH_PX, _REACH_PX), np.uint8))
    return np.asarray(1 - near, np.float32)
