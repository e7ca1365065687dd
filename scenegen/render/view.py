"""From an OpenCV camera to OpenGL's clip space, and where things may lie in the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry, lens
from scenegen.lens import Rect
from scenegen.scene import Camera, Distortion, SceneObject

NEAR = 0.01
"""Metres in front of the camera before which nothing is drawn; there is no far limit."""

_ASIDE = 5 * NEAR
"""Metres that a camera is away from an object's box whose front is not cut off."""


def window(camera: Camera) -> NDArray[np.float64]:
    """(3, 3) K for OpenGL's pixels: OpenCV has their centres at whole numbers, OpenGL at halves."""
    matrix = camera.K.copy()
    matrix[:2, 2] += 0.5
    return matrix


def clip_from_camera(camera: Camera) -> NDArray[np.float64]:
    """(4, 4) matrix from OpenCV camera axes to clip space, row 0 of the framebuffer the top row.

    Depth is reversed and without end, NEAR / z from 1 (near) to 0, which spreads float32 evenly
    (https://developer.nvidia.com/content/depth-precision-visualized).
    """
    rows = window(camera)
    matrix = np.zeros((4, 4))
    matrix[0, :3] = 2 * rows[0] / camera.width
    matrix[1, :3] = 2 * rows[1] / camera.height
    matrix[:2, 2] -= 1
    matrix[2, 3] = NEAR
    matrix[3, 2] = 1
    return matrix


@dataclass(frozen=True, eq=False)
class Placed:
    """An object as one camera sees it: `camera_from_mesh` includes its scale.

    `outside`: so far from the camera that of what is solid only the front of triangles is seen.
    """

    thing: SceneObject
    instance_id: int
    camera_from_mesh: NDArray[np.float64]
    corners: NDArray[np.float64]
    outside: bool

    @property
    def distance(self) -> float:
        """Depth of the nearest corner of its box, to draw from front to back."""
        return float(self.corners[:, 2].min())


def placed(thing: SceneObject, bounds: NDArray[np.float64], camera: Camera) -> Placed:
    """Put an object whose mesh fills `bounds` (2, 3) in front of the camera."""
    matrix = geometry.inverse(camera.world_from_camera) @ thing.world_from_object
    eye = -matrix[:3, 3] @ matrix[:3, :3] / thing.scale  # mesh frame
    aside = _ASIDE / thing.scale
    outside = bool((eye < bounds[0] - aside).any() or (eye > bounds[1] + aside).any())
    matrix[:3, :3] *= thing.scale
    corners = geometry.apply(
        matrix, geometry.box_corners(bounds.mean(axis=0), np.ptp(bounds, axis=0))
    )
    fixture = thing.role == "fixture"
    number = 0 if fixture else thing.instance_id
    return Placed(thing, number, matrix, corners, outside)


def pixel_rect(camera: Camera, corners: NDArray[np.float64], limit: Rect) -> Rect:
    """A rectangle within `limit` that holds all pixels a box with these corners can cover."""
    x0, y0, x1, y1 = limit
    if (corners[:, 2] <= 0).all():
        return 0, 0, 0, 0
    found = _extent(camera, corners)
    if found is None:
        return limit
    low = np.floor(np.clip(found[0] - 1, -1e6, 1e6)).astype(int)
    high = np.ceil(np.clip(found[1] + 2, -1e6, 1e6)).astype(int)
    left, top = max(x0, int(low[0])), max(y0, int(low[1]))
    right, bottom = min(x1, int(high[0])), min(y1, int(high[1]))
    return (left, top, right, bottom) if left < right and top < bottom else (0, 0, 0, 0)


Extent = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Lowest and highest x and y, OpenCV's pixel frame."""

_EDGES = [(i, i | bit) for i in range(8) for bit in (1, 2, 4) if not i & bit]
_SHARES = np.linspace(0, 1, 17)[:, None]


def _extent(camera: Camera, corners: NDArray[np.float64]) -> Extent | None:
    """What a box covers at most; None: it may be anything."""
    distortion = camera.distortion
    if distortion is not None:
        return None if _is_behind(corners) else _bent_extent(camera, distortion, corners)
    if (corners[:, 2] <= NEAR).any():
        return None
    pixels = geometry.project(camera.K, corners)
    return pixels.min(axis=0), pixels.max(axis=0)


def _bent_extent(camera: Camera, distortion: Distortion, corners: NDArray[np.float64]) -> Extent:
    """As shaders/lens.geom does it for a triangle: what lies beyond the limit is brought back to it."""
    ways = corners / np.linalg.norm(corners, axis=1, keepdims=True)
    edges = np.array([ways[a] + _SHARES * (ways[b] - ways[a]) for a, b in _EDGES])
    radius = np.hypot(edges[..., 0], edges[..., 1])
    angle = np.minimum(np.arctan2(radius, edges[..., 2]), lens.limit(distortion) - 1e-6)
    stretch = np.tan(angle) / np.maximum(radius, 1e-12)
    plane = [edges[..., 0] * stretch, edges[..., 1] * stretch, np.ones_like(radius)]
    pixels = lens.project(camera, np.stack(plane, axis=-1))
    bow = 0.5 * np.linalg.norm(np.diff(pixels, axis=1), axis=-1).max()
    return pixels.min(axis=(0, 1)) - bow, pixels.max(axis=(0, 1)) + bow


def _is_behind(corners: NDArray[np.float64]) -> bool:
    """Whether the ball around the box holds the camera or meets its axis behind it."""
    center = corners.mean(axis=0)
    radius = np.linalg.norm(corners - center, axis=1).max()
    center[2] = max(center[2], 0.0)
    return bool(np.linalg.norm(center) <= radius)
