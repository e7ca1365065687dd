"""Poses and cuboids, object by object; and every other check of an object."""

import numpy as np

from scenegen.verify import suspects
from scenegen.verify.alone import METRES, Alone, places, projected
from scenegen.verify.case import Case
from scenegen.verify.findings import Figure
from scenegen.verify.folder import Json
from scenegen.verify.keypoints import check_canonical, check_keypoints
from scenegen.verify.meshes import Array
from scenegen.verify.shapes import check_boxes, check_counts, check_hidden_by, check_mask


def check_objects(case: Case) -> None:
    """Every label of every object that the scene has."""
    things = {thing.number: k for k, thing in enumerate(case.take.world.things) if thing.number}
    for label in case.shot["objects"]:
        if label["instance_id"] in things:
            one = Alone(case, label, things[label["instance_id"]])
            _check_pose(one)
            _check_cuboid(one)
            check_counts(one)
            check_boxes(one)
            check_mask(one)
            check_hidden_by(one)
            check_keypoints(one)
            check_canonical(one)


def _check_pose(one: Alone) -> None:
    case, thing = one.case, one.case.take.world.things[one.place]
    found, right = np.array(one.label["camera_from_object"]), case.take.sight.poses[one.place]
    off = float(np.abs(found - right).max())
    case.measure("pose", Figure(1, off > METRES, worst=off))
    if off <= METRES:
        return
    others: dict[str, Array] = {}
    for number, capture in enumerate(case.folder.scene["captures"]):
        for other in capture["objects"]:
            pose = case.take.sight.camera_from_world @ np.array(other["world_from_object"])
            if other["instance_id"] == one.number:
                others[f"it is stale: that of capture {number}"] = pose
            else:
                others[f"it is that of object {other['instance_id']}"] = pose
    center = thing.mesh.box.mean(axis=0) * thing.scale
    told = suspects.of_pose(found, right, thing.pose, center, others)
    one.fail("pose", f"camera_from_object of {thing.asset_id} is wrong: {told}")


def _check_cuboid(one: Alone) -> None:
    case, label, thing = one.case, one.label, one.case.take.world.things[one.place]
    box = thing.mesh.box * thing.scale
    corners = case.take.sight.corners(one.place)
    wrong = []
    for key, right in (("cuboid_center", box.mean(axis=0)), ("cuboid_size", np.ptp(box, axis=0))):
        if np.abs(np.array(label[key]) - right).max() > METRES:
            told = suspects.of_axes(np.array([label[key]]), right[None])
            wrong.append(f"{key} is {label[key]}, but {right.round(6).tolist()} m is right {told}")
    found = np.array(label["corners_camera"])
    if np.abs(found - corners).max() > METRES:
        off = np.abs(found - corners).max() * 1000
        told = suspects.of_corners(found, corners) or f"they are up to {off:.4g} mm off"
        wrong.append(f"corners_camera: {told}")
    wrong += _wrong_corners_image(label, case, corners)
    case.measure("cuboid", Figure(1, bool(wrong)))
    if wrong:
        one.fail("cuboid", "; ".join(wrong))


def _wrong_corners_image(label: Json, case: Case, corners: Array) -> list[str]:
    right, exact = projected(case, corners)
    found = places(label["corners_image"])
    if (np.isnan(found[:, 0]) != np.isnan(right[:, 0])).any():
        at = int(np.flatnonzero(np.isnan(found[:, 0]) != np.isnan(right[:, 0]))[0])
        z = corners[at, 2]
        return [f"corners_image[{at}] is {label['corners_image'][at]}, its z is {z:.4g} m"]
    seen = np.isfinite(right[:, 0])
    off = np.abs(found - right).max(axis=1)
    if not (off[seen] > exact[seen]).any():
        return []
    told = ""
    if seen.all():
        told = suspects.of_corners(found, right)
    told = told or suspects.of_points(found[seen], right[seen])
    return [f"corners_image: {told or f'they are up to {off[seen].max():.4g} px off'}"]
