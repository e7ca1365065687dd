"""Falling Things: our own strict reader, OpenCV, torchvision and nvdu read it and agree with us.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clients import LEAKY, exported, torchvision_datasets
from conftest import checksums
from fat_reader import (
    CUBOID,
    MUTANTS,
    STEMS,
    Json,
    agrees,
    read,
    reprojected,
    shots,
    solved,
    spoil,
    told,
)

from scenegen import geometry
from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export.fat_json import object_json


@pytest.fixture(scope="module")
def fat(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fat") / "out"
    exported(rich, "fat", out)
    return out


@pytest.fixture
def frames(fat: Path, tmp_path: Path) -> Path:
    """The folder of frames, in a copy to spoil."""
    shutil.copytree(fat, tmp_path / "fat")
    return tmp_path / "fat" / "train" / "FallingThings" / "mixed" / "000000_0"


# ---------------------------------------------------------------------------- poses


def test_opencv_solves_the_poses(frames: Path) -> None:
    """Mutant: projected corners in the order of `CORNER_SIGNS`."""
    assert len(list(told(frames))) == 18
    assert agrees(frames), solved(frames)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_opencv_finds_a_mutant(frames: Path, mutant: str) -> None:
    """Mutant: `solved` comparing the file with itself."""
    spoil(frames, *MUTANTS[mutant])
    assert not agrees(frames)


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize("mutant", [None, *MUTANTS])
def test_nvdu_projects_the_cuboids(frames: Path, mutant: str | None) -> None:
    """Mutants: those of `MUTANTS`, each of which nvdu must find."""
    data = pytest.importorskip("nvdu.core.nvdu_data")
    camera = pytest.importorskip("nvdu.core.camera")
    if mutant:
        spoil(frames, *MUTANTS[mutant])
    here = Path.cwd()
    os.chdir(frames)  # nvdu looks for pictures where it was started
    try:
        worst = max(reprojected(data, camera, frames))
    finally:
        os.chdir(here)
    assert worst > 0.4 if mutant else worst < 1e-3


def test_truth(frames: Path, rich: Path) -> None:
    """Mutants: object frame not turned into FAT's; box [x, y]; visibility with truncation; metres."""
    named = {name: {o.instance_id: o for o in s.annotations} for name, s in shots(rich).items()}
    for name, entry in told(frames):
        label = named[name][entry["instance_id"]]
        rotation = geometry.rotation_from_quaternion_xyzw(entry["quaternion_xyzw"])
        axes = label.camera_from_object[:3, :3]
        assert np.allclose(rotation, np.column_stack([-axes[:, 1], -axes[:, 2], axes[:, 0]]))
        truth = np.array(sorted(label.corners_camera)) * 100
        assert np.allclose(sorted(entry["cuboid"]), truth, atol=1e-5)
        assert np.allclose(entry["cuboid_centroid"], np.mean(entry["cuboid"], axis=0), atol=1e-5)
        (top, left), (bottom, right) = entry["bounding_box"].values()
        assert (left, top, right, bottom) == label.box_amodal_clipped
        assert entry["visibility"] == pytest.approx(1 - label.occlusion, abs=1e-6)
        permuted = np.array(entry["pose_transform_permuted"])
        order = np.array(
            [[0, 0, 1], [1, 0, 0], [0, -1, 0]]
        )  # R = Aᵀ P, as NVIDIA's samples have it
        assert np.allclose(permuted[:3, :3].T @ order, rotation, atol=1e-5)
        assert permuted[3].tolist() == [*entry["location"], 1]
    cut = replace(label, occlusion=0.25, truncation=0.5, visible_fraction=0.375)
    assert object_json(cut, shots(rich)[name].camera)["visibility"] == 0.75


def test_settings_take_the_mesh_to_the_frame(frames: Path, rich: Path) -> None:
    """Mutant: `fixed_model_transform` for column vectors."""
    from scenegen.project import open_project

    library = open_project(rich / "recipe.yaml", ()).library
    entries = read(frames / "_object_settings.json")["exported_objects"]
    assert [entry["class"] for entry in entries] == sorted(
        {
            label.asset_id
            for label in shots(rich)["000000.left"].annotations
            if label.role == "target"
        }
    )
    for entry in entries:
        parts = library.load(entry["class"]).parts
        points = np.concatenate([part.positions for part in parts]).astype(np.float64)
        moved = (np.c_[points, np.ones(len(points))] @ entry["fixed_model_transform"])[:, :3]
        assert np.allclose(np.ptp(moved, axis=0), entry["cuboid_dimensions"], atol=1e-3)
        assert np.allclose(moved.min(axis=0), -moved.max(axis=0), atol=1e-3)


