"""What a material is before it is written, and the three images it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from noise import Array, blur


@dataclass(frozen=True)
class Surface:
    """Square, periodic maps of one material.

    base is sRGB (n, n, 3) in [0, 1]; height is in metres (n, n), up out of the surface;
    roughness and metallic are (n, n) or scalars in [0, 1].
    """

    base: Array
    height: Array
    roughness: Array | float
    metallic: Array | float = 0.0


def normals(height: Array, tile_size: float) -> Array:
    """Unit tangent-space normals (n, n, 3), OpenGL convention: x along u, y up the image."""
    pixel = tile_size / height.shape[0]
    du = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / (2 * pixel)
    drow = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / (2 * pixel)
    n = np.stack([-du, drow, np.ones_like(du)], -1)
    return np.asarray(n / np.linalg.norm(n, axis=-1, keepdims=True))


def occlusion(height: Array, tile_size: float) -> Array:
    """Ambient occlusion (n, n) in [0, 1], from how far each point lies below its surroundings."""
    pixel = tile_size / height.shape[0]
    dark = np.zeros_like(height)
    for radius_px in (2.0, 6.0, 16.0):
        depth = np.maximum(blur(height, radius_px) - height, 0)
        dark += depth / (depth + 1.2 * radius_px * pixel)
    return np.asarray(np.clip(1 - dark, 0.15, 1))


def _write(path: Path, image: Array, quality: int, size: int | None) -> None:
    if size is not None and size < image.shape[0]:
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
        if path.stem == "basecolor"
        else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    )
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., ::-1]), options)


def write_surface(surface: Surface, folder: Path, tile_size: float, maps: tuple[int, int]) -> None:
    """basecolor.jpg, normal.jpg and orm.jpg in the folder; maps are the sizes of the last two."""
    n = surface.height.shape[0]
    shape = (n, n)
    orm = np.stack(
        [
            occlusion(surface.height, tile_size),
            np.broadcast_to(np.clip(surface.roughness, 0.03, 1), shape),
            np.broadcast_to(surface.metallic, shape),
        ],
        -1,
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "basecolor.jpg", surface.base, 88, None)
    _write(folder / "normal.jpg", normals(surface.height, tile_size) / 2 + 0.5, 86, maps[0])
    _write(folder / "orm.jpg", orm, 84, maps[1])
