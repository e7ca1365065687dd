"""Where an export goes: a folder that knows it is one, filled file by file, each whole or not there."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from scenegen.dataset.files import aside, explained, json_bytes, locked, replace_file, sweep
from scenegen.errors import DatasetError
from scenegen.export.selection import Selection

RECORD = ".scenegen-export.json"


class ExportFolder:
    """Refuses a folder that holds anything it did not write itself under the same choices.

    A file that is there is complete, so what was written by an interrupted run is kept; files that
    list others (`write(…, again=True)`) are written anew each time.
    """

    def __init__(
        self, root: Path, form: str, selection: Selection, options: Mapping[str, str]
    ) -> None:
        self.root = root
        self.progress: Callable[[int, int], None] = lambda done, total: None
        self._record = {
            "format": form,
            "dataset": selection.dataset.card.name,
            "recipe_sha256": selection.dataset.card.recipe_sha256,
            "split": dict(selection.splits),
            "categories": dict(selection.renamed),
            "min_visible": selection.min_visible,
            "scenes": [selection.only.start, selection.only.stop] if selection.only else None,
            "options": dict(options),
        }
        self._swept: set[Path] = set()

    def __enter__(self) -> "ExportFolder":
        with explained("create", self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self.root)
        self._lock.__enter__()
        self._claim()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    def path(self, name: str) -> Path:
        """A place in the folder; its parents are made. `name` may not leave the folder."""
        place = self.root / name
        if not place.resolve().is_relative_to(self.root.resolve()):
            raise DatasetError(f"{name}: leaves the export's folder")
        if place.parent not in self._swept:
            with explained("create", place.parent):
                place.parent.mkdir(parents=True, exist_ok=True)
            sweep(place.parent)
            self._swept.add(place.parent)
        return place

    def has(self, name: str) -> bool:
        return (self.root / name).exists()

    def write(self, name: str, data: bytes, *, again: bool = False) -> None:
        """A file, whole or not there; one that is there stays, unless `again`."""
        place = self.path(name)
        if again or not place.exists():
            replace_file(place, data)

    def write_json(self, name: str, data: object, *, again: bool = True) -> None:
        self.write(name, json_bytes(data), again=again)

    def link(self, source: Path, name: str) -> None:
        """The same file under another name: a hard link where the disk can, else a copy."""
        place = self.path(name)
        if place.exists():
            return
        try:
            os.link(source, place)
        except OSError:
            with aside(place, Path.touch) as hidden, explained("write", place):
                shutil.copyfile(source, hidden)
                hidden.replace(place)

    def finish(self) -> None:
        """Say that nothing is missing."""
        replace_file(self.root / RECORD, json_bytes({**self._record, "complete": True}))

    def _claim(self) -> None:
        record = self.root / RECORD
        if record.exists():
            found = json.loads(record.read_bytes())
            changed = [key for key, value in self._record.items() if found.get(key) != value]
            if changed:
                raise DatasetError(
                    f"{self.root}: an export with other choices is there ({', '.join(changed)} "
                    "differ); choose another folder, or remove this one"
                )
        else:
            with explained("read", self.root):
                strangers = [p.name for p in self.root.iterdir() if not p.name.startswith(".")]
            if strangers:
                raise DatasetError(
                    f"{self.root}: the folder is not empty and is no export: it holds "
                    f"{strangers[0]}; choose another"
                )
        replace_file(record, json_bytes({**self._record, "complete": False}))


def digest(data: bytes) -> str:
    """sha256, as `sha256sum` prints it."""
    return hashlib.sha256(data).hexdigest()
