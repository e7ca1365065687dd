"""Bottles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import plastic, tomato
from objects_model import Asset, Material, Part, lathe_points
from shapes import Array, Surface, from_solid, lathe, stretched
from shapes_field import capsule, solid_of, union
from shapes_outline import fillet
from textures import brushed, normal_map, paper
from textures_print import Sheet


def bottle_wine() -> Asset:
    """A dark green wine bottle with a paper label, corked and capped with foil."""
    glass = Material("glass", "#16261a", 0.0, 0.06)
    r = 0.0372
    foot = fillet(
        [
            (0, 0.012),
            (0.02, 0.008, 0.01),
            (0.029, 0, 0.002),
            (0.033, 0, 0.003),
            (r, 0.006, 0.004),
            (r, 0.06),
        ],
        4,
    )
    neck = fillet([(r, 0.15), (r, 0.195, 0.03), (0.0145, 0.226, 0.03), (0.0142, 0.24)], 7)
    foil = fillet(
        [
            (0.0144, 0.24),
            (0.0147, 0.2402),
            (0.0143, 0.281, 0.001),
            (0.0156, 0.283, 0.001),
            (0.0156, 0.295, 0.001),
            (0.0143, 0.297, 0.001),
            (0.0143, 0.3, 0.0012),
            (0, 0.3),
        ]
    )
    label = _wine_label()
    parts = [
        Part(lathe(foot, 48), glass),
        Part(lathe([(r + 0.0002, 0.06), (r + 0.0002, 0.15)], 48), label),
        Part(lathe(neck, 48), glass),
        Part(lathe(foil, 32), Material("foil", "#6d1424", 0.75, 0.35)),
    ]
    body = lathe_points([(0.033, 0), (r, 0.005), (r, 0.188), (0.0155, 0.222)], 28)
    stem = lathe_points([(0.0155, 0.22), (0.0145, 0.24), (0.0154, 0.29), (0.0143, 0.3)], 16)
    return Asset("Wine bottle", "bottle", "A full bottle of red wine.", 1.2, parts, [body, stem])


def _wine_label() -> Material:
    """A cream label with a castle."""
    sheet = Sheet(1024, 420, "#efe6d2")
    for top in (14, 396):
        sheet.rectangle((0, top, 1024, top + 5), "#8d6b2f")
    for x in (512, 1018, -6):
        sheet.text((x - 180, 40, x + 180, 100), "Château Fauvette", "#35201a", bold=1)
        sheet.text((x - 90, 104, x + 90, 136), "GRAND CRU", "#8d6b2f", bold=0.5)
        _house(sheet, x, 225)
        sheet.text((x - 60, 292, x + 60, 344), "2019", "#7a1426", bold=2)
        sheet.text((x - 150, 352, x + 150, 380), "RED WINE  75 cl  13 % vol", "#35201a")
    sheet.barcode((716, 60, 820, 160), 58)
    return Material("label", "#ffffff", 0.0, 0.7, picture=paper(6, sheet.done(), 2.5))


def _house(sheet: Sheet, x: float, y: float) -> None:
    """Draw a castle."""
    ink = "#35201a"
    sheet.rectangle((x - 70, y - 10, x + 70, y + 48), ink)
    sheet.polygon([(x - 78, y - 8), (x - 50, y - 42), (x + 50, y - 42), (x + 78, y - 8)], "#7a1426")
    for dx in (-84, 84):
        sheet.rectangle((x + dx - 18, y - 34, x + dx + 18, y + 48), ink)
        sheet.polygon([(x + dx - 22, y - 32), (x + dx, y - 74), (x + dx + 22, y - 32)], "#7a1426")
        sheet.rectangle((x + dx - 5, y - 18, x + dx + 5, y), "#efe6d2")
    for dx in (-48, -24, 24, 48):
        sheet.rectangle((x + dx - 6, y + 4, x + dx + 6, y + 24), "#efe6d2")
    sheet.rectangle((x - 9, y + 12, x + 9, y + 48), "#efe6d2")


def _flattened(profile: Array, depth: float, segments: int = 48) -> Surface:
    """A lathed surface squeezed to a fraction of its depth."""
    return stretched(lathe(profile, segments), 1.0, depth, 1.0)


def bottle_ketchup() -> Asset:
    """A red squeeze bottle of ketchup standing on its white cap's far end."""
    red = plastic("red", "#b3140f", 0.22)
    lower = fillet(
        [
            (0, 0.003),
            (0.026, 0.003),
            (0.028, 0, 0.001),
            (0.033, 0, 0.002),
            (0.0365, 0.008, 0.004),
            (0.0352, 0.035),
        ],
        4,
    )
    upper = fillet(
        [(0.0345, 0.115), (0.033, 0.135, 0.03), (0.0155, 0.16, 0.012), (0.0155, 0.166)], 6
    )
    t = np.linspace(0, 1, 8)
    waist = np.stack(
        [0.0352 + (0.0345 - 0.0352) * t - 0.0022 * np.sin(np.pi * t) ** 2, 0.035 + 0.08 * t], axis=1
    )
    label = _ketchup_label()
    cap = fillet(
        [
            (0.0155, 0.163),
            (0.0205, 0.163, 0.001),
            (0.0195, 0.187, 0.003),
            (0.009, 0.19, 0.003),
            (0.0065, 0.2, 0.002),
            (0, 0.2005),
        ],
        4,
    )
    depth = 0.72
    parts = [
        Part(_flattened(lower, depth), red),
        Part(_flattened(waist, depth), label),
        Part(_flattened(upper, depth), red),
        Part(lathe(cap, 40), plastic("white", "#efeee9", 0.35)),
    ]
    body = lathe_points([(0.033, 0), (0.0365, 0.007), (0.035, 0.128), (0.0155, 0.163)], 28)
    top = lathe_points([(0.02, 0.163), (0.0195, 0.185), (0.0065, 0.2)], 20)
    return Asset(
        "Ketchup bottle",
        "bottle",
        "A squeeze bottle of tomato ketchup.",
        0.52,
        parts,
        [body * [1, depth, 1], top],
    )


