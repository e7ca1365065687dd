"""Fruit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_model import Asset, Material, Part, hull_points, sliced
from PIL import Image
from shapes import Array, Surface, lathe, moved, sweep, turned, warped
from shapes_outline import ellipse, fillet, spline
from textures import blend, generator, noise, normal_map, picture

STEM = Material("stem", "#5b3d22", 0.0, 0.8)


def _stem(points: list[tuple[float, float, float]], thick: float, end: float) -> Surface:
    """A woody stalk along some points, its width changing from `thick` to `end`."""
    path = spline(points, 8)
    widths = np.linspace(thick, end, 8)
    return sweep(path, [ellipse(w, w, 8) for w in widths], (0.3, 1, 0))


def _skin(rows: int, columns: int, seed: int) -> tuple[Array, Array, Array]:
    """Noise streaked along v, fine noise, and v itself, for a fruit's skin."""
    rng = generator(seed)
    streaks = 0.6 * noise((rows, columns), (3, rows * 0.3), rng=rng)
    streaks += 0.4 * noise((rows, columns), (9, rows * 0.5), rng=rng)
    fine = noise((rows, columns), (3, 3), rng=rng)
    return streaks, fine, np.linspace(0, 1, rows)[:, None] + np.zeros((rows, columns))


def _spots(rows: int, columns: int, seed: int, level: float) -> Array:
    """Small dots, 0..1."""
    fine = noise((rows, columns), (3.2, 3.2), rng=generator(seed))
    return np.asarray(np.clip((fine - level) * 12, 0, 1))


def _mixed(base: Array, color: tuple[int, int, int], amount: Array) -> Array:
    """Colors moved towards one color by an amount."""
    return np.asarray(base + (np.array(color) - base) * amount[..., None])


def apple() -> Asset:
    """A red apple with yellow streaks around its stalk."""
    profile = fillet(
        [
            (0, 0.0065),
            (0.008, 0.005, 0.004),
            (0.016, 0.0, 0.005),
            (0.031, 0.013, 0.02),
            (0.041, 0.045, 0.03),
            (0.03, 0.072, 0.02),
            (0.014, 0.0735, 0.01),
            (0.003, 0.059, 0.006),
            (0, 0.058),
        ],
        6,
    )
    body = warped(lathe(profile, 44), lambda p: _lobes(p, 5, 0.035), 60)
    streaks, fine, v = _skin(256, 512, 1)
    broad = noise((256, 512), (150, 90), rng=generator(13))
    red = np.clip(
        0.72
        + (streaks - 0.5) * 0.55
        + (broad - 0.5) * 0.7
        + (fine - 0.5) * 0.12
        - 2.6 * np.clip(0.26 - v, 0, 1)
        - 3.2 * np.clip(v - 0.84, 0, 1),
        0,
        1,
    )
    base = blend(("#c9b13f", "#d8a23a", "#c9402c", "#a8161f", "#8d0f1b"), red)
    base = _mixed(base, (236, 200, 140), 0.5 * _spots(256, 512, 2, 0.77))
    skin = Material("skin", "#ffffff", 0.0, 0.27, picture=picture(base))
    stalk = _stem([(0, 0, 0.055), (0.001, 0, 0.068), (0.005, 0.001, 0.082)], 0.0026, 0.0034)
    body = moved(body, z=-float(body.vertices[:, 2].min()))
    return Asset(
        "Apple",
        "apple",
        "A red apple.",
        0.18,
        [Part(body, skin), Part(stalk, STEM)],
        [hull_points([body], 250), hull_points([stalk], 20)],
    )


def _lobes(p: Array, count: int, depth: float) -> Array:
    """Points pushed in and out around the axis, more so below."""
    angle = np.arctan2(p[:, 1], p[:, 0])
    low = 1 - np.clip(p[:, 2] / 0.075, 0, 1)
    grow = 1 + depth * np.cos(count * angle) * low**1.5
    return np.asarray(p * np.stack([grow, grow, 1 + 0.02 * np.cos(angle + 1)], axis=1))


