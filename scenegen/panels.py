"""All labels of one shot side by side, for people."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.dataset.pictures import rgb_from_normals
from scenegen.drawing import (
    Image,
    captioned,
    codes_in_color,
    depth_in_color,
    flow_in_color,
    grid,
    instances_in_color,
    with_boxes,
    with_cuboids,
    with_keypoints,
)
from scenegen.scene import Shot


def label_panels(shot: Shot) -> Image:
    """RGB, instances, depth, normals, boxes and cuboids, then the optional labels there are."""
    camera, frame, labels = shot.camera, shot.frame, shot.annotations
    seen = sum(label.px_visible > 0 for label in labels)
    panels = [
        captioned(frame.color, f"RGB   {camera.name} {camera.eye} {camera.width}x{camera.height}"),
        captioned(instances_in_color(frame.ids), f"instances   {seen} of {len(labels)} seen"),
        captioned(depth_in_color(frame.depth), f"depth   {_extent(frame.depth, 'm')}"),
        captioned(rgb_from_normals(frame.normals), "normals   camera frame"),
        captioned(with_boxes(frame.color, labels), "boxes   visible (thick), amodal (thin)"),
        captioned(with_cuboids(frame.color, labels), "3D boxes"),
    ]
    if any(label.keypoints for label in labels):
        picture = with_keypoints(frame.color, labels)
        caption = "keypoints   seen green, hidden by itself orange, by others red"
        panels.append(captioned(picture, caption))
    for name, values in frame.maps.items():
        panels.append(captioned(*_map_panel(name, values)))
    return grid(panels, columns=3)


def _map_panel(name: str, values: NDArray[Any]) -> tuple[Image, str]:
    """An optional picture in color, and its caption."""
    title = name.replace("_", " ")
    if name == "flow":
        longest = _extent(np.hypot(values[..., 0], values[..., 1]), "px")
        return flow_in_color(values), f"{title}   to the next picture, {longest}"
    if name == "scene_flow":
        longest = _extent(np.linalg.norm(values, axis=-1), "m")
        return flow_in_color(values), f"{title}   x and y, {longest}"
    if name == "disparity":
        return depth_in_color(_inverse(values)), (f"{title}   {_extent(values, 'px')}")
    if name == "nocs":
        return np.rint(np.nan_to_num(values) * 255).astype(np.uint8), "NOCS   object coordinates"
    if name.endswith("occlusion"):
        return codes_in_color(values), f"{title}   in both green, hidden red, outside blue"
    return values.astype(np.uint8), title


def _inverse(disparity: NDArray[Any]) -> NDArray[np.float32]:
    """Proportional to depth; 0 stays 0."""
    return (1 / np.where(disparity > 0, disparity, np.inf)).astype(np.float32)


def _extent(values: NDArray[Any], unit: str) -> str:
    there = values[np.isfinite(values) & (values > 0)]
    return f"{there.min():.2f} to {there.max():.2f} {unit}" if there.size else "nothing"
