"""From points in front of a camera to its pixels and back, through its lens.

The pixel frame is OpenCV's (the centre of the top-left pixel is (0, 0)).
"""

import numpy as np
from numpy.typing import ArrayLike

from scenegen import geometry
from scenegen.geometry import Array
from scenegen.scene import Camera

Rect = tuple[int, int, int, int]
"""x0 y0 x1 y1, pixels of the image (corner frame), half-open; may leave the image."""


def project(camera: Camera, points_camera: ArrayLike) -> Array:
    """(…, 2) pixels of (…, 3) camera-frame points; NaN for z ≤ 0 or where the lens sees nothing."""
    return geometry.project(camera.K, points_camera)


def rays(camera: Camera, rect: Rect | None = None) -> Array:
    """(H, W, 2) x/z and y/z of what is seen at the pixel centres of `rect` (default: the image).

    NaN where the lens sees nothing.
    """
    x0, y0, x1, y1 = rect or (0, 0, camera.width, camera.height)
    u, v = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    pixels = np.stack([u, v, np.ones_like(u)], axis=-1)
    return (pixels @ np.linalg.inv(camera.K).T)[..., :2]
