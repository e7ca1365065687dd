"""What all exports share: selection, the folder, refusals; and that all of them are documented."""

import json
import re
from pathlib import Path

import pytest
from running import Run

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export import EXPORTERS, Options, export_dataset
from scenegen.export.selection import select

ROOT = Path(__file__).parents[1]


def test_every_format_is_documented() -> None:
    """Mutant: a format that no page tells of."""
    overview = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    for name in EXPORTERS:
        assert f"`{name}`" in overview
        page = (ROOT / "docs" / "formats" / f"{name}.md").read_text(encoding="utf-8")
        assert f" {name} " in page


def test_splits_are_fair_stable_and_whole(made: Path) -> None:
    """Mutants: shots of a scene in two splits; a scene that moves when the dataset grows."""
    dataset = Dataset.open(made)
    selection = select(dataset, "train=0.7,val=0.2,test=0.1")
    names = [selection.split_of(index) for index in range(1000)]
    for name, share in (("train", 700), ("val", 200), ("test", 100)):
        assert abs(names.count(name) - share) <= 3
        assert abs(names[:50].count(name) - share / 20) <= 2
    assert {picked.split for picked in selection.picked(0)} == {names[0]}


@pytest.mark.parametrize(
    ("split", "categories", "words"),
    [
        ("train=0.5", "", "add up to 0.5"),
        ("train:1", "", "expected train=0.8,val=0.2"),
        ("train=2,val=-1", "", "no name with a share"),
        ("../x=1", "", "no name with a share"),
        ("", "mugg", "has no 'mugg'"),
    ],
)
def test_choices_that_make_no_sense(made: Path, split: str, categories: str, words: str) -> None:
    """Mutants: a share that is lost; a path for a name; an unknown category left out silently."""
    with pytest.raises(DatasetError, match=re.escape(words)):
        select(Dataset.open(made), split, categories)


def test_categories_and_visibility(rich: Path) -> None:
    """Mutants: what is hardly seen counts; renamed categories keep two numbers; distractors in."""
    selection = select(Dataset.open(rich), categories="mug=vessel,bowl=vessel,can", min_visible=0.6)
    assert selection.names == ("can", "vessel")
    for picked in selection:
        for label in picked.objects:
            assert label.visible_fraction >= 0.6
            assert label.role == "target"
        for label in picked.ignored:
            assert label.px_visible > 0
            assert label.visible_fraction < 0.6
        wanted = [o for o in picked.shot.annotations if o.category in ("mug", "bowl", "can")]
        seen = [o for o in wanted if o.px_visible and o.role == "target"]
        assert len(picked.objects) + len(picked.ignored) == len(seen)


def test_a_folder_that_is_not_an_export_is_left_alone(made: Path, tmp_path: Path) -> None:
    """Mutants: strangers' files overwritten; another choice mixed in; an unknown option ignored."""
    selection = select(Dataset.open(made))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"not empty and is no export: it holds mine\.txt"):
        export_dataset(selection, "semantic", tmp_path, Options())
    out = tmp_path / "out"
    export_dataset(selection, "semantic", out, Options())
    assert json.loads((out / ".scenegen-export.json").read_bytes())["complete"]
    with pytest.raises(DatasetError, match=r"with other choices is there \(min_visible differ"):
        export_dataset(select(Dataset.open(made), min_visible=0.5), "semantic", out, Options())
    with pytest.raises(DatasetError, match="does not know --set nope"):
        export_dataset(selection, "coco", tmp_path / "coco", Options({"nope": "1"}))


def test_only_some_scenes(made: Path, tmp_path: Path, scenegen: Run) -> None:
    """Mutants: all scenes exported; another part mixed in; a part without scenes is an empty export."""
    out = tmp_path / "out"
    scenegen("export", made, "semantic", "--out", out, "--only", "1:3")
    pictures = [path.name for path in out.glob("train/masks/*")]
    assert {name[:6] for name in pictures} == {"000001", "000002"}
    assert len(pictures) == sum(len(Dataset.open(made).shots(index)) for index in (1, 2))
    wrong = scenegen("export", made, "semantic", "--out", out, "--only", "0", code=2)
    assert "scenes differ" in wrong.stderr
    wrong = scenegen("export", made, "semantic", "--out", tmp_path / "x", "--only", "7:9", code=2)
    assert "none of the scenes 7 to 8 is complete" in wrong.stderr


def test_from_the_command_line(made: Path, scenegen: Run, tmp_path: Path) -> None:
    """Mutants: what is lost is not told; a mistake ends in a traceback."""
    command = ("export", made, "coco", "--out", tmp_path / "coco", "--split", "train=0.5,val=0.5")
    assert "coco has no depth" in scenegen(*command).stdout
    first = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.png")}
    scenegen(*command)
    assert first == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.png")}
    wrong = scenegen("export", made, "cocoa", "--out", tmp_path / "x", code=2)
    assert "there is no format 'cocoa'" in wrong.stderr
