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
from croissant_clients import mlcroissant_agrees, rows
from running import checksums

mlcroissant = pytest.importorskip("mlcroissant")

pytestmark = [pytest.mark.filterwarnings(warning) for warning in LEAKY]


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("croissant") / "out"
    exported(rich, "croissant", folder)
    return folder


def test_mlcroissant_reads_our_labels(written: Path, rich: Path) -> None:
    """Mutants: boxes as x0 y0 x1 y1; matrices column by column; objects of another shot."""
    mlcroissant_agrees(written, rich)
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
        mlcroissant_agrees(folder, rich)


def test_same_bytes_again(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutant: the day in the card."""
    exported(rich, "croissant", tmp_path / "again")
    assert checksums(tmp_path / "again") == checksums(written)
