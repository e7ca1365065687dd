"""Edges of color alone that are new: in what no local crosstalk makes of the raw picture's colors.

At half the size, for chroma is coarse in a picture that was compressed.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.frames import F32, U8
from refine.gate.edges import Trace, longest
from refine.gate.pair import slopes

F64 = NDArray[np.float64]

_HALF = 2
_SMOOTHING = 1.0
"""Sigma of the comparison, in pixels of the half picture; so are all lengths below."""
_STEP = np.sqrt(2 * np.pi) * _SMOOTHING
_NEAR = np.ones((3, 3), np.uint8)
_LEVELS, _GAIN = 10.0, 0.3
_CELL, _EPSILON = 4, 4.0


def invented_color(raw: U8, refined: U8) -> Trace:
    """The longest edge in Cr and Cb that no local affine map of Y, Cr and Cb makes of `raw`.

    The raw picture's own edges, of luma or of color, excuse _GAIN of their strength nearby. Noise is
    no excuse: smoothed, that of 20 levels in each channel stays below the threshold.
    """
    before, after = _smooth(raw), _smooth(refined)
    new = _steepest(after[..., 1:] - _explained(before, after[..., 1:]))
    own = cv2.dilate(_steepest(before), _NEAR)
    found = longest(new > _GAIN * own + _LEVELS / _STEP)
    return Trace(_HALF * found.px, _HALF * found.x, _HALF * found.y, found.share)


def _smooth(picture: U8) -> F32:
    """(H/2, W/2, 3) float32: Y, Cr and Cb, 0 to 255, smoothed."""
    h, w = picture.shape[:2]
    size = (max(1, w // _HALF), max(1, h // _HALF))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    colors = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb), np.float32)
    return np.asarray(cv2.GaussianBlur(colors, (0, 0), _SMOOTHING), np.float32)


def _channels(picture: F32) -> list[F32]:
    return [np.ascontiguousarray(picture[..., k]) for k in range(picture.shape[2])]


def _steepest(picture: F32) -> F32:
    """(H, W) the length of the gradient of that channel which is steepest, levels a pixel."""
    lengths = [cv2.magnitude(*slopes(channel)) for channel in _channels(picture)]
    return np.asarray(np.max(lengths, axis=0), np.float32)


def _explained(guide: F32, wanted: F32) -> F32:
    """`wanted`, (H, W, 2), as a local affine map of `guide`, (H, W, 3), fitted around each pixel.

    K. He and J. Sun, Fast Guided Filter, 2015: maps are fitted cell by cell and drawn out between.
    """
    ours, theirs = _channels(guide), _channels(wanted)
    mean, goal = (np.stack([_local(c) for c in part], axis=-1) for part in (ours, theirs))
    square = _products(ours, ours) - mean[..., :, None] * mean[..., None, :]
    shared = _products(ours, theirs) - mean[..., :, None] * goal[..., None, :]
    gains = np.linalg.solve(square + _EPSILON * np.eye(3), shared)
    offsets = goal - np.einsum("hwi,hwij->hwj", mean, gains)
    size = guide.shape[1::-1]
    told = []
    for k in range(len(theirs)):
        parts = [*np.moveaxis(gains[..., k], -1, 0), offsets[..., k]]
        a, b, c, d = (cv2.resize(part.astype(np.float32), size) for part in parts)
        told.append(a * ours[0] + b * ours[1] + c * ours[2] + d)
    return np.asarray(cv2.merge(told), np.float32)


def _products(some: Sequence[F32], others: Sequence[F32]) -> F64:
    """(rows, columns, i, j) local means of the product of channel i and channel j."""
    rows = [np.stack([_local(a * b) for b in others], axis=-1) for a in some]
    return np.stack(rows, axis=-2)


def _local(part: F32) -> F64:
    """Means over three cells by three, one for every cell."""
    h, w = part.shape
    size = (max(1, w // _CELL), max(1, h // _CELL))
    cells = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(cells, (3, 3), borderType=cv2.BORDER_REFLECT), np.float64)
