"""Pictures made of noise and discs: renders with labels, and photographs of another camera."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch

from refine.frames import GBuffers, Render, Renders
from refine.photographs import Photographs
from refine.stats import StatsRefiner
from refine.stats.color import IDENTITY
from refine.stats.compression import Compression
from refine.stats.lens import Lens
from refine.stats.noise import Noise

torch.set_num_threads(1)  # pictures as small as these gain nothing from more

CATEGORIES = ("mug", "apple", "can")
QUIET = Noise(constant=0, linear=0, blue=0, red=0, grain_px=0)


def disc_render(number: int, *, height: int = 96, width: int = 128) -> Render:
    """A textured table with three discs that stand above it."""
    rng = np.random.default_rng(number)
    base = rng.uniform(60, 200, 3)
    ground = cv2.GaussianBlur(rng.normal(0, 60, (height, width, 3)), (0, 0), 3)
    rgb = base + ground
    ids = np.zeros((height, width), np.uint16)
    depth = np.tile(np.linspace(1.5, 0.8, height, dtype=np.float32)[:, None], width)
    rows, columns = np.mgrid[:height, :width]
    for instance in (1, 2, 3):
        row, column = rng.uniform(0.2, 0.8, 2) * (height, width)
        disc = np.hypot(rows - row, columns - column) < rng.uniform(8, 20)
        ids[disc] = instance
        rgb[disc] = rng.uniform(30, 230, 3) + rng.normal(0, 3, (disc.sum(), 1))
        depth[disc] -= 0.1
    normals = np.zeros((height, width, 3), np.float32)
    normals[..., 2] = -1
    rgb8 = rgb.clip(0, 255).round().astype(np.uint8)
    return Render(
        name=f"{number:06d}/0000",
        scene=number,
        sequence=f"{number:06d}/camera/0",
        rgb=rgb8,
        ids=ids,
        categories=dict(enumerate(CATEGORIES, 1)),
        gbuffers=GBuffers(depth=depth, normals=normals, albedo=rgb8),
    )


class DiscRenders(Renders):
    """As `Renders`, but nothing on disk except the checksums that stand for it."""

    def __init__(self, folder: Path, count: int, **size: int) -> None:
        (folder / "SHA256SUMS").write_text(f"{count} {size}")
        camera = SimpleNamespace(width=size.get("width", 128), height=size.get("height", 96))
        shots: list[Any] = [
            SimpleNamespace(folder=folder, scene_index=number, stem="0000", camera=camera)
            for number in range(count)
        ]
        super().__init__(shots)
        self.size = size

    def __getitem__(self, at: Any) -> Any:
        return disc_render(range(len(self.shots))[at], **self.size)

    def __iter__(self) -> Iterator[Render]:
        return (self[number] for number in range(len(self)))


def other_camera(rgb: np.ndarray, *, seed: int) -> np.ndarray:
    """Warmer, flatter, softer, and with noise: what a refiner should learn."""
    rng = np.random.default_rng(seed)
    light = (rgb / 255.0) ** 0.7 * (0.95, 0.8, 0.6) + 0.03
    grain = rng.normal(0, 5, rgb.shape)
    return (cv2.GaussianBlur(light, (0, 0), 0.8) * 255 + grain).clip(0, 255).astype(np.uint8)


def disc_photographs(folder: Path, count: int, **size: int) -> Photographs:
    """Of discs that no render shows."""
    folder.mkdir()
    for number in range(count):
        picture = other_camera(disc_render(1000 + number, **size).rgb, seed=number)
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture[..., ::-1])
    return Photographs.open(folder)


def camera(
    *,
    noise: Noise = QUIET,
    vignette: float = 0.0,
    blur_px: float = 0.0,
    compression: Compression | None = None,
) -> StatsRefiner:
    """What statistics may say of a camera; by default it adds nothing."""
    return StatsRefiner(
        color=IDENTITY,
        fourier=None,
        lens=Lens(vignette=vignette, blur_px=blur_px),
        noise=noise,
        compression=compression,
        remarks=(),
    )
