"""Color and texture as plain statistics of a crop, without any weights."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn
from scipy.stats import kurtosis

from refine.features.feature import F64, U8, Feature

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BLOCK = 8
_RINGS = 8
_TINY = 1e-3
"""Added before a logarithm: a hundredth of a step of 8-bit lightness, squared or not."""


def lab(crop: U8) -> F64:
    """(…, 3) CIELAB of sRGB: L 0 to 100, a and b about -100 to 100."""
    flat = crop.reshape(1, -1, 3).astype(np.float32) / np.float32(255)
    return cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).astype(np.float64).reshape(crop.shape)


def _color(crops: U8) -> F64:
    """(n, 25) mean, spread, covariance and quantiles in Lab, and the mean chroma."""
    return np.stack([_color_of(lab(crop).reshape(-1, 3)) for crop in crops])


def _color_of(pixels: F64) -> F64:
    covariance = np.cov(pixels.T)
    chroma = np.hypot(pixels[:, 1], pixels[:, 2]).mean()
    quantiles = np.quantile(pixels, _QUANTILES, axis=0).ravel()
    spread = np.sqrt(np.diag(covariance))
    joint = covariance[np.triu_indices(3, 1)]
    return np.concatenate([pixels.mean(axis=0), spread, joint, quantiles, [chroma]])


def _texture(crops: U8) -> F64:
    """(n, 24) band energies, kurtosis, noise and spectrum, none of them moved by a mean color."""
    return np.stack([_texture_of(lab(crop)) for crop in crops])


def _texture_of(crop: F64) -> F64:
    light = crop[..., 0]
    bands = differences(light)
    return np.concatenate(
        [
            _dct_bands(light),
            [np.log(band.std() + _TINY) for band in bands],
            [kurtosis(band.ravel()) if band.std() > _TINY else 0.0 for band in bands],
            [np.log(noise(channel) + _TINY) for channel in np.moveaxis(crop, -1, 0)],
            _radial_spectrum(light),
        ]
    )


def differences(plane: F64, sigmas: Sequence[float] = (0.7, 1.4, 2.8)) -> list[F64]:
    """Differences of Gaussians, finest first: what each blur takes away that the last did not."""
    smooth = [plane, *(cv2.GaussianBlur(plane, (0, 0), sigma) for sigma in sigmas)]
    return [fine - coarse for fine, coarse in pairwise(smooth)]


def noise(plane: NDArray[Any]) -> float:
    """Standard deviation of the noise in one channel (Immerkær 1996, by the median).

    The mask sees neither planes nor straight edges; the median forgets what texture there is.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6
    return float(np.median(np.abs(cv2.filter2D(plane, -1, mask)))) / 0.6745


def _dct_bands(light: F64) -> F64:
    """(7,) log energy of 8 × 8 blocks by diagonal frequency, the mean left out."""
    high, wide = (size // _BLOCK for size in light.shape)
    blocks = light[: high * _BLOCK, : wide * _BLOCK].reshape(high, _BLOCK, wide, _BLOCK)
    energy = (dctn(blocks, axes=(1, 3), norm="ortho") ** 2).mean(axis=(0, 2))
    ring = np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK)) // 2
    return np.log([energy[ring == number].mean() + _TINY for number in range(1, _BLOCK)])


def _radial_spectrum(light: F64) -> F64:
    """(8,) log power by spatial frequency, octave-like rings up to half a cycle a pixel."""
    window = np.outer(np.hanning(light.shape[0]), np.hanning(light.shape[1]))
    power = np.abs(np.fft.rfft2((light - light.mean()) * window)) ** 2 / window.size
    frequency = np.hypot(
        np.fft.fftfreq(light.shape[0])[:, None], np.fft.rfftfreq(light.shape[1])[None]
    )
    edges = np.geomspace(2 / min(light.shape), 0.5, _RINGS + 1)
    ring = np.digitize(frequency, edges)
    return np.log([power[ring == number + 1].mean() + _TINY for number in range(_RINGS)])


COLOR = Feature(
    "color", "moments and quantiles in CIELAB", near_loss=True, compute=_color, one_unit=False
)
TEXTURE = Feature(
    "texture",
    "DCT bands, differences of Gaussians, noise, radial spectrum of the lightness",
    near_loss=True,
    compute=_texture,
    one_unit=False,
)
