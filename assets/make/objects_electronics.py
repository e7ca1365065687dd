"""A battery, a phone and a remote control."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import plastic
from objects_model import Asset, Material, Part, hull_points, lathe_points
from PIL import Image
from shapes import Array, Surface, from_solid, join, lathe, loft, moved, raised
from shapes_box import rounded_box
from shapes_field import extruded, slab, solid_of, union
from shapes_outline import fillet, rounded_rectangle
from textures import bumps
from textures_print import Sheet


def battery() -> Asset:
    """A size D battery, standing on its flat end."""
    r, height = 0.0168, 0.0585
    wrap = _battery_wrap()
    zinc = Material("zinc", "#c9ccd0", 1.0, 0.3)
    low = fillet(
        [
            (0, 0),
            (0.011, 0, 0.0006),
            (0.0118, 0.0008, 0.0006),
            (0.0155, 0.0008, 0.0008),
            (0.0158, 0.0022),
        ],
        3,
    )
    wall = fillet([(0.0158, 0.0018), (r, 0.002, 0.0006), (r, 0.0545, 0.001), (0.0152, 0.0548)], 3)
    top = fillet(
        [
            (0.0152, 0.0546),
            (0.008, 0.055),
            (0.0062, 0.0552, 0.0005),
            (0.0055, height, 0.0008),
            (0, height),
        ],
        3,
    )
    parts = [Part(lathe(low, 40), zinc), Part(lathe(wall, 40), wrap), Part(lathe(top, 40), zinc)]
    hull = lathe_points([(0.0115, 0), (r, 0.0024), (r, 0.0537), (0.0055, height)], 28)
    return Asset("Battery", "battery", "A size D battery.", 0.14, parts, [hull])


def _battery_wrap() -> Material:
    """A black and copper wrapping."""
    sheet = Sheet(512, 288, "#1b1b1e")
    sheet.rectangle((0, 0, 512, 84), "#c07a35")
    sheet.rectangle((0, 84, 512, 90), "#e8c48a")
    for x in (256, 506, -6):
        sheet.text((x - 80, 110, x + 80, 164), "VOLTAR", "#f3f1ea", bold=3)
        sheet.text((x - 60, 176, x + 60, 206), "ALKALINE", "#e8c48a", bold=0.5)
        sheet.text((x - 80, 222, x + 80, 258), "D  ·  1.5 V", "#f3f1ea", bold=0.5)
        sheet.text((x - 20, 16, x + 20, 66), "+", "#1b1b1e", bold=3)
    return Material("wrap", "#ffffff", 0.35, 0.28, picture=sheet.done())


def phone() -> Asset:
    """A mobile phone lying with its lit screen up."""
    w, h, t = 0.0735, 0.152, 0.0082
    shell = loft(
        [
            raised(_slab(w - d, h - d), z)
            for d, z in (
                (0.006, 0.0),
                (0.003, 0.0004),
                (0.001, 0.0015),
                (0, 0.003),
                (0, t - 0.003),
                (0.001, t - 0.0015),
                (0.0026, t - 0.0004),
                (0.0036, t),
            )
        ]
    )
    lit = _phone_screen()
    face = moved(_flat(_slab(w - 0.0075, h - 0.0075)), z=t + 0.00008)
    rim = moved(_flat(_slab(w - 0.0052, h - 0.0052)), z=t + 0.00004)
    keys = [
        rounded_box((0.0012, 0.012, 0.0022), 0.0005),
        rounded_box((0.0012, 0.02, 0.0022), 0.0005),
    ]
    buttons = join(
        [
            moved(keys[0], w / 2 - 0.0002, 0.028, t / 2 - 0.0011),
            moved(keys[1], -w / 2 + 0.0002, 0.03, t / 2 - 0.0011),
        ]
    )
    parts = [
        Part(shell, Material("frame", "#3b3f48", 0.7, 0.35)),
        Part(buttons, Material("keys", "#50545d", 0.8, 0.35)),
        Part(rim, plastic("bezel", "#050506", 0.08)),
        Part(face, lit),
    ]
    hull = np.vstack(
        [
            np.column_stack([_slab(w - d, h - d)[::2], np.full(len(_slab(w, h)[::2]), z)])
            for d, z in ((0.006, 0.0), (0.0, 0.003), (0.0, t - 0.003), (0.0036, t))
        ]
    )
    return Asset(
        "Mobile phone", "phone", "A mobile phone with its screen lit.", 0.175, parts, [hull]
    )


def _phone_screen() -> Material:
    """A lock screen with hills and icons."""
    screen = Sheet(360, 768, "#0b0d12")
    screen.gradient((0, 0, 360, 768), "#23305e", "#d0647a")
    for i, color in enumerate(("#2c3c72", "#4a3f7c", "#7a4a80")):
        pts = [(x, 520 + 70 * i + 46 * np.sin(x / 70 + 2 * i)) for x in range(0, 361, 12)]
        screen.polygon([(0, 768), *pts, (360, 768)], color)
    screen.text((70, 110, 290, 190), "10:42", "#ffffff", bold=1)
    screen.text((90, 200, 270, 226), "Tuesday 14 May", "#ffffff")
    screen.text((24, 14, 90, 34), "10:42", "#ffffff")
    screen.rectangle((306, 16, 336, 32), "#ffffff", 4)
    colors = (
        "#3aa655",
        "#e2b93b",
        "#3d7de0",
        "#e0563d",
        "#ffffff",
        "#8a5fd0",
        "#28b5b5",
        "#555b66",
    )
    for i, color in enumerate(colors):
        x, y = 36 + 78 * (i % 4), (560 if i < 4 else 660)
        screen.rectangle((x, y, x + 56, y + 56), color, 14)
        screen.circle(x + 28, y + 28, 13, "#ffffff" if color != "#ffffff" else "#3d7de0")
    screen.rectangle((130, 748, 230, 753), "#ffffff", 2)
    return Material("screen", "#ffffff", 0.0, 0.08, picture=screen.done())


def _slab(width: float, height: float, radius: float = 0.0095) -> Array:
    """A round-cornered outline like a phone seen from above."""
    return rounded_rectangle(width, height, radius, 6)


def _flat(outline: Array) -> Surface:
    """The flat surface inside a convex outline, seen from above, textured edge to edge."""
    size = outline.max(axis=0) - outline.min(axis=0)
    points = np.column_stack([outline, np.zeros(len(outline))])
    uv = np.stack([outline[:, 0] / size[0] + 0.5, 0.5 - outline[:, 1] / size[1]], axis=1)
    faces = np.array([[0, i, i + 1] for i in range(1, len(outline) - 1)])
    return Surface(points, np.tile([0.0, 0.0, 1.0], (len(points), 1)), uv, faces)


def remote() -> Asset:
    """A television remote control."""
    w, length, t = 0.046, 0.165, 0.019
    body = union(extruded(slab(0, 0, w, length, 0.012), 0.0, t, 0.005))
    shell = from_solid(
        solid_of(body, (-w / 2, -length / 2, 0), (w / 2, length / 2, t), 0.0024, 0.0002), 0.1, 50
    )
    parts = [
        Part(shell, Material("shell", "#1d1e21", 0.0, 0.42, normal_picture=bumps(76, 3, 0.5, 128))),
        *[
            Part(join(group), plastic(f"key {color[1:]}", color, 0.5))
            for color, group in _remote_keys(t).items()
        ],
        Part(_brand(t), Material("brand", "#ffffff", 0.0, 0.45, picture=_brand_print())),
    ]
    return Asset(
        "Remote control",
        "remote_control",
        "A black television remote control.",
        0.1,
        parts,
        [hull_points([shell], 200)],
    )


def _remote_keys(t: float) -> dict[str, list[Surface]]:
    """By color, on a shell of that height in metres."""
    keys: dict[str, list[Surface]] = {
        "#c4251f": [],
        "#3a3d42": [],
        "#d8d8d4": [],
        "#2f8f46": [],
        "#2a5fb0": [],
        "#d9b42a": [],
    }

    def key(color: str, x: float, y: float, size: tuple[float, float]) -> None:
        keys[color].append(moved(rounded_box((*size, 0.0025), 0.0009, None, 1), x, y, t - 0.0009))

    key("#c4251f", -0.013, 0.07, (0.009, 0.006))
    key("#d8d8d4", 0.013, 0.07, (0.009, 0.006))
    for i in range(12):
        key("#d8d8d4", (i % 3 - 1) * 0.0128, 0.055 - 0.0105 * (i // 3), (0.0098, 0.0068))
    for s in (-1, 1):
        key("#3a3d42", s * 0.0142, 0.004, (0.0078, 0.021))
    key("#3a3d42", 0, 0.004, (0.0092, 0.009))
    for color, surface in _remote_wheel().items():
        keys[color].append(moved(surface, 0, -0.027, t - 0.0006))
    for i, color in enumerate(("#c4251f", "#2f8f46", "#d9b42a", "#2a5fb0")):
        key(color, (i - 1.5) * 0.0102, -0.0505, (0.0085, 0.005))
    for i in range(3):
        key("#3a3d42", (i - 1) * 0.0128, -0.062, (0.0098, 0.0062))
    return keys


def _remote_wheel() -> dict[str, Surface]:
    """The round keys in the middle, by color."""
    ring = [
        (0.0085, 0),
        (0.0155, 0, 0.001),
        (0.0155, 0.0022, 0.001),
        (0.0085, 0.0018, 0.001),
        (0.0085, 0),
    ]
    button = [(0.0068, 0), (0.0068, 0.0022, 0.0008), (0, 0.0022)]
    return {"#3a3d42": lathe(fillet(ring), 36), "#d8d8d4": lathe(fillet(button), 28)}


def _brand(height: float) -> Surface:
    """The place for the brand near the lower end."""
    outline = np.array([(-0.012, -0.003), (0.012, -0.003), (0.012, 0.003), (-0.012, 0.003)])
    return moved(_flat(outline), 0, -0.0725, height + 0.0001)


def _brand_print() -> Image.Image:
    """The brand in gray on black."""
    sheet = Sheet(128, 32, "#1d1e21")
    sheet.text((6, 4, 122, 28), "AURELO", "#c9ccd0", bold=1)
    return sheet.done()


OBJECTS: dict[str, Callable[[], Asset]] = {
    "battery": battery,
    "phone": phone,
    "remote": remote,
}
