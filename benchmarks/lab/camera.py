"""A camera that the refiner never sees: what a clean picture becomes on its way to a JPEG file.

One camera is drawn from a seed: its optics, its sensor and its developing stay the same from picture
to picture; white balance and exposure wander a little, as automatic ones do. Nothing moves a pixel:
labels stay true.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class HiddenCamera:
    """Gains are of linear light; sigmas of noise are in units of white; blur is in pixels."""

    white_balance: tuple[float, float, float]
    exposure: float
    vignette: float
    blur_px: float
    shot_noise: float
    read_noise: float
    contrast: float
    saturation: float
    jpeg_quality: int

    @classmethod
    def draw(cls, seed: int) -> "HiddenCamera":
        """One of the cameras there might be."""
        rng = np.random.default_rng(seed)
        return cls(
            white_balance=(rng.uniform(1.15, 1.4), 1.0, rng.uniform(0.55, 0.75)),
            exposure=rng.uniform(0.65, 0.85),
            vignette=rng.uniform(0.25, 0.5),
            blur_px=rng.uniform(0.55, 0.85),
            shot_noise=rng.uniform(0.02, 0.03),
            read_noise=rng.uniform(0.003, 0.006),
            contrast=rng.uniform(0.35, 0.6),
            saturation=rng.uniform(0.75, 0.9),
            jpeg_quality=int(rng.integers(78, 90)),
        )

    def photograph(self, rgb: U8, *, rng: np.random.Generator) -> bytes:
        """The JPEG file of a clean (H, W, 3) sRGB picture."""
        wander = np.exp(rng.normal(0.0, 0.03, 3))
        gains = np.array(self.white_balance) * wander * self.exposure * np.exp(rng.normal(0, 0.08))
        light = _linear(rgb) * gains.astype(np.float32) * self._falloff(rgb.shape[:2])
        light = cv2.GaussianBlur(light, (0, 0), self.blur_px, borderType=cv2.BORDER_REFLECT)
        sigma = np.sqrt(self.read_noise**2 + self.shot_noise**2 * light)
        light = light + sigma * rng.standard_normal(light.shape, np.float32)
        picture = cv2.cvtColor(self._develop(light), cv2.COLOR_RGB2BGR)
        quality = [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality]
        return cv2.imencode(".jpg", picture, quality)[1].tobytes()

    def _falloff(self, size: tuple[int, int]) -> F32:
        """(H, W, 1) what the corners lose of the light."""
        rows, columns = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
        return (1 - self.vignette * (rows**2 + columns**2) / 2)[..., None].astype(np.float32)

    def _develop(self, light: F32) -> U8:
        """Less color, sRGB's curve, and an S-curve over it."""
        grey = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        light = grey[..., None] + self.saturation * (light - grey[..., None])
        value = _encoded(np.clip(light, 0, 1))
        curved = value * value * (3 - 2 * value)
        mixed = (1 - self.contrast) * value + self.contrast * curved
        return np.rint(255 * mixed).astype(np.uint8)


def decode(jpeg: bytes) -> U8:
    """(H, W, 3) sRGB of a JPEG file."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8)


def _linear(rgb: U8) -> F32:
    """sRGB's curve undone (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return table.astype(np.float32)[rgb]


def _encoded(light: F32) -> F32:
    """sRGB's curve of light in [0, 1]."""
    curve = 1.055 * np.power(light, 1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, curve).astype(np.float32)
