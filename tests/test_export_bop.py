"""BOP: a strict reader written from the specification draws the models again and agrees with us.

Each check is shown to fail on an export that is wrong in the way it is there to find. bop_toolkit
itself is asked where BOP_TOOLKIT_DIR names a checkout.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from bop_reader import Bop, load_ply, read
from clients import exported, selected
from conftest import checksums, run, small_recipe

from scenegen.assets.library import Library
from scenegen.assets.sources import Builtin
from scenegen.dataset import Dataset
from scenegen.errors import DatasetError, ScenegenError
from scenegen.export import Options, export_dataset
from scenegen.export.models import diameter, model_info
from scenegen.export.selection import select

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def bop(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bop") / "out"
    exported(rich, "bop", out)
    return out


@pytest.fixture
def copy(bop: Path, tmp_path: Path) -> Path:
    shutil.copytree(bop, tmp_path / "bop")
    return tmp_path / "bop"


def checked(root: Path, split: str = "train_pbr", end: str = "jpg") -> tuple[int, int]:
    reader = Bop(root)
    reader.check_models()
    counts = np.array([scene.check() for scene in reader.scenes(split, end)])
    wrong, total = counts.sum(axis=0).tolist()
    assert wrong <= 0.002 * total, f"{wrong} of {total} pixels of the masks differ"
    return wrong, total


def test_strict_reader_agrees(bop: Path) -> None:
    """Mutants: those of `MUTANTS`, below."""
    _, total = checked(bop)
    assert total > 5000
    scene = bop / "train_pbr" / "000000"
    assert list(read(scene / "scene_gt.json")) == ["0", "1", "3", "4"]  # 2 and 5 are the lens's
    assert all(len(poses) == 5 for poses in read(scene / "scene_gt.json").values())


# ---------------------------------------------------------------------------- what must be found


def edited(name: str, change: Callable[[Any], None]) -> Change:
    def apply(root: Path) -> None:
        data = read(root / name)
        change(data)
        (root / name).unlink()
        (root / name).write_text(json.dumps(data))

    return apply


def each(field: str, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    """A change of one field of every object, or of every camera."""

    def apply(scene: Any) -> None:
        for image in scene.values():
            for entry in image if isinstance(image, list) else [image]:
                entry[field] = change(entry[field])

    return apply


def padded(scene: Any) -> None:
    for key in list(scene):
        scene[f"{int(key):06d}"] = scene.pop(key)


def masks_by_object(root: Path) -> None:
    """The second mask of every image goes to the first object."""
    for kind in ("mask", "mask_visib"):
        for first in (root / "train_pbr" / "000000" / kind).glob("*_000000.png"):
            second = first.with_name(first.name.replace("_000000.png", "_000001.png"))
            aside = first.with_suffix(".aside")
            first.rename(aside), second.rename(first), aside.rename(second)


def models_in_metres(root: Path) -> None:
    for path in (root / "models").glob("*.ply"):
        head, _, body = path.read_bytes().partition(b"end_header\n")
        count = int(head.split(b"element vertex ")[1].split()[0])
        width = 15 + 12 + (8 if b"texture_u" in head else 0)
        rows = np.frombuffer(body[: width * count], np.uint8).reshape(count, width).copy()
        places = rows[:, :12].copy().view("<f4") / 1000
        rows[:, :12] = places.astype("<f4").view(np.uint8)
        path.unlink()
        path.write_bytes(head + b"end_header\n" + rows.tobytes() + body[width * count :])


def png_for_jpeg(root: Path) -> None:
    for path in (root / "train_pbr" / "000000" / "rgb").iterdir():
        path.rename(path.with_suffix(".png"))


SCENE = "train_pbr/000000"
GT, INFO, CAMERAS = (f"{SCENE}/scene_{name}.json" for name in ("gt", "gt_info", "camera"))


def half_a_pixel(k: list[float]) -> list[float]:
    return [*k[:2], k[2] + 0.5, *k[3:5], k[5] + 0.5, *k[6:]]


def by_columns(rotation: list[float]) -> list[float]:
    return np.reshape(rotation, (3, 3)).T.ravel().tolist()


def a_pixel_wider(box: list[int]) -> list[int]:
    return [*box[:2], box[2] + 1, box[3] + 1]


MUTANTS: dict[str, Change] = {
    "half a pixel in K": edited(CAMERAS, each("cam_K", half_a_pixel)),
    "cm for mm": edited(GT, each("cam_t_m2c", lambda t: [x / 10 for x in t])),
    "rotation by columns": edited(GT, each("cam_R_m2c", by_columns)),
    "object's origin": edited(GT, each("cam_t_m2c", lambda t: [t[0], t[1] + 5, t[2]])),
    "depth in metres": edited(CAMERAS, each("depth_scale", lambda s: s / 1000)),
    "boxes of COCO": edited(INFO, each("bbox_visib", a_pixel_wider)),
    "whole boxes of COCO": edited(INFO, each("bbox_obj", a_pixel_wider)),
    "seen for whole": edited(INFO, each("visib_fract", lambda share: min(1.0, share * 1.02))),
    "obj_id from 0": edited(GT, each("obj_id", lambda number: number - 1)),
    "padded keys": edited(GT, padded),
    "masks by object": masks_by_object,
    "models in metres": models_in_metres,
    "PNG in train_pbr": png_for_jpeg,
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_strict_reader_finds_a_mutant(copy: Path, mutant: str) -> None:
    """Mutant: a reader that believes what it reads."""
    MUTANTS[mutant](copy)
    with pytest.raises((AssertionError, KeyError)):
        checked(copy)


# ---------------------------------------------------------------------------- models


LIBRARY = Library.open((Builtin(),), ())


@pytest.mark.parametrize("asset_id", ["brick_red", "tape_roll", "bowl_green", "tennis_ball"])
def test_symmetries_are_those_of_the_moved_model(asset_id: str) -> None:
    """Mutants: a symmetry in metres; not scaled; about the asset's origin, not the box's middle."""
    asset, scale = LIBRARY.load(asset_id), 1.7
    info = model_info(asset, scale)
    middle = asset.bounds.mean(axis=0)
    points = np.random.default_rng(3).normal(size=(20, 3)) * 0.1

    def moved(places: np.ndarray) -> np.ndarray:
        return (places - middle) * scale * 1000

    given = asset.info.symmetries_discrete
    assert len(info.get("symmetries_discrete", [])) == len(given)
    for numbers, told in zip(given, info.get("symmetries_discrete", []), strict=True):
        ours, theirs = np.reshape(numbers, (4, 4)), np.reshape(told, (4, 4))
        turned = points @ ours[:3, :3].T + ours[:3, 3]
        assert np.allclose(
            moved(points) @ theirs[:3, :3].T + theirs[:3, 3], moved(turned), atol=1e-4
        )
    for (axis, offset), told in zip(
        asset.info.symmetries_continuous, info.get("symmetries_continuous", []), strict=True
    ):
        assert np.allclose(np.cross(axis, told["axis"]), 0)
        assert np.allclose(told["offset"], moved(np.array(offset)), atol=1e-4)
    assert given or asset.info.symmetries_continuous


@pytest.mark.parametrize("asset_id", ["die", "fork"])
def test_diameter(asset_id: str) -> None:
    """Mutants: the box's diagonal; only some of the hull's vertices."""
    asset = LIBRARY.load(asset_id)
    points = np.concatenate([part.positions for part in asset.parts])[::2].astype(float)
    apart = max(np.linalg.norm(points - point, axis=1).max() for point in points)
    assert apart <= diameter(asset) * (1 + 1e-9)
    assert diameter(asset) == pytest.approx(apart, rel=0.01)
    assert diameter(asset) < np.linalg.norm(np.ptp(asset.bounds, axis=0))


def test_textures_lie_where_the_colors_do(bop: Path) -> None:
    """Mutants: v downwards; parts of the atlas at each other's place; linear colors."""
    textured = 0
    for path in sorted((bop / "models").glob("*.ply")):
        model = load_ply(path)
        if model.texture is None:
            continue
        textured += 1
        picture = cv2.imread(str(path.with_name(model.texture)))[..., ::-1].astype(float)
        height, width = picture.shape[:2]
        column = np.clip(model.columns["texture_u"] * width, 0, width - 1).astype(int)
        row = np.clip((1 - model.columns["texture_v"]) * height, 0, height - 1).astype(int)
        colors = np.column_stack([model.columns[name] for name in ("red", "green", "blue")])
        assert np.percentile(np.abs(picture[row, column] - colors).max(axis=1), 90) <= 12
        assert np.ptp(colors) > 60
    assert textured >= 3


