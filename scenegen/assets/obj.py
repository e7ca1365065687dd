"""Wavefront OBJ: every face kept, one part a material; relative indices, polygons, seams."""

import itertools
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import PartMaterial
from scenegen.assets.mtl import read_mtl
from scenegen.assets.places import Files, read_bytes
from scenegen.assets.raw import Array, RawPart, linear_from_srgb
from scenegen.errors import AssetError

Indices = NDArray[np.int64]
_WIDTHS = {"v": (3, 4, 6, 7), "vt": (1, 2, 3), "vn": (3,)}


@dataclass
class _Lines:
    """The lines of a file, sorted by what they define."""

    v: list[str] = field(default_factory=list)
    vt: list[str] = field(default_factory=list)
    vn: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    faces: dict[str, list[str]] = field(default_factory=dict)
    origins: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)


def read_obj(files: Files) -> list[RawPart]:
    """The parts of an OBJ file, one for each `usemtl` name, in the order of the file."""
    text = read_bytes(files.mesh).decode("utf-8", "replace")
    lines = _sorted_lines(text)
    tables = {kind: _table(files, kind, getattr(lines, kind)) for kind in _WIDTHS}
    materials: dict[str, PartMaterial] = {}
    used = [name for name in lines.faces if name]
    for library in lines.libraries:
        materials |= read_mtl(files, library, used)
    parts = []
    for name, faces in lines.faces.items():
        corners = _corners(files, faces, lines.origins[name], tables)
        if len(corners):
            parts.append(_part(corners, tables, materials.get(name)))
    return parts


def _sorted_lines(text: str) -> _Lines:
    """One pass over the file; statements that draw nothing are left out."""
    lines = _Lines()
    name = ""
    keep = {"v": lines.v, "vt": lines.vt, "vn": lines.vn}
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        key, *others = line.split(None, 1) or ("",)
        rest = others[0] if others else ""
        if key in keep:
            keep[key].append(rest)
        elif key == "f":
            if name not in lines.faces:
                lines.faces[name], lines.origins[name] = [], []
            lines.faces[name].append(rest)
            if "-" in rest:
                lines.origins[name].append((len(lines.v), len(lines.vt), len(lines.vn)))
            else:
                lines.origins[name].append((0, 0, 0))
        elif key == "usemtl":
            name = rest.strip()
        elif key == "mtllib":
            lines.libraries.append(rest.strip())
    return lines


def _table(files: Files, kind: str, lines: Sequence[str]) -> Array:
    """(N, columns) numbers of all `v`, `vt` or `vn` lines."""
    if not lines:
        return np.zeros((0, 3))
    columns = len(lines[0].split("#")[0].split())
    numbers = _numbers(" ".join(lines)) if "#" not in lines[0] else None
    if columns in _WIDTHS[kind] and numbers is not None and len(numbers) == columns * len(lines):
        return numbers.reshape(-1, columns)
    rows = [line.split("#")[0].split() for line in lines]
    width = min(len(row) for row in rows)
    try:
        table = np.array([row[:width] for row in rows], dtype=np.float64)
    except ValueError:
        table = np.zeros((0, 0))
    if table.ndim == 2 and table.shape[1] >= min(_WIDTHS[kind]):
        return table
    raise AssetError(f"{files.mesh}: a `{kind}` line is no list of numbers; export the mesh again")


def _numbers(text: str) -> Array | None:
    """All numbers of a text of numbers, or None where it holds anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.fromstring(text, dtype=np.float64, sep=" ")
        except (DeprecationWarning, ValueError):
            return None


def _corners(
    files: Files,
    faces: Sequence[str],
    origins: Sequence[tuple[int, int, int]],
    tables: dict[str, Array],
) -> Indices:
    """(M, 3, 3) indices of position, uv and normal (−1: none) of every triangle's corners."""
    corners = _uniform(faces)
    if corners is None:
        corners = _one_by_one(files, faces, origins)
    counts = np.array([len(tables[kind]) for kind in ("v", "vt", "vn")])
    outside = (corners >= counts) | (corners[..., :1] < 0)
    outside[..., 1:] &= counts[1:] > 0
    if outside.any():
        raise AssetError(
            f"{files.mesh}: a face refers to a vertex that is not there; the file is cut short or "
            f"damaged: export it again"
        )
    corners[..., 1:][corners[..., 1:] >= counts[1:]] = -1
    return corners


