"""Rerun's own reader finds in a recording what our labels say."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clients import exported

from scenegen import geometry
from scenegen.dataset import Dataset, StoredShot

pytest.importorskip("rerun")
pyarrow = pytest.importorskip("pyarrow")
from rerun.chunk import RrdReader  # noqa: E402


def rerun(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line that comes with the SDK."""
    return subprocess.run(
        [sys.executable, "-m", "rerun", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rerun") / "out"
    exported(rich, "rerun", folder)
    return folder / "000000.rrd"


Rows = dict[str, dict[int, dict[str, Any]]]


def plain(value: Any) -> Any:
    """Long lists of numbers as arrays, the rest as Python has it."""
    values = getattr(value, "values", None)
    while (
        values is not None and hasattr(values, "flatten") and pyarrow.types.is_nested(values.type)
    ):
        if pyarrow.types.is_struct(values.type):
            return value.as_py()
        values = values.flatten()
    if values is None or not pyarrow.types.is_primitive(values.type) or len(values) < 1000:
        return value.as_py()
    return values.to_numpy()


def read(place: Path) -> Rows:
    """Components by name, by number of the shot (−1: at all times), by entity."""
    found: Rows = {}
    for chunk in RrdReader(place).stream():
        batch = chunk.to_record_batch()
        shots = batch["shot"].to_pylist() if "shot" in batch.schema.names else [-1]
        for number, place in enumerate(shots):
            row = {name: plain(batch[name][number]) for name in batch.schema.names[1:]}
            found.setdefault(chunk.entity_path, {}).setdefault(place, {}).update(row)
    return found


def place_of(shot: StoredShot) -> str:
    camera = shot.camera
    return "/world/" + "_".join(filter(None, (camera.name or "camera", camera.eye)))


def matrix(row: dict[str, Any]) -> np.ndarray:
    """`world_from_camera`; Rerun keeps columns."""
    rotation = np.reshape(row["Transform3D:mat3x3"][0], (3, 3)).T
    return geometry.transform(rotation, row["Transform3D:translation"][0])


def corners_apart(rows: Rows, shots: list[StoredShot]) -> float:
    """Largest distance in pixels between our box corners and Rerun's boxes through its pinhole."""
    apart = []
    for number, shot in enumerate(shots):
        if shot.camera.distortion is not None:
            continue
        row = rows[place_of(shot)][number]
        pinhole = np.reshape(row["Pinhole:image_from_camera"][0], (3, 3)).T
        capture = max(n for n in rows["/world/objects"] if n <= number)
        boxes = rows["/world/objects"][capture]
        for k, name in enumerate(boxes["Boxes3D:class_ids"]):
            label = next(o for o in shot.annotations if o.instance_id == name)
            turn = geometry.rotation_from_quaternion_xyzw(boxes["Boxes3D:quaternions"][k])
            pose = geometry.transform(turn, boxes["Boxes3D:centers"][k])
            size = 2 * np.array(boxes["Boxes3D:half_sizes"][k])
            world = geometry.apply(pose, geometry.box_corners([0, 0, 0], size))
            seen = geometry.apply(geometry.inverse(matrix(row)), world)
            pixels = geometry.project(pinhole, seen) - 0.5  # their frame begins at a corner
            wanted = np.array(label.corners_image, np.float64)
            apart.append(np.abs(pixels - wanted).max())
    return float(np.nan_to_num(apart, nan=np.inf).max())  # not a number: behind the camera


def test_rerun_verifies(written: Path, tmp_path: Path) -> None:
    """Mutant: a file that was cut short."""
    done = rerun("rrd", "verify", written)
    assert done.returncode == 0, done.stderr
    cut = tmp_path / "cut.rrd"
    cut.write_bytes(written.read_bytes()[:-60_000])
    assert rerun("rrd", "verify", cut).returncode != 0


def test_boxes_and_cameras(written: Path, rich: Path) -> None:
    """Mutants: half-pixel K; wxyz quaternions; boxes of the first capture at all times."""
    shots = Dataset.open(rich).shots(0)
    rows = read(written)
    assert corners_apart(rows, shots) < 1e-2
    for number, shot in enumerate(shots):
        assert ("Pinhole:resolution" in rows[place_of(shot)][number]) == (
            shot.camera.distortion is None
        )


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


def test_pictures_and_labels(written: Path, rich: Path) -> None:
    """Mutants: metres per step, not steps per metre; ids as 8 bits; boxes as x y w h."""
    rows = read(written)
    for number, shot in enumerate(Dataset.open(rich).shots(0)):
        name = place_of(shot)
        assert bytes(rows[f"{name}/rgb"][number]["EncodedImage:blob"]) == (
            shot.path("rgb").read_bytes()
        )
        depth = rows[f"{name}/depth"][number]
        assert bytes(depth["EncodedDepthImage:blob"]) == shot.path("depth").read_bytes()
        assert depth["EncodedDepthImage:meter"] == [pytest.approx(1 / shot.depth_scale)]
        ids = bytes(rows[f"{name}/ids"][number]["SegmentationImage:buffer"])
        assert np.array_equal(np.frombuffer(ids, "<u2").reshape(shot.ids.shape), shot.ids)
        seen = [o for o in shot.annotations if o.role == "target" and o.px_visible]
        boxes = rows[f"{name}/boxes"][number]
        assert boxes["Boxes2D:class_ids"] == [o.instance_id for o in seen]
        center, half = (np.array(boxes[f"Boxes2D:{key}"]) for key in ("centers", "half_sizes"))
        found = np.concatenate([center - half, center + half], axis=1)
        assert np.array_equal(found, [o.box_visible for o in seen])


def test_points_lie_where_the_depth_says(written: Path, rich: Path) -> None:
    """Mutants: pinhole rays through a distorting lens; points in the camera's frame."""
    from scenegen import lens

    rows = read(written)
    for number, shot in enumerate(Dataset.open(rich).shots(0)):
        row = rows[place_of(shot).replace("/world/", "/world/points/")][number]
        world = row["Points3D:positions"].reshape(-1, 3)
        seen = geometry.apply(geometry.inverse(shot.camera.world_from_camera), world)
        rows_px, columns_px = np.nonzero(shot.depth > 0)
        assert np.allclose(seen[:, 2], shot.depth[rows_px, columns_px], atol=1e-5)
        pixels = lens.project(shot.camera, seen)
        assert np.abs(pixels - np.stack([columns_px, rows_px], axis=1)).max() < 1e-2


def test_same_data_again(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutant: another order of the shots each time."""
    exported(rich, "rerun", tmp_path / "again")
    assert rerun("rrd", "compare", written, tmp_path / "again" / "000000.rrd").returncode == 0
