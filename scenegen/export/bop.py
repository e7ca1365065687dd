"""BOP, scene by scene (bop_toolkit's docs/bop_datasets_format.md).

train_pbr/000012/          other splits under their own names, with rgb as PNG
  rgb/000003.jpg  depth/000003.png  mask/000003_000000.png  mask_visib/000003_000000.png
  scene_camera.json  scene_gt.json  scene_gt_info.json  scene_gt_coco.json
models/  models_eval/  camera.json  train_targets_bop19.json
"""

from collections.abc import Iterable

import numpy as np

from scenegen.dataset.png import encode_png
from scenegen.export import Options
from scenegen.export import bop_frames as bop
from scenegen.export.folder import ExportFolder
from scenegen.export.models import Models, open_library, write_models
from scenegen.export.pinholes import Tally, jpeg, jpeg_quality, pinhole_shots, remarks, require
from scenegen.export.selection import Picked, Selection
from scenegen.scene import ObjectAnnotation

_LOSSY = "train"


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write the selection; returns what the format cannot say of it."""
    quality = jpeg_quality(options.chosen)
    require(selection, "bop", ["rgb", "depth", "ids", "amodal_masks"])
    library = open_library(selection, options)
    tally, models = Tally(), Models(selection.dataset.card)
    targets: dict[str, list[bop.Json]] = {split: [] for split in selection.splits}
    sensors: list[bop.Json] = []
    indices = selection.indices
    for done, index in enumerate(indices):
        numbers = models.of_scene(selection, index)
        picks = pinhole_shots(selection, index, tally)
        _write_scene(folder, picks, numbers, quality)
        for picked in picks:
            targets[picked.split] += _targets(picked, numbers)
            sensor = bop.sensor_json(picked.shot)
            if sensor not in sensors:
                sensors.append(sensor)
        folder.progress(done + 1, len(indices))
    write_models(folder, models, library)
    for split, entries in targets.items():
        folder.write_json(f"{split}_targets_bop19.json", entries)
    if len(sensors) == 1:
        folder.write_json("camera.json", sensors[0])
    return [*remarks(tally), *_notes(models, sensors)]


def _notes(models: Models, sensors: list[bop.Json]) -> list[str]:
    """What the dataset has and one file of BOP's cannot say."""
    notes = []
    if len(sensors) > 1:
        notes.append(
            f"there is no camera.json: the cameras differ in {len(sensors)} ways; scene_camera.json "
            "has each"
        )
    if models.scaled:
        notes.append(
            f"{models.scaled} models are there because the recipe scales objects: a size each"
        )
    return notes


def _write_scene(
    folder: ExportFolder, picks: list[Picked], numbers: dict[int, int], quality: int
) -> None:
    """The pictures that are missing, then the lists, which may name models by new numbers."""
    cameras, poses, facts, images, rows = {}, {}, {}, [], []
    place = ""
    for picked in picks:
        shot, name = picked.shot, f"{int(picked.shot.stem):06d}"
        place = f"{_split_folder(picked.split)}/{shot.scene_index:06d}"
        picture = f"rgb/{name}.jpg" if picked.split == _LOSSY else f"rgb/{name}.png"
        if picked.split != _LOSSY:
            folder.link(shot.path("rgb"), f"{place}/{picture}")
        elif not folder.has(f"{place}/{picture}"):
            folder.write(f"{place}/{picture}", jpeg(shot, quality))
        folder.link(shot.path("depth"), f"{place}/depth/{name}.png")
        labels = bop.listed(shot, numbers)
        _write_masks(folder, f"{place}/{{}}/{name}", picked, labels)
        key, with_depth = int(name), shot.depth > 0
        cameras[key] = bop.camera_json(shot)
        poses[key] = [bop.gt_json(label, numbers[label.instance_id]) for label in labels]
        facts[key] = [bop.gt_info_json(label, with_depth) for label in labels]
        images.append(bop.coco_image(shot, picture))
        rows += bop.coco_rows(shot, labels, numbers)
    if picks:
        folder.write_json(f"{place}/scene_camera.json", cameras)
        folder.write_json(f"{place}/scene_gt_info.json", facts)
        folder.write_json(f"{place}/scene_gt_coco.json", bop.coco_json(images, rows))
        folder.write_json(f"{place}/scene_gt.json", poses)


def _split_folder(split: str) -> str:
    """Readers expect rendered training pictures in train_pbr, as JPEG; all else as PNG."""
    return "train_pbr" if split == _LOSSY else split


def _write_masks(
    folder: ExportFolder, stem: str, picked: Picked, labels: list[ObjectAnnotation]
) -> None:
    """mask: the whole silhouette in the picture; mask_visib: what of it is seen. 0 and 255."""
    names = [f"_{number:06d}.png" for number in range(len(labels))]
    kinds = ("mask", "mask_visib")
    if all(folder.has(stem.format(kind) + name) for kind in kinds for name in names):
        return
    ids = picked.shot.ids
    for name, label in zip(names, labels, strict=True):
        for kind, bits in zip(
            kinds, (bop.whole_mask(label), ids == label.instance_id), strict=True
        ):
            folder.write(
                stem.format(kind) + name, encode_png(bits.astype(np.uint8) * np.uint8(255))
            )


def _targets(picked: Picked, numbers: dict[int, int]) -> list[bop.Json]:
    """Which objects a pose estimator is asked for, and how many of each there are."""
    counts: dict[int, int] = {}
    for label in picked.objects:
        if (label.visible_fraction or 0) >= bop.TARGET:
            number = numbers[label.instance_id]
            counts[number] = counts.get(number, 0) + 1
    where = {"im_id": int(picked.shot.stem)}
    return [
        {**where, "inst_count": count, "obj_id": number, "scene_id": picked.shot.scene_index}
        for number, count in sorted(counts.items())
    ]
