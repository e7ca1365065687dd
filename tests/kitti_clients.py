"""What torchvision, Datumaro and OpenCV find in a KITTI export, compared with its dataset."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clients import datumaro, torchvision_datasets
from fat_clients import mismatch
from kitti_reader import check, corners_of, labels, objects, shots

from scenegen.dataset import Dataset, StoredShot


def torchvision_reads_objects(root: Path, dataset: Path) -> None:
    """torchvision: pictures, and boxes that stand where ours do, as high as they."""
    reader, truth = torchvision_datasets().Kitti(str(root / "train")), shots(dataset)
    assert len(reader) == len(truth)
    for number, path in enumerate(reader.images):  # in no order: names tell
        picture, told = reader[number]
        shot = truth[Path(path).stem]
        assert np.array_equal(np.asarray(picture), shot.rgb)
        seen = [o for o in shot.annotations if o.role == "target" and o.px_visible]
        for entry, label in zip(told, seen, strict=True):
            numbers = [entry["truncated"], entry["occluded"], entry["alpha"], *entry["bbox"],
                       *entry["dimensions"], *entry["location"], entry["rotation_y"]]  # fmt: skip
            box, inner = corners_of(numbers), np.array(label.corners_camera)
            assert np.allclose(box[:, 1].min(), inner[:, 1].min(), atol=1e-5)
            assert np.allclose(box[:, 1].max(), inner[:, 1].max(), atol=1e-5)
            assert np.allclose(box.mean(axis=0)[[0, 2]], inner.mean(axis=0)[[0, 2]], atol=1e-5)


DATUMARO = """
import json, sys
import datumaro as dm
found = dm.Environment().detect_dataset(sys.argv[1])
data = dm.Dataset.import_from(sys.argv[1], "kitti3d")
labels = data.categories()[dm.AnnotationType.label]
print(json.dumps({"formats": found, "items": {item.id: [
    [labels[a.label].name, a.x, a.y, a.w, a.h, a.attributes] for a in item.annotations
] for item in data}}))
"""


def datumaro_reads_objects(root: Path, dataset: Path) -> None:
    """Datumaro: knows the layout; classes, boxes, places and sizes are ours."""
    found, truth = datumaro(DATUMARO, objects(root)), shots(dataset)
    assert "kitti3d" in found["formats"]
    assert set(found["items"]) == set(truth)
    for name, told in found["items"].items():
        written = labels(objects(root) / "label_2" / f"{name}.txt")
        seen = [o for o in truth[name].annotations if o.role == "target" and o.px_visible]
        for entry, label, (_, numbers) in zip(told, seen, written, strict=True):
            word, x, y, w, h, more = entry
            x0, y0, x1, y1 = label.box_amodal_clipped
            assert word == label.category
            assert np.allclose([x, y, w, h], [x0, y0, x1 - 1 - x0, y1 - 1 - y0], atol=0.01)
            box = corners_of([*numbers[:7], *more["dimensions"], *more["location"], numbers[13]])
            inner = np.array(label.corners_camera)
            assert np.allclose(box[:, 1].max(), inner[:, 1].max(), atol=0.01)


def having(output: str, dataset: Path) -> dict[str, StoredShot]:
    found = {name: shot for name, shot in shots(dataset).items() if output in shot.outputs}
    return found or pytest.skip(f"the dataset has no {output}")


def torchvision_reads_disparity(root: Path, dataset: Path) -> None:
    """torchvision: disparity to its step where both eyes see, and the pictures match by it."""
    pairs = having("disparity", dataset)
    reader = torchvision_datasets().Kitti2012Stereo(str(root / "train"))
    assert len(reader) == len(pairs)
    for number, shot in enumerate(pairs.values()):
        left, right, disparity, *_ = reader[number]
        both = shot.stereo_occlusion == 1
        assert not disparity[0][~both].any()
        scale = shot.camera.K[0, 0] * baseline(shot, dataset)
        depth = shot.depth[both]
        # half a step of disparity, and what half a step of depth makes of it
        limit = 1 / 512 + scale / depth**2 * 5e-5 + 1e-4
        assert (np.abs(disparity[0][both] - scale / depth) <= limit).all()
        moved = np.stack([-disparity[0], np.zeros_like(disparity[0])])
        assert mismatch(left, right, moved, both) < 0.05


def baseline(shot: StoredShot, dataset: Path) -> float:
    """Metres between the eyes, as the dataset's card has it."""
    cameras = Dataset.open(dataset).card.cameras
    (found,) = {c.stereo_baseline for c in cameras if c.name == shot.camera.name}
    return float(found)


