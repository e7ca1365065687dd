"""A mesh file becomes drawable parts: metres, z up, checked, with normals."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.files import MeshFile
from scenegen.assets.foreign import dae_claims, read_dae, read_ply, read_stl
from scenegen.assets.gltf import read_gltf
from scenegen.assets.model import Floats, Part, PartMaterial
from scenegen.assets.normals import corner_normals, split, welded
from scenegen.assets.obj import read_obj
from scenegen.assets.places import Files
from scenegen.assets.raw import Array, RawPart, unit
from scenegen.assets.sources import METRES
from scenegen.errors import AssetError

A = TypeVar("A", bound=NDArray[Any])
READERS: dict[str, Callable[[Files], list[RawPart]]] = {
    ".glb": read_gltf,
    ".gltf": read_gltf,
    ".obj": read_obj,
    ".dae": read_dae,
    ".ply": read_ply,
    ".stl": read_stl,
}
LARGEST, SMALLEST = 5.0, 0.002  # metres, longest side
USUAL = 0.15
Z_FROM_X = np.array([[0, 0, -1.0, 0], [0, 1.0, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1.0]])
Z_FROM_Y = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])


def load_parts(file: MeshFile) -> tuple[Part, ...]:
    """The visible parts in metres, z up; AssetError names the file and says what to change."""
    parts = load_raw(file)
    check_size(file, bounds(parts))
    return tuple(finished(part) for part in parts)


def load_raw(file: MeshFile) -> list[RawPart]:
    """Its triangles in metres, z up, with their outside out; at least one has an area."""
    return outside_out(solid_faces(file.path, read_any(file)))


def read_any(file: MeshFile) -> list[RawPart]:
    """What the file says, turned to metres and z up."""
    path = Path(file.path)
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        raise AssetError(f"{path}: not one of the mesh formats {', '.join(READERS)}")
    files = Files(path, Path(file.root))
    parts = reader(files)
    metres, up = 1.0, "y" if suffix in (".glb", ".gltf") else "z"
    if suffix == ".dae":
        metres, up = dae_claims(files)
    scale = METRES.get(file.units, metres)
    matrix = {"x": Z_FROM_X, "y": Z_FROM_Y, "z": np.eye(4)}[up if file.up == "auto" else file.up]
    return [part.moved(matrix @ np.diag([scale, scale, scale, 1.0])) for part in parts]


def solid_faces(path: str, parts: list[RawPart]) -> list[RawPart]:
    """The parts without faces that have no area; AssetError if none or no number is left."""
    parts = [part for part in parts if len(part.faces)]
    if not parts:
        raise AssetError(f"{path}: there is no face in it (points and lines cannot be dropped)")
    if not all(np.isfinite(part.positions[part.faces]).all() for part in parts):
        raise AssetError(f"{path}: some vertices are not finite numbers; export the mesh again")
    size = float(np.ptp(bounds(parts), axis=0).max())
    parts = [replace(part, faces=part.faces[_areas(part) > (size * 1e-8) ** 2]) for part in parts]
    parts = [part for part in parts if len(part.faces)]
    if not parts:
        raise AssetError(f"{path}: all its faces have no area; export the mesh again")
    return parts


def bounds(parts: Iterable[RawPart]) -> Array:
    """(2, 3) lowest and highest corner of everything drawn."""
    used = [part.positions[np.unique(part.faces)] for part in parts]
    corners = [np.stack([points.min(axis=0), points.max(axis=0)]) for points in used]
    return np.stack([np.min(corners, axis=(0, 1)), np.max(corners, axis=(0, 1))])


def check_size(file: MeshFile, box: Array) -> None:
    """Raise where nobody would drop a thing of this size, and guess the unit that was meant."""
    longest = float(np.ptp(box, axis=0).max())
    if SMALLEST <= longest <= LARGEST:
        return
    advice = "; set `units` to what the file is written in"
    if guess := guess_units(file, longest):
        unit_name, size = guess
        advice = f"; in {unit_name} it would be {_length(size)}: set `units: {unit_name}`"
    raise AssetError(f"{file.path}: its longest side is {_length(longest)}{advice}")


def guess_units(file: MeshFile, longest: float) -> tuple[str, float] | None:
    """The unit in which its longest side (metres) would be that of a thing on a table."""
    written = longest / METRES.get(file.units, 1.0)
    sizes = {name: written * metres for name, metres in METRES.items() if name != file.units}
    likely = [(name, sizes[name]) for name in ("mm", "cm", "m") if name in sizes]
    fitting = [(name, size) for name, size in likely if 0.02 <= size <= 1.5]
    return min(fitting, key=lambda guess: abs(np.log(guess[1] / USUAL)), default=None)


def outside_out(parts: list[RawPart]) -> list[RawPart]:
    """The parts with faces counter-clockwise from outside.

    The file's normals decide, where it has some; else the sign of the volume, if it is closed.
    """
    told = [part if agreement(part) >= 0 else _reversed(part) for part in parts]
    if any(part.normals is not None for part in told):
        return told
    triangles = np.concatenate([part.positions[part.faces] for part in told])
    return [_reversed(part) for part in told] if inside_out(triangles) else told


def agreement(part: RawPart) -> float:
    """Mean cosine between the file's normals and those of its faces' winding; 0 without."""
    if not has_normals(part) or part.normals is None:
        return 0.0
    a, b, c = np.moveaxis(part.positions[part.faces], 1, 0)
    crosses = np.cross(b - a, c - a)
    told = unit(part.normals)[part.faces].mean(axis=1)
    return float(np.einsum("ij,ij->", crosses, told) / np.linalg.norm(crosses, axis=1).sum())


def inside_out(triangles: Array) -> bool:
    """Whether (M, 3, 3) triangles close a volume whose sign is negative."""
    if not closed(triangles):
        return False
    a, b, c = np.moveaxis(triangles - triangles[0, 0], 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) < 0


def closed(triangles: Array) -> bool:
    """Whether every edge of (M, 3, 3) triangles is met once in each direction."""
    places = welded(triangles.reshape(-1, 3)).reshape(-1, 3)
    count = int(places.max()) + 1
    starts, ends = places.reshape(-1), np.roll(places, -1, axis=1).reshape(-1)
    real = starts != ends
    forward = np.sort(starts[real] * count + ends[real])
    return bool(np.array_equal(forward, np.sort(ends[real] * count + starts[real])))


def has_normals(part: RawPart) -> bool:
    """Whether the file gives every vertex that is drawn a normal of some length."""
    if part.normals is None or part.normals.shape != part.positions.shape:
        return False
    lengths = np.linalg.norm(part.normals[np.unique(part.faces)], axis=1)
    return bool(np.isfinite(lengths).all() and (lengths > 1e-6).all())


def finished(part: RawPart) -> Part:
    """The part as it is drawn: vertices that are used, each with one normal; read-only."""
    if part.normals is not None and has_normals(part):
        source, faces = np.unique(part.faces, return_inverse=True)
        faces, normals = faces.reshape(-1, 3), unit(part.normals[source])
    else:
        corners = corner_normals(part.positions, part.faces)
        faces, source, normals = split(part.faces, corners)
    uv = None if part.uv is None else _frozen(np.nan_to_num(part.uv[source]))
    return Part(
        positions=_frozen(part.positions[source]),
        normals=_frozen(normals),
        faces=frozen(faces.astype(np.uint32)),
        material=part.material or _plain(part),
        uv=uv,
        colors=None if part.colors is None else _frozen(part.colors[source]),
    )


def frozen(array: A) -> A:
    """The array, read-only."""
    array.setflags(write=False)
    return array


def _frozen(values: Array) -> Floats:
    return frozen(np.ascontiguousarray(values, dtype=np.float32))


def _plain(part: RawPart) -> PartMaterial:
    """A surface for meshes without one: grey, or white under vertex colors."""
    return PartMaterial() if part.colors is None else PartMaterial(base_color=(1.0, 1.0, 1.0))


def _reversed(part: RawPart) -> RawPart:
    return replace(part, faces=part.faces[:, ::-1])


def _areas(part: RawPart) -> Array:
    a, b, c = np.moveaxis(part.positions[part.faces], 1, 0)
    areas: Array = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return areas


def _length(metres: float) -> str:
    return f"{metres:.3g} m" if metres >= 0.01 else f"{metres * 1000:.3g} mm"
