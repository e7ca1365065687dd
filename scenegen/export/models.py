"""The objects of a dataset as BOP's 3D models: PLY in millimetres, models_info.json.

BOP's model frame has its origin in the middle of the 3D box; its axes are those of our object frame.
A model has one size, so an object that a recipe scales is another model.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import cdist

from scenegen.assets.library import Library
from scenegen.assets.model import Asset, AssetInfo
from scenegen.dataset.card import Card
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.models_texture import paint
from scenegen.export.selection import Selection
from scenegen.project import open_project

Array = NDArray[np.float64]

MM = 1000.0

_PLACES = ("models", "models_eval")


class Models:
    """Which number (`obj_id`) an object has.

    At scale 1 it is the place of its asset in dataset.json, from 1; other sizes follow in the order
    in which the scenes show them, so that scenes must be asked for in order.
    """

    def __init__(self, card: Card) -> None:
        self._places = {asset.id: number for number, asset in enumerate(card.assets, start=1)}
        self._scaled: dict[tuple[str, float], int] = {}
        self.used: dict[int, tuple[str, float]] = {}

    def of_scene(self, selection: Selection, index: int) -> dict[int, int]:
        """obj_id by instance id, of the targets whose categories were asked for."""
        return {
            thing.instance_id: self._number(thing.asset_id, thing.scale)
            for thing in selection.dataset.scene(index)[0].objects
            if thing.role == "target" and thing.category in selection.renamed
        }

    def _number(self, asset_id: str, scale: float) -> int:
        if scale == 1:
            number = self._places[asset_id]
        else:
            following = len(self._places) + len(self._scaled) + 1
            number = self._scaled.setdefault((asset_id, scale), following)
        self.used[number] = (asset_id, scale)
        return number

    @property
    def scaled(self) -> int:
        """How many models are there only because a recipe changes sizes."""
        return len(self._scaled)


def open_library(selection: Selection, options: Options) -> Library:
    """Where the meshes of the dataset are: its own recipe tells; errors name what is missing."""
    return open_project(selection.dataset.root / "recipe.yaml", options.asset_roots).library


def write_models(folder: ExportFolder, models: Models, library: Library) -> None:
    """models/obj_000001.ply, its texture, models_info.json and dataset_info.md. models_eval holds
    the same: nothing is thinned out.

    A model of another size than the file's is written anew: which it is may have changed.
    """
    facts = {}
    for number, (asset_id, scale) in sorted(models.used.items()):
        asset, name = library.load(asset_id), f"obj_{number:06d}"
        facts[str(number)] = model_info(asset, scale)
        if scale == 1 and all(folder.has(f"{place}/{name}.ply") for place in _PLACES):
            continue
        look = paint(asset.parts)
        ply = ply_bytes(asset, scale, look.columns, f"{name}.png" if look.texture else None)
        for place in _PLACES:
            if look.texture is not None:
                folder.write(f"{place}/{name}.png", look.texture, again=True)
            folder.write(f"{place}/{name}.ply", ply, again=True)
    for place in _PLACES:
        folder.write_json(f"{place}/models_info.json", facts)
    folder.write("dataset_info.md", _table(models.used, library).encode(), again=True)


def ply_bytes(
    asset: Asset, scale: float, columns: Mapping[str, NDArray[Any]], texture: str | None
) -> bytes:
    """A binary PLY; `columns` are further properties of its vertices, by name."""
    positions = np.concatenate([part.positions for part in asset.parts]).astype(np.float64)
    points = (positions - asset.bounds.mean(axis=0)) * scale * MM
    normals = np.concatenate([part.normals for part in asset.parts])
    table = {
        **dict(zip("xyz", points.T.astype("<f4"), strict=True)),
        **dict(zip(("nx", "ny", "nz"), normals.T.astype("<f4"), strict=True)),
        **columns,
    }
    vertices = np.empty(len(points), [(name, column.dtype) for name, column in table.items()])
    for name, column in table.items():
        vertices[name] = column
    counts = np.cumsum([0, *(len(part.positions) for part in asset.parts)])
    corners = [part.faces + start for part, start in zip(asset.parts, counts, strict=False)]
    faces = np.concatenate(corners).astype("<i4")
    rows = np.empty(len(faces), [("count", np.uint8), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, faces
    kinds = {"f": "float", "u": "uchar"}
    header = [
        "ply",
        "format binary_little_endian 1.0",
        *([f"comment TextureFile {texture}"] if texture else []),
        f"element vertex {len(vertices)}",
        *(f"property {kinds[column.dtype.kind]} {name}" for name, column in table.items()),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    return "\n".join([*header, ""]).encode() + vertices.tobytes() + rows.tobytes()


def model_info(asset: Asset, scale: float) -> dict[str, Any]:
    """An entry of models_info.json: diameter and box in mm, symmetries about the box's middle."""
    size = np.ptp(asset.bounds, axis=0) * scale * MM
    low = -size / 2
    info = {"diameter": round(diameter(asset) * scale * MM, 6)}
    info |= {f"min_{axis}": round(float(low[k]), 6) for k, axis in enumerate("xyz")}
    info |= {f"size_{axis}": round(float(size[k]), 6) for k, axis in enumerate("xyz")}
    return {**info, **_symmetries(asset.info, asset.bounds.mean(axis=0), scale)}


def diameter(asset: Asset) -> float:
    """Largest distance of two vertices, metres, at scale 1."""
    points = np.concatenate([part.positions for part in asset.parts]).astype(np.float64)
    try:
        points = points[ConvexHull(points).vertices]
    except QhullError:  # flat: no hull with a volume
        points = np.unique(points, axis=0)
    return max(
        float(cdist(some, points).max()) for some in np.array_split(points, len(points) // 1000 + 1)
    )


def _symmetries(info: AssetInfo, middle: Array, scale: float) -> dict[str, Any]:
    """BOP's two entries, each only if there is one: S moved to the middle is R, R m + t − m."""
    found: dict[str, Any] = {}
    if info.symmetries_discrete:
        found["symmetries_discrete"] = [
            _moved(np.reshape(numbers, (4, 4)), middle, scale)
            for numbers in info.symmetries_discrete
        ]
    if info.symmetries_continuous:
        found["symmetries_continuous"] = [
            {"axis": list(axis), "offset": _rounded((np.array(offset) - middle) * scale * MM)}
            for axis, offset in info.symmetries_continuous
        ]
    return found


def _moved(symmetry: Array, middle: Array, scale: float) -> list[float]:
    """16 numbers, row by row, translation in mm."""
    moved = symmetry.copy()
    moved[:3, 3] = (symmetry[:3, :3] @ middle + symmetry[:3, 3] - middle) * scale * MM
    return _rounded(moved.ravel(), 9)


def _rounded(values: Array, digits: int = 6) -> list[float]:
    numbers: list[float] = (np.round(values, digits) + 0.0).tolist()
    return numbers


def _table(used: Mapping[int, tuple[str, float]], library: Library) -> str:
    """What each model is, and whose."""
    lines = ["| obj_id | object | size | category | licence |", "|---|---|---|---|---|"]
    for number, (asset_id, scale) in sorted(used.items()):
        info = library.info(asset_id)
        licence = " ".join(info.licence.split()).replace("|", "/")
        lines.append(f"| {number} | {asset_id} | {scale:g} | {info.category} | {licence} |")
    return "\n".join([*lines, ""])
