"""Mugs, a bowl, a plate and a paper cup."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_model import Asset, Material, Part, lathe_points, sliced, wedges
from shapes import Surface, lathe, sweep
from shapes_outline import bezier, ellipse, fillet
from textures import speckled
from textures_print import Sheet


def glaze(name: str, color: str, roughness: float = 0.14) -> Material:
    """Glazed ceramic."""
    return Material(name, color, 0.0, roughness)


def mug(name: str, description: str, color: str, inside: str, print_: Material) -> Asset:
    """A mug of 0.3 litres with a handle at +x and a print around its wall."""
    low, high, radius = 0.02, 0.084, 0.041
    foot = fillet(
        [
            (0, 0.003),
            (0.027, 0.003),
            (0.029, 0, 0.001),
            (0.034, 0, 0.0015),
            (radius, 0.009, 0.006),
            (radius, low),
        ]
    )
    lip = [(radius, high), (radius, 0.096, 0.0017), (0.0375, 0.096, 0.0017)]
    well = [(0.0375, 0.093), (0.0375, 0.0075, 0.01), (0, 0.007)]
    body = [
        Part(lathe(foot, 48), glaze("glaze", color)),
        Part(lathe(fillet([(radius, low), (radius, high)]), 48), print_),
        Part(lathe(fillet(lip), 48), glaze("glaze", color)),
        Part(lathe(fillet([lip[-1], *well]), 48), glaze("inside", inside)),
    ]
    handle = _handle([(0.0392, 0, 0.08), (0.084, 0, 0.09), (0.083, 0, 0.02), (0.0392, 0, 0.024)])
    wall = wedges(
        [(0.0403, 0.0068), (radius, 0.012), (radius, 0.096)],
        [(0.0375, 0.096), (0.0375, 0.0068)],
        12,
        15,
    )
    floor = lathe_points([(0.034, 0), (0.0385, 0.006), (0.0385, 0.007)], 24)
    grip = sliced([handle], 2, [0.04, 0.066])
    return Asset(
        name,
        "mug",
        description,
        0.34,
        [*body, Part(handle, glaze("glaze", color))],
        [*wall, floor, *grip],
    )


def _handle(points: list[tuple[float, float, float]]) -> Surface:
    """A handle of oval section that widens where it meets the wall."""
    path = bezier(points, 20)
    t = np.linspace(-1, 1, 20)
    return sweep(path, [ellipse(0.0125, 0.0085, 14) * (1 + 0.3 * s**6) for s in t], (0, 1, 0))


def mug_blue() -> Asset:
    """A dark blue mug with a speckled pale band."""
    sheet = Sheet(512, 128, "#24446f")
    sheet.rectangle((0, 28, 512, 100), "#ece5d6")
    for i in range(16):
        x = 16 + 32 * i
        sheet.polygon(
            [(x - 13, 64), (x, 36), (x + 13, 64), (x, 92)], "#24446f" if i % 2 else "#c4623a"
        )
        sheet.circle(x, 64, 4, "#ece5d6")
    band = Material("print", "#ffffff", 0.0, 0.16, picture=sheet.done())
    return mug(
        "Blue mug", "A dark blue stoneware mug with a band of diamonds.", "#24446f", "#ece5d6", band
    )


def mug_white() -> Asset:
    """A white mug with a printed emblem on both sides."""
    sheet = Sheet(1024, 256, "#f3f1ec")
    for x in (512, 1024 - 6, -18):
        sheet.circle(x, 128, 104, "#c8372d")
        sheet.circle(x, 128, 95, "#f3f1ec")
        sheet.circle(x, 128, 89, "#c8372d")
        sheet.text((x - 66, 52, x + 66, 112), "GOOD", "#f3f1ec", bold=2)
        sheet.text((x - 80, 112, x + 80, 158), "MORNING", "#ffd36b", bold=1.5)
        sheet.star(x, 183, 20, "#ffd36b")
    emblem = Material("print", "#ffffff", 0.0, 0.15, picture=sheet.done())
    return mug("White mug", "A white mug with a round red emblem.", "#f3f1ec", "#f3f1ec", emblem)


def bowl_green() -> Asset:
    """A cereal bowl, green outside and cream inside."""
    outside = fillet(
        [
            (0, 0.004),
            (0.034, 0.004),
            (0.036, 0, 0.001),
            (0.040, 0, 0.001),
            (0.043, 0.007, 0.004),
            (0.0625, 0.0275, 0.06),
            (0.0775, 0.064, 0.0018),
            (0.0745, 0.0645),
        ],
        5,
    )
    inside = fillet(
        [
            (0.0745, 0.0645),
            (0.073, 0.064, 0.001),
            (0.0575, 0.0295, 0.06),
            (0.036, 0.0075, 0.02),
            (0, 0.0068),
        ],
        6,
    )
    parts = [
        Part(
            lathe(outside, 56),
            Material(
                "outside",
                "#ffffff",
                0.0,
                0.2,
                picture=speckled(3, ("#4f7a58", "#6d9b70", "#86ad84"), 4, contrast=1.4).resize(
                    (512, 128)
                ),
            ),
        ),
        Part(lathe(inside, 56), glaze("inside", "#efe6d0")),
    ]
    wall = wedges(
        [(0.0425, 0.0065), (0.0605, 0.028), (0.077, 0.064)],
        [(0.0748, 0.064), (0.046, 0.0088)],
        14,
    )
    floor = lathe_points([(0.0395, 0), (0.0395, 0.0072)], 28)
    return Asset(
        "Cereal bowl",
        "bowl",
        "A stoneware bowl, speckled green outside, cream inside.",
        0.42,
        parts,
        [*wall, floor],
    )


def plate_white() -> Asset:
    """A dinner plate with two blue lines on its rim."""
    under = fillet(
        [
            (0, 0.003),
            (0.072, 0.003),
            (0.074, 0, 0.001),
            (0.079, 0, 0.001),
            (0.082, 0.004, 0.003),
            (0.092, 0.009, 0.02),
            (0.13, 0.0205, 0.0015),
            (0.1285, 0.0228),
        ]
    )
    over = fillet(
        [
            (0.1285, 0.0228),
            (0.127, 0.0228, 0.001),
            (0.09, 0.0125, 0.012),
            (0.082, 0.0075, 0.012),
            (0, 0.0068),
        ],
        5,
    )
    print_ = _plate_lines()
    parts = [
        Part(lathe(under, 64), glaze("glaze", "#f4f2ee")),
        Part(
            lathe(over, 64),
            print_,
        ),
    ]
    wall = wedges(
        [(0.083, 0.0052), (0.13, 0.0205)],
        [(0.1262, 0.0225), (0.083, 0.0068)],
        15,
    )
    return Asset(
        "Dinner plate",
        "plate",
        "A white porcelain plate with blue lines on its rim.",
        0.55,
        parts,
        [*wall, lathe_points([(0.079, 0), (0.083, 0.005), (0.082, 0.0067)], 36)],
    )


def _plate_lines() -> Material:
    """White glaze with blue lines."""
    sheet = Sheet(16, 512, "#f4f2ee")
    for top, bottom in ((486, 500), (474, 478), (330, 333)):
        sheet.rectangle((0, top, 16, bottom), "#2c4f8c")
    return Material("print", "#ffffff", 0.0, 0.14, picture=sheet.done(), lossless=True)


def cup_paper() -> Asset:
    """A tall paper cup with a printed sleeve pattern."""
    print_ = _cup_print()
    bottom, top, height = 0.029, 0.0435, 0.11
    wall = [(bottom, 0), (top, height)]
    shell = [
        Part(
            lathe([(bottom - 0.002, 0.004), (bottom - 0.0015, 0), *wall], 48),
            print_,
        )
    ]
    rim = fillet(
        [
            (top, height - 0.002),
            (top + 0.0022, height - 0.001, 0.001),
            (top + 0.0022, height + 0.002, 0.0015),
            (top - 0.0006, height + 0.002, 0.001),
            (top - 0.0009, height - 0.002),
        ]
    )
    inner = [(top - 0.0009, height - 0.002), (bottom - 0.0008, 0.005), (0, 0.005)]
    base = [(0, 0.004), (bottom - 0.002, 0.004)]
    shell += [
        Part(lathe(profile, 48), Material("paper", "#f5f2ea", 0.0, 0.6))
        for profile in (rim, inner, base)
    ]
    ring = wedges(
        [(bottom, 0), (top + 0.002, height + 0.002)],
        [(top - 0.001, height + 0.002), (bottom - 0.001, 0.0)],
        15,
    )
    return Asset(
        "Paper cup",
        "paper_cup",
        "A paper coffee cup, empty, without lid.",
        0.014,
        shell,
        [*ring, lathe_points([(bottom - 0.001, 0.0005), (bottom - 0.001, 0.005)], 30)],
    )


def _cup_print() -> Material:
    """Cream paper with a green band and two emblems."""
    sheet = Sheet(1024, 256, "#f1e9dc")
    sheet.rectangle((0, 176, 1024, 256), "#2f5d50")
    sheet.rectangle((0, 166, 1024, 170), "#2f5d50")
    for x in (512, 1024, 0):
        sheet.circle(x, 92, 62, "#2f5d50")
        sheet.polygon([(x - 30, 70), (x + 26, 70), (x + 20, 122), (x - 24, 122)], "#f1e9dc")
        sheet.arc((x + 10, 76, x + 46, 108), -90, 100, "#f1e9dc", 7)
        for dx in (-16, -2, 12):
            sheet.line([(x + dx, 62), (x + dx + 4, 54), (x + dx - 2, 46)], "#f1e9dc", 4)
        sheet.text((x - 110, 188, x + 110, 240), "Little Heron", "#f1e9dc", bold=1)
    return Material("print", "#ffffff", 0.0, 0.55, picture=sheet.done())


OBJECTS: dict[str, Callable[[], Asset]] = {
    "mug_blue": mug_blue,
    "mug_white": mug_white,
    "bowl_green": bowl_green,
    "plate_white": plate_white,
    "cup_paper": cup_paper,
}
