"""A dataset rewritten: other pictures, every other byte the same, whole scenes or none.

Mutants caught: the scene is filled in place; SHA256SUMS copied; a record that differs is accepted;
the target may lie inside the source; a missing file is left out; failures are forgotten.
"""

import errno
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import checksums

from scenegen.dataset import Dataset, open_rewriting, rewrite_scene, rewriting
from scenegen.errors import DatasetError

RECORD: dict[str, Any] = {"model": "abc", "strength": 1.0}


@pytest.fixture
def source(made: Path) -> Dataset:
    return Dataset.open(made)


def begin(source: Dataset, out: Path, record: dict[str, Any] = RECORD) -> Dataset:
    return open_rewriting(source, out, "made_by.json", record)


def test_all_but_the_named_files_are_the_same(source: Dataset, tmp_path: Path) -> None:
    target = begin(source, tmp_path / "new")
    pictures = [("0000.rgb.png", b"one"), ("0002.rgb.png", b"two")]
    assert rewrite_scene(source, 1, target.root, pictures, {"made_by.json": b"{}"})
    folder = target.root / "scenes" / "000001"
    before, after = checksums(source.root / "scenes" / "000001"), checksums(folder)
    added = {name for name in after if before.get(name) != after[name]}
    assert added == {"0000.rgb.png", "0002.rgb.png", "made_by.json", "SHA256SUMS"}
    assert before.keys() | {"made_by.json"} == after.keys()
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True
    )
    listed = (folder / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in listed] == sorted(after.keys() - {"SHA256SUMS"})
    assert os.path.samefile(folder / "scene.json", source.root / "scenes/000001/scene.json")
    for name in ("dataset.json", "recipe.yaml"):
        assert (target.root / name).read_bytes() == (source.root / name).read_bytes()
    assert target.scene_indices() == [1]
    assert not rewrite_scene(source, 1, target.root, [("0000.rgb.png", b"other")], {})
    assert (folder / "0000.rgb.png").read_bytes() == b"one"


def test_copies_where_links_are_impossible(
    source: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    target = begin(source, tmp_path / "new")
    rewrite_scene(source, 0, target.root, [], {})
    name = "scenes/000000/scene.json"
    assert (target.root / name).read_bytes() == (source.root / name).read_bytes()
    assert not os.path.samefile(target.root / name, source.root / name)


def test_a_full_disk_leaves_nothing(
    source: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = begin(source, tmp_path / "new")
    write = rewriting.write_file

    def full(path: Path, data: bytes) -> None:
        if path.name == "SHA256SUMS":
            with rewriting.explained("write", path):
                raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "write_file", full)
        with pytest.raises(DatasetError, match="no space left on device"):
            rewrite_scene(source, 0, target.root, [("0000.rgb.png", b"one")], {})
    assert os.listdir(target.root / "scenes") == []
    assert rewrite_scene(source, 0, target.root, [("0000.rgb.png", b"one")], {})


def test_nothing_appears_while_pictures_are_made(source: Dataset, tmp_path: Path) -> None:
    target = begin(source, tmp_path / "new")

    def pictures() -> Iterator[tuple[str, bytes]]:
        assert target.scene_indices() == []
        yield "0000.rgb.png", b"one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrite_scene(source, 0, target.root, pictures(), {})
    assert os.listdir(target.root / "scenes") == []


def test_refusals(source: Dataset, tmp_path: Path) -> None:
    copy = Dataset.open(shutil.copytree(source.root, tmp_path / "outer" / "small"))
    with pytest.raises(DatasetError, match="the dataset itself"):
        begin(copy, copy.root / ".." / "small")
    link = tmp_path / "link"
    link.symlink_to(copy.root)
    with pytest.raises(DatasetError, match="the dataset itself"):
        begin(copy, link)
    for inside in (copy.root / "new", tmp_path / "outer"):
        with pytest.raises(DatasetError, match="lies inside"):
            begin(copy, inside)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("")
    with pytest.raises(DatasetError, match=r"not empty and has no made_by\.json, but thesis\.tex"):
        begin(copy, tmp_path / "foreign")
    assert os.listdir(tmp_path / "foreign") == ["thesis.tex"]
    another = shutil.copytree(source.root, tmp_path / "another")
    with pytest.raises(DatasetError, match="not empty"):
        begin(copy, another)


def test_another_record_is_refused_and_named(source: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "new"
    begin(source, out)
    with pytest.raises(DatasetError, match=r"strength: 1\.0 → 0\.5"):
        begin(source, out, {**RECORD, "strength": 0.5})
    assert json.loads((out / "made_by.json").read_bytes()) == RECORD
    (out / "dataset.json").unlink()  # as if it had been stopped at the beginning
    assert begin(source, out).card == source.card


def test_damaged_sources_are_told(source: Dataset, tmp_path: Path) -> None:
    copy = Dataset.open(shutil.copytree(source.root, tmp_path / "small"))
    target = begin(copy, tmp_path / "new")
    (copy.root / "scenes/000000/0000.ids.png").unlink()
    with pytest.raises(DatasetError, match=r"0000\.ids\.png: missing"):
        rewrite_scene(copy, 0, target.root, [], {})
    sums = copy.root / "scenes/000001/SHA256SUMS"
    for name in ("../secret", ".hidden", "a/b"):
        sums.write_text(f"{hashlib.sha256(b'').hexdigest()}  {name}\n")
        with pytest.raises(DatasetError, match="SHA256SUMS:1: damaged"):
            rewrite_scene(copy, 1, target.root, [], {})
    assert os.listdir(target.root / "scenes") == []


def test_what_is_replaced_was_what_its_checksum_says(source: Dataset, tmp_path: Path) -> None:
    """Else a picture of something else would get the right checksum, and nothing could tell."""
    copy = Dataset.open(shutil.copytree(source.root, tmp_path / "small"))
    target, folder = begin(copy, tmp_path / "new"), copy.root / "scenes/000000"
    shutil.copy(folder / "0002.rgb.png", folder / "0001.rgb.png")
    with pytest.raises(DatasetError, match=r"0001\.rgb\.png: was changed after it was written"):
        rewrite_scene(copy, 0, target.root, [("0001.rgb.png", b"one")], {})
    assert target.scene_indices() == []
    assert rewrite_scene(copy, 0, target.root, [("0000.rgb.png", b"one")], {})


def test_failures_follow_the_source(source: Dataset, tmp_path: Path) -> None:
    copy = Dataset.open(shutil.copytree(source.root, tmp_path / "small"))
    failure = {"scene": 7, "error": "E", "message": "m", "attempts": [], "command": "c"}
    (copy.root / "failed/000007.json").write_text(json.dumps(failure))
    out = tmp_path / "new"
    assert begin(copy, out).failed().keys() == {7}
    (copy.root / "failed/000007.json").unlink()
    assert begin(copy, out).failed() == {}
