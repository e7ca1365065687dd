"""Edges that are new, edges that are gone, and how much of the outlines is still there.

By gradients of the smoothed pictures: a step of c levels has c / (√(2π) σ) levels a pixel there, so
that thresholds can be told as contrasts. Every threshold rises with the refined picture's noise.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.frames import F32, U16
from refine.gate.pair import GRAIN, SMOOTHING_PX, Pair, slopes

Mask = NDArray[np.bool_]

_STEP = np.sqrt(2 * np.pi) * SMOOTHING_PX
_NEAR = np.ones((5, 5), np.uint8)
_TOUCH = np.ones((3, 3), np.uint8)

_INVENTED_LEVELS, _INVENTED_GAIN, _INVENTED_SIGMAS = 7.0, 0.6, 4.0
_LOST_LEVELS, _LOST_GAIN, _LOST_SIGMAS = 14.0, 0.3, 10.0
_ASKED_LEVELS, _KEPT_GAIN, _KEPT_SIGMAS = 20.0, 0.15, 3.0
_FIT_PX, _FIT_EPSILON, _FIT_MOST = 25, np.float32(1), np.float32(3)


@dataclass(frozen=True)
class Trace:
    """The longest connected one of some edges, where it is, and all of them over all pixels."""

    px: float = 0.0
    x: int = 0
    y: int = 0
    share: float = 0.0


@dataclass(frozen=True)
class Recall:
    """How much of `px` pixels of visible outline is still an edge."""

    share: float
    px: int


def invented(pair: Pair) -> Trace:
    """Edges in what no local gain and offset makes of the raw picture.

    The raw picture's own edges within two pixels excuse _INVENTED_GAIN of their strength: honest
    changes of sharpness are no more than that.
    """
    new = np.hypot(*slopes(_unexplained(pair.toned_band, pair.refined_band)))
    least = max(_INVENTED_LEVELS / _STEP, _INVENTED_SIGMAS * pair.noise * GRAIN)
    return longest(new > _INVENTED_GAIN * cv2.dilate(pair.toned_slope, _NEAR) + least)


def lost(pair: Pair) -> Trace:
    """Edges that other tones alone would leave, and that nothing within two pixels keeps up."""
    least = max(_LOST_LEVELS / _STEP, _LOST_SIGMAS * pair.noise * GRAIN)
    left = cv2.dilate(pair.refined_slope, _NEAR)
    return longest((pair.toned_slope > least) & (left < _LOST_GAIN * pair.toned_slope))


def recalls(pair: Pair, ids: U16) -> dict[int, Recall]:
    """By instance; visible is what has 20 levels of contrast in the raw picture, and enough to

    stand out of the refined one's noise. An outline that cannot be seen cannot be asked for.
    """
    at = np.nonzero(_outline(ids) & (ids > 0))
    raw = cv2.dilate(pair.raw_slope, _TOUCH)[at]
    now = cv2.dilate(pair.refined_slope, _TOUCH)[at]
    noise = _KEPT_SIGMAS * pair.noise * GRAIN
    asked = raw > max(_ASKED_LEVELS / _STEP, noise / _KEPT_GAIN)
    total = np.bincount(ids[at], asked)
    kept = np.bincount(ids[at], asked & (now > _KEPT_GAIN * raw))
    return {int(i): Recall(float(kept[i] / total[i]), int(total[i])) for i in np.flatnonzero(total)}


def _unexplained(raw: F32, refined: F32) -> F32:
    """Refined less its best local affine fit to the raw picture.

    K. He, J. Sun and X. Tang, Guided Image Filtering, 2010.
    """
    mean, mean_refined = _mean(raw), _mean(refined)
    covariance = _mean(raw * refined) - mean * mean_refined
    variance = _mean(raw * raw) - mean * mean
    gain: F32 = np.clip(covariance / (variance + _FIT_EPSILON), 0, _FIT_MOST)
    return refined - _mean(gain) * raw - _mean(mean_refined - gain * mean)


def _mean(part: F32) -> F32:
    return np.asarray(cv2.blur(part, (_FIT_PX, _FIT_PX), borderType=cv2.BORDER_REFLECT), np.float32)


def longest(edges: Mask) -> Trace:
    """The longest connected one of `edges`: across its box, but not more than its pixels."""
    if not edges.any():
        return Trace()
    _, _, stats, centers = cv2.connectedComponentsWithStats(edges.astype(np.uint8))
    stats, centers = stats[1:], centers[1:]
    across = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    length = np.minimum(across, stats[:, cv2.CC_STAT_AREA])
    at = int(np.argmax(length))
    x, y = centers[at]
    return Trace(float(length[at]), round(x), round(y), float(edges.mean()))


def _outline(ids: U16) -> Mask:
    """(H, W) pixels on either side of a change of ids, along rows or columns."""
    edge = np.zeros(ids.shape, bool)
    across, down = ids[:, 1:] != ids[:, :-1], ids[1:] != ids[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge
