"""Semantic segmentation: a picture of class numbers with a palette, and the list of classes.

SPLIT/images/000012_0003.png
SPLIT/masks/000012_0003.png    8-bit palette PNG: class numbers, 0 = background, 255 = do not count
SPLIT/dataset_meta.json        labels and colors, as Datumaro reads them
classes.json                   number, name and color of each class
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenegen.drawing import palette
from scenegen.errors import DatasetError
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.pinholes import require
from scenegen.export.selection import Picked, Selection

IGNORED = 255
"""The usual number of what neither training nor evaluation should count."""

Classes = dict[int, tuple[str, tuple[int, int, int]]]


def export(selection: Selection, folder: ExportFolder, options: Options) -> list[str]:
    """Write the selection; returns what became of objects that hardly show."""
    require(selection, "semantic", ("rgb", "ids"))
    classes = classes_of(selection)
    ignored, filled, indices = 0, set(), selection.indices
    for done, index in enumerate(indices, 1):
        for picked in selection.picked(index):
            _write(selection, folder, picked, classes)
            ignored += len(picked.ignored)
            filled.add(picked.split)
        folder.progress(done, len(indices))
    for split in sorted(filled):
        folder.write_json(f"{split}/dataset_meta.json", _meta(classes))
    listed = [
        {"number": number, "name": name, "color": list(color)}
        for number, (name, color) in classes.items()
    ]
    folder.write_json("classes.json", {"classes": listed})
    if not ignored:
        return []
    return [f"{ignored} objects seen less than min_visible became regions of {IGNORED}, 'ignored'"]


def classes_of(selection: Selection) -> Classes:
    """Name and color of each number; `ignored` only where something can be ignored."""
    if len(selection.names) >= IGNORED:
        raise DatasetError(
            f"semantic has 8 bits: {IGNORED - 1} categories at most, there are "
            f"{len(selection.names)}; choose some with --categories"
        )
    classes: Classes = {0: ("background", (0, 0, 0))}
    classes |= {number: (name, palette(number)) for number, name in enumerate(selection.names, 1)}
    if selection.min_visible:
        classes[IGNORED] = ("ignored", (255, 255, 255))
    return classes


def _meta(classes: Classes) -> dict[str, object]:
    """Datumaro numbers the labels in their order; it reads the colors of the pictures."""
    return {
        "label_map": {str(place): name for place, (name, _) in enumerate(classes.values())},
        "segmentation_colors": [list(color) for _, color in classes.values()],
        "background_label": "0",
    }


def _write(selection: Selection, folder: ExportFolder, picked: Picked, classes: Classes) -> None:
    """One shot: its picture and its classes."""
    folder.link(picked.shot.path("rgb"), f"{picked.split}/images/{picked.name}.png")
    place = f"{picked.split}/masks/{picked.name}.png"
    if folder.has(place):
        return
    number_of = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint8)
    for label in picked.objects:
        number_of[label.instance_id] = selection.category_id(label)
    for label in picked.ignored:
        number_of[label.instance_id] = IGNORED
    folder.write(place, _palette_png(number_of[picked.shot.ids], classes))


def _palette_png(numbers: NDArray[np.uint8], classes: Classes) -> bytes:
    """(H, W) numbers as an 8-bit palette PNG."""
    colors = np.zeros((256, 3), dtype=np.uint8)
    for number, (_, color) in classes.items():
        colors[number] = color
    picture = Image.fromarray(numbers)
    picture.putpalette(colors.tobytes())  # turns mode L into P
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
