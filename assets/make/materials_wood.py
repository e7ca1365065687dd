"""Wooden surfaces: single boards with rings, pores, rays and knots, laid as floors and tops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from materials_surface import Surface
from noise import Array, Generator, blobs, line, mix, ramp, rgb, smoothstep, unit

SIZE = 1024


@dataclass(frozen=True)
class Species:
    """How one kind of wood looks; lengths in metres."""

    tones: tuple[str, ...]  # from early wood to late wood
    ring: float  # mean width of a yearly ring
    contrast: float  # of the rings
    pores: float  # how many dark pores
    pore_color: str
    rays: float = 0.0  # light flecks across the grain
    knots: float = 0.0  # expected number per square metre
    spread: float = 0.05  # brightness differences between boards
    hue: float = 0.015  # warm to cold differences between boards
    figure: float = 0.0  # broad light and dark streaks along the board


OAK = Species(
    ("#c99f6f", "#bd9060", "#a87a4b"), 0.0042, 0.75, 0.55, "#6d4a2b", 0.35, 0.5, 0.05, 0.009
)
GREY_OAK = Species(
    ("#b1aca3", "#a29c93", "#8a847b"), 0.0048, 0.7, 0.45, "#5f5a54", 0.2, 0.6, 0.045, 0.006, 0.4
)
PINE = Species(
    ("#e6c795", "#dfba83", "#bf8a4e"), 0.0052, 1.0, 0.0, "#8a5a2c", 0.0, 9.0, 0.025, 0.01, 0.2
)
WALNUT = Species(
    ("#86603f", "#6d4a30", "#4a2f1e"), 0.0062, 0.6, 0.5, "#2a1a10", 0.0, 0.0, 0.03, 0.01, 1.0
)


@dataclass(frozen=True)
class Board:
    """One piece of wood: sRGB color (rows, columns, 3), height in metres, roughness."""

    color: Array
    height: Array
    roughness: Array


def _ring_table(rng: Generator, mean: float, reach: float) -> tuple[Array, Array]:
    """Radii of the ring borders out to reach, and the darkness of each ring."""
    count = int(reach / mean * 1.6) + 8
    drift = np.exp(0.35 * line(rng, count, 6.0) + 0.25 * rng.standard_normal(count))
    radii = np.cumsum(mean * drift)
    return radii, np.clip(0.75 + 0.3 * rng.standard_normal(count), 0.2, 1.4)


def _knots(
    rng: Generator, x: Array, y: Array, size: tuple[float, float], count: int
) -> tuple[Array, Array]:
    """Push of the grain away from knots (metres) and how much a point is knot (0 to 1)."""
    push, inside = np.zeros_like(x), np.zeros_like(x)
    for _ in range(count):
        cx, cy = rng.uniform(0.08, 0.92) * size[0], rng.uniform(0.15, 0.85) * size[1]
        radius = rng.uniform(0.004, 0.014)
        dx, dy = x - cx, y - cy
        turn = np.arctan2(dy, dx)
        wavy = radius * (1 + 0.12 * np.sin(2 * turn + cx * 90) + 0.07 * np.sin(5 * turn + cy * 70))
        reach = np.exp(-((dx / (4.0 * radius)) ** 2) - (dy / (3.2 * radius)) ** 2)
        push += 1.1 * radius * reach * np.tanh(dy / (0.5 * radius))
        inside = np.maximum(inside, smoothstep(1.12, 0.9, np.hypot(dx * 0.8, dy) / wavy))
    return push, inside


def _radius(rng: Generator, x: Array, y: Array, size: tuple[float, float]) -> Array:
    """Distance from the pith of the log (metres) of every point of a sawn board."""
    length, width = size
    rows, columns = x.shape
    per_x, per_y = columns / length, rows / width
    wave = line(rng, columns, 0.16 * per_x)[None, :]
    pith = width * rng.uniform(-0.35, 1.35) + 0.012 * wave
    turns = rng.uniform(0, 2 * np.pi, 2)
    bow = 0.5 * np.sin(2 * np.pi * x / length + turns[0])
    bow += 0.25 * np.sin(4 * np.pi * x / length + turns[1])
    depth = rng.uniform(0.02, 0.07) + 0.022 * bow * min(1.0, length / 0.9)
    radius = np.hypot(y - pith, depth)
    radius += 0.0022 * blobs(rng, x.shape, (0.012 * per_y, 0.09 * per_x))
    radius += 0.0004 * blobs(rng, x.shape, (0.0016 * per_y, 0.03 * per_x))
    return np.asarray(radius)


def board(rng: Generator, wood: Species, size: tuple[float, float], pixel: float) -> Board:
    """A board of (length, width) metres, grain along the columns, periodic along its length."""
    length, width = size
    shape = (max(round(width / pixel), 2), max(round(length / pixel), 2))
    x = np.broadcast_to((np.arange(shape[1]) + 0.5)[None, :] * pixel, shape)
    y = np.broadcast_to((np.arange(shape[0]) + 0.5)[:, None] * pixel, shape)
    push, knot = _knots(rng, x, y, size, int(rng.poisson(wood.knots * length * width)))
    radius = _radius(rng, x, y - push, size)
    radii, darkness = _ring_table(rng, wood.ring, float(radius.max()))
    position = np.interp(radius, radii, np.arange(len(radii)))
    ring, phase = position.astype(int), position % 1
    late = smoothstep(0.25, 0.93, phase) * smoothstep(1.0, 0.95, phase)
    fiber = unit(
        blobs(rng, shape, (0.0006 / pixel, 0.02 / pixel))
        + 0.7 * blobs(rng, shape, (0.0015 / pixel, 0.06 / pixel))
        + 0.5 * blobs(rng, shape, (0.3, 0.004 / pixel))
    )
    figure = blobs(rng, shape, (0.012 / pixel, 0.25 / pixel))
    tone = 0.36 + wood.contrast * 0.55 * (late * darkness[ring] - 0.25) + 0.085 * fiber
    tone += 0.11 * wood.figure * figure + 0.04 * blobs(rng, shape, (0.03 / pixel, 0.2 / pixel))
    color = ramp(np.clip(tone, 0, 1), wood.tones)
    color, pore = _pores(rng, wood, color, phase, pixel)
    color = _knot_color(rng, color, knot, radius, wood)
    color = _board_tint(rng, color, wood)
    height = -0.0003 * pore - 0.00006 * late + 0.00004 * fiber - 0.0001 * knot
    return Board(color, height, 0.42 + 0.12 * pore + 0.03 * fiber - 0.05 * knot)


def _pores(
    rng: Generator, wood: Species, color: Array, phase: Array, pixel: float
) -> tuple[Array, Array]:
    """Dark dashes of open vessels, mostly where a ring begins, and light ray flecks."""
    shape = phase.shape
    dash = blobs(rng, shape, (0.33, 0.0045 / pixel))
    open_wood = 0.35 + 0.65 * smoothstep(0.5, 0.05, phase)
    pore = smoothstep(0.9, 2.2, dash + 1.1 * (open_wood - 0.5)) * wood.pores
    color = mix(color, rgb(wood.pore_color), 0.6 * pore)
    if wood.rays:
        fleck = smoothstep(2.0, 2.9, blobs(rng, shape, (0.0011 / pixel, 0.005 / pixel)))
        color = color * (1 + 0.16 * wood.rays * fleck[..., None])
    return color, pore


def _knot_color(rng: Generator, color: Array, knot: Array, radius: Array, wood: Species) -> Array:
    if not knot.any():
        return color
    dark = rgb(wood.tones[-1]) * rng.uniform(0.55, 0.85) * [1.06, 0.95, 0.85]
    ringed = dark[None, None] * (1 + 0.12 * np.sin(radius * 5200))[..., None]
    halo = np.clip(4 * knot * (1 - knot), 0, 1)
    color = mix(color, ringed, 0.85 * knot)
    return np.asarray(color * (1 - 0.3 * halo[..., None]))


def _board_tint(rng: Generator, color: Array, wood: Species) -> Array:
    bright = 1 + wood.spread * rng.standard_normal()
    warm = wood.hue * rng.standard_normal()
    return np.asarray(color * bright * np.array([1 + warm, 1, 1 - 1.5 * warm]))


def _bevel(board_: Board, pixel: float, groove: float, sides: tuple[bool, bool]) -> Board:
    """The board with edges that fall away by groove metres and darken there."""
    rows, columns = board_.height.shape
    y = np.minimum(np.arange(rows) + 0.5, rows - np.arange(rows) - 0.5)[:, None] * pixel
    x = np.minimum(np.arange(columns) + 0.5, columns - np.arange(columns) - 0.5)[None, :] * pixel
    far = np.minimum(y if sides[0] else 9.0, x if sides[1] else 9.0)
    edge = np.broadcast_to(np.exp(-((far / (1.1 * pixel)) ** 2)), (rows, columns))
    shade = (1 - 0.62 * edge * min(1.0, groove / 0.0008))[..., None]
    return Board(board_.color * shade, board_.height - groove * edge, board_.roughness + 0.2 * edge)


class Canvas:
    """A square periodic surface onto which boards are laid."""

    def __init__(self, size_px: int) -> None:
        self.n = size_px
        self.color = np.zeros((size_px, size_px, 3))
        self.height = np.zeros((size_px, size_px))
        self.roughness = np.zeros((size_px, size_px))

    def lay(self, piece: Board, row: int, column: int, *, upright: bool = False) -> None:
        """Put the piece with its top left corner at (row, column), wrapping around."""
        parts = [piece.color, piece.height, piece.roughness]
        if upright:
            parts = [np.swapaxes(part, 0, 1) for part in parts]
        rows = (row + np.arange(parts[1].shape[0])) % self.n
        columns = (column + np.arange(parts[1].shape[1])) % self.n
        where = np.ix_(rows, columns)
        self.color[where], self.height[where], self.roughness[where] = parts

    def surface(self) -> Surface:
        """What has been laid so far."""
        return Surface(self.color, self.height, self.roughness)


def _edges(count: int) -> list[int]:
    return [round(i * SIZE / count) for i in range(count + 1)]


def _course(rng: Generator, pieces: int) -> Iterator[tuple[int, int]]:
    """Start column and length of the boards of one row of a floor, in pixels."""
    start = int(rng.integers(SIZE))
    cuts = np.sort(rng.uniform(-0.12, 0.12, pieces) + np.arange(pieces) / pieces)
    columns = np.round(cuts * SIZE).astype(int)
    for i, column in enumerate(columns):
        after = columns[i + 1] if i + 1 < pieces else columns[0] + SIZE
        yield start + int(column), int(after - column)


def planks(
    rng: Generator, wood: Species, tile: float, courses: int, pieces: int, groove: float
) -> Surface:
    """A floor of boards in rows with staggered ends."""
    canvas, pixel = Canvas(SIZE), tile / SIZE
    edges = _edges(courses)
    for top, bottom in pairwise(edges):
        for column, length in _course(rng, int(rng.integers(1, pieces + 1))):
            piece = board(rng, wood, (length * pixel, (bottom - top) * pixel), pixel)
            canvas.lay(_bevel(piece, pixel, groove, (True, True)), top, column)
    return canvas.surface()


def staves(
    rng: Generator, wood: Species, tile: float, count: int, *, matched: bool = False
) -> Surface:
    """A table top of boards glued side by side; matched veneer mirrors every second sheet."""
    canvas, pixel = Canvas(SIZE), tile / SIZE
    edges = _edges(count)
    piece: Board | None = None
    for i, (top, bottom) in enumerate(pairwise(edges)):
        if matched and i % 2 and piece is not None:
            piece = Board(piece.color[::-1] * 0.985, piece.height[::-1], piece.roughness[::-1])
        else:
            piece = board(rng, wood, (tile, (bottom - top) * pixel), pixel)
        canvas.lay(_bevel(piece, pixel, 0.00008, (True, False)), top, 0)
    return canvas.surface()


def herringbone(rng: Generator, wood: Species, tile: float, ratio: int, repeats: int) -> Surface:
    """Parquet blocks, ratio times as long as wide, laid in a herringbone pattern."""
    canvas, pixel = Canvas(SIZE), tile / SIZE
    width = SIZE // (2 * ratio * repeats)
    size = (ratio * width * pixel, width * pixel)
    for step in range(2 * ratio * repeats):
        for band in range(repeats):
            for upright in (False, True):
                piece = _bevel(board(rng, wood, size, pixel), pixel, 0.0004, (True, True))
                row, column = step * width, (step + 2 * ratio * band) * width
                if upright:
                    row, column = row - (ratio - 1) * width, column + ratio * width
                canvas.lay(piece, row, column, upright=upright)
    return canvas.surface()
