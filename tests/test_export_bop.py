"""BOP: a strict reader written from the specification draws the models again and agrees with us.

Each check is shown to fail on an export that is wrong in the way it is there to find. bop_toolkit
itself is asked where BOP_TOOLKIT_DIR names a checkout.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bop_clients import AGREE
from bop_reader import checked, decoded, read
from clients import exported
from pycocotools.mask import frPyObjects, toBbox
from running import checksums, run, small_recipe

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError, ScenegenError
from scenegen.export import Options, export_dataset
from scenegen.export.bop_frames import run_lengths
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


@pytest.mark.parametrize("check", AGREE)
def test_clients_agree(check: Callable[[Path, Path], None], bop: Path, rich: Path) -> None:
    """Mutants: those of `MUTANTS`, below."""
    check(bop, rich)
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
GT, INFO, CAMERAS, COCO = (
    f"{SCENE}/scene_{name}.json" for name in ("gt", "gt_info", "camera", "gt_coco")
)


def half_a_pixel(k: list[float]) -> list[float]:
    return [*k[:2], k[2] + 0.5, *k[3:5], k[5] + 0.5, *k[6:]]


def by_columns(rotation: list[float]) -> list[float]:
    return np.reshape(rotation, (3, 3)).T.ravel().tolist()


def a_pixel_wider(box: list[int]) -> list[int]:
    return [*box[:2], box[2] + 1, box[3] + 1]


def by_rows(coco: Any) -> None:
    """Run lengths along the rows."""
    for row in coco["annotations"]:
        mask = decoded(row["segmentation"])
        flat = run_lengths(mask.ravel().reshape(mask.shape, order="F"))
        row["segmentation"] = {"counts": flat["counts"], "size": list(mask.shape)}


def seen_boxes(coco: Any) -> None:
    for row in coco["annotations"]:
        row["bbox"] = toBbox(
            frPyObjects(row["segmentation"], *row["segmentation"]["size"])
        ).tolist()


def ids_from_zero(coco: Any) -> None:
    for row in coco["annotations"]:
        row["id"] -= 1


MUTANTS: dict[str, Change] = {
    "COCO masks by rows": edited(COCO, by_rows),
    "COCO boxes of what is seen": edited(COCO, seen_boxes),
    "COCO ids from 0": edited(COCO, ids_from_zero),
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
    monkeypatch.setattr("scenegen.export.bop_frames.TARGET", 0.5)
    monkeypatch.setattr("bop_reader.IGNORED", 0.5)
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
