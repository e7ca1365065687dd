"""What a surface is made of, read from its material's pictures at the points that rays hit."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import Image, Part
from scenegen.verify.case import Case
from scenegen.verify.meshes import Array
from scenegen.verify.rows import moved
from scenegen.verify.world import Hits

_SIDES = ((1, 1, 2), (1, -1, 2), (0, -1, 2), (0, 1, 2), (0, 1, 1), (0, -1, 1))
"""For faces toward +x −x +y −y +z −z: the axis that becomes u, its sign, and the one that becomes v,
so that writing on a wall reads upright from outside."""


_NORMALS = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0))
"""Of the floor and the walls, as `world` numbers them."""


def surface_colors(case: Case, hits: Hits) -> Array:
    """(N, 6) 8-bit sRGB base color, then 0, roughness and metallic; NaN where it cannot be told."""
    out = np.full((len(hits.rays), 6), np.nan)
    capture = case.folder.capture(case.stem)
    things = (*capture["objects"], *capture["fixtures"])
    for surface in np.unique(hits.surface).tolist():
        if surface < 0:
            continue
        at = np.flatnonzero(hits.surface == surface)
        if surface < len(things):
            out[at] = _of_thing(case, surface, things[surface]["material"], hits[at])
        else:
            kind = "floor" if surface == len(things) else "walls"
            out[at] = _of_flat(case, capture["backdrop"][kind], hits[at], surface - len(things))
    return out


def _of_thing(case: Case, place: int, override: Mapping[str, Any] | None, hits: Hits) -> Array:
    thing = case.take.world.things[place]
    mesh, points = thing.mesh, case.take.sight.in_mesh(place, hits.points)
    out = np.full((len(points), 6), np.nan)
    facing = case.take.sight.normals(hits, flat=True)
    footprint = _footprint(case, hits, facing)
    for number in np.unique(mesh.part[hits.triangle]).tolist():
        part, at = mesh.parts[number], np.flatnonzero(mesh.part[hits.triangle] == number)
        triangle = hits.triangle[at]
        weights = mesh.weights(triangle, points[at])
        corner = part.faces[triangle - mesh.first[number]]
        if override is not None and override["texture"] is not None:
            sheet = case.info.library.material(override["texture"])
            uv = box_uv(points[at] * thing.scale, mesh.faces[triangle]) / sheet.tile_size
            texels = footprint[at] / sheet.tile_size * sheet.base_color.shape[0]
            out[at] = _of_sheet(sheet, uv, texels, override)
            continue
        uv, texels = np.zeros((len(at), 2)), np.ones(len(at))
        if part.uv is not None:
            uv = np.einsum("ij,ijk->ik", weights, part.uv[corner].astype(np.float64))
            texels = footprint[at] / thing.scale * _density(part, corner)
        out[at] = _of_part(part, corner, weights, uv, texels, override)
    return out


def _footprint(case: Case, hits: Hits, facing: Array) -> Array:
    """(N,) metres that a pixel covers on the surface, in the middle of its two sides' lengths."""
    focal = (case.take.optics.k[0] + case.take.optics.k[4]) / 2
    cosine = np.abs(np.einsum("ij,ij->i", facing, hits.rays)) / np.linalg.norm(hits.rays, axis=1)
    return hits.depth / focal / np.sqrt(np.maximum(cosine, 0.05))


def _density(part: Part, corner: NDArray[Any]) -> Array:
    """(N,) texels a metre in the triangles with these (N, 3) vertices."""
    image = part.material.base_color_texture
    if image is None or part.uv is None:
        return np.ones(len(corner))
    a, b, c = np.moveaxis(part.positions[corner].astype(np.float64), 1, 0)
    p, q, r = np.moveaxis(part.uv[corner] * np.array(image.shape[1::-1], np.float64), 1, 0)
    (x, y), (z, w) = (q - p).T, (r - p).T
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return np.sqrt(np.abs(x * w - y * z) / np.maximum(area, 1e-18))


def _of_part(
    part: Part,
    corner: NDArray[Any],
    weights: Array,
    uv: Array,
    texels: Array,
    override: Mapping[str, Any] | None,
) -> Array:
    material, said = part.material, override or {}
    base = np.tile(np.array(material.base_color, np.float64), (len(uv), 1))
    if part.colors is not None:
        base *= np.einsum("ij,ijk->ik", weights, part.colors[corner].astype(np.float64))
    if material.base_color_texture is not None:
        base *= sampled(material.base_color_texture, uv, texels, srgb=True)
    rough = np.full(len(uv), material.roughness)
    metal = np.full(len(uv), material.metallic)
    if material.metallic_roughness_texture is not None:
        orm = sampled(material.metallic_roughness_texture, uv, texels, srgb=False)
        rough, metal = rough * orm[:, 1], metal * orm[:, 2]
    return _packed(base, rough, metal, said)


