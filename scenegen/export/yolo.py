"""YOLO as Ultralytics reads it: one text file a picture, one row an object.

data.yaml                        where the splits are, class names
images/SPLIT/000012_0003.png
labels/SPLIT/000012_0003.txt     c … with c from 0, coordinates as shares of width and height

task=detect     c  center x y  width height       around what is seen
task=segment    c  x1 y1 x2 y2 …                  one polygon of what is seen
task=pose       c  center x y  width height  (x y v) × 9: corners 0 to 7 and center of the 3D box
task=obb        c  x1 y1 x2 y2 x3 y3 x4 y4        smallest turned rectangle around what is seen
"""

import numpy as np
import yaml

from scenegen.errors import DatasetError
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.pinholes import require
from scenegen.export.selection import Picked, Selection
from scenegen.export.yolo_rows import BOX_POINTS, ROWS, has_box_points

_NEEDS = {"segment": ("rgb", "ids"), "obb": ("rgb", "ids")}


def export(selection: Selection, folder: ExportFolder, options: Options) -> list[str]:
    """Write the selection; returns what had to be left out, and what stands in for a split."""
    task = options.get("task", "detect")
    if task not in ROWS:
        raise DatasetError(f"--set task={task}: yolo knows {', '.join(ROWS)}")
    require(selection, "yolo", _NEEDS.get(task, ("rgb",)))
    pictures, indices = dict.fromkeys(selection.splits, 0), selection.indices
    dropped, unknown = 0, 0
    for done, index in enumerate(indices, 1):
        for picked in selection.picked(index):
            _write(selection, folder, picked, task)
            pictures[picked.split] += 1
            dropped += len(picked.ignored)
            unknown += sum(not has_box_points(label) for label in picked.objects)
        folder.progress(done, len(indices))
    filled = [split for split, count in pictures.items() if count]
    if not filled:
        raise DatasetError(f"{selection.dataset.root}: there is no complete scene to export")
    folder.write("data.yaml", _card(selection, filled, task), again=True)
    remarks = [
        f"there is no picture in a split '{name}': data.yaml names images/{filled[0]} instead"
        for name in ("train", "val")
        if name not in filled
    ]
    if dropped:
        remarks.append(f"{dropped} objects seen less than min_visible were left out")
    if task == "pose" and unknown:
        remarks.append(
            f"{unknown} objects have other keypoints than the corners of their 3D box: "
            "v is 1 for all corners in the picture, hidden or not"
        )
    return remarks


def _card(selection: Selection, filled: list[str], task: str) -> bytes:
    """data.yaml; it names no folder of its own, so readers take the one that it lies in."""
    roles = [name for name in ("train", "val", "test") if name in filled or name != "test"]
    card: dict[str, object] = {
        name: f"images/{name if name in filled else filled[0]}" for name in roles
    }
    if task == "pose":
        card["kpt_shape"] = [len(BOX_POINTS), 3]
    card["names"] = dict(enumerate(selection.names))
    text: str = yaml.safe_dump(card, sort_keys=False, allow_unicode=True)
    return text.encode()


def _write(selection: Selection, folder: ExportFolder, picked: Picked, task: str) -> None:
    """One shot: its picture and its rows; no row where there is no object."""
    shot = picked.shot
    folder.link(shot.path("rgb"), f"images/{picked.split}/{picked.name}.png")
    place = f"labels/{picked.split}/{picked.name}.txt"
    if folder.has(place):
        return
    ids = shot.ids if "ids" in _NEEDS.get(task, ()) else np.zeros((0, 0), np.uint16)
    lines = []
    for label in picked.objects:
        shares = ROWS[task](shot.camera, label, ids)
        lines.append(" ".join([str(selection.category_id(label) - 1), *shares]) + "\n")
    folder.write(place, "".join(lines).encode())
