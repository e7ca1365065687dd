"""YOLO: Ultralytics reads every file, finds the same objects in the same places, and trains.

A strict reader by its rules does the same where it is not installed, except for training.
Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
import yolo_reader
from clients import exported
from hypothesis import given, settings
from hypothesis import strategies as st
from running import checksums
from yolo_clients import Truth, agrees, truth, ultralytics
from yolo_reader import Found

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export import Options, export_dataset
from scenegen.export.selection import select
from scenegen.export.yolo_rows import BOX_POINTS, ROWS, box_points, smallest_rectangle
from scenegen.scene import Keypoint

Change = Callable[[list[str], tuple[int, int]], list[str]]


@pytest.fixture(scope="module")
def ours(rich: Path) -> Truth:
    return truth(rich)


# ---------------------------------------------------------------------------- mutants


def moved(by: float) -> Change:
    """All coordinates of a polygon or keypoints, in pixels; those of a box stay."""

    def change(row: list[str], size: tuple[int, int]) -> list[str]:
        step = 3 if len(row) == 5 + 27 else 2
        start = 5 if step == 3 else 1
        for place in range(start, len(row), step):
            for axis in (0, 1):
                share = float(row[place + axis]) + by / size[axis]
                row[place + axis] = f"{min(max(share, 0), 1):.6f}"
        return row

    return change


def around_centers(row: list[str], size: tuple[int, int]) -> list[str]:
    """The polygon that findContours gives, without the half pixel."""
    points = np.array(row[1:], float).reshape(-1, 2) * size
    mask = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(mask, [points.astype(np.int32)], 1)
    lines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    line = max(lines, key=len)[:, 0]
    line = np.concatenate([line, line[-1:], line[-1:]])  # three points at least
    return [row[0], *(f"{value:.6f}" for value in (line / size).ravel())]


def on_edges(row: list[str], size: tuple[int, int]) -> list[str]:
    """The polygon on the edges of the pixels."""
    points = np.round(np.array(row[1:], float).reshape(-1, 2) * size)
    return [row[0], *(f"{value:.6f}" for value in (points / size).ravel())]


def class_from_one(row: list[str], size: tuple[int, int]) -> list[str]:
    return [str(int(row[0]) + 1), *row[1:]]


def in_pixels(row: list[str], size: tuple[int, int]) -> list[str]:
    return [row[0], *(str(float(v) * size[k % 2]) for k, v in enumerate(row[1:]))]


def two_corners(row: list[str], size: tuple[int, int]) -> list[str]:
    x, y, w, h = map(float, row[1:5])
    return [row[0], *(str(v) for v in (x - w / 2, y - h / 2, x + w / 2, y + h / 2)), *row[5:]]


def inclusive(row: list[str], size: tuple[int, int]) -> list[str]:
    w, h = float(row[3]) - 1 / size[0], float(row[4]) - 1 / size[1]
    return [*row[:3], f"{w:.6f}", f"{h:.6f}", *row[5:]]


def corners_swapped(row: list[str], size: tuple[int, int]) -> list[str]:
    """z before x: corner 1 for corner 4, 3 for 6."""
    points = [row[5 + 3 * k : 8 + 3 * k] for k in range(9)]
    order = (0, 4, 2, 6, 1, 5, 3, 7, 8)
    return [*row[:5], *(value for k in order for value in points[k])]


def upright(row: list[str], size: tuple[int, int]) -> list[str]:
    points = np.array(row[1:], float).reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return [row[0], *(str(value) for value in (x0, y0, x1, y0, x1, y1, x0, y1))]


MUTANTS: dict[str, tuple[str, Change]] = {
    "detect_class_from_one": ("detect", class_from_one),
    "detect_in_pixels": ("detect", in_pixels),
    "detect_two_corners": ("detect", two_corners),
    "detect_inclusive": ("detect", inclusive),
    "segment_centers": ("segment", around_centers),
    "segment_moved": ("segment", moved(-0.5)),
    "segment_on_edges": ("segment", on_edges),
    "pose_moved": ("pose", moved(-0.5)),
    "pose_corners_swapped": ("pose", corners_swapped),
    "obb_upright": ("obb", upright),
    "obb_moved": ("obb", moved(-0.5)),
}


def spoil(folder: Path, change: Change) -> None:
    for path in folder.glob("labels/*/*.txt"):
        picture = folder / "images" / path.parent.name / f"{path.stem}.png"
        height, width = cv2.imread(str(picture)).shape[:2]
        rows = [change(line.split(), (width, height)) for line in path.read_text().splitlines()]
        path.unlink()
        path.write_text("".join(" ".join(row) + "\n" for row in rows))


def card_without(key: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        card = yaml.safe_load((folder / "data.yaml").read_text())
        del card[key]
        (folder / "data.yaml").write_text(yaml.safe_dump(card))

    return change


CARDS = {"pose_no_shape": ("pose", "kpt_shape"), "detect_no_val": ("detect", "val")}


@pytest.fixture(scope="module", params=["plain", "ultralytics"])
def found(
    rich: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, Found]:
    """What a reader finds in each task's export, and in each mutant; read in one go."""
    root = tmp_path_factory.mktemp("yolo")
    jobs = []
    for task in ROWS:
        exported(rich, "yolo", root / task, task=task)
        jobs.append((root / task, task))
    for name, (task, change) in MUTANTS.items():
        shutil.copytree(root / task, root / name)
        spoil(root / name, change)
        jobs.append((root / name, task))
    for name, (task, key) in CARDS.items():
        shutil.copytree(root / task, root / name)
        card_without(key)(root / name)
        jobs.append((root / name, task))
    if request.param == "plain":
        return {path.name: yolo_reader.read(path, task) for path, task in jobs}
    return ultralytics("read", jobs, root)


