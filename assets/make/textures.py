"""Tileable pictures of materials: noise, wood, brushed metal, bumps, cloth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from shapes import Array

Rgb = tuple[int, int, int]


def rgb(color: str) -> Rgb:
    """The three numbers of a color such as '#c03010'."""
    return (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))


def generator(seed: int) -> np.random.Generator:
    """The generator of one picture."""
    return np.random.Generator(np.random.PCG64(seed))


def noise(size: tuple[int, int], grain: tuple[float, float], *, rng: np.random.Generator) -> Array:
    """Tileable noise (height, width) in 0..1 whose spots are `grain` (across, down) pixels big."""
    height, width = size
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    low_pass = np.exp(-2 * np.pi**2 * ((fx * grain[0] / 2) ** 2 + (fy * grain[1] / 2) ** 2))
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=size)) * low_pass).real
    field = (field - field.mean()) / field.std()
    return np.asarray(np.clip(field / 5 + 0.5, 0, 1))


def blend(colors: Sequence[str], amount: Array) -> Array:
    """Colors (…, 3) along a gradient; amount 0 is the first and 1 the last."""
    stops = np.linspace(0, 1, len(colors))
    table = np.array([rgb(c) for c in colors], float)
    return np.stack([np.interp(amount, stops, table[:, i]) for i in range(3)], axis=-1)


def picture(values: Array) -> Image.Image:
    """An 8-bit picture of an array of 0..255 (height, width, 3)."""
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))


def wood(seed: int, colors: Sequence[str], size: int = 512, rings: float = 7.0) -> Image.Image:
    """Planed wood with its grain along u; the colors go from early to late wood."""
    rng = generator(seed)
    shape = (size, size)
    v = np.arange(size)[:, None] / size
    drift = noise(shape, (size * 0.6, size * 0.13), rng=rng) - 0.5
    bands = (v * round(rings) + drift * 5.0) % 1.0
    late = np.where(bands < 0.8, (bands / 0.8) ** 2.2, (1 - bands) / 0.2)
    fibre = noise(shape, (size * 0.12, 1.2), rng=rng) - 0.5
    pores = noise(shape, (size * 0.03, 1.0), rng=rng)
    patches = noise(shape, (size * 0.5, size * 0.08), rng=rng) - 0.5
    amount = 0.2 + 0.5 * late + 0.55 * fibre + 0.5 * patches
    base = blend(colors, np.clip(amount, 0, 1))
    return picture(base * (1 - 0.25 * np.clip((pores - 0.7) * 6, 0, 1))[..., None])


def speckled(
    seed: int, colors: Sequence[str], grain: float = 12.0, size: int = 256, contrast: float = 1.0
) -> Image.Image:
    """Soft spots between the colors."""
    field = noise((size, size), (grain, grain), rng=generator(seed))
    return picture(blend(colors, np.clip((field - 0.5) * 1.6 * contrast + 0.5, 0, 1)))


def normal_map(height: Array, strength: float) -> Image.Image:
    """The glTF normal picture of a tileable height field in pixels times `strength`."""
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * strength / 2
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * strength / 2
    normal = np.stack([-dx, dy, np.ones_like(dx)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return picture(normal * 127.5 + 127.5)


def bumps(seed: int, grain: float, strength: float, size: int = 256) -> Image.Image:
    """Rounded bumps like those of orange peel."""
    field = noise((size, size), (grain, grain), rng=generator(seed))
    return normal_map(np.abs(field - 0.5) ** 0.8, strength)


def cloth(strength: float = 3.0, threads: int = 32, size: int = 256) -> Image.Image:
    """A plain weave."""
    t = np.arange(size) / size * threads * np.pi
    warp, weft = np.abs(np.sin(t))[None, :], np.abs(np.sin(t))[:, None]
    over = ((np.arange(size) * threads // size)[:, None] + np.arange(size) * threads // size) % 2
    return normal_map(np.where(over, warp + 0 * weft, weft + 0 * warp), strength)


def brushed(seed: int, along: float = 60.0, strength: float = 1.2, size: int = 256) -> Image.Image:
    """Fine scratches along u."""
    return normal_map(noise((size, size), (along, 1.3), rng=generator(seed)), strength)


def worn(
    seed: int, roughness: tuple[float, float], metallic: float = 1.0, size: int = 256
) -> Image.Image:
    """A metallic-roughness picture: smudges and fine scratches between two roughnesses."""
    rng = generator(seed)
    field = (
        noise((size, size), (40, 40), rng=rng) * 0.6 + noise((size, size), (30, 1.5), rng=rng) * 0.4
    )
    rough = roughness[0] + (roughness[1] - roughness[0]) * np.clip((field - 0.35) / 0.3, 0, 1)
    return picture(np.stack([0 * rough, rough, 0 * rough + metallic], axis=-1) * 255)


def paper(seed: int, image: Image.Image, strength: float = 3.0) -> Image.Image:
    """The print with a trace of paper grain in it."""
    field: NDArray[np.float64] = np.asarray(image.convert("RGB"), float)
    grain = noise(field.shape[:2], (2.5, 2.5), rng=generator(seed)) - 0.5
    return picture(field + grain[..., None] * strength * 5)
