"""Falling Things: our own strict reader, OpenCV, torchvision and nvdu read it and agree with us.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clients import LEAKY, exported
from fat_clients import AGREE, nvdu_error, root_of, torchvision_sees_disparity
from fat_reader import CUBOID, MUTANTS, Json, agrees, folders, read, spoil, told
from running import checksums, run, small_recipe

from scenegen import geometry
from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export.fat_json import object_json

Check = Callable[[Path, Path], None]


@pytest.fixture(scope="module")
def fat(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fat") / "out"
    exported(rich, "fat", out)
    return out


@pytest.fixture
def copy(fat: Path, tmp_path: Path) -> Path:
    """The export, in a copy to spoil."""
    shutil.copytree(fat, tmp_path / "fat")
    return tmp_path / "fat"


@pytest.fixture
def frames(copy: Path) -> Path:
    """Its only folder of frames."""
    return root_of(copy) / "mixed" / "000000_0"


# ---------------------------------------------------------------------------- clients


@pytest.mark.filterwarnings(*LEAKY, "ignore::RuntimeWarning")  # torchvision divides by depths of 0
@pytest.mark.parametrize("check", AGREE)
def test_clients_agree(check: Check, fat: Path, rich: Path) -> None:
    """Mutants: those below; objects missing; projected corners in the order of `CORNER_SIGNS`."""
    assert len([*told(root_of(fat) / "mixed" / "000000_0")]) == 18
    check(fat, rich)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_opencv_finds_a_mutant(frames: Path, mutant: str) -> None:
    """Mutant: `solved` comparing the file with itself."""
    spoil(frames, *MUTANTS[mutant])
    assert not agrees(frames)


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_nvdu_finds_a_mutant(frames: Path, mutant: str) -> None:
    """Mutant: `reprojected` comparing the file with itself."""
    spoil(frames, *MUTANTS[mutant])
    assert nvdu_error(frames) > 0.4


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


@pytest.mark.filterwarnings(*LEAKY, "ignore::RuntimeWarning")
@pytest.mark.parametrize("mutant", [too_coarse, eyes_swapped, stretched])
def test_torchvision_finds_a_mutant(
    mutant: Callable[[Path], None], copy: Path, frames: Path, rich: Path
) -> None:
    """Mutants: depth in mm; the eyes swapped, which is the baseline's sign; another fx."""
    mutant(frames)
    with pytest.raises(AssertionError):
        torchvision_sees_disparity(copy, rich)


def test_visibility_is_without_truncation(rich: Path) -> None:
    """Mutant: visibility with truncation."""
    shot = Dataset.open(rich).shots(0)[0]
    cut = replace(shot.annotations[0], occlusion=0.25, truncation=0.5, visible_fraction=0.375)
    assert object_json(cut, shot.camera)["visibility"] == 0.75


# ---------------------------------------------------------------------------- the mesh's frame


def test_settings_take_the_mesh_to_the_frame(frames: Path, rich: Path) -> None:
    """Mutant: `fixed_model_transform` for column vectors."""
    from scenegen.project import open_project

    library = open_project(rich / "recipe.yaml", ()).library
    entries = read(frames / "_object_settings.json")["exported_objects"]
    assert [entry["class"] for entry in entries] == sorted(
        {
            label.asset_id
            for label in Dataset.open(rich).shots(0)[0].annotations
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


# ---------------------------------------------------------------------------- the rest


def test_one_object_alone(made_alone: Path, tmp_path: Path) -> None:
    """Mutants: scenes of one object under `mixed`; their class other than 255."""
    remarks = exported(made_alone, "fat", tmp_path / "out")
    (folder,) = (root_of(tmp_path / "out") / "single" / "mug_blue").iterdir()
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
    told_of = folders(rich)["mixed/000000_0"]
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        f"{name}.{end}" for name in told_of for end in ("json", "png")
    )
    named = {name: {o.asset_id: o for o in s.annotations} for name, s in told_of.items()}
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
    (root_of(tmp_path / "out") / "mixed" / "000000_0" / "000001.left.json").unlink()
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
    folder = tmp_path_factory.mktemp("alone")
    run(folder, "generate", small_recipe(folder, ALONE), "--out", folder / "alone", "--quiet")
    return folder / "alone"
