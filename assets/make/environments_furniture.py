"""Pieces that make a room look lived in, each a list of solids standing at (x, y) on the floor."""

from __future__ import annotations

import numpy as np
from environments_cast import Paint, Solid
from environments_paint import books, lamp, material, outdoors, paint, painting
from noise import Generator

Solids = list[Solid]
Place = tuple[float, float]


def box(
    center: tuple[float, float, float],
    size: tuple[float, float, float],
    coat: Paint,
    yaw: float = 0.0,
    texel: float = 0.25,
) -> Solid:
    """A box by its center and full size."""
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    return Solid("box", center, half, (coat,), yaw, texel=texel)


def glowing(
    center: tuple[float, float, float],
    size: tuple[float, float, float],
    light: Paint,
    face: int,
    yaw: float = 0.0,
    texel: float = 0.4,
) -> Solid:
    """A box that gives light on one of its faces (-x +x -y +y -z +z) only."""
    case = paint("#d8d8d8")
    coats = tuple(light if i == face else case for i in range(6))
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    return Solid("box", center, half, coats, yaw, texel=texel)


def _around(at: Place, yaw: float, x: float, y: float) -> Place:
    c, s = np.cos(yaw), np.sin(yaw)
    return float(at[0] + c * x - s * y), float(at[1] + s * x + c * y)


def room(
    size: tuple[float, float, float],
    center: Place,
    walls: tuple[Paint, Paint, Paint, Paint],
    floor: Paint,
    ceiling: Paint,
    texel: float = 0.25,
) -> Solid:
    """The inside of a box from floor z = 0; walls are those at -x, +x, -y, +y."""
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    middle = (center[0], center[1], size[2] / 2)
    return Solid("box", middle, half, (*walls, floor, ceiling), inside=True, texel=texel)


def table(
    at: Place, size: tuple[float, float], height: float, coat: Paint, yaw: float = 0
) -> Solids:
    """A top on four legs."""
    parts = [box((*at, height - 0.02), (*size, 0.04), coat, yaw)]
    for sx in (-1, 1):
        for sy in (-1, 1):
            leg = _around(at, yaw, sx * (size[0] / 2 - 0.06), sy * (size[1] / 2 - 0.06))
            middle = (height - 0.04) / 2
            parts.append(box((*leg, middle), (0.06, 0.06, height - 0.04), coat, yaw))
    return parts


def chair(at: Place, yaw: float, seat: Paint, legs: Paint) -> Solids:
    """A simple chair; its back is on the local -x side."""
    back = _around(at, yaw, -0.2, 0)
    parts = [box((*at, 0.45), (0.42, 0.42, 0.05), seat, yaw)]
    parts.append(box((*back, 0.72), (0.03, 0.4, 0.36), seat, yaw))
    for x in (-0.18, 0.18):
        for y in (-0.18, 0.18):
            tall = 0.9 if x < 0 else 0.43
            spot = _around(at, yaw, x, y)
            parts.append(box((*spot, tall / 2), (0.035, 0.035, tall), legs, yaw))
    return parts


def office_chair(at: Place, yaw: float, cloth: Paint) -> Solids:
    """A swivel chair: rounded seat and back on a column."""
    back = _around(at, yaw, -0.22, 0)
    steel = paint("#3a3c40", 0.05)
    return [
        Solid("ellipsoid", (*at, 0.5), (0.26, 0.26, 0.07), (cloth,)),
        Solid("ellipsoid", (*back, 0.86), (0.06, 0.23, 0.28), (cloth,), yaw),
        Solid("cylinder", (*at, 0.25), (0.03, 0.03, 0.22), (steel,)),
        Solid("cylinder", (*at, 0.05), (0.3, 0.3, 0.03), (steel,)),
    ]


def sofa(at: Place, yaw: float, cloth: Paint, length: float = 2.0) -> Solids:
    """A sofa with seat cushions; its back is on the local -x side."""
    back = _around(at, yaw, -0.38, 0)
    parts = [box((*at, 0.2), (0.85, length, 0.3), cloth, yaw)]
    parts.append(box((*back, 0.5), (0.2, length, 0.7), cloth, yaw))
    for side in (-1, 1):
        arm = _around(at, yaw, 0, side * (length / 2 - 0.08))
        pad = _around(at, yaw, 0.06, side * (length / 4 - 0.05))
        roll = _around(at, yaw, -0.2, side * (length / 4 - 0.05))
        parts.append(box((*arm, 0.38), (0.85, 0.17, 0.5), cloth, yaw))
        parts.append(
            Solid("ellipsoid", (*pad, 0.38), (0.4, length / 4 - 0.06, 0.12), (cloth,), yaw)
        )
        parts.append(
            Solid("ellipsoid", (*roll, 0.66), (0.13, length / 4 - 0.1, 0.2), (cloth,), yaw)
        )
    return parts


def bookcase(at: Place, yaw: float, size: tuple[float, float], wood: Paint, seed: int) -> Solids:
    """An open case of (width, height) full of books, facing its local +x side."""
    width, height = size
    inner = Paint(books(seed))
    rows = int(height / 0.33)
    height = rows * 0.33 + 0.06
    parts = [box((*at, height / 2), (0.22, width - 0.04, height - 0.04), inner, yaw)]
    front = _around(at, yaw, 0.03, 0)
    boards = [0.03 + 0.33 * row for row in range(rows + 1)]
    parts += [box((*front, z), (0.3, width, 0.03), wood, yaw) for z in boards]
    for side in (-1, 0, 1):
        post = _around(at, yaw, 0.03, side * (width / 2 - 0.015))
        parts.append(box((*post, height / 2), (0.3, 0.03, height), wood, yaw))
    return parts


