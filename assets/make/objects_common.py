"""Materials and parts that several objects share."""

from __future__ import annotations

import numpy as np
from objects_model import Material, Part
from shapes import Surface, join, moved, turned
from shapes_box import plank
from textures import bumps, generator, wood, worn
from textures_print import Sheet

OAK = ("#c89a62", "#b07c42", "#8a5a2c")
BEECH = ("#e3bf8d", "#d3a66e", "#b98550")
WALNUT = ("#7d5535", "#5f3d25", "#422817")
PINE = ("#ecca93", "#ddb274", "#bf8a4a")


def steel(seed: int = 1, color: str = "#d4d6d9") -> Material:
    """Bare polished steel with faint smudges."""
    return Material("steel", color, 1.0, 1.0, rough_picture=worn(seed, (0.2, 0.36), size=128))


def plastic(name: str, color: str, roughness: float = 0.4) -> Material:
    """Plain plastic."""
    return Material(name, color, 0.0, roughness)


def grained(name: str, color: str, seed: int, roughness: float = 0.5) -> Material:
    """Molded plastic with a fine leathery grain."""
    return Material(name, color, 0.0, roughness, normal_picture=bumps(seed, 5, 2.0, 128))


def rubber(name: str = "rubber", color: str = "#1d1d1f") -> Material:
    """Matt dark rubber."""
    return Material(name, color, 0.0, 0.85)


def wooden(
    seed: int, colors: tuple[str, ...], name: str = "wood", roughness: float = 0.5, size: int = 512
) -> Material:
    """Wood with its grain along u."""
    return Material(name, "#ffffff", 0.0, roughness, picture=wood(seed, colors, size))


def planks(
    boxes: list[tuple[tuple[float, float, float], tuple[float, float, float]]],
    radius: float,
    seed: int,
    tile: float = 0.6,
) -> Surface:
    """Boards given by size and bottom center, each cut from another place of the wood."""
    rng = generator(seed)
    return join(
        moved(plank(size, radius, tile=tile, offset=tuple(rng.random(2)), steps=1), *center)
        for size, center in boxes
    )


def laid(parts: list[Part], angle_deg: float = 0.0) -> list[Part]:
    """Upright parts laid down along x, tipped a little, centered and set down on z = 0."""
    down = [turned(turned(p.surface, "y", 90), "y", angle_deg) for p in parts]
    vertices = np.vstack([s.vertices for s in down])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    shift = (-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])
    return [Part(moved(s, *shift), p.material) for s, p in zip(down, parts, strict=True)]


def tomato(sheet: Sheet, x: float, y: float, s: float) -> None:
    """Draw a ripe tomato."""
    sheet.ellipse((x - s, y - 0.86 * s, x + s, y + 0.92 * s), "#c9251b")
    sheet.ellipse((x - 0.62 * s, y - 0.6 * s, x - 0.2 * s, y - 0.3 * s), "#f0857a")
    sheet.star(x, y - 0.72 * s, 0.5 * s, "#3f8a3a", 6, 0.3)
    sheet.rectangle((x - 3, y - 1.1 * s, x + 3, y - 0.7 * s), "#3f8a3a")
