"""Croissant: a card that catalogues read, with the tables and pictures that it describes.

croissant.json     the card
shots.jsonl        a line a shot
objects.jsonl      a line an object of a shot
rgb/000012_0003.png depth/000012_0003.png …
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from scenegen.dataset.files import aside, explained
from scenegen.export import Options
from scenegen.export.croissant_card import OBJECTS, SHOTS, card
from scenegen.export.folder import ExportFolder
from scenegen.export.huggingface_rows import Row, as_stored, described, semantic_png
from scenegen.export.pinholes import require
from scenegen.export.selection import Picked, Selection


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Link the pictures, write both tables, then the card with their checksums."""
    require(selection, "croissant", ("rgb",))
    indices, ignored, outputs = selection.indices, 0, set[str]()
    with ExitStack() as stack:
        shots = stack.enter_context(_table(folder, "shots.jsonl"))
        objects = stack.enter_context(_table(folder, "objects.jsonl"))
        for done, index in enumerate(indices, start=1):
            for picked in selection.picked(index):
                outputs |= _link(selection, folder, picked)
                row = described(selection, picked)
                _add(shots, [_shot_row(picked, row)], SHOTS)
                _add(objects, _object_rows(row), OBJECTS)
                ignored += len(picked.ignored)
            folder.progress(done, len(indices))
    folder.write_json("croissant.json", card(selection, folder, sorted(outputs)))
    return [f"{ignored} objects seen less than min_visible are not listed"] if ignored else []


@contextmanager
def _table(folder: ExportFolder, name: str) -> Iterator[IO[bytes]]:
    """A file to be filled line by line, there when it is whole."""
    place = folder.path(name)
    with aside(place, Path.touch) as hidden, explained("write", place):
        with hidden.open("wb") as file:
            yield file
        hidden.replace(place)


def _add(file: IO[bytes], rows: Iterable[Row], columns: Iterable[str]) -> None:
    for row in rows:
        line = {name: row[name] for name in columns}
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _link(selection: Selection, folder: ExportFolder, picked: Picked) -> set[str]:
    """The dataset's own pictures, a folder for each kind; returns the kinds."""
    outputs = picked.shot.outputs
    for output in outputs:
        name = f"{output}/{picked.name}.png"
        if output == "semantic" and not as_stored(selection):
            folder.write(name, semantic_png(selection, picked))
        else:
            folder.link(picked.shot.path(output), name)
    return set(outputs)


def _shot_row(picked: Picked, row: Row) -> Row:
    return {
        **row,
        "file": f"{picked.name}.png",
        "split": picked.split,
        "shot": int(picked.shot.stem),
        "eye": row["eye"] or "mono",
        "distortion_model": row["distortion_model"] or "pinhole",
        "K": _flat(row["K"]),
        "world_from_camera": _flat(row["world_from_camera"]),
    }


def _object_rows(row: Row) -> Iterator[Row]:
    """The lists of all objects as a row for each."""
    for values in zip(*row["objects"].values(), strict=True):
        thing = dict(zip(row["objects"], values, strict=True))
        yield {
            **thing,
            "image_id": row["image_id"],
            "category": thing["name"],
            "camera_from_object": _flat(thing["camera_from_object"]),
        }


def _flat(matrix: list[list[float]]) -> list[float]:
    return [value for line in matrix for value in line]
