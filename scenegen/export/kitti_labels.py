"""KITTI's text files: label_2 and calib. Metres, camera frame; see the object devkit's readme."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from scenegen.scene import Box, Camera, ObjectAnnotation

Array = NDArray[np.float64]

_DONT_CARE = "-1 -1 -10 {} -1 -1 -1 -1000 -1000 -1000 -10"

_CAMERA_FROM_LIDAR = [[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0]]
"""There is no lidar: it would sit in the camera, x forward, y left, z up."""


def label_line(label: ObjectAnnotation, name: str) -> str:
    """One line of label_2, its numbers in micrometres: KITTI's centimetres are for cars."""
    size, place, yaw = yaw_box(label)
    alpha = _turn(yaw - np.arctan2(place[0], place[2]))
    numbers = " ".join(f"{value + 0.0:.6f}" for value in (*size, *place, yaw))
    hidden = _occluded(label.occlusion or 0.0)
    box = _box(label.box_amodal_clipped)
    return f"{_word(name)} {label.truncation or 0.0:.4f} {hidden} {alpha:.6f} {box} {numbers}"


def dont_care_line(label: ObjectAnnotation) -> str:
    """A region in which a detector is neither right nor wrong."""
    return f"DontCare {_DONT_CARE.format(_box(label.box_amodal_clipped))}"


def yaw_box(label: ObjectAnnotation) -> tuple[Array, Array, float]:
    """(3,) height, width, length; (3,) middle of the bottom face; turn about the camera's y axis.

    The smallest box standing along the camera's y axis that holds the object's own 3D box. Its
    height is given, so it is the smallest rectangle around the corners seen along y, one side of
    which lies on their hull's. The turn is that of the side nearest to the object's x axis.
    """
    corners = np.array(label.corners_camera)
    flat = corners[:, [0, 2]]
    try:
        outline = flat[ConvexHull(flat).vertices]
    except QhullError:  # without breadth: a sheet seen from its edge
        outline = flat[[0, -1]]
    edges = np.array([b - a for a, b in pairwise([*outline, outline[0]])])
    turns = -np.arctan2(edges[:, 1], edges[:, 0])
    best = min(turns, key=lambda turn: float(np.prod(np.ptp(_along(flat, turn), axis=0))))
    forward = label.camera_from_object[[0, 2], 0]
    quarters = [best + quarter * np.pi / 2 for quarter in range(4)]
    yaw = max(quarters, key=lambda turn: float(forward @ [np.cos(turn), -np.sin(turn)]))
    sides = _along(flat, yaw)
    middle = (sides.min(axis=0) + sides.max(axis=0)) / 2 @ _axes(yaw)
    length, width = np.ptp(sides, axis=0)
    height, bottom = np.ptp(corners[:, 1]), corners[:, 1].max()
    return np.array([height, width, length]), np.array([middle[0], bottom, middle[1]]), _turn(yaw)


def _axes(yaw: float) -> Array:
    """(2, 2) the box's x and z axis in the camera's x and z, as rows."""
    return np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])


def _along(flat: Array, yaw: float) -> Array:
    """(N, 2) places along the axes of a box that is turned so."""
    return flat @ _axes(yaw).T


def _turn(angle: float) -> float:
    """The same angle in −π … π."""
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def _occluded(occlusion: float) -> int:
    """0 fully visible, 1 partly hidden, 2 largely."""
    return 0 if occlusion < 0.05 else 1 if occlusion < 0.5 else 2


def _box(box: Box | None) -> str:
    """First and last column and row: KITTI's boxes end with the last pixel."""
    x0, y0, x1, y1 = box or (0.0, 0.0, 1.0, 1.0)
    return f"{x0:.2f} {y0:.2f} {x1 - 1:.2f} {y1 - 1:.2f}"


def _word(name: str) -> str:
    """A name without spaces."""
    return "_".join(name.split())


def calibration(camera: Camera, baseline: float) -> str:
    """A file of calib: P2 is the left or only camera, P3 the right one, `baseline` metres beside it."""
    left = np.column_stack([camera.K, np.zeros(3)])
    right = left.copy()
    right[:, 3] = -baseline * camera.K[:, 0]
    rows = {
        "P0": left,
        "P1": right,
        "P2": left,
        "P3": right,
        "R0_rect": np.eye(3),
        "Tr_velo_to_cam": np.array(_CAMERA_FROM_LIDAR),
        "Tr_imu_to_velo": np.eye(3, 4),
    }
    lines = [
        f"{name}: {' '.join(f'{v + 0.0:.12e}' for v in m.ravel())}" for name, m in rows.items()
    ]
    return "\n".join([*lines, ""])
