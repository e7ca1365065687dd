"""Textures and paints for the solids of an environment; colors are given as sRGB hex codes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from environments_cast import Paint, Texture
from noise import Array, fractal, rgb, smoothstep

MATERIALS = Path(__file__).resolve().parents[1] / "materials"


def linear(color: Array) -> Array:
    """sRGB in [0, 1] as linear values."""
    return np.asarray(np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4))


def sample(levels: list[Array], uv: Array, size: float, footprint: Array) -> Array:
    """A tiling texture (pyramid of squares, finest first, size metres wide), bilinear."""
    n = levels[0].shape[0]
    wanted = np.log2(np.maximum(footprint / (size / n), 1)).round().astype(int)
    wanted = np.minimum(wanted, len(levels) - 1)
    out = np.zeros((len(uv), 3), np.float32)
    for i, level in enumerate(levels):
        mine = np.flatnonzero(wanted == i)
        if not len(mine):
            continue
        m = level.shape[0]
        x, y = uv[mine, 0] / size * m - 0.5, -uv[mine, 1] / size * m - 0.5
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        fx, fy = (x - x0)[:, None], (y - y0)[:, None]
        a, b = x0 % m, (x0 + 1) % m
        top = level[y0 % m, a] * (1 - fx) + level[y0 % m, b] * fx
        low = level[(y0 + 1) % m, a] * (1 - fx) + level[(y0 + 1) % m, b] * fx
        out[mine] = top * (1 - fy) + low * fy
    return out


def pyramid(image: Array) -> list[Array]:
    """The square image and its halvings down to 4 pixels."""
    levels: list[Array] = [image.astype(np.float32)]
    while levels[-1].shape[0] > 4:
        half = levels[-1].shape[0] // 2
        levels.append(cv2.resize(levels[-1], (half, half), interpolation=cv2.INTER_AREA))
    return levels


@cache
def _material(name: str) -> list[Array]:
    path = MATERIALS / name / "basecolor.jpg"
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path}: not there; run materials.py {name} first")
    return pyramid(linear(image[..., ::-1] / 255))


def material(name: str, size: float, tint: str = "#ffffff", *, vivid: float = 1.0) -> Texture:
    """The base color of one of the project's materials, repeated every size metres; vivid below
    1 takes color out of it."""
    shade = linear(rgb(tint)).astype(np.float32)

    def texture(uv: Array, footprint: Array) -> Array:
        color = sample(_material(name), uv, size, footprint)
        gray = color.mean(-1, keepdims=True)
        return np.asarray((gray + vivid * (color - gray)) * shade)

    return texture


@cache
def _mottle(seed: int) -> list[Array]:
    clouds = fractal(np.random.default_rng(seed), 256, slope=1.3)
    return pyramid(np.repeat(clouds[..., None], 3, -1))


def plain(color: str, mottle: float = 0.05, size: float = 2.3, seed: int = 1) -> Texture:
    """One color with faint clouds."""
    base = linear(rgb(color)).astype(np.float32)

    def texture(uv: Array, footprint: Array) -> Array:
        clouds = sample(_mottle(seed), uv, size, footprint)
        return np.asarray(base * np.clip(1 + mottle * clouds, 0.2, 2))

    return texture


def glow(color: str, strength: float) -> Texture:
    """Constant emission of the given luminance factor."""
    value = (linear(rgb(color)) * strength).astype(np.float32)
    return lambda uv, footprint: np.broadcast_to(value, (len(uv), 3))


def softbox(color: str, strength: float, half: tuple[float, float]) -> Texture:
    """Emission of a diffuser that is brightest in the middle and dimmer at its edges."""
    value = (linear(rgb(color)) * strength).astype(np.float32)

    def texture(uv: Array, footprint: Array) -> Array:
        away = (uv / np.array(half)) ** 2
        fall = 0.45 + 0.75 * np.exp(-1.4 * away.sum(-1))
        hem = np.prod(np.clip((1 - away) * 12 + 0.35, 0, 1), -1)
        return np.asarray(value * (fall * hem)[:, None])

    return texture


def outdoors(strength: float, horizon: float = -0.2) -> Texture:
    """Emission of a window: sky above, a soft line of trees and ground below v = horizon."""

    def texture(uv: Array, footprint: Array) -> Array:
        clouds = sample(_mottle(5), uv * [1, 1.5], 3.1, footprint)[:, :1]
        edge = horizon + 0.12 * sample(_mottle(6), uv * [1, 0], 2.2, footprint)[:, 0]
        up = smoothstep(-0.07, 0.07, uv[:, 1] - edge)[:, None]
        height = np.clip((uv[:, 1:] - horizon) / 1.5, 0, 1)
        sky = np.array([0.86, 0.95, 1.08]) * (1.05 - 0.3 * height) * (1 + 0.06 * clouds)
        green = np.array([0.17, 0.21, 0.12]) * (1 + 0.35 * clouds)
        return np.asarray(strength * (sky * up + green * (1 - up))).astype(np.float32)

    return texture


def books(seed: int) -> Texture:
    """Spines of books standing side by side on boards 0.33 m apart."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.uniform(0.018, 0.055, 400))
    codes = ["#7d2f2a", "#24405e", "#d9cdb5", "#3d5a45", "#b58a3f", "#40352f", "#8a8f96", "#c7b9a0"]
    colors = np.array([linear(rgb(c)) for c in codes])[rng.integers(0, len(codes), 401)]
    colors *= rng.uniform(0.6, 1.3, (401, 1))
    tops = rng.uniform(0.6, 0.92, 401)

    def texture(uv: Array, footprint: Array) -> Array:
        row = np.floor(uv[:, 1] / 0.33)
        book = np.searchsorted(ends, np.mod(uv[:, 0] + 1.7 * row, ends[-1]))
        level = uv[:, 1] / 0.33 - row
        gap = (level > tops[book]) | (level < 0.07) | (rng_gap[book] & (level > 0.07))
        return np.asarray(np.where(gap[:, None], 0.012, colors[book])).astype(np.float32)

    rng_gap = rng.random(401) < 0.07
    return texture


