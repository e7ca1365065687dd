"""Results remembered by content, in the user's cache folder."""

import hashlib
import importlib.metadata
import io
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.raw import Array


def folder() -> Path:
    """$SCENEGEN_CACHE, else scenegen/ in $XDG_CACHE_HOME, else ~/.cache/scenegen."""
    if own := os.environ.get("SCENEGEN_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "scenegen"


def remembered(
    work: Callable[[], dict[str, Array]], data: Sequence[NDArray[Any]], parameters: str
) -> dict[str, Array]:
    """What `work()` makes of `data`, from the cache if it was done before with `parameters`."""
    path = folder() / "convex" / f"{key(data, parameters)}.npz"
    known = _read(path)
    if known is not None:
        return known
    result = work()
    _write(path, result)
    return result


def key(data: Sequence[NDArray[Any]], parameters: str) -> str:
    """The name of a result: a hash of all that it depends on."""
    digest = hashlib.sha256(f"coacd {importlib.metadata.version('coacd')} {parameters}".encode())
    for array in data:
        digest.update(f"{array.shape}".encode())
        digest.update(np.ascontiguousarray(array, "<f8").tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Array] | None:
    """The arrays in a file; None where it is missing or damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name].astype(np.float64) for name in stored.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    sound = all(array.ndim == 2 and np.isfinite(array).all() for array in arrays.values())
    return arrays if arrays and sound else None


def _write(path: Path, result: dict[str, Array]) -> None:
    """Store the arrays, whole or not at all; a folder that cannot be written is no failure."""
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(result)
    np.savez_compressed(buffer, **named)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(buffer.getvalue())
        os.replace(file.name, path)
    except OSError as error:
        _warn_once(f"the cache {folder()} cannot be written ({error.strerror}); convex parts are "
                   f"computed again each time: set SCENEGEN_CACHE to a folder you own")  # fmt: skip


_warned: set[str] = set()


def _warn_once(message: str) -> None:
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, stacklevel=2)
