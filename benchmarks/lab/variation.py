"""Strong photometric augmentation: what people do who have no photographs."""

import cv2
import numpy as np

from benchmarks.lab.frames import U8


def varied(rgb: U8, *, rng: np.random.Generator) -> U8:
    """Other gains, gamma, saturation, contrast, blur, noise and JPEG; every pixel stays in its place."""
    value = rgb.astype(np.float32) / 255
    value = np.power(value, np.float32(np.exp(rng.uniform(-0.5, 0.5))))
    value = value * np.exp(rng.uniform(-0.5, 0.5) + rng.normal(0, 0.2, 3)).astype(np.float32)
    grey = value.mean(axis=2, keepdims=True)
    value = grey + np.float32(rng.uniform(0.4, 1.5)) * (value - grey)
    middle = value.mean()
    value = middle + np.float32(rng.uniform(0.6, 1.5)) * (value - middle)
    value = cv2.GaussianBlur(value, (0, 0), rng.uniform(0.2, 1.2))
    value = value + rng.normal(0, rng.uniform(0, 0.06), value.shape).astype(np.float32)
    result = np.rint(255 * value.clip(0, 1)).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
        result = cv2.imdecode(cv2.imencode(".jpg", result, quality)[1], cv2.IMREAD_COLOR)
    return result.astype(np.uint8)
