"""The outdoor places: a paved square, a meadow and a terrace, as worlds to be lit."""

from __future__ import annotations

import numpy as np
from environments_cast import Paint, Solid
from environments_furniture import Solids, box, chair, table
from environments_light import Sky, World
from environments_paint import facade, linear, material, paint, plain
from environments_sky import Clouds, Skyline, add_sun, clear_sky, overcast_sky, toward
from environments_view import directions
from noise import Array, Generator, rgb, smoothstep

HIGH_SUN, LOW_SUN = toward(38.0, 54.0), toward(24.0, 7.0)
HIGH_POWER = np.array([1.0, 0.94, 0.84]) * 32.0
LOW_POWER = np.array([1.0, 0.56, 0.24]) * 16.0


def _over(below: Array, above: Array, cover: Array) -> Array:
    return np.asarray(below * (1 - cover[:, None]) + above * cover[:, None])


def _tree(rng: Generator, at: tuple[float, float], height: float) -> Solids:
    """A trunk and a crown of many small masses of leaves."""
    bark = paint("#4a4036")
    parts = [
        Solid("cylinder", (*at, height * 0.25), (0.18, 0.18, height * 0.25), (bark,), texel=1.5)
    ]
    for _ in range(34):
        spot = rng.normal(0, 1, 3)
        spot *= rng.uniform(0.55, 1.0) / np.linalg.norm(spot) * np.array([0.3, 0.3, 0.33]) * height
        size = float(rng.uniform(0.06, 0.12) * height)
        center = (at[0] + float(spot[0]), at[1] + float(spot[1]), 0.68 * height + float(spot[2]))
        green = Paint(plain(["#46552f", "#3a4a2a", "#55633a"][int(rng.integers(3))], 0.3, 1.6))
        half = (size, size * float(rng.uniform(0.7, 1.1)), size * float(rng.uniform(0.6, 0.9)))
        parts.append(
            Solid("ellipsoid", center, half, (green,), float(rng.uniform(0, 3)), texel=1.5)
        )
    return parts


def _houses(rng: Generator) -> Solids:
    """House fronts around a square, each a box with windows, a base and a roof edge."""
    walls = ["#b9ab95", "#a58f7a", "#c4bba9", "#8f7a6c", "#b0a79e", "#9b8b83"]
    parts: Solids = []
    spots = [(34.0, -26.0), (36.0, -8.0), (35.0, 12.0), (33.0, 30.0), (12.0, 38.0), (-8.0, 40.0)]
    spots += [(-36.0, 8.0), (-38.0, -14.0), (-6.0, -37.0), (16.0, -39.0)]
    for i, (x, y) in enumerate(spots):
        tall = float(rng.uniform(10, 18))
        size = (14.0, 18.0, tall) if abs(x) > abs(y) else (20.0, 14.0, tall)
        code = walls[int(rng.integers(len(walls)))]
        front = Paint(facade(code, (2.9, 3.3), (0.42, 0.55), i + 3))
        parts.append(box((x, y, tall / 2), size, front, texel=1.5))
        roof = paint(["#5b4a43", "#55585c", "#6a4a3d"][int(rng.integers(3))])
        wide = (size[0] + 0.8, size[1] + 0.8, 0.7)
        parts.append(box((x, y, tall + 0.35), wide, roof, texel=2.0))
        parts.append(
            box((x, y, 1.7), (size[0] + 0.1, size[1] + 0.1, 0.5), paint("#86807a"), texel=2.0)
        )
    return parts


