"""What mlcroissant reads through a card, compared with the dataset."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenegen.dataset import Dataset


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a set, bytes as text."""
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(folder / "croissant.json")
    return [
        {
            key.partition("/")[2]: value.decode() if isinstance(value, bytes) else value
            for key, value in record.items()
        }
        for record in dataset.records(name)
    ]


def mlcroissant_agrees(folder: Path, dataset: Path) -> None:
    """mlcroissant: the card is valid; tables and pictures read through it are ours."""
    shots = [*Dataset.open(dataset).all_shots()]
    table, objects = rows(folder, "shots"), rows(folder, "objects")
    pictures = {row["file"]: row["image"] for row in rows(folder, "images")}
    assert len(table) == len(shots)
    for row, shot in zip(table, shots, strict=True):
        assert np.allclose(row["K"], shot.camera.K.ravel(), rtol=0, atol=1e-9)
        pose = np.reshape(row["world_from_camera"], (4, 4))
        assert np.allclose(pose, shot.camera.world_from_camera, rtol=0, atol=1e-9)
        assert np.array_equal(np.asarray(pictures[row["file"]]), shot.rgb)
        seen = [o for o in shot.annotations if o.role == "target" and o.px_visible]
        mine = [entry for entry in objects if entry["image_id"] == row["image_id"]]
        for entry, label in zip(mine, seen, strict=True):
            assert (entry["instance_id"], entry["category"]) == (label.instance_id, label.category)
            x, y, width, height = entry["bbox"]
            assert (x, y, x + width, y + height) == label.box_visible
            pose = np.reshape(entry["camera_from_object"], (4, 4))
            assert np.allclose(pose, label.camera_from_object, rtol=0, atol=1e-9)


AGREE = (mlcroissant_agrees,)
