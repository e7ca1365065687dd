"""How the photographs are colored: white balance, a monotone curve of lightness, a linear map of a and b.

White balance is a gain of each channel (von Kries), which under a gamma curve is one of the encoded
values too. It is read from the brighter half of the pixels: what is white and reflects shows the
light, what is dark shows hardly anything. What is left is fitted in CIE Lab: lightness by its
quantiles, a and b by the Monge–Kantorovich map between two normal distributions (Pitié and Kokaram,
The linear Monge–Kantorovitch colour mapping, 2007). The shift of a and b fades toward black, which
has the same color under any white balance. A shift that follows the lightness more freely fits the
content of the pictures and not their camera.
"""

from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from scipy.linalg import sqrtm
from scipy.optimize import lsq_linear

from refine.frames import F32, U8
from refine.stats.settings import Settings

F64 = NDArray[np.float64]

KNOTS = np.linspace(0, 100, 33)
SLOPES = (0.4, 2.5)  # of the lightness curve: no contrast is lost below, nor made up above
BALANCE = (0.4, 1.0)  # of red, green and blue; the largest gain is 1, for nothing must be clipped
BRIGHT = np.arange(0.5, 0.99, 0.02)  # ranks at which the channels are compared
GAINS = (0.65, 1.55)  # of a and b, along the two axes of the map
MOST_SHIFT = 40.0  # of a and b together, in units of Lab
FINE = (
    4096  # steps of lightness in the table that a picture is mapped with: a tenth of a grey level
)
SMOOTH, STRAIGHT = 0.02, 0.002  # weights of even slopes, and of slope 1 where no render has pixels
DARK = 25.0  # lightness below which the shift fades
INLIERS = 0.95  # of the pixels: a few glaring objects are content, not a camera
ROUNDING = 1e-6


class ColorMap(Settings):
    """`balance` scales red, green and blue; then, at each of KNOTS: the new lightness, and what is
    added to (a, b) after `chroma` @ (a, b).

    Each channel keeps its order, then lightness does, its slope within SLOPES; (a, b) is scaled
    within GAINS and shifted by at most MOST_SHIFT. All are functions of the pixel alone: no edge is
    made where the render is flat.
    """

    balance: tuple[float, float, float]
    lightness: tuple[float, ...]
    chroma: tuple[tuple[float, float], tuple[float, float]]
    shift: tuple[tuple[float, float], ...]

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not len(self.lightness) == len(self.shift) == len(KNOTS):
            raise ValueError(f"lightness and shift need {len(KNOTS)} entries each")
        slopes = np.diff(self.lightness) / np.diff(KNOTS)
        gains = np.linalg.svd(np.array(self.chroma), compute_uv=False)
        for name, values, (low, high) in [
            ("balance", np.array(self.balance), BALANCE),
            ("slopes of lightness", slopes, SLOPES),
            ("gains of chroma", gains, GAINS),
            ("shift", np.linalg.norm(self.shift, axis=1), (0.0, MOST_SHIFT)),
        ]:
            if values.min() < low - ROUNDING or values.max() > high + ROUNDING:
                raise ValueError(f"{name} must stay within {low} to {high}")
        return self


IDENTITY = ColorMap(
    balance=(1.0, 1.0, 1.0),
    lightness=tuple(KNOTS),
    chroma=((1.0, 0.0), (0.0, 1.0)),
    shift=((0.0, 0.0),) * len(KNOTS),
)


def unit(rgb: U8) -> F32:
    """uint8 to [0, 1]."""
    return np.divide(rgb, 255, dtype=np.float32)


def lab_from_rgb(rgb: U8) -> F32:
    """(H, W, 3) uint8 sRGB to CIE Lab: L in 0..100, a and b about −127..127."""
    return np.asarray(cv2.cvtColor(unit(rgb), cv2.COLOR_RGB2LAB), np.float32)


def recolor(rgb: F32, color: ColorMap, strength: float) -> F32:
    """(H, W, 3) sRGB in [0, 1], mapped; at strength 0 unchanged, between in proportion."""
    gains = np.power(color.balance, strength, dtype=np.float32)
    lab = np.asarray(cv2.cvtColor(rgb * gains, cv2.COLOR_RGB2LAB), np.float32)
    levels = np.linspace(0, 100, FINE + 1)
    curve = np.clip(np.interp(levels, KNOTS, color.lightness), 0, 100)
    shifts = [np.interp(levels, KNOTS, axis) for axis in zip(*color.shift, strict=True)]
    table = np.stack([levels + strength * (curve - levels), *(strength * s for s in shifts)], 1)
    linear = np.zeros((3, 3))
    linear[1:, 1:] = np.eye(2) + strength * (np.array(color.chroma) - np.eye(2))
    steps = np.round(lab[..., 0] * (FINE / 100)).astype(np.int32)
    mapped = cv2.transform(lab, linear.astype(np.float32))
    mapped += np.take(table.astype(np.float32), steps, axis=0, mode="clip")
    return np.clip(cv2.cvtColor(mapped, cv2.COLOR_LAB2RGB), 0, 1)


def displaced(lab: F64, color: ColorMap) -> F64:
    """(N, 3) Lab where `recolor` takes it at full strength, before what no screen can show is cut."""
    lab = _balanced(lab, np.array(color.balance))
    shift = [np.interp(lab[:, 0], KNOTS, axis) for axis in zip(*color.shift, strict=True)]
    lightness = np.interp(lab[:, 0], KNOTS, color.lightness)
    return np.c_[lightness, lab[:, 1:] @ np.array(color.chroma).T + np.stack(shift, 1)]