# ---------------------------------------------------------------------------- the rest


def test_scaled_objects_are_models_of_their_own(scaled: Path, tmp_path: Path) -> None:
    """Mutants: the pose holds the scale; one model for all sizes; ids that change as scenes come."""
    remarks = exported(scaled, "bop", tmp_path / "out")
    checked(tmp_path / "out")
    assert any("recipe scales objects" in remark for remark in remarks)
    numbers = [pose["obj_id"] for pose in read(tmp_path / "out" / GT)["0"]]
    assert numbers == [3, 1, 4]  # box_tea and mug_blue are 1 and 2; sizes follow
    info = read(tmp_path / "out" / "models" / "models_info.json")
    assert info["4"]["diameter"] == pytest.approx(2 * info["3"]["diameter"], rel=1e-6)


def test_splits(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants: all splits in train_pbr; targets that are hardly seen, or of other scenes."""
    monkeypatch.setattr("scenegen.export.bop._TARGET", 0.5)
    selection = select(Dataset.open(made), "test=0.5,train=0.5")
    export_dataset(selection, "bop", tmp_path / "out", Options())
    checked(tmp_path / "out")
    checked(tmp_path / "out", "test", "png")
    targets = read(tmp_path / "out" / "test_targets_bop19.json")
    assert {entry["scene_id"] for entry in targets} == set(selection.scenes("test"))
    for entry in targets:
        scene = tmp_path / "out" / "test" / f"{entry['scene_id']:06d}"
        key = str(entry["im_id"])
        pairs = zip(read(scene / "scene_gt.json")[key], read(scene / "scene_gt_info.json")[key],
                    strict=True)  # fmt: skip
        seen = [p for p, f in pairs if p["obj_id"] == entry["obj_id"] and f["visib_fract"] >= 0.5]
        assert entry["inst_count"] == len(seen) > 0


def test_again(rich: Path, bop: Path, tmp_path: Path) -> None:
    """Mutants: a clock in a file; an interrupted export that stays so."""
    exported(rich, "bop", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(bop)
    (tmp_path / "out" / SCENE / "mask" / "000001_000002.png").unlink()
    (tmp_path / "out" / "models" / "obj_000001.ply").unlink()
    (tmp_path / "out" / GT).unlink()
    exported(rich, "bop", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(bop)


def test_errors_are_said(scaled: Path, tmp_path: Path) -> None:
    """Mutants: a traceback where the dataset lacks an output, or where its meshes are gone."""
    bare = tmp_path / "bare"
    shutil.copytree(scaled, bare)
    card = read(bare / "dataset.json")
    card["outputs"].remove("amodal_masks")
    (bare / "dataset.json").write_text(json.dumps(card))
    with pytest.raises(DatasetError, match="scaled was made without amodal_masks; bop needs it"):
        exported(bare, "bop", tmp_path / "out")
    gone = tmp_path / "gone"
    shutil.copytree(scaled, gone)
    text = (gone / "recipe.yaml").read_text()
    (gone / "recipe.yaml").write_text(text.replace("seed: 2", "seed: 2\nassets: [{folder: lost}]"))
    with pytest.raises(ScenegenError, match="--assets"):
        exported(gone, "bop", tmp_path / "out2")


SCALED = """\
name: scaled
seed: 2
scenes: 1
objects:
  - {ids: [mug_blue], scale: 0.8}
  - {ids: [box_tea]}
  - {ids: [mug_blue], scale: 1.6}
drop: {onto: floor, size: [0.3, 0.3, 0.1]}
captures: {at_rest: true}
outputs: [rgb, depth, ids, amodal_masks]
lights:
  - environment: {map: studio_white}
backdrop:
  floor: {material: oak_planks}
cameras:
  - size: [128, 96]
    pose: {fixed: {position: [0.8, 0, 0.5]}}
"""


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scaled")
    run(folder, "generate", small_recipe(folder, SCALED), "--out", folder / "scaled", "--quiet")
    return folder / "scaled"


def test_bop_toolkit_reads_it(bop: Path, rich: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants: names of files and fields that bop_toolkit does not look for."""
    checkout = os.environ.get("BOP_TOOLKIT_DIR")
    if not checkout:
        pytest.skip("BOP_TOOLKIT_DIR names no checkout of bop_toolkit")
    monkeypatch.setattr(sys, "path", [checkout, *sys.path])
    inout = pytest.importorskip("bop_toolkit_lib.inout")
    scenewise = pytest.importorskip("bop_toolkit_lib.dataset.bop_scenewise")
    for path in (bop / "models").glob("*.ply"):
        assert np.allclose(inout.load_ply(str(path))["pts"], load_ply(path).points)
    for picked in selected(rich):
        if picked.shot.camera.distortion is None:
            image = scenewise.load_image_data(bop / SCENE, int(picked.shot.stem), load_mask=True,
                                              load_gt=True, load_gt_info=True)  # fmt: skip
            assert np.allclose(image["im_depth"], picked.shot.depth * 1000, atol=1e-2)
            targets = [label for label in picked.shot.annotations if label.role == "target"]
            masks = np.array([picked.shot.ids == label.instance_id for label in targets])
            assert np.array_equal(image["mask_visib"] > 0, masks)
            for label, pose in zip(targets, image["gt"], strict=True):
                assert np.allclose(pose["cam_R_m2c"], label.camera_from_object[:3, :3])