def painting(seed: int) -> Texture:
    """Broad soft fields of color, as in a landscape seen out of focus."""
    rng = np.random.default_rng(seed)
    gray = rng.uniform(0.25, 0.8, (3, 1))
    low, high, far = linear(np.clip(gray + rng.normal(0, 0.07, (3, 3)), 0.05, 0.95))

    def texture(uv: Array, footprint: Array) -> Array:
        wave = sample(_mottle(seed), uv, 1.1, footprint)[:, :1]
        t = smoothstep(-0.22, 0.22, uv[:, 1:] + 0.09 * wave)
        accent = smoothstep(0.7, 1.5, sample(_mottle(seed + 1), uv, 0.9, footprint)[:, :1])
        return np.asarray((low * (1 - t) + high * t) * (1 - accent) + far * accent)

    return texture


def facade(
    wall: str, pitch: tuple[float, float], share: tuple[float, float], seed: int = 3
) -> Texture:
    """A house front: windows of the given share of the pitch (metres) in a mottled wall."""
    base = plain(wall, 0.07, 6.0, seed)

    def texture(uv: Array, footprint: Array) -> Array:
        cell = np.floor(uv / pitch)
        place = np.abs(uv / pitch - cell - 0.5) * 2
        soft = np.clip(footprint[:, None] / np.array(pitch), 0.01, 1.0)
        glass = np.prod(np.clip((np.array(share) - place) / soft + 0.5, 0, 1), -1)
        frame = np.prod(np.clip((np.array(share) + 0.12 - place) / soft + 0.5, 0, 1), -1)
        noise = np.sin(cell @ np.array([12.9, 78.2]) + seed) * 4375.5
        tone = 0.03 + 0.14 * (noise - np.floor(noise)) ** 2
        color = base(uv, footprint) * (1 - frame)[:, None] + 0.55 * (frame - glass)[:, None]
        pane = tone[:, None] * np.array([0.85, 0.95, 1.1])
        return np.asarray(color + glass[:, None] * pane).astype(np.float32)

    return texture


def paint(color: str, gloss: float = 0.0, blur: float = 0.15, mottle: float = 0.05) -> Paint:
    """A plain paint."""
    return Paint(plain(color, mottle), gloss=gloss, blur=blur)


def lamp(color: str, strength: float) -> Paint:
    """An emitting paint."""
    return Paint(plain("#d8d8d8", 0.0), emission=glow(color, strength))
