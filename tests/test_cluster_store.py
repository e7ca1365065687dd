"""Object storage: a tar a scene, whole or not there, and a plain copy of it all is a dataset."""

import shutil
import tarfile
from pathlib import Path

import pytest
import yaml
from made_up import RECIPE, begin, card_of, hashes, write
from running import SMALL, Run, checksums

from scenegen.dataset import Dataset, write_failure
from scenegen.errors import DatasetError

fsspec = pytest.importorskip("fsspec", reason="needs fsspec: pip install 'scenegen[ray]'")

from scenegen.cluster.store import Store  # noqa: E402


def opened(tmp_path: Path, url: str, text: str = RECIPE) -> tuple[Store, Path]:
    """A store that is begun, and the folder that scenes are made in."""
    store, folder = Store(url), tmp_path / f"made{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    store.open_or_create(folder, text.encode(), yaml.safe_load(text), card_of(text))
    return store, folder


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """With uploads that are whole at once, and without."""
    return f"{request.param}://{tmp_path}/store"


def fetched(url: str, folder: Path) -> Path:
    """A plain copy of all objects, its tars unpacked where they lie."""
    files, root = fsspec.url_to_fs(url)
    files.get(root, str(folder), recursive=True)
    for tar in folder.glob("scenes/*.tar"):
        with tarfile.open(tar) as file:
            file.extractall(tar.parent, filter="data")
        tar.unlink()
    return folder


def test_a_copy_is_the_dataset(tmp_path: Path, url: str) -> None:
    """Mutants: a file left out of the tar; an old failure kept; a stamp of time or user."""
    begin(tmp_path / "plain")
    write(tmp_path / "plain", 5)
    write_failure(tmp_path / "plain", 9, ValueError("no"), ["no"], "again")
    store, folder = opened(tmp_path, url)
    for index in (5, 9):
        write_failure(folder, index, ValueError("no"), ["no"], "again")
        store.take_failure(folder, index)
    write(folder, 5)
    assert 5 not in store
    store.take_scene(folder, 5)
    assert (5 in store, 9 in store, store.scene_indices()) == (True, False, [5])
    assert not list(folder.glob("*/*"))
    assert hashes(fetched(url, tmp_path / "copy")) == hashes(tmp_path / "plain")

    files, root = fsspec.url_to_fs(url)
    before = files.cat_file(f"{root}/scenes/000005.tar")
    write(folder, 5)
    (folder / "scenes/000005/scene.json").touch(mode=0o600)
    store.take_scene(folder, 5)
    assert files.cat_file(f"{root}/scenes/000005.tar") == before


def test_a_broken_upload_is_no_scene(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutants: an upload under the final name where it is not whole at once; a bare OSError."""
    store, folder = opened(tmp_path, url)
    write(folder, 5)

    def breaks(source: str, target: str, **_: object) -> None:
        store._files.pipe_file(target, Path(source).read_bytes()[:100])
        raise OSError("the line is dead")

    if url.startswith("file"):  # memory's are whole: nothing of a broken one appears
        with monkeypatch.context() as patch:
            patch.setattr(store._files, "put_file", breaks)
            with pytest.raises(DatasetError, match=r"cannot write: the line is dead.*same command"):
                store.take_scene(folder, 5)
    assert store.scene_indices() == []
    store.take_scene(folder, 5)
    assert store.scene_indices() == [5]


def test_continued_or_refused(tmp_path: Path, url: str) -> None:
    """Mutants: a card that is not looked at; two recipes in one place; somebody's files adopted."""
    opened(tmp_path, url)
    opened(tmp_path, url, "# new\n" + RECIPE)
    copy = fetched(url, tmp_path / "copy")
    assert (copy / "recipe.yaml").read_bytes() == RECIPE.encode()
    with pytest.raises(
        DatasetError, match=r"^(memory|file)://.*/store: this dataset was made with"
    ):
        opened(tmp_path, url, RECIPE.replace("seed: 7", "seed: 8"))
    files, root = fsspec.url_to_fs(url)
    files.rm_file(f"{root}/dataset.json")
    opened(tmp_path, url)
    files.rm_file(f"{root}/dataset.json")
    files.pipe_file(f"{root}/holiday.jpg", b"")
    with pytest.raises(DatasetError, match=r"it has no dataset\.json, but holiday"):
        opened(tmp_path, url)


def test_what_is_no_store(tmp_path: Path) -> None:
    """Mutant: a traceback of somebody's library."""
    with pytest.raises(DatasetError, match=r"nowhere://x: cannot open: .*nowhere"):
        Store("nowhere://x")


def test_generate_to_a_url(recipe: Path, scenegen: Run, tmp_path: Path, made: Path) -> None:
    """Mutants: scenes made twice; other bytes; a failure that stays here."""
    url = f"file://{tmp_path}/store"
    command = ("generate", recipe, "--out", url, "--quiet")
    scenegen(*command, "--shard", "1/2")
    assert Store(url).scene_indices() == [1]
    scenegen(*command, "--workers", 2)
    assert '"scenes_found": 3' in scenegen(*command[:-1], "--json").stdout
    copy = fetched(url, tmp_path / "copy")
    report = {name for name in checksums(made) if name.startswith("report/")}
    assert checksums(copy).items() == {
        item for item in checksums(made).items() if item[0] not in report
    }
    assert len(list(Dataset.open(copy).all_shots())) == 3 * 4
    shutil.rmtree(tmp_path / "store")
    text = SMALL.replace("drop: {onto: table, size: [0.3, 0.3, 0.2]}", "drop: {onto: table, "
        "center: [5, 0, 1], size: [0, 0, 0]}") + "physics: {attempts: 1}\n"  # fmt: skip
    recipe.write_text(text)
    scenegen(*command, "--scenes", 1, code=1)
    assert [path.name for path in (tmp_path / "store/failed").iterdir()] == ["000000.json"]