@pytest.mark.parametrize("task", ROWS)
def test_readers_agree(task: str, found: dict[str, Found], ours: Truth) -> None:
    """Mutants: those below."""
    agrees(task, found[task], ours)


@pytest.mark.parametrize("name", [*MUTANTS, *CARDS])
def test_readers_find_mutants(name: str, found: dict[str, Found], ours: Truth) -> None:
    """Mutants: each named one."""
    task = (MUTANTS | CARDS)[name][0]
    with pytest.raises(AssertionError):
        agrees(task, found[name], ours)


def test_ultralytics_trains(rich: Path, tmp_path: Path) -> None:
    """Mutant: a data.yaml that lacks what one of the tasks needs."""
    jobs = []
    for task in ROWS:
        exported(rich, "yolo", tmp_path / task, task=task)
        jobs.append((tmp_path / task, task))
    exported(rich, "yolo", tmp_path / "mutant", task="pose")
    card_without("kpt_shape")(tmp_path / "mutant")
    results = ultralytics("train", [*jobs, (tmp_path / "mutant", "pose")], tmp_path)
    assert "error" in results.pop("mutant")
    for task in ROWS:
        assert results[task]["epoch"] == 1, results[task]
        assert np.isfinite(list(results[task].values())).all()


# ---------------------------------------------------------------------------- without a client