def _ketchup_label() -> Material:
    """A red label with a white field."""
    sheet = Sheet(1024, 384, "#b3140f")
    for x in (512, 1016, -8):
        sheet.ellipse((x - 175, 16, x + 175, 368), "#f7f3e8")
        sheet.ellipse((x - 165, 26, x + 165, 358), None, "#2e7d3b", 6)
        sheet.text((x - 130, 112, x + 130, 180), "HARVEST", "#2e7d3b", bold=3)
        sheet.text((x - 140, 190, x + 140, 246), "KETCHUP", "#b3140f", bold=3)
        tomato(sheet, x, 88, 30)
        sheet.text((x - 60, 262, x + 60, 292), "460 g", "#3a2a20")
    sheet.barcode((205, 40, 310, 150), 59)
    sheet.nutrition((196, 165, 330, 360), 60)
    return Material("label", "#ffffff", 0.0, 0.3, picture=sheet.done())


def bottle_flask() -> Asset:
    """A steel drinking bottle, painted teal, with a screw lid and a carrying loop."""
    return Asset(
        "Drinking bottle",
        "bottle",
        "A teal steel drinking bottle with a black lid.",
        0.36,
        _flask_parts(),
        _flask_hulls(),
    )


def _flask_parts() -> list[Part]:
    paint = Material("paint", "#1f7f8c", 0.25, 0.42)
    base = fillet(
        [
            (0, 0.003),
            (0.028, 0.003),
            (0.03, 0, 0.0015),
            (0.034, 0, 0.0025),
            (0.0365, 0.006, 0.003),
            (0.0365, 0.012),
        ],
        4,
    )
    body = fillet(
        [(0.0365, 0.012), (0.0365, 0.165, 0.02), (0.024, 0.195, 0.015), (0.022, 0.205)], 8
    )
    neck = fillet([(0.022, 0.205), (0.0235, 0.2055), (0.0235, 0.209), (0.022, 0.2095)])
    lid = fillet([(0.022, 0.21), (0.0262, 0.21, 0.001), (0.0262, 0.232, 0.003), (0, 0.2335)], 4)
    metal = Material("steel", "#d4d6d9", 1.0, 0.36, normal_picture=brushed(9))
    ribs = normal_map(np.tile(np.abs(np.sin(np.arange(512) / 512 * 40 * np.pi)), (16, 1)), 3.0)
    black = Material("lid", "#22262a", 0.0, 0.55, normal_picture=ribs)
    return [
        Part(lathe(base, 48), metal),
        Part(lathe(body, 48), paint),
        Part(lathe(neck, 40), metal),
        Part(lathe(lid, 40), black),
        Part(_flask_loop(), black),
    ]


def _flask_loop() -> Surface:
    """What it is carried by, over the lid."""
    low, high = 0.225, 0.252
    bars = (
        ((-0.021, 0, low), (-0.018, 0, high)),
        ((-0.018, 0, high), (0.018, 0, high)),
        ((0.018, 0, high), (0.021, 0, low)),
    )
    loop = union(*[capsule(a, b, 0.0042) for a, b in bars], blend=0.004)
    return from_solid(solid_of(loop, (-0.027, -0.006, 0.22), (0.027, 0.006, 0.258), 0.0016))


def _flask_hulls() -> list[Array]:
    """The body, the lid, and the three bars of the loop."""
    bars = (
        ((-0.024, -0.016), (0.23, 0.255)),
        ((0.016, 0.024), (0.23, 0.255)),
        ((-0.02, 0.02), (0.249, 0.256)),
    )
    return [
        lathe_points([(0.034, 0), (0.0365, 0.005), (0.0365, 0.156), (0.024, 0.198)], 28),
        lathe_points([(0.024, 0.195), (0.0262, 0.21), (0.0262, 0.231)], 24),
        *[
            np.array([[x, y, z] for x in xs for y in (-0.004, 0.004) for z in zs])
            for xs, zs in bars
        ],
    ]


OBJECTS: dict[str, Callable[[], Asset]] = {
    "bottle_wine": bottle_wine,
    "bottle_ketchup": bottle_ketchup,
    "bottle_flask": bottle_flask,
}
