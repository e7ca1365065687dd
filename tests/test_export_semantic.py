"""Semantic pictures: Pillow finds the numbers, Datumaro the classes.

Each check is shown to fail on an export that is wrong in the way it is there to find.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from clients import exported
from conftest import checksums
from PIL import Image

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export import Options, export_dataset, semantic
from scenegen.export.selection import Selection, select

LITTLE = 0.4


def choice(rich: Path) -> Selection:
    """Two categories as one, one left out, little seen ones ignored."""
    kept = [name for name in Dataset.open(rich).categories if name != "can"]
    chosen = ",".join(f"{name}=ware" if name in ("mug", "bowl") else name for name in kept)
    return select(Dataset.open(rich), categories=chosen, min_visible=LITTLE)


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


def truth(dataset: Path) -> Iterator[tuple[str, np.ndarray]]:
    """By picture: the class of every pixel."""
    for shot in Dataset.open(dataset).all_shots():
        names = np.full(shot.ids.shape, "background", dtype=object)
        for label in shot.annotations:
            if label.role == "target" and label.category != "can":
                little = (label.visible_fraction or 0) < LITTLE
                ware = "ware" if label.category in ("mug", "bowl") else label.category
                names[shot.ids == label.instance_id] = "ignored" if little else ware
        yield f"000000_{shot.stem}", names


def opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


def pillow_agrees(folder: Path, dataset: Path) -> None:
    """The numbers are those of classes.json, the colors too; ignored is 255."""
    classes = json.loads((folder / "classes.json").read_text())["classes"]
    names = {entry["number"]: entry["name"] for entry in classes}
    colors = {entry["number"]: entry["color"] for entry in classes}
    assert names[0] == "background"
    assert names[255] == "ignored"
    for name, expected in truth(dataset):
        picture = opened(folder / f"train/masks/{name}.png")
        numbers = np.array(picture)
        assert picture.mode == "P"
        assert np.array_equal(np.vectorize(names.get)(numbers), expected)
        painted = np.array(picture.convert("RGB"))
        assert all((painted[numbers == number] == colors[number]).all() for number in names)
        assert opened(folder / f"train/images/{name}.png").size == picture.size


DATUMARO = """
import json, sys
import numpy as np
from datumaro import Dataset, Environment
folder, = sys.argv[1:]
forms = Environment().detect_dataset(folder)
data = Dataset.import_from(folder, "common_semantic_segmentation_with_subset_dirs")
names = [label.name for label in next(iter(data.categories().values()))]
shots = {
    item.id: [[names[a.label], np.flatnonzero(a.image).tolist()] for a in item.annotations]
    for item in data
    if item.media.data.shape[2] == 3
}
print(json.dumps([forms, shots]))
"""


def datumaro_agrees(folder: Path, dataset: Path) -> None:
    """Datumaro: knows the layout, and finds the pixels of every class."""
    python = os.environ.get("DATUMARO_PYTHON")
    if not python:
        pytest.skip("DATUMARO_PYTHON names no Python that has Datumaro")
    result = subprocess.run([python, "-c", DATUMARO, str(folder)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-1000:]
    forms, shots = json.loads(result.stdout.splitlines()[-1])
    assert "common_semantic_segmentation_with_subset_dirs" in forms
    for name, expected in truth(dataset):
        assert sorted(shots[name]) == sorted(
            [there, np.flatnonzero(expected == there).tolist()] for there in set(expected.flat)
        )


CHECKS = [pillow_agrees, datumaro_agrees]


@pytest.mark.parametrize("check", CHECKS)
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


@pytest.mark.parametrize("check", CHECKS)
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