def _uniform(faces: Sequence[str]) -> Indices | None:
    """The corners where all faces are alike triangles or quads with positive indices, fast."""
    tokens = faces[0].split()
    blob = " ".join(faces)
    slashes = tokens[0].count("/") if tokens else 0
    if len(tokens) not in (3, 4) or "-" in blob or "#" in blob:
        return None
    total = len(tokens) * len(faces)
    skips = tokens[0].count("//")
    if blob.count("/") != slashes * total or blob.count("//") != skips * total:
        return None
    numbers = _numbers(blob.replace("//", "/0/").replace("/", " "))
    if numbers is None or len(numbers) != total * (slashes + 1) or len(blob.split()) != total:
        return None
    if any(len(line.split()) != len(tokens) for line in faces):
        return None
    table = np.zeros((len(faces), len(tokens), 3))
    table[..., : slashes + 1] = numbers.reshape(len(faces), len(tokens), slashes + 1)
    indices = table.astype(np.int64) - 1
    if len(tokens) == 3:
        return indices
    return np.stack([indices[:, [0, 1, 2]], indices[:, [0, 2, 3]]], axis=1).reshape(-1, 3, 3)


def _one_by_one(
    files: Files, faces: Sequence[str], origins: Sequence[tuple[int, int, int]]
) -> Indices:
    """The corners of any faces: polygons become fans, negative indices count backwards."""
    triangles = []
    for line, origin in zip(faces, origins, strict=True):
        try:
            corners = [_corner(token, origin) for token in line.split("#")[0].split()]
        except ValueError:
            raise AssetError(f"{files.mesh}: face 'f {line[:60]}' cannot be read") from None
        for second, third in itertools.pairwise(corners[1:]):
            triangles.append([corners[0], second, third])
    return np.array(triangles, dtype=np.int64).reshape(-1, 3, 3)


def _corner(token: str, origin: tuple[int, int, int]) -> list[int]:
    """Zero-based indices of one `v/vt/vn`, −1 where it says nothing."""
    numbers = [int(text) if text else 0 for text in token.split("/")[:3]]
    numbers += [0] * (3 - len(numbers))
    return [
        n - 1 if n >= 0 else max(count + n, -1) for n, count in zip(numbers, origin, strict=True)
    ]


def _part(corners: Indices, tables: dict[str, Array], material: PartMaterial | None) -> RawPart:
    """Vertices are unique triples of position, uv and normal."""
    flat = corners.reshape(-1, 3)
    counts = [len(tables[kind]) + 1 for kind in ("vt", "vn")]
    key = (flat[:, 0] * counts[0] + flat[:, 1] + 1) * counts[1] + flat[:, 2] + 1
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    v, vt, vn = flat[first].T
    rows = tables["v"][v]
    colors = linear_from_srgb(_unit_range(rows[:, -3:])) if rows.shape[1] >= 6 else None
    uv_table = tables["vt"]
    if len(uv_table) and uv_table.shape[1] == 1:
        uv_table = np.pad(uv_table, ((0, 0), (0, 1)))
    return RawPart(
        positions=rows[:, :3],
        faces=inverse.reshape(-1, 3).astype(np.int64),
        material=material,
        normals=tables["vn"][vn] if (vn >= 0).all() else None,
        uv=np.where(vt[:, None] >= 0, uv_table[vt, :2], 0.0) if (vt >= 0).any() else None,
        colors=colors,
    )


def _unit_range(colors: Array) -> Array:
    """Colors in [0, 1], also where a file writes 0 to 255."""
    return colors / 255.0 if colors.max(initial=0.0) > 1.0 else colors
