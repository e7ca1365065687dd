"""Which part of the gap remains: what would be left were color, noise, texture exactly right.

The refined crops are taken through a ladder. On each step one kind of statistic is made that of
the photographs' crops, and the distance is measured again; what a step takes off the distance is
the part of that kind, and what is left at the end is `content`: what is in the pictures rather
than how they look. A map from statistic to statistic is monotone over all crops (the crop of
median brightness gets the photographs' median brightness), so that a crop which is dark for what
it shows stays darker than others.

color     Lab, blurred: the pooled distribution of each channel, each crop's mean and spread
noise     each crop's noise in lightness and in both color channels, added or shrunk
texture   the energy of three octaves in each channel: sharpness, grain, contrast of fine detail
content   all that is left
"""

from collections.abc import Iterator

import cv2
import numpy as np

from refine.features.statistics import differences, lab, noise
from refine.gap.samples import F64
from refine.gap.windows import U8

PARTS = ("color", "noise", "texture", "content")
_GAIN = (0.25, 4.0)
_TABLE = 256
_COARSE = 3.0
"""Blur under which color is told, px."""


def ladder(refined: U8, photographs: U8, *, rng: np.random.Generator) -> Iterator[tuple[str, U8]]:
    """The refined crops after each step: ("color", crops), ("noise", …), ("texture", …)."""
    steps = (_match_color, _match_noise, _match_texture)
    planes, target = _planes(refined), _planes(photographs)
    for name, step in zip(PARTS, steps, strict=False):
        planes = step(planes, target, rng)
        yield name, _pictures(planes)


def transported(values: F64, targets: F64) -> F64:
    """(n,) the values of `targets` at the same ranks: monotone, and distributed like them."""
    ranks = (np.argsort(np.argsort(values, kind="stable"), kind="stable") + 0.5) / len(values)
    return np.quantile(targets, ranks)


def _match_color(crops: F64, target: F64, rng: np.random.Generator) -> F64:
    base, goal = _smooth(crops), _smooth(target)
    done, at = np.empty_like(crops), (np.arange(_TABLE) + 0.5) / _TABLE
    for channel in range(3):
        here, there = (np.quantile(of[..., channel], at) for of in (base, goal))
        mapped = _mapped(base[..., channel], here, there)
        mean, spread = mapped.mean(axis=(1, 2)), mapped.std(axis=(1, 2))
        to = transported(mean, goal[..., channel].mean(axis=(1, 2)))
        wanted = transported(spread, goal[..., channel].std(axis=(1, 2)))
        gain = np.clip(wanted / np.maximum(spread, 1e-3), *_GAIN)
        shifted = _mapped(crops[..., channel], here, there) - mean[:, None, None]
        done[..., channel] = shifted * gain[:, None, None] + to[:, None, None]
    return done


def _smooth(crops: F64) -> F64:
    """What color is told from: else noise and blur, which change its spread, would count as color."""
    return np.stack([cv2.GaussianBlur(crop, (0, 0), _COARSE) for crop in crops])


def _mapped(values: F64, here: F64, there: F64) -> F64:
    """The monotone map through quantiles, continued beyond them by a shift."""
    inside = np.interp(values, here, there)
    beyond = np.minimum(values - here[0], 0) + np.maximum(values - here[-1], 0)
    return inside + beyond


def _match_noise(crops: F64, target: F64, rng: np.random.Generator) -> F64:
    here, there = _noises(crops), _noises(target)
    goals: F64 = np.stack(
        [transported(*pair) for pair in zip(here.T, there.T, strict=True)], axis=1
    )
    mixing = np.linalg.cholesky(_noise_correlation(target)).astype(np.float64)
    return np.stack(
        [
            _with_noise(crops[number], here[number], goals[number], mixing, rng)
            for number in range(len(crops))
        ]
    )


def _with_noise(crop: F64, here: F64, goal: F64, mixing: F64, rng: np.random.Generator) -> F64:
    """A crop whose noise is (3,) `goal`: added, or the finest details of its size shrunk."""
    grain = rng.standard_normal(crop.shape) @ mixing.T
    added = crop + grain * np.sqrt(np.maximum(goal**2 - here**2, 0))
    fine = crop - cv2.GaussianBlur(crop, (0, 0), 1.0)
    like_noise = np.exp(-0.5 * (fine / np.maximum(3 * here, 1e-6)) ** 2)
    kept = np.minimum(goal / np.maximum(here, 1e-6), 1)
    return added - (1 - kept) * like_noise * fine


def _noises(crops: F64) -> F64:
    """(n, 3) standard deviation of the noise in L, a and b of each crop."""
    return np.array([[noise(crop[..., channel]) for channel in range(3)] for crop in crops])


def _noise_correlation(crops: F64) -> F64:
    """(3, 3) how noise in L, a and b goes together: a sensor's is independent in R, G, B instead."""
    residuals = [cv2.Laplacian(crop, cv2.CV_64F).reshape(-1, 3) for crop in crops]
    limits = [3 * np.median(np.abs(one), axis=0) for one in residuals]
    clipped = [np.clip(one, -most, most) for one, most in zip(residuals, limits, strict=True)]
    moment = np.mean([one.T @ one / len(one) for one in clipped], axis=0) + 1e-9 * np.eye(3)
    spread = np.sqrt(np.diag(moment))
    return moment / np.outer(spread, spread)


def _match_texture(crops: F64, target: F64, rng: np.random.Generator) -> F64:
    here, there = _energies(crops), _energies(target)
    gains = np.ones_like(here)
    for place in np.ndindex(here.shape[1:]):
        of = (slice(None), *place)
        gains[of] = transported(here[of], there[of]) / np.maximum(here[of], 1e-3)
    gains = np.clip(gains, *_GAIN)
    return np.stack(
        [
            crop + sum((g - 1) * band for g, band in zip(gain, differences(crop), strict=True))
            for crop, gain in zip(crops, gains, strict=True)
        ]
    )


def _energies(crops: F64) -> F64:
    """(n, 3 octaves, 3 channels) spread of each octave of each crop."""
    return np.array([[band.std(axis=(0, 1)) for band in differences(crop)] for crop in crops])


def _planes(crops: U8) -> F64:
    """(n, s, s, 3) Lab."""
    return np.stack([lab(crop) for crop in crops])


def _pictures(planes: F64) -> U8:
    flat = planes.reshape(1, -1, 3).astype(np.float32)
    rgb = cv2.cvtColor(flat, cv2.COLOR_LAB2RGB).reshape(planes.shape)
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