def pear() -> Asset:
    """A green pear with a blush and brown specks."""
    profile = fillet(
        [
            (0, 0.005),
            (0.007, 0.0035, 0.004),
            (0.015, 0, 0.006),
            (0.034, 0.014, 0.022),
            (0.0365, 0.042, 0.03),
            (0.022, 0.07, 0.05),
            (0.0165, 0.094, 0.014),
            (0.006, 0.1015, 0.006),
            (0, 0.099),
        ],
        7,
    )

    def lean(p: Array) -> Array:
        return p + np.outer(0.004 * (p[:, 2] / 0.1) ** 2, [1, 0.4, 0])

    body = warped(lathe(profile, 40), lean, 60)
    _, fine, v = _skin(256, 512, 3)
    u = np.linspace(0, 2 * np.pi, 512)[None, :]
    rough = noise((256, 512), (60, 60), rng=generator(4))
    blush = np.clip((np.cos(u - 1.2) - 0.2) * 0.9 + (rough - 0.5), 0, 1) * np.sin(np.pi * v)
    base = blend(("#7f9a35", "#a9b548", "#c8c65a"), 0.5 + (rough - 0.5) + (fine - 0.5) * 0.25)
    base = _mixed(base, (193, 96, 50), 0.55 * blush)
    base = _mixed(base, (104, 84, 38), 0.6 * _spots(256, 512, 5, 0.73))
    base = _mixed(base, (112, 88, 44), np.clip((0.05 - v) * 14, 0, 0.8))
    skin = Material("skin", "#ffffff", 0.0, 0.42, picture=picture(base))
    stalk = _stem(
        [(0.0035, 0.0015, 0.095), (0.005, 0.002, 0.108), (0.011, 0.003, 0.12)], 0.003, 0.0036
    )
    body = moved(body, z=-float(body.vertices[:, 2].min()))
    return Asset(
        "Pear",
        "pear",
        "A ripe green pear.",
        0.19,
        [Part(body, skin), Part(stalk, STEM)],
        [*sliced([body], 2, [0.055]), hull_points([stalk], 20)],
    )


def _peel(seed: int, strength: float) -> Image.Image:
    """The normal picture of a citrus peel: many small pits."""
    rng = generator(seed)
    pits = np.clip(noise((256, 512), (4, 4), rng=rng) - 0.5, 0, 1)
    return normal_map(-pits + 0.15 * noise((256, 512), (30, 30), rng=rng), strength)


def orange() -> Asset:
    """An orange with a pitted peel."""
    t = np.linspace(-np.pi / 2, np.pi / 2, 30)
    dent = 0.0035 * np.exp(-(((np.pi / 2 - t) / 0.18) ** 2)) + 0.0012 * np.exp(
        -(((t + np.pi / 2) / 0.15) ** 2)
    )
    radius = 0.0375 - dent
    profile = np.stack([radius * np.cos(t), radius * np.sin(t) * 0.965], axis=1)
    body = lathe(profile, 44, 60)
    fine = noise((256, 512), (4, 4), rng=generator(6))
    broad = noise((256, 512), (80, 80), rng=generator(7))
    base = blend(("#d9690a", "#ee8512", "#f59a22"), 0.5 + (broad - 0.5) * 0.8 - (fine - 0.5) * 0.7)
    skin = Material(
        "peel", "#ffffff", 0.0, 0.42, picture=picture(base), normal_picture=_peel(8, 4.0)
    )
    z = float(body.vertices[:, 2].min())
    button = lathe(
        fillet([(0, -0.002), (0.0028, -0.001), (0.0022, 0.0012, 0.0008), (0, 0.0009)]), 10
    )
    body = moved(body, z=-z)
    button = moved(button, z=0.0331 - z)
    return Asset(
        "Orange",
        "orange",
        "An orange.",
        0.2,
        [Part(body, skin), Part(button, Material("button", "#6d7a35", 0.0, 0.8))],
        [hull_points([body], 300)],
    )


