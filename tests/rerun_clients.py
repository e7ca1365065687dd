"""What Rerun's own reader finds in recordings, compared with the dataset."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenegen import geometry, lens
from scenegen.dataset import Dataset, StoredShot


def rerun(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line that comes with the SDK."""
    return subprocess.run(
        [sys.executable, "-m", "rerun", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


Rows = dict[str, dict[int, dict[str, Any]]]


def plain(value: Any) -> Any:
    """Long lists of numbers as arrays, the rest as Python has it."""
    values = getattr(value, "values", None)
    pyarrow = pytest.importorskip("pyarrow")
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
    reader = pytest.importorskip("rerun.chunk")
    for chunk in reader.RrdReader(place).stream():
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


def same_pictures_and_boxes(rows: Rows, shots: list[StoredShot]) -> None:
    for number, shot in enumerate(shots):
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


def points_lie_where_the_depth_says(rows: Rows, shots: list[StoredShot]) -> None:
    for number, shot in enumerate(shots):
        row = rows[place_of(shot).replace("/world/", "/world/points/")][number]
        world = row["Points3D:positions"].reshape(-1, 3)
        seen = geometry.apply(geometry.inverse(shot.camera.world_from_camera), world)
        pixels = lens.project(shot.camera, seen)
        places = np.rint(pixels).astype(int)
        assert np.abs(pixels - places).max() < 1e-2
        assert np.allclose(seen[:, 2], shot.depth[places[:, 1], places[:, 0]], atol=1e-5)
        assert len(np.unique(places, axis=0)) == len(places)
        assert len(places) >= min(np.count_nonzero(shot.depth), 40_000) / 4  # a sample of many


def rerun_verifies(out: Path, dataset: Path) -> None:
    """Rerun's command line: a whole recording a scene."""
    pytest.importorskip("rerun")
    for index in Dataset.open(dataset):
        done = rerun("rrd", "verify", out / f"{index:06d}.rrd")
        assert done.returncode == 0, done.stderr


def rerun_reads_our_labels(out: Path, dataset: Path) -> None:
    """Rerun's reader: boxes through its cameras, pictures, 2D boxes and points are ours."""
    opened = Dataset.open(dataset)
    for index in opened:
        rows, shots = read(out / f"{index:06d}.rrd"), opened.shots(index)
        assert corners_apart(rows, shots) < 1e-2
        for number, shot in enumerate(shots):
            pinhole = "Pinhole:resolution" in rows[place_of(shot)][number]
            assert pinhole == (shot.camera.distortion is None)
        same_pictures_and_boxes(rows, shots)
        points_lie_where_the_depth_says(rows, shots)


AGREE = (rerun_verifies, rerun_reads_our_labels)