def test_hidden_corners_are_told_apart(ours: Truth) -> None:
    """Mutants: hidden corners written as seen, or as not there; a corner's name taken for another's."""
    shot, label = ours["000000_0000.png"][0]
    states = ("visible", "self_occluded", "occluded", "outside") * 2 + ("visible",)
    points = tuple(
        Keypoint(name, (0, 0, 0), (0, 0, 1), (float(k), 10.0 + k), state)
        for k, (name, state) in enumerate(zip(BOX_POINTS, states, strict=True))
    )
    found = box_points(shot.camera, replace(label, keypoints=points))
    expected = [
        (k + 0.5, 10.5 + k, v) if v else (0, 0, 0) for k, v in enumerate((2, 1, 1, 0) * 2 + (2,))
    ]
    assert found == expected
    assert {v for _, _, v in box_points(shot.camera, label)} <= {0, 1}


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20)), min_size=3, max_size=9).filter(
        lambda points: np.linalg.matrix_rank(np.subtract(points, points[0])) == 2
    )
)
@settings(max_examples=200, deadline=None)
def test_rectangles_stay_in_the_picture(points: list[tuple[int, int]]) -> None:
    """Mutants: corners cut off at the border, which turns the rectangle; not the smallest."""
    corners = smallest_rectangle(points, 30, 20)
    assert np.all((corners >= 0) & (corners <= (30, 20)))
    sides = np.roll(corners, -1, axis=0) - corners
    assert np.einsum("ij,ij->i", sides, np.roll(sides, -1, axis=0)) == pytest.approx(0, abs=1e-3)
    shape = corners.astype(np.float32)
    assert all(cv2.pointPolygonTest(shape, point, True) > -1e-3 for point in points)
    tight = cv2.minAreaRect(np.array(points, np.float32))
    if np.all((cv2.boxPoints(tight) >= 0) & (cv2.boxPoints(tight) <= (30, 20))):
        assert cv2.contourArea(shape) <= np.prod(tight[1]) * (1 + 1e-3)


@pytest.mark.parametrize("task", ROWS)
def test_little_seen_is_left_out_and_counted(task: str, rich: Path, tmp_path: Path) -> None:
    """Mutants: written all the same; not counted; a picture without objects left out."""
    selection = select(Dataset.open(rich), min_visible=0.4)
    remarks = export_dataset(selection, "yolo", tmp_path / "out", Options({"task": task}))
    left = sum(len(picked.ignored) for picked in selection)
    rows = [path.read_text().splitlines() for path in (tmp_path / "out").glob("labels/train/*.txt")]
    assert len(rows) == len(list((tmp_path / "out/images/train").iterdir())) == 6
    assert sum(map(len, rows)) == sum(len(picked.objects) for picked in selection)
    assert left
    assert f"{left} objects seen less than min_visible were left out" in remarks


def test_splits_and_names(made: Path, tmp_path: Path) -> None:
    """Mutants: validated on nothing; names from 1; a scene in two splits; an absolute path."""
    out = tmp_path / "out"
    selection = select(Dataset.open(made), "train=0.6,val=0.4", "mug,can=round")
    remarks = export_dataset(selection, "yolo", out, Options())
    card = yaml.safe_load((out / "data.yaml").read_text())
    assert card == {"train": "images/train", "val": "images/val", "names": {0: "mug", 1: "round"}}
    assert not any("stands in" in remark or "instead" in remark for remark in remarks)
    scenes = [{path.name[:6] for path in (out / card[key]).iterdir()} for key in ("train", "val")]
    assert scenes[0]
    assert scenes[1]
    assert not scenes[0] & scenes[1]
    remarks = exported(made, "yolo", tmp_path / "all")
    assert yaml.safe_load((tmp_path / "all/data.yaml").read_text())["val"] == "images/train"
    assert "there is no picture in a split 'val': data.yaml names images/train instead" in remarks


def test_same_bytes_and_continues(rich: Path, tmp_path: Path) -> None:
    """Mutants: rows in chance order; a second run that refuses, or adds to what is there."""
    exported(rich, "yolo", tmp_path / "a", task="segment")
    for missing in ("", "labels/train/000000_0003.txt", "data.yaml"):
        if missing:
            (tmp_path / "b" / missing).unlink()
        exported(rich, "yolo", tmp_path / "b", task="segment")
        assert checksums(tmp_path / "a") == checksums(tmp_path / "b")


def test_mistakes_are_explained(rich: Path, tmp_path: Path) -> None:
    """Mutant: an unknown task taken for the usual one."""
    with pytest.raises(DatasetError, match="yolo knows detect, segment, pose, obb"):
        exported(rich, "yolo", tmp_path / "out", task="depth")
