"""What YOLO's tasks say of an object: numbers after its class, as shares of width and height.

All coordinates are in the corner frame: 0 and 1 are the picture's edges.
"""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenegen import lens
from scenegen.export.outlines import Mask, Polygon, loops, one_polygon
from scenegen.scene import Camera, ObjectAnnotation

Ids = NDArray[np.uint16]

BOX_POINTS = (*(f"corner_{number}" for number in range(8)), "center")
"""The keypoints of `pose`, the same for all objects, and of a recipe's `keypoints: box`."""

_NEAR = 0.01  # metres: nearer points have no place in a picture
_SEEN = {"visible": 2, "self_occluded": 1, "occluded": 1, "outside": 0}
_ROUNDING = 1e-6  # pixels


def detect(camera: Camera, label: ObjectAnnotation, ids: Ids) -> list[str]:
    """Center, width and height of the box around what is seen."""
    x0, y0, x1, y1 = _box(label)
    return _shares(camera, [((x0 + x1) / 2, (y0 + y1) / 2), (x1 - x0, y1 - y0)])


def segment(camera: Camera, label: ObjectAnnotation, ids: Ids) -> list[str]:
    """One polygon around what is seen."""
    x0, y0, _, _ = _box(label)
    return _shares(camera, one_polygon(_mask(label, ids)) + (x0, y0))


def pose(camera: Camera, label: ObjectAnnotation, ids: Ids) -> list[str]:
    """Center, width and height of the box; x y v of the 3D box's corners 0 to 7 and its center."""
    numbers = detect(camera, label, ids)
    for x, y, v in box_points(camera, label):
        numbers += [*_shares(camera, [(x, y)]), str(v)]
    return numbers


def obb(camera: Camera, label: ObjectAnnotation, ids: Ids) -> list[str]:
    """Four corners, clockwise, of the smallest turned rectangle around what is seen."""
    x0, y0, _, _ = _box(label)
    corners = np.concatenate([line for line, _ in loops(_mask(label, ids))]) + (x0, y0)
    return _shares(camera, smallest_rectangle(corners, camera.width, camera.height))


ROWS: dict[str, Callable[[Camera, ObjectAnnotation, Ids], list[str]]] = {
    "detect": detect,
    "segment": segment,
    "pose": pose,
    "obb": obb,
}


def has_box_points(label: ObjectAnnotation) -> bool:
    """Whether the dataset says which corners of the 3D box can be seen."""
    return tuple(point.name for point in label.keypoints or ()) == BOX_POINTS


def box_points(camera: Camera, label: ObjectAnnotation) -> list[tuple[float, float, int]]:
    """x y v of `BOX_POINTS`, pixels, corner frame; 0 0 0 for one outside of the picture.

    v is 2 for one that is seen, 1 for one that is hidden, or of which it is not known.
    """
    if has_box_points(label):
        known = [(point.image, _SEEN[point.state]) for point in label.keypoints or ()]
        return [
            (image[0] + 0.5, image[1] + 0.5, v) if image is not None and v else (0.0, 0.0, 0)
            for image, v in known
        ]
    corners = np.array(label.corners_camera)
    points = np.concatenate([corners, corners.mean(axis=0, keepdims=True)])
    places = lens.project(camera, points) + 0.5
    with np.errstate(invalid="ignore"):
        inside = np.all((places >= 0) & (places < (camera.width, camera.height)), axis=-1)
    inside &= points[:, 2] > _NEAR
    return [
        (float(x), float(y), 1) if there else (0.0, 0.0, 0)
        for (x, y), there in zip(places, inside, strict=True)
    ]


def smallest_rectangle(corners: ArrayLike, width: int, height: int) -> Polygon:
    """(4, 2) the smallest of all rectangles around (n, 2) points that do not leave the picture.

    One has a side along an edge of the points' hull; the upright one never leaves the picture.
    """
    hull = cv2.convexHull(np.asarray(corners, dtype=np.int32))[:, 0].astype(np.float64)
    edges = np.vstack([np.roll(hull, -1, axis=0) - hull, [[1.0, 0.0]]])
    along = edges / np.linalg.norm(edges, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    u, v = hull @ along.T, hull @ across.T  # each (points, edges)
    ends = [(u.min(0), v.min(0)), (u.max(0), v.min(0)), (u.max(0), v.max(0)), (u.min(0), v.max(0))]
    rectangles = np.stack([a[:, None] * along + b[:, None] * across for a, b in ends], axis=1)
    within = (rectangles >= -_ROUNDING) & (rectangles <= np.array([width, height]) + _ROUNDING)
    area = np.ptp(u, axis=0) * np.ptp(v, axis=0)
    best = rectangles[np.argmin(np.where(within.all(axis=(1, 2)), area, np.inf))]
    return np.clip(best, 0, (width, height))


def _box(label: ObjectAnnotation) -> tuple[int, int, int, int]:
    assert label.box_visible is not None  # it has been picked because it is seen
    x0, y0, x1, y1 = (int(edge) for edge in label.box_visible)
    return x0, y0, x1, y1


def _mask(label: ObjectAnnotation, ids: Ids) -> Mask:
    """What is seen of an object, as large as its box."""
    x0, y0, x1, y1 = _box(label)
    return ids[y0:y1, x0:x1] == label.instance_id


def _shares(camera: Camera, points: Iterable[Iterable[float]] | Polygon) -> list[str]:
    """x y x y … of (n, 2) pixels, corner frame, as text."""
    shares = np.asarray(points, dtype=np.float64) / (camera.width, camera.height)
    return [f"{value:.6f}" for value in shares.ravel()]
