"""COCO: instances, keypoints and panoptic, one set of files a split.

images/SPLIT/000012_0003.png
annotations/instances_SPLIT.json          masks as run lengths; with `polygons=true` as polygons
annotations/person_keypoints_SPLIT.json   the same with keypoints, where the dataset has them
annotations/panoptic_SPLIT.json           panoptic_SPLIT/000012_0003.png holds the numbers
A split of more than `IMAGES_PER_FILE` images goes on in instances_SPLIT_2.json …
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as runs

from scenegen.drawing import CUBOID_EDGES
from scenegen.export import Options
from scenegen.export.coco_panoptic import panoptic_categories, panoptic_row
from scenegen.export.folder import ExportFolder
from scenegen.export.outlines import polygons
from scenegen.export.pinholes import flag, require
from scenegen.export.selection import Picked, Selection
from scenegen.scene import Keypoint, ObjectAnnotation

IMAGES_PER_FILE = 100_000
"""Readers hold a whole file in memory, about 20 kB an image."""

_SEEN = {"visible": 2, "self_occluded": 1, "occluded": 1, "outside": 0}

Row = dict[str, Any]
Names = Mapping[str, Sequence[str]]


def export(selection: Selection, folder: ExportFolder, options: Options) -> list[str]:
    """Write the selection; returns what became of objects that hardly show."""
    require(selection, "coco", ("rgb", "ids"))
    new = partial(
        _Files, selection, folder, keypoint_names(selection), flag(options.chosen, "polygons")
    )
    done, crowds, total = 0, 0, len(selection.indices)
    for split in selection.splits:
        files, part = new(split), 1
        for index in selection.scenes(split):
            for picked in selection.picked(index):
                if len(files.images) == IMAGES_PER_FILE:
                    files.write()
                    part += 1
                    files = new(f"{split}_{part}")
                files.add(picked)
                crowds += len(picked.ignored)
            done += 1
            folder.progress(done, total)
        if files.images:
            files.write()
    return [f"{crowds} objects seen less than min_visible became iscrowd=1"] if crowds else []


def keypoint_names(selection: Selection) -> Names:
    """Of each exported category all keypoints that any of its objects has, in order of appearance.

    Empty where the dataset was made without keypoints.
    """
    if "keypoints" not in selection.dataset.card.outputs:
        return {}
    names: dict[str, dict[str, None]] = {name: {} for name in selection.names}
    for index in selection.indices:
        for label in selection.dataset.shots(index)[0].annotations:  # all are in every shot
            if label.role == "target" and label.category in selection.renamed:
                points = label.keypoints or ()
                names[selection.renamed[label.category]].update({p.name: None for p in points})
    return {name: tuple(points) for name, points in names.items()}


@dataclass
class _Files:
    """One set of annotation files in the making; each row is held as the JSON that it will be."""

    selection: Selection
    folder: ExportFolder
    names: Names
    as_polygons: bool
    suffix: str
    images: list[str] = field(default_factory=list)
    instances: list[str] = field(default_factory=list)
    keypoints: list[str] = field(default_factory=list)
    panoptic: list[str] = field(default_factory=list)

    def add(self, picked: Picked) -> None:
        """One shot: its picture, its panoptic picture, its rows."""
        shot, image_id, picture = picked.shot, len(self.images) + 1, f"{picked.name}.png"
        self.folder.link(shot.path("rgb"), f"images/{picked.split}/{picture}")
        size = {"width": shot.camera.width, "height": shot.camera.height}
        self.images.append(_line({"id": image_id, "file_name": picture, **size}))
        ids = shot.ids
        for label in sorted((*picked.objects, *picked.ignored), key=lambda one: one.instance_id):
            row = {
                "id": len(self.instances) + 1,
                "image_id": image_id,
                "category_id": self.selection.category_id(label),
                **_instance_row(ids, label, label in picked.ignored, self.as_polygons),
            }
            self.instances.append(_line(row))
            if self.names:
                names = self.names[self.selection.renamed[label.category]]
                self.keypoints.append(_line({**row, **_keypoint_row(label, names)}))
        segments = panoptic_row(self.selection, self.folder, picked, ids, image_id)
        self.panoptic.append(_line(segments))

    def write(self) -> None:
        """The files of all tasks."""
        self._write("instances", _categories(self.selection, {}), self.instances)
        self._write("panoptic", panoptic_categories(self.selection), self.panoptic)
        if self.names:
            categories = _categories(self.selection, self.names)
            self._write("person_keypoints", categories, self.keypoints)

    def _write(self, task: str, categories: Iterable[Row], annotations: list[str]) -> None:
        """One file; a row a line."""
        lists = {
            "categories": [_line(row) for row in categories],
            "images": self.images,
            "annotations": annotations,
        }
        info = {"description": self.selection.dataset.card.name}
        blocks = [f'"info": {_line(info)}', '"licenses": []']
        blocks += [f'"{key}": [\n' + ",\n".join(rows) + "\n]" for key, rows in lists.items()]
        data = "{\n" + ",\n".join(blocks) + "\n}\n"
        self.folder.write(f"annotations/{task}_{self.suffix}.json", data.encode(), again=True)


# ---------------------------------------------------------------------------- rows


def _instance_row(
    ids: NDArray[np.uint16], label: ObjectAnnotation, crowd: bool, as_polygons: bool
) -> Row:
    """Box (corner frame), area and mask of what is seen; (H, W) ids."""
    assert label.box_visible is not None  # it has been picked because it is seen
    x0, y0, x1, y1 = (int(edge) for edge in label.box_visible)
    mask = ids == label.instance_id
    segmentation: Any
    if not as_polygons:
        found = runs.encode(np.asfortranarray(mask))
        segmentation = {"size": found["size"], "counts": found["counts"].decode("ascii")}
    elif crowd:
        segmentation = {"size": list(mask.shape), "counts": run_lengths(mask)}
    else:
        outlines = polygons(mask[y0:y1, x0:x1])
        segmentation = [np.round(line + (x0, y0), 2).ravel().tolist() for line in outlines]
    return {
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": label.px_visible,
        "iscrowd": int(crowd),
        "segmentation": segmentation,
    }


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Lengths of the runs of an (H, W) mask, column by column, those outside and inside in turn."""
    flat = mask.ravel(order="F")
    ends = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], ends, [flat.size]])).tolist()
    return [0, *lengths] if flat[0] else lengths


