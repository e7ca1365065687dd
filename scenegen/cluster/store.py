"""A dataset on object storage, through fsspec: a scene is one tar, there if and only if complete.

URL/
  dataset.json recipe.yaml failed/000124.json    as in a folder
  scenes/000123.tar                              the scene's folder, 000123/

An object comes into being whole, a folder of objects does not. Unpacked where they lie, the tars
make a dataset. What cannot be done in one step elsewhere is done aside and moved.
"""

import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scenegen.dataset import Card, open_or_create
from scenegen.dataset.folder import CARD, FAILED, RECIPE, SCENES, failure_file, scene_folder
from scenegen.errors import DatasetError

try:
    import fsspec
except ImportError as error:
    raise DatasetError(
        "--out URL: fsspec is not installed; `pip install 'scenegen[ray]'`, and what it needs for "
        "the kind of URL, e.g. s3fs or gcsfs"
    ) from error

_WHOLE_AT_ONCE = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "memory"}
"""Protocols whose uploads appear when they are complete."""


class Store:
    """The objects under a URL; DatasetError, naming it, where they cannot be had."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        with self._explained("open"):
            self._files, self._root = fsspec.url_to_fs(self.url, use_listings_cache=False)

    def open_or_create(
        self, folder: Path, recipe_bytes: bytes, recipe_data: Mapping[str, Any], card: Card
    ) -> tuple[str, ...]:
        """As `dataset.open_or_create`; `folder` is empty and then holds a copy of the beginning."""
        begun = self._fetch(CARD, folder)
        if begun:
            self._fetch(RECIPE, folder)
        elif strangers := self._strangers():
            raise DatasetError(
                f"{self.url}: this is no dataset: it has no {CARD}, but {strangers[0]}. "
                "Choose another URL, or empty this one."
            )
        try:
            remarks = open_or_create(folder, recipe_bytes, recipe_data, card)
        except DatasetError as error:
            raise DatasetError(str(error).replace(str(folder), self.url)) from error
        if not begun:
            for name in (RECIPE, CARD):  # the card last: it says that this is a dataset
                self._put(folder / name, name)
        return tuple(remark.replace(str(folder), self.url) for remark in remarks)

    def scene_indices(self) -> list[int]:
        """The numbers of all complete scenes, sorted."""
        found = (re.fullmatch(r"(\d{6,})\.tar", name) for name in self._names(SCENES))
        return sorted(int(match[1]) for match in found if match)

    def __contains__(self, index: int) -> bool:
        with self._explained("read"):
            return bool(self._files.exists(f"{self._root}/{SCENES}/{index:06d}.tar"))

    def take_scene(self, root: Path, index: int) -> None:
        """Move a scene from a folder to the store; a failure of the same number is forgotten."""
        folder = scene_folder(root, index)
        tar = root / f"{folder.name}.tar"
        with tarfile.open(tar, "w") as file:
            for path in sorted(folder.iterdir()):
                file.add(path, f"{folder.name}/{path.name}", filter=_timeless)
        self._put(tar, f"{SCENES}/{tar.name}")
        tar.unlink()
        shutil.rmtree(folder)
        failure = f"{self._root}/{FAILED}/{folder.name}.json"
        with self._explained("write"):
            if self._files.exists(failure):
                self._files.rm_file(failure)

    def take_failure(self, root: Path, index: int) -> None:
        """Move a failure's record from a folder to the store."""
        path = failure_file(root, index)
        self._put(path, f"{FAILED}/{path.name}")
        path.unlink()

    def _strangers(self) -> list[str]:
        names = (name for name in self._names("") if not name.startswith("."))
        return sorted(name for name in names if name != RECIPE)

    def _names(self, folder: str) -> list[str]:
        with self._explained("read"):
            try:
                paths = self._files.ls(f"{self._root}/{folder}".rstrip("/"), detail=False)
            except FileNotFoundError:
                return []
        return [path.rstrip("/").rsplit("/", 1)[-1] for path in paths]

    def _fetch(self, name: str, folder: Path) -> bool:
        """Copy a file into a folder; False if there is none."""
        with self._explained("read"):
            if not self._files.exists(f"{self._root}/{name}"):
                return False
            self._files.get_file(f"{self._root}/{name}", str(folder / name))
        return True

    def _put(self, path: Path, name: str) -> None:
        target = f"{self._root}/{name}"
        protocols = self._files.protocol
        protocols = {protocols} if isinstance(protocols, str) else set(protocols)
        with self._explained("write"):
            if protocols & _WHOLE_AT_ONCE:
                self._files.put_file(str(path), target)
            else:
                aside = f"{self._root}/.{path.name}.{secrets.token_hex(4)}"
                self._files.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
                self._files.put_file(str(path), aside)
                self._files.mv(aside, target)

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # every protocol's library raises its own kinds
            reason = " ".join(str(error).split()) or type(error).__name__
            raise DatasetError(
                f"{self.url}: cannot {doing}: {reason[:300]}. Check the URL and the credentials; "
                "then run the same command again: what is complete is kept."
            ) from error


def _timeless(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same bytes whoever packs, and when."""
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry
