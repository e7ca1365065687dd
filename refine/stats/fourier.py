"""How light is spread over a picture at large: the amplitude of its lowest frequencies, phase kept.

After FDA (Yang and Soatto, Fourier domain adaptation for semantic segmentation, 2020), but with the
photographs' mean amplitude for all, so that no single photograph's content is copied.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from pydantic import field_validator

from refine.frames import F32, U8
from refine.stats.settings import Settings

LOWEST = 3  # cycles a picture: 0.01 of the half spectrum at 640×480
GRID = 32  # samples a side of the thumbnail, which is mirrored to twice that
MOST_GAIN = 2.0


class Fourier(Settings):
    """gains: of lightness at 0..2·LOWEST half cycles down by 0..2·LOWEST across, the mean's being 1."""

    gains: tuple[tuple[float, ...], ...]

    @field_validator("gains")
    @classmethod
    def _bounded(cls, gains: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        side = 2 * LOWEST + 1
        if len(gains) != side or any(len(row) != side for row in gains):
            raise ValueError(f"gains need {side} rows of {side}")
        if not all(1 / MOST_GAIN <= gain <= MOST_GAIN for row in gains for gain in row):
            raise ValueError(f"gains must stay within {1 / MOST_GAIN} to {MOST_GAIN}")
        return gains


def amplitudes(rgb: U8) -> F32:
    """(7, 7) of one picture. The cosine transform is the Fourier transform of the mirrored picture."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    small = cv2.resize(grey, (GRID, GRID), interpolation=cv2.INTER_AREA)
    return np.abs(cv2.dct(small)[: 2 * LOWEST + 1, : 2 * LOWEST + 1])


def fit_fourier(photographs: Sequence[F32], renders: Sequence[F32]) -> Fourier:
    """The ratio of the mean amplitudes."""
    gains = np.mean(photographs, 0) / np.maximum(np.mean(renders, 0), 1e-6)
    gains = np.clip(gains, 1 / MOST_GAIN, MOST_GAIN)
    gains[0, 0] = 1
    return Fourier(gains=tuple(tuple(row) for row in gains.tolist()))


def relight(rgb: F32, fourier: Fourier, strength: float) -> F32:
    """(H, W, 3) in [0, 1] with the lowest frequencies of its lightness amplified."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    cosines = cv2.dct(cv2.resize(grey, (GRID, GRID), interpolation=cv2.INTER_AREA))
    change = np.zeros_like(cosines)
    low = slice(0, 2 * LOWEST + 1)
    change[low, low] = cosines[low, low] * (strength * (np.array(fourier.gains, np.float32) - 1))
    added = cv2.resize(cv2.idct(change), grey.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(rgb + added[..., None], 0, 1)
