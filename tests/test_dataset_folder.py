"""A folder is begun, continued or refused, and the refusal says why."""

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
import yaml
from made_up import ALL, ASSETS, RECIPE, begin, everything_in, hashes

from scenegen.dataset import Dataset
from scenegen.dataset.card import differences
from scenegen.dataset.files import json_bytes
from scenegen.errors import DatasetError


@pytest.fixture
def root(tmp_path):
    begin(tmp_path / "data")
    return tmp_path / "data"


def test_the_beginning(tmp_path):
    """Mutants: a re-dumped recipe; assets unsorted or with their paths; a missing parent."""
    root = tmp_path / "not" / "yet"
    assert begin(root) == ()
    assert (root / "recipe.yaml").read_bytes() == RECIPE.encode()
    card = Dataset.open(root).card
    assert card.recipe_sha256 == hashlib.sha256(RECIPE.encode()).hexdigest()
    assert [(asset.id, asset.licence) for asset in card.assets] == [("a1", "CC0"), ("b1", "CC0")]
    assert [(c.name, c.width, c.height, c.views, c.stereo_baseline) for c in card.cameras] == [
        ("stereo", 24, 16, 1, 0.1),
        ("top", 10, 12, 2, None),
    ]
    assert (card.seed, card.outputs, card.depth_scale) == (7, ALL, 0.0001)
    assert {"numpy", "pybullet", "trimesh"} <= set(card.versions)
    assert json.loads((root / "dataset.json").read_bytes())["format"] == 1


def test_more_scenes_and_other_comments_continue(root):
    """Mutants: comparing bytes; comparing `scenes`; replacing the copy that scenes were made by."""
    before = hashes(root)
    assert begin(root, "# new\n" + RECIPE.replace("scenes: 3", "scenes: 300")) == ()
    assert begin(root, RECIPE.replace("scenes: 3\n", "")) == ()
    assert hashes(root) == before


def test_another_recipe_is_refused_by_its_keys(root):
    """Mutants: naming only the first; reporting `scenes`; old and new swapped."""
    text = RECIPE.replace("seed: 7", "seed: 8").replace("scale: 1.5", "unique: true")
    text = text.replace("scenes: 3", "scenes: 4").replace("lights: [", "lights: [{sun: {}}, ")
    before = hashes(root)
    with pytest.raises(DatasetError) as caught:
        begin(root, text)
    assert str(caught.value).splitlines()[1:-1] == [
        "  seed: 7 → 8",
        "  objects[0].scale: 1.5 → (not there)",
        "  objects[0].unique: (not there) → true",
        '  lights[1]: (not there) → {"sun": {}}',
    ]
    assert hashes(root) == before
    many = yaml.safe_dump({**yaml.safe_load(RECIPE), "lights": [{"sun": {}}] * 30})
    with pytest.raises(DatasetError, match=r"and 17 more\n"):
        begin(root, many)


def test_true_is_not_one():
    """Mutant: plain comparison, for which true is 1; text is not what it looks like either."""
    old, new = {"a": [True, 1, "1"]}, {"a": [1, 1.0, 1]}
    assert list(differences(old, new)) == ["a[0]: true → 1", 'a[2]: "1" → 1']


def test_other_assets_under_the_same_recipe_are_refused(root):
    """Mutant: category ids that shift when a mesh is added to a folder between two runs."""
    with pytest.raises(DatasetError, match=r"other assets.*\n.*categories\[0\]\.name: \"a\" → \"0"):
        begin(root, categories={"0": 1, "a": 2, "b": 3})
    with pytest.raises(DatasetError, match=r"assets\[1\]"):
        begin(root, assets=ASSETS[1:])


def test_other_versions_are_remarked(root):
    """Mutants: silence; a refusal that strands a half-made dataset after an upgrade."""
    path = root / "dataset.json"
    data = json.loads(path.read_bytes())
    now = data["versions"]["numpy"]
    data["versions"]["numpy"] = "1.0"
    path.write_bytes(json_bytes(data))
    (remark,) = begin(root)
    assert remark.endswith(f'version of numpy: "1.0" → "{now}"')


def test_an_interrupted_beginning_is_taken_up(tmp_path):
    """Mutant: a folder killed before its card was written counts as somebody else's for ever."""
    root = tmp_path / "data"
    begin(root)
    complete = hashes(root)
    (root / "dataset.json").unlink()
    (root / ".dataset.json.00112233").write_text("{")
    begin(root)
    assert hashes(root) == complete


@pytest.mark.parametrize("stranger", ["holiday.jpg", "scenes/000001/0000.rgb.png", "failed/a"])
def test_a_folder_of_something_else_is_refused(tmp_path, stranger):
    """Mutants: writing among somebody's files; adopting scenes whose card is lost."""
    (tmp_path / stranger).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / stranger).write_text("")
    before = everything_in(tmp_path)
    with pytest.raises(DatasetError, match=rf"no dataset\.json, but {stranger.split('/')[0]}"):
        begin(tmp_path)
    assert everything_in(tmp_path) == before


def test_hidden_files_of_others_do_not_matter(tmp_path):
    """Mutant: a .gitignore or a mount point's lost+found that forbids the folder."""
    (tmp_path / ".gitignore").write_text("*")
    (tmp_path / "lost+found").mkdir()
    begin(tmp_path)
    assert Dataset.open(tmp_path).scene_indices() == []


def test_paths_that_cannot_be_folders(tmp_path):
    """Mutant: a traceback instead of a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match=r"cannot create: file exists\. There is a file where"):
        begin(tmp_path / "file")
    with pytest.raises(DatasetError, match=r"not a directory\. A part of this path is a file"):
        begin(tmp_path / "file" / "below")
    with pytest.raises(DatasetError, match="file name too long"):
        begin(tmp_path / ("x" * 300))


def test_a_folder_that_cannot_be_written(root, tmp_path, monkeypatch):
    """Mutant: finding out only when the first scene is written, at the beginning or on resume."""

    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "touch", refuse)
    for folder in (tmp_path / "begun", root):
        with pytest.raises(DatasetError, match="read-only: choose another output folder"):
            begin(folder)
    assert os.listdir(tmp_path / "begun") == []