def torchvision_reads_flow(root: Path, dataset: Path) -> None:
    """torchvision: flow is where depth, scene flow and K put it; the first picture's pixels."""
    pairs, module = having("flow", dataset), torchvision_datasets()._optical_flow
    with decoding(module):
        reader = module.KittiFlow(str(root / "train"))
        assert len(reader) == len(pairs)
        for number, shot in enumerate(pairs.values()):
            first, _, flow, valid = reader[number]
            assert np.array_equal(np.asarray(first), shot.rgb)
            flow_is_right(flow, valid, shot)


@contextmanager
def decoding(module: Any) -> Iterator[None]:
    """OpenCV decodes PNGs for torchvision's reader where torchvision's own decoder does not load."""
    torch = importlib.import_module("torch")
    if hasattr(torch.ops.image, "decode_png"):
        yield
        return

    def decode(path: str) -> Any:
        color = cv2.imread(path, cv2.IMREAD_UNCHANGED)[..., ::-1].astype(np.int32)
        return torch.from_numpy(np.moveaxis(color, -1, 0).copy())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "read_file", str)
        patch.setattr(module, "decode_png", decode)
        yield


def flow_is_right(flow: np.ndarray, valid: np.ndarray, shot: StoredShot) -> None:
    """(2, H, W) against depth, scene flow and K, which together give the flow; (H, W) where.

    It may differ by half a step of the flow, and by what half a step (0.05 mm) of depth and of scene
    flow make of it.
    """
    there = np.isfinite(shot.flow[..., 0])
    assert np.array_equal(valid, there)
    there &= (shot.depth > 0) & np.isfinite(shot.scene_flow[..., 0])  # else nothing to go by
    rows, columns = np.nonzero(there)
    rays = np.column_stack([columns, rows, np.ones(len(rows))]) @ np.linalg.inv(shot.camera.K).T
    points = rays * shot.depth[there][:, None] + shot.scene_flow[there]
    pixels = points @ shot.camera.K.T
    truth = pixels[:, :2] / pixels[:, 2:] - np.column_stack([columns, rows])
    limit = 1 / 128 + shot.camera.K[0, 0] / points[:, 2] * 1.5e-4
    assert (np.abs(flow[:, there].T - truth).max(axis=1) <= limit).all()


def opencv_reads_flow(root: Path, dataset: Path) -> None:
    """OpenCV: flow likewise; flow_noc has what both pictures show, and they match by it."""
    folder, apart = root / "train" / "KittiFlow" / "training", []
    for name, shot in having("flow", dataset).items():
        color = cv2.imread(str(folder / f"flow_occ/{name}_10.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]
        flow = (np.moveaxis(color[..., :2].astype(float), -1, 0) - 2**15) / 64
        flow_is_right(flow, color[..., 2] > 0, shot)
        seen = cv2.imread(str(folder / f"flow_noc/{name}_10.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]
        both = seen[..., 2] > 0
        assert np.array_equal(both, (shot.flow_occlusion == 1) & (color[..., 2] > 0))
        first, second = (cv2.imread(str(folder / f"image_2/{name}_{n}.png")) for n in (10, 11))
        apart.append((mismatch(first, second, flow, both) if both.any() else 0, both.sum()))
    shares, counts = np.transpose(apart)
    assert np.average(shares, weights=counts) < 0.1  # what shines changes as it turns


AGREE = (
    check,
    torchvision_reads_objects,
    datumaro_reads_objects,
    torchvision_reads_disparity,
    torchvision_reads_flow,
    opencv_reads_flow,
)
