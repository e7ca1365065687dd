"""Things from kitchens, bathrooms and drawers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import plastic
from objects_model import Asset, Material, Part, box_points, lathe_points, wedges
from shapes import Array, Surface, lathe, loft, moved, raised, sweep
from shapes_box import plank
from shapes_outline import ellipse, fillet
from textures import blend, generator, noise, normal_map, paper, picture, speckled
from textures_print import Sheet


def sponge() -> Asset:
    """A yellow kitchen sponge with a green scouring side."""
    rng = generator(74)
    pores = noise((256, 256), (5, 5), rng=rng) * 0.6 + noise((256, 256), (11, 11), rng=rng) * 0.4
    depth = np.clip((pores - 0.54) * 9, 0, 1)
    base = blend(("#f2cf45", "#e9c136", "#a87f18"), depth)
    foam = Material(
        "foam", "#ffffff", 0.0, 0.95, picture=picture(base), normal_picture=normal_map(-depth, 2.5)
    )
    fibres = noise((256, 256), (1.4, 9), rng=rng) + noise((256, 256), (9, 1.4), rng=rng)
    scour = Material(
        "scourer",
        "#ffffff",
        0.0,
        1.0,
        picture=picture(blend(("#123d22", "#226b3a", "#3f8d55"), fibres - 0.5)),
        normal_picture=normal_map(fibres, 4.0),
    )
    size, pad = (0.11, 0.068, 0.026), 0.0075
    block_ = plank(size, 0.0042, tile=0.06, steps=3)
    green = plank((0.111, 0.069, pad), 0.0024, tile=0.05, steps=2)
    parts = [Part(block_, foam), Part(moved(green, z=size[2] - 0.0008), scour)]
    return Asset(
        "Sponge",
        "sponge",
        "A kitchen sponge with a scouring side.",
        0.012,
        parts,
        [box_points((size[0] - 0.001, size[1] - 0.001, size[2] + pad - 0.0008))],
    )


def candle() -> Asset:
    """A pillar candle with a hollow melted around its wick."""
    r, height = 0.034, 0.095
    profile = fillet(
        [
            (0, 0),
            (r, 0, 0.0015),
            (r, height, 0.004),
            (0.027, height - 0.001, 0.004),
            (0.018, height - 0.008, 0.008),
            (0, height - 0.009),
        ],
        5,
    )
    wax = Material(
        "wax", "#ffffff", 0.0, 0.38, picture=speckled(77, ("#efdfb8", "#f3e6c6", "#f7eed6"), 40)
    )
    path = np.array(
        [
            (0, 0, height - 0.011),
            (0.0002, 0, height - 0.004),
            (0.0012, 0, height + 0.001),
            (0.0032, 0, height + 0.0045),
        ]
    )
    wick = sweep(path, [ellipse(0.0022, 0.0022, 8)] * 4, (0, 1, 0))
    parts = [Part(lathe(profile, 48), wax), Part(wick, plastic("wick", "#2a2522", 0.95))]
    return Asset(
        "Candle",
        "candle",
        "A cream pillar candle.",
        0.3,
        parts,
        [lathe_points([(r - 0.0008, 0), (r, 0.002), (r, height - 0.003), (r - 0.003, height)], 32)],
    )


def toilet_roll() -> Asset:
    """A roll of quilted toilet paper."""
    inner, outer, height = 0.0205, 0.0545, 0.098
    side = fillet(
        [(outer - 0.001, 0), (outer, 0, 0.001), (outer, height, 0.001), (outer - 0.001, height)], 2
    )
    t = np.arange(256) / 256 * 2 * np.pi
    quilt = np.abs(np.sin(8 * (t[None] + t[:, None]) / 2)) * np.abs(
        np.sin(8 * (t[None] - t[:, None]) / 2)
    )
    soft = Material("paper", "#f3f1ec", 0.0, 0.95, normal_picture=normal_map(np.sqrt(quilt), 5.0))
    turns = np.repeat(generator(78).random(128)[:, None], 16, axis=1)
    ends = Material(
        "layers",
        "#ffffff",
        0.0,
        0.95,
        picture=picture(blend(("#d8d5ce", "#f1efe9"), np.clip(turns * 1.5, 0, 1))),
    )
    top = fillet([(outer - 0.001, height), (inner + 0.001, height)])
    bottom = fillet([(inner + 0.001, 0), (outer - 0.001, 0)])
    core = [(inner + 0.001, height), (inner, height + 0.0004), (inner, 0.0), (inner + 0.001, 0.0)]
    wall = lathe(side, 56)
    wall = Surface(wall.vertices, wall.normals, wall.uv * [3, 1], wall.faces)
    flap = loft([raised(_sheet_edge(outer), z) for z in (0.0005, height - 0.0005)], 50)
    parts = [
        Part(wall, soft),
        Part(flap, soft),
        Part(lathe(top, 48), ends),
        Part(lathe(bottom, 48), ends),
        Part(lathe(core, 40), plastic("cardboard", "#a58a69", 0.9)),
    ]
    ring = wedges([(outer, 0), (outer, height)], [(inner, 0), (inner, height)], 15)
    return Asset("Toilet roll", "toilet_roll", "A roll of quilted toilet paper.", 0.12, parts, ring)


def _sheet_edge(radius: float) -> Array:
    """The loose last sheet, a thin sliver that leaves the roll at a tangent."""
    a = np.radians(np.linspace(-150, -112, 9))
    lift = np.linspace(0, 1, 9) ** 2 * 0.0022
    outside = np.stack(
        [(radius + lift + 0.0004) * np.cos(a), (radius + lift + 0.0004) * np.sin(a)], axis=1
    )
    inside = np.stack(
        [(radius + lift - 0.0004) * np.cos(a), (radius + lift - 0.0004) * np.sin(a)], axis=1
    )
    return np.vstack([outside, inside[::-1]])


def tape_roll() -> Asset:
    """A roll of brown parcel tape on a cardboard core."""
    inner, core, outer, width = 0.0382, 0.0412, 0.0555, 0.048
    lines = np.random.Generator(np.random.PCG64(45)).random(256)
    layers = normal_map(np.repeat(lines[:, None], 16, axis=1), 0.5)
    tape = fillet([(core, 0.0), (outer, 0.0, 0.0006), (outer, width, 0.0006), (core, width)], 2)
    tube = fillet(
        [
            (core, width),
            (core, width + 0.0002),
            (inner, width + 0.0002, 0.0004),
            (inner, -0.0, 0.0004),
            (core, 0.0),
        ],
        2,
    )
    parts = [
        Part(lathe(tape, 56), Material("tape", "#b58a52", 0.0, 0.22, normal_picture=layers)),
        Part(lathe(tube, 48), plastic("cardboard", "#a68a68", 0.85)),
    ]
    ring = wedges([(outer, 0), (outer, width)], [(inner, 0), (inner, width)], 15)
    return Asset("Tape roll", "tape_roll", "A roll of brown parcel tape.", 0.2, parts, ring)


def jar_peanut_butter() -> Asset:
    """A jar of peanut butter with a red lid."""
    fill = Material("jar", "#b27a3c", 0.0, 0.12)
    r = 0.0375
    base = fillet(
        [
            (0, 0.003),
            (0.03, 0.003),
            (0.0315, 0, 0.001),
            (0.034, 0, 0.002),
            (r + 0.0004, 0.005, 0.003),
            (r, 0.0105),
            (r - 0.0003, 0.014),
        ],
        4,
    )
    shoulder = fillet(
        [(r - 0.0003, 0.073), (r, 0.0765), (r, 0.081, 0.006), (0.034, 0.086, 0.003), (0.034, 0.09)],
        4,
    )
    lid = fillet(
        [
            (0.034, 0.088),
            (0.0362, 0.088, 0.0006),
            (0.0362, 0.103, 0.002),
            (0.0335, 0.1042, 0.001),
            (0.0325, 0.1035, 0.001),
            (0, 0.1035),
        ],
        4,
    )
    label = _peanut_label()
    parts = [
        Part(lathe(base, 48), fill),
        Part(lathe([(r - 0.0003, 0.014), (r - 0.0003, 0.073)], 48), label),
        Part(lathe(shoulder, 48), fill),
        Part(lathe(lid, 48), plastic("lid", "#c3291f", 0.32)),
    ]
    hull = lathe_points(
        [(0.034, 0), (r, 0.005), (r, 0.08), (0.0362, 0.088), (0.0362, 0.102), (0.0335, 0.104)], 28
    )
    return Asset(
        "Peanut butter jar",
        "jar",
        "A jar of crunchy peanut butter with a red lid.",
        0.42,
        parts,
        [hull],
    )


def _peanut_label() -> Material:
    """A cream label with peanuts."""
    sheet = Sheet(1024, 256, "#f3dfb4")
    sheet.rectangle((0, 0, 1024, 22), "#c3291f")
    sheet.rectangle((0, 234, 1024, 256), "#c3291f")
    for x in (512, 1016, -8):
        sheet.text((x - 170, 32, x + 170, 100), "Nutkin's", "#c3291f", bold=3)
        sheet.text((x - 150, 110, x + 150, 152), "PEANUT BUTTER", "#5d3512", bold=1.5)
        for dx, dy in ((-40, 196), (34, 200)):
            for k in (-17, 17):
                sheet.ellipse((x + dx + k - 22, dy - 19, x + dx + k + 22, dy + 19), "#c08a45")
            sheet.ellipse((x + dx - 16, dy - 13, x + dx + 16, dy + 13), "#c08a45")
        sheet.text((x + 90, 186, x + 170, 214), "crunchy", "#c3291f")
    sheet.nutrition((196, 36, 322, 224), 61)
    sheet.barcode((716, 60, 826, 190), 62)
    return Material("label", "#ffffff", 0.0, 0.45, picture=paper(7, sheet.done(), 1.5))


OBJECTS: dict[str, Callable[[], Asset]] = {
    "jar_peanut_butter": jar_peanut_butter,
    "sponge": sponge,
    "candle": candle,
    "toilet_roll": toilet_roll,
    "tape_roll": tape_roll,
}
