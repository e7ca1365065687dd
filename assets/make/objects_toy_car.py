"""A toy car."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import plastic, rubber
from objects_model import Asset, Material, Part, box_points, hull_points
from objects_toys import sphere
from shapes import Array, Surface, flat_uv, from_solid, join, lathe, moved, stretched, turned
from shapes_field import Field, block, common, extruded, minus, polygon, rod, slab, solid_of, union
from shapes_outline import fillet
from textures_print import Sheet

_WHEELS = [(x, y) for x in (-0.0235, 0.0235) for y in (-0.0135, 0.0135)]
_LOW, _HIGH = (-0.041, -0.018, 0.006), (0.041, 0.018, 0.037)


def toy_car() -> Asset:
    """A small blue car with a white stripe."""
    parts = _car_parts()
    hulls = [
        box_points((0.078, 0.033, 0.0135), (0, 0, 0.009)),
        hull_points([_above(parts[0].surface, 0.0215)], 80),
    ]
    hulls += [
        np.array([(q[0], y + s, q[1]) for q in _ring(x) for s in (-0.004, 0.004)])
        for x, y in _WHEELS
    ]
    return Asset(
        "Toy car", "toy_car", "A small blue toy car with a white stripe.", 0.045, parts, hulls
    )


def _car_parts() -> list[Part]:
    """The shell first."""
    body = _car_body()
    shell = from_solid(solid_of(body, _LOW, _HIGH, 0.0016, 0.00016), 0.1, 50)
    glass = common(lambda p: body(p) - 0.00022, _car_windows())
    lamps = join([_dot((0.0385, s * 0.0115, 0.0172), 0.0028) for s in (-1, 1)])
    tails = join([_dot((-0.0383, s * 0.012, 0.0195), 0.0022) for s in (-1, 1)])
    return [
        Part(flat_uv(shell, (0, 0), (0.08, 0.036)), _car_paint()),
        Part(
            from_solid(solid_of(glass, _LOW, _HIGH, 0.0012, 0.00012), 0.1, 50),
            plastic("windows", "#14181d", 0.08),
        ),
        Part(join([_tyre(x, y) for x, y in _WHEELS]), rubber()),
        Part(join([_hub(x, y) for x, y in _WHEELS]), Material("hub", "#d8dadd", 1.0, 0.3)),
        Part(lamps, plastic("lamp", "#fbf6dc", 0.15)),
        Part(tails, plastic("tail lamp", "#c41f1c", 0.2)),
    ]


def _car_body() -> Field:
    """Negative inside, metres: its side view, narrower at the windows, with arches for the wheels."""
    side = polygon(
        [
            (-0.0385, 0.009),
            (0.0385, 0.009),
            (0.0392, 0.016),
            (0.0375, 0.0205),
            (0.018, 0.0235),
            (0.008, 0.034),
            (-0.016, 0.0345),
            (-0.0285, 0.0245),
            (-0.0388, 0.0225),
        ]
    )
    hull = _along_y(extruded(side, -0.0165, 0.0165, 0.0035))
    taper = block((0, 0, 0.012), (0.09, 0.034, 0.0275), 0.004)
    cabin = block((-0.003, 0, 0.022), (0.07, 0.0285, 0.03), 0.006)
    shell = common(hull, union(taper, cabin, blend=0.003), 0.002)
    arches = [rod(1, (x, y * 1.3, 0.0085), 0.0098, 0.013, 0.001) for x, y in _WHEELS]
    return minus(shell, *arches, blend=0.0008)


def _car_windows() -> Field:
    """Negative where there is glass, all through the car: two at the sides, one along it."""
    rear = polygon([(-0.0235, 0.0252), (-0.004, 0.0252), (-0.004, 0.0318), (-0.0145, 0.0318)])
    front = polygon([(-0.0015, 0.0252), (0.0125, 0.0252), (0.0068, 0.0318), (-0.0015, 0.0318)])
    sides = [_along_y(extruded(outline, -0.02, 0.02, 0.0005)) for outline in (rear, front)]
    along = slab(0, 0.0286, 0.0225, 0.0068, 0.0015)
    return union(*sides, _along_x(extruded(along, -0.03, 0.03, 0.0005)))


def _car_paint() -> Material:
    """Blue with two white stripes."""
    sheet = Sheet(32, 256, "#1b55a8")
    for top, bottom in ((98, 122), (134, 158)):
        sheet.rectangle((0, top, 32, bottom), "#f2f2ee")
    return Material("paint", "#ffffff", 0.0, 0.18, picture=sheet.done(), lossless=True)


def _ring(x: float, radius: float = 0.0085) -> Array:
    """Points of a wheel's rim in the x-z plane, one of them at the very bottom."""
    t = 2 * np.pi * np.arange(20) / 20
    return np.stack([x + radius * np.sin(t), radius - radius * np.cos(t)], axis=1)


def _above(surface: Surface, z: float) -> Surface:
    """Only the vertices above a height, for a hull."""
    keep = surface.vertices[:, 2] >= z
    return Surface(surface.vertices[keep], surface.normals[keep], surface.uv[keep], surface.faces)


def _along_y(field: Field) -> Field:
    """A field built over x and z, extruded along y."""
    return lambda p: field(p[:, [0, 2, 1]])


def _along_x(field: Field) -> Field:
    """A field built over y and z, extruded along x."""
    return lambda p: field(p[:, [1, 2, 0]])


def _dot(center: tuple[float, float, float], radius: float) -> Surface:
    """A flattened ball, for lamps."""
    return moved(stretched(moved(sphere(radius, 14), z=-radius), 0.45, 1, 1), *center)


def _tyre(x: float, y: float) -> Surface:
    """A tyre."""
    profile = fillet(
        [
            (0.0048, -0.0035),
            (0.0052, -0.004, 0.0005),
            (0.0085, -0.004, 0.0014),
            (0.0085, 0.004, 0.0014),
            (0.0052, 0.004, 0.0005),
            (0.0048, 0.0035),
        ],
        3,
    )
    return moved(turned(lathe(profile, 28), "x", 90), x, y, 0.0085)


def _hub(x: float, y: float) -> Surface:
    """A hub."""
    profile = fillet(
        [
            (0, -0.003),
            (0.0015, -0.0034, 0.0005),
            (0.002, -0.0028, 0.0004),
            (0.0045, -0.0033, 0.0005),
            (0.0053, -0.0036),
            (0.0053, 0.0036),
            (0.0045, 0.0033),
            (0, 0.0028),
        ],
        3,
    )
    return moved(turned(lathe(profile, 24), "x", 90), x, y, 0.0085)


OBJECTS: dict[str, Callable[[], Asset]] = {
    "toy_car": toy_car,
}
