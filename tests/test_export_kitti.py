"""KITTI: our own strict reader, torchvision and datumaro read it and agree with us.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from clients import LEAKY, exported
from kitti_clients import (
    AGREE,
    datumaro_reads_objects,
    opencv_reads_flow,
    torchvision_reads_disparity,
    torchvision_reads_flow,
    torchvision_reads_objects,
)
from kitti_reader import check, labels, objects, shots
from running import checksums

from scenegen.dataset import Dataset
from scenegen.export import Options, export_dataset
from scenegen.export.selection import select

Check = Callable[[Path, Path], None]


@pytest.fixture(scope="module")
def kitti(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kitti") / "out"
    exported(rich, "kitti", out)
    return out


@pytest.fixture
def copy(kitti: Path, tmp_path: Path) -> Path:
    shutil.copytree(kitti, tmp_path / "kitti")
    return tmp_path / "kitti"


# ---------------------------------------------------------------------------- labels


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize("check", AGREE)
def test_clients_agree(check: Check, kitti: Path, rich: Path) -> None:
    """Mutants: those below."""
    check(kitti, rich)


def test_pictures_are_not_copied(kitti: Path, rich: Path) -> None:
    """Mutant: a million copies."""
    assert [*shots(rich)] == ["000000", "000003"]
    for name, shot in shots(rich).items():
        assert (objects(kitti) / "image_2" / f"{name}.png").samefile(shot.path("rgb"))


def on_labels(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        for path in (objects(root) / "label_2").iterdir():
            rows = [change(line.split(" ")) for line in path.read_text().splitlines()]
            path.write_text("".join(" ".join(row) + "\n" for row in rows))

    return apply


def at_the_centre(row: list[str]) -> list[str]:
    return [*row[:12], str(float(row[12]) - float(row[8]) / 2), *row[13:]]


def baseline_sign(root: Path) -> None:
    for path in (objects(root) / "calib").iterdir():
        lines = path.read_text().splitlines()
        row = lines[3].split(" ")
        row[4] = str(-float(row[4]))
        path.write_text("\n".join([*lines[:3], " ".join(row), *lines[4:]]) + "\n")


def half_a_pixel(root: Path) -> None:
    for path in (objects(root) / "calib").iterdir():
        lines = path.read_text().splitlines()
        row = lines[2].split(" ")
        row[3] = str(float(row[3]) + 0.5)
        path.write_text("\n".join([*lines[:2], " ".join(row), *lines[3:]]) + "\n")


def depth_in_mm(root: Path) -> None:
    for path in (objects(root) / "depth_2").iterdir():
        depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) / 256 * 1000
        cv2.imwrite(str(path), depth.astype(np.uint16))


def coarser(root: Path) -> None:
    for path in root.glob("train/*/training/disp_*/*.png"):
        steps = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        path.unlink()
        cv2.imwrite(str(path), (steps // 256).astype(np.uint8))


def rows_for_columns(root: Path) -> None:
    for path in root.glob("train/*/training/flow_*/*.png"):
        color = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        path.unlink()
        cv2.imwrite(str(path), np.ascontiguousarray(color[..., [0, 2, 1]]))


def eyes_swapped(root: Path) -> None:
    stereo = root / "train" / "Kitti2012" / "training"
    (stereo / "colored_0").rename(stereo / "aside")
    (stereo / "colored_1").rename(stereo / "colored_0")
    (stereo / "aside").rename(stereo / "colored_1")


LABELS = (check, torchvision_reads_objects, datumaro_reads_objects)
MUTANTS: dict[str, tuple[Callable[[Path], None], tuple[Check, ...]]] = {
    "middle for bottom": (on_labels(at_the_centre), LABELS),
    "l w h for h w l": (
        on_labels(lambda r: [*r[:8], *r[10:7:-1], *r[11:]]),
        (check, torchvision_reads_objects),
    ),
    "turned the other way": (on_labels(lambda r: [*r[:14], str(-float(r[14]))]), (check,)),
    "alpha for ry": (on_labels(lambda r: [*r[:14], r[3]]), (check,)),
    "cm for m": (
        on_labels(lambda r: [*r[:11], *(str(float(v) * 100) for v in r[11:14]), r[14]]),
        LABELS,
    ),
    "half-open boxes": (
        on_labels(lambda r: [*r[:6], str(float(r[6]) + 1), *r[7:]]),
        (check, datumaro_reads_objects),
    ),
    "baseline's sign": (baseline_sign, (check,)),
    "half a pixel in P2": (half_a_pixel, (check,)),
    "depth in mm": (depth_in_mm, (check,)),
    "disparity of 8 bits": (coarser, (torchvision_reads_disparity,)),
    "eyes swapped": (eyes_swapped, (torchvision_reads_disparity,)),
    "rows for columns": (rows_for_columns, (torchvision_reads_flow, opencv_reads_flow)),
}
CAUGHT = [(name, finder) for name, (_, finders) in MUTANTS.items() for finder in finders]


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize(("mutant", "finder"), CAUGHT)
def test_clients_find_a_mutant(mutant: str, finder: Check, copy: Path, rich: Path) -> None:
    """Mutants: each named one; a reader that believes what it reads."""
    MUTANTS[mutant][0](copy)
    with pytest.raises(AssertionError):
        finder(copy, rich)


# ---------------------------------------------------------------------------- the rest


def test_faint_objects_are_dont_care(rich: Path, tmp_path: Path) -> None:
    """Mutant: objects that are hardly seen left out, so that finding them is an error."""
    selection = select(Dataset.open(rich), min_visible=0.5)
    export_dataset(selection, "kitti", tmp_path / "out", Options())
    told = labels(objects(tmp_path / "out") / "label_2" / "000000.txt")
    assert [name for name, _ in told] == ["mug", "scissors", "can", "bowl", "DontCare"]
    assert told[-1][1][:3] == [-1, -1, -10]
    assert told[-1][1][7:] == [-1, -1, -1, -1000, -1000, -1000, -10]


def test_numbers_stay_as_scenes_come(made: Path, tmp_path: Path) -> None:
    """Mutants: numbers counted on; a clock in a file."""
    exported(made, "kitti", tmp_path / "at_once")
    part = tmp_path / "part"
    shutil.copytree(made, part)
    shutil.move(part / "scenes" / "000001", tmp_path / "later")
    exported(part, "kitti", tmp_path / "out")
    shutil.move(tmp_path / "later", part / "scenes" / "000001")
    exported(part, "kitti", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(tmp_path / "at_once")
    names = {path.stem for path in (objects(tmp_path / "out") / "label_2").iterdir()}
    assert names == {"000000", "000002", "000004", "000006", "000008", "000010"}
