"""A finished dataset in the formats of other tools. Exporters read it and write elsewhere.

Each format is a module with a function `export(selection, folder, options)`; list it in `EXPORTERS`.
docs/formats.md tells what each writes and what it cannot say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from scenegen.errors import DatasetError
from scenegen.export.folder import ExportFolder
from scenegen.export.selection import Selection


@dataclass(frozen=True)
class Format:
    """Where an exporter lives, which of `Options` it knows, and what its format cannot say."""

    module: str
    summary: str
    options: frozenset[str] = frozenset()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """Choices that only some formats know; a format that does not know one refuses it."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    asset_roots: tuple[Path, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.chosen.get(name, default)


EXPORTERS: dict[str, Format] = {
    "coco": Format(
        "scenegen.export.coco",
        "COCO: instances, keypoints, panoptic; masks as run lengths, or polygons=true",
        frozenset({"polygons"}),
        ("coco has no depth, poses or cameras, and no masks of hidden parts",),
    ),
    "yolo": Format(
        "scenegen.export.yolo",
        "YOLO (Ultralytics): task=detect, segment, pose or obb",
        frozenset({"task"}),
        (
            "yolo has no ignore regions and no depth, poses or cameras; "
            "a mask is one polygon: lines join its parts",
        ),
    ),
    "semantic": Format(
        "scenegen.export.semantic",
        "a picture of class numbers with a palette, and the list of classes",
        lost=("semantic does not tell objects of a class apart",),
    ),
    "fat": Format(
        "scenegen.export.fat",
        "Falling Things (NDDS): stereo, 0.1 mm depth, classes, boxes in cm; dope=true for DOPE",
        frozenset({"dope", "jpeg_quality"}),
        ("fat has no instance masks and no truncation; a class has one size in a folder",),
    ),
    "huggingface": Format(
        "scenegen.export.huggingface",
        "Hugging Face datasets: image folder with metadata.jsonl; layout=parquet: one table with all",
        frozenset({"layout"}),
    ),
    "bop": Format(
        "scenegen.export.bop",
        "BOP, scene by scene: poses in mm, masks, models with symmetries",
        frozenset({"jpeg_quality"}),
        (
            "bop has no distractors, and no materials that a recipe changed: models look as their files",
        ),
    ),
    "shards": Format(
        "scenegen.export.shards",
        "tar shards of 1 000 shots (BOP-webdataset and all our labels), Parquet index, checksums",
        lost=(
            "shards leave scene.json and tracks.json, of scenes and not of shots, in the dataset",
        ),
    ),
    "glb": Format(
        "scenegen.export.glb",
        "glTF: the settled scene of each number with its lights and cameras, one file each",
        lost=(
            "glb has no image-based light, no shifted principal point, no lens distortion; only the "
            "last capture",
        ),
    ),
    "usd": Format(
        "scenegen.export.usd",
        "USD: the settled scene of each number with its lights, cameras and semantic labels",
        lost=(
            "usd has no lens distortion; a panorama becomes a plain dome; only the last capture",
        ),
    ),
    "kitti": Format(
        "scenegen.export.kitti",
        "KITTI: objects, calibration, depth, flow, disparity",
        frozenset(),
        (
            "kitti turns boxes about the vertical axis of the camera only: a box is the smallest such "
            "one around the object's own, and bigger than it where the object is tilted",
        ),
    ),
    "rerun": Format(
        "scenegen.export.rerun",
        "Rerun recordings to look at: pictures, masks, boxes, cameras, points on a timeline",
        lost=("rerun has no lens distortion: such a camera has its place and points, no frustum",),
    ),
    "croissant": Format(
        "scenegen.export.croissant",
        "MLCommons Croissant card with tables of shots and objects, and all pictures",
        lost=(
            "croissant has no keypoints and no amodal masks; its readers make 8-bit RGB of pictures, "
            "so only rgb is declared as one, the others as files",
        ),
    ),
}


def export_dataset(
    selection: Selection,
    name: str,
    out: Path,
    options: Options,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[str, ...]:
    """Write a selection in a format; returns remarks for the person: what the format cannot say.

    Run again it continues or adds what the dataset has gained. DatasetError: no such format, an
    option that it does not know, a folder with other things in it, a disk that is full.
    """
    if name not in EXPORTERS:
        raise DatasetError(f"there is no format '{name}'; there is: {', '.join(EXPORTERS)}")
    form = EXPORTERS[name]
    unknown = sorted(set(options.chosen) - form.options)
    if unknown:
        known = ", ".join(sorted(form.options)) or "none"
        raise DatasetError(f"{name} does not know --set {unknown[0]}=…; it knows: {known}")
    with ExportFolder(out, name, selection, options.chosen) as folder:
        folder.progress = progress
        remarks = tuple(import_module(form.module).export(selection, folder, options))
        folder.finish()
    return *form.lost, *remarks
