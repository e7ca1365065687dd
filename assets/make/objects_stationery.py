"""Things from a desk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import laid, plastic
from objects_model import Asset, Material, Part, box_points, hull_points, sliced
from shapes import Array, Surface, from_solid, join, lathe, loft, moved, raised, sweep, turned
from shapes_box import rounded_box
from shapes_field import block, solid_of, union
from shapes_outline import ellipse, fillet
from textures import blend, generator, noise, picture
from textures_print import Sheet


def marker() -> Asset:
    """A thick blue marker with its cap on, lying down."""
    tail = fillet(
        [
            (0, 0),
            (0.006, 0, 0.001),
            (0.0072, 0.004, 0.001),
            (0.0082, 0.005, 0.0005),
            (0.0082, 0.012),
        ],
        3,
    )
    nose = fillet([(0.0082, 0.086), (0.0086, 0.0865)], 3)
    cap = fillet(
        [
            (0.0086, 0.0865),
            (0.0092, 0.0868, 0.0004),
            (0.009, 0.13, 0.001),
            (0.0068, 0.1365, 0.001),
            (0.0064, 0.138, 0.0006),
            (0, 0.138),
        ],
        3,
    )
    print_ = _marker_print()
    blue = plastic("blue", "#1d4fa8", 0.35)
    clip = union(
        block((0, -0.0112, 0.114), (0.0052, 0.0016, 0.036), 0.0007),
        block((0, -0.0095, 0.1295), (0.0052, 0.004, 0.005), 0.0009),
    )
    pin = from_solid(solid_of(clip, (-0.003, -0.0125, 0.095), (0.003, -0.007, 0.133), 0.0008), 0.1)
    upright = [
        Part(lathe(tail, 32), blue),
        Part(
            lathe([(0.0082, 0.012), (0.0082, 0.086)], 32),
            print_,
        ),
        Part(join([lathe(nose, 32), lathe(cap, 32), pin]), blue),
    ]
    parts = laid([Part(turned(p.surface, "z", 31), p.material) for p in upright], -0.45)
    return Asset(
        "Marker",
        "marker",
        "A blue permanent marker.",
        0.018,
        parts,
        sliced([p.surface for p in parts[:2]], 0, []) + sliced([parts[2].surface], 0, []),
    )


def _marker_print() -> Material:
    """A white barrel with lettering along it."""
    sheet = Sheet(512, 384, "#f1f1ee")
    sheet.rectangle((0, 0, 512, 60), "#1d4fa8")
    for x in (128, 384):
        sheet.turned_text((x - 36, 80, x + 36, 330), "INKWELL", "#1d4fa8", 90, 2)
        sheet.turned_text((x + 46, 110, x + 76, 300), "permanent marker", "#333333", 90)
    return Material("print", "#ffffff", 0.0, 0.35, picture=sheet.done())


def pencil() -> Asset:
    """A yellow pencil with an eraser, lying on one of its six sides."""

    def hexagon(radius: float, z: float, soft: float = 0.15) -> Array:
        t = 2 * np.pi * (np.arange(36) + 0.5) / 36
        flat = np.cos(np.pi / 6) / np.cos((t - np.pi / 6) % (np.pi / 3) - np.pi / 6)
        r = radius * (flat * (1 - soft) + soft * np.cos(np.pi / 6) * 1.06)
        return np.stack([r * np.cos(t), r * np.sin(t), np.full(36, z)], axis=1)

    def round_(radius: float, z: float) -> Array:
        return raised(ellipse(2 * radius, 2 * radius, 36), z)

    shaft = loft([hexagon(0.0039, 0.0), hexagon(0.0039, 0.15)])
    cone = loft([hexagon(0.0038, 0.1495), round_(0.00355, 0.152), round_(0.0013, 0.1655)], 50)
    lead = loft([round_(0.0013, 0.1654), round_(0.0003, 0.1708)], 50)
    band = lathe(
        fillet(
            [
                (0.0036, -0.0115),
                (0.0039, -0.011),
                (0.0039, -0.0085),
                (0.0036, -0.008),
                (0.0036, -0.0065),
                (0.0039, -0.006),
                (0.0039, -0.0035),
                (0.0036, -0.003),
                (0.0039, -0.002),
                (0.0039, 0.001),
                (0.0036, 0.0012),
            ]
        ),
        28,
    )
    rubber = lathe(fillet([(0, -0.0185), (0.0034, -0.0185, 0.0014), (0.0035, -0.011)]), 28)
    parts = laid(
        [
            Part(shaft, plastic("lacquer", "#f0b51c", 0.3)),
            Part(cone, plastic("wood", "#dcb583", 0.8)),
            Part(lead, Material("graphite", "#35363a", 0.3, 0.45)),
            Part(band, Material("ferrule", "#b9bfae", 1.0, 0.32)),
            Part(rubber, plastic("eraser", "#d9808a", 0.9)),
        ]
    )
    return Asset(
        "Pencil",
        "pencil",
        "A yellow pencil with an eraser.",
        0.006,
        parts,
        [
            hull_points([parts[0].surface], 80),
            hull_points([parts[1].surface, parts[2].surface], 60),
            hull_points([parts[3].surface, parts[4].surface], 60),
        ],
    )


def book() -> Asset:
    """A bound book, lying with its front cover up."""
    width, height, thick, board = 0.145, 0.21, 0.028, 0.0025
    print_ = _book_print()
    front, back, plain = (0.0, 0.0, 0.5, 0.964), (0.5, 0.0, 1.0, 0.964), (0.55, 0.9, 0.6, 0.95)
    edges = dict.fromkeys(("front", "back", "left", "right"), plain)
    lid = {**edges, "top": front, "bottom": plain}
    base = {**edges, "top": plain, "bottom": back}
    covers = [
        moved(rounded_box((width, height, board), 0.0009, lid, 1), z=thick - board),
        rounded_box((width, height, board), 0.0009, base, 1),
    ]
    lettered = _spine_print()
    path = np.array([(-width / 2, s * height / 2, thick / 2) for s in (-1, 1)])
    t = np.linspace(np.pi / 2, 1.5 * np.pi, 11)
    arc = np.stack([0.0045 * np.cos(t), thick / 2 * np.sin(t)], axis=1)
    inner = np.stack([np.full(2, 0.001), [-thick / 2 + 0.0003, thick / 2 - 0.0003]], axis=1)
    outline = np.vstack([arc, inner])
    spine = sweep(path, [outline] * 2, (1, 0, 0))
    uv = np.stack([0.5 - spine.vertices[:, 1] / height, 1 - spine.vertices[:, 2] / thick], axis=1)
    spine = Surface(spine.vertices, spine.normals, uv, spine.faces)
    pages_height = thick - 2 * board
    leaf = rounded_box((width - 0.006, height - 0.008, pages_height + 0.0004), 0.0008, None, 1)
    lines = noise((256, 16), (8, 1.2), rng=generator(73))
    leaves = Material(
        "pages",
        "#ffffff",
        0.0,
        0.85,
        picture=picture(blend(("#cbbf9f", "#efe6cd", "#f6f0de"), lines)),
    )
    parts = [
        Part(join(covers), print_),
        Part(spine, lettered),
        Part(moved(leaf, -0.002, 0, board - 0.0002), leaves),
    ]
    shift = 0.0022
    parts = [Part(moved(p.surface, shift), p.material) for p in parts]
    return Asset(
        "Book",
        "book",
        "A hardback book with a blue cover.",
        0.48,
        parts,
        [box_points((width + 0.003, height, thick), (shift - 0.0015, 0, 0))],
    )


def _spine_print() -> Material:
    """The spine with title and author."""
    spine_sheet = Sheet(512, 64, "#1f3a55")
    spine_sheet.text((60, 8, 330, 56), "THE QUIET SEA", "#e9d8a6", bold=1)
    spine_sheet.text((360, 14, 480, 50), "I. Marrow", "#e9d8a6")
    return Material("spine", "#ffffff", 0.0, 0.4, picture=spine_sheet.done())


def _book_print() -> Material:
    """Front and back of the cover side by side."""
    sheet = Sheet(512, 384, "#1f3a55")
    _cover(sheet, 0, 0, 256, 370)
    sheet.rectangle((256, 0, 512, 370), "#1f3a55")
    sheet.text((280, 40, 488, 90), "“A voyage one\nnever forgets.”", "#e9d8a6", size=20)
    sheet.small_print((284, 110, 484, 250), 71, "#cfd8dc", 11)
    sheet.barcode((380, 290, 484, 350), 72)
    return Material("cover", "#ffffff", 0.0, 0.4, picture=sheet.done())


def _cover(sheet: Sheet, left: float, top: float, right: float, bottom: float) -> None:
    """A sailing boat under a moon."""
    w, h = right - left, bottom - top
    sheet.gradient((left, top, right, bottom), "#16283f", "#c9744a")
    sheet.circle(left + 0.66 * w, top + 0.42 * h, 0.17 * w, "#f6e3b0")
    sheet.rectangle((left, top + 0.7 * h, right, bottom), "#14324a")
    for i in range(9):
        y = top + (0.73 + 0.028 * i) * h
        x = left + (0.66 + 0.05 * (-1) ** i) * w
        sheet.line([(x - (0.2 - 0.015 * i) * w, y), (x + (0.2 - 0.015 * i) * w, y)], "#d9a86c", 2)
    sheet.polygon(
        [
            (left + 0.2 * w, top + 0.69 * h),
            (left + 0.56 * w, top + 0.69 * h),
            (left + 0.5 * w, top + 0.75 * h),
            (left + 0.26 * w, top + 0.75 * h),
        ],
        "#0c1a28",
    )
    sheet.polygon(
        [
            (left + 0.38 * w, top + 0.4 * h),
            (left + 0.38 * w, top + 0.67 * h),
            (left + 0.54 * w, top + 0.67 * h),
        ],
        "#f4efe2",
    )
    sheet.polygon(
        [
            (left + 0.36 * w, top + 0.44 * h),
            (left + 0.36 * w, top + 0.67 * h),
            (left + 0.24 * w, top + 0.67 * h),
        ],
        "#d9d2bf",
    )
    sheet.text(
        (left + 0.1 * w, top + 0.06 * h, right - 0.1 * w, top + 0.24 * h),
        "THE QUIET\nSEA",
        "#f4e6c0",
        bold=1.5,
    )
    sheet.text(
        (left + 0.2 * w, top + 0.91 * h, right - 0.2 * w, top + 0.965 * h), "IRIS MARROW", "#f4e6c0"
    )


OBJECTS: dict[str, Callable[[], Asset]] = {
    "marker": marker,
    "pencil": pencil,
    "book": book,
}
