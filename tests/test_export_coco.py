"""COCO: pycocotools, faster-coco-eval, supervision, torchvision and Datumaro read it as we mean it.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clients import LEAKY, exported
from coco_clients import (
    AGREE,
    LITTLE,
    Json,
    datumaro_agrees,
    datumaro_panoptic_agrees,
    faster_finds_all,
    keypoints_agree,
    masks_agree,
    panoptic_agrees,
    pycocotools_finds_all,
    spoil,
    supervision_agrees,
    torchvision_agrees,
    truth,
)
from pycocotools import mask as runs
from running import checksums

from scenegen.dataset import Dataset
from scenegen.dataset.pictures import decode_rgb
from scenegen.dataset.png import encode_png
from scenegen.errors import DatasetError
from scenegen.export import Options, coco, export_dataset
from scenegen.export.selection import select

Check = Callable[[Path, Path], None]
Change = Callable[[Json], None]


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("coco") / "out"
    export_dataset(select(Dataset.open(rich), min_visible=LITTLE), "coco", out, Options())
    return out


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """The export, in a copy to spoil."""
    shutil.copytree(written, tmp_path / "coco")
    return tmp_path / "coco"


def every(change: Change) -> Change:
    """The change, made to every annotation."""

    def changed(data: Json) -> None:
        for row in data["annotations"]:
            change(row)

    return changed


foreign = [pytest.mark.filterwarnings(text) for text in LEAKY]


def marked(check: Check, *values: Any) -> Any:
    return pytest.param(check, *values, marks=foreign, id="-".join([check.__name__, *values[:1]]))


@pytest.mark.parametrize("check", [marked(check) for check in AGREE])
def test_clients_agree(check: Check, written: Path, rich: Path) -> None:
    """Mutants: those below."""
    check(written, rich)


# ---------------------------------------------------------------------------- mutants


def from_zero(data: Json) -> None:
    for row in data["annotations"]:
        row["id"] -= 1


def categories_from_zero(data: Json) -> None:
    for row in data["annotations"]:
        row["category_id"] -= 1


def row_major(row: Json) -> None:
    if isinstance(row["segmentation"], dict):
        mask = runs.decode(row["segmentation"])
        found = runs.encode(np.asfortranarray(mask.ravel(order="C").reshape(mask.shape, order="F")))
        row["segmentation"] = {"size": found["size"], "counts": found["counts"].decode()}


def inclusive(row: Json) -> None:
    row["bbox"] = [*row["bbox"][:2], row["bbox"][2] - 1, row["bbox"][3] - 1]


def two_corners(row: Json) -> None:
    x, y, w, h = row["bbox"]
    row["bbox"] = [x, y, x + w, y + h]


def area_of_box(row: Json) -> None:
    row["area"] = row["bbox"][2] * row["bbox"][3]


def no_crowd(row: Json) -> None:
    row["iscrowd"] = 0


def turned(data: Json) -> None:
    for image in data["images"]:
        image["width"], image["height"] = image["height"], image["width"]


def half_a_pixel(row: Json) -> None:
    row["keypoints"] = [
        value + 0.5 * (place % 3 < 2) for place, value in enumerate(row["keypoints"])
    ]


def all_visible(row: Json) -> None:
    row["keypoints"][2::3] = [2 if v else 0 for v in row["keypoints"][2::3]]


def one_name_less(data: Json) -> None:
    for category in data["categories"]:
        category["keypoints"] = category["keypoints"][1:]


def segments_from_zero(data: Json) -> None:
    for row in data["annotations"]:
        for segment in row["segments_info"]:
            segment["id"] -= 1


def stuff_is_a_thing(data: Json) -> None:
    data["categories"][-1]["isthing"] = 1


MUTANTS: list[tuple[Check, str, str, Change]] = [
    (masks_agree, "row_major", "instances", every(row_major)),
    (masks_agree, "inclusive_box", "instances", every(inclusive)),
    (masks_agree, "box_of_two_corners", "instances", every(two_corners)),
    (masks_agree, "area_of_box", "instances", every(area_of_box)),
    (masks_agree, "no_crowd", "instances", every(no_crowd)),
    (masks_agree, "categories_from_zero", "instances", categories_from_zero),
    (masks_agree, "turned", "instances", turned),
    (pycocotools_finds_all, "ids_from_zero", "instances", from_zero),
    (faster_finds_all, "ids_from_zero", "instances", from_zero),
    (supervision_agrees, "row_major", "instances", every(row_major)),
    (supervision_agrees, "inclusive_box", "instances", every(inclusive)),
    (torchvision_agrees, "row_major", "instances", every(row_major)),
    (torchvision_agrees, "box_of_two_corners", "instances", every(two_corners)),
    (keypoints_agree, "half_a_pixel", "person_keypoints", every(half_a_pixel)),
    (keypoints_agree, "all_visible", "person_keypoints", every(all_visible)),
    (keypoints_agree, "one_name_less", "person_keypoints", one_name_less),
    (panoptic_agrees, "segments_from_zero", "panoptic", segments_from_zero),
    (panoptic_agrees, "stuff_is_a_thing", "panoptic", stuff_is_a_thing),
    (datumaro_agrees, "row_major", "instances", every(row_major)),
    (datumaro_agrees, "no_crowd", "instances", every(no_crowd)),
    (datumaro_panoptic_agrees, "segments_from_zero", "panoptic", segments_from_zero),
]


@pytest.mark.parametrize(
    ("check", "name", "task", "change"), [marked(*mutant) for mutant in MUTANTS]
)
def test_clients_find_mutants(
    check: Check, name: str, task: str, change: Change, folder: Path, rich: Path
) -> None:
    """Mutants: each named one."""
    spoil(folder, task, change)
    with pytest.raises((AssertionError, ValueError, KeyError, IndexError)):
        check(folder, rich)


@pytest.mark.parametrize(
    "check",
    [marked(panoptic_agrees), marked(datumaro_panoptic_agrees)],
)
def test_panoptic_colors_swapped(check: Check, folder: Path, rich: Path) -> None:
    """Mutant: blue first, as OpenCV writes it."""
    for path in (folder / "annotations/panoptic_train").iterdir():
        picture = decode_rgb(path.read_bytes())
        path.unlink()
        path.write_bytes(encode_png(np.ascontiguousarray(picture[..., ::-1])))
    with pytest.raises((AssertionError, ValueError, KeyError, IndexError)):
        check(folder, rich)


# ---------------------------------------------------------------------------- files


def test_files_hold_so_many_images(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutants: a picture lost or twice where a file ends; ids that go on; the last one not written."""
    monkeypatch.setattr(coco, "IMAGES_PER_FILE", 5)
    exported(made, "coco", tmp_path / "out")
    pictures: list[str] = []
    for part, number in (("train", 5), ("train_2", 5), ("train_3", 2)):
        for task in ("instances", "person_keypoints", "panoptic"):
            data = json.loads((tmp_path / f"out/annotations/{task}_{part}.json").read_text())
            assert [image["id"] for image in data["images"]] == [*range(1, number + 1)]
            assert {row["image_id"] for row in data["annotations"]} == {*range(1, number + 1)}
            if task != "panoptic":
                ids = [row["id"] for row in data["annotations"]]
                assert ids == [*range(1, len(ids) + 1)]
        pictures += [image["file_name"] for image in data["images"]]
    assert sorted(pictures) == sorted(p.name for p in (tmp_path / "out/images/train").iterdir())
    assert len(set(pictures)) == 12