def overcast_square(rng: Generator) -> World:
    """A paved square between houses under clouds."""
    clouds, far = Clouds(rng, 1.7), Skyline(rng, 4.0, 0.9)

    def sky(direction: Array) -> Array:
        fields = clouds.look(direction, 0.16)
        shade = 1 + 0.13 * np.tanh(fields[:, 0]) + 0.05 * fields[:, 1]
        gray = overcast_sky(direction) * shade
        color = gray[:, None] * np.array([0.95, 1.0, 1.06]) * 1.3
        wood = np.array([0.10, 0.115, 0.105]) * (1 + 0.2 * fields[:, 2:])
        return _over(color, wood, far.cover(direction)).astype(np.float32)

    paving = Paint(material("concrete_floor", 7.0, "#c2bcb4"), gloss=0.02, blur=0.2)
    slabs = Paint(material("brick_wall", 1.9, "#ece9e6", vivid=0.2), gloss=0.02, blur=0.2)
    solids: Solids = [box((0, 0, -0.5), (150, 150, 1.0), paving, texel=1.5)]
    solids.append(box((0, 0, -0.49), (26, 26, 1.0), slabs, texel=0.8))
    solids += _houses(rng)
    for at in ((14.0, 9.0), (15.0, -12.0), (-13.0, 12.0), (-15.0, -9.0), (1.0, 19.0)):
        solids += _tree(rng, at, float(rng.uniform(6.5, 9.0)))
    for x, y in ((8.0, 3.5), (-6.0, -7.0), (3.0, -9.0)):
        bench = Paint(material("walnut_table", 1.0, "#d8cfc4"))
        solids.append(box((x, y, 0.45), (0.5, 1.8, 0.08), bench))
        solids.append(box((x + 0.25, y, 0.75), (0.06, 1.8, 0.4), bench))
        solids.append(box((x, y, 0.2), (0.4, 1.4, 0.4), paint("#3a3b3d")))
    for x, y in ((6.5, -4.5), (-7.5, 4.0)):
        post = paint("#2f3335", 0.04)
        solids.append(Solid("cylinder", (x, y, 2.2), (0.06, 0.06, 2.2), (post,), texel=0.8))
        solids.append(Solid("ellipsoid", (x, y, 4.5), (0.25, 0.25, 0.3), (paint("#d8d6cf"),)))
    for x, y, code in ((20.5, 2.0, "#7b1f22"), (21.0, 8.5, "#c9ccd0"), (-19.5, -1.5, "#2b3d57")):
        car, tire = paint(code, 0.06), paint("#151516")
        solids.append(box((x, y, 0.65), (1.7, 4.2, 0.6), car))
        solids.append(
            Solid("ellipsoid", (x, y + 0.1, 0.95), (0.8, 1.6, 0.55), (paint("#2a3138", 0.08),))
        )
        for dy in (-1.3, 1.3):
            solids.append(box((x, y + dy, 0.32), (1.74, 0.62, 0.6), tire))
    return World(solids, sky=sky, eye=(0.0, 0.0, 1.6))


def _meadow_sky(rng: Generator) -> Sky:
    """Clear air with small clouds above hills and a line of trees."""
    clouds, grass = Clouds(rng, 1.6), Clouds(rng, 0.9)
    trees, hills = Skyline(rng, 3.6, 0.75, 5), Skyline(rng, 2.6, 1.8, 2)

    def sky(direction: Array) -> Array:
        air = clear_sky(direction, HIGH_SUN, 2.6) * 1.25
        fields = clouds.look(direction, 0.22, 0.2)
        near = smoothstep(0.03, 0.25, direction[:, 2])
        cover = smoothstep(0.45, 1.9, fields[:, 0] + 0.35 * fields[:, 1]) * near
        white = np.array([3.4, 3.4, 3.5]) * (
            1 - 0.22 * np.clip(fields[:, 2:], -1, 2) * cover[:, None]
        )
        air = _over(air, white, 0.85 * cover)
        blue = np.array([0.34, 0.48, 0.50]) * np.ones((len(direction), 1))
        air = _over(air, blue, hills.cover(direction, 0.003))
        return _over(air, _leaves(direction), trees.cover(direction, 0.003)).astype(np.float32)

    def _leaves(direction: Array) -> Array:
        phi = np.arctan2(direction[:, 1], direction[:, 0])
        where = np.stack([phi * 9, direction[:, 2] * 32, np.zeros_like(phi)], -1)
        fields = grass.look(where * [1, 1, 0] + [0, 0, 0.88], 0.35)
        lit = 0.55 + 0.45 * np.clip(-(direction[:, :2] @ HIGH_SUN[:2]) * 1.4, -0.6, 1)
        tone = np.clip(lit + 0.34 * fields[:, 0] + 0.2 * fields[:, 1], 0.08, 2)
        return np.asarray(tone[:, None] * np.array([0.40, 0.52, 0.17]))

    return sky


