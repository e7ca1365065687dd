"""Light in a world of solids, solved on grids over its surfaces.

Light maps hold the mean incoming radiance E/pi on a grid on every chart. Light from emitters and
from the sun is summed with shadow rays; light from other surfaces and from the sky is gathered
with cosine-distributed rays, which are cast once and used for several bounces. Direct sunlight
takes part in the bounces but is left out of the finished map: it is added sharp when seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from environments_cast import (
    FACES,
    Hits,
    Paint,
    Solid,
    cast,
    chart_points,
    chart_size,
    dot,
    nearest,
)
from noise import Array, Generator

Sky = Callable[[Array], Array]  # directions (n, 3) -> radiance (n, 3)


@dataclass(frozen=True)
class World:
    """Solids, the sky beyond them, and the sun (direction to it and its irradiance)."""

    solids: Sequence[Solid]
    sky: Sky | None = None
    sun: tuple[Array, Array] | None = None
    eye: tuple[float, float, float] = (0.0, 0.0, 1.4)


@dataclass
class LightMap:
    """All charts' texels in one row; per chart the first texel, (rows, columns), half sizes,
    whether u goes around, and the paint."""

    chart_of: dict[tuple[int, int], int] = field(default_factory=dict)
    first: list[int] = field(default_factory=list)
    shape: list[tuple[int, int]] = field(default_factory=list)
    half: list[tuple[float, float]] = field(default_factory=list)
    around: list[bool] = field(default_factory=list)
    paint: list[Paint] = field(default_factory=list)
    light: Array = field(default_factory=lambda: np.zeros((0, 3)))


@dataclass(frozen=True)
class Texels:
    """Where the light map is computed: point, normal, area, chart and uv, one row each."""

    point: Array
    normal: Array
    area: Array
    chart: Array
    uv: Array


def _layout(solids: Sequence[Solid]) -> tuple[LightMap, Texels]:
    book, start = LightMap(), 0
    rows: list[tuple[Array, ...]] = []
    for i, solid in enumerate(solids):
        for face in range(FACES[solid.kind]):
            hu, hv = chart_size(solid, face)
            columns = int(np.clip(np.ceil(2 * hu / solid.texel), 2, 160))
            lines = int(np.clip(np.ceil(2 * hv / solid.texel), 2, 160))
            u = ((np.arange(columns) + 0.5) / columns * 2 - 1) * hu
            v = ((np.arange(lines) + 0.5) / lines * 2 - 1) * hv
            uv = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2).astype(np.float32)
            point = chart_points(solid, face, uv)
            chart = len(book.first)
            book.chart_of[i, face] = chart
            book.first.append(start)
            start += len(uv)
            book.shape.append((lines, columns))
            book.half.append((hu, hv))
            book.around.append(solid.kind != "box" and face == 0)
            book.paint.append(solid.paint(face))
            area = np.full(len(uv), 4 * hu * hv / len(uv))
            rows.append((point, _normals(solid, face, uv), area, np.full(len(uv), chart), uv))
    return book, Texels(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def _normals(solid: Solid, face: int, uv: Array) -> Array:
    """Outward (or, in a room, inward) normals at chart coordinates."""
    if solid.kind == "box":
        local = np.zeros((len(uv), 3), np.float32)
        local[:, face // 2] = (-1.0 if face % 2 == 0 else 1.0) * (-1 if solid.inside else 1)
    else:
        p = (chart_points(solid, face, uv) - np.array(solid.center, np.float32)).astype(np.float32)
        local = p @ solid.world_from_local / np.array(solid.half, np.float32) ** 2
        if solid.kind == "cylinder":
            local = local * ([1, 1, 0] if face == 0 else [0, 0, 1])
    local = local / np.linalg.norm(local, axis=-1, keepdims=True)
    return np.asarray(local @ solid.world_from_local.T).astype(np.float32)


def painted(book: LightMap, chart: Array, uv: Array, footprint: Array, part: str) -> Array:
    """Albedo or emission (n, 3) at points given by chart (-1: none) and uv."""
    out = np.zeros((len(chart), 3), np.float32)
    paints = list(dict.fromkeys(book.paint))
    number = {paint: i for i, paint in enumerate(paints)}
    which = np.array([number[paint] for paint in book.paint] + [len(paints)])[chart]
    order = np.argsort(which, kind="stable")
    borders = np.searchsorted(which[order], np.arange(len(paints) + 1))
    for i, paint in enumerate(paints):
        mine, texture = order[borders[i] : borders[i + 1]], getattr(paint, part)
        if texture is not None and len(mine):
            out[mine] = texture(uv[mine], footprint[mine])
    return out


def charts(book: LightMap, hits: Hits) -> Array:
    """Chart of every hit (n,), -1 for none."""
    table = np.full((int(hits.solid.max(initial=0)) + 2, 6), -1)
    for (solid, face), chart in book.chart_of.items():
        if solid < len(table) - 1:
            table[solid, face] = chart
    return np.asarray(table[hits.solid, hits.face])


def lookup(book: LightMap, chart: Array, uv: Array) -> Array:
    """Light (n, 3) at chart coordinates, bilinear."""
    shape, half = np.array(book.shape)[chart], np.array(book.half)[chart]
    first = np.array(book.first)[chart]
    around, columns = np.array(book.around)[chart], shape[:, 1]
    x = (uv[:, 0] / half[:, 0] + 1) / 2 * columns - 0.5
    x = np.where(around, x % columns, np.clip(x, 0, columns - 1))
    y = np.clip((uv[:, 1] / half[:, 1] + 1) / 2 * shape[:, 0] - 0.5, 0, shape[:, 0] - 1)
    left = np.minimum(x.astype(int), columns - 1)
    right = np.where(around, (left + 1) % columns, np.minimum(left + 1, columns - 1))
    row = np.minimum(y.astype(int), shape[:, 0] - 2)
    fx, fy = (x - left)[:, None], (y - row)[:, None]
    top = first + row * columns
    low = top + columns
    above = book.light[top + left] * (1 - fx) + book.light[top + right] * fx
    below = book.light[low + left] * (1 - fx) + book.light[low + right] * fx
    return np.asarray(above * (1 - fy) + below * fy)


def lift(point: Array, normal: Array) -> Array:
    """Points just off the surface, where new rays may start."""
    return np.asarray(point + 4e-3 * normal).astype(np.float32)


def sunlight(world: World, book: LightMap, point: Array, normal: Array) -> Array:
    """E/pi (n, 3) that the sun gives directly; panes let it pass."""
    light = np.zeros((len(point), 3), np.float32)
    if world.sun is None:
        return light
    toward, irradiance = world.sun
    cosine = normal @ toward.astype(np.float32)
    facing = np.flatnonzero(cosine > 0)
    direction = np.broadcast_to(toward.astype(np.float32), (len(facing), 3))
    hits = cast(world.solids, lift(point[facing], normal[facing]), direction)
    chart = charts(book, hits)
    open_ = np.array([p.pane for p in book.paint] + [True])[np.where(hits.solid < 0, -1, chart)]
    light[facing] = (cosine[facing] * open_)[:, None] * irradiance / np.pi
    return light


def _emitters(world: World, book: LightMap, texels: Texels) -> Array:
    """E/pi (n, 3) on every texel from all emitting texels, with shadows."""
    glow = painted(book, texels.chart, texels.uv, np.sqrt(texels.area), "emission")
    lamps = np.flatnonzero(glow.max(-1) > 0)
    total = np.zeros((len(texels.point), 3))
    lifted = lift(texels.point, texels.normal)
    for lamp in lamps:
        toward = texels.point[lamp] - lifted
        square = np.maximum(dot(toward, toward), 1e-6)
        direction = toward / np.sqrt(square)[:, None]
        facing = np.maximum(dot(direction, texels.normal), 0)
        weight = facing * -(direction @ texels.normal[lamp]) * texels.area[lamp]
        weight = np.maximum(weight, 0) / (np.pi * np.maximum(square, texels.area[lamp]))
        lit = np.flatnonzero(weight > 1e-6)
        reached, _ = nearest(world.solids, lifted[lit], direction[lit].astype(np.float32))
        seen = reached > np.sqrt(square[lit]) - 0.02
        total[lit] += (weight[lit] * seen)[:, None] * glow[lamp]
    return total


def _cosine_rays(rng: Generator, normal: Array, count: int) -> Array:
    """Directions (n, count, 3), cosine-distributed about the normals."""
    n, golden = len(normal), (np.sqrt(5) - 1) / 2
    i = np.arange(count)[None, :]
    radius = np.sqrt((i + rng.random((n, 1))) / count)
    turn = 2 * np.pi * (i * golden + rng.random((n, 1)))
    other = np.where(np.abs(normal[:, 2:]) < 0.9, [[0, 0, 1]], [[1, 0, 0]])
    side = np.cross(normal, other)
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    up = np.cross(normal, side)
    local = [radius * np.cos(turn), radius * np.sin(turn), np.sqrt(1 - radius**2)]
    axes = (side, up, normal)
    parts = [c[..., None] * a[:, None] for c, a in zip(local, axes, strict=True)]
    return np.asarray(sum(parts)).astype(np.float32)


def _smooth(book: LightMap, sigma: float) -> None:
    """Blur every chart a little, around round solids too."""
    for first, shape, around in zip(book.first, book.shape, book.around, strict=True):
        part = slice(first, first + shape[0] * shape[1])
        image = book.light[part].reshape(*shape, 3).astype(np.float32)
        wide = np.pad(image, ((0, 0), (2, 2), (0, 0)), mode="wrap" if around else "edge")
        soft = cv2.GaussianBlur(wide, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        book.light[part] = soft[:, 2:-2].reshape(-1, 3)


def light_map(world: World, *, rng: Generator, rays: int = 80, bounces: int = 5) -> LightMap:
    """Solve for the light on every surface of the world."""
    book, texels = _layout(world.solids)
    n = len(texels.point)
    lamps = _emitters(world, book, texels)
    sun = sunlight(world, book, texels.point, texels.normal)
    direction = _cosine_rays(rng, texels.normal, rays).reshape(-1, 3)
    origin = np.repeat(lift(texels.point, texels.normal), rays, axis=0)
    hits = cast(world.solids, origin, direction)
    chart = np.where(hits.solid < 0, -1, charts(book, hits))
    met = chart >= 0
    far = np.zeros((n * rays, 3), np.float32)
    if world.sky is not None and not met.all():
        far[~met] = world.sky(direction[~met])
    albedo = painted(book, chart, hits.uv, np.full(n * rays, 0.3), "albedo")
    gathered = np.zeros_like(lamps)
    for _ in range(bounces):
        book.light = lamps + sun + gathered
        back = far.copy()
        back[met] = albedo[met] * lookup(book, chart[met], hits.uv[met])
        gathered = back.reshape(n, rays, 3).mean(1)
    book.light = lamps + gathered
    _smooth(book, 0.7)
    return book
