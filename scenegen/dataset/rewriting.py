"""The same dataset with other pictures: every label byte for byte, scene by scene, resumable.

What stays the same is a hard link where the disk can, else a copy. A rewritten dataset is a dataset:
its card and recipe are the source's. One file at its root, the record, says what made it.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scenegen.dataset.card import differences
from scenegen.dataset.files import (
    aside,
    explained,
    json_bytes,
    locked,
    read_bytes,
    read_json,
    replace_file,
    sync_folder,
    write_file,
)
from scenegen.dataset.folder import (
    CARD,
    FAILED,
    RECIPE,
    SCENES,
    clear_leftovers,
    failure_file,
    numbered,
    scene_folder,
)
from scenegen.dataset.reading import Dataset
from scenegen.dataset.writing import CHECKSUMS, clear_failure
from scenegen.errors import DatasetError

_LINE = re.compile(r"([0-9a-f]{64})  ([^./\0][^/\0]*)")


def open_rewriting(
    source: Dataset, root: Path, record_name: str, record: Mapping[str, Any]
) -> Dataset:
    """Make `root` a dataset like `source` without scenes, or check that this `record` made it.

    `record_name` is the file at the root that keeps the record. DatasetError: `root` is the source,
    or one lies inside the other; it holds what was not written here; another record made it, and
    the message names what differs.
    """
    _refuse_overlap(source.root.resolve(), root.resolve())
    with explained("create", root):
        root.mkdir(parents=True, exist_ok=True)
    with locked(root):
        with aside(root / CARD, Path.touch):  # a folder that cannot be written says so now
            pass
        if not _check_record(root, record_name, record):
            replace_file(root / record_name, json_bytes(record))
        for folder in (root / SCENES, root / FAILED):
            with explained("create", folder):
                folder.mkdir(exist_ok=True)
        for name in (RECIPE, CARD):  # the card last: with it the folder is a dataset
            if not (root / name).exists():
                replace_file(root / name, read_bytes(source.root / name))
    clear_leftovers(root)
    mirror_failures(source, root)
    return Dataset.open(root)


def rewrite_scene(
    source: Dataset,
    index: int,
    target_root: Path,
    pictures: Iterable[tuple[str, bytes]],
    extra: Mapping[str, bytes],
) -> bool:
    """Write a scene with some of its files replaced and some added; False if it is there already.

    `pictures` are files that the source's scene has, `extra` are files that it has not. The scene
    appears whole or not at all. DatasetError: the source is damaged, or the disk is full, gone or
    not writable.
    """
    origin, target = scene_folder(source.root, index), scene_folder(target_root, index)
    with explained("read", target):
        if target.exists():
            return False
    digests = _read_checksums(origin)
    replaced = dict(pictures)
    for name in replaced:
        _check_unchanged(origin / name, digests.get(name))
    new = {**replaced, **extra}
    with aside(target, Path.mkdir) as folder:
        for name in sorted(digests.keys() - new.keys()):
            _link(origin / name, folder / name)
        for name, data in new.items():
            write_file(folder / name, data)
            digests[name] = hashlib.sha256(data).hexdigest()
        lines = [f"{digest}  {name}\n" for name, digest in sorted(digests.items())]
        write_file(folder / CHECKSUMS, "".join(lines).encode())
        sync_folder(folder)
        try:
            folder.rename(target)
        except OSError:
            if target.exists():
                return False  # another run was faster
            with explained("write", target):
                raise
    clear_failure(target_root, index)
    return True


def mirror_failures(source: Dataset, root: Path) -> None:
    """The scenes that the source gave up are given up here too, with the same words."""
    theirs = set(source.failed())
    for index in set(numbered(root / FAILED)) - theirs:
        clear_failure(root, index)
    for index in theirs:
        replace_file(failure_file(root, index), read_bytes(failure_file(source.root, index)))


def _refuse_overlap(source: Path, root: Path) -> None:
    if root == source:
        raise DatasetError(f"{root}: this is the dataset itself; choose another output folder")
    if root.is_relative_to(source) or source.is_relative_to(root):
        inner, outer = sorted((source, root), key=lambda path: -len(path.parts))
        raise DatasetError(
            f"{root}: {inner} lies inside {outer}; choose an output folder beside the dataset"
        )


def _check_record(root: Path, record_name: str, record: Mapping[str, Any]) -> bool:
    """Whether the folder was begun with this record; DatasetError if it is anything but empty."""
    path = root / record_name
    if path.exists():
        changes = list(differences(read_json(path), dict(record)))
        if changes:
            lines = "\n".join(f"  {change}" for change in changes)
            raise DatasetError(
                f"{root}: its pictures were made by something else (there → here):\n{lines}\n"
                "Choose another output folder, or remove this one."
            )
        return True
    with explained("read", root):
        strangers = sorted(p.name for p in root.iterdir() if not p.name.startswith("."))
    if strangers:
        raise DatasetError(
            f"{root}: the folder is not empty and has no {record_name}, but {strangers[0]}; "
            "choose another output folder, or empty this one"
        )
    return False


def _read_checksums(folder: Path) -> dict[str, str]:
    """sha256 of each file of a scene by its name, as its SHA256SUMS says."""
    path = folder / CHECKSUMS
    digests: dict[str, str] = {}
    for number, line in enumerate(read_bytes(path).decode("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise DatasetError(f"{path}:{number}: damaged: expected a SHA-256 and a file's name")
        digests[match[2]] = match[1]
    return digests


def _check_unchanged(path: Path, digest: str | None) -> None:
    """What is replaced takes its checksum along: nothing could tell afterwards that it was wrong."""
    if hashlib.sha256(read_bytes(path)).hexdigest() != digest:
        raise DatasetError(
            f"{path}: was changed after it was written; `scenegen verify` tells what else is. "
            f"Remove {path.parent} and generate the scene again."
        )


def _link(source: Path, target: Path) -> None:
    """The same file under another name: a hard link where the disk can, else a copy."""
    try:
        os.link(source, target)
    except FileNotFoundError as error:
        raise DatasetError(f"{source}: missing; `scenegen verify` tells what else is") from error
    except OSError:
        with explained(f"copy {source} to", target):
            shutil.copyfile(source, target)
