"""One shot in BOP's terms: millimetres, camera matrix, poses, visibility, masks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from scenegen import geometry
from scenegen.dataset import StoredShot
from scenegen.scene import Box, ObjectAnnotation

Json = dict[str, Any]
Bits = NDArray[np.bool_]

MM = 1000.0
TARGET = 0.1
"""BOP asks only for objects of which at least this share is seen."""

_NOWHERE = [-1, -1, -1, -1]


def listed(shot: StoredShot, numbers: Mapping[int, int]) -> list[ObjectAnnotation]:
    """The objects that BOP lists, seen or not: those with an obj_id."""
    return [label for label in shot.annotations if label.instance_id in numbers]


def camera_json(shot: StoredShot) -> Json:
    """An entry of scene_camera.json."""
    camera = shot.camera
    camera_from_world = geometry.inverse(camera.world_from_camera)
    return {
        "cam_K": camera.K.ravel().tolist(),
        "depth_scale": _depth_scale(shot),
        "cam_R_w2c": camera_from_world[:3, :3].ravel().tolist(),
        "cam_t_w2c": (camera_from_world[:3, 3] * MM).tolist(),
    }


def sensor_json(shot: StoredShot) -> Json:
    """camera.json: the camera that took all the pictures."""
    camera, k = shot.camera, shot.camera.K
    return {
        "cx": float(k[0, 2]),
        "cy": float(k[1, 2]),
        "depth_scale": _depth_scale(shot),
        "fx": float(k[0, 0]),
        "fy": float(k[1, 1]),
        "height": camera.height,
        "width": camera.width,
    }


def _depth_scale(shot: StoredShot) -> float:
    """Millimetres a step."""
    return round(shot.depth_scale * MM, 9)


def gt_json(label: ObjectAnnotation, number: int) -> Json:
    """An entry of scene_gt.json: the pose of the model, whose origin is the middle of the box."""
    pose = label.camera_from_object
    return {
        "cam_R_m2c": pose[:3, :3].ravel().tolist(),
        "cam_t_m2c": (geometry.apply(pose, label.cuboid_center) * MM).tolist(),
        "obj_id": number,
    }


def gt_info_json(label: ObjectAnnotation, with_depth: Bits) -> Json:
    """An entry of scene_gt_info.json; `with_depth` (H, W) tells where there is a depth."""
    seen = label.px_visible > 0
    return {
        "bbox_obj": _box(label.box_amodal) if seen else _NOWHERE,
        "bbox_visib": _box(label.box_visible) if seen else _NOWHERE,
        "px_count_all": label.px_full,
        "px_count_valid": int(np.count_nonzero(whole_mask(label) & with_depth)),
        "px_count_visib": label.px_visible,
        "visib_fract": label.visible_fraction or 0.0,
    }


def coco_image(shot: StoredShot, picture: str) -> Json:
    """An entry of scene_gt_coco.json's images; `picture` is its path in the scene's folder."""
    size = {"width": shot.camera.width, "height": shot.camera.height}
    return {"id": int(shot.stem), "file_name": picture, **size}


def coco_rows(
    shot: StoredShot, labels: Sequence[ObjectAnnotation], numbers: Mapping[int, int]
) -> list[Json]:
    """The visible objects as scene_gt_coco.json's annotations, without their ids.

    As bop_toolkit's calc_gt_coco.py has them: the mask of what is seen, the box of the whole
    silhouette inside the picture, half-open, and `ignore` for what BOP does not ask for.
    """
    ids, rows = shot.ids, []
    for label in labels:
        if label.box_amodal_clipped is None or not label.px_visible:
            continue
        x0, y0, x1, y1 = map(int, label.box_amodal_clipped)
        row = {
            "image_id": int(shot.stem),
            "category_id": numbers[label.instance_id],
            "iscrowd": 0,
            "area": label.px_visible,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "segmentation": run_lengths(ids == label.instance_id),
            "width": shot.camera.width,
            "height": shot.camera.height,
            "ignore": (label.visible_fraction or 0) < TARGET,
        }
        rows.append(row)
    return rows


def coco_json(images: Sequence[Json], rows: Sequence[Json]) -> Json:
    """scene_gt_coco.json; annotations are numbered from 1, and an obj_id is a category."""
    numbers = sorted({row["category_id"] for row in rows})
    return {
        "categories": [{"id": n, "name": str(n), "supercategory": "object"} for n in numbers],
        "images": images,
        "annotations": [{"id": k, **row} for k, row in enumerate(rows, start=1)],
    }


def whole_mask(label: ObjectAnnotation) -> Bits:
    """(H, W) the object's silhouette inside the picture, hidden or not."""
    mask = label.amodal_mask
    if mask is None:
        raise ValueError("no amodal mask")  # the exporters have asked the card for it
    run_lengths = {"size": list(mask.size), "counts": mask.counts.encode("ascii")}
    return coco.decode(run_lengths).astype(bool)


def run_lengths(mask: Bits) -> Json:
    """COCO's uncompressed run lengths: down the columns, zeros first."""
    bits = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(bits)) + 1
    runs = np.diff(np.concatenate([[0], edges, [bits.size]])).tolist()
    return {"counts": [0, *runs] if bits[0] else runs, "size": list(mask.shape)}


def _box(box: Box | None) -> list[int]:
    """x, y, and BOP's width and height: the last pixel less the first, one less than ours."""
    if box is None:
        return _NOWHERE
    x0, y0, x1, y1 = map(int, box)
    return [x0, y0, x1 - x0 - 1, y1 - y0 - 1]
