"""Printed cardboard boxes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_model import Asset, Material, Part, box_points
from PIL import Image
from shapes_box import Rectangle, rounded_box
from textures import paper
from textures_print import Sheet

FRONT: Rectangle = (0.0, 0.0, 0.4, 0.8)
BACK: Rectangle = (0.4, 0.0, 0.8, 0.8)
LEFT: Rectangle = (0.8, 0.0, 0.9, 0.8)
RIGHT: Rectangle = (0.9, 0.0, 1.0, 0.8)
TOP: Rectangle = (0.0, 0.8, 0.5, 1.0)
BOTTOM: Rectangle = (0.5, 0.8, 1.0, 1.0)
ATLAS = {"front": FRONT, "back": BACK, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}


def sheet_for(area: Rectangle, size: tuple[float, float], texture: int, color: str) -> Sheet:
    """An empty sheet with the true proportions of one side, to be squeezed into its area."""
    pixels = max((area[2] - area[0]) * texture / size[0], (area[3] - area[1]) * texture / size[1])
    return Sheet(round(size[0] * pixels), round(size[1] * pixels), color)


def atlas_picture(sheets: dict[str, Sheet], texture: int, seed: int) -> Image.Image:
    """One picture with each side's sheet in its rectangle."""
    whole = Image.new("RGB", (texture, texture), "#888888")
    for side, sheet in sheets.items():
        u0, v0, u1, v1 = (round(x * texture) for x in ATLAS[side])
        whole.paste(sheet.done().resize((u1 - u0, v1 - v0), Image.Resampling.LANCZOS), (u0, v0))
    return paper(seed, whole)


def carton(
    name: str,
    category: str,
    description: str,
    mass: float,
    size: tuple[float, float, float],
    sheets: dict[str, Sheet],
    seed: int,
    texture: int = 768,
) -> Asset:
    """A printed cardboard box."""
    print_ = Material(
        "cardboard", "#ffffff", 0.0, 0.48, picture=atlas_picture(sheets, texture, seed)
    )
    box = rounded_box(size, 0.0012, ATLAS, 1)
    return Asset(name, category, description, mass, [Part(box, print_)], [box_points(size)])


def sides(size: tuple[float, float, float], color: str, texture: int = 768) -> dict[str, Sheet]:
    """Empty sheets for the six sides of a box."""
    w, d, h = size
    flat = {
        "front": (w, h),
        "back": (w, h),
        "left": (d, h),
        "right": (d, h),
        "top": (w, d),
        "bottom": (w, d),
    }
    return {s: sheet_for(ATLAS[s], flat[s], texture, color) for s in ATLAS}


def _flaps(sheet: Sheet, words: str, ink: str) -> None:
    """The top of a carton: a tab line and a name."""
    w, h = sheet.width, sheet.height
    sheet.line([(0, h * 0.62), (w, h * 0.62)], ink, 1)
    sheet.text((w * 0.2, h * 0.15, w * 0.8, h * 0.55), words, ink, bold=1)


def _facts(sheet: Sheet, title: str, ink: str, seed: int) -> None:
    """The back of a carton: title, words, nutrition table and barcode."""
    w, h = sheet.width, sheet.height
    sheet.text((w * 0.08, h * 0.05, w * 0.92, h * 0.15), title, ink, bold=2)
    sheet.small_print((w * 0.08, h * 0.19, w * 0.92, h * 0.42), seed, ink, h * 0.022)
    sheet.nutrition((w * 0.08, h * 0.46, w * 0.6, h * 0.94), seed)
    sheet.barcode((w * 0.64, h * 0.74, w * 0.94, h * 0.94), seed)


def _narrow(sheet: Sheet, words: str, ink: str, seed: int) -> None:
    """A narrow side of a carton: its name upwards and small print."""
    w, h = sheet.width, sheet.height
    sheet.turned_text((w * 0.18, h * 0.08, w * 0.82, h * 0.62), words, ink, 90, 2)
    sheet.small_print((w * 0.12, h * 0.68, w * 0.92, h * 0.95), seed, ink, h * 0.017)


