"""mlcroissant takes the card for valid and reads our labels through it."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clients import LEAKY, exported
from conftest import checksums

from scenegen.dataset import Dataset, StoredShot

mlcroissant = pytest.importorskip("mlcroissant")

pytestmark = [pytest.mark.filterwarnings(warning) for warning in LEAKY]


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("croissant") / "out"
    exported(rich, "croissant", folder)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a set, bytes as text."""
    dataset = mlcroissant.Dataset(folder / "croissant.json")
    return [
        {
            key.partition("/")[2]: value.decode() if isinstance(value, bytes) else value
            for key, value in record.items()
        }
        for record in dataset.records(name)
    ]


def compare(folder: Path, shots: list[StoredShot]) -> None:
    """Tables and pictures through mlcroissant against the dataset."""
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


def test_mlcroissant_reads_our_labels(written: Path, rich: Path) -> None:
    """Mutants: boxes as x0 y0 x1 y1; matrices column by column; objects of another shot."""
    compare(written, Dataset.open(rich).shots(0))
    deep = {path.name for path in (written / "depth").iterdir()}
    assert deep == {row["file"] for row in rows(written, "shots")}


def no_checksum(card: dict[str, Any]) -> None:
    del card["distribution"][0]["sha256"]


def unknown_source(card: dict[str, Any]) -> None:
    card["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "elsewhere.jsonl"


@pytest.mark.parametrize("mutant", [no_checksum, unknown_source])
def test_an_invalid_card_is_noticed(
    written: Path, tmp_path: Path, mutant: Callable[[dict[str, Any]], None]
) -> None:
    """Mutants: a table without a checksum; a field that comes from nowhere."""
    card = json.loads((written / "croissant.json").read_text())
    mutant(card)
    (tmp_path / "croissant.json").write_text(json.dumps(card))
    for name in ("shots.jsonl", "objects.jsonl"):
        (tmp_path / name).symlink_to(written / name)
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(tmp_path / "croissant.json")


def test_checksums_are_those_of_the_tables(written: Path) -> None:
    """Mutant: the checksum of a table that is not yet whole."""
    card = json.loads((written / "croissant.json").read_text())
    for entry in card["distribution"][:2]:
        data = (written / entry["contentUrl"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("bbox", lambda box: [box[0], box[1], box[0] + box[2], box[1] + box[3]]),
        ("camera_from_object", lambda pose: np.reshape(pose, (4, 4)).T.ravel().tolist()),
    ],
    ids=["x0 y0 x1 y1", "column by column"],
)
def test_mutants_are_noticed(
    written: Path, rich: Path, tmp_path: Path, column: str, change: Callable[[Any], Any]
) -> None:
    """Each alteration of the objects' table fails the comparison."""
    folder = shutil.copytree(written, tmp_path / "out")
    lines = [json.loads(line) for line in (written / "objects.jsonl").read_text().splitlines()]
    table = "".join(json.dumps({**line, column: change(line[column])}) + "\n" for line in lines)
    (folder / "objects.jsonl").write_text(table)
    card = json.loads((written / "croissant.json").read_text())
    card["distribution"][1]["sha256"] = hashlib.sha256(table.encode()).hexdigest()
    (folder / "croissant.json").write_text(json.dumps(card))
    with pytest.raises(AssertionError):
        compare(folder, Dataset.open(rich).shots(0))


def test_same_bytes_again(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutant: the day in the card."""
    exported(rich, "croissant", tmp_path / "again")
    assert checksums(tmp_path / "again") == checksums(written)
