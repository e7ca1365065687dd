"""COCO panoptic: every pixel belongs to one segment, the background to one of its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.dataset.png import encode_png
from scenegen.drawing import palette
from scenegen.export.folder import ExportFolder
from scenegen.export.selection import Picked, Selection

BACKGROUND = 1
"""Number of the background's segment: 0 would be "no label". An object's is its instance id + 1."""


def panoptic_categories(selection: Selection) -> Iterator[dict[str, Any]]:
    """The things, numbered as for instances, then `background`: floor, furniture, distractors."""
    for number, name in enumerate((*selection.names, "background"), 1):
        thing = number <= len(selection.names)
        yield {
            "id": number,
            "name": name,
            "supercategory": "object" if thing else "background",
            "isthing": int(thing),
            "color": list(palette(number)),
        }


def panoptic_row(
    selection: Selection,
    folder: ExportFolder,
    picked: Picked,
    ids: NDArray[np.uint16],
    image_id: int,
) -> dict[str, Any]:
    """The shot's row; its picture of segment numbers (R + 256 G + 65536 B) is written."""
    picture = f"{picked.name}.png"
    labels = sorted((*picked.objects, *picked.ignored), key=lambda label: label.instance_id)
    number_of = np.full(np.iinfo(np.uint16).max + 1, BACKGROUND, dtype=np.uint32)
    for label in labels:
        number_of[label.instance_id] = label.instance_id + 1
    segments = number_of[ids]
    place = f"annotations/panoptic_{picked.split}/{picture}"
    if not folder.has(place):
        color = np.stack([segments >> shift & 255 for shift in (0, 8, 16)], axis=-1)
        folder.write(place, encode_png(color.astype(np.uint8)))
    infos = list(_background(segments == BACKGROUND, len(selection.names) + 1))
    for label in labels:
        assert label.box_visible is not None
        x0, y0, x1, y1 = (int(edge) for edge in label.box_visible)
        infos.append(
            {
                "id": label.instance_id + 1,
                "category_id": selection.category_id(label),
                "area": label.px_visible,
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "iscrowd": int(label in picked.ignored),
            }
        )
    return {"image_id": image_id, "file_name": picture, "segments_info": infos}


def _background(mask: NDArray[np.bool_], category_id: int) -> Iterator[dict[str, Any]]:
    """The background's segment, unless objects fill the picture."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows):
        x0, y0 = int(columns[0]), int(rows[0])
        yield {
            "id": BACKGROUND,
            "category_id": category_id,
            "area": int(np.count_nonzero(mask)),
            "bbox": [x0, y0, int(columns[-1]) + 1 - x0, int(rows[-1]) + 1 - y0],
            "iscrowd": 0,
        }
