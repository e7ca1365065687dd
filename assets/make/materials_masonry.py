"""Laid surfaces: ceramic and terracotta tiles and a brick wall, with joints that have depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from materials_surface import Surface
from noise import Array, Generator, blobs, blur, cells, fractal, mix, ramp, rgb, smoothstep, warp

SIZE = 1024


@dataclass(frozen=True)
class Layout:
    """Where the units of a wall or floor lie, per pixel.

    index counts units, edge is the distance in metres to the unit's border (negative in the
    joint), x and y run from -1 to 1 across the unit.
    """

    index: Array
    edge: Array
    x: Array
    y: Array
    count: int


def layout(
    tile: float,
    grid: tuple[int, int],
    joint: float,
    *,
    bond: float = 0.0,
    corner: float = 0.002,
    wobble: tuple[Array, Array] | None = None,
) -> Layout:
    """A periodic grid of (rows, columns) units; bond shifts every second row by that fraction."""
    rows, columns = grid
    row_px, column_px = np.indices((SIZE, SIZE)) + 0.5
    if wobble is not None:
        row_px, column_px = row_px + wobble[0], column_px + wobble[1]
    v = row_px / SIZE * rows
    row = np.floor(v)
    u = column_px / SIZE * columns + bond * (row % 2)
    column = np.floor(u)
    half = np.array([tile / rows, tile / columns]) / 2
    y, x = 2 * (v - row) - 1, 2 * (u - column) - 1
    reach = half - joint / 2 - corner
    qy, qx = np.abs(y) * half[0] - reach[0], np.abs(x) * half[1] - reach[1]
    outside = np.hypot(np.maximum(qy, 0), np.maximum(qx, 0)) + np.minimum(np.maximum(qy, qx), 0)
    index = (row % rows) * columns + column % columns
    return Layout(index.astype(int), corner - outside, x, y, rows * columns)


def _tilt(rng: Generator, lay: Layout, amount: float) -> Array:
    """Height of units that were not laid perfectly level, in metres."""
    slopes = rng.normal(0, amount, (3, lay.count))
    lean = slopes[0][lay.index] * lay.x + slopes[1][lay.index] * lay.y
    return np.asarray(lean + slopes[2][lay.index])


def white_tiles(rng: Generator, tile: float) -> Surface:
    """Glazed white tiles with grey joints."""
    lay = layout(tile, (5, 5), 0.0032, corner=0.0012)
    face = smoothstep(-0.0003, 0.0004, lay.edge)
    pillow = -0.0013 * np.exp(-np.maximum(lay.edge, 0) / 0.0016)
    glaze = 0.00003 * blobs(rng, (SIZE, SIZE), (26, 26))
    sand = fractal(rng, SIZE, low=40, slope=0.3)
    height = mix(-0.0022 + 0.00012 * sand, pillow + glaze + _tilt(rng, lay, 0.00012), face)
    cloud = fractal(rng, SIZE, slope=1.5)
    tint = rng.normal(0, 0.008, (lay.count, 1)) + rng.normal(0, 0.004, (lay.count, 3))
    white = rgb("#eceae4") + tint[lay.index] + 0.006 * cloud[..., None]
    worn = 0.5 + 0.5 * np.tanh(fractal(rng, SIZE, slope=1.2))
    grout = mix(rgb("#a8a39a"), rgb("#8a847a"), worn) + 0.02 * sand[..., None]
    roughness = mix(0.85, 0.09 + 0.02 * smoothstep(0.5, 2, cloud), face)
    shade = 1 - 0.1 * np.exp(-np.maximum(lay.edge, 0) / 0.0012)
    return Surface(mix(grout, white * shade[..., None], face), height, roughness)


def terracotta_tiles(rng: Generator, tile: float) -> Surface:
    """Hand-made terracotta squares with sandy joints."""
    wobble = (2.6 * blobs(rng, (SIZE, SIZE), (18, 18)), 2.6 * blobs(rng, (SIZE, SIZE), (18, 18)))
    lay = layout(tile, (4, 4), 0.009, corner=0.006, wobble=wobble)
    face = smoothstep(-0.0008, 0.0010, lay.edge)
    cloud, soft = fractal(rng, SIZE, low=2, slope=1.4), fractal(rng, SIZE, low=2, slope=1.9)
    fine = fractal(rng, SIZE, low=30, slope=0.7)
    fired = rng.normal(0, 0.17, lay.count)[lay.index]
    tone = np.clip(0.5 + fired + 0.13 * cloud + 0.04 * fine, 0, 1)
    clay = ramp(tone, ["#8d4a30", "#ab6040", "#c0754f", "#cf9067"])
    pale = 0.4 * smoothstep(0.6, 2.2, soft) + 0.25 * np.exp(-np.maximum(lay.edge, 0) / 0.006)
    clay = mix(clay, rgb("#d9b394"), pale)
    distance, _, _ = cells(rng, SIZE, 1400)
    pit = smoothstep(2.6, 1.2, distance[..., 0] + 1.0 * fine) * smoothstep(0.3, 1.0, cloud)
    clay = clay * (1 - 0.45 * pit[..., None])
    sand = fractal(rng, SIZE, low=40, slope=0.25)
    grout = rgb("#9c8a74") * (1 + 0.07 * sand + 0.08 * soft)[..., None]
    body = -0.0022 * np.exp(-np.maximum(lay.edge, 0) / 0.004) + 0.0005 * soft + 0.00008 * fine
    height = mix(-0.0030 + 0.0002 * sand, body + _tilt(rng, lay, 0.0004) - 0.0006 * pit, face)
    roughness = mix(0.95, np.clip(0.62 + 0.07 * cloud + 0.2 * pit, 0, 1), face)
    return Surface(mix(grout, clay, face), height, roughness)


def _brick_faces(rng: Generator, lay: Layout, chip: Array) -> tuple[Array, Array]:
    """Color and height of fired clay, unit by unit."""
    cloud = fractal(rng, SIZE, low=3, slope=1.2)
    fine = fractal(rng, SIZE, low=25, slope=0.6)
    streak = blobs(rng, (SIZE, SIZE), (2.5, 14))
    kiln = rng.normal(0, 0.16, lay.count)
    kiln[rng.random(lay.count) < 0.12] -= 0.38
    tone = np.clip(0.55 + kiln[lay.index] + 0.11 * cloud + 0.05 * fine + 0.04 * streak, 0, 1)
    color = ramp(tone, ["#54332c", "#7e4536", "#9c5541", "#b26a4f", "#c4876a"])
    hue = rng.normal(0, 0.02, (lay.count, 3))[lay.index]
    bloom = 0.35 * smoothstep(1.0, 2.6, fractal(rng, SIZE, low=2, slope=1.7) + 0.3 * fine)
    color = mix(color + hue, rgb("#cdbcae"), bloom)
    distance, _, _ = cells(rng, SIZE, 5200)
    pit = smoothstep(2.4, 0.9, distance[..., 0] + 0.9 * fine)
    height = 0.00028 * cloud + 0.00016 * fine - 0.0011 * pit - 0.0012 * chip
    return color * (1 - 0.4 * pit[..., None]), height


def brick_wall(rng: Generator, tile: float) -> Surface:
    """Red bricks in running bond with pale, recessed mortar."""
    rough = fractal(rng, SIZE, low=8, slope=1.1)
    wobble = (1.5 * blobs(rng, (SIZE, SIZE), (9, 9)), 1.5 * blobs(rng, (SIZE, SIZE), (9, 9)))
    lay = layout(tile, (12, 4), 0.0105, bond=0.5, corner=0.003, wobble=wobble)
    edge = lay.edge - 0.0011 * np.maximum(rough, 0)
    face = smoothstep(-0.0006, 0.0012, edge)
    chip = smoothstep(0.004, 0.0, edge) * smoothstep(0.2, 1.4, rough)
    color, relief = _brick_faces(rng, lay, chip)
    sand = fractal(rng, SIZE, low=45, slope=0.2)
    smear = fractal(rng, SIZE, low=5, slope=1.3)
    mortar = rgb("#b3a899") * (1 + 0.08 * sand + 0.06 * smear)[..., None]
    bed = -0.0052 + 0.0006 * sand + 0.0006 * smear
    body = relief - 0.0014 * np.exp(-np.maximum(edge, 0) / 0.0022) + _tilt(rng, lay, 0.0005)
    height = blur(mix(bed, body, face), 0.7)
    splash = 0.55 * smoothstep(1.3, 2.4, smear) * smoothstep(0.010, 0.0, edge)
    color = mix(color, rgb("#b9ad9e"), splash)
    shade = 1 - 0.25 * smoothstep(0.0, -0.003, edge) * smoothstep(-0.0052, -0.001, edge)
    return Surface(mix(mortar, color, face) * shade[..., None], height, 0.93 - 0.05 * face)


def marble(rng: Generator, tile: float) -> Surface:
    """Polished white marble with soft clouds and branching grey veins."""
    shift = [0.055 * SIZE * fractal(rng, SIZE, slope=1.9) for _ in range(2)]
    wiggle = [0.006 * SIZE * fractal(rng, SIZE, low=6, slope=1.5) for _ in range(2)]
    dark = np.zeros((SIZE, SIZE))
    for low, width, strength in ((1, 0.05, 0.62), (2, 0.045, 0.42), (4, 0.05, 0.2)):
        ridge = np.abs(fractal(rng, SIZE, low=low, high=low * 3.0, slope=2.4))
        ridge = warp(ridge, shift[0] + wiggle[0], shift[1] + wiggle[1])
        patchy = smoothstep(-0.9, 1.2, warp(fractal(rng, SIZE, slope=1.8), *shift))
        thin, wide = np.exp(-((ridge / width) ** 2)), np.exp(-ridge / (width * 5))
        dark += strength * patchy**1.5 * (thin + 0.45 * wide)
    cloud = warp(fractal(rng, SIZE, slope=1.7), *shift)
    grain = fractal(rng, SIZE, low=60, slope=0.3)
    tone = np.clip(dark * 0.75 + 0.07 * (cloud + 1) + 0.012 * grain, 0, 1)
    color = ramp(tone, ["#efedea", "#dddcdb", "#b3b4b6", "#83868a", "#5d6066"])
    rust = 0.10 * smoothstep(0.5, 2.0, warp(fractal(rng, SIZE, low=2, slope=1.6), *shift)) * dark
    color = mix(color, rgb("#b39a76"), np.clip(rust * 2, 0, 0.5))
    return Surface(color, 0.00001 * cloud, 0.16 + 0.05 * np.clip(dark, 0, 1) + 0.01 * cloud)
