"""Rerun's own reader finds in a recording what our labels say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clients import exported
from rerun_clients import AGREE, corners_apart, read, rerun

from scenegen.dataset import Dataset

pytest.importorskip("rerun")


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rerun") / "out"
    exported(rich, "rerun", folder)
    return folder / "000000.rrd"


@pytest.mark.parametrize("check", AGREE)
def test_rerun_agrees(check: Callable[[Path, Path], None], written: Path, rich: Path) -> None:
    """Mutants: half-pixel K; wxyz quaternions; boxes of the first capture at all times; metres per
    step, not steps per metre; ids as 8 bits; 2D boxes as x y w h; pinhole rays through a distorting
    lens; points in the camera's frame."""
    check(written.parent, rich)


def test_rerun_finds_a_cut_file(written: Path, tmp_path: Path) -> None:
    """Mutant: a file that was cut short."""
    cut = tmp_path / "cut.rrd"
    cut.write_bytes(written.read_bytes()[:-60_000])
    assert rerun("rrd", "verify", cut).returncode != 0


@pytest.mark.parametrize("mutant", ["half-pixel K", "wxyz", "first capture", "cm"])
def test_mutants_are_noticed(written: Path, rich: Path, mutant: str) -> None:
    """Each alteration moves corners by more than a third of a pixel."""
    rows = read(written)
    boxes = rows["/world/objects"]
    if mutant == "half-pixel K":
        for name in ("/world/eyes_left", "/world/eyes_right"):
            for row in rows[name].values():
                flat = row["Pinhole:image_from_camera"][0]
                row["Pinhole:image_from_camera"] = [[*flat[:6], flat[6] - 0.5, flat[7] - 0.5, 1]]
    elif mutant == "wxyz":
        for row in boxes.values():
            row["Boxes3D:quaternions"] = [np.roll(q, 1) for q in row["Boxes3D:quaternions"]]
    elif mutant == "first capture":
        boxes.pop(max(boxes))
    else:
        for row in boxes.values():
            row["Boxes3D:half_sizes"] = [np.array(s) * 100 for s in row["Boxes3D:half_sizes"]]
    assert corners_apart(rows, Dataset.open(rich).shots(0)) > 0.3


def test_same_data_again(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutant: another order of the shots each time."""
    exported(rich, "rerun", tmp_path / "again")
    assert rerun("rrd", "compare", written, tmp_path / "again" / "000000.rrd").returncode == 0
