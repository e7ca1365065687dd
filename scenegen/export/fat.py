"""Falling Things (FAT), as NVIDIA published it in 2018; with `dope=true` what DOPE trains on.

SPLIT/FallingThings/
  single/CLASS/000012_0/    scenes that hold one object
  mixed/000013_0/           all others
    _camera_settings.json  _object_settings.json
    000000.left.jpg  000000.left.depth.png  000000.left.seg.png  000000.left.json   and .right
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from scenegen.dataset.pictures import steps_from_depth
from scenegen.dataset.png import encode_png
from scenegen.export import Options
from scenegen.export import fat_json as fat
from scenegen.export.folder import ExportFolder
from scenegen.export.pinholes import (
    Tally,
    flag,
    jpeg,
    jpeg_quality,
    pinhole_shots,
    remarks,
    require,
)
from scenegen.export.selection import Picked, Selection
from scenegen.scene import ObjectAnnotation

_DEPTH_STEP = 1e-4
_BASELINE = 0.06
_ALONE = 255  # the class in `seg` of the only object of a scene

_BEHIND = "objects that reach behind the camera were left out: their 3D box has no projection"
_FAINT = "objects seen less than min_visible were left out of the JSON; `seg` still shows them"
_FAR = "pixels beyond 6.55 m have no depth: FAT's steps are 0.1 mm"


@dataclass(frozen=True)
class _Place:
    """A folder of frames: one camera with one K, one scene. `classes`: number in `seg` by asset."""

    name: str
    shots: tuple[Picked, ...]
    classes: dict[str, int]
    scales: dict[int, float]


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write the selection; returns what the format cannot say of it."""
    dope, quality = flag(options.chosen, "dope"), jpeg_quality(options.chosen)
    require(selection, "fat", ["rgb"] if dope else ["rgb", "depth", "ids"])
    tally: Tally = Tally()
    indices = selection.indices
    for done, index in enumerate(indices):
        for place in _places(selection, index, dope, tally):
            if dope:
                _write_dope(folder, place, tally)
            else:
                _write_place(folder, place, quality, tally)
        folder.progress(done + 1, len(indices))
    return [*remarks(tally), *([] if dope else _baselines(selection))]


def _places(selection: Selection, index: int, dope: bool, tally: Tally) -> Iterator[_Place]:
    """The folders of a scene: pictures with different K cannot share one."""
    groups: dict[tuple[str, bytes, int, int], list[Picked]] = {}
    for picked in pinhole_shots(selection, index, tally):
        camera = picked.shot.camera
        key = (camera.name, camera.K.tobytes(), camera.width, camera.height)
        groups.setdefault(key, []).append(picked)
    things = selection.dataset.scene(index)[0].objects
    targets = [t for t in things if t.role == "target" and t.category in selection.renamed]
    alone = len(things) == len(targets) == 1
    numbers = {asset.id: k for k, asset in enumerate(selection.dataset.card.assets, start=1)}
    classes = {t.asset_id: _ALONE if alone else numbers[t.asset_id] for t in targets}
    for number, group in enumerate(groups.values()):
        kind = f"single/{targets[0].asset_id}" if alone else "mixed"
        above = group[0].split if dope else f"{group[0].split}/FallingThings/{kind}"
        scales = {thing.instance_id: thing.scale for thing in targets}
        yield _Place(f"{above}/{index:06d}_{number}", tuple(group), classes, scales)


def _write_place(folder: ExportFolder, place: _Place, quality: int, tally: Tally) -> None:
    for name, picked in _frames(place):
        shot, camera = picked.shot, picked.shot.camera
        if not folder.has(f"{name}.jpg"):
            folder.write(f"{name}.jpg", jpeg(shot, quality))
        _write_depth(folder, picked, f"{name}.depth.png", tally)
        if not folder.has(f"{name}.seg.png"):
            folder.write(f"{name}.seg.png", _class_map(place, picked))
        objects = [fat.object_json(label, camera) for label in _told(picked, tally)]
        frame = {"camera_data": fat.camera_data(camera), "objects": objects}
        folder.write_json(f"{name}.json", frame, again=False)
    _write_settings(folder, place)