def test_official_dimensions() -> None:
    """Mutant: width and depth of `cuboid_dimensions` swapped."""
    data = Path(__file__).parents[2] / "shared" / "data"
    if not data.exists():
        pytest.skip(f"{data} is not there")
    from scenegen.assets.library import Library
    from scenegen.assets.sources import Ycb

    official = read(data / "formats" / "nvdu_object_settings" / "_ycb_original.json")
    box = next(e for e in official["exported_objects"] if e["class"] == "003_cracker_box_16k")
    library = Library.open([Ycb(ycb="ycb_google16k")], [data / "meshes"])
    label = labelled(library.load("cracker_box").bounds)
    from scenegen.export.fat_json import exported_object

    ours = exported_object(label, 1.0, 1)
    assert np.allclose(ours["cuboid_dimensions"], box["cuboid_dimensions"], atol=0.01)
    assert np.allclose(ours["fixed_model_transform"], box["fixed_model_transform"], atol=0.01)


def labelled(bounds: np.ndarray) -> Any:
    """The two fields of a label that settings need, of an object with these bounds."""
    from types import SimpleNamespace

    size = np.ptp(bounds, axis=0)
    return SimpleNamespace(asset_id="x", cuboid_center=bounds.mean(axis=0), cuboid_size=size)


# ---------------------------------------------------------------------------- pictures


def test_pictures(frames: Path, rich: Path) -> None:
    """Mutants: depth in mm; `seg` of distractors, or of instances."""
    card = Dataset.open(rich).card
    classes = {asset.id: number for number, asset in enumerate(card.assets, start=1)}
    entries = read(frames / "_object_settings.json")["exported_objects"]
    assert all(classes[entry["class"]] == entry["segmentation_class_id"] for entry in entries)
    for name, shot in shots(rich).items():
        depth = cv2.imread(str(frames / f"{name}.depth.png"), cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16
        assert np.allclose(depth * 1e-4, shot.depth, atol=1e-6)
        seg = cv2.imread(str(frames / f"{name}.seg.png"), cv2.IMREAD_UNCHANGED)
        assert seg.dtype == np.uint8
        truth = np.zeros_like(seg)
        for label in shot.annotations:
            if label.role == "target":
                truth[shot.ids == label.instance_id] = classes[label.asset_id]
        assert (seg == truth).all()
        color = cv2.imread(str(frames / f"{name}.jpg"))[..., ::-1]
        assert np.abs(color.astype(int) - shot.rgb).mean() < 4


def too_coarse(folder: Path) -> None:
    for path in folder.glob("*.depth.png"):
        depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) // 10
        path.unlink()
        cv2.imwrite(str(path), depth)


def eyes_swapped(folder: Path) -> None:
    for end in ("jpg", "depth.png"):
        for left in folder.glob(f"*.left.{end}"):
            right = Path(str(left).replace(".left.", ".right."))
            aside = left.with_suffix(".aside")
            left.rename(aside), right.rename(left), aside.rename(right)


def stretched(folder: Path) -> None:
    def longer(settings: Json) -> None:
        settings["camera_settings"][0]["intrinsic_settings"]["fx"] *= 1.01

    spoil(folder, "_camera_settings.json", longer)


STEREO_MUTANTS = {"mm": too_coarse, "eyes swapped": eyes_swapped, "fx": stretched}


def stereo(frames: Path, rich: Path) -> tuple[float, float]:
    """torchvision's disparity: largest error in px; share of pixels whose partner has another color."""
    reader = torchvision_datasets().FallingThingsStereo(str(frames.parents[2]), "mixed")
    assert len(reader) == 2
    truth = shots(rich)
    error, strange = 0.0, []
    for number in range(len(reader)):
        left, right, disparity, *_ = reader[number]
        shot = truth[f"{number:06d}.left"]
        seen = shot.disparity > 0
        error = max(error, float(np.abs(disparity[0] - shot.disparity)[seen].max()))
        both = shot.stereo_occlusion == 1
        row, column = np.nonzero(both)
        there = np.clip(np.rint(column - disparity[0][both]), 0, shot.camera.width - 1).astype(int)
        ours, theirs = np.asarray(left, float), np.asarray(right, float)
        apart = np.abs(ours[row, column] - theirs[row, there]).mean(axis=-1)
        strange.append(float(np.mean(apart > 30)))
    return error, max(strange)


@pytest.mark.filterwarnings(*LEAKY, "ignore::RuntimeWarning")  # it divides by depths of 0
@pytest.mark.parametrize("mutant", [None, *STEREO_MUTANTS])
def test_torchvision_sees_our_disparity(frames: Path, rich: Path, mutant: str | None) -> None:
    """Mutants: those of `STEREO_MUTANTS`, each of which torchvision's reader must find."""
    if mutant:
        STEREO_MUTANTS[mutant](frames)
    error, strange = stereo(frames, rich)
    assert (error < 0.01 and strange < 0.05) != bool(mutant), (error, strange)


# ---------------------------------------------------------------------------- the rest