def blended(one: ColorMap, other: ColorMap, light: float, chroma: float) -> ColorMap:
    """Between one map (0) and the other (1), for lightness and for (a, b) apart."""

    def between(first: object, second: object, share: float) -> F64:
        return (1 - share) * np.array(first) + share * np.array(second)

    return color_map(
        np.exp(between(np.log(one.balance), np.log(other.balance), chroma)),
        between(one.lightness, other.lightness, light),
        between(one.chroma, other.chroma, chroma),
        between(one.shift, other.shift, chroma),
    )


def color_map(balance: F64, lightness: F64, chroma: F64, shift: F64) -> ColorMap:
    """From arrays (3,), (knots,), (2, 2) and (knots, 2)."""
    (aa, ab), (ba, bb) = chroma.tolist()
    red, green, blue = balance.tolist()
    return ColorMap(
        balance=(red, green, blue),
        lightness=tuple(lightness.tolist()),
        chroma=((aa, ab), (ba, bb)),
        shift=tuple((a, b) for a, b in shift.tolist()),
    )


def fit_color(renders: F64, photographs: F64, weights: F64, photograph_weights: F64) -> ColorMap:
    """The map from the pixels of renders to those of photographs. Both (N, 3) Lab with (N,) weights."""
    balance = _white_balance(renders, photographs, weights, photograph_weights)
    renders = _balanced(renders, balance)
    lightness = _curve(renders[:, 0], photographs[:, 0], weights, photograph_weights)
    (source, spread), (target, target_spread) = (
        _normal(lab[:, 1:], w) for lab, w in [(renders, weights), (photographs, photograph_weights)]
    )
    chroma = _monge(spread, target_spread)
    shift = np.minimum(KNOTS / DARK, 1)[:, None] * (target - chroma @ source)
    length = np.linalg.norm(shift, axis=1, keepdims=True)
    shift *= np.minimum(1, MOST_SHIFT / np.maximum(length, 1e-9))
    return color_map(balance, lightness, chroma, shift)


def _white_balance(renders: F64, photographs: F64, weights: F64, photograph_weights: F64) -> F64:
    """(3,) gains: how the channels' ranks compare among bright pixels, the largest gain 1."""
    ours, theirs = (
        np.array([np.interp(BRIGHT, *_distribution(channel, weight)[::-1]) for channel in rgb.T])
        for rgb, weight in [
            (_rgb(renders), weights),
            (_rgb(photographs), photograph_weights),
        ]
    )
    gains = np.exp(np.log(np.maximum(theirs, 0.01) / np.maximum(ours, 0.01)).mean(1))
    return np.maximum(gains / gains.max(), BALANCE[0])


def _balanced(lab: F64, balance: F64) -> F64:
    """(N, 3) Lab of the pixels whose channels are scaled."""
    rgb = (_rgb(lab) * balance).astype(np.float32)[None]
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float64)[0]


def _rgb(lab: F64) -> F64:
    """(N, 3) sRGB in [0, 1]."""
    rgb = cv2.cvtColor(lab.astype(np.float32)[None], cv2.COLOR_LAB2RGB)
    return np.asarray(rgb, np.float64)[0]


def _curve(source: F64, target: F64, source_weights: F64, target_weights: F64) -> F64:
    """Quantile to quantile at KNOTS, as close as slopes within SLOPES allow.

    A least-squares problem in the first value and the slopes, whose bounds are those of the slopes.
    """
    rank = np.interp(KNOTS, *_distribution(source, source_weights))
    values, ranks = _distribution(target, target_weights)
    wanted = np.interp(rank, ranks, values)
    mass, _ = np.histogram(
        source, np.r_[-50, (KNOTS[1:] + KNOTS[:-1]) / 2, 150], weights=source_weights
    )
    weight = np.sqrt(mass / mass.sum())
    count, step = len(KNOTS) - 1, KNOTS[1]
    integral = np.c_[np.ones(count + 1), np.tril(np.full((count + 1, count), step), -1)]
    even = np.c_[np.zeros(count - 1), np.diff(np.eye(count), axis=0)] * step * SMOOTH**0.5
    straight = np.c_[np.zeros(count), np.eye(count)] * step * STRAIGHT**0.5
    rows = np.r_[integral * weight[:, None], even, straight]
    goal = np.r_[wanted * weight, np.zeros(count - 1), np.full(count, step * STRAIGHT**0.5)]
    bounds = np.r_[0, np.full(count, SLOPES[0])], np.r_[60, np.full(count, SLOPES[1])]
    solved: F64 = integral @ lsq_linear(rows, goal, bounds).x
    return solved


def _distribution(values: F64, weights: F64) -> tuple[F64, F64]:
    """The sorted values and the share of the weight up to the middle of each."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return values[order], (below - weights[order] / 2) / below[-1]


def _normal(chroma: F64, weights: F64) -> tuple[F64, F64]:
    """Mean and covariance of (a, b), fitted without the pixels farthest out."""
    inlier = np.ones(len(chroma), bool)
    for _ in range(3):
        mean = np.average(chroma[inlier], axis=0, weights=weights[inlier])
        covariance = np.cov(chroma[inlier].T, aweights=weights[inlier]) + np.eye(2)
        left = chroma - mean
        distance = np.einsum("ni,ij,nj->n", left, np.linalg.inv(covariance), left)
        inlier = distance <= np.quantile(distance, INLIERS)
    return mean, covariance


def _monge(source: F64, target: F64) -> F64:
    """The symmetric A with A source Aᵀ = target, its gains brought within GAINS."""
    root = np.real(sqrtm(source))
    inverse = np.linalg.inv(root)
    gains, axes = np.linalg.eigh(inverse @ np.real(sqrtm(root @ target @ root)) @ inverse)
    return (axes * np.clip(gains, *GAINS)) @ axes.T
