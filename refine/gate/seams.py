"""Straight steps along rows or columns where the raw picture has none: seams of tiles."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from refine.frames import F32
from refine.gate.pair import Pair

_WIDTH_PX = 3
_CLIP_LEVELS = 24.0
_TREND_PX = 31
_BUSY_LEVELS = 10.0
_BUSY_PX = 11
_GAINS = (0.4, 2.5)
_SEGMENTS = 4
_FEWEST_PX = 30
_SIGMAS = 4.0


@dataclass(frozen=True)
class Seam:
    """The highest straight step, in levels above its own noise: along the row or column `at`."""

    levels: float
    along: str
    at: int


def seam(pair: Pair) -> Seam:
    """The highest mean step over a quarter of a row or column.

    A pixel's step counts as far as no gain between 0.4 and 2.5 makes it of the raw picture's, and
    only away from the raw picture's own edges; what goes on beside it is a trend and is no seam.
    """
    levels, x = _highest(pair.toned, pair.refined, pair.noise)
    across, y = _highest(_turned(pair.toned), _turned(pair.refined), pair.noise)
    return Seam(levels, "column", x) if levels >= across else Seam(across, "row", y)


def _turned(luma: F32) -> F32:
    return np.ascontiguousarray(luma.T)


def _highest(raw: F32, refined: F32, noise: float) -> tuple[float, int]:
    """Height and place of the highest step from one column to the next."""
    before, after = _steps(raw), _steps(refined)
    ends = [np.float32(gain) * before for gain in _GAINS]
    new = after - np.clip(after, np.minimum(*ends), np.maximum(*ends))
    calm = cv2.dilate(np.abs(before), np.ones((1, _BUSY_PX), np.uint8)) < _BUSY_LEVELS
    step = np.clip(new, -_CLIP_LEVELS, _CLIP_LEVELS) * calm
    count, total = _by_segment(calm.astype(np.float32)), _by_segment(step)
    mean = total / np.maximum(count, 1)
    height = np.abs(mean - ndimage.median_filter(mean, (1, _TREND_PX)))
    height -= _SIGMAS * noise * np.sqrt(2 / _WIDTH_PX / np.maximum(count, 1))
    height[count < _FEWEST_PX] = 0
    at = int(np.argmax(height))
    return max(float(height.flat[at]), 0.0), at % height.shape[1]


def _steps(luma: F32) -> F32:
    """Mean of the three pixels to the right, this one included, less that of the three left."""
    kernel = np.repeat(np.array([-1, 1], np.float32), _WIDTH_PX) / np.float32(_WIDTH_PX)
    one = np.ones(1, np.float32)
    filtered = cv2.sepFilter2D(luma, -1, kernel, one, borderType=cv2.BORDER_REFLECT)
    return np.asarray(filtered, np.float32)


def _by_segment(part: F32) -> F32:
    """(_SEGMENTS, W) sums over quarters of the columns."""
    bounds = np.linspace(0, part.shape[0], _SEGMENTS, endpoint=False).astype(int)
    return np.add.reduceat(part, bounds, axis=0)
