"""A tote, a tray and a crate to put things in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import PINE, WALNUT, grained, planks, wooden
from objects_furniture import Board
from objects_model import Asset, Material, Part, box_points
from PIL import Image, ImageChops
from shapes import Array, Surface, join, lathe, loft, moved, raised, retiled, sweep, turned
from shapes_box import rounded_box
from shapes_outline import bezier, ellipse, rounded_rectangle
from textures import wood
from textures_print import Sheet


def tote_grey() -> Asset:
    """An open plastic tote of 0.60 x 0.40 x 0.22 m with a rim."""
    height, wall, floor = 0.22, 0.006, 0.006

    def ring(inset: float, z: float) -> Array:
        return raised(_tote_outline(inset, 5), z)

    lip, base = 0.012, 0.030
    outside = [
        ring(base + 0.006, 0.0),
        ring(base + 0.0015, 0.0015),
        ring(base, 0.005),
        ring(lip + 0.003, height - 0.03),
    ]
    rim = [
        ring(0.001, height - 0.03),
        ring(0.0, height - 0.029),
        ring(0.0, height - 0.002),
        ring(0.002, height),
        ring(lip + wall - 0.002, height),
        ring(lip + wall, height - 0.002),
    ]
    inside = [
        ring(base + wall, floor + 0.012),
        ring(base + wall + 0.003, floor + 0.004),
        ring(base + wall + 0.012, floor),
    ]
    gray = grained("plastic", "#5f6c78", 67, 0.48)
    ribs = [turned(moved(_rib(), x), "z", a) for x in (-0.2, -0.1, 0.1, 0.2) for a in (0, 180)]
    ribs += [turned(moved(_rib(), x, -0.1), "z", a) for x in (-0.1, 0, 0.1) for a in (90, 270)]
    shell = loft([*outside, *rim, *inside], 35)
    parts = [Part(retiled(join([shell, *ribs]), 0.06), gray), _tote_label()]
    hulls = [np.vstack([outside[0], outside[1], ring(base + 0.0015, floor)])]
    hulls += _tote_band((0.001, base + 0.0015, base + wall), (height - 0.002, lip, lip + wall))
    hulls += _tote_band((height - 0.03, 0.0, lip + wall), (height, 0.0, lip + wall))
    return Asset("Tote", "container", "An open grey plastic tote.", 1.9, parts, hulls)


def _rib() -> Surface:
    """An upright rib on the slanted front wall of the tote."""
    outline = rounded_rectangle(0.008, 0.008, 0.0025, 2)
    steps = ((0.012, 0.1699), (0.016, 0.1719), (0.189, 0.1852))
    return loft([raised(outline - [0, y], z) for z, y in steps])


def _tote_outline(inset: float, steps: int) -> Array:
    """The outline of the tote, moved inwards; its corners get tighter."""
    return rounded_rectangle(0.6 - 2 * inset, 0.4 - 2 * inset, 0.035 - inset * 0.6, steps)


def _tote_band(low: tuple[float, float, float], high: tuple[float, float, float]) -> list[Array]:
    """A stretch of wall as convex pieces, between two heights with outer and inner insets."""
    rings = [raised(_tote_outline(inset, 3), z) for z, *insets in (low, high) for inset in insets]
    count = len(rings[0])
    return [np.vstack([ring[[i, (i + 1) % count]] for ring in rings]) for i in range(count)]


def _tote_label() -> Part:
    """A white sticker on the front wall."""
    sheet = Sheet(256, 128, "#f4f4f0")
    sheet.rectangle((4, 4, 252, 124), "#f4f4f0", outline="#222222", width=2)
    sheet.text((14, 12, 150, 50), "BIN 07", "#222222", bold=1)
    sheet.barcode((14, 56, 180, 116), 68)
    sheet.text((190, 40, 242, 90), "A3", "#c3261c", bold=1.5)
    slant = np.degrees(np.arctan2(0.0165, 0.185))

    card = turned(rounded_box((0.11, 0.001, 0.055), 0.0003), "x", slant)
    return Part(
        moved(card, 0, -0.1775, 0.085), Material("label", "#ffffff", 0.0, 0.5, picture=sheet.done())
    )


def tray_wood() -> Asset:
    """A wooden serving tray with two metal handles."""
    width, depth, height = 0.44, 0.3, 0.045
    boards: list[Board] = [
        ((width - 0.01, (depth - 0.01) / 3, 0.008), (0, (i - 1) * (depth - 0.01) / 3, 0))
        for i in range(3)
    ]
    edges: list[Board] = [
        ((width, 0.011, height), (0, s * (depth - 0.011) / 2, 0)) for s in (-1, 1)
    ]
    edges += [((0.011, depth - 0.022, height), (s * (width - 0.011) / 2, 0, 0)) for s in (-1, 1)]
    handles = []
    for s in (-1, 1):
        x = s * (width / 2 - 0.0055)
        path = bezier(
            [
                (x, -0.055, height - 0.002),
                (x, -0.052, height + 0.045),
                (x, 0.052, height + 0.045),
                (x, 0.055, height - 0.002),
            ],
            18,
        )
        handles.append(sweep(path, [ellipse(0.008, 0.008, 12)] * 18, (1, 0, 0)))
    parts = [
        Part(planks([*boards, *edges], 0.0015, 7, 0.4), wooden(69, WALNUT, "walnut", 0.4)),
        Part(join(handles), Material("brass", "#c9a25a", 1.0, 0.3)),
    ]
    hulls = [box_points((width - 0.01, depth - 0.01, 0.008)), *[box_points(*b) for b in edges]]
    for s in (-1, 1):
        x = s * (width / 2 - 0.0055)
        hulls += [box_points((0.007, 0.007, 0.03), (x, t * 0.05, height - 0.002)) for t in (-1, 1)]
        hulls += [box_points((0.007, 0.085, 0.007), (x, 0, height + 0.027))]
    return Asset(
        "Wooden tray", "container", "A walnut serving tray with brass handles.", 1.1, parts, hulls
    )


def crate_wood() -> Asset:
    """A slatted fruit crate of pine with a stencil on its sides."""
    width, depth, height, thick = 0.46, 0.32, 0.24, 0.009
    slats: list[Board] = []
    for i in range(3):
        z = 0.012 + i * 0.078
        slats += [((width, thick, 0.068), (0, s * (depth - thick) / 2, z)) for s in (-1, 1)]
        slats += [
            ((thick, depth - 2 * thick, 0.068), (s * (width - thick) / 2, 0, z)) for s in (-1, 1)
        ]
    floor: list[Board] = [
        ((width - 2 * thick - 0.001, 0.052, thick), (0, (i - 2) * 0.06, 0.012)) for i in range(5)
    ]
    x, y = width / 2 - thick - 0.011, depth / 2 - thick - 0.011
    posts: list[Board] = [
        ((0.022, 0.022, height - 0.004), (sx * x, sy * y, 0.004))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    runners: list[Board] = [
        ((0.03, depth - 0.002, 0.012), (s * (width / 2 - 0.03), 0, 0)) for s in (-1, 1)
    ]
    boards = [*slats, *floor, *posts, *runners]
    pine = wooden(70, PINE, "pine", 0.7, 384)
    nails = join(
        [
            moved(
                turned(lathe([(0.0028, -0.001), (0.0026, 0.0004), (0, 0.0007)], 8), "x", 90 * s),
                sx * x + dx,
                -s * depth / 2,
                z0 + dz,
            )
            for s in (1, -1)
            for sx in (-1, 1)
            for z0 in (0.012, 0.09, 0.168)
            for dx, dz in ((-0.004, 0.018), (0.004, 0.05))
        ]
    )
    parts = [
        Part(planks(boards, 0.001, 8, 0.5), pine),
        *_stencils(width, depth),
        Part(nails, Material("nail", "#7d7f83", 1.0, 0.5)),
    ]
    return Asset(
        "Wooden crate",
        "container",
        "A slatted fruit crate of pine.",
        1.8,
        parts,
        [box_points(*b) for b in boards],
    )


def _stencils(width: float, depth: float) -> list[Part]:
    """The name burnt into the middle slats: thin boards that show wood and lettering."""

    sheet = Sheet(768, 128, "#ffffff")
    sheet.text((40, 14, 728, 114), "HOLLOWAY ORCHARDS", "#6b3a1c", bold=2)
    board = wood(71, PINE, 512).resize((768, 768)).crop((0, 200, 768, 328))
    burnt = ImageChops.multiply(board, sheet.done()) if isinstance(board, Image.Image) else board
    print_ = Material("stencil", "#ffffff", 0.0, 0.7, picture=burnt)
    card = rounded_box(
        (width - 0.06, 0.001, 0.064),
        0.0004,
        {
            "top": (0, 0, 0.1, 0.05),
            "bottom": (0, 0, 0.1, 0.05),
            "left": (0, 0, 0.05, 0.1),
            "right": (0, 0, 0.05, 0.1),
        },
        1,
    )
    y = depth / 2 + 0.0001
    return [
        Part(moved(card, y=-y, z=0.092), print_),
        Part(moved(turned(card, "z", 180), y=y, z=0.092), print_),
    ]


OBJECTS: dict[str, Callable[[], Asset]] = {
    "tote_grey": tote_grey,
    "tray_wood": tray_wood,
    "crate_wood": crate_wood,
}
