"""What readers of COCO files find in an export, compared with the dataset that it was made from."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clients import datumaro, fingerprint, torchvision_datasets
from pycocotools import mask as runs
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from scenegen.dataset import Dataset
from scenegen.dataset.pictures import decode_rgb
from scenegen.scene import ObjectAnnotation

Json = dict[str, Any]

LITTLE = 0.4  # objects seen less do not count
STATES = {"visible": 2, "self_occluded": 1, "occluded": 1, "outside": 0}


def read(folder: Path, task: str) -> Json:
    data: Json = json.loads((folder / f"annotations/{task}_train.json").read_text())
    return data


def spoil(folder: Path, task: str, change: Callable[[Json], None]) -> None:
    data = read(folder, task)
    change(data)
    (folder / f"annotations/{task}_train.json").write_text(json.dumps(data))


Row = tuple[ObjectAnnotation, np.ndarray, int]
Truth = dict[str, list[Row]]


def truth(dataset: Path, min_visible: float = LITTLE) -> Truth:
    """By picture: each target that is seen, its (H, W) mask, and 1 where it should not count."""
    found: Truth = {}
    for shot in Dataset.open(dataset).all_shots():
        ids = shot.ids
        found[f"{shot.scene_index:06d}_{shot.stem}.png"] = [
            (label, ids == label.instance_id, int((label.visible_fraction or 0) < min_visible))
            for label in shot.annotations
            if label.role == "target" and label.px_visible
        ]
    return found


def silent(function: Callable[..., Any], *arguments: Any) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments)


# ---------------------------------------------------------------------------- checks


def masks_agree(folder: Path, dataset: Path) -> None:
    """pycocotools: classes, masks, boxes, areas, crowds are ours; the parts of a file agree."""
    data = silent(COCO, folder / "annotations/instances_train.json")
    expected = truth(dataset)
    assert len(data.imgs) == len(expected)
    for image_id, image in data.imgs.items():
        rows = data.loadAnns(data.getAnnIds(image_id))
        assert len(rows) == len(expected[image["file_name"]])
        for row, (label, mask, little) in zip(rows, expected[image["file_name"]], strict=True):
            assert mask.shape == (image["height"], image["width"])
            assert data.cats[row["category_id"]]["name"] == label.category
            assert np.array_equal(data.annToMask(row), mask)
            assert row["area"] == runs.area(data.annToRLE(row)) == label.px_visible
            assert row["bbox"] == runs.toBbox(data.annToRLE(row)).tolist()
            assert row["iscrowd"] == little
            x, y, w, h = row["bbox"]
            assert (x, y, x + w, y + h) == label.box_visible


def precisions(api: Any, evaluator: Any, folder: Path) -> list[float]:
    """Mean average precisions of the file as found against itself: boxes, then masks."""
    path = str(folder / "annotations/instances_train.json")
    data = silent(api, path)
    rows = [row for row in data.dataset["annotations"] if not row["iscrowd"]]
    found = [
        {key: row[key] for key in ("image_id", "category_id", "bbox", "segmentation")}
        | {"score": 1.0}
        for row in rows
    ]
    results = []
    for kind in ("bbox", "segm"):
        detections = [dict(row) for row in found]
        if kind == "segm":
            for row in detections:
                del row["bbox"]
        run = silent(evaluator, data, silent(data.loadRes, detections), kind)
        for step in (run.evaluate, run.accumulate, run.summarize):
            silent(step)
        results.append(float(run.stats[0]))
    return results


def pycocotools_finds_all(folder: Path, dataset: Path) -> None:
    assert precisions(COCO, COCOeval, folder) == pytest.approx([1, 1], abs=1e-12)


def faster_finds_all(folder: Path, dataset: Path) -> None:
    faster = pytest.importorskip("faster_coco_eval")
    result = precisions(faster.COCO, faster.COCOeval_faster, folder)
    assert result == pytest.approx([1, 1], abs=1e-12)


def supervision_agrees(folder: Path, dataset: Path) -> None:
    """supervision: boxes, masks and classes of every picture."""
    supervision = pytest.importorskip("supervision")
    data = supervision.DetectionDataset.from_coco(
        str(folder / "images/train"),
        str(folder / "annotations/instances_train.json"),
        force_masks=True,
    )
    expected = truth(dataset)
    assert len(data) == len(expected)
    for path, picture, found in data:
        ours = expected[Path(path).name]
        if not ours:
            assert not len(found)
            continue
        assert picture.shape[:2] == found.mask.shape[1:]
        assert [data.classes[k] for k in found.class_id] == [o.category for o, _, _ in ours]
        assert np.array_equal(found.mask, [mask for _, mask, _ in ours])
        assert found.xyxy.tolist() == [list(label.box_visible or ()) for label, _, _ in ours]


def torchvision_agrees(folder: Path, dataset: Path) -> None:
    """torchvision: CocoDetection, wrapped for its transforms."""
    datasets = torchvision_datasets()
    file = folder / "annotations/instances_train.json"
    plain = datasets.CocoDetection(folder / "images/train", file)
    data = datasets.wrap_dataset_for_transforms_v2(plain, ("boxes", "labels", "masks"))
    expected = truth(dataset)
    assert len(data) == len(expected)
    ids = {category["name"]: category["id"] for category in read(folder, "instances")["categories"]}
    for (picture, target), name in zip(data, sorted(expected), strict=True):
        ours = expected[name]
        if not ours:
            assert "boxes" not in target
            continue
        assert picture.size == ours[0][1].shape[::-1]
        assert np.array_equal(target["masks"].numpy(), [mask for _, mask, _ in ours])
        assert target["boxes"].tolist() == [list(label.box_visible or ()) for label, _, _ in ours]
        assert target["labels"].tolist() == [ids[label.category] for label, _, _ in ours]


def keypoints_agree(folder: Path, dataset: Path) -> None:
    """pycocotools: names and x y v are ours; each category against itself gives 1."""
    data = silent(COCO, folder / "annotations/person_keypoints_train.json")
    expected = truth(dataset)
    for image_id, image in data.imgs.items():
        rows = data.loadAnns(data.getAnnIds(image_id))
        for row, (label, _, _) in zip(rows, expected[image["file_name"]], strict=True):
            names = data.cats[row["category_id"]]["keypoints"]
            points = np.reshape(row["keypoints"], (len(names), 3))
            ours = {point.name: point for point in label.keypoints or ()}
            assert set(ours) <= set(names)
            assert row["num_keypoints"] == np.count_nonzero(points[:, 2])
            for name, (x, y, v) in zip(names, points, strict=True):
                assert v == (STATES[ours[name].state] if name in ours else 0)
                if v:
                    assert (x, y) == pytest.approx(ours[name].image, abs=1e-3)
                else:
                    assert (x, y) == (0, 0)
    for category in data.getCatIds():
        assert keypoint_precision(data, category) in (-1, pytest.approx(1))  # -1: none is there


def keypoint_precision(data: Any, category: int) -> float:
    rows = data.loadAnns(data.getAnnIds(catIds=[category], iscrowd=False))
    found = [
        {key: row[key] for key in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
        for row in rows
    ]
    if not found:
        return -1
    run = COCOeval(data, silent(data.loadRes, found), "keypoints")
    run.params.catIds = [category]
    run.params.kpt_oks_sigmas = np.full(len(data.cats[category]["keypoints"]), 0.05)
    for step in (run.evaluate, run.accumulate, run.summarize):
        silent(step)
    return float(run.stats[0])


def panoptic_agrees(folder: Path, dataset: Path) -> None:
    """By the format's definition: all pixels have a segment, and the segments are our objects."""
    data, expected = read(folder, "panoptic"), truth(dataset)
    names = {category["id"]: category["name"] for category in data["categories"]}
    assert {category["isthing"] for category in data["categories"]} == {0, 1}
    for row, image in zip(data["annotations"], data["images"], strict=True):
        color = decode_rgb((folder / "annotations/panoptic_train" / row["file_name"]).read_bytes())
        numbers = color.astype(int) @ [1, 256, 65536]
        assert row["image_id"] == image["id"]
        assert numbers.shape == (image["height"], image["width"])
        assert set(np.unique(numbers)) == {segment["id"] for segment in row["segments_info"]} - {0}
        background, *things = row["segments_info"]
        assert names[background["category_id"]] == "background"
        for segment, (label, mask, little) in zip(things, expected[row["file_name"]], strict=True):
            assert np.array_equal(numbers == segment["id"], mask)
            assert names[segment["category_id"]] == label.category
            assert segment["iscrowd"] == little
        for segment in row["segments_info"]:
            mask = np.asfortranarray(numbers == segment["id"])
            assert segment["area"] == np.count_nonzero(mask)
            assert segment["bbox"] == runs.toBbox(runs.encode(mask)).tolist()


