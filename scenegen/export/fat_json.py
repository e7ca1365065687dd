"""The JSON of Falling Things and of DOPE: objects, cameras, settings. Lengths are centimetres.

FAT's object frame looks out of the object's front: x right, y down, z forward, origin in the middle
of the 3D box. It is our object frame with x as forward and z as up, as in the files for the YCB
objects. FAT writes 4×4 matrices for row vectors, the translation in the last row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.scene import Camera, ObjectAnnotation

Array = NDArray[np.float64]
Json = dict[str, Any]

CM = 100.0

_FAT_FROM_OBJECT = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])

_CORNERS = np.array(
    [[1, -1, 1], [-1, -1, 1], [-1, 1, 1], [1, 1, 1],
     [1, -1, -1], [-1, -1, -1], [-1, 1, -1], [1, 1, -1]]
)  # fmt: skip
"""(8, 3) signs in FAT's frame: front top right, top left, bottom left, bottom right; rear alike."""

_NEAR = 0.01


def in_front(label: ObjectAnnotation) -> bool:
    """Whether all corners of the box can be projected; the format has no word for one that cannot."""
    return all(corner[2] > _NEAR for corner in label.corners_camera)


def object_json(label: ObjectAnnotation, camera: Camera) -> Json:
    """An object as in NNNNNN.left.json."""
    rotation, center = _pose(label)
    corners = center + (_CORNERS * _size(label) / 2) @ rotation.T
    return {
        "class": label.asset_id,
        "instance_id": label.instance_id,
        "visibility": _visibility(label),
        "location": _list(center * CM),
        "quaternion_xyzw": _quaternion(rotation),
        "pose_transform_permuted": [
            *([*_list(row), 0.0] for row in _permuted(rotation)),
            [*_list(center * CM), 1.0],
        ],
        "cuboid_centroid": _list(center * CM),
        "projected_cuboid_centroid": _list(geometry.project(camera.K, center)),
        "bounding_box": _bounding_box(label),
        "cuboid": _list(corners * CM),
        "projected_cuboid": _list(geometry.project(camera.K, corners)),
    }


def dope_object_json(label: ObjectAnnotation, camera: Camera) -> Json:
    """An object as DOPE's newer tools write it: metres, the box's centre as ninth point."""
    rotation, center = _pose(label)
    corners = center + (_CORNERS * _size(label) / 2) @ rotation.T
    return {
        "class": label.asset_id,
        "name": f"{label.asset_id}_{label.instance_id}",
        "visibility": _visibility(label),
        "px_count_visib": label.px_visible,
        "px_count_all": label.px_full,
        "location": _list(center),
        "quaternion_xyzw": _quaternion(rotation),
        "projected_cuboid": _list(geometry.project(camera.K, [*corners, center])),
    }


def camera_data(camera: Camera) -> Json:
    """Where the camera is: Unreal's world is left-handed (y mirrored), its camera axes forward,
    right, up."""
    right, down, forward = camera.world_from_camera[:3, :3].T
    axes = np.column_stack([forward, -right, -down])
    x, y, z, w = geometry.quaternion_xyzw_from_rotation(axes)
    return {
        "location_worldframe": _list(camera.world_from_camera[:3, 3] * [CM, -CM, CM]),
        "quaternion_xyzw_worldframe": _list(np.array([-x, y, -z, w]), 9),
    }


def dope_camera_data(camera: Camera) -> Json:
    fx, fy, cx, cy = _intrinsics(camera)
    return {
        "width": camera.width,
        "height": camera.height,
        "intrinsics": {"fx": fx, "fy": fy, "cx": cx, "cy": cy},
    }


def camera_settings(cameras: dict[str, Camera]) -> Json:
    """_camera_settings.json: an entry a camera, by name; all have the same intrinsics."""
    return {"camera_settings": [_camera_entry(name, camera) for name, camera in cameras.items()]}


def _camera_entry(name: str, camera: Camera) -> Json:
    fx, fy, cx, cy = _intrinsics(camera)
    return {
        "name": name,
        "horizontal_fov": float(np.degrees(2 * np.arctan(camera.width / 2 / fx))),
        "intrinsic_settings": {
            "resX": camera.width,
            "resY": camera.height,
            "fx": fx,
            "fy": fy,
            "cx": cx,
            "cy": cy,
            "s": float(camera.K[0, 1]),
        },
        "captured_image_size": {"width": camera.width, "height": camera.height},
    }


def exported_object(label: ObjectAnnotation, scale: float, class_id: int) -> Json:
    """An entry of _object_settings.json; its matrix takes the mesh, in metres, to FAT's frame."""
    matrix = np.eye(4)
    matrix[:3, :3] = CM * scale * _FAT_FROM_OBJECT.T
    matrix[3, :3] = -CM * _FAT_FROM_OBJECT @ label.cuboid_center
    return {
        "class": label.asset_id,
        "segmentation_class_id": class_id,
        "fixed_model_transform": _list(matrix),
        "cuboid_dimensions": _list(_size(label) * CM),
    }


def _pose(label: ObjectAnnotation) -> tuple[Array, Array]:
    """(3, 3) rotation from FAT's object frame, and (3,) the box's centre, camera frame, metres."""
    rotation = label.camera_from_object[:3, :3] @ _FAT_FROM_OBJECT.T
    return rotation, geometry.apply(label.camera_from_object, label.cuboid_center)


def _size(label: ObjectAnnotation) -> Array:
    """(3,) sides of the box along FAT's axes, metres."""
    sides: Array = np.abs(_FAT_FROM_OBJECT) @ label.cuboid_size
    return sides


def _permuted(rotation: Array) -> Array:
    """(3, 3) rows as in `pose_transform_permuted`: z, x and −y axis of the object."""
    return np.array([rotation[:, 2], rotation[:, 0], -rotation[:, 1]])


def _visibility(label: ObjectAnnotation) -> float:
    """Share of what is in the picture that nothing hides."""
    return round(1 - (label.occlusion or 0.0), 6)


def _bounding_box(label: ObjectAnnotation) -> Json:
    """Of the whole silhouette inside the picture, [row, column]."""
    x0, y0, x1, y1 = label.box_amodal_clipped or (0.0, 0.0, 0.0, 0.0)
    return {"top_left": [y0, x0], "bottom_right": [y1, x1]}


def _intrinsics(camera: Camera) -> tuple[float, float, float, float]:
    k = camera.K
    return float(k[0, 0]), float(k[1, 1]), float(k[0, 2]), float(k[1, 2])


def _quaternion(rotation: Array) -> list[float]:
    return _list(geometry.quaternion_xyzw_from_rotation(rotation), 9)


def _list(values: Array, digits: int = 6) -> list[Any]:
    """Plain numbers; six digits of a centimetre are far below what a picture shows."""
    numbers: list[Any] = (np.round(values, digits) + 0.0).tolist()
    return numbers