def picture(at: tuple[float, float, float], yaw: float, size: Place, seed: int) -> Solids:
    """A framed painting of (width, height) that faces its local +x side."""
    frame, canvas = paint("#3b2f26", 0.04), Paint(painting(seed))
    x, y = _around((at[0], at[1]), yaw, 0.012, 0)
    mat = box((x, y, at[2]), (0.02, size[0] - 0.08, size[1] - 0.08), canvas, yaw)
    return [box(at, (0.03, *size), frame, yaw), mat]


def door(at: Place, yaw: float, coat: Paint, height: float = 2.05) -> Solids:
    """A door with frame, panels and handle that faces its local +x side."""
    trim = paint("#cbc6bb")
    x, y = _around(at, yaw, 0.02, 0)
    handle = _around(at, yaw, 0.07, 0.36)
    parts = [box((*at, height / 2), (0.04, 1.06, height + 0.1), trim, yaw)]
    parts.append(box((x, y, height / 2), (0.04, 0.88, height - 0.04), coat, yaw))
    for z, tall in ((0.55, 0.7), (1.45, 0.8)):
        panel = _around(at, yaw, 0.042, 0)
        parts.append(box((*panel, z), (0.015, 0.56, tall), coat, yaw))
    parts.append(box((*handle, 1.03), (0.04, 0.12, 0.025), paint("#b9b6ae", 0.3), yaw))
    return parts


def window(
    at: tuple[float, float, float], yaw: float, size: Place, strength: float, bars: Place = (2, 2)
) -> Solids:
    """A bright pane of (width, height) with bars, sill and frame, facing its local +x side."""
    width, height = size
    view = Paint(
        material("plaster_wall", 1.0), emission=outdoors(strength, -0.25 * height), pane=True
    )
    trim = paint("#e4e1da")
    parts = [glowing(at, (0.02, width, height), view, 1, yaw)]
    x, y = _around((at[0], at[1]), yaw, 0.03, 0)
    for i in range(int(bars[0]) + 1):
        bar = _around((x, y), yaw, 0, (i / bars[0] - 0.5) * width)
        thick = 0.07 if i in (0, bars[0]) else 0.04
        parts.append(box((*bar, at[2]), (0.08, thick, height + 0.07), trim, yaw))
    for i in range(int(bars[1]) + 1):
        z = at[2] + (i / bars[1] - 0.5) * height
        thick = 0.07 if i in (0, bars[1]) else 0.04
        parts.append(box((x, y, z), (0.08, width, thick), trim, yaw))
    sill = _around((at[0], at[1]), yaw, 0.1, 0)
    parts.append(box((*sill, at[2] - height / 2 - 0.05), (0.24, width + 0.2, 0.04), trim, yaw))
    return parts


def curtain(
    rng: Generator, at: Place, along: float, width: float, top: float, cloth: Paint
) -> Solids:
    """Folds of cloth hung along the direction given by an angle."""
    folds: Solids = []
    count = max(int(width / 0.09), 2)
    for i in range(count):
        x, y = _around(at, along, (i + 0.5) / count * width - width / 2, rng.uniform(-0.02, 0.02))
        radius = width / count * rng.uniform(0.5, 0.7)
        folds.append(
            Solid(
                "cylinder", (x, y, top / 2 + 0.02), (radius, radius, top / 2), (cloth,), texel=0.3
            )
        )
    return folds


def plant(rng: Generator, at: Place, height: float) -> Solids:
    """A pot with a loose crown of leaves."""
    pot = paint("#a5674a")
    parts = [Solid("cylinder", (*at, 0.18), (0.17, 0.17, 0.18), (pot,))]
    for _ in range(26):
        spot = rng.normal(0, 1, 3) * [0.2, 0.2, height * 0.2] + [*at, height * 0.72]
        leaf = paint(["#3f5a2d", "#55723a", "#2f4826", "#6b8447"][int(rng.integers(4))])
        half = (rng.uniform(0.05, 0.16), rng.uniform(0.03, 0.07), rng.uniform(0.05, 0.16))
        center = (float(spot[0]), float(spot[1]), float(max(spot[2], 0.4)))
        parts.append(Solid("ellipsoid", center, half, (leaf,), float(rng.uniform(0, 3.1))))
    parts.append(
        Solid("cylinder", (*at, height * 0.3), (0.02, 0.02, height * 0.3), (paint("#4a3d2a"),))
    )
    return parts


def floor_lamp(at: Place, height: float, strength: float, color: str) -> Solids:
    """A lit shade on a stand."""
    metal = paint("#2b2a29", 0.05)
    return [
        Solid("cylinder", (*at, height), (0.2, 0.2, 0.15), (lamp(color, strength),), texel=0.12),
        Solid("cylinder", (*at, height / 2), (0.015, 0.015, height / 2), (metal,)),
        Solid("cylinder", (*at, 0.02), (0.16, 0.16, 0.02), (metal,)),
    ]


def panels(xs: list[float], ys: list[float], z: float, size: Place, strength: float) -> Solids:
    """A grid of emitting panels under a ceiling."""
    coat = lamp("#f6f8ff", strength)
    return [glowing((x, y, z), (*size, 0.04), coat, 4) for x in xs for y in ys]
