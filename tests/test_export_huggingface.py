"""What Hugging Face's readers find in an export is what the dataset holds."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from huggingface_clients import datasets_agrees, hugging_face
from running import checksums

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export import Options, export_dataset
from scenegen.export.selection import Selection, select

LAYOUTS = ("folder", "parquet")


@pytest.fixture
def datasets() -> Iterator[Any]:
    with hugging_face() as library:
        yield library


def written(selection: Selection, out: Path, layout: str) -> Path:
    if layout == "parquet":
        pytest.importorskip("pyarrow")
    export_dataset(selection, "huggingface", out, Options({"layout": layout}))
    return out


def opened(datasets: Any, folder: Path) -> dict[str, Any]:
    return datasets.load_dataset(str(folder))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_datasets_reads_what_was_written(rich: Path, tmp_path: Path, layout: str) -> None:
    """Mutants: those below; category counted from 1; boxes as x0 y0 x1 y1; flow not in Parquet."""
    out = written(select(Dataset.open(rich)), tmp_path / "out", layout)
    datasets_agrees(out, rich)
    if layout == "parquet":
        with hugging_face() as datasets:
            rows = opened(datasets, out)["train"]
            label = rows.features["objects"]["category"].feature
            assert label.names == sorted(Dataset.open(rich).categories)
            assert rows[0]["flow"] is not None


def test_what_shows_a_type_goes_first(made: Path, tmp_path: Path) -> None:
    """Mutant: lines in order of the shots."""
    copy = shutil.copytree(made, tmp_path / "made")
    for place in (copy / "scenes" / "000000").glob("0*.json"):
        place.write_text(json.dumps({**json.loads(place.read_text()), "objects": []}))
    out = written(select(Dataset.open(copy)), tmp_path / "out", "folder")
    rows = list(map(json.loads, (out / "train" / "metadata.jsonl").read_text().splitlines()))
    assert [row["scene"] for row in rows[:3]] == [0, 1, 0]
    assert len(rows) == sum(1 for _ in Dataset.open(made).all_shots())


def test_datasets_needs_types_first(made: Path, tmp_path: Path, datasets: Any) -> None:
    """Why: with 10 MB of lines without any object at the beginning it refuses the rest."""
    out = written(select(Dataset.open(made)), tmp_path / "out", "folder")
    place = out / "train" / "metadata.jsonl"
    first, *others = place.read_text().splitlines()
    assert all(json.loads(first)["objects"]["bbox"])
    bare = json.loads(first)
    bare["objects"] = {name: [] for name in bare["objects"]}
    bare["labels"] = " " * 2_000_000
    place.write_text("\n".join([first, *[json.dumps(bare)] * 6, *others]))
    assert len(opened(datasets, out)["train"]) == len(others) + 7
    late = out.rename(tmp_path / "late") / "train" / "metadata.jsonl"
    late.write_text("\n".join([*[json.dumps(bare)] * 6, first, *others]))
    with pytest.raises(datasets.exceptions.DatasetGenerationError):
        opened(datasets, tmp_path / "late")


def test_a_split_without_something_is_told_of(made: Path, tmp_path: Path) -> None:
    """Mutant: splits whose columns differ are written without a word."""
    copy = shutil.copytree(made, tmp_path / "made")
    for place in (copy / "scenes" / "000001").glob("0*.json"):
        place.write_text(json.dumps({**json.loads(place.read_text()), "objects": []}))
    selection = select(Dataset.open(copy), "train=0.6,val=0.4")
    assert selection.scenes("val") == [1]
    remarks = export_dataset(selection, "huggingface", tmp_path / "out", Options())
    assert [remark for remark in remarks if remark.startswith("no shot in val has objects.area")]


def test_depth_cut_to_8_bits_is_noticed(rich: Path, tmp_path: Path) -> None:
    """Mutant: 16-bit depth read as 8-bit."""
    out = written(select(Dataset.open(rich)), tmp_path / "out", "folder")
    place = out / "train" / "000000_0000.depth.png"
    shallow = np.minimum(cv2.imread(str(place), cv2.IMREAD_UNCHANGED), 255).astype(np.uint8)
    place.unlink()  # it shares its bytes with the dataset
    cv2.imwrite(str(place), shallow)
    with pytest.raises(AssertionError):
        datasets_agrees(out, rich)


@pytest.mark.parametrize("mutant", [False, True], ids=["bytes", "paths"])
def test_parquet_holds_the_bytes(mutant: bool, rich: Path, tmp_path: Path, datasets: Any) -> None:
    """Mutant: parquet with paths, not bytes, which opens only where it was made."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    out = written(select(Dataset.open(rich)), tmp_path / "out", "parquet")
    place = out / "data" / "train-00000.parquet"
    if mutant:
        table = parquet.read_table(place)
        paths = [{"bytes": None, "path": entry["path"]} for entry in table["image"].to_pylist()]
        field, column = table.schema.field("image"), table.schema.get_field_index("image")
        spoiled = table.set_column(column, field, pyarrow.array(paths, field.type))
        parquet.write_table(spoiled, place)
    table = parquet.read_table(place)
    pictures = [entry for name in ("image", "depth") for entry in table[name].to_pylist()]
    assert all(entry["bytes"] is not None for entry in pictures) != mutant
    if mutant:
        with pytest.raises(FileNotFoundError):
            datasets_agrees(out, rich)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_splits_names_and_growth(made: Path, tmp_path: Path, datasets: Any, layout: str) -> None:
    """Mutants: a split missing in README.md; semantic.png left with the dataset's numbers; ignored
    objects listed; a table that is there is kept though the dataset has grown."""
    dataset = Dataset.open(made)
    selection = select(dataset, "train=0.5,held_out=0.5", "mug=cup,can=cup,apple", 0.3)
    out = written(selection, tmp_path / "out", layout)
    before = checksums(out)
    written(selection, out, layout)
    assert checksums(out) == before
    written(selection, tmp_path / "again", layout)
    assert checksums(tmp_path / "again") == before
    found = opened(datasets, out)
    assert set(found) == {"train", "held_out"}
    for picked in selection:
        row = next(
            row for row in found[picked.split]
            if (row["scene"], row["shot"]) == (picked.shot.scene_index, picked.shot.stem)
        )  # fmt: skip
        assert row["objects"]["instance_id"] == [o.instance_id for o in picked.objects]
        semantic = np.asarray(row["semantic"])
        for label in (*picked.objects, *picked.ignored):
            number = selection.names.index("apple" if label.category == "apple" else "cup") + 1
            assert (semantic[picked.shot.ids == label.instance_id] == number).all()
        assert set(np.unique(semantic)) <= {0, 1, 2}


def test_a_table_follows_a_growing_dataset(made: Path, tmp_path: Path) -> None:
    """Mutant: a table that is there is kept as it is."""
    parquet = pytest.importorskip("pyarrow.parquet")
    small = tmp_path / "small"
    (small / "scenes").mkdir(parents=True)
    for name in ("dataset.json", "recipe.yaml", "scenes/000000"):
        (small / name).symlink_to(made / name)
    out = written(select(Dataset.open(small)), tmp_path / "out", "parquet")
    place = out / "data" / "train-00000.parquet"
    assert set(parquet.read_table(place)["scene"].to_pylist()) == {0}
    (small / "scenes" / "000001").symlink_to(made / "scenes" / "000001")
    written(select(Dataset.open(small)), out, "parquet")
    assert set(parquet.read_table(place)["scene"].to_pylist()) == {0, 1}


def test_bad_choice(made: Path, tmp_path: Path) -> None:
    """Mutant: an unknown layout falls back to the folder."""
    with pytest.raises(DatasetError, match="folder or parquet"):
        written(select(Dataset.open(made)), tmp_path / "out", "zip")
