"""KITTI: our own strict reader, torchvision and datumaro read it and agree with us.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clients import LEAKY, exported, torchvision_datasets
from conftest import checksums
from kitti_reader import (
    LEFT,
    check,
    corners_of,
    labels,
    objects,
    shots,
)

from scenegen.dataset import Dataset, StoredShot
from scenegen.export import Options, export_dataset
from scenegen.export.selection import select


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


def test_strict_reader_agrees(kitti: Path, rich: Path) -> None:
    """Mutants: those of `MUTANTS`, below."""
    check(kitti, rich)
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


MUTANTS: dict[str, Callable[[Path], None]] = {
    "middle for bottom": on_labels(at_the_centre),
    "l w h for h w l": on_labels(lambda r: [*r[:8], *r[10:7:-1], *r[11:]]),
    "turned the other way": on_labels(lambda r: [*r[:14], str(-float(r[14]))]),
    "alpha for ry": on_labels(lambda r: [*r[:14], r[3]]),
    "cm for m": on_labels(lambda r: [*r[:11], *(str(float(v) * 100) for v in r[11:14]), r[14]]),
    "half-open boxes": on_labels(lambda r: [*r[:6], str(float(r[6]) + 1), *r[7:]]),
    "baseline's sign": baseline_sign,
    "half a pixel in P2": half_a_pixel,
    "depth in mm": depth_in_mm,
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_strict_reader_finds_a_mutant(copy: Path, rich: Path, mutant: str) -> None:
    """Mutant: a reader that believes what it reads."""
    MUTANTS[mutant](copy)
    with pytest.raises(AssertionError):
        check(copy, rich)


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize("mutant", [None, "middle for bottom", "l w h for h w l", "cm for m"])
def test_torchvision_reads_objects(copy: Path, rich: Path, mutant: str | None) -> None:
    """Mutants: each of those listed, found in what torchvision makes of the labels."""
    if mutant:
        MUTANTS[mutant](copy)
    reader = torchvision_datasets().Kitti(str(copy / "train"))
    truth = shots(rich)
    assert len(reader) == len(truth)
    wrong = 0
    for number, path in enumerate(reader.images):  # in no order: names tell
        picture, told = reader[number]
        shot = truth[Path(path).stem]
        assert np.array_equal(np.asarray(picture), shot.rgb)
        seen = [o for o in shot.annotations if o.role == "target" and o.px_visible]
        for entry, label in zip(told, seen, strict=True):
            numbers = [entry["truncated"], entry["occluded"], entry["alpha"], *entry["bbox"],
                       *entry["dimensions"], *entry["location"], entry["rotation_y"]]  # fmt: skip
            box = corners_of(numbers)
            inner = np.array(label.corners_camera)
            wrong += not np.allclose(
                [box[:, 1].min(), box[:, 1].max()],
                [inner[:, 1].min(), inner[:, 1].max()],
                atol=1e-5,
            ) or not np.allclose(box.mean(axis=0)[[0, 2]], inner.mean(axis=0)[[0, 2]], atol=1e-5)
    assert bool(wrong) == bool(mutant)


DATUMARO = """
import json, sys
import datumaro as dm
found = dm.Environment().detect_dataset(sys.argv[1])
data = dm.Dataset.import_from(sys.argv[1], "kitti3d")
labels = data.categories()[dm.AnnotationType.label]
print(json.dumps({"formats": found, "items": {item.id: [
    [labels[a.label].name, a.x, a.y, a.w, a.h, a.attributes] for a in item.annotations
] for item in data}}))
"""


@pytest.mark.parametrize("mutant", [None, "half-open boxes", "middle for bottom"])
def test_datumaro(copy: Path, kitti: Path, mutant: str | None) -> None:
    """Mutants: each of those listed, found in what datumaro makes of the labels."""
    python = os.environ.get("DATUMARO_PYTHON")
    if not python:
        pytest.skip("DATUMARO_PYTHON names no interpreter that has datumaro")
    if mutant:
        MUTANTS[mutant](copy)
    command = [python, "-c", DATUMARO, str(objects(copy))]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    assert "kitti3d" in found["formats"]
    assert set(found["items"]) == set(LEFT)
    same = []
    for name, told in found["items"].items():
        truth = labels(objects(kitti) / "label_2" / f"{name}.txt")
        for (word, x, y, w, h, more), (category, numbers) in zip(told, truth, strict=True):
            x0, y0, x1, y1 = numbers[3:7]
            assert word == category
            same.append(
                np.allclose([x, y, w, h], [x0, y0, x1 - x0, y1 - y0], atol=0.01)
                and np.allclose(more["location"], numbers[10:13])
                and np.allclose(more["dimensions"], numbers[7:10])
            )
    assert all(same) == (mutant is None)


# ---------------------------------------------------------------------------- stereo and motion


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


def matched(first: Any, second: Any, moved: np.ndarray, there: np.ndarray) -> float:
    """Share of pixels that have another color where they are said to go."""
    rows, columns = np.nonzero(there)
    height, width = there.shape
    x = np.clip(np.rint(columns + moved[0][there]), 0, width - 1).astype(int)
    y = np.clip(np.rint(rows + moved[1][there]), 0, height - 1).astype(int)
    apart = np.asarray(first, float)[rows, columns] - np.asarray(second, float)[y, x]
    return float(np.mean(np.abs(apart).mean(axis=-1) > 30))


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize("mutant", [None, coarser, eyes_swapped])
def test_torchvision_reads_disparity(copy: Path, rich: Path, mutant: Any) -> None:
    """Mutants: 8 bits for 16; the eyes swapped."""
    if mutant:
        mutant(copy)
    reader = torchvision_datasets().Kitti2012Stereo(str(copy / "train"))
    assert len(reader) == len(LEFT)
    good = []
    for number, shot in enumerate(shots(rich).values()):
        left, right, disparity, *_ = reader[number]
        both = shot.stereo_occlusion == 1
        assert not disparity[0][~both].any()
        fx, z = shot.camera.K[0, 0], shot.depth[both]
        error = np.abs(disparity[0][both] - fx * 0.06 / z).max()
        # half a step of disparity, and what half a step of depth makes of it
        exact = error <= 1 / 512 + fx * 0.06 / z.min() ** 2 * 5e-5
        moved = np.stack([-disparity[0], np.zeros_like(disparity[0])])
        good.append(exact and matched(left, right, moved, both) < 0.05)
    assert all(good) if mutant is None else not any(good)


def flow_of(root: Path) -> tuple[np.ndarray, np.ndarray]:
    """(2, H, W) and (H, W) as torchvision reads them, the pixels where both pictures show it."""
    reader = torchvision_datasets().KittiFlow(str(root / "train"))
    assert len(reader) == 1
    _, _, flow, valid = reader[0]
    return flow, valid


@pytest.mark.filterwarnings(*LEAKY)
@pytest.mark.parametrize("mutant", [None, rows_for_columns])
def test_torchvision_reads_flow(copy: Path, rich: Path, mutant: Any) -> None:
    """Mutant: (Δrow, Δcolumn)."""
    torchvision_datasets()
    pytest.importorskip("torchvision.io")
    if mutant:
        mutant(copy)
    try:
        flow, valid = flow_of(copy)
    except (RuntimeError, AttributeError) as error:
        pytest.skip(f"torchvision cannot decode PNGs here: {error}")
    assert flow_is_right(flow, valid, shots(rich)["000000"]) == (mutant is None)


def flow_is_right(flow: np.ndarray, valid: np.ndarray, shot: StoredShot) -> bool:
    """Against depth, scene flow and K, which together give the flow."""
    there = np.isfinite(shot.flow[..., 0])
    assert np.array_equal(valid, there)
    rows, columns = np.nonzero(there)
    rays = np.column_stack([columns, rows, np.ones(len(rows))]) @ np.linalg.inv(shot.camera.K).T
    points = rays * shot.depth[there][:, None] + shot.scene_flow[there]
    pixels = points @ shot.camera.K.T
    truth = pixels[:, :2] / pixels[:, 2:] - np.column_stack([columns, rows])
    return bool(np.abs(flow[:, there].T - truth).max() < 0.05)


@pytest.mark.parametrize("mutant", [None, rows_for_columns])
def test_opencv_reads_flow(copy: Path, rich: Path, mutant: Any) -> None:
    """Mutants: (Δrow, Δcolumn); flow_noc with pixels that are hidden then."""
    if mutant:
        mutant(copy)
    shot, folder = shots(rich)["000000"], copy / "train" / "KittiFlow" / "training"
    color = cv2.imread(str(folder / "flow_occ" / "000000_10.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    flow = (np.moveaxis(color[..., :2].astype(float), -1, 0) - 2**15) / 64
    assert flow_is_right(flow, color[..., 2] > 0, shot) == (mutant is None)
    seen = cv2.imread(str(folder / "flow_noc" / "000000_10.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.array_equal(seen[..., 2] > 0, (shot.flow_occlusion == 1) & (color[..., 2] > 0))
    both = seen[..., 2] > 0
    first, second = (cv2.imread(str(folder / "image_2" / f"000000_{n}.png")) for n in (10, 11))
    assert (matched(first, second, flow, both) < 0.1) == (mutant is None)


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
