"""A strict reader of KITTI, written from the devkit's text: it shares no code with the exporter."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from scenegen.dataset import Dataset, StoredShot
from scenegen.scene import ObjectAnnotation


def objects(root: Path) -> Path:
    return root / "train" / "Kitti" / "raw" / "training"


def shots(dataset: Path) -> dict[str, StoredShot]:
    """What an export must hold, by number: every shot but those of right eyes and of bent lenses."""
    opened = Dataset.open(dataset)
    per_scene = len(opened.shots(opened.scene_indices()[0]))
    return {
        f"{shot.scene_index * per_scene + int(shot.stem):06d}": shot
        for shot in opened.all_shots()
        if shot.camera.eye != "right" and shot.camera.distortion is None
    }


def labels(path: Path) -> list[tuple[str, list[float]]]:
    """Name and 14 numbers a line, single spaces."""
    found = []
    for line in path.read_text("ascii").splitlines():
        name, *numbers = line.split(" ")
        assert len(numbers) == 14
        assert re.fullmatch(r"-?\d", numbers[1]), "occluded is a whole number"
        found.append((name, [float(number) for number in numbers]))
    return found


def corners_of(numbers: list[float]) -> np.ndarray:
    """(8, 3) as in the devkit: x is length, y goes up from the bottom, z is width, then the turn."""
    height, width, length, *place, yaw = numbers[7:]
    x, y, z = np.meshgrid([-length / 2, length / 2], [-height, 0], [-width / 2, width / 2])
    c, s = np.cos(yaw), np.sin(yaw)
    rotation = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    points: np.ndarray = np.column_stack([x.ravel(), y.ravel(), z.ravel()]) @ rotation.T + place
    return points


def check_box(numbers: list[float], label: ObjectAnnotation) -> None:
    """It holds the object's own box, touches it on all sides, and none that is turned is smaller."""
    height, width, length, *place, yaw = numbers[7:]
    inner = np.array(label.corners_camera)
    c, s = np.cos(yaw), np.sin(yaw)
    own = (inner - place) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    low, high = own.min(axis=0), own.max(axis=0)
    assert np.allclose(low, [-length / 2, -height, -width / 2], atol=1e-5)
    assert np.allclose(high, [length / 2, 0, width / 2], atol=1e-5)
    for turn in np.radians(np.arange(0, 90, 0.5)):
        c, s = np.cos(turn), np.sin(turn)
        sides = np.ptp(inner[:, [0, 2]] @ np.array([[c, s], [-s, c]]), axis=0)
        assert width * length <= sides.prod() + 1e-8
    forward = label.camera_from_object[[0, 2], 0]
    assert (
        forward @ [np.cos(yaw), -np.sin(yaw)] >= np.linalg.norm(forward) * np.cos(np.pi / 4) - 1e-9
    )


def check_labels(root: Path, dataset: Path) -> None:
    truth = shots(dataset)
    assert {path.stem for path in (objects(root) / "label_2").iterdir()} == set(truth)
    for name, shot in truth.items():
        seen = [o for o in shot.annotations if o.role == "target" and o.px_visible]
        told = labels(objects(root) / "label_2" / f"{name}.txt")
        assert [word for word, _ in told] == [label.category for label in seen]
        for (_, numbers), label in zip(told, seen, strict=True):
            truncated, occluded, alpha, *box = numbers[:7]
            assert truncated == pytest.approx(label.truncation, abs=1e-4)
            assert occluded == np.searchsorted([0.05, 0.5], label.occlusion, side="right")
            x0, y0, x1, y1 = label.box_amodal_clipped
            assert box == [x0, y0, x1 - 1, y1 - 1]
            check_box(numbers, label)
            ray = np.arctan2(numbers[10], numbers[12])
            assert np.cos(alpha - (numbers[13] - ray)) == pytest.approx(1, abs=1e-9)
            assert abs(alpha) <= np.pi + 1e-6 and abs(numbers[13]) <= np.pi + 1e-6  # noqa: PT018


def check_calibration(root: Path, dataset: Path) -> None:
    """P2 and P3 put the corners of all boxes where the two eyes see them."""
    for name, shot in shots(dataset).items():
        stored = Dataset.open(dataset).shots(shot.scene_index)
        partner = stored[int(shot.stereo_partner or shot.stem)]
        lines = (objects(root) / "calib" / f"{name}.txt").read_text().splitlines()
        told = {
            key: np.array(rest.split(), float) for key, rest in (line.split(": ") for line in lines)
        }
        assert [*told] == ["P0", "P1", "P2", "P3", "R0_rect", "Tr_velo_to_cam", "Tr_imu_to_velo"]
        for left, right in zip(shot.annotations, partner.annotations, strict=True):
            for key, label in (("P2", left), ("P3", right)):
                points = (
                    np.c_[np.array(left.corners_camera), np.ones(8)] @ told[key].reshape(3, 4).T
                )
                pixels = points[:, :2] / points[:, 2:]
                assert np.abs(pixels - np.array(label.corners_image)).max() < 1e-4, key


def check_depth(root: Path, dataset: Path) -> None:
    for name, shot in shots(dataset).items():
        path = objects(root) / "depth_2" / f"{name}.png"
        depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16
        assert np.abs(depth / 256 - shot.depth).max() <= 1 / 512 + 1e-6


def check(root: Path, dataset: Path) -> None:
    check_labels(root, dataset)
    check_calibration(root, dataset)
    check_depth(root, dataset)
