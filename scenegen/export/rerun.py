"""Rerun: a recording a scene, to look at; shots follow each other on the timelines `shot` and `time`.

world                              z up; classes: instance ids with their names
world/objects                      3D boxes
world/<camera>                     pose and pinhole; below it rgb, depth, ids, boxes, keypoints
world/points/<camera>              what its depth picture shows, as points
Rerun's pixel frame is our corner frame: the middle of the first pixel is (0.5, 0.5).
"""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen import lens
from scenegen.dataset import StoredShot
from scenegen.dataset.files import read_bytes
from scenegen.drawing import palette
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.rerun_chunks import Recording, rerun_sdk
from scenegen.export.selection import Picked, Selection
from scenegen.geometry import Array, apply, quaternion_xyzw_from_rotation
from scenegen.scene import ObjectAnnotation, SceneObject

Taken = dict[int, Picked]
"""Shots by their number in the scene."""

_CORNER = np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])
_POINTS = 40_000
"""Of a shot at most; of larger pictures every second, third … row and column."""


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write 000012.rrd for each scene."""
    rerun_sdk()
    indices = selection.indices
    for done, index in enumerate(indices, start=1):
        name = f"{index:06d}.rrd"
        if not folder.has(name):
            folder.write(name, recorded(selection, index).rrd())
        folder.progress(done, len(indices))
    return []


def recorded(selection: Selection, index: int) -> Recording:
    """A scene's pictures and labels."""
    rr = rerun_sdk()
    card = selection.dataset.card
    recording = Recording(f"{card.name}-{card.recipe_sha256[:8]}-{index:06d}")
    shots = dict(enumerate(selection.picked(index)))
    recording.always("world", rr.ViewCoordinates.columns(xyz=[rr.ViewCoordinates.RIGHT_HAND_Z_UP]))
    _add_classes(recording, rr, shots[0].shot.annotations)
    _add_objects(recording, rr, selection, index, shots)
    cameras: dict[str, dict[int, Picked]] = {}
    for number, picked in shots.items():
        camera = picked.shot.camera
        name = "_".join(filter(None, (camera.name or "camera", camera.eye)))
        cameras.setdefault(name, {})[number] = picked
    for name, taken in cameras.items():
        _add_camera(recording, rr, f"world/{name}", taken)
        _add_pictures(recording, rr, f"world/{name}", taken)
        _add_labels(recording, rr, selection, f"world/{name}", taken)
        _add_points(recording, rr, f"world/points/{name}", taken)
    return recording


def _add_classes(recording: Recording, rr: Any, labels: Sequence[ObjectAnnotation]) -> None:
    """What the numbers in the ids picture are called."""
    classes = [
        rr.AnnotationInfo(label.instance_id, label.category, palette(label.instance_id))
        for label in labels
    ]
    context = [rr.AnnotationInfo(0, "background", (0, 0, 0, 0)), *classes]
    recording.always("world", rr.AnnotationContext.columns(context=context))


def _add_objects(
    recording: Recording, rr: Any, selection: Selection, index: int, taken: Taken
) -> None:
    """The boxes of all targets, where each capture finds them."""
    captures, seen = selection.dataset.scene(index), taken[0].shot.annotations
    first: dict[int, int] = {}
    for number, picked in taken.items():
        first.setdefault(picked.shot.capture, number)
    boxes = {label.instance_id: label for label in seen}
    rows = [
        [thing for thing in captures[capture].objects if _wanted(selection, thing)]
        for capture in first
    ]
    things = [thing for row in rows for thing in row]
    labels = [boxes[thing.instance_id] for thing in things]
    columns = rr.Boxes3D.columns(
        centers=[
            apply(thing.world_from_object, label.cuboid_center)
            for thing, label in zip(things, labels, strict=True)
        ],
        half_sizes=[np.array(label.cuboid_size) / 2 for label in labels],
        quaternions=[
            rr.Quaternion(xyzw=quaternion_xyzw_from_rotation(thing.world_from_object[:3, :3]))
            for thing in things
        ],
        labels=[selection.renamed[thing.category] for thing in things],
        class_ids=[thing.instance_id for thing in things],
    )
    times = {number: taken[number].shot.record.time for number in first.values()}
    recording.add("world/objects", times, columns.partition([len(row) for row in rows]))


def _wanted(selection: Selection, thing: SceneObject) -> bool:
    return thing.role == "target" and thing.category in selection.renamed


