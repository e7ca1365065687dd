"""Food and drinks cans."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import steel, tomato
from objects_model import Asset, Material, Part, lathe_points
from shapes import Array, from_solid, lathe, moved, stretched
from shapes_field import extruded, minus, oval, solid_of, union
from shapes_outline import fillet
from textures import generator, paper, worn
from textures_print import Sheet


def can(
    name: str,
    category: str,
    description: str,
    mass: float,
    radius: float,
    height: float,
    label: Material,
    ribs: int = 0,
) -> Asset:
    """A steel food can with a paper label and rolled rims."""
    r, low, high = radius - 0.001, 0.0045, height - 0.0045
    t = np.linspace(0, 1, 8 * ribs + 2)
    swell = 0.0006 * np.sin(2 * np.pi * ribs * t) ** 2 * (np.abs(t - 0.5) < 0.36)
    wall = np.stack([r + 0.0003 - swell, low + t * (high - low)], axis=1)
    metal = steel(3, "#cfd1d4")
    parts = [
        Part(lathe(_can_base(r, low), 48), metal),
        Part(lathe(wall, 48), label),
        Part(lathe(_can_lid(r, high, height), 48), metal),
    ]
    hull = lathe_points([(radius, 0.0), (radius, height)], 32)
    return Asset(name, category, description, mass, parts, [hull])


def _can_base(r: float, low: float) -> Array:
    """Profile of the bottom with its rolled rim, up to the wall at `low`; metres."""
    return fillet(
        [
            (0, 0.003),
            (r - 0.006, 0.003, 0.001),
            (r - 0.0035, 0.004, 0.001),
            (r - 0.0015, 0, 0.001),
            (r + 0.001, 0, 0.001),
            (r + 0.001, 0.0032, 0.001),
            (r, low),
        ],
        3,
    )


def _can_lid(r: float, high: float, height: float) -> Array:
    """Profile of the lid with its rim and rings, from the wall at `high`; metres."""
    rings = (
        (0.86, 0.0042),
        (0.8, 0.0034),
        (0.74, 0.0042),
        (0.66, 0.0042),
        (0.6, 0.0035),
        (0.54, 0.0042),
    )
    return fillet(
        [
            (r, high),
            (r + 0.001, height - 0.0032, 0.001),
            (r + 0.001, height, 0.001),
            (r - 0.0015, height, 0.001),
            (r - 0.003, height - 0.0042, 0.001),
            *[(r * share, height - depth) for share, depth in rings],
            (0, height - 0.0042),
        ],
        3,
    )


def can_tomato_soup() -> Asset:
    """A can of tomato soup."""
    label = _soup_label()
    return can(
        "Tomato soup can",
        "can",
        "A can of tomato soup with a paper label.",
        0.35,
        0.0335,
        0.101,
        label,
    )


def _soup_label() -> Material:
    """A red and cream paper label with tomatoes."""
    sheet = Sheet(1024, 420, "#b51f24")
    sheet.rectangle((0, 190, 1024, 420), "#f5ead2")
    sheet.rectangle((0, 182, 1024, 190), "#d8a93a")
    sheet.rectangle((0, 404, 1024, 420), "#b51f24")
    for x in (512, 1016, -8):
        sheet.text((x - 170, 24, x + 170, 104), "Bellamy's", "#f5ead2", bold=3)
        sheet.text((x - 110, 116, x + 110, 158), "CONDENSED", "#f5ead2", bold=0.7)
        sheet.text((x - 150, 204, x + 150, 262), "TOMATO SOUP", "#b51f24", bold=2)
        for dx, s in ((-52, 50), (50, 58)):
            tomato(sheet, x + dx, 335 - s * 0.1, s)
    sheet.nutrition((690, 206, 850, 396), 51)
    sheet.barcode((190, 290, 330, 390), 52)
    sheet.small_print((180, 208, 350, 280), 53, "#5a2a14", 10)
    return Material("label", "#ffffff", 0.0, 0.42, picture=paper(5, sheet.done(), 1.5))


def can_tuna() -> Asset:
    """A flat can of tuna."""
    label = _tuna_label()
    return can("Tuna can", "can", "A flat can of tuna chunks.", 0.19, 0.0425, 0.04, label)


def _tuna_label() -> Material:
    """A blue label with a fish."""
    sheet = Sheet(1024, 144, "#1d6fa8")
    sheet.rectangle((0, 120, 1024, 144), "#f2c230")
    for x in (512, 1014, -10):
        sheet.text((x - 200, 10, x - 10, 70), "Tern Bay", "#ffffff", bold=2)
        sheet.text((x - 200, 74, x - 10, 112), "TUNA chunks", "#f2c230", bold=1)
        _fish(sheet, x + 100, 62, 80)
    sheet.barcode((730, 14, 850, 108), 54)
    sheet.small_print((170, 14, 300, 112), 55, "#ffffff", 10)
    return Material("label", "#ffffff", 0.0, 0.35, picture=sheet.done())


def _fish(sheet: Sheet, x: float, y: float, s: float) -> None:
    """Draw a fish."""
    sheet.ellipse((x - s, y - 0.36 * s, x + 0.72 * s, y + 0.36 * s), "#cfe3ee")
    sheet.polygon(
        [(x + 0.6 * s, y), (x + s, y - 0.42 * s), (x + 0.9 * s, y), (x + s, y + 0.42 * s)],
        "#cfe3ee",
    )
    sheet.polygon(
        [(x - 0.2 * s, y - 0.3 * s), (x + 0.2 * s, y - 0.58 * s), (x + 0.25 * s, y - 0.28 * s)],
        "#9cc3d9",
    )
    sheet.circle(x - 0.7 * s, y - 0.07 * s, 0.07 * s, "#14324a")
    sheet.arc((x - 0.75 * s, y - 0.3 * s, x - 0.4 * s, y + 0.3 * s), -60, 60, "#7fa9c2", 3)


def can_soda() -> Asset:
    """An aluminium drinks can."""
    r, top = 0.033, 0.1155
    base = fillet(
        [
            (0, 0.008),
            (0.019, 0.004, 0.008),
            (0.0235, 0, 0.0015),
            (0.0255, 0, 0.0015),
            (r, 0.0105, 0.008),
            (r, 0.0135),
        ],
        4,
    )
    shoulder = fillet(
        [
            (r, 0.1025),
            (r, 0.105, 0.006),
            (0.0275, 0.1135, 0.004),
            (0.0272, top, 0.0008),
            (0.0258, top, 0.0008),
            (0.0245, 0.1105, 0.001),
            (0.0225, 0.1118, 0.001),
            (0, 0.1118),
        ],
        4,
    )
    metal = Material("aluminium", "#dfe1e3", 1.0, 1.0, rough_picture=worn(4, (0.2, 0.38), size=128))
    print_ = _soda_print()
    tab = extruded(
        minus(
            union(oval(0, 0.0, 0.0075, 0.0068), oval(0, -0.010, 0.0062, 0.006), blend=0.006),
            oval(0, 0.0028, 0.0042, 0.0026),
        ),
        0,
        0.0011,
        0.0004,
    )
    pull = from_solid(solid_of(tab, (-0.008, -0.017, 0), (0.008, 0.008, 0.0012), 0.0006))
    mouth = lathe(fillet([(0, 0.0002), (0.0078, 0.0002)]), 24)
    dark = Material("score", "#8f9296", 1.0, 0.45)
    parts = [
        Part(lathe(base, 48), metal),
        Part(lathe([(r, 0.0135), (r, 0.1025)], 48), print_),
        Part(lathe(shoulder, 48), metal),
        Part(moved(stretched(mouth, 1.15), y=-0.0125, z=0.1118), dark),
        Part(moved(pull, y=0.002, z=0.1121), metal),
    ]
    hull = lathe_points([(0.0255, 0), (r, 0.0105), (r, 0.1035), (0.0273, 0.114), (0.0273, top)], 28)
    return Asset("Soda can", "can", "An aluminium can of lemon soda.", 0.35, parts, [hull])


def _soda_print() -> Material:
    """A teal print with a slice of lemon, half metallic."""
    sheet = Sheet(1024, 440, "#0d8f86")
    sheet.gradient((0, 0, 1024, 440), "#14b3a0", "#075f70")
    rng = generator(8)
    for x in (512, 1024, 0):
        for _ in range(26):
            b = rng.uniform(3, 10)
            sheet.circle(x + rng.uniform(-150, 150), rng.uniform(20, 420), b, "#35c9b5")
        sheet.circle(x, 205, 118, "#f7e03c")
        sheet.circle(x, 205, 106, "#fdf3a0")
        for i in range(8):
            a, w = i * np.pi / 4, 0.30
            pts = [
                (x + 92 * np.cos(a + s), 205 + 92 * np.sin(a + s)) for s in np.linspace(-w, w, 6)
            ]
            sheet.polygon([(x + 14 * np.cos(a), 205 + 14 * np.sin(a)), *pts], "#f2c81f")
        sheet.polygon([(x - 150, 180), (x + 150, 150), (x + 150, 232), (x - 150, 262)], "#ffffff")
        sheet.text((x - 125, 172, x + 125, 240), "ZINGO", "#e0492b", bold=4)
        sheet.text((x - 100, 340, x + 100, 372), "sparkling lemon", "#ffffff", bold=0.6)
        sheet.text((x - 60, 392, x + 60, 420), "330 ml", "#ffffff")
    sheet.barcode((210, 60, 314, 150), 56)
    sheet.small_print((200, 170, 330, 400), 57, "#d6f5f0", 10)
    return Material("label", "#ffffff", 0.55, 0.3, picture=sheet.done())


OBJECTS: dict[str, Callable[[], Asset]] = {
    "can_tomato_soup": can_tomato_soup,
    "can_tuna": can_tuna,
    "can_soda": can_soda,
}
