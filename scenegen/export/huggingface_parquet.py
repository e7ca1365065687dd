"""Parquet files that `datasets` opens as what they are: pictures inside, class names in the schema."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenegen.dataset.files import aside, explained, read_bytes
from scenegen.errors import DatasetError
from scenegen.export.folder import ExportFolder
from scenegen.export.huggingface_rows import (
    DEEP,
    IMAGES,
    Row,
    as_stored,
    column,
    described,
    semantic_png,
)
from scenegen.export.selection import Picked, Selection

_SCENES = b"scenegen.scenes"
_OBJECTS = {
    "instance_id": "int32[]", "category": "label[]", "name": "string[]", "asset_id": "string[]",
    "bbox": "float64[][]", "bbox_amodal": "float64[][]", "area": "int64[]",
    "visible_fraction": "float64[]", "occlusion": "float64[]", "truncation": "float64[]",
    "camera_from_object": "float64[][][]", "cuboid_center": "float64[][]",
    "cuboid_size": "float64[][]",
}  # fmt: skip
_COLUMNS: dict[str, "str | dict[str, str]"] = {
    "image_id": "int64", "width": "int32", "height": "int32", "objects": _OBJECTS,
    "scene": "int64", "shot": "string", "capture": "int32", "time": "float64",
    "camera": "string", "eye": "string", "K": "float64[][]", "distortion_model": "string",
    "distortion": "float64[]", "world_from_camera": "float64[][]", "depth_scale": "float64",
    "labels": "string",
}  # fmt: skip
"""Column by name; [] is a list, `label` the number of a category from 0."""


def write_parquet(
    selection: Selection, scenes: Sequence[int], folder: ExportFolder, name: str
) -> bool:
    """One file with these scenes, a row group each; False if it is there with the same ones."""
    pyarrow, parquet = _pyarrow()
    place = folder.path(name)
    outputs = [output for output in (*IMAGES, *DEEP) if output in selection.dataset.card.outputs]
    schema = _schema(selection, outputs)
    listed = json.dumps(list(scenes)).encode()
    if place.exists() and _scenes_in(parquet, place) == listed:
        return False
    schema = schema.with_metadata({**schema.metadata, _SCENES: listed})
    with aside(place, Path.touch) as hidden, explained("write", place):
        with parquet.ParquetWriter(hidden, schema, use_dictionary=False) as writer:
            for index in scenes:
                rows = [_row(selection, picked, outputs) for picked in selection.picked(index)]
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
        hidden.replace(place)
    return True


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DatasetError(
            "layout=parquet needs pyarrow: pip install 'scenegen[parquet]'"
        ) from None
    return pyarrow, parquet


def _scenes_in(parquet: Any, place: Path) -> bytes | None:
    found: bytes | None = (parquet.read_schema(place).metadata or {}).get(_SCENES)
    return found


def _row(selection: Selection, picked: Picked, outputs: Sequence[str]) -> Row:
    """A shot with the bytes of its pictures; what it has not is null."""
    row = described(selection, picked)
    there = picked.shot.record.files
    for output in outputs:
        if output not in there:
            row[column(output)] = None
        elif output in DEEP:
            row[output] = read_bytes(picked.shot.path(output))
        else:
            row[column(output)] = {
                "bytes": _picture(selection, picked, output),
                "path": f"{picked.name}.{output}.png",
            }
    return row


def _picture(selection: Selection, picked: Picked, output: str) -> bytes:
    if output == "semantic" and not as_stored(selection):
        return semantic_png(selection, picked)
    return read_bytes(picked.shot.path(output))


# ---------------------------------------------------------------------------- the schema


def _schema(selection: Selection, outputs: Sequence[str]) -> Any:
    """The columns' types for Arrow, and in the metadata what they mean to `datasets`."""
    pyarrow, _ = _pyarrow()
    picture = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    types = {column(o): pyarrow.binary() if o in DEEP else picture for o in outputs}
    types |= {name: _arrow(pyarrow, kind) for name, kind in _COLUMNS.items()}
    features: dict[str, Any] = {
        column(o): {"dtype": "binary", "_type": "Value"} if o in DEEP else {"_type": "Image"}
        for o in outputs
    }
    features |= {name: _feature(kind, selection.names) for name, kind in _COLUMNS.items()}
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    return pyarrow.schema(list(types.items()), metadata=about)


def _arrow(pyarrow: Any, kind: str | dict[str, str]) -> Any:
    if isinstance(kind, dict):
        return pyarrow.struct([(name, _arrow(pyarrow, inner)) for name, inner in kind.items()])
    if kind.endswith("[]"):
        return pyarrow.list_(_arrow(pyarrow, kind[:-2]))
    return getattr(pyarrow, "int64" if kind == "label" else kind)()


def _feature(kind: str | dict[str, str], names: Sequence[str]) -> dict[str, Any]:
    """The type in the words of `datasets`; `Sequence` is read by its old and new versions."""
    if isinstance(kind, dict):
        return {name: _feature(inner, names) for name, inner in kind.items()}
    if kind.endswith("[]"):
        return {"feature": _feature(kind[:-2], names), "_type": "Sequence"}
    if kind == "label":
        return {"names": list(names), "_type": "ClassLabel"}
    return {"dtype": kind, "_type": "Value"}
