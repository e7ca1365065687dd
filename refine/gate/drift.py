"""How far things moved, to a fraction of a pixel, by least squares on gradients.

Where the refined picture is the raw one, moved by d and with another contrast, then to first order
R = a·I + b − a·d·∇I: a linear fit whose last part is the drift and whose residual tells how well it
is known (B. Lucas and T. Kanade, 1981, with gain and offset). A Laplacian takes up a difference in
sharpness, a mask a difference in contrast at an outline. Directions in which nothing can be seen to
move, as along a straight edge, add nothing to the drift.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refine.frames import U16
from refine.gate.pair import SMOOTHING_PX, Pair

F64 = NDArray[np.float64]

CELL_PX = 16
CELLS = 3
"""Neighbourhoods are CELLS × CELLS cells, one at every cell."""

_BAND_PX = 5
_OWN_PX = 2
"""What lies behind an instance does not move with it: the motion fitted is that of its own pixels
and this far around, where the smoothed outline is."""
_KNOWN_PX = 0.25
_KNOWN_SIGMAS = 3.5
"""An instance's drift is known where its error is below _KNOWN_PX or where it is that many times its
error: what was cut out and moved by some pixels leaves an error that grows with the move."""
_LEAST_GAIN = 0.2
_MODEL_LEVELS = 0.2
"""What the model itself may be wrong by, everywhere in the same sense: 0.2 levels of 255."""
_MODEL_SHARE = 0.03
"""And, in a neighbourhood, by 3 % of the contrast there: tones may change along a wide soft edge."""
_CORRELATED_PX = 4 * np.pi * SMOOTHING_PX**2
"""Pixels that share one independent value of the noise after smoothing."""


@dataclass(frozen=True)
class Drift:
    """Motion across edges, root mean square × √2: a shift of anything by d reads d.

    `error_px` is one standard deviation, infinite where nothing of the raw picture is left.
    """

    px: float
    error_px: float

    @property
    def at_least_px(self) -> float:
        """A lower bound, two standard deviations down; 0 where the drift is not known."""
        known = self.error_px < _KNOWN_PX or self.px > _KNOWN_SIGMAS * self.error_px
        return max(self.px - 2 * self.error_px, 0.0) if known else 0.0


@dataclass(frozen=True)
class LocalDrift:
    """The neighbourhood that moved most, and its center in pixels."""

    at_least_px: float
    x: int
    y: int


def instance_drifts(pair: Pair, ids: U16) -> dict[int, Drift]:
    """The drift of each instance and its outline: shift, turn and growth together."""
    found = {}
    for number, box in enumerate(ndimage.find_objects(ids), start=1):
        if box is not None:
            window = tuple(slice(max(0, s.start - _BAND_PX), s.stop + _BAND_PX) for s in box)
            mask = (ids[window] == number).astype(np.uint8)
            columns = _instance_columns(pair, window, mask)
            px, error = _drifts((columns @ columns.T)[None], motions=4)
            found[number] = Drift(float(px[0]), float(error[0]))
    return found


def _instance_columns(pair: Pair, window: tuple[slice, ...], mask: NDArray[np.uint8]) -> F64:
    """(9, N) what the fit is made of, over the mask and _BAND_PX around it; motion of _OWN_PX only."""
    near = cv2.dilate(mask, np.ones((2 * _BAND_PX + 1,) * 2, np.uint8)) > 0
    inside = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), SMOOTHING_PX)
    laplacian = cv2.Laplacian(pair.toned_band[window], cv2.CV_32F, borderType=cv2.BORDER_REFLECT)
    own = cv2.dilate(mask, np.ones((2 * _OWN_PX + 1,) * 2, np.uint8))
    maps = (
        pair.toned_band[window],
        inside,
        laplacian,
        pair.gx[window] * own,
        pair.gy[window] * own,
    )
    raw, inside, laplacian, gx, gy = (part[near] for part in maps)
    y, x = (c - c.mean() for c in np.nonzero(near))
    size = max(float(np.sqrt(np.mean(x * x + y * y))), 1.0)
    growth, turn = (x * gx + y * gy) / size, (x * gy - y * gx) / size
    refined = pair.refined_band[window][near]
    one = np.ones_like(gx)
    columns = np.stack([one, raw, inside, laplacian, gx, gy, growth, turn, refined])
    return columns.astype(np.float64) * pair.clear[window][near]


def local_drift(pair: Pair) -> LocalDrift:
    """The neighbourhood, of all over the picture, that is known to have moved most."""
    grams = _neighbourhoods(_cell_grams(pair))
    px, error = _drifts(grams.reshape(-1, *grams.shape[-2:]), motions=2, wrong=_MODEL_SHARE)
    bound = np.where(error < _KNOWN_PX, px - 2 * error, 0)
    row, column = divmod(int(np.argmax(bound)), grams.shape[1])
    middle = CELL_PX * CELLS // 2
    return LocalDrift(
        max(float(bound.max()), 0.0), column * CELL_PX + middle, row * CELL_PX + middle
    )


def _cell_grams(pair: Pair) -> F64:
    """(rows, columns, 6, 6) Gram matrices of what the fit is made of, cell by cell."""
    toned = pair.toned_band
    laplacian = cv2.Laplacian(toned, cv2.CV_32F, borderType=cv2.BORDER_REFLECT)
    parts = (np.ones_like(toned), toned, laplacian, pair.gx, pair.gy, pair.refined_band)
    rows, columns = (n // CELL_PX for n in toned.shape)
    shape = (rows, CELL_PX, columns, CELL_PX)
    cells = np.empty((rows, columns, len(parts), CELL_PX, CELL_PX), np.float32)
    for k, part in enumerate(parts):
        inner = part[: rows * CELL_PX, : columns * CELL_PX]
        cells[:, :, k] = inner.reshape(shape).swapaxes(1, 2)
    clear = pair.clear[: rows * CELL_PX, : columns * CELL_PX].reshape(shape).swapaxes(1, 2)
    if not clear.all():
        cells *= clear[:, :, None]
    flat = cells.reshape(rows, columns, len(parts), CELL_PX**2)
    return (flat @ flat.swapaxes(-1, -2)).astype(np.float64)


def _neighbourhoods(grams: F64) -> F64:
    if min(grams.shape[:2]) < CELLS:  # a picture smaller than one: taken whole
        return grams.sum(axis=(0, 1), keepdims=True)
    view = np.lib.stride_tricks.sliding_window_view(grams, (CELLS, CELLS), axis=(0, 1))
    return view.sum(axis=(-2, -1))


def _drifts(grams: F64, *, motions: int, wrong: float = 0) -> tuple[F64, F64]:
    """(N, k, k) Gram matrices of [1, toned, …, `motions` columns, refined] → drift and its error.

    `wrong`: the share of the refined picture's contrast that the model may be wrong by.

    The two first motions are the gradient. What the other columns explain as well is taken from
    the motions' normal matrix (its Schur complement), so that it counts as unknown.
    """
    k = grams.shape[-1] - 1
    still = k - motions
    count = np.maximum(grams[:, 0, 0], 1)
    scale = np.sqrt(np.maximum(np.einsum("nii->ni", grams)[:, :k], 1e-9))
    normal = grams[:, :k, :k] / (scale[:, :, None] * scale[:, None, :]) + 1e-6 * np.eye(k)
    theta = np.linalg.solve(normal, (grams[:, :k, k] / scale)[..., None])[..., 0] / scale
    rest = grams[:, k, k] - np.einsum("ni,ni->n", theta, grams[:, :k, k])
    variance = np.maximum(rest, 0) / np.maximum(count - k, 1) + 1 / 12  # 8 bits
    shared = normal[:, :still, still:]
    held = np.linalg.solve(normal[:, :still, :still], shared)
    free = normal[:, still:, still:] - shared.transpose(0, 2, 1) @ held
    free *= scale[:, still:, None] * scale[:, None, still:]
    gain = theta[:, 1]
    edges = np.maximum(gain, _LEAST_GAIN) ** 2 * np.maximum(free[:, 0, 0] + free[:, 1, 1], 1e-9)
    moved = theta[:, still:]
    square = 2 * np.einsum("ni,nij,nj->n", moved, free, moved) / edges
    contrast = grams[:, k, k] - grams[:, 0, k] ** 2 / count
    model = _MODEL_LEVELS**2 * count + wrong**2 * contrast
    error = 2 * (motions * variance * _CORRELATED_PX + model) / edges
    known = np.where(gain >= _LEAST_GAIN, np.sqrt(error), np.inf)
    return np.sqrt(np.maximum(square - error, 0)), known
