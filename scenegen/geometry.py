"""Transforms and projection, numpy only.

Transforms are 4×4, act on column vectors and are named `a_from_b`. Cameras use the OpenCV axes
(x right, y down, z forward) and the OpenCV pixel frame (the centre of the top-left pixel is (0, 0)).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

OPENGL_FROM_OPENCV: Array = np.diag([1.0, -1.0, -1.0, 1.0])
"""Turns OpenCV camera axes into OpenGL's (x right, y up, z backward); its own inverse."""

CORNER_SIGNS: Array = np.array(
    [[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)]
)
"""(8, 3) signs of a box's corners: index 4·[x+] + 2·[y+] + [z+]."""


def transform(rotation: ArrayLike, translation: ArrayLike) -> Array:
    """Build the 4×4 transform of a (3, 3) rotation and a (3,) translation."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = translation
    return matrix


def inverse(rigid: Array) -> Array:
    """Invert a rigid transform exactly (transpose of the rotation)."""
    rotation = rigid[:3, :3].T
    return transform(rotation, -rotation @ rigid[:3, 3])


def apply(matrix: Array, points: ArrayLike) -> Array:
    """Move (…, 3) points by a 4×4 transform."""
    return np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def rotation_about(axis: ArrayLike, angle: float) -> Array:
    """(3, 3) rotation by `angle` radians about `axis` (Rodrigues' formula)."""
    x, y, z = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)


def rotation_from_quaternion_xyzw(quaternion_xyzw: ArrayLike) -> Array:
    """(3, 3) rotation of a quaternion given as (x, y, z, w); it need not be of unit length."""
    x, y, z, w = np.asarray(quaternion_xyzw, dtype=np.float64) / np.linalg.norm(quaternion_xyzw)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_xyzw_from_rotation(rotation: Array) -> Array:
    """Unit quaternion (x, y, z, w), w ≥ 0, of a (3, 3) rotation (Bar-Itzhack's eigenvector method)."""
    r = np.asarray(rotation, dtype=np.float64)
    trace = np.trace(r)
    k = np.empty((4, 4))
    k[:3, :3] = r + r.T - np.eye(3) * trace
    k[:3, 3] = k[3, :3] = [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]]
    k[3, 3] = trace
    quaternion: Array = np.linalg.eigh(k / 3.0)[1][:, -1]
    return -quaternion if quaternion[3] < 0 else quaternion


def look_at(eye: ArrayLike, target: ArrayLike, roll: float = 0.0) -> Array:
    """`world_from_camera` of a camera at `eye` whose optical axis meets `target`, world z up.

    `roll` turns the camera about its optical axis (radians, clockwise picture for positive roll).
    Looking straight up or down, the picture's top points along world +y.
    """
    eye = np.asarray(eye, dtype=np.float64)
    forward = np.asarray(target, dtype=np.float64) - eye
    length = np.linalg.norm(forward)
    if length < 1e-9:
        raise ValueError("the camera and the point it looks at coincide")
    forward = forward / length
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 1 - 1e-9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    rotation = np.column_stack([right, down, forward]) @ rotation_about([0, 0, 1], -roll)
    return transform(rotation, eye)


def intrinsics(width: int, height: int, fov_x: float) -> Array:
    """(3, 3) K of a centred camera with square pixels and a horizontal field of view in radians."""
    focal = width / 2 / np.tan(fov_x / 2)
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])


def project(k: Array, points_camera: ArrayLike) -> Array:
    """(…, 2) pixel coordinates (OpenCV frame) of (…, 3) camera-frame points; NaN for z ≤ 0."""
    points = np.asarray(points_camera, dtype=np.float64)
    z = points[..., 2:3]
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = (points @ k.T)[..., :2] / z
    return np.where(z > 0, pixels, np.nan)


def box_corners(center: ArrayLike, size: ArrayLike) -> Array:
    """(8, 3) corners of an axis-aligned box, in the order of `CORNER_SIGNS`."""
    return np.asarray(center) + CORNER_SIGNS * (np.asarray(size, dtype=np.float64) / 2)