def _add_camera(recording: Recording, rr: Any, entity: str, taken: Taken) -> None:
    """Where it stands; and how it sees, unless through a distorting lens, which Rerun has not."""
    cameras = [picked.shot.camera for picked in taken.values()]
    poses = [camera.world_from_camera for camera in cameras]
    columns = [
        *rr.Transform3D.columns(
            translation=[pose[:3, 3] for pose in poses], mat3x3=[pose[:3, :3] for pose in poses]
        )
    ]
    if all(camera.distortion is None for camera in cameras):
        columns += rr.Pinhole.columns(
            image_from_camera=[camera.K + _CORNER for camera in cameras],
            resolution=[[camera.width, camera.height] for camera in cameras],
            camera_xyz=[rr.ViewCoordinates.RDF] * len(cameras),
        )
    recording.add(entity, _times(taken), columns)


def _add_pictures(recording: Recording, rr: Any, entity: str, taken: Taken) -> None:
    """The dataset's own PNGs, and the ids as classes."""
    shots = [picked.shot for picked in taken.values()]
    outputs, times = shots[0].outputs, _times(taken)
    png = ["image/png"] * len(shots)
    if "rgb" in outputs:
        blobs = [read_bytes(shot.path("rgb")) for shot in shots]
        columns = rr.EncodedImage.columns(blob=blobs, media_type=png)
        recording.add(f"{entity}/rgb", times, columns)
    if "depth" in outputs:
        blobs = [read_bytes(shot.path("depth")) for shot in shots]
        meter = [1 / shot.depth_scale for shot in shots]
        columns = rr.EncodedDepthImage.columns(blob=blobs, media_type=png, meter=meter)
        recording.add(f"{entity}/depth", times, columns)
    if "ids" in outputs:
        pictures = [shot.ids for shot in shots]
        form = [
            rr.encodings.ImageFormat(
                width=ids.shape[1],
                height=ids.shape[0],
                color_model=rr.ColorModel.L,
                channel_datatype=rr.ChannelDatatype.U16,
            )
            for ids in pictures
        ]
        columns = rr.SegmentationImage.columns(
            buffer=[ids.astype("<u2").tobytes() for ids in pictures], format=form
        )
        recording.add(f"{entity}/ids", times, columns)


def _add_labels(
    recording: Recording, rr: Any, selection: Selection, entity: str, taken: Taken
) -> None:
    """Boxes around what is seen, and keypoints that are in the picture."""
    seen = [picked.objects for picked in taken.values()]
    labels = [label for row in seen for label in row]
    edges = np.array([label.box_visible for label in labels], np.float64).reshape(-1, 4)
    boxes = rr.Boxes2D.columns(
        centers=(edges[:, :2] + edges[:, 2:]) / 2,
        half_sizes=(edges[:, 2:] - edges[:, :2]) / 2,
        labels=[selection.renamed[label.category] for label in labels],
        class_ids=[label.instance_id for label in labels],
    )
    times = _times(taken)
    recording.add(f"{entity}/boxes", times, boxes.partition([len(row) for row in seen]))
    points = [
        [
            (label.instance_id, point)
            for label in row
            for point in label.keypoints or ()
            if point.image and point.state != "outside"
        ]
        for row in seen
    ]
    if any(label.keypoints is not None for label in labels):
        flat = [entry for row in points for entry in row]
        columns = rr.Points2D.columns(
            positions=[np.array(point.image) + 0.5 for _, point in flat],
            labels=[f"{point.name}: {point.state}" for _, point in flat],
            class_ids=[number for number, _ in flat],
            show_labels=[False] * len(flat),
        )
        recording.add(f"{entity}/keypoints", times, columns.partition([len(row) for row in points]))


def _add_points(recording: Recording, rr: Any, entity: str, taken: Taken) -> None:
    """The depth picture as colored points in the world, exact through any lens."""
    shots = [picked.shot for picked in taken.values()]
    if not {"rgb", "depth"} <= set(shots[0].outputs):
        return
    clouds = [_cloud(shot) for shot in shots]
    columns = rr.Points3D.columns(
        positions=np.concatenate([places for places, _ in clouds]),
        colors=np.concatenate([colors for _, colors in clouds]),
    )
    lengths = [len(places) for places, _ in clouds]
    recording.add(entity, _times(taken), columns.partition(lengths))


def _cloud(shot: StoredShot) -> tuple[Array, NDArray[np.uint8]]:
    """(N, 3) places in the world and colors of the pixels that show a surface."""
    step = ceil((shot.camera.width * shot.camera.height / _POINTS) ** 0.5)
    depth = shot.depth[::step, ::step]
    plane = lens.rays(shot.camera)[::step, ::step]
    there = depth > 0
    z = depth[there].astype(np.float64)[:, None]
    places = np.concatenate([plane[there] * z, z], axis=1)
    return apply(shot.camera.world_from_camera, places), shot.rgb[::step, ::step][there]


def _times(taken: Taken) -> dict[int, float]:
    return {number: picked.shot.record.time for number, picked in taken.items()}
