"""An image folder: pictures, and beside them in each split a metadata.jsonl with a line a shot."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile

from scenegen.dataset.files import aside, explained
from scenegen.export.folder import ExportFolder
from scenegen.export.huggingface_rows import (
    IMAGES,
    Row,
    as_stored,
    column,
    described,
    filled,
    semantic_png,
)
from scenegen.export.selection import Picked, Selection


def write_folders(selection: Selection, splits: Sequence[str], folder: ExportFolder) -> list[str]:
    """A folder a split; remarks name the splits whose tables `datasets` would not open together."""
    shown: dict[str, frozenset[str]] = {}
    done = 0
    for split in splits:
        shown[split] = _table(selection, split, folder, done)
        done += len(selection.scenes(split))
    missing = {split: frozenset[str]().union(*shown.values()) - shown[split] for split in splits}
    return [
        f"no shot in {split} has {', '.join(sorted(names))}: load_dataset does not open splits "
        "that differ so; --set layout=parquet has none of this trouble"
        for split, names in missing.items()
        if names
    ]


def _table(selection: Selection, split: str, folder: ExportFolder, done: int) -> frozenset[str]:
    """Write a split; returns the columns that are not empty in all its rows.

    `datasets` guesses the types from the first 10 MB: a row that shows a new one goes first.
    """
    shown: frozenset[str] = frozenset()
    total = len(selection.indices)
    place = folder.path(f"{split}/metadata.jsonl")
    with aside(place, Path.touch) as hidden, explained("write", place):
        with hidden.open("wb") as first, TemporaryFile(dir=place.parent) as rest:
            for number, index in enumerate(selection.scenes(split), start=done + 1):
                for row in _rows(selection, index, folder):
                    line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
                    (rest if filled(row) <= shown else first).write(line)
                    shown |= filled(row)
                folder.progress(number, total)
            rest.seek(0)
            copyfileobj(rest, first)
        hidden.replace(place)
    return shown


def _rows(selection: Selection, index: int, folder: ExportFolder) -> Iterable[Row]:
    for picked in selection.picked(index):
        yield {**_pictures(selection, picked, folder), **described(selection, picked)}


def _pictures(selection: Selection, picked: Picked, folder: ExportFolder) -> Row:
    """Put a shot's pictures beside the table; returns the columns that name them."""
    names: Row = {}
    there = picked.shot.record.files
    for output in IMAGES:
        if output not in selection.dataset.card.outputs:
            continue
        key = "file_name" if output == "rgb" else f"{column(output)}_file_name"
        names[key] = f"{picked.name}.{output}.png" if output in there else None
        if output not in there:
            continue
        name = f"{picked.split}/{picked.name}.{output}.png"
        if output == "semantic" and not as_stored(selection):
            folder.write(name, semantic_png(selection, picked))
        else:
            folder.link(picked.shot.path(output), name)
    return names