DATUMARO = """
import hashlib, json, sys
import numpy as np
from datumaro import Dataset, Environment
folder, form = sys.argv[1:]
data = Dataset.import_from(folder, form)
names = [label.name for label in next(iter(data.categories().values()))]
shots = {}
for item in data:
    assert item.media.data.shape[2] == 3
    shots[item.id] = [
        [names[a.label], a.attributes.get("is_crowd"), hashlib.sha256(np.packbits(a.image > 0)).hexdigest()]
        for a in item.annotations
        if a.type.name == "mask"
    ]
print(json.dumps([Environment().detect_dataset(folder), shots]))
"""


def told(ours: list[Row]) -> list[list[Any]]:
    """Class, crowd and mask of each object, as the script for Datumaro tells them."""
    return [[label.category, bool(little), fingerprint(mask)] for label, mask, little in ours]


def datumaro_agrees(folder: Path, dataset: Path) -> None:
    """Datumaro: classes, crowds and masks of every picture, in any order."""
    forms, shots = datumaro(DATUMARO, folder, "coco")
    assert "coco" in forms
    for name, ours in truth(dataset).items():
        assert sorted(shots[name.removesuffix(".png")]) == sorted(told(ours))


def datumaro_panoptic_agrees(folder: Path, dataset: Path) -> None:
    """Datumaro: classes and masks of every picture, the background's too."""
    _, shots = datumaro(DATUMARO, folder, "coco_panoptic")
    for name, ours in truth(dataset).items():
        found = sorted(shots[name.removesuffix(".png")])
        if ours:
            rest = ~np.any([mask for _, mask, _ in ours], axis=0)
            assert found == sorted([["background", False, fingerprint(rest)], *told(ours)])
        else:
            assert [category for category, *_ in found] == ["background"]


AGREE = (
    masks_agree,
    pycocotools_finds_all,
    faster_finds_all,
    supervision_agrees,
    torchvision_agrees,
    keypoints_agree,
    panoptic_agrees,
    datumaro_agrees,
    datumaro_panoptic_agrees,
)
"""What must hold of an export with `min_visible` LITTLE."""
