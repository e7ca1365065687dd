"""The card in MLCommons' Croissant 1.0: what there is, of which type, in which file.

mlcroissant turns every picture into 8-bit RGB, so only rgb is declared as pictures to load; the
others are declared as files.
"""

from hashlib import file_digest
from typing import Any

from scenegen.export.folder import ExportFolder
from scenegen.export.selection import Selection

Entry = dict[str, Any]

SHOTS = {
    "image_id": ("sc:Integer", "one number for the shot"),
    "file": ("sc:Text", "name of its pictures, the same in each folder"),
    "split": ("sc:Text", "which split it belongs to"),
    "scene": ("sc:Integer", "number of the scene"),
    "shot": ("sc:Integer", "number of the shot in the scene"),
    "capture": ("sc:Integer", "which moment of the scene"),
    "time": ("sc:Float", "seconds after release"),
    "camera": ("sc:Text", "name of the camera"),
    "eye": ("sc:Text", "left, right or mono"),
    "width": ("sc:Integer", "pixels"),
    "height": ("sc:Integer", "pixels"),
    "K": ("sc:Float", "3 x 3, row by row, pixels; the centre of the top-left pixel is (0, 0)"),
    "distortion_model": ("sc:Text", "OpenCV's model, or pinhole"),
    "distortion": ("sc:Float", "OpenCV's coefficients in its order"),
    "world_from_camera": ("sc:Float", "4 x 4, row by row, metres; x right, y down, z forward"),
    "depth_scale": ("sc:Float", "metres a step of the depth picture"),
}
OBJECTS = {
    "image_id": ("sc:Integer", "of the shot"),
    "instance_id": ("sc:Integer", "value in the ids picture"),
    "category": ("sc:Text", "what it is"),
    "asset_id": ("sc:Text", "which mesh it is"),
    "bbox": ("cr:BoundingBox", "left, top, width, height around the visible pixels"),
    "area": ("sc:Integer", "visible pixels"),
    "visible_fraction": ("sc:Float", "share of the whole object that is seen"),
    "occlusion": ("sc:Float", "share of what is in the picture that others hide"),
    "truncation": ("sc:Float", "share that is outside of the picture"),
    "camera_from_object": ("sc:Float", "4 x 4, row by row, metres"),
    "cuboid_center": ("sc:Float", "middle of its 3D box in its own frame, metres"),
    "cuboid_size": ("sc:Float", "edges of its 3D box, metres"),
}
"""Columns of the tables: Croissant's type, and what they mean."""

_LISTS = {"K", "distortion", "world_from_camera", "camera_from_object", "cuboid_center", "cuboid_size"}  # fmt: skip  # noqa: E501

_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract",
    "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/",
    "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip


def card(selection: Selection, folder: ExportFolder, outputs: list[str]) -> Entry:
    """The contents of croissant.json; both tables are there."""
    about = selection.dataset.card
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.name,
        "description": about.description.strip() or f"Synthetic pictures with labels: {about.name}",
        "license": sorted({asset.licence for asset in about.assets if asset.licence}),
        "keywords": ["synthetic", "object detection", "6D pose", *selection.names],
        "isLiveDataset": False,
        "distribution": [
            *(_table(folder, name) for name in ("shots", "objects")),
            *(_pictures(output, about.conventions.get(output, "")) for output in outputs),
        ],
        "recordSet": [
            _records("shots", "A line a shot.", SHOTS, ["image_id"]),
            _records("objects", "A line an object.", OBJECTS, ["image_id", "instance_id"]),
            _images(),
        ],
    }


def _table(folder: ExportFolder, name: str) -> Entry:
    with folder.path(f"{name}.jsonl").open("rb") as file:
        checksum = file_digest(file, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}.jsonl",
        "name": f"{name}.jsonl",
        "contentUrl": f"{name}.jsonl",
        "encodingFormat": "application/jsonlines",
        "sha256": checksum,
    }


def _pictures(output: str, meaning: str) -> Entry:
    return {
        "@type": "cr:FileSet",
        "@id": f"{output}-files",
        "name": f"{output}-files",
        "description": meaning,
        "encodingFormat": "image/png",
        "includes": f"{output}/*.png",
    }


def _records(name: str, text: str, columns: dict[str, tuple[str, str]], key: list[str]) -> Entry:
    """A record set whose fields are the columns of a table."""
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": text,
        "key": [{"@id": f"{name}/{column}"} for column in key],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "description": meaning,
                "dataType": kind,
                **({"repeated": True} if column in _LISTS else {}),
                "source": {
                    "fileObject": {"@id": f"{name}.jsonl"},
                    "extract": {"column": column},
                },
            }
            for column, (kind, meaning) in columns.items()
        ],
    }


def _images() -> Entry:
    """The color pictures under the names that the table of shots has."""
    source = {"fileSet": {"@id": "rgb-files"}}
    return {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "The color picture of each shot.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"images/{name}",
                "name": name,
                "description": meaning,
                "dataType": kind,
                "source": {**source, "extract": {"fileProperty": part}},
            }
            for name, kind, part, meaning in (
                ("file", "sc:Text", "filename", "as in shots/file"),
                ("image", "sc:ImageObject", "content", "8-bit RGB, sRGB"),
            )
        ],
    }
