"""Unpatterned surfaces: concrete, plaster, linoleum, metal, card, rubber and plastic."""

from __future__ import annotations

import numpy as np
from materials_surface import Surface
from noise import (
    Array,
    Generator,
    blobs,
    blur,
    cells,
    fractal,
    line,
    mix,
    ramp,
    rgb,
    smoothstep,
    unit,
    warp,
)

SIZE = 1024


def _scratches(rng: Generator, count: int, length_px: float, angle: float | None = None) -> Array:
    """Thin lines (SIZE, SIZE) with values in [0, 1], at random angles unless one is given."""
    image = np.zeros((SIZE, SIZE))
    for _ in range(count):
        turn = rng.uniform(0, np.pi) if angle is None else rng.normal(angle, 0.03)
        span = int(rng.exponential(length_px)) + 8
        along = np.linspace(0, span, 2 * span)
        bend = turn + rng.normal(0, 0.0012) * along
        step = span / (2 * span)
        rows = rng.uniform(0, SIZE) + np.cumsum(np.sin(bend)) * step
        columns = rng.uniform(0, SIZE) + np.cumsum(np.cos(bend)) * step
        fade = np.sin(np.linspace(0, np.pi, len(along))) * rng.uniform(0.3, 1)
        where = (rows.astype(int) % SIZE, columns.astype(int) % SIZE)
        image[where] = np.maximum(image[where], fade)
    return np.asarray(np.clip(1.5 * blur(image, 0.6), 0, 1))


def concrete(rng: Generator, tile: float) -> Surface:
    """A trowelled concrete floor with stains, pores and a few hairline cracks."""
    shift = [0.02 * SIZE * fractal(rng, SIZE, low=2, slope=1.6) for _ in range(2)]
    cloud = warp(fractal(rng, SIZE, slope=1.35), *shift)
    blotch = fractal(rng, SIZE, low=5, slope=1.0)
    sand = fractal(rng, SIZE, low=60, slope=0.3)
    trowel = warp(blobs(rng, (SIZE, SIZE), (2.0, 45)), 30 * cloud, 30 * blotch)
    tone = 0.5 + 0.11 * cloud + 0.06 * blotch + 0.045 * sand + 0.035 * trowel
    color = ramp(np.clip(tone, 0, 1), ["#6f6d69", "#8f8c86", "#a5a29b", "#bdb9b0"])
    stain = smoothstep(0.4, 2.8, fractal(rng, SIZE, low=2, slope=1.8))
    color = color * (1 - 0.13 * stain[..., None] * np.array([0.9, 1.0, 1.1]))
    distance, _, _ = cells(rng, SIZE, 900)
    size = 1.2 + 1.0 * smoothstep(-1, 2, cloud)
    pit = smoothstep(1.15, 0.6, distance[..., 0] / size) * smoothstep(0.0, 1.0, blotch)
    ridge = np.abs(warp(fractal(rng, SIZE, low=1, high=2, slope=2.5), *(2 * s for s in shift)))
    crack = smoothstep(0.009, 0.002, ridge) * smoothstep(0.55, 1.3, fractal(rng, SIZE, slope=1.8))
    color = color * (1 - 0.5 * pit - 0.45 * crack)[..., None]
    height = 0.00022 * cloud + 0.00005 * trowel + 0.00006 * sand - 0.0009 * pit - 0.0006 * crack
    roughness = 0.66 + 0.06 * cloud + 0.04 * trowel + 0.2 * pit - 0.1 * stain
    return Surface(color, height, roughness)


def plaster_wall(rng: Generator, tile: float) -> Surface:
    """A warm white wall painted with a roller."""
    peel = unit(blobs(rng, (SIZE, SIZE), (2.3, 2.0)) + 0.6 * blobs(rng, (SIZE, SIZE), (4.5, 4.0)))
    roller = blobs(rng, (SIZE, SIZE), (160, 9))
    uneven = fractal(rng, SIZE, high=10, slope=1.8)
    fine = fractal(rng, SIZE, low=80, slope=0.2)
    tone = 1 + 0.008 * peel + 0.006 * roller + 0.014 * uneven + 0.004 * fine
    warm = 0.004 * fractal(rng, SIZE, slope=1.8)
    color = rgb("#e6e0d4") * tone[..., None] + warm[..., None] * np.array([1, 0, -1])
    scuff = smoothstep(2.2, 3.0, blobs(rng, (SIZE, SIZE), (3, 12)))
    color = color * (1 - 0.05 * scuff[..., None])
    height = 0.00011 * np.tanh(peel) + 0.0005 * uneven + 0.00001 * fine
    return Surface(np.clip(color, 0, 1), height, 0.72 + 0.02 * peel - 0.06 * scuff)


