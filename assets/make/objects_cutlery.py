"""Cutlery."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import trimesh
from objects_common import steel
from objects_model import Asset, Part, sliced
from scipy.interpolate import PchipInterpolator
from shapes import Array, from_solid, moved
from shapes_field import capsule, egg, extruded, minus, polygon, solid_of, union


def _handle_outline(tip: float, neck: float) -> list[tuple[float, float]]:
    """Half the outline of a cutlery handle, from its end at `tip` to its neck."""
    return [
        (tip, 0.002),
        (tip + 0.001, 0.006),
        (tip + 0.005, 0.0085),
        (tip + 0.018, 0.0093),
        (tip + 0.04, 0.0078),
        (tip + 0.08, 0.0047),
        (neck, 0.0034),
    ]


def _mirrored(half: list[tuple[float, float]]) -> Array:
    """The closed outline whose upper half is given from left to right."""
    return np.array(half + [(x, -y) for x, y in reversed(half)])


def _bend(heights: list[tuple[float, float]]) -> Callable[[Array], Array]:
    """The function that lifts points by heights given over x."""
    curve = PchipInterpolator(*np.array(heights).T)
    return lambda p: np.asarray(p + np.outer(curve(p[:, 0]), [0, 0, 1]))


def _cutlery(
    name: str, category: str, mass: float, solid: trimesh.Trimesh, cuts: list[float]
) -> Asset:
    """A piece of cutlery of bare steel, lying on z = 0."""
    (x0, y0, z0), (x1, y1, _) = solid.bounds
    surface = moved(from_solid(solid, 0.05, 50), -(x0 + x1) / 2, -(y0 + y1) / 2, -z0)
    text = f"A stainless steel table {category}."
    return Asset(name, category, text, mass, [Part(surface, steel(7))], sliced([surface], 0, cuts))


def fork() -> Asset:
    """A table fork with four tines."""
    head = [
        (0.035, 0.0045),
        (0.043, 0.0105),
        (0.052, 0.0124),
        (0.07, 0.0125),
        (0.099, 0.0118),
        (0.1, 0.0105),
    ]
    outline = polygon(_mirrored(_handle_outline(-0.1, 0.02) + head))
    slots = [capsule((0.058, y, 0), (0.13, y * 1.02, 0), 0.00155) for y in (-0.0064, 0, 0.0064)]

    def flat_slots(p: Array) -> Array:
        return np.asarray(np.min([s(p * [1, 1, 0]) for s in slots], axis=0))

    body = extruded(minus(outline, flat_slots, blend=0.001), -0.0011, 0.0011, 0.0008)
    bend = _bend(
        [
            (-0.1, 0),
            (-0.06, 0.006),
            (0.0, 0.013),
            (0.035, 0.010),
            (0.06, 0.001),
            (0.08, 0.001),
            (0.1, 0.006),
        ]
    )
    solid = solid_of(body, (-0.1, -0.013, -0.0012), (0.1, 0.013, 0.0012), 0.0006, warp=bend)
    return _cutlery("Table fork", "fork", 0.045, solid, [-0.05, 0.0, 0.03, 0.06])


def spoon() -> Asset:
    """A table spoon."""
    stem = polygon(_mirrored(_handle_outline(-0.1, 0.04) + [(0.05, 0.0036), (0.06, 0.004)]))
    shape = union(
        stem, lambda p: egg((0.073, 0, 0), (0.031, 0.0205, 1))(p * [1, 1, 0]), blend=0.012
    )
    body = extruded(shape, -0.0009, 0.0009, 0.0007)
    bend = _bend(
        [
            (-0.1, 0),
            (-0.06, 0.005),
            (0.0, 0.014),
            (0.03, 0.0125),
            (0.05, 0.009),
            (0.075, 0.0085),
            (0.104, 0.0105),
        ]
    )

    def dish(p: Array) -> Array:
        inside = 1 - ((p[:, 0] - 0.072) / 0.034) ** 2 - (p[:, 1] / 0.0225) ** 2
        return bend(p - np.outer(0.0085 * np.maximum(inside, 0) ** 0.8, [0, 0, 1]))

    solid = solid_of(body, (-0.1, -0.021, -0.001), (0.105, 0.021, 0.001), 0.0007, warp=dish)
    return _cutlery("Table spoon", "spoon", 0.05, solid, [-0.05, 0.0, 0.035, 0.055])


def knife() -> Asset:
    """A table knife with a round tip."""
    half = [
        (-0.11, 0.004),
        (-0.108, 0.0075),
        (-0.1, 0.0092),
        (-0.06, 0.0085),
        (-0.012, 0.0052),
        (0.002, 0.005),
    ]
    back = [(0.02, 0.0075), (0.07, 0.0078), (0.1, 0.0066), (0.11, 0.0035), (0.1125, 0.0)]
    edge = [
        (0.111, -0.005),
        (0.105, -0.0102),
        (0.09, -0.0135),
        (0.06, -0.0136),
        (0.024, -0.0125),
        (0.014, -0.0112),
        (0.008, -0.0056),
    ]
    outline = polygon(half + back + edge + [(x, -y) for x, y in reversed(half)])
    thick = extruded(outline, -0.0032, 0.0032, 0.0026)

    def grind(p: Array) -> Array:
        blade = np.clip((p[:, 0] - 0.0) / 0.016, 0, 1)
        blade = blade * blade * (3 - 2 * blade)
        thin = 0.36 * (1 - 0.75 * np.clip((-0.002 - p[:, 1]) / 0.01, 0, 1))
        return p * np.stack([1 + 0 * blade, 1 + 0 * blade, 1 + (thin - 1) * blade], axis=1)

    solid = solid_of(thick, (-0.11, -0.014, -0.0034), (0.113, 0.01, 0.0034), 0.0007, warp=grind)
    return _cutlery("Table knife", "knife", 0.075, solid, [-0.05, 0.0, 0.02])


OBJECTS: dict[str, Callable[[], Asset]] = {
    "fork": fork,
    "spoon": spoon,
    "knife": knife,
}
