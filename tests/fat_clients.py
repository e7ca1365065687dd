"""What readers of Falling Things find in an export, compared with the dataset it was made from."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from clients import torchvision_datasets
from fat_reader import Json, agrees, folders, read, reprojected, solved, told

from scenegen import geometry
from scenegen.dataset import Dataset
from scenegen.scene import ObjectAnnotation

ORDER = np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]])
"""R = Aᵀ ORDER, where A is `pose_transform_permuted`, as NVIDIA's samples have it."""


def root_of(out: Path) -> Path:
    return out / "train" / "FallingThings"


def frames_are_ours(out: Path, dataset: Path) -> None:
    """Folders, frames and objects are those of the dataset; poses, boxes and visibility too."""
    expected = folders(dataset)
    settings = root_of(out).rglob("_camera_settings.json")
    assert {p.parent.relative_to(root_of(out)).as_posix() for p in settings} == set(expected)
    for place, frames in expected.items():
        folder = root_of(out) / place
        assert {path.stem for path in folder.glob("[0-9]*.json")} == set(frames)
        labels = {
            name: {label.instance_id: label for label in shot.annotations}
            for name, shot in frames.items()
        }
        for name, entry in told(folder):
            object_is_ours(entry, labels[name].pop(entry["instance_id"]))
        for rest in labels.values():  # unseen, or behind the camera
            for label in rest.values():
                in_front = None not in label.corners_image
                assert label.role != "target" or not (label.px_visible and in_front)


def object_is_ours(entry: Json, label: ObjectAnnotation) -> None:
    rotation = geometry.rotation_from_quaternion_xyzw(entry["quaternion_xyzw"])
    axes = label.camera_from_object[:3, :3]
    turned = np.column_stack([-axes[:, 1], -axes[:, 2], axes[:, 0]])
    assert np.allclose(rotation, turned, atol=1e-5)
    corners = np.array(sorted(label.corners_camera)) * 100
    assert np.allclose(sorted(entry["cuboid"]), corners, atol=1e-5)
    assert np.allclose(entry["cuboid_centroid"], np.mean(entry["cuboid"], axis=0), atol=1e-5)
    (top, left), (bottom, right) = entry["bounding_box"].values()
    assert (left, top, right, bottom) == label.box_amodal_clipped
    assert entry["visibility"] == pytest.approx(1 - label.occlusion, abs=1e-6)
    permuted = np.array(entry["pose_transform_permuted"])
    assert np.allclose(permuted[:3, :3].T @ ORDER, rotation, atol=1e-5)
    assert permuted[3].tolist() == [*entry["location"], 1]


def pictures_are_ours(out: Path, dataset: Path) -> None:
    """OpenCV: depth in steps of 0.1 mm, classes of targets, colors but for JPEG."""
    numbers = {a.id: k for k, a in enumerate(Dataset.open(dataset).card.assets, start=1)}
    for place, frames in folders(dataset).items():
        folder = root_of(out) / place
        for entry in read(folder / "_object_settings.json")["exported_objects"]:
            number = 255 if place.startswith("single") else numbers[entry["class"]]
            assert entry["segmentation_class_id"] == number
        for name, shot in frames.items():
            depth = cv2.imread(str(folder / f"{name}.depth.png"), cv2.IMREAD_UNCHANGED)
            assert depth.dtype == np.uint16
            assert np.allclose(
                depth * 1e-4, np.where(shot.depth < 6.55355, shot.depth, 0), atol=1e-6
            )
            seg = cv2.imread(str(folder / f"{name}.seg.png"), cv2.IMREAD_UNCHANGED)
            assert seg.dtype == np.uint8
            truth = np.zeros_like(seg)
            for label in shot.annotations:
                if label.role == "target":
                    number = 255 if place.startswith("single") else numbers[label.asset_id]
                    truth[shot.ids == label.instance_id] = number
            assert (seg == truth).all()
            color = cv2.imread(str(folder / f"{name}.jpg"))[..., ::-1]
            assert np.abs(color.astype(int) - shot.rgb).mean() < 4


def opencv_solves_poses(out: Path, dataset: Path) -> None:
    for place in folders(dataset):
        assert agrees(root_of(out) / place), (place, solved(root_of(out) / place))


def nvdu_error(folder: Path) -> float:
    """Largest distance in px of nvdu's projected cuboids to those told."""
    data = pytest.importorskip("nvdu.core.nvdu_data")
    camera = pytest.importorskip("nvdu.core.camera")
    here = Path.cwd()
    os.chdir(folder)  # nvdu looks for pictures where it was started
    try:
        return max(reprojected(data, camera, folder), default=0.0)
    finally:
        os.chdir(here)


def nvdu_projects_cuboids(out: Path, dataset: Path) -> None:
    for place in folders(dataset):
        assert nvdu_error(root_of(out) / place) < 1e-3, place


def torchvision_sees_disparity(out: Path, dataset: Path) -> None:
    """torchvision: disparity but for the steps it is made of; the right picture matches by it."""
    shots = {
        (place, name): shot
        for place, frames in folders(dataset).items()
        for name, shot in frames.items()
        if name.endswith(".left")
    }
    if not shots:
        pytest.skip("the dataset has no stereo pairs")
    kinds = {place.partition("/")[0] for place, _ in shots}
    kind = "both" if len(kinds) == 2 else min(kinds)
    pairs = torchvision_datasets().FallingThingsStereo(str(out / "train"), kind)
    assert len(pairs) == len(shots)
    wrong = []
    for number, (path, _) in enumerate(pairs._images):
        place = Path(path).parent.relative_to(root_of(out)).as_posix()
        shot = shots[place, Path(path).name.removesuffix(".jpg")]
        left, right, disparity, *_ = pairs[number]
        seen, depth = shot.disparity > 0, shot.depth
        # half a step of our disparity, and what half a step of depth makes of it
        limit = 1 / 512 + shot.camera.K[0, 0] * 0.06 / depth[seen] ** 2 * 5e-5 + 1e-4
        assert (np.abs(disparity[0] - shot.disparity)[seen] <= limit).all(), path
        both = shot.stereo_occlusion == 1
        moved = np.stack([-disparity[0], np.zeros_like(disparity[0])])
        wrong.append(mismatch(left, right, moved, both))
    assert np.mean(wrong) < 0.05  # of all: gloss and fine grain differ between the eyes


def mismatch(first: object, second: object, moved: np.ndarray, there: np.ndarray) -> float:
    """Share of pixels that have another color where they are said to go; (2, H, W) Δx, Δy."""
    rows, columns = np.nonzero(there)
    height, width = there.shape
    x = np.clip(np.rint(columns + moved[0][there]), 0, width - 1).astype(int)
    y = np.clip(np.rint(rows + moved[1][there]), 0, height - 1).astype(int)
    apart = np.asarray(first, float)[rows, columns] - np.asarray(second, float)[y, x]
    return float(np.mean(np.abs(apart).mean(axis=-1) > 30))


AGREE = (
    frames_are_ours,
    pictures_are_ours,
    opencv_solves_poses,
    nvdu_projects_cuboids,
    torchvision_sees_disparity,
)
"""What must hold of an export of a dataset whose stereo pairs are 6 cm apart."""