def _of_sheet(sheet: Any, uv: Array, texels: Array, override: Mapping[str, Any]) -> Array:
    base = sampled(sheet.base_color, uv, texels, srgb=True)
    orm = sampled(sheet.orm, uv, texels, srgb=False)
    return _packed(base, orm[:, 1], orm[:, 2], override)


def _of_flat(case: Case, override: Mapping[str, Any], hits: Hits, number: int) -> Array:
    """The floor (number 0) and the walls, white under their material."""
    world = moved(case.take.sight.world_from_camera, hits.points)
    normal = np.broadcast_to(np.array(_NORMALS[number]), world.shape)
    if override["texture"] is None:
        base = np.ones((len(world), 3))
        return _packed(base, np.full(len(world), 0.6), np.zeros(len(world)), override)
    sheet = case.info.library.material(override["texture"])
    facing = case.take.sight.normals(hits, flat=True)
    texels = _footprint(case, hits, facing) / sheet.tile_size * sheet.base_color.shape[0]
    return _of_sheet(sheet, box_uv(world, normal) / sheet.tile_size, texels, override)


def _packed(base: Array, rough: Array, metal: Array, override: Mapping[str, Any]) -> Array:
    """As 8-bit values; a color tints, roughness and metallic replace."""
    base = base * np.array(override.get("color") or (1.0, 1.0, 1.0))
    if override.get("roughness") is not None:
        rough = np.full(len(base), override["roughness"])
    if override.get("metallic") is not None:
        metal = np.full(len(base), override["metallic"])
    others = np.clip(np.column_stack([np.zeros(len(base)), rough, metal]), 0, 1)
    return np.hstack([255 * encoded(np.clip(base, 0, 1)), 255 * others])


def box_uv(points: Array, normals: Array) -> Array:
    """(N, 2) metres along the side of a box that (N, 3) points lie on, by the largest normal axis."""
    axis = np.abs(normals).argmax(axis=1)
    side = 2 * axis + (np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] < 0)
    table = np.array(_SIDES)[side]
    rows = np.arange(len(points))
    return np.column_stack([points[rows, table[:, 0]] * table[:, 1], points[rows, table[:, 2]]])


def sampled(image: Image, uv: Array, texels: Array, *, srgb: bool) -> Array:
    """(N, 3) linear values of a repeating picture, blurred over so many texels; v is up."""
    pyramid = _pyramid(_Held(image), srgb)
    level = np.clip(np.round(np.log2(np.maximum(texels, 1.0))), 0, len(pyramid) - 1).astype(int)
    out = np.empty((len(uv), 3))
    for number in np.unique(level).tolist():
        at, picture = level == number, pyramid[number]
        height, width = picture.shape[0] - 2, picture.shape[1] - 2
        x = (uv[at, 0] % 1.0) * width - 0.5
        y = ((1 - uv[at, 1]) % 1.0) * height - 0.5
        out[at] = _bilinear(picture, x + 1, y + 1)
    return out


def _bilinear(picture: NDArray[np.float32], x: Array, y: Array) -> Array:
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, low = (x - column)[:, None], (y - row)[:, None]
    top = picture[row, column] * (1 - right) + picture[row, column + 1] * right
    bottom = picture[row + 1, column] * (1 - right) + picture[row + 1, column + 1] * right
    return np.asarray(top * (1 - low) + bottom * low, np.float64)


class _Held:
    """A picture that may be a key: it is itself and no other."""

    def __init__(self, image: Image) -> None:
        self.image = image

    def __hash__(self) -> int:
        return id(self.image)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.image is self.image


@lru_cache(maxsize=64)
def _pyramid(held: _Held, srgb: bool) -> list[NDArray[np.float32]]:
    """The picture, then halves of it, linear, each with one pixel of its repetition around it."""
    table = linear(np.arange(256.0)) if srgb else np.arange(256) / 255
    level = table.astype(np.float32)[held.image[..., :3]]
    levels = [level]
    while min(level.shape[:2]) > 4:
        size = (level.shape[1] // 2, level.shape[0] // 2)
        level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.float32)
        levels.append(level)
    return [
        np.asarray(cv2.copyMakeBorder(level, 1, 1, 1, 1, cv2.BORDER_WRAP), np.float32)
        for level in levels
    ]


def linear(value: Array) -> Array:
    """Linear of 8-bit sRGB."""
    x = value / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def encoded(value: Array) -> Array:
    """sRGB of linear, 0 to 1."""
    return np.where(
        value <= 0.0031308, 12.92 * value, 1.055 * np.maximum(value, 1e-9) ** (1 / 2.4) - 0.055
    )
