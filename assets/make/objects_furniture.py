"""Tables and a shelf unit to stand things on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import OAK, PINE, WALNUT, grained, planks, plastic, wooden
from objects_model import Asset, Part, box_points, lathe_points
from shapes import Array, Surface, flat_uv, join, lathe, loft, moved, raised, retiled
from shapes_outline import fillet, rounded_rectangle

Board = tuple[tuple[float, float, float], tuple[float, float, float]]  # size, bottom center


def _leg(height: float, top: float, foot: float) -> Surface:
    """A square leg that tapers downwards, its grain upright."""
    rings = [
        raised(rounded_rectangle(w, w, 0.006, 2), z)
        for w, z in (
            (foot - 0.004, 0.0),
            (foot, 0.002),
            (foot, 0.003),
            (top, height * 0.8),
            (top, height),
        )
    ]
    leg = loft(rings)
    across = leg.vertices[:, 0] * leg.normals[:, 1] - leg.vertices[:, 1] * leg.normals[:, 0]
    uv = np.stack([leg.vertices[:, 2], across], axis=1) / 0.6
    return Surface(leg.vertices, leg.normals, uv, leg.faces)


def _leg_points(height: float, top: float, foot: float, x: float, y: float) -> Array:
    """The convex hull of a leg."""
    lower, upper = box_points((foot, foot, 0)), box_points((top, top, 0))
    return np.vstack([lower, upper + [0, 0, height * 0.8], upper + [0, 0, height]]) + [x, y, 0]


def table_dining() -> Asset:
    """A rectangular dining table of oak planks."""
    length, width, height, thick = 1.4, 0.8, 0.74, 0.03
    plank_width = width / 5
    top: list[Board] = [
        ((length, plank_width - 0.0008, thick), (0, (i - 2) * plank_width, height - thick))
        for i in range(5)
    ]
    rail = height - thick - 0.085
    x, y = length / 2 - 0.09, width / 2 - 0.08
    rails: list[Board] = [((2 * x, 0.022, 0.085), (0, s * y, rail)) for s in (-1, 1)]
    rails += [((0.022, 2 * y, 0.085), (s * x, 0, rail)) for s in (-1, 1)]
    corners = [(sx * x, sy * y) for sx in (-1, 1) for sy in (-1, 1)]
    legs = [moved(_leg(height - thick, 0.068, 0.044), px, py) for px, py in corners]
    oak = wooden(61, OAK, roughness=0.42, size=768)
    surface = join([planks(top, 0.0025, 1, 0.9), planks(rails, 0.002, 2, 0.9), *legs])
    hulls = [box_points((length, width, thick), (0, 0, height - thick))]
    hulls += [box_points(*b) for b in rails]
    hulls += [_leg_points(height - thick, 0.068, 0.044, px, py) for px, py in corners]
    return Asset(
        "Dining table",
        "furniture",
        "A rectangular dining table of oak.",
        32.0,
        [Part(surface, oak)],
        hulls,
    )


def table_round() -> Asset:
    """A round white bistro table with a dark foot."""
    radius, height = 0.4, 0.75
    top = fillet(
        [
            (0.03, height - 0.028),
            (radius - 0.015, height - 0.028, 0.004),
            (radius, height - 0.012, 0.006),
            (radius, height, 0.004),
            (radius - 0.02, height),
        ],
        5,
    )
    board = flat_uv(lathe([*top, (0, height)], 72), (0, 0), (0.8, 0.8))
    column = fillet([(0.03, 0.03), (0.03, 0.68, 0.02), (0.1, 0.722, 0.01), (0.1, 0.7222)], 5)
    foot = fillet(
        [
            (0, 0.0),
            (0.24, 0.0, 0.003),
            (0.24, 0.012, 0.008),
            (0.07, 0.03, 0.06),
            (0.03, 0.06, 0.02),
            (0.03, 0.09),
        ],
        6,
    )
    walnut = wooden(62, WALNUT, "walnut", 0.38, 640)
    iron = grained("iron", "#232426", 63, 0.5)
    parts = [
        Part(board, walnut),
        Part(retiled(join([lathe(column, 40), lathe(foot, 64)]), 0.06), iron),
    ]
    hulls = [
        lathe_points(
            [
                (radius - 0.015, height - 0.028),
                (radius, height - 0.012),
                (radius, height - 0.003),
                (radius - 0.003, height),
            ],
            48,
        ),
        lathe_points([(0.03, 0.03), (0.03, height - 0.03)], 16),
        lathe_points([(0.1, 0.715), (0.05, 0.69), (0.1, height - 0.02)], 20),
        lathe_points([(0.239, 0), (0.239, 0.008), (0.07, 0.029)], 40),
    ]
    return Asset(
        "Round table", "furniture", "A round walnut table on an iron foot.", 21.0, parts, hulls
    )


def table_coffee() -> Asset:
    """A low coffee table with a shelf under its top."""
    length, width, height = 1.0, 0.55, 0.42
    boards: list[Board] = [
        ((length, width / 3 - 0.0006, 0.028), (0, (i - 1) * width / 3, height - 0.028))
        for i in range(3)
    ]
    boards += [((length - 0.16, 0.052, 0.014), (0, (i - 3) * 0.058, 0.13)) for i in range(7)]
    boards += [((0.03, width - 0.1, 0.03), (s * (length / 2 - 0.085), 0, 0.1)) for s in (-1, 1)]
    surface = planks(boards, 0.0022, 3, 0.8)
    feet: list[Board] = []
    for s in (-1, 1):
        x = s * (length / 2 - 0.085)
        feet += [((0.03, 0.03, height - 0.028), (x, t * (width / 2 - 0.05), 0)) for t in (-1, 1)]
        feet += [((0.03, width - 0.1, 0.03), (x, 0, height - 0.058))]
    frame = planks(feet, 0.002, 4)
    parts = [
        Part(surface, wooden(64, PINE, "pine", 0.45, 640)),
        Part(frame, grained("frame", "#26282b", 65, 0.45)),
    ]
    hulls = [
        box_points((length, width, 0.028), (0, 0, height - 0.028)),
        box_points((length - 0.16, 0.4, 0.014), (0, 0, 0.13)),
    ]
    hulls += [box_points(*b) for b in boards[-2:] + feet]
    return Asset(
        "Coffee table",
        "furniture",
        "A low coffee table of pine on a dark frame.",
        14.0,
        parts,
        hulls,
    )


def shelf_unit() -> Asset:
    """An open shelf unit with three boards to stand things on."""
    width, depth, height, thick = 0.9, 0.35, 1.2, 0.02
    levels = (0.06, 0.44, 0.82)
    boards: list[Board] = [
        ((thick, depth, height), (s * (width - thick) / 2, 0, 0)) for s in (-1, 1)
    ]
    inner = width - 2 * thick
    boards += [((inner, depth - 0.008, thick), (0, -0.004, z)) for z in levels]
    boards += [((inner, depth, thick), (0, 0, height - thick))]
    boards += [((inner, thick * 0.8, levels[0]), (0, -depth / 2 + 0.03, 0))]
    back: Board = ((inner, 0.006, height - 0.06), (0, depth / 2 - 0.004, 0.06))
    parts = [
        Part(planks(boards, 0.0015, 5, 0.9), wooden(66, OAK, "oak", 0.45, 640)),
        Part(planks([back], 0.001, 6), plastic("back", "#e9e4da", 0.7)),
    ]
    return Asset(
        "Shelf unit",
        "furniture",
        "An open shelf unit of oak with three boards.",
        24.0,
        parts,
        [box_points(*b) for b in [*boards, back]],
    )


OBJECTS: dict[str, Callable[[], Asset]] = {
    "table_dining": table_dining,
    "table_round": table_round,
    "table_coffee": table_coffee,
    "shelf_unit": shelf_unit,
}