def _write_dope(folder: ExportFolder, place: _Place, tally: Tally) -> None:
    for name, picked in _frames(place):
        camera = picked.shot.camera
        folder.link(picked.shot.path("rgb"), f"{name}.png")
        objects = [fat.dope_object_json(label, camera) for label in _told(picked, tally)]
        frame = {"camera_data": fat.dope_camera_data(camera), "objects": objects}
        folder.write_json(f"{name}.json", frame, again=False)


def _frames(place: _Place) -> Iterator[tuple[str, Picked]]:
    """Every shot with its path: 000000.left and 000000.right are two eyes of one moment."""
    moments: dict[tuple[int, int], int] = {}
    for picked in place.shots:
        camera = picked.shot.camera
        number = moments.setdefault((picked.shot.capture, camera.view), len(moments))
        eye = f".{camera.eye}" if camera.eye else ""
        yield f"{place.name}/{number:06d}{eye}", picked


def _told(picked: Picked, tally: Tally) -> list[ObjectAnnotation]:
    """The objects that go into the JSON; the others are counted."""
    told = [label for label in picked.objects if fat.in_front(label)]
    tally[_BEHIND] += len(picked.objects) - len(told)
    tally[_FAINT] += len(picked.ignored)
    return told


def _write_depth(folder: ExportFolder, picked: Picked, name: str, tally: Tally) -> None:
    """The dataset's file where its steps are FAT's, else the same in steps of 0.1 mm."""
    shot = picked.shot
    if math.isclose(shot.depth_scale, _DEPTH_STEP):
        folder.link(shot.path("depth"), name)
        return
    steps, overflow = steps_from_depth(shot.depth, _DEPTH_STEP)
    tally[_FAR] += overflow
    folder.write(name, encode_png(steps))


def _class_map(place: _Place, picked: Picked) -> bytes:
    """The class of the target at each pixel's centre, 0 = anything else; 16 bits if 8 are too few."""
    ids = picked.shot.ids
    class_of = np.zeros(int(ids.max()) + 1, np.uint16)
    for label in picked.shot.annotations:
        if label.instance_id in place.scales and label.px_visible:
            class_of[label.instance_id] = place.classes[label.asset_id]
    many = max(place.classes.values(), default=0) > _ALONE
    return encode_png(class_of[ids] if many else class_of[ids].astype(np.uint8))


def _write_settings(folder: ExportFolder, place: _Place) -> None:
    """What nvdu reads first; an object that comes in two sizes has two entries."""
    cameras = {p.shot.camera.eye or p.shot.camera.name: p.shot.camera for p in place.shots}
    folder.write_json(f"{place.name}/_camera_settings.json", fat.camera_settings(cameras))
    sizes = {
        (label.asset_id, place.scales[label.instance_id]): label
        for label in place.shots[0].shot.annotations
        if label.instance_id in place.scales
    }
    objects = [
        fat.exported_object(label, scale, place.classes[asset])
        for (asset, scale), label in sorted(sizes.items(), key=lambda item: item[0])
    ]
    settings = {"exported_object_classes": sorted(place.classes), "exported_objects": objects}
    folder.write_json(f"{place.name}/_object_settings.json", settings)


def _baselines(selection: Selection) -> list[str]:
    """Stereo cameras whose depth a reader would turn into a wrong disparity."""
    return [
        f"camera {camera.name} has a baseline of {camera.stereo_baseline * 100:g} cm; readers of FAT "
        "take 6 cm for granted: multiply their disparity by "
        f"{camera.stereo_baseline / _BASELINE:.4g}"
        for camera in selection.dataset.card.cameras
        if camera.stereo_baseline and not math.isclose(camera.stereo_baseline, _BASELINE)
    ]
