"""Soft surfaces: woven table cloths and carpet, built thread by thread and tuft by tuft."""

from __future__ import annotations

import numpy as np
from materials_surface import Surface
from noise import Array, Generator, blobs, cells, fractal, line, mix, rgb, smoothstep, unit

SIZE = 1024


def _threads(rng: Generator, count: int, slub: float) -> tuple[Array, Array, Array]:
    """Lengthwise threads of a cloth, running along the columns.

    Gives the thread number of every pixel, the position across it from -1 to 1, and its
    thickness, which swells here and there when slub is not 0.
    """
    wander = 0.22 * blobs(rng, (SIZE, SIZE), (SIZE / count * 0.8, 30)) * min(1.0, 4 * slub)
    rows = (np.arange(SIZE) + 0.5)[:, None] / SIZE * count + wander
    number = np.floor(rows).astype(int) % count
    across = 2 * (rows - np.floor(rows)) - 1
    swell = np.stack([line(rng, SIZE, 22.0) for _ in range(count)])
    thick = 1 + slub * (0.45 * swell + 0.9 * np.maximum(swell - 1.3, 0))
    thick *= 1 + 0.5 * slub * rng.standard_normal(count)[:, None]
    return number, across, thick[number, np.arange(SIZE)[None, :]]


def _weave(rng: Generator, count: int, slub: float) -> tuple[Array, Array, Array, Array, Array]:
    """A plain weave: which thread lies on top, both thread numbers, height (0 to 1), thickness."""
    weft, across_weft, thick_weft = _threads(rng, count, slub)
    warp_t, across_warp, thick_warp = (a.T for a in _threads(rng, count, slub))
    over = np.where((weft + warp_t) % 2 == 0, 1.0, -1.0)
    arch_weft = np.sqrt(np.clip(1 - (across_weft / thick_weft) ** 2, 0, 1))
    arch_warp = np.sqrt(np.clip(1 - (across_warp / thick_warp) ** 2, 0, 1))
    bulge = over * np.cos(across_warp * np.pi / 2) * 0.6
    bulge_warp = -over * np.cos(across_weft * np.pi / 2) * 0.6
    high_weft, high_warp = arch_weft * thick_weft + bulge, arch_warp * thick_warp + bulge_warp
    top = high_weft > high_warp
    height = np.maximum(high_weft, high_warp)
    return top, weft, warp_t, height / 1.8, np.where(top, thick_weft, thick_warp)


def linen(rng: Generator, tile: float) -> Surface:
    """Natural linen with uneven threads and the faint creases of a folded cloth."""
    count = 300
    top, weft, warp_t, height, thick = _weave(rng, count, 0.3)
    dye = rng.normal(0, 0.035, (2, count))
    shade = np.where(top, dye[0][weft], dye[1][warp_t])
    tone = 0.80 + 0.22 * height + shade + 0.05 * (thick - 1)
    tone += 0.012 * fractal(rng, SIZE, slope=1.2)
    warm = 0.5 + 0.5 * np.tanh(fractal(rng, SIZE, slope=1.5))
    color = mix(rgb("#d8cab2"), rgb("#cfc2ac"), warm) * tone[..., None]
    creases = 0.0007 * fractal(rng, SIZE, low=1, high=6, slope=2.0)
    relief = 0.00028 * height + creases
    return Surface(np.clip(color, 0, 1), relief, 0.9)


def gingham(rng: Generator, tile: float) -> Surface:
    """Red and white checked cotton."""
    count, period = 320, 40
    top, weft, warp_t, height, thick = _weave(rng, count, 0.05)
    red_weft, red_warp = weft % period < period // 2, warp_t % period < period // 2
    red = np.where(top, red_weft, red_warp)
    fade = 0.5 + 0.5 * np.tanh(fractal(rng, SIZE, slope=1.5))
    crimson = mix(rgb("#a31f29"), rgb("#ae2f36"), fade)
    color = np.where(red[..., None], crimson, mix(rgb("#eeebe4"), rgb("#e6e2d9"), fade))
    dye = rng.normal(0, 0.02, (2, count))
    shade = np.where(top, dye[0][weft], dye[1][warp_t])
    color = color * (0.86 + 0.17 * height + shade + 0.04 * (thick - 1))[..., None]
    folds = 0.0008 * fractal(rng, SIZE, low=1, high=5, slope=2.1)
    return Surface(np.clip(color, 0, 1), 0.0002 * height + folds, 0.88)


def carpet(rng: Generator, tile: float) -> Surface:
    """Short looped carpet in mottled grey, every loop with its own shade."""
    distance, index, count = cells(rng, SIZE, 118**2, regular=True)
    radius = SIZE / 118 * 0.78
    loop = np.sqrt(np.clip(1 - (distance[..., 0] / radius) ** 2, 0, 1))
    yarn = unit(blobs(rng, (SIZE, SIZE), (0.6, 0.6)))
    patch = fractal(rng, SIZE, low=3, slope=1.2)
    shade = rng.normal(0, 0.07, count)[index]
    dark = rng.random(count)[index] < 0.24 + 0.06 * np.tanh(patch)
    light = rng.random(count)[index] < 0.10
    color = np.where(dark[..., None], rgb("#55595d"), rgb("#6f716f"))
    color = np.where(light[..., None], rgb("#8a877f"), color)
    lit = (0.68 + 0.36 * loop) * (1 + shade + 0.06 * yarn + 0.04 * patch)
    lean = rng.normal(0, 0.35, count)[index]
    height = 0.0022 * loop * (1 + 0.3 * lean) + 0.00012 * yarn + 0.0002 * patch
    return Surface(np.clip(color * lit[..., None], 0, 1), height, 0.97)


def wallpaper(rng: Generator, tile: float) -> Surface:
    """Paper with broad matt stripes, fine lines beside them and a light linen embossing."""
    u = (np.arange(SIZE)[None, :] + 0.5) / SIZE * 6 + 0.004 * line(rng, SIZE, 60.0)[:, None]
    x = u - np.floor(u)
    soft = 0.5 * 6 / SIZE
    band = smoothstep(0.08 - soft, 0.08 + soft, x) * smoothstep(0.5 + soft, 0.5 - soft, x)
    pin = np.zeros((SIZE, SIZE))
    for at, half in (
        (0.045, 0.008),
        (0.535, 0.008),
        (0.765, 0.014),
        (0.735, 0.005),
        (0.795, 0.005),
    ):
        pin = np.maximum(pin, smoothstep(half + soft, half - soft, np.abs(x - at)))
    emboss = unit(blobs(rng, (SIZE, SIZE), (0.8, 7)) + blobs(rng, (SIZE, SIZE), (7, 0.8)))
    cloud = fractal(rng, SIZE, slope=1.6)
    color = mix(rgb("#e4dcc8"), rgb("#a9b7a4"), band)
    color = mix(color, rgb("#8d8458"), 0.75 * pin)
    color = color * (1 + 0.012 * emboss + 0.008 * cloud)[..., None]
    height = 0.00005 * emboss + 0.00006 * band + 0.00008 * cloud
    return Surface(np.clip(color, 0, 1), height, 0.78 - 0.15 * band - 0.2 * pin + 0.02 * emboss)
