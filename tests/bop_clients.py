"""What bop_toolkit finds in an export, compared with the dataset it was made from."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bop_reader import checked, load_ply
from shards_reader import straight

from scenegen.dataset import StoredShot


def bop_toolkit(module: str) -> Any:
    """A module of bop_toolkit, which is on no package index: BOP_TOOLKIT_DIR names a checkout."""
    checkout = os.environ.get("BOP_TOOLKIT_DIR")
    if not checkout:
        pytest.skip("BOP_TOOLKIT_DIR names no checkout of bop_toolkit")
    if checkout not in sys.path:
        sys.path.append(checkout)
    return importlib.import_module(f"bop_toolkit_lib.{module}")


def strict_reader_agrees(out: Path, dataset: Path) -> None:
    """Models drawn again at their poses cover our masks, depth, counts and boxes; all are there."""
    checked(out)
    scenes = {path.name for path in (out / "train_pbr").iterdir()}
    assert scenes == {key[:6] for key in straight(dataset)}
    pictures = {path.stem for path in out.glob("train_pbr/*/rgb/*")}
    assert pictures == {key[7:] for key in straight(dataset)}


def image_is_ours(image: dict[str, Any], shot: StoredShot) -> None:
    targets = [label for label in shot.annotations if label.role == "target"]
    masks = np.array([shot.ids == label.instance_id for label in targets])
    assert np.array_equal(np.array(image["mask_visib"]) > 0, masks)
    assert np.allclose(image["im_depth"], shot.depth * 1000, atol=1e-2)
    for label, pose in zip(targets, image["gt"], strict=True):
        assert np.allclose(pose["cam_R_m2c"], label.camera_from_object[:3, :3])


def bop_toolkit_reads_folders(out: Path, dataset: Path) -> None:
    """bop_toolkit: models, masks, depth and poses, scene by scene."""
    inout, scenewise = bop_toolkit("inout"), bop_toolkit("dataset.bop_scenewise")
    for path in (out / "models").glob("*.ply"):
        assert np.allclose(inout.load_ply(str(path))["pts"], load_ply(path).points)
    for key, shot in straight(dataset).items():
        folder = out / "train_pbr" / key[:6]
        image = scenewise.load_image_data(folder, int(key[7:]), load_mask=True, load_gt=True)
        image_is_ours(image, shot)


def bop_toolkit_reads_shards(out: Path, dataset: Path) -> None:
    """bop_toolkit: masks, depth and poses, from a tar."""
    reader, tar = bop_toolkit("dataset.bop_webdataset"), out / "train" / "shard-000000.tar"
    for key, shot in straight(dataset).items():
        image = reader.load_image_data(tar, key, load_gt=True, rgb_suffix=".png")
        image_is_ours(image, shot)


AGREE = (strict_reader_agrees, bop_toolkit_reads_folders)
