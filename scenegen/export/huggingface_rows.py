"""A shot as a row of a table: what Hugging Face's object detection examples read, and more."""

from typing import Any

import numpy as np

from scenegen.dataset import StoredShot
from scenegen.dataset.files import read_bytes
from scenegen.dataset.png import encode_png
from scenegen.export.selection import Picked, Selection
from scenegen.scene import Box, ObjectAnnotation

Row = dict[str, Any]

IMAGES = (
    "rgb", "ids", "semantic", "depth", "normals", "albedo", "roughness_metallic", "disparity",
    "flow_occlusion", "stereo_occlusion",
)  # fmt: skip
"""Pictures that Pillow reads as they are; `rgb` becomes the column `image`."""

DEEP = ("nocs", "flow", "scene_flow")
"""16-bit color, which Pillow cuts to 8 bits: kept as the bytes of a PNG."""


def column(output: str) -> str:
    return "image" if output == "rgb" else output


def image_id(shot: StoredShot) -> int:
    """One number for a shot, the same however much the dataset grows."""
    return shot.scene_index * 1_000_000 + int(shot.stem)


def described(selection: Selection, picked: Picked) -> Row:
    """All columns but the pictures."""
    shot, camera = picked.shot, picked.shot.camera
    bent = camera.distortion
    return {
        "image_id": image_id(shot),
        "width": camera.width,
        "height": camera.height,
        "objects": _objects(selection, picked.objects),
        "scene": shot.scene_index,
        "shot": shot.stem,
        "capture": shot.capture,
        "time": shot.record.time,
        "camera": camera.name,
        "eye": camera.eye,
        "K": camera.K.tolist(),
        "distortion_model": bent.model if bent else "",
        "distortion": [float(value) for value in bent.coefficients] if bent else [0.0] * 4,
        "world_from_camera": camera.world_from_camera.tolist(),
        "depth_scale": float(shot.depth_scale),
        "labels": read_bytes(shot.json_path).decode(),
    }


def _objects(selection: Selection, labels: tuple[ObjectAnnotation, ...]) -> Row:
    """A list for each property, one entry an object."""
    return {
        "instance_id": [label.instance_id for label in labels],
        "category": [selection.category_id(label) - 1 for label in labels],
        "name": [selection.renamed[label.category] for label in labels],
        "asset_id": [label.asset_id for label in labels],
        "bbox": [_xywh(label.box_visible) for label in labels],
        "bbox_amodal": [_xywh(label.box_amodal) for label in labels],
        "area": [label.px_visible for label in labels],
        "visible_fraction": [label.visible_fraction for label in labels],
        "occlusion": [label.occlusion for label in labels],
        "truncation": [label.truncation for label in labels],
        "camera_from_object": [label.camera_from_object.tolist() for label in labels],
        "cuboid_center": [[float(x) for x in label.cuboid_center] for label in labels],
        "cuboid_size": [[float(x) for x in label.cuboid_size] for label in labels],
    }


def _xywh(box: Box | None) -> list[float] | None:
    """Left, top, width, height in pixels, corner frame."""
    if box is None:
        return None
    x0, y0, x1, y1 = map(float, box)
    return [x0, y0, x1 - x0, y1 - y0]


def filled(row: Row, prefix: str = "") -> frozenset[str]:
    """The columns in which a row shows its type: neither null nor an empty list, nor full of null."""
    found: set[str] = set()
    for name, value in row.items():
        if isinstance(value, dict):
            found |= filled(value, f"{prefix}{name}.")
        elif (
            any(entry is not None for entry in value)
            if isinstance(value, list)
            else value is not None
        ):
            found.add(prefix + name)
    return frozenset(found)


def as_stored(selection: Selection) -> bool:
    """Whether the categories are exported as they are numbered in the dataset."""
    return dict(selection.renamed) == {name: name for name in selection.dataset.categories}


def semantic_png(selection: Selection, picked: Picked) -> bytes:
    """The semantic picture under the exported categories' numbers, from 1."""
    shot = picked.shot
    number = np.zeros(1 + max((o.instance_id for o in shot.annotations), default=0), np.uint16)
    for label in shot.annotations:
        if label.role == "target" and label.category in selection.renamed:
            number[label.instance_id] = selection.category_id(label)
    return encode_png(number[shot.ids])