def linoleum(rng: Generator, tile: float) -> Surface:
    """Speckled resilient flooring: chips of four tones pressed into a calm ground."""
    shift = [4 * fractal(rng, SIZE, low=20, slope=1.0) for _ in range(2)]
    color = np.broadcast_to(rgb("#8f9a93"), (SIZE, SIZE, 3)).copy()
    cloud = fractal(rng, SIZE, low=2, slope=1.5)
    color *= (1 + 0.012 * cloud)[..., None]
    chips = [("#b4bcb2", 9000, 0.42), ("#6e7a75", 9000, 0.38), ("#d8d9cf", 5200, 0.3)]
    chips += [("#565f5f", 4200, 0.26), ("#9c8f78", 3600, 0.3)]
    for code, count, share in chips:
        distance, index, number = cells(rng, SIZE, count)
        chosen = rng.random(number)[index] < share
        radius = rng.uniform(0.35, 1.0, number)[index] * SIZE / count**0.5 * 0.33
        inside = smoothstep(0.8, -0.8, warp(distance[..., 0], *shift) - radius) * chosen
        color = mix(color, rgb(code), 0.8 * inside)
    scuff = _scratches(rng, 60, 60)
    color = color * (1 + 0.05 * scuff[..., None])
    height = 0.00004 * cloud + 0.00002 * blobs(rng, (SIZE, SIZE), (3, 3))
    return Surface(color, height, 0.44 + 0.03 * cloud + 0.12 * scuff)


def brushed_steel(rng: Generator, tile: float) -> Surface:
    """Stainless steel with a fine grain along u, smudges and a few scratches."""
    grain = unit(blobs(rng, (SIZE, SIZE), (0.45, 60)) + 0.7 * blobs(rng, (SIZE, SIZE), (0.9, 200)))
    broad = blobs(rng, (SIZE, SIZE), (7, 400))
    smudge = smoothstep(0.4, 2.2, fractal(rng, SIZE, low=3, slope=1.5))
    scratch = _scratches(rng, 30, 80)
    tone = 0.76 + 0.028 * grain + 0.012 * broad - 0.015 * smudge + 0.04 * scratch
    color = tone[..., None] * np.array([1.0, 0.99, 0.97])
    roughness = 0.29 + 0.035 * grain + 0.02 * broad + 0.09 * smudge
    height = 0.0000045 * grain - 0.00002 * scratch
    return Surface(np.clip(color, 0, 1), height, roughness, 1.0)


def cardboard(rng: Generator, tile: float) -> Surface:
    """Brown corrugated board: fibers, flecks and the faint ribs of the flutes."""
    fibers = _scratches(rng, 3500, 16) - _scratches(rng, 2500, 16)
    cloud = fractal(rng, SIZE, low=3, slope=1.1)
    fine = fractal(rng, SIZE, low=60, slope=0.3)
    tone = 0.5 + 0.10 * cloud + 0.05 * fine + 0.13 * fibers
    color = ramp(np.clip(tone, 0, 1), ["#93704a", "#ab865b", "#bd986b", "#cfae83"])
    distance, index, number = cells(rng, SIZE, 2600)
    fleck = smoothstep(1.7, 0.6, distance[..., 0]) * (rng.random(number)[index] < 0.4)
    color = color * (1 - 0.28 * fleck[..., None])
    ribs = np.sin(2 * np.pi * (np.arange(SIZE)[None, :] / SIZE * 56))
    color = color * (1 + 0.018 * ribs)[..., None]
    scuff = _scratches(rng, 25, 70)
    color = mix(color, rgb("#d2b48c"), 0.35 * scuff)
    height = 0.00006 * ribs + 0.00035 * fractal(rng, SIZE, high=5, slope=2) + 0.000012 * fine
    return Surface(color, height, 0.9 + 0.02 * cloud)