def sunny_meadow(rng: Generator) -> World:
    """Grass, tree lines and a few clouds under a clear sky; high_sun adds the disc."""
    sky = _meadow_sky(rng)
    lawn = _grass(rng)
    solids: Solids = [Solid("cylinder", (0, 0, -0.5), (260, 260, 0.5), (lawn,), texel=14.0)]
    for at, tall in (
        ((19.0, -14.0), 9.0),
        ((-24.0, 17.0), 11.0),
        ((-5.0, -33.0), 10.0),
        ((30, 24), 9.5),
    ):
        solids += _tree(rng, at, tall)
    wood = Paint(material("pine_table", 1.2, "#b9a58c"))
    for i in range(18):
        x = -26 + 3.0 * i
        solids.append(box((x, 13.0, 0.55), (0.12, 0.12, 1.1), wood, texel=1.0))
    for z in (0.45, 0.9):
        solids.append(box((0, 13.0, z), (54, 0.04, 0.12), wood, texel=2.0))
    return World(solids, sky=sky, sun=(HIGH_SUN, HIGH_POWER), eye=(0.0, 0.0, 1.6))


def _grass(rng: Generator) -> Paint:
    """Short grass with worn and darker patches."""
    fine, broad = Clouds(rng, 0.5), Clouds(rng, 1.4)

    def texture(uv: Array, footprint: Array) -> Array:
        up = np.ones((len(uv), 1))
        near = np.clip(0.25 / np.maximum(footprint, 0.05), 0, 1)[:, None]
        blades = fine.look(np.concatenate([uv, up], -1), 0.9, 0.0) * near
        patches = broad.look(np.concatenate([uv, up], -1), 0.045, 0.0)
        large = broad.look(np.concatenate([uv, up], -1), 0.011, 0.0)
        green = linear(rgb("#4b5530")) * (1 + 0.2 * blades[:, :1] + 0.12 * large[:, :1])
        dry = smoothstep(0.1, 1.8, patches[:, 1] + 0.35 * large[:, 2] + 0.3 * blades[:, 1])
        return _over(green, linear(rgb("#6f6748")) * (1 + 0.2 * blades), 0.6 * dry).clip(0.01, 1)

    return Paint(texture)


def _sunset_sky(rng: Generator) -> Sky:
    """Warm air with lit clouds above three ridges of hills."""
    clouds = Clouds(rng, 1.5)
    lines = [Skyline(rng, h, r, low) for h, r, low in ((4.2, 1.7, 2), (2.9, 1.5, 3), (1.6, 1.1, 4))]

    def sky(direction: Array) -> Array:
        air = clear_sky(direction, LOW_SUN, 3.2) * np.array([1.05, 0.92, 0.9])
        near = np.exp(-np.arccos(np.clip(direction @ LOW_SUN, -1, 1)) / 0.55)
        low = np.exp(-np.maximum(direction[:, 2], 0) / 0.16)
        air = air + near[:, None] * np.array([2.6, 1.15, 0.42]) * (0.4 + low[:, None])
        air = air + low[:, None] * np.array([0.42, 0.20, 0.13])
        fields = clouds.look(direction * [1.0, 0.45, 1.0], 0.3, 0.1)
        cover = smoothstep(0.1, 1.7, fields[:, 0] + 0.3 * fields[:, 1])
        cover = cover * smoothstep(0.02, 0.12, direction[:, 2])
        rim = np.array([2.2, 0.95, 0.50]) * (0.2 + 1.9 * near[:, None]) + np.array(
            [0.33, 0.24, 0.30]
        )
        air = _over(air, rim, 0.72 * cover)
        haze = np.array([[0.62, 0.34, 0.26], [0.33, 0.19, 0.17], [0.13, 0.09, 0.085]])
        for line, tone in zip(lines, haze, strict=True):
            glow = tone * (0.55 + 1.6 * near[:, None])
            air = _over(air, glow, line.cover(direction, 0.003))
        return air.astype(np.float32)

    return sky


