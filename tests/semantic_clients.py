"""What Pillow and Datumaro find in semantic pictures, compared with the dataset."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from clients import datumaro, fingerprint
from PIL import Image

from scenegen.dataset import Dataset
from scenegen.export.selection import Selection, select

LITTLE = 0.4


def choice(dataset: Path) -> Selection:
    """Two categories as one, one left out, little seen ones ignored."""
    kept = [name for name in Dataset.open(dataset).categories if name != "can"]
    chosen = ",".join(f"{name}=ware" if name in ("mug", "bowl") else name for name in kept)
    return select(Dataset.open(dataset), categories=chosen, min_visible=LITTLE)


def truth(dataset: Path) -> Iterator[tuple[str, np.ndarray]]:
    """By picture: the class of every pixel."""
    for shot in Dataset.open(dataset).all_shots():
        ids = shot.ids
        names = np.full(ids.shape, "background", dtype=object)
        for label in shot.annotations:
            if label.role == "target" and label.category != "can":
                little = (label.visible_fraction or 0) < LITTLE
                ware = "ware" if label.category in ("mug", "bowl") else label.category
                names[ids == label.instance_id] = "ignored" if little else ware
        yield f"{shot.scene_index:06d}_{shot.stem}", names


def opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


def pillow_agrees(folder: Path, dataset: Path) -> None:
    """The numbers are those of classes.json, the colors too; ignored is 255."""
    classes = json.loads((folder / "classes.json").read_text())["classes"]
    names = {entry["number"]: entry["name"] for entry in classes}
    colors = {entry["number"]: entry["color"] for entry in classes}
    assert names[0] == "background"
    assert names[255] == "ignored"
    for name, expected in truth(dataset):
        picture = opened(folder / f"train/masks/{name}.png")
        numbers = np.array(picture)
        assert picture.mode == "P"
        assert np.array_equal(np.vectorize(names.get)(numbers), expected)
        painted = np.array(picture.convert("RGB"))
        assert all((painted[numbers == number] == colors[number]).all() for number in names)
        assert opened(folder / f"train/images/{name}.png").size == picture.size


DATUMARO = """
import hashlib, json, sys
import numpy as np
from datumaro import Dataset, Environment
folder, = sys.argv[1:]
forms = Environment().detect_dataset(folder)
data = Dataset.import_from(folder, "common_semantic_segmentation_with_subset_dirs")
names = [label.name for label in next(iter(data.categories().values()))]
shots = {
    item.id: [
        [names[a.label], hashlib.sha256(np.packbits(a.image > 0)).hexdigest()]
        for a in item.annotations
    ]
    for item in data
    if item.media.data.shape[2] == 3
}
print(json.dumps([forms, shots]))
"""


def datumaro_agrees(folder: Path, dataset: Path) -> None:
    """Datumaro: knows the layout, and finds the pixels of every class."""
    forms, shots = datumaro(DATUMARO, folder)
    assert "common_semantic_segmentation_with_subset_dirs" in forms
    for name, expected in truth(dataset):
        assert sorted(shots[name]) == sorted(
            [there, fingerprint(expected == there)] for there in set(expected.flat)
        )


AGREE = (pillow_agrees, datumaro_agrees)
"""What must hold of an export of a `choice`."""
