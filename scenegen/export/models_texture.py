"""The look of an object in the terms of a PLY: colors of vertices, or one texture for all parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import Floats, Image, Part
from scenegen.dataset.png import encode_png

_BORDER = 2
_PATCH = 8
_REPEATS = 8
_WIDEST = 4096


@dataclass(frozen=True, eq=False)
class Look:
    """`columns`: properties of the vertices of all parts; `texture`: a PNG, where one is needed."""

    columns: Mapping[str, NDArray[Any]]
    texture: bytes | None


def paint(parts: Sequence[Part]) -> Look:
    """Colors of the vertices, and, where a part has a picture on it, one picture of all parts.

    The parts lie below each other in it: a picture that a part repeats is repeated, a plain color
    is a patch. Vertex colors are not in it, nor what only light shows: roughness, metal, bumps.
    """
    colors = np.concatenate([_vertex_colors(part) for part in parts])
    columns: dict[str, NDArray[Any]] = dict(zip(("red", "green", "blue"), colors.T, strict=True))
    if all(part.material.base_color_texture is None for part in parts):
        return Look(columns, None)
    tiles = [_tile(part) for part in parts]
    width = max(tile.shape[1] for tile, _ in tiles)
    height = sum(tile.shape[0] for tile, _ in tiles)
    atlas = np.zeros((height, width, 3), np.uint8)
    places, top = [], 0
    for tile, share in tiles:
        rows, across = tile.shape[:2]
        atlas[top : top + rows, :across] = tile
        inside = np.array([across - 2 * _BORDER, rows - 2 * _BORDER])
        pixels = share * inside + [_BORDER, _BORDER + top]  # from the top left corner
        places.append([0, 1] + pixels * [1, -1] / [width, height])
        top += rows
    uv = np.concatenate(places).astype("<f4")
    return Look({**columns, "texture_u": uv[:, 0], "texture_v": uv[:, 1]}, encode_png(atlas))


def _tile(part: Part) -> tuple[Image, Floats]:
    """The part's picture with a border, and (N, 2) where its vertices lie in it, right and down."""
    texture = part.material.base_color_texture
    if texture is None or part.uv is None:
        plain = np.broadcast_to(_srgb(np.array(part.material.base_color)), (_PATCH, _PATCH, 3))
        return _bordered(plain), np.full((len(part.positions), 2), 0.5, np.float32)
    low = np.floor(part.uv.min(axis=0) + 1e-4)
    across, up = (
        np.clip(np.ceil(part.uv.max(axis=0) - 1e-4) - low, 1, _REPEATS).astype(int).tolist()
    )
    picture = np.tile(_colored(part, texture), (up, across, 1))
    share = np.clip((part.uv - low) / [across, up], 0, 1)
    share[:, 1] = 1 - share[:, 1]
    return _bordered(_no_wider(picture)), share


def _vertex_colors(part: Part) -> Image:
    """(N, 3) sRGB: base color, times texture, times the vertex's own color."""
    linear = np.broadcast_to(np.array(part.material.base_color), (len(part.positions), 3))
    texture = part.material.base_color_texture
    if texture is not None and part.uv is not None:
        height, width = texture.shape[:2]
        column = np.floor((part.uv[:, 0] % 1) * width).astype(int).clip(0, width - 1)
        row = np.floor((1 - part.uv[:, 1] % 1) * height).astype(int).clip(0, height - 1)
        linear = linear * _linear(texture[row, column, :3])
    return _srgb(linear if part.colors is None else linear * part.colors)


def _colored(part: Part, texture: Image) -> Image:
    """(H, W, 3) the texture times the base color."""
    if part.material.base_color == (1.0, 1.0, 1.0):
        return texture[..., :3]
    return _srgb(_linear(texture[..., :3]) * np.array(part.material.base_color))


def _bordered(picture: Image) -> Image:
    """With its outermost pixels repeated, so that neighbours do not shine in."""
    return np.pad(picture, ((_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0)), mode="edge")


def _no_wider(picture: Image) -> Image:
    height, width = picture.shape[:2]
    share = min(1.0, _WIDEST / max(height, width))
    if share == 1:
        return picture
    size = (round(width * share), round(height * share))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _linear(color: Image) -> NDArray[np.float64]:
    value = color / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _srgb(linear: NDArray[Any]) -> Image:
    value = np.clip(linear, 0, 1)
    curve = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(curve * 255).astype(np.uint8)