def test_categories_are_the_same_in_every_split(made: Path, tmp_path: Path) -> None:
    """Mutants: numbered by what a split holds; keypoints of the first object only."""
    selection = select(Dataset.open(made), "train=0.6,val=0.4", "can=round,apple=round,mug")
    export_dataset(selection, "coco", tmp_path / "out", Options())
    names, points = [], []
    for split in ("train", "val"):
        for task in ("instances", "person_keypoints"):
            data = json.loads((tmp_path / f"out/annotations/{task}_{split}.json").read_text())
            names.append([(entry["id"], entry["name"]) for entry in data["categories"]])
        points.append([entry["keypoints"] for entry in data["categories"]])
    assert names == [[(1, "mug"), (2, "round")]] * 4
    assert points[0] == points[1]


def test_same_bytes_and_continues(rich: Path, written: Path, tmp_path: Path) -> None:
    """Mutants: a file that depends on the clock or the order; a second run that refuses or adds."""
    out = tmp_path / "out"
    selection = select(Dataset.open(rich), min_visible=LITTLE)
    for missing in ("", "images/train/000000_0003.png", "annotations/instances_train.json"):
        if missing:
            (out / missing).unlink()
        remarks = export_dataset(selection, "coco", out, Options())
        assert checksums(out) == checksums(written)
    little = sum(crowd for rows in truth(rich).values() for _, _, crowd in rows)
    assert little
    assert f"{little} objects seen less than min_visible became iscrowd=1" in remarks


def test_grows_with_the_dataset(made: Path, tmp_path: Path) -> None:
    """Mutants: what is there is not written again; ids that depend on the first run."""
    shutil.copytree(made, tmp_path / "part")
    shutil.rmtree(tmp_path / "part/scenes/000000")
    exported(tmp_path / "part", "coco", tmp_path / "out")
    exported(made, "coco", tmp_path / "out")
    exported(made, "coco", tmp_path / "fresh")
    assert checksums(tmp_path / "out") == checksums(tmp_path / "fresh")


def test_mistakes_are_explained(rich: Path, tmp_path: Path) -> None:
    """Mutant: `polygons=yes` taken for false."""
    with pytest.raises(DatasetError, match="expected true or false"):
        exported(rich, "coco", tmp_path / "out", polygons="yes")
