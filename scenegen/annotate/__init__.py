"""Scene + Camera + Frame → what is true of every object in the picture. docs/labels.md defines it.

Everything is counted in one instance map and in silhouettes from the same identity test; no depth
is ever compared. Boxes are in the corner frame, points in the OpenCV frame (see `geometry`).
"""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from scenegen.annotate.counts import (
    Visible,
    check_ids,
    in_frame,
    outline,
    silhouette_of,
    visible_in,
)
from scenegen.annotate.cuboids import cuboid_of
from scenegen.annotate.keypoints import Rule, keypoints_of
from scenegen.annotate.masks import amodal_mask, hidden_by
from scenegen.annotate.symmetry import canonical
from scenegen.assets.library import Library
from scenegen.errors import RenderError
from scenegen.scene import Camera, Frame, Keypoint, ObjectAnnotation, Scene, SceneObject


def annotate(
    scene: Scene,
    library: Library,
    camera: Camera,
    frame: Frame,
    category_ids: Mapping[str, int],
    wanted: Collection[str] = (),
    rule: Rule = "box",
) -> tuple[ObjectAnnotation, ...]:
    """One annotation for every object of the scene, in its order, seen or not.

    `category_ids` numbers the target categories from 1; an object of another category gets 0.
    `wanted` names the optional labels (`recipe.Note`); the others are None. `rule` says which
    keypoints an asset has that names none (`recipe.keypoints`).
    Raises RenderError where the instance map and the silhouettes contradict each other.
    """
    visible = visible_in(frame.ids, max((o.instance_id for o in scene.objects), default=0))
    check_ids(scene, visible)
    keypoints = keypoints_of(scene, library, camera, rule) if "keypoints" in wanted else {}
    return tuple(
        _annotation(
            thing,
            library,
            camera,
            frame,
            visible,
            category_ids.get(thing.category, 0),
            wanted,
            keypoints.get(thing.instance_id),
        )
        for thing in scene.objects
    )


def _annotation(
    thing: SceneObject,
    library: Library,
    camera: Camera,
    frame: Frame,
    visible: Visible,
    category_id: int,
    wanted: Collection[str],
    keypoints: tuple[Keypoint, ...] | None,
) -> ObjectAnnotation:
    """What is true of one object."""
    silhouette = silhouette_of(thing, frame)
    inside = in_frame(silhouette, camera)
    px_visible = int(visible.pixels[thing.instance_id])
    px_in_frame = int(np.count_nonzero(inside.mask))
    px_full = int(np.count_nonzero(silhouette.mask))
    if px_visible > px_in_frame:
        raise RenderError(
            f"object {thing.instance_id} ({thing.asset_id}) shows {px_visible} pixels in the "
            f"instance map, but alone it covers only {px_in_frame}: "
            "the driver contradicts itself"
        )
    cuboid = cuboid_of(thing, library, camera)
    return ObjectAnnotation(
        instance_id=thing.instance_id,
        asset_id=thing.asset_id,
        category=thing.category,
        category_id=category_id,
        role="distractor" if thing.role == "distractor" else "target",
        px_visible=px_visible,
        px_in_frame=px_in_frame,
        px_full=px_full,
        full_canvas_clipped=silhouette.clipped,
        occlusion=1 - px_visible / px_in_frame if px_in_frame else None,
        truncation=1 - px_in_frame / px_full if px_full else None,
        visible_fraction=px_visible / px_full if px_full else None,
        box_visible=visible.box(thing.instance_id),
        box_amodal=outline(silhouette),
        box_amodal_clipped=outline(inside),
        box_cuboid=cuboid.box,
        camera_from_object=cuboid.camera_from_object,
        cuboid_center=cuboid.center,
        cuboid_size=cuboid.size,
        corners_camera=cuboid.corners_camera,
        corners_image=cuboid.corners_image,
        amodal_mask=amodal_mask(inside, camera) if "amodal_masks" in wanted else None,
        hidden_by=hidden_by(thing.instance_id, inside, frame.ids)
        if "occlusion_order" in wanted
        else None,
        keypoints=keypoints,
        camera_from_object_canonical=_canonical(thing, library, cuboid.camera_from_object)
        if "canonical_poses" in wanted
        else None,
    )


def _canonical(
    thing: SceneObject, library: Library, camera_from_object: NDArray[np.float64]
) -> NDArray[np.float64]:
    pose = canonical(camera_from_object, library.info(thing.asset_id), thing.scale)
    pose.setflags(write=False)
    return pose


def semantic_map(
    ids: NDArray[np.uint16], annotations: tuple[ObjectAnnotation, ...]
) -> NDArray[np.uint16]:
    """(H, W) category id of the target at each pixel; 0 for background and distractors."""
    category = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint16)
    for label in annotations:
        if label.role == "target":
            category[label.instance_id] = label.category_id
    return category[ids]