def test_one_object_alone(made_alone: Path, tmp_path: Path) -> None:
    """Mutants: scenes of one object under `mixed`; their class other than 255."""
    remarks = exported(made_alone, "fat", tmp_path / "out")
    (folder,) = (tmp_path / "out" / "train" / "FallingThings" / "single" / "mug_blue").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == [
        "000000.depth.png", "000000.jpg", "000000.json", "000000.seg.png",
        "_camera_settings.json", "_object_settings.json",
    ]  # fmt: skip
    assert (
        read(folder / "_object_settings.json")["exported_objects"][0]["segmentation_class_id"]
        == 255
    )
    seg = cv2.imread(str(folder / "000000.seg.png"), cv2.IMREAD_UNCHANGED)
    assert set(np.unique(seg)) == {0, 255}
    # made in steps of 1 mm, written in FAT's, which do not reach as far
    shot = Dataset.open(made_alone).shots(0)[0]
    depth = cv2.imread(str(folder / "000000.depth.png"), cv2.IMREAD_UNCHANGED)
    near = shot.depth < 6.5535
    assert np.allclose(depth * 1e-4, np.where(near, shot.depth, 0), atol=1e-6)
    assert any(remark.startswith(f"{np.count_nonzero(~near)} pixels") for remark in remarks)
    # the object is drawn at twice its size, its box and its matrix too
    entry = read(folder / "_object_settings.json")["exported_objects"][0]
    assert np.allclose(np.sort(entry["cuboid_dimensions"]),
                       np.sort(shot.annotations[0].cuboid_size) * 100)  # fmt: skip
    assert np.linalg.norm(entry["fixed_model_transform"][0][:3]) == pytest.approx(200)


def test_dope(rich: Path, tmp_path: Path) -> None:
    """Mutants: centimetres; the centre of the box missing; corners in another order."""
    exported(rich, "fat", tmp_path / "out", dope="true")
    folder = tmp_path / "out" / "train" / "000000_0"
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        f"{name}.{end}" for name in STEMS for end in ("json", "png")
    )
    named = {name: {o.asset_id: o for o in s.annotations} for name, s in shots(rich).items()}
    for name, entry in told(folder):
        label = named[name][entry["class"]]
        camera = read(folder / f"{name}.json")["camera_data"]["intrinsics"]
        k = np.array([[camera["fx"], 0, camera["cx"]], [0, camera["fy"], camera["cy"]], [0, 0, 1]])
        depth, width, height = label.cuboid_size
        size = np.array([width, height, depth])
        points = np.array([*CUBOID, (0, 0, 0)]) * size / 2
        _, turn, place = cv2.solvePnP(points, np.array(entry["projected_cuboid"]), k, None)
        rotation = geometry.rotation_from_quaternion_xyzw(entry["quaternion_xyzw"])
        assert np.allclose(cv2.Rodrigues(turn)[0], rotation, atol=1e-4)
        assert np.allclose(place.ravel(), entry["location"], atol=1e-5)
        middle = geometry.apply(label.camera_from_object, label.cuboid_center)
        assert np.allclose(entry["location"], middle, atol=1e-5)


def test_again_and_the_lens(rich: Path, fat: Path, tmp_path: Path) -> None:
    """Mutants: a clock in a file; shots of the lens written as if there were none."""
    remarks = exported(rich, "fat", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(fat)
    assert any(remark.startswith("2 shots through a distorting lens") for remark in remarks)
    (
        tmp_path / "out" / "train" / "FallingThings" / "mixed" / "000000_0" / "000001.left.json"
    ).unlink()
    exported(rich, "fat", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(fat)


def test_other_baselines_are_said(made: Path, tmp_path: Path) -> None:
    """Mutant: silence where readers would compute a wrong disparity."""
    assert any("baseline of 5 cm" in remark for remark in exported(made, "fat", tmp_path / "out"))


@pytest.mark.parametrize("chosen", [{"dope": "yes"}, {"jpeg_quality": "0"}, {"size": "big"}])
def test_wrong_options(rich: Path, tmp_path: Path, chosen: dict[str, str]) -> None:
    """Mutant: an option that makes no sense taken for its default."""
    with pytest.raises(DatasetError, match="--set"):
        exported(rich, "fat", tmp_path / "out", **chosen)


ALONE = """\
name: alone
seed: 2
scenes: 1
depth_scale: 0.001
objects:
  - {ids: [mug_blue], scale: 2}
drop: {onto: floor, size: [0.1, 0.1, 0.1]}
captures: {at_rest: true}
outputs: [rgb, depth, ids]
lights:
  - environment: {map: studio_white}
backdrop:
  floor: {material: oak_planks}
cameras:
  - size: [96, 72]
    pose: {fixed: {position: [0.8, 0, 0.5]}}
"""


@pytest.fixture(scope="module")
def made_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from conftest import run, small_recipe

    folder = tmp_path_factory.mktemp("alone")
    run(folder, "generate", small_recipe(folder, ALONE), "--out", folder / "alone", "--quiet")
    return folder / "alone"