def sunset_terrace(rng: Generator) -> World:
    """A deck with a parapet and chairs above hills; low_sun adds the disc."""
    sky = _sunset_sky(rng)
    deck = Paint(material("oak_planks", 1.6, "#96887c", vivid=0.6), gloss=0.03, blur=0.16)
    field = Paint(plain("#45452f", 0.35, 40.0))
    stone = Paint(material("concrete_floor", 3.0, "#c9b8a6"))
    house = Paint(material("plaster_wall", 2.0, "#cfbca6"))
    solids: Solids = [Solid("cylinder", (0, 0, -6.5), (400, 400, 0.5), (field,), texel=20.0)]
    solids.append(box((0, 0, -0.1), (9.0, 9.0, 0.2), deck, texel=0.3))
    solids.append(box((4.45, 0, 0.22), (0.25, 9.0, 0.44), stone))
    solids += [box((0, y, 0.22), (9.0, 0.25, 0.44), stone) for y in (-4.45, 4.45)]
    solids.append(box((-6.5, 0, 1.6), (4.0, 12.0, 3.4), house))
    solids.append(box((-4.6, 0, 3.35), (0.6, 12.4, 0.14), paint("#4a3a30"), texel=0.5))
    glass = Paint(plain("#1c2126", 0.0), gloss=0.12, blur=0.01)
    for y in (-2.4, 1.6):
        solids.append(box((-4.49, y, 1.15), (0.04, 2.2, 2.1), glass))
        for dy in (-1.1, 0.0, 1.1):
            solids.append(box((-4.46, y + dy, 1.15), (0.08, 0.07, 2.16), paint("#d8d2c6")))
        solids.append(box((-4.46, y, 2.2), (0.08, 2.26, 0.08), paint("#d8d2c6")))
    wood = Paint(material("pine_table", 1.0, "#b88f6a"))
    solids += table((2.4, 2.2), (0.8, 0.8), 0.72, wood, 0.4)
    solids += chair((1.6, 2.5), 0.2, wood, wood) + chair((3.0, 1.5), 2.2, wood, wood)
    for y in (-3.4, 3.9):
        pot = paint("#9a5f42")
        solids.append(Solid("cylinder", (3.7, y, 0.25), (0.24, 0.24, 0.25), (pot,)))
        for _ in range(22):
            spot = rng.normal(0, 0.2, 3)
            leaf = paint(["#46552f", "#35452a", "#55633a"][int(rng.integers(3))])
            center = (3.7 + float(spot[0]), y + float(spot[1]), 0.85 + float(spot[2]))
            solids.append(
                Solid("ellipsoid", center, (0.12, 0.06, 0.12), (leaf,), float(spot[0] * 20))
            )
    return World(solids, sky=sky, sun=(LOW_SUN, LOW_POWER), eye=(0.0, 0.0, 1.5))


def high_sun(image: Array) -> Array:
    """The meadow with the sun's disc."""
    return add_sun(image, HIGH_SUN, HIGH_POWER, 1.6, directions(image.shape[0]))


def low_sun(image: Array) -> Array:
    """The terrace with the low sun's disc."""
    return add_sun(image, LOW_SUN, LOW_POWER, 2.2, directions(image.shape[0]))
