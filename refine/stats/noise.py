"""The noise of the photographs' sensor: how much at which brightness, how colored, how coarse."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.optimize import nnls
from scipy.stats import chi2

from refine.frames import F32, U8
from refine.stats.settings import Settings

F64 = NDArray[np.float64]

MOST_NOISE = 12 / 255  # the deviation at any brightness
MOST_GRAIN_PX = 1.0
PATCH = 8
FREEDOM = PATCH**2 - 3  # a plane is taken out of each patch
FLATTEST = 0.1  # of the patches at a brightness: the others have texture of their own
BINS = np.linspace(0.06, 0.94, 12)  # brightness; beyond it clipping hides the noise
FEWEST = 40  # patches in a bin that is believed


class Noise(Settings):
    """variance of luma = constant + linear·luma, luma in [0, 1] · grain_px: deviation of its blur.

    blue, red: the deviation of Cb and Cr in units of that of luma. Never above MOST_NOISE in luma.
    """

    constant: float = Field(ge=0, le=MOST_NOISE**2)
    linear: float = Field(ge=0, le=MOST_NOISE**2)
    blue: float = Field(ge=0, le=2)
    red: float = Field(ge=0, le=2)
    grain_px: float = Field(ge=0, le=MOST_GRAIN_PX)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.constant + self.linear > MOST_NOISE**2:  # at a luma of 1
            raise ValueError(f"constant and linear together must stay below {MOST_NOISE**2:.3g}")
        return self


@dataclass(frozen=True)
class Patches:
    """What is left of each patch without its plane: (N,) luma, variances of Y, Cb, Cr, neighbors.

    neighbors: the covariance of horizontal and vertical neighbors in luma.
    """

    luma: F64
    variance: F64
    blue: F64
    red: F64
    neighbors: F64


def patches(rgb: U8) -> Patches:
    """All patches of PATCH×PATCH pixels of a picture, side by side."""
    rows, columns = (side // PATCH for side in rgb.shape[:2])
    ycrcb = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2YCrCb)
    cells = ycrcb[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH, 3)
    cells = cells.transpose(0, 2, 4, 1, 3).reshape(-1, 3, PATCH**2).astype(np.float64)
    y, x = np.mgrid[:PATCH, :PATCH].reshape(2, -1) - (PATCH - 1) / 2
    plane, _ = np.linalg.qr(np.stack([np.ones(PATCH**2), x, y], 1))
    left = cells - (cells @ plane) @ plane.T
    luma, red, blue = ((left**2).sum(-1) / FREEDOM).T
    grid = left[:, 0].reshape(-1, PATCH, PATCH)
    right = (grid[:, :, 1:] * grid[:, :, :-1]).mean((1, 2))
    down = (grid[:, 1:] * grid[:, :-1]).mean((1, 2))
    return Patches(cells[:, 0].mean(-1), luma, blue, red, (right + down) / 2)


def merged(parts: list[Patches]) -> Patches:
    """The patches of all pictures."""
    names = Patches.__dataclass_fields__
    return Patches(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def fit_noise(photographs: Patches, renders: Patches) -> Noise:
    """What must be added to the flat parts of renders to make them as noisy as the photographs'."""
    (flat, counts, theirs), (_, _, ours) = (
        _by_brightness(found) for found in (photographs, renders)
    )
    known = np.isfinite(theirs[:, 0])
    if not known.any():
        return Noise(constant=0, linear=0, blue=0, red=0, grain_px=0)
    # where no render is as bright, it has the noise that it has elsewhere
    elsewhere = [column[np.isfinite(column)] for column in ours.T]
    usual = [column.mean() if len(column) else 0.0 for column in elsewhere]
    own = np.where(np.isfinite(ours), ours, usual)
    added = np.maximum(theirs - own, 0)[known]
    weight = np.sqrt(counts[known]) / np.maximum(theirs[known, 0], 1e-7)
    design = np.stack([np.ones(known.sum()), flat[known]], 1)
    (constant, linear), _ = nnls(design * weight[:, None], added[:, 0] * weight)
    most = (1 - 1e-9) * MOST_NOISE**2  # rounding must not take the sum above
    scale = min(1.0, most / max(constant + linear, 1e-12))
    total = np.average(added, axis=0, weights=counts[known])
    blue, red = (
        np.sqrt(np.minimum(total[1:3] / max(total[0], 1e-9), 4)) if total[0] > 1e-7 else (0, 0)
    )
    return Noise(
        constant=constant * scale,
        linear=linear * scale,
        blue=blue,
        red=red,
        grain_px=_grain(total[3] / max(total[0], 1e-9)),
    )


def _by_brightness(found: Patches) -> tuple[F64, F64, F64]:
    """Of each bin its middle, its patches, and (bins, 4) variances of Y, Cb, Cr and of neighbors.

    The flattest patches underestimate: the quantile of a χ² distribution says by how much.
    """
    which = np.digitize(found.luma, BINS) - 1
    count = len(BINS) - 1
    measured, counts = np.full((count, 4), np.nan), np.zeros(count)
    for bin_ in range(count):
        inside = which == bin_
        counts[bin_] = inside.sum()
        if counts[bin_] < FEWEST:
            continue
        level = np.quantile(found.variance[inside], FLATTEST)
        chosen = inside & (found.variance <= level)
        shape = found.variance[chosen].mean()
        others = [part[chosen].mean() for part in (found.blue, found.red, found.neighbors)]
        freedom = _freedom(others[2] / max(shape, 1e-12))
        luma = level / (chi2.ppf(FLATTEST, freedom) / freedom)
        measured[bin_] = luma, *others[:2], others[2] * luma / max(shape, 1e-12)
    return (BINS[1:] + BINS[:-1]) / 2, counts, measured


def _freedom(correlation: float) -> float:
    """Independent values in a patch of noise whose neighbors correlate so; pixels k apart by ρ^k²."""
    square = min(max(correlation, 0.0), 0.9) ** 2
    return FREEDOM / (1 + 2 * square + 2 * square**4) ** 2


def _grain(correlation: float) -> float:
    """The Gaussian blur of white noise whose neighbors correlate so: exp(−1 / 4σ²)."""
    if correlation < 0.05:
        return 0.0
    return float(min(np.sqrt(-0.25 / np.log(min(correlation, 0.9))), MOST_GRAIN_PX))


def add_noise(rgb: F32, noise: Noise, strength: float, rng: np.random.Generator) -> F32:
    """(H, W, 3) in [0, 1] with the noise of the sensor, its deviation times `strength`."""
    if noise.constant + noise.linear == 0:
        return rgb
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    deviation = strength * np.sqrt(noise.constant + noise.linear * luma)
    drawn = rng.standard_normal(rgb.shape, np.float32)
    if noise.grain_px > 0:
        blurred = cv2.GaussianBlur(drawn, (0, 0), noise.grain_px)
        drawn = np.asarray(blurred, np.float32) / _left_by(noise.grain_px)
    # columns of the inverse of BT.601's YCbCr
    mix = np.array(
        [
            [1, 0, 1.402 * noise.red],
            [1, -0.344136 * noise.blue, -0.714136 * noise.red],
            [1, 1.772 * noise.blue, 0],
        ],
        np.float32,
    )
    return np.clip(rgb + cv2.transform(drawn, mix) * deviation[..., None], 0, 1)


def _left_by(grain_px: float) -> float:
    """The deviation that the blur leaves of white noise."""
    kernel = cv2.getGaussianKernel(2 * int(4 * grain_px + 1) + 1, grain_px)
    return float((kernel**2).sum())
