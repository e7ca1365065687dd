"""Semantic pictures: Pillow finds the numbers, Datumaro the classes.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clients import exported
from PIL import Image
from running import checksums
from semantic_clients import AGREE, choice, opened

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export import Options, export_dataset, semantic
from scenegen.export.selection import select


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("semantic") / "out"
    export_dataset(choice(rich), "semantic", out, Options())
    return out


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """The export, in a copy to spoil."""
    shutil.copytree(written, tmp_path / "semantic")
    return tmp_path / "semantic"


@pytest.mark.parametrize("check", AGREE)
def test_clients_agree(check: Callable[[Path, Path], None], written: Path, rich: Path) -> None:
    """Mutants: those below."""
    check(written, rich)


def category_ids(folder: Path) -> None:
    """The picture that the dataset itself has."""
    for path in (folder / "train/masks").iterdir():
        picture = opened(path)
        numbers = np.array(picture)
        numbers[numbers > 0] += 1
        spoiled = Image.fromarray(numbers)
        spoiled.putpalette(picture.getpalette() or [])
        path.unlink()
        spoiled.save(path)


def other_colors(folder: Path) -> None:
    """A palette that the lists do not know."""
    for path in (folder / "train/masks").iterdir():
        picture = opened(path)
        picture.putpalette([value ^ 1 for value in picture.getpalette() or []])
        path.unlink()
        picture.save(path)


def classes_swapped(folder: Path) -> None:
    path = folder / "train/dataset_meta.json"
    data = json.loads(path.read_text())
    names = list(data["label_map"].values())
    data["label_map"] = dict(zip(data["label_map"], [names[1], names[0], *names[2:]], strict=True))
    path.write_text(json.dumps(data))
    path = folder / "classes.json"
    entries = json.loads(path.read_text())["classes"]
    entries[0]["name"], entries[1]["name"] = entries[1]["name"], entries[0]["name"]
    path.write_text(json.dumps({"classes": entries}))


@pytest.mark.parametrize("check", AGREE)
@pytest.mark.parametrize("change", [category_ids, other_colors, classes_swapped])
def test_clients_find_mutants(
    check: Callable[[Path, Path], None], change: Callable[[Path], None], folder: Path, rich: Path
) -> None:
    """Mutants: numbers shifted; a palette unlike the list's; two classes swapped."""
    change(folder)
    with pytest.raises(AssertionError):
        check(folder, rich)


def test_as_the_dataset_has_it(rich: Path, tmp_path: Path) -> None:
    """Mutant: distractors counted as objects. Without choices it is the dataset's own picture."""
    exported(rich, "semantic", tmp_path / "out")
    for shot in Dataset.open(rich).all_shots():
        path = tmp_path / f"out/train/masks/000000_{shot.stem}.png"
        assert np.array_equal(np.array(opened(path)), shot.semantic)
    classes = json.loads((tmp_path / "out/classes.json").read_text())["classes"]
    assert [entry["number"] for entry in classes] == [*range(len(classes))]


def test_same_bytes_and_continues(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutants: a picture that holds the time; a second run that refuses; nothing counted."""
    left = sum(len(picked.ignored) for picked in choice(rich))
    assert left
    for _ in range(2):
        remarks = export_dataset(choice(rich), "semantic", tmp_path / "out", Options())
        assert checksums(tmp_path / "out") == checksums(written)
        assert any(remark.startswith(f"{left} objects seen less") for remark in remarks)


def test_splits_are_folders(made: Path, tmp_path: Path) -> None:
    """Mutant: the list of classes in one split only."""
    selection = select(Dataset.open(made), "train=0.6,val=0.4")
    export_dataset(selection, "semantic", tmp_path / "out", Options())
    for split in ("train", "val"):
        folder = tmp_path / "out" / split
        assert (folder / "dataset_meta.json").exists()
        pictures = sorted(path.name for path in (folder / "images").iterdir())
        assert pictures == sorted(path.name for path in (folder / "masks").iterdir())
        assert {int(name[:6]) for name in pictures} == set(selection.scenes(split))


def test_too_many_classes(rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: a class takes the number of what is ignored."""
    monkeypatch.setattr(semantic, "IGNORED", len(Dataset.open(rich).categories))
    with pytest.raises(DatasetError, match="choose some with --categories"):
        exported(rich, "semantic", tmp_path / "out")