def _bowl_of_rings(sheet: Sheet, x: float, y: float, r: float) -> None:
    """A blue bowl heaped with cereal rings and a few berries."""
    rng = np.random.Generator(np.random.PCG64(5))
    sheet.ellipse((x - r, y - 0.42 * r, x + r, y + 0.42 * r), "#fbf6ea")
    for _ in range(85):
        a, b = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
        px, py = x + 0.82 * r * b * np.cos(a), y - 0.08 * r + 0.3 * r * b * np.sin(a)
        s = r * 0.105
        tone = ["#c98a3c", "#dba452", "#b97628"][rng.integers(3)]
        sheet.ellipse((px - s, py - s * 0.8, px + s, py + s * 0.8), "#8a5318")
        sheet.ellipse((px - s, py - s, px + s, py + s * 0.6), None, tone, s * 0.62)
    for dx, dy in ((-0.35, -0.15), (0.1, 0.1), (0.42, -0.12), (-0.05, -0.28)):
        sheet.circle(x + dx * r, y + dy * r, r * 0.095, "#3d4f96")
        sheet.circle(x + dx * r - r * 0.03, y + dy * r - r * 0.03, r * 0.03, "#8c9ad0")
    sheet.arc((x - r, y - 0.42 * r, x + r, y + 0.42 * r), 0, 360, "#2458a8", r * 0.05)
    points = [(x + r * np.cos(t), y + 0.42 * r * np.sin(t)) for t in np.linspace(0, np.pi, 30)]
    points += [
        (x + 0.45 * r * np.cos(t), y + 0.75 * r + 0.16 * r * np.sin(t))
        for t in np.linspace(np.pi, 0, 20)
    ]
    sheet.polygon(points, "#2458a8")


def box_cereal() -> Asset:
    """A tall box of breakfast cereal."""
    size = (0.192, 0.062, 0.292)
    sheets = sides(size, "#f6b41c", 1024)
    front = sheets["front"]
    w, h = front.width, front.height
    front.gradient((0, 0, w, h), "#ffd23e", "#f08a12")
    for i in range(24):
        a, b = 2 * np.pi * i / 24, 2 * np.pi * (i + 0.5) / 24
        front.polygon(
            [
                (w / 2, h * 0.6),
                (w / 2 + h * np.cos(a), h * 0.6 + h * np.sin(a)),
                (w / 2 + h * np.cos(b), h * 0.6 + h * np.sin(b)),
            ],
            "#ffc22e",
        )
    front.rectangle((0, 0, w, h * 0.06), "#c3261c")
    front.text((w * 0.1, h * 0.008, w * 0.9, h * 0.052), "WHOLE GRAIN OATS & HONEY", "#ffffff")
    front.text(
        (w * 0.06, h * 0.09, w * 0.94, h * 0.25), "HOOPLES", "#c3261c", bold=9, outline="#ffffff"
    )
    front.text((w * 0.06, h * 0.09, w * 0.94, h * 0.25), "HOOPLES", "#c3261c", bold=3)
    front.text((w * 0.15, h * 0.27, w * 0.85, h * 0.325), "crunchy honey hoops", "#5a2a08", bold=1)
    _bowl_of_rings(front, w * 0.5, h * 0.62, w * 0.42)
    front.circle(w * 0.82, h * 0.40, w * 0.115, "#2f8f46")
    front.text((w * 0.74, h * 0.365, w * 0.9, h * 0.405), "high in", "#ffffff")
    front.text((w * 0.73, h * 0.4, w * 0.91, h * 0.44), "FIBRE", "#ffffff", bold=1)
    front.text((w * 0.05, h * 0.945, w * 0.35, h * 0.98), "NET 375 g", "#5a2a08", bold=0.5)
    _facts(sheets["back"], "HOOPLES", "#8c1c10", 11)
    for side in ("left", "right"):
        _narrow(sheets[side], "HOOPLES", "#c3261c", 12)
    _flaps(sheets["top"], "HOOPLES", "#c3261c")
    return carton(
        "Cereal box", "cereal_box", "A box of honey cereal hoops.", 0.43, size, sheets, 21, 1024
    )


def box_tea() -> Asset:
    """A box of tea bags."""
    size = (0.13, 0.072, 0.088)
    sheets = sides(size, "#1f4f3c")
    for side in ("front", "back"):
        s = sheets[side]
        w, h = s.width, s.height
        s.rectangle((w * 0.04, h * 0.06, w * 0.96, h * 0.94), "#1f4f3c", outline="#d9b765", width=4)
        s.ellipse((w * 0.2, h * 0.13, w * 0.8, h * 0.75), "#efe3c3")
        s.text((w * 0.28, h * 0.2, w * 0.72, h * 0.43), "Marlow", "#1f4f3c", bold=2)
        s.text((w * 0.3, h * 0.43, w * 0.7, h * 0.53), "EARL GREY TEA", "#a5732a", bold=0.7)
        for dx in (-0.07, 0.07):
            s.ellipse(
                (w * (0.5 + dx) - w * 0.06, h * 0.56, w * (0.5 + dx) + w * 0.06, h * 0.66),
                "#4f8a4a",
            )
        s.text((w * 0.25, h * 0.79, w * 0.75, h * 0.88), "50 tea bags · 100 g", "#efe3c3")
    for side in ("left", "right"):
        s = sheets[side]
        w, h = s.width, s.height
        s.text((w * 0.1, h * 0.08, w * 0.9, h * 0.24), "Marlow", "#d9b765", bold=1)
        s.small_print((w * 0.1, h * 0.3, w * 0.92, h * 0.6), 31, "#efe3c3", h * 0.034)
        s.barcode((w * 0.15, h * 0.66, w * 0.85, h * 0.94), 32)
    _flaps(sheets["top"], "Marlow EARL GREY", "#d9b765")
    return carton(
        "Tea box", "tea_box", "A dark green box of fifty tea bags.", 0.13, size, sheets, 22, 768
    )


