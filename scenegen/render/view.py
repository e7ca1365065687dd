"""From an OpenCV camera to OpenGL's clip space, and where things may lie in the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.scene import Camera, SceneObject

NEAR = 0.01
"""Metres in front of the camera before which nothing is drawn; there is no far limit."""

Rect = tuple[int, int, int, int]
"""x0 y0 x1 y1, pixels of the image (corner frame), half-open; may leave the image."""


def clip_from_camera(camera: Camera) -> NDArray[np.float64]:
    """(4, 4) matrix from OpenCV camera axes to clip space, row 0 of the framebuffer the top row.

    OpenCV has pixel centres at whole numbers, OpenGL at halves: hence cx + ½, cy + ½. Depth is
    reversed and without end, NEAR / z from 1 (near) to 0, which spreads float32 evenly
    (https://developer.nvidia.com/content/depth-precision-visualized).
    """
    window = camera.K.copy()
    window[0, 2] += 0.5
    window[1, 2] += 0.5
    matrix = np.zeros((4, 4))
    matrix[0, :3] = 2 * window[0] / camera.width
    matrix[1, :3] = 2 * window[1] / camera.height
    matrix[:2, 2] -= 1
    matrix[2, 3] = NEAR
    matrix[3, 2] = 1
    return matrix


@dataclass(frozen=True, eq=False)
class Placed:
    """An object as one camera sees it: `camera_from_mesh` includes its scale."""

    thing: SceneObject
    instance_id: int
    camera_from_mesh: NDArray[np.float64]
    corners: NDArray[np.float64]

    @property
    def distance(self) -> float:
        """Depth of the nearest corner of its box, to draw from front to back."""
        return float(self.corners[:, 2].min())


def placed(thing: SceneObject, bounds: NDArray[np.float64], camera: Camera) -> Placed:
    """Put an object whose mesh fills `bounds` (2, 3) in front of the camera."""
    matrix = geometry.inverse(camera.world_from_camera) @ thing.world_from_object
    matrix[:3, :3] *= thing.scale
    corners = geometry.apply(
        matrix, geometry.box_corners(bounds.mean(axis=0), np.ptp(bounds, axis=0))
    )
    fixture = thing.role == "fixture"
    return Placed(thing, 0 if fixture else thing.instance_id, matrix, corners)


def pixel_rect(camera: Camera, corners: NDArray[np.float64], limit: Rect) -> Rect:
    """A rectangle within `limit` that holds all pixels a box with these corners can cover.

    A box that reaches behind the near plane may cover anything.
    """
    x0, y0, x1, y1 = limit
    if (corners[:, 2] <= 0).all():
        return 0, 0, 0, 0
    if (corners[:, 2] <= NEAR).any():
        return limit
    pixels = geometry.project(camera.K, corners)
    low = np.floor(np.clip(pixels.min(axis=0) - 1, -1e6, 1e6)).astype(int)
    high = np.ceil(np.clip(pixels.max(axis=0) + 2, -1e6, 1e6)).astype(int)
    left, top = max(x0, int(low[0])), max(y0, int(low[1]))
    right, bottom = min(x1, int(high[0])), min(y1, int(high[1]))
    return (left, top, right, bottom) if left < right and top < bottom else (0, 0, 0, 0)