def _keypoint_row(label: ObjectAnnotation, names: Sequence[str]) -> Row:
    """x y v of each name, OpenCV frame; 0 0 0 where it is outside or the object has none so called."""
    points = {point.name: _xyv(point) for point in label.keypoints or ()}
    flat = [value for name in names for value in points.get(name, (0, 0, 0))]
    return {"num_keypoints": sum(v > 0 for v in flat[2::3]), "keypoints": flat}


def _xyv(point: Keypoint) -> tuple[float, float, int]:
    seen = _SEEN[point.state]
    if point.image is None or not seen:
        return 0, 0, 0
    return round(point.image[0], 3), round(point.image[1], 3), seen


def _categories(selection: Selection, names: Names) -> list[Row]:
    rows = []
    for number, name in enumerate(selection.names, 1):
        row: Row = {"id": number, "name": name, "supercategory": "object"}
        if names:
            row |= {"keypoints": list(names[name]), "skeleton": _skeleton(names[name])}
        rows.append(row)
    return rows


def _skeleton(names: Sequence[str]) -> list[list[int]]:
    """The edges of the 3D box as pairs of places in `names`, from 1, where its corners are there."""
    ends = ((f"corner_{a}", f"corner_{b}") for a, b in CUBOID_EDGES)
    return [[names.index(a) + 1, names.index(b) + 1] for a, b in ends if a in names and b in names]


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False)
