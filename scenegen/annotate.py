"""Scene + Camera + Frame → what is true of every object in the picture. docs/labels.md defines it.

Everything is counted in one instance map and in silhouettes from the same identity test; no depth
is ever compared. Boxes are in the corner frame, points in the OpenCV frame (see `geometry`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenegen import geometry
from scenegen.assets.library import Library
from scenegen.errors import RenderError
from scenegen.scene import (
    Box,
    Camera,
    Frame,
    ObjectAnnotation,
    Scene,
    SceneObject,
    Silhouette,
    Vec2,
    Vec3,
)

NEAR = 0.01
"""Metres: a corner whose z is not above this has no place in the picture."""


def annotate(
    scene: Scene,
    library: Library,
    camera: Camera,
    frame: Frame,
    category_ids: Mapping[str, int],
) -> tuple[ObjectAnnotation, ...]:
    """One annotation for every object of the scene, in its order, seen or not.

    `category_ids` numbers the target categories from 1; an object of another category gets 0.
    Raises RenderError where the instance map and the silhouettes contradict each other.
    """
    visible = _visible(frame.ids, max((o.instance_id for o in scene.objects), default=0))
    _check_ids(scene, visible)
    return tuple(
        _annotation(thing, library, camera, frame, visible, category_ids) for thing in scene.objects
    )


def semantic_map(
    ids: NDArray[np.uint16], annotations: tuple[ObjectAnnotation, ...]
) -> NDArray[np.uint16]:
    """(H, W) category id of the target at each pixel; 0 for background and distractors."""
    category = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint16)
    for label in annotations:
        if label.role == "target":
            category[label.instance_id] = label.category_id
    return category[ids]


# ---------------------------------------------------------------------------- counting pixels


@dataclass(frozen=True)
class _Visible:
    """By instance id: how many pixels of the map, and which rows and columns they lie in."""

    pixels: NDArray[np.intp]
    extents: Sequence[tuple[slice, slice] | None]

    def box(self, instance_id: int) -> Box | None:
        extent = self.extents[instance_id - 1] if self.pixels[instance_id] else None
        if extent is None:
            return None
        rows, columns = extent
        return _box(columns.start, rows.start, columns.stop, rows.stop)


def _visible(ids: NDArray[np.uint16], last_id: int) -> _Visible:
    """Count and enclose all instances, in one pass over the (H, W) map each."""
    pixels = np.bincount(ids.ravel(), minlength=last_id + 1)
    return _Visible(pixels, ndimage.find_objects(ids.astype(np.int32)))


def _check_ids(scene: Scene, visible: _Visible) -> None:
    known = {0, *(thing.instance_id for thing in scene.objects)}
    strange = sorted(set(np.flatnonzero(visible.pixels).tolist()) - known)
    if strange:
        raise RenderError(f"the instance map shows {strange}, which no object of the scene is")


def _outline(silhouette: Silhouette) -> Box | None:
    """Tight box of the whole silhouette; it may leave the image."""
    rows = np.flatnonzero(silhouette.mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(silhouette.mask.any(axis=0))
    x0, y0 = silhouette.x0, silhouette.y0
    return _box(x0 + columns[0], y0 + rows[0], x0 + columns[-1] + 1, y0 + rows[-1] + 1)


def _in_frame(silhouette: Silhouette, camera: Camera) -> Silhouette:
    """The part of a silhouette that lies inside the image."""
    height, width = silhouette.mask.shape
    left, top = max(0, -silhouette.x0), max(0, -silhouette.y0)
    right = max(left, min(width, camera.width - silhouette.x0))
    bottom = max(top, min(height, camera.height - silhouette.y0))
    mask = silhouette.mask[top:bottom, left:right]
    return Silhouette(silhouette.x0 + left, silhouette.y0 + top, mask)


def _box(x0: float, y0: float, x1: float, y1: float) -> Box:
    return (float(x0), float(y0), float(x1), float(y1))


# ---------------------------------------------------------------------------- one object


def _annotation(
    thing: SceneObject,
    library: Library,
    camera: Camera,
    frame: Frame,
    visible: _Visible,
    category_ids: Mapping[str, int],
) -> ObjectAnnotation:
    silhouette = _silhouette(thing, frame)
    inside = _in_frame(silhouette, camera)
    px_visible = int(visible.pixels[thing.instance_id])
    px_in_frame = int(np.count_nonzero(inside.mask))
    px_full = int(np.count_nonzero(silhouette.mask))
    if px_visible > px_in_frame:
        raise RenderError(
            f"object {thing.instance_id} ({thing.asset_id}) shows {px_visible} pixels in the "
            f"instance map, but alone it covers only {px_in_frame}: the driver contradicts itself"
        )
    cuboid = _cuboid(thing, library, camera)
    return ObjectAnnotation(
        instance_id=thing.instance_id,
        asset_id=thing.asset_id,
        category=thing.category,
        category_id=category_ids.get(thing.category, 0),
        role="distractor" if thing.role == "distractor" else "target",
        px_visible=px_visible,
        px_in_frame=px_in_frame,
        px_full=px_full,
        full_canvas_clipped=silhouette.clipped,
        occlusion=1 - px_visible / px_in_frame if px_in_frame else None,
        truncation=1 - px_in_frame / px_full if px_full else None,
        visible_fraction=px_visible / px_full if px_full else None,
        box_visible=visible.box(thing.instance_id),
        box_amodal=_outline(silhouette),
        box_amodal_clipped=_outline(inside),
        box_cuboid=cuboid.box,
        camera_from_object=cuboid.camera_from_object,
        cuboid_center=cuboid.center,
        cuboid_size=cuboid.size,
        corners_camera=cuboid.corners_camera,
        corners_image=cuboid.corners_image,
    )


def _silhouette(thing: SceneObject, frame: Frame) -> Silhouette:
    if thing.instance_id not in frame.silhouettes:
        raise RenderError(f"object {thing.instance_id} ({thing.asset_id}) has no silhouette")
    return frame.silhouettes[thing.instance_id]


@dataclass(frozen=True)
class _Cuboid:
    """The 3D box of an object, seen by a camera; corners in the order of `CORNER_SIGNS`."""

    camera_from_object: NDArray[np.float64]
    center: Vec3
    size: Vec3
    corners_camera: tuple[Vec3, ...]
    corners_image: tuple[Vec2 | None, ...]

    @property
    def box(self) -> Box | None:
        """Around all projected corners, corner frame; None if one of them has no projection."""
        seen = [corner for corner in self.corners_image if corner is not None]
        if len(seen) < len(self.corners_image):
            return None
        corners = np.array(seen) + 0.5
        return _box(*corners.min(axis=0), *corners.max(axis=0))


def _cuboid(thing: SceneObject, library: Library, camera: Camera) -> _Cuboid:
    low, high = library.load(thing.asset_id).bounds * thing.scale
    pose = geometry.inverse(camera.world_from_camera) @ thing.world_from_object
    pose.setflags(write=False)
    corners = geometry.apply(pose, geometry.box_corners((low + high) / 2, high - low))
    pixels = geometry.project(camera.K, corners)
    return _Cuboid(
        camera_from_object=pose,
        center=_vec3((low + high) / 2),
        size=_vec3(high - low),
        corners_camera=tuple(_vec3(corner) for corner in corners),
        corners_image=tuple(
            (float(x), float(y)) if z > NEAR else None
            for (x, y), z in zip(pixels, corners[:, 2], strict=True)
        ),
    )


def _vec3(values: NDArray[np.float64]) -> Vec3:
    x, y, z = values.tolist()
    return (x, y, z)
