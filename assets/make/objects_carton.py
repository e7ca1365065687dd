"""A milk carton with a gable top."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import plastic
from objects_model import Asset, Material, Part, box_points
from shapes import Array, Surface, finish, join, lathe, moved, turned
from shapes_box import rounded_box
from shapes_outline import fillet
from textures import paper
from textures_print import Sheet

HALF, BODY, RIDGE, FIN = 0.036, 0.19, 0.222, 0.234
ROOF = 127 / 640  # the roof panels lie above the side panels in the texture


def carton_milk() -> Asset:
    """A one-litre carton, printed all around, with a screw cap on its roof."""
    sheet = Sheet(768, 640, "#f4f6f7")
    for i in range(4):
        _milk_panel(sheet, 192 * i, i % 2 == 1)
    sheet.rectangle((0, 0, 768, 127), "#1f63b5")
    sheet.text((20, 30, 172, 70), "MILK", "#f4f6f7", bold=1)
    sheet.text((212, 40, 364, 90), "fresh · 3.5 % fat", "#f4f6f7")
    print_ = Material("cardboard", "#ffffff", 0.0, 0.38, picture=paper(25, sheet.done(), 1.5))
    atlas = {
        side: (0.25 * i, ROOF, 0.25 * (i + 1), 1.0)
        for i, side in enumerate(("front", "right", "back", "left"))
    }
    atlas |= dict.fromkeys(("top", "bottom"), (0.3, 0.01, 0.35, 0.03))
    box = rounded_box((2 * HALF, 2 * HALF, BODY), 0.0015, atlas, 1)
    fin = moved(
        rounded_box(
            (2 * HALF, 0.0022, FIN - RIDGE + 0.003),
            0.0008,
            dict.fromkeys(
                ("front", "back", "left", "right", "top", "bottom"), (0.3, 0.01, 0.45, 0.03)
            ),
            1,
        ),
        z=RIDGE - 0.003,
    )
    top = np.array(
        [[x, y, z] for x in (-HALF, HALF) for y in (-0.001, 0.001) for z in (RIDGE, FIN)]
    )
    hulls = [np.vstack([box_points((2 * HALF, 2 * HALF, BODY)), top[::2]]), top]
    return Asset(
        "Milk carton",
        "milk_carton",
        "A one-litre gable-top carton of milk.",
        1.06,
        [Part(join([box, _roof(), fin]), print_), Part(_cap(), plastic("cap", "#e8eaec"))],
        hulls,
    )


def _roof() -> Surface:
    """Two slopes with tucked-in ends."""
    h, inset, low = HALF - 0.0004, HALF * 0.42, BODY - 0.001
    print_uv = np.array([[0.0, ROOF], [0.25, ROOF], [0.25, 0.004], [0.0, 0.004]])
    ink = np.full((3, 2), [0.4, 0.02])
    surfaces = []
    for turn_deg in (0, 180):
        slope = np.array([[-h, -h, low], [h, -h, low], [h, 0, RIDGE], [-h, 0, RIDGE]])
        under = np.array([[h, -h, low], [inset, 0, RIDGE], [h, 0, RIDGE]]) + [-1e-4, 3e-4, 0]
        tuck = np.array([[h, -h, low], [h, h, low], [inset, 0, RIDGE]])
        other = np.array([[h, 0, RIDGE], [inset, 0, RIDGE], [h, h, low]]) - [1e-4, 3e-4, 0]
        pieces = [_flat(slope, print_uv), *(_flat(p, ink) for p in (under, tuck, other))]
        surfaces.append(turned(join(pieces), "z", turn_deg))
    return join(surfaces)


def _flat(points: Array, uv: Array) -> Surface:
    """A flat convex polygon, counter-clockwise."""
    faces = np.array([[0, i, i + 1] for i in range(1, len(points) - 1)])
    return finish(points, faces, uv[faces])


def _cap() -> Surface:
    """The ribbed screw cap, on the front slope."""
    profile = fillet(
        [
            (0.0165, -0.004),
            (0.0165, 0.0025, 0.001),
            (0.0135, 0.0025),
            (0.0135, 0.014, 0.002),
            (0, 0.0145),
        ]
    )
    slope = np.degrees(np.arctan2(RIDGE - BODY, HALF))
    return moved(
        turned(lathe(profile, 32), "x", slope), 0, -HALF * 0.52, BODY + (RIDGE - BODY) * 0.48
    )


def _milk_panel(sheet: Sheet, x: float, plain: bool) -> None:
    """One of the four sides of a milk carton, 192 pixels wide."""
    points = [(x + 192 * t, 200 + 22 * np.sin(2 * np.pi * t)) for t in np.linspace(0, 1, 40)]
    sheet.polygon([(x, 127), *points, (x + 192, 127)], "#1f63b5")
    if plain:
        sheet.nutrition((x + 16, 260, x + 176, 490), 41)
        sheet.barcode((x + 36, 520, x + 156, 610), 42)
        return
    sheet.text((x + 12, 236, x + 180, 310), "MILK", "#1f63b5", bold=3)
    sheet.text((x + 20, 316, x + 172, 344), "Clover Hill Dairy", "#2f8f46", bold=0.6)
    sheet.ellipse((x, 530, x + 130, 700), "#5fae4e")
    sheet.ellipse((x + 60, 550, x + 191, 720), "#3f9440")
    _cow(sheet, x + 96, 450)
    sheet.text((x + 50, 590, x + 142, 625), "1 litre", "#ffffff", bold=1)


def _cow(sheet: Sheet, x: float, y: float) -> None:
    """The face of a black and white cow."""
    for side in (-1, 1):
        sheet.ellipse((x + side * 52 - 20, y - 42, x + side * 52 + 20, y - 16), "#1b1b1d")
    sheet.ellipse((x - 42, y - 66, x + 42, y + 60), "#ffffff", "#1b1b1d", 3)
    sheet.ellipse((x + 4, y - 56, x + 40, y + 2), "#1b1b1d")
    sheet.ellipse((x - 36, y + 14, x + 36, y + 66), "#f0b5a8", "#1b1b1d", 2)
    for side in (-1, 1):
        sheet.circle(x + side * 19, y - 16, 7, "#ffffff")
        sheet.circle(x + side * 19, y - 15, 5, "#101010")
        sheet.ellipse((x + side * 15 - 5, y + 32, x + side * 15 + 5, y + 44), "#7d4038")


OBJECTS: dict[str, Callable[[], Asset]] = {"carton_milk": carton_milk}
