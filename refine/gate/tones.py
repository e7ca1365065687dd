"""The raw picture with the refined one's tones, so that a tone curve is not taken for a change.

The refined luma is taken for a sum of rising curves of red, green, blue and luma. They are fitted to
how pixels differ from their surroundings: what changes slowly over a picture, as a vignette does,
plays no part. Neither do pixels beside an edge, whose levels a blur or a move changes too. Rising
curves turn no contrast round and move no edge.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from refine.frames import F32, U8

WEIGHTS = np.array([[0.299, 0.587, 0.114]], np.float32)

_PIECES = 8
_PIECE = 256 // _PIECES
_RAMPS = np.clip(np.arange(256)[:, None] - _PIECE * np.arange(_PIECES), 0, _PIECE).astype(
    np.float32
)
"""(256, _PIECES): a level in pieces, which sum up to it."""
_SHARES = np.append(WEIGHTS, 1).astype(np.float32)
_EVERY_PX = 4
_NEAR = np.ones((5, 5), np.uint8)
_EDGE_LEVELS = 24
_SURROUNDINGS = (9, 9)  # of those pixels
_EVEN = 0.02
_TINY = 1e-6


def toned(raw: U8, refined_luma: F32) -> F32:
    """(H, W) float32: `raw`, (H, W, 3), through the curves that bring it nearest to `refined_luma`."""
    planes = _planes(raw)
    curves = _SHARES[:, None] * (_slopes(planes, refined_luma) @ _RAMPS.T)
    table = np.ascontiguousarray(curves.T.reshape(1, 256, 4), np.float32)
    return np.asarray(
        cv2.transform(cv2.LUT(planes, table), np.ones((1, 4), np.float32)), np.float32
    )


def _planes(raw: U8) -> U8:
    """(H, W, 4): red, green, blue and luma."""
    return np.asarray(cv2.merge([*cv2.split(raw), cv2.cvtColor(raw, cv2.COLOR_RGB2GRAY)]), np.uint8)


def _slopes(planes: U8, refined: F32) -> NDArray[np.float64]:
    """(4, _PIECES) slopes of the curves, none below 0: least squares on every _EVERY_PX-th pixel.

    Slopes side by side, and those of the three colors, are kept alike where the picture tells
    nothing of them.
    """
    few, goal = planes[::_EVERY_PX, ::_EVERY_PX], refined[::_EVERY_PX, ::_EVERY_PX]
    flat = _flat(planes[..., 3])[::_EVERY_PX, ::_EVERY_PX]
    parts = (_RAMPS[few] * _SHARES[:, None]).reshape(*goal.shape, -1)
    maps = np.ascontiguousarray(np.dstack([parts, goal]).transpose(2, 0, 1)) * flat
    share = np.maximum(cv2.blur(flat, _SURROUNDINGS), _TINY)
    apart = np.stack([one - flat * cv2.blur(one, _SURROUNDINGS) / share for one in maps])
    apart = apart.reshape(len(maps), -1).astype(np.float64)
    gram = apart @ apart.T
    normal, wanted = gram[:-1, :-1], gram[:-1, -1]
    scale = np.trace(normal) / len(normal) + _TINY
    normal = normal + scale * (_EVEN * _UNEVEN + _TINY * np.eye(len(normal)))
    root = np.linalg.cholesky(normal)
    slopes, _ = nnls(root.T, np.linalg.solve(root, wanted + scale * _TINY / 2))
    return np.asarray(slopes).reshape(4, _PIECES)


def _flat(luma: U8) -> F32:
    """(H, W) 1, or 0 beside an edge of _EDGE_LEVELS."""
    edge = cv2.morphologyEx(luma, cv2.MORPH_GRADIENT, _NEAR) >= _EDGE_LEVELS
    return np.asarray(~edge, np.float32)


def _unevenness() -> NDArray[np.float64]:
    """The quadratic form of differences between neighboring slopes and between those of colors."""
    along = np.kron(np.eye(4), np.diff(np.eye(_PIECES), axis=0))
    across = np.kron(np.diff(np.eye(4), axis=0)[:2], np.eye(_PIECES))
    return np.asarray(along.T @ along + across.T @ across)


_UNEVEN = _unevenness()