def box_crackers() -> Asset:
    """A box of square crackers."""
    size = (0.155, 0.05, 0.21)
    sheets = sides(size, "#b3202a")
    front = sheets["front"]
    w, h = front.width, front.height
    front.gradient((0, 0, w, h), "#d02a34", "#8f141d")
    front.ellipse((w * 0.06, h * 0.07, w * 0.94, h * 0.36), "#fff3d6")
    front.ellipse((w * 0.08, h * 0.082, w * 0.92, h * 0.348), None, "#1d3d78", 5)
    front.text((w * 0.14, h * 0.13, w * 0.86, h * 0.25), "CRISPETS", "#1d3d78", bold=3)
    front.text((w * 0.25, h * 0.255, w * 0.75, h * 0.305), "salted crackers", "#b3202a", bold=0.5)
    for x, y, s in ((0.3, 0.56, 0.2), (0.67, 0.62, 0.21), (0.42, 0.78, 0.2)):
        _cracker(front, w * x, h * y, w * s)
    front.text((w * 0.55, h * 0.93, w * 0.95, h * 0.975), "NET 200 g", "#fff3d6")
    _facts(sheets["back"], "CRISPETS", "#fff3d6", 13)
    for side in ("left", "right"):
        _narrow(sheets[side], "CRISPETS", "#fff3d6", 14)
    _flaps(sheets["top"], "CRISPETS", "#fff3d6")
    return carton(
        "Cracker box", "cracker_box", "A red box of salted crackers.", 0.27, size, sheets, 23, 768
    )


def _cracker(sheet: Sheet, x: float, y: float, s: float) -> None:
    """A square cracker with dimples and salt."""
    sheet.rectangle((x - s + 6, y - s + 8, x + s + 6, y + s + 8), "#6d0f16", s * 0.2)
    sheet.rectangle((x - s, y - s, x + s, y + s), "#b87a2e", s * 0.2)
    sheet.rectangle((x - 0.93 * s, y - 0.93 * s, x + 0.93 * s, y + 0.93 * s), "#e5b565", s * 0.17)
    for i in range(4):
        for j in range(4):
            px, py = x + (i - 1.5) * s * 0.45, y + (j - 1.5) * s * 0.45
            sheet.circle(px, py, s * 0.055, "#9b6424")
            sheet.rectangle((px + s * 0.15, py + s * 0.1, px + s * 0.22, py + s * 0.17), "#fff8e8")


def box_pasta() -> Asset:
    """A box of spaghetti."""
    size = (0.075, 0.036, 0.27)
    sheets = sides(size, "#1b3f7f")
    front = sheets["front"]
    w, h = front.width, front.height
    front.rectangle((0, h * 0.3, w, h * 0.72), "#f1d385")
    for i in range(22):
        x = w * (0.02 + 0.96 * i / 21)
        front.line(
            [(x, h * 0.3), (x + (i % 3 - 1) * 4, h * 0.72)], "#d9ac4c" if i % 2 else "#f8e3a8", 4
        )
    front.ellipse((w * 0.06, h * 0.06, w * 0.94, h * 0.25), "#ffffff")
    front.ellipse((w * 0.09, h * 0.068, w * 0.91, h * 0.242), "#c3261c")
    front.text((w * 0.14, h * 0.11, w * 0.86, h * 0.2), "Vellano", "#ffffff", bold=2)
    front.text((w * 0.1, h * 0.75, w * 0.9, h * 0.82), "SPAGHETTI", "#ffffff", bold=1.5)
    front.text((w * 0.2, h * 0.83, w * 0.8, h * 0.87), "cooks in 9 minutes", "#f1d385")
    front.text((w * 0.3, h * 0.92, w * 0.7, h * 0.96), "500 g", "#ffffff", bold=1)
    _facts(sheets["back"], "Vellano", "#ffffff", 15)
    for side in ("left", "right"):
        _narrow(sheets[side], "SPAGHETTI", "#ffffff", 16)
    _flaps(sheets["top"], "Vellano", "#ffffff")
    return carton("Pasta box", "pasta_box", "A blue box of spaghetti.", 0.52, size, sheets, 24, 768)


OBJECTS: dict[str, Callable[[], Asset]] = {
    "box_cereal": box_cereal,
    "box_tea": box_tea,
    "box_crackers": box_crackers,
    "box_pasta": box_pasta,
}
