"""What Ultralytics, or the strict reader, finds in a YOLO folder, compared with the dataset."""

import importlib.util
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import yolo_reader
from yolo_reader import Found

from scenegen.dataset import Dataset, StoredShot
from scenegen.scene import ObjectAnnotation

READER = Path(__file__).with_name("ultralytics_reader.py")


def ultralytics(what: str, jobs: list[tuple[Path, str]], folder: Path) -> dict[str, Found]:
    """What the reader says of each folder, by its name."""
    if importlib.util.find_spec("ultralytics") is None:
        pytest.skip("Ultralytics is not installed")
    result = subprocess.run(
        [
            sys.executable,
            READER,
            what,
            folder / "found",
            *(f"{path}:{task}" for path, task in jobs),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "YOLO_CONFIG_DIR": str(folder)},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    found: dict[str, Found] = pickle.loads((folder / "found").read_bytes())
    return found


Truth = dict[str, list[tuple[StoredShot, ObjectAnnotation]]]


def truth(dataset: Path) -> Truth:
    """By picture: the targets that are seen."""
    return {
        f"{shot.scene_index:06d}_{shot.stem}.png": [
            (shot, label)
            for label in shot.annotations
            if label.role == "target" and label.px_visible
        ]
        for shot in Dataset.open(dataset).all_shots()
    }


def seen(shot: StoredShot, label: ObjectAnnotation) -> np.ndarray:
    mask: np.ndarray = shot.ids == label.instance_id
    return mask


def same_objects(found: Found, ours: Truth) -> None:
    """No file is corrupt or missing; as many rows, of the same classes."""
    assert "error" not in found
    assert found["counts"] == (len(ours), 0, 0, 0)
    assert set(found["rows"]) == set(ours)
    for name, labels in ours.items():
        names = [found["names"][k] for k in found["rows"][name]["classes"]]
        assert names == [label.category for _, label in labels]


def same_boxes(found: Found, ours: Truth, within: float = 0.001) -> None:
    for name, labels in ours.items():
        for box, (_, label) in zip(found["rows"][name]["boxes"], labels, strict=True):
            assert box == pytest.approx(label.box_visible, abs=within)


def same_masks(found: Found, ours: Truth) -> None:
    """Filled by polygon2mask, a mask in one part is ours to the pixel; boxes are 0.05 px inside."""
    same_boxes(found, ours, 0.06)
    single = 0
    for name, labels in ours.items():
        for filled, (shot, label) in zip(found["rows"][name]["masks"], labels, strict=True):
            mask = seen(shot, label)
            assert not np.any(mask & (filled == 0))
            if cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] == 2:
                single += 1
                assert np.array_equal(filled, mask)
    assert single > 10


def same_points(found: Found, ours: Truth) -> None:
    """Corners and center of the 3D box, projected by OpenCV; 0 0 0 outside of the picture."""
    same_boxes(found, ours)
    for name, labels in ours.items():
        for points, (shot, label) in zip(found["rows"][name]["points"], labels, strict=True):
            camera = shot.camera
            box = np.array(label.corners_camera)
            bent = np.array(camera.distortion.coefficients) if camera.distortion else None
            solid = np.vstack([box, box.mean(axis=0)])
            places, _ = cv2.projectPoints(solid, np.zeros(3), np.zeros(3), camera.K, bent)
            expected = places[:, 0] + 0.5
            inside = np.all((expected >= 0) & (expected < (camera.width, camera.height)), axis=1)
            assert np.array_equal(points[:, 2] > 0, inside)
            assert points[inside, :2] == pytest.approx(expected[inside], abs=0.001)
            assert not points[~inside].any()


def same_rectangles(found: Found, ours: Truth) -> None:
    """Holds every pixel seen, lies in the picture, and is as small as OpenCV's where that does."""
    for name, labels in ours.items():
        for corners, (shot, label) in zip(found["rows"][name]["rectangles"], labels, strict=True):
            y, x = np.nonzero(seen(shot, label))
            edges = np.concatenate([np.stack([x + i, y + j], 1) for i in (0, 1) for j in (0, 1)])
            outside = [
                cv2.pointPolygonTest(corners.astype(np.float32), point.astype(float).tolist(), True)
                for point in edges
            ]
            assert min(outside) > -0.01
            size = (shot.camera.width, shot.camera.height)
            assert np.all((corners > -0.01) & (corners < np.array(size) + 0.01))
            tight = cv2.boxPoints(cv2.minAreaRect(edges.astype(np.float32)))
            if np.all((tight >= 0) & (tight <= size)):
                assert cv2.contourArea(corners.astype(np.float32)) == pytest.approx(
                    cv2.contourArea(tight), rel=0.002
                )


CHECKS: dict[str, Callable[[Found, Truth], None]] = {
    "detect": same_boxes,
    "segment": same_masks,
    "pose": same_points,
    "obb": same_rectangles,
}


def agrees(task: str, found: Found, ours: Truth) -> None:
    same_objects(found, ours)
    CHECKS[task](found, ours)


def task_of(out: Path) -> str:
    """`yolo-segment` and the like: the tests call their folders so."""
    return out.name.partition("-")[2]


def strict_reader_agrees(out: Path, dataset: Path) -> None:
    agrees(task_of(out), yolo_reader.read(out, task_of(out)), truth(dataset))


def ultralytics_agrees(out: Path, dataset: Path) -> None:
    """Ultralytics: no file is corrupt, all rows are there and where our labels are."""
    found = ultralytics("read", [(out, task_of(out))], out.parent)
    agrees(task_of(out), found[out.name], truth(dataset))


def ultralytics_trains(out: Path, dataset: Path) -> None:
    """Ultralytics: an epoch ends, and all losses are numbers."""
    losses = ultralytics("train", [(out, task_of(out))], out.parent)[out.name]
    assert losses["epoch"] == 1, losses
    assert np.isfinite(list(losses.values())).all()


AGREE = (strict_reader_agrees, ultralytics_agrees, ultralytics_trains)
