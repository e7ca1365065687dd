"""Made-up pictures whose difference is known: bars on a shaded ground, and how they were taken."""

import cv2
import numpy as np

from refine.frames import U8


def bars(
    count: int,
    *,
    size: int,
    rng: np.random.Generator,
    upright: bool = False,
    blur: float = 0.5,
    noise: float = 2.0,
) -> list[U8]:
    """`count` pictures of lying or of upright bars, blurred, then noisy, by a little."""
    return [noisy(blurred(_bars(size, upright, rng), blur), noise, rng=rng) for _ in range(count)]


def _bars(size: int, upright: bool, rng: np.random.Generator) -> np.ndarray:
    ramp = np.linspace(-8, 8, size)[None, :, None] * rng.uniform(-1, 1)
    picture = np.tile(rng.uniform(115, 125, 3) + ramp, (size, 1, 1))
    for _ in range(24):
        x, y = (int(at) for at in rng.integers(0, size, 2))
        long, thin = int(rng.integers(size // 12, size // 6)), max(1, size // 32)
        across, down = (thin, long) if upright else (long, thin)
        color = tuple(float(value) for value in rng.uniform(70, 170, 3))
        cv2.rectangle(picture, (x - across, y - down), (x + across, y + down), color, -1)
    return picture


def as_u8(picture: np.ndarray) -> U8:
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def warm(picture: U8) -> U8:
    """Another white balance and another tone curve."""
    scaled = (picture / 255.0) ** 1.4 * np.array([1.25, 1.0, 0.7])
    return as_u8(255 * scaled)


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def noisy(picture: np.ndarray, sigma: float, *, rng: np.random.Generator) -> U8:
    return as_u8(picture + rng.normal(0, sigma, picture.shape))