def rubber_mat(rng: Generator, tile: float) -> Surface:
    """Dark rubber with flat round studs, dusty between them."""
    count = 14
    rows, columns = (np.indices((SIZE, SIZE)) + 0.5) / SIZE * count
    stagger = columns + 0.5 * (np.floor(rows) % 2)
    radius = np.hypot(rows % 1 - 0.5, stagger % 1 - 0.5)
    stud = smoothstep(0.37, 0.31, radius)
    fine, cloud = fractal(rng, SIZE, low=50, slope=0.3), fractal(rng, SIZE, low=2, slope=1.4)
    ring = np.exp(-(((radius - 0.36) / 0.035) ** 2))
    dust = np.clip(0.22 + 0.18 * cloud + 0.45 * ring, 0, 1) * (1 - 0.65 * stud)
    dust = dust * (0.8 + 0.25 * np.clip(fine, -2, 2))
    color = mix(rgb("#2b2c2e"), rgb("#77736b"), np.clip(0.5 * dust, 0, 1))
    wear = stud * smoothstep(0.0, 1.8, cloud)
    color = color * (1 + 0.12 * wear + 0.03 * fine)[..., None]
    specks, index, number = cells(rng, SIZE, 1500)
    crumb = smoothstep(1.8, 0.7, specks[..., 0]) * (rng.random(number)[index] < 0.25)
    color = mix(color, rgb("#8f8a80"), 0.6 * crumb)
    height = 0.0011 * stud + 0.00003 * fine + 0.0001 * crumb
    return Surface(np.clip(color, 0, 1), height, 0.82 - 0.16 * wear + 0.1 * dust)


def tote_plastic(rng: Generator, tile: float) -> Surface:
    """Blue moulded polypropylene: a pebbled skin with scuffs and pale scratches."""
    distance, _, _ = cells(rng, SIZE, 110**2, regular=True)
    gap = distance[..., 1] - distance[..., 0]
    pebble = smoothstep(0.0, 5.5, gap)
    cloud = fractal(rng, SIZE, low=2, slope=1.5)
    scratch = np.maximum(_scratches(rng, 90, 90), 0.7 * _scratches(rng, 160, 40, 0.1))
    rubbed = smoothstep(0.3, 2.8, cloud + 0.5 * fractal(rng, SIZE, low=8, slope=1.2))
    color = rgb("#1f4f94") * (1 + 0.025 * cloud + 0.05 * (pebble - 0.5))[..., None]
    color = mix(color, rgb("#7f9cc4"), np.clip(0.42 * scratch + 0.07 * rubbed * pebble, 0, 1))
    dust = 0.12 * (1 - pebble) * smoothstep(-0.5, 1.5, -cloud)
    color = mix(color, rgb("#8a8f94"), dust)
    height = 0.00007 * pebble - 0.00004 * scratch + 0.0002 * fractal(rng, SIZE, high=4, slope=2)
    return Surface(
        np.clip(color, 0, 1), height, 0.46 - 0.05 * pebble + 0.12 * scratch + 0.08 * rubbed
    )


def painted_line_wall(rng: Generator, tile: float) -> Surface:
    """Fair-faced boards painted pale blue, with dark joints and brush marks."""
    boards = 8
    x = (np.arange(SIZE)[None, :] + 0.5) / SIZE * boards
    across = np.broadcast_to(np.abs(x % 1 - 0.5) * tile / boards, (SIZE, SIZE))
    edge = tile / boards / 2 - across
    groove = smoothstep(0.004, 0.0012, edge)
    bead = np.exp(-(((edge - 0.011) / 0.0022) ** 2)) * (x % 1 > 0.5)
    brush = unit(blobs(rng, (SIZE, SIZE), (55, 0.7)) + 0.6 * blobs(rng, (SIZE, SIZE), (90, 2.0)))
    cloud = fractal(rng, SIZE, slope=1.5)
    level = line(rng, boards, 0.0)[np.floor(x).astype(int)]
    color = rgb("#a9b8bd") * (1 + 0.012 * brush + 0.015 * cloud + 0.012 * level)[..., None]
    color = color * (1 - 0.55 * groove - 0.16 * bead)[..., None]
    height = -0.0022 * groove - 0.0009 * bead + 0.000012 * brush + 0.0001 * cloud
    return Surface(np.clip(color, 0, 1), height, 0.5 + 0.03 * brush + 0.2 * groove)
