"""Files that are whole or not there, errors that say what to do, and JSON with fixed bytes.

Whatever is written takes shape under a hidden name beside its target and is renamed when it is
complete and on the disk. Its writer holds a lock on it that ends with the process, however that
ends, so `sweep` can tell what a dead writer left behind from what a living one is working on.
"""

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from scenegen.errors import DatasetError

_HIDDEN = re.compile(r"\..+\.[0-9a-f]{8}")

_REMEDY = {
    errno.ENOSPC: "Free some space and run the same command again: what is complete is kept.",
    errno.EDQUOT: "Free some of your quota and run the same command again: "
    "what is complete is kept.",
    errno.EROFS: "The file system is read-only: choose another output folder.",
    errno.EACCES: "Change the permissions, or choose another output folder.",
    errno.EPERM: "Change the permissions, or choose another output folder.",
    errno.ENOTDIR: "A part of this path is a file: choose another output folder.",
    errno.EEXIST: "There is a file where a folder should be: remove it, or choose another folder.",
    errno.ENAMETOOLONG: "Choose an output folder with a shorter name.",
    errno.ENOENT: "Was the folder moved or deleted meanwhile? Run the same command again.",
    errno.EMFILE: "Too many files are open: use fewer workers, or raise `ulimit -n`.",
}


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a DatasetError: where, what happened, what to do."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = _REMEDY.get(error.errno or 0, "")
        raise DatasetError(f"{path}: cannot {doing}: {reason}. {remedy}".rstrip()) from error


# ---------------------------------------------------------------------------- whole or not there


def write_file(path: Path, data: bytes) -> None:
    """Write a file; the disk need not have it yet."""
    with explained("write", path), path.open("wb") as file:
        file.write(data)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that, at every moment, the old one or the new one is there, whole."""
    with aside(path, Path.touch) as hidden:
        write_file(hidden, data)
        with explained("write", path):
            _sync(hidden)
            hidden.replace(path)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has all files of a folder, and their names.

    Side by side: the disk then answers many waits at once, about eight times as fast.
    """
    with explained("write", folder), ThreadPoolExecutor(8) as pool:
        list(pool.map(_sync, folder.iterdir()))
        _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def aside(target: Path, create: Callable[[Path], None]) -> Iterator[Path]:
    """A new, locked file or folder under a hidden name beside `target`; gone at the end.

    `create` is `Path.touch` or `Path.mkdir`. To keep it, rename it before the end.
    """
    hidden, lock = _claim(target, create)
    try:
        yield hidden
    finally:
        _remove(hidden)
        os.close(lock)


def _claim(target: Path, create: Callable[[Path], None]) -> tuple[Path, int]:
    """Create and lock; again, if a `sweep` came between the two."""
    with explained("write", target):
        while True:
            hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            create(hidden)
            with suppress(FileNotFoundError):
                handle = os.open(hidden, os.O_RDONLY)
                with suppress(OSError):  # no locks on this file system: then nothing is swept
                    fcntl.flock(handle, fcntl.LOCK_EX)
                if hidden.exists():
                    return hidden, handle
                os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what writers that no longer live have left under hidden names in a folder."""
    with explained("read", folder):
        names = [name for name in os.listdir(folder) if _HIDDEN.fullmatch(name)]
    for name in names:
        with suppress(OSError):
            handle = os.open(folder / name, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder / name)
            finally:
                os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait for, then hold, a folder's lock; without locks on the file system, do not wait."""
    with explained("open", folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# ---------------------------------------------------------------------------- JSON


def json_bytes(data: Any) -> bytes:
    """JSON with keys in the given order, one a line; lists of numbers stay on one line."""
    return (_json(data, "\n") + "\n").encode("utf-8", "backslashreplace")


def _json(value: Any, newline: str) -> str:
    inner = newline + "  "
    if isinstance(value, dict) and value:
        items = [f"{json.dumps(str(key))}: {_json(item, inner)}" for key, item in value.items()]
        return "{" + inner + f",{inner}".join(items) + newline + "}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "[" + inner + f",{inner}".join(_json(item, inner) for item in value) + newline + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def read_bytes(path: Path) -> bytes:
    """The whole file, or a DatasetError that names it."""
    with explained("read", path):
        return path.read_bytes()


def read_json(path: Path) -> dict[str, Any]:
    """A file that holds one JSON object, or a DatasetError that names it."""
    try:
        data = json.loads(read_bytes(path))
    except ValueError as error:
        raise DatasetError(f"{path}: damaged, this is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise DatasetError(f"{path}: damaged, expected a JSON object")
    return data