def lemon() -> Asset:
    """A lemon, lying on its side."""
    profile = fillet(
        [
            (0, -0.045),
            (0.0045, -0.044, 0.002),
            (0.0075, -0.0385, 0.006),
            (0.022, -0.03, 0.02),
            (0.0285, 0.0, 0.06),
            (0.021, 0.031, 0.02),
            (0.0055, 0.0395, 0.006),
            (0.0042, 0.0425, 0.001),
            (0, 0.0425),
        ],
        6,
    )
    body = lathe(profile, 40, 60)
    fine = noise((256, 512), (4, 4), rng=generator(9))
    broad = noise((256, 512), (70, 70), rng=generator(10))
    v = np.linspace(0, 1, 256)[:, None]
    base = blend(("#dfb20f", "#f1cd22", "#f7dc4a"), 0.5 + (broad - 0.5) * 0.9 - (fine - 0.5) * 0.6)
    base = _mixed(
        base, (150, 160, 50), np.clip((np.abs(v - 0.5) - 0.42) * 6, 0, 0.5) + np.zeros((256, 512))
    )
    skin = Material(
        "peel", "#ffffff", 0.0, 0.4, picture=picture(base), normal_picture=_peel(11, 3.0)
    )
    body = turned(body, "y", 90)
    body = moved(body, z=-float(body.vertices[:, 2].min()))
    return Asset("Lemon", "lemon", "A lemon.", 0.12, [Part(body, skin)], [hull_points([body], 300)])


def banana() -> Asset:
    """A ripe banana, lying on its side."""
    count = 34
    turn = np.radians(np.linspace(-47, 47, count))
    path = np.stack([0.115 * np.sin(turn), -0.115 * np.cos(turn), np.zeros(count)], axis=1)
    s = np.linspace(0, 1, count)
    width = np.interp(
        s,
        [0, 0.025, 0.06, 0.13, 0.2, 0.35, 0.6, 0.82, 0.93, 0.97, 1.0],
        [0.45, 0.4, 0.36, 0.42, 0.72, 0.97, 1.0, 0.86, 0.52, 0.34, 0.26],
    )
    outlines = [
        _facets(0.0172 * w) for w in np.convolve(np.pad(width, 1, "edge"), [0.2, 0.6, 0.2], "valid")
    ]
    body = turned(sweep(path, outlines, (0, 0, 1), 50), "x", -13.4)
    skin = Material("skin", "#ffffff", 0.0, 0.45, picture=_banana_skin())
    low, high = body.vertices.min(axis=0), body.vertices.max(axis=0)
    body = moved(body, -(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])
    return Asset(
        "Banana",
        "banana",
        "A ripe banana.",
        0.13,
        [Part(body, skin)],
        sliced([body], 0, [-0.055, -0.033, -0.011, 0.011, 0.033, 0.055]),
    )


def _facets(radius: float) -> Array:
    """A rounded pentagon."""
    t = np.linspace(0, 2 * np.pi, 25, endpoint=False)
    r = radius * (1 + 0.035 * np.cos(5 * t))
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def _banana_skin() -> Image.Image:
    """Yellow, greenish towards the ends, with brown flecks, a dry stem and a black tip."""
    shape = (512, 256)
    rng = generator(12)
    v = np.linspace(0, 1, 512)[:, None] + 0.01 * (noise(shape, (20, 20), rng=rng) - 0.5)
    broad, streak = noise(shape, (60, 120), rng=rng), noise(shape, (3, 22), rng=rng)
    base = blend(("#d9a91c", "#f0c62c", "#f6d64a"), 0.5 + (broad - 0.5))
    green = np.clip(np.maximum((v - 0.8) * 4.5, (0.1 - v) * 6), 0, 0.65)
    base = _mixed(base, (142, 150, 52), green)
    base = _mixed(base, (92, 58, 24), 0.85 * np.clip((streak - 0.74) * 9, 0, 1))
    edges = np.abs(np.sin(np.linspace(0, 2 * np.pi, 256) * 2.5))[None, :]
    base = _mixed(base, (150, 105, 30), 0.45 * np.clip(edges - 0.93, 0, 1) * 14 * (broad > 0.35))
    base = _mixed(base, (48, 36, 24), np.clip((0.03 - v) * 60, 0, 1))
    base = _mixed(base, (84, 66, 34), np.clip((v - 0.965) * 50, 0, 1))
    return picture(base)


OBJECTS: dict[str, Callable[[], Asset]] = {
    "apple": apple,
    "pear": pear,
    "orange": orange,
    "lemon": lemon,
    "banana": banana,
}
