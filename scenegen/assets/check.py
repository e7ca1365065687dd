"""What `scenegen assets check DIR` finds: one row a mesh, good or bad, and what is odd about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scenegen.assets.files import MESH_SUFFIXES, MeshFile
from scenegen.assets.index import YCB_MESHES, Entry, index
from scenegen.assets.load import load_asset
from scenegen.assets.mesh import (
    agreement,
    bounds,
    check_size,
    closed,
    guess_units,
    inside_out,
    read_any,
    solid_faces,
)
from scenegen.assets.raw import Array, RawPart
from scenegen.assets.sources import METRES, Bop, Folder, Source, Urdf, Ycb
from scenegen.assets.urdf import read_urdf
from scenegen.errors import AssetError, ScenegenError

MANY_FACES = 200_000


@dataclass(frozen=True)
class Row:
    """One mesh: what was measured, as far as it could be read, and its problems in words.

    `size_cm` are the sides of its box; `mass` is in kg; `parts` counts convex parts.
    """

    id: str
    path: str
    size_cm: tuple[float, float, float] | None = None
    faces: int = 0
    textures: int = 0
    parts: int = 0
    mass: float | None = None
    problems: tuple[str, ...] = ()
    usable: bool = False


def check_folder(folder: Path) -> Iterator[Row]:
    """A row for every mesh in a folder, as each is done; AssetError if there is none."""
    source = guess_source(folder)
    for entry in index(source, [folder]):
        yield check_entry(entry)


def guess_source(folder: Path) -> Source:
    """The source that a recipe would use for a folder, by what lies in it."""
    if not folder.is_dir():
        raise AssetError(f"{folder}: there is no such folder")
    if (folder / "models_info.json").is_file() or any(folder.glob("obj_[0-9]*.ply")):
        return Bop(bop=".")
    if any(any(folder.glob(f"*/{name}")) for name in YCB_MESHES):
        return Ycb(ycb=".")
    meshes = any(p.suffix.lower() in MESH_SUFFIXES for p in folder.glob("*"))
    if not meshes and any(folder.glob("*.urdf")):
        return Urdf(urdf=".")
    return Folder(folder=".")


def check_entry(entry: Entry) -> Row:
    """What is found in one object; an AssetError becomes a problem of its row."""
    row = Row(entry.info.id, entry.info.path)
    try:
        parts = _drawn(entry)
        row = _measured(row, entry, parts)
        check_size(entry.mesh, bounds(parts))
        body = load_asset(entry).body
    except ScenegenError as error:
        return replace(row, problems=(*row.problems, str(error)))
    return replace(row, parts=len(body.collision), mass=body.mass, usable=True)


def _drawn(entry: Entry) -> list[RawPart]:
    """The triangles as the file has them, before anything is put right."""
    if Path(entry.mesh.path).suffix.lower() == ".urdf":
        return read_urdf(entry.mesh).parts
    return solid_faces(entry.mesh.path, read_any(entry.mesh))


def _measured(row: Row, entry: Entry, parts: Sequence[RawPart]) -> Row:
    x, y, z = (float(side) for side in np.ptp(bounds(parts), axis=0) * 100)
    return replace(
        row,
        size_cm=(x, y, z),
        faces=sum(len(part.faces) for part in parts),
        textures=sum(_texture_count(part) for part in parts),
        problems=tuple(_problems(entry.mesh, parts)),
    )


def _texture_count(part: RawPart) -> int:
    material = part.material
    if material is None:
        return 0
    maps = (
        material.base_color_texture,
        material.metallic_roughness_texture,
        material.normal_texture,
    )
    return sum(picture is not None for picture in maps)


def _problems(file: MeshFile, parts: Sequence[RawPart]) -> Iterator[str]:
    """What is odd about triangles that can be used all the same."""
    triangles = np.concatenate([part.positions[part.faces] for part in parts])
    if len(triangles) > MANY_FACES:
        yield f"{len(triangles):,} faces draw slowly; simplify it to fewer than {MANY_FACES:,}"
    if not closed(triangles):
        yield "not watertight: mass comes from its convex parts"
    elif inside_out(triangles):
        yield "inside out: its faces were turned round"
    if any(agreement(part) < 0 for part in parts):
        yield "its normals point against its faces: the faces were turned round"
    if any(_texture_count(part) and part.uv is None for part in parts):
        yield "a texture, but no texture coordinates: it cannot be laid on"
    if all(part.material is None and part.colors is None for part in parts):
        yield "no material and no colors: it is drawn grey"
    if twins := _repeated(triangles):
        yield f"{twins:,} faces are there twice and will flicker"
    if spare := sum(_unused(part) for part in parts):
        yield f"{spare:,} vertices belong to no face"
    yield from _odd_size(file, float(np.ptp(bounds(parts), axis=0).max()))


def _odd_size(file: MeshFile, longest: float) -> Iterator[str]:
    """A doubt about the unit of a size that is possible but rare."""
    if 0.01 <= longest <= 1.5 or not 0.002 <= longest <= 5.0:
        return
    guess = guess_units(file, longest)
    if guess and METRES.get(file.units, 1.0) != METRES[guess[0]]:
        yield f"its longest side is {longest:.3g} m; in {guess[0]} it would be {guess[1]:.3g} m"


def _repeated(triangles: Array) -> int:
    """How many triangles have the same three corners as another before them."""
    step = max(float(np.ptp(triangles.reshape(-1, 3), axis=0).max()) * 1e-6, 1e-300)
    corners = np.round(triangles / step).astype(np.int64)
    order = np.lexsort((corners[..., 2], corners[..., 1], corners[..., 0]), axis=1)
    rows = np.take_along_axis(corners, order[..., None], axis=1).reshape(-1, 9)
    return len(rows) - len(np.unique(rows, axis=0))


def _unused(part: RawPart) -> int:
    return len(part.positions) - len(np.unique(part.faces))
