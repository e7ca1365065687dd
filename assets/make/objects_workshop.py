"""A torch and scissors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import laid, plastic, rubber, steel
from objects_model import Asset, Material, Part, hull_points, sliced
from shapes import Array, Surface, from_solid, join, lathe, moved, stretched, turned
from shapes_field import extruded, minus, oval, polygon, solid_of, union
from shapes_outline import fillet
from textures import normal_map

TORCH_TAIL = fillet(
    [
        (0, 0),
        (0.0125, 0, 0.001),
        (0.0145, 0.003, 0.001),
        (0.0145, 0.016, 0.001),
        (0.0135, 0.0175),
        (0.0135, 0.02),
    ],
    3,
)
TORCH_HEAD = fillet(
    [
        (0.0135, 0.098),
        (0.0135, 0.101),
        (0.0148, 0.102, 0.0005),
        (0.0148, 0.106, 0.0005),
        (0.0135, 0.107),
        (0.0145, 0.112, 0.004),
        (0.0215, 0.13, 0.004),
        (0.0215, 0.134),
        (0.0225, 0.135, 0.0006),
        (0.0225, 0.15, 0.001),
        (0.0195, 0.15, 0.0006),
        (0.0192, 0.1475),
    ],
    3,
)


def flashlight() -> Asset:
    """A black torch with a wide head."""
    grip = _knurled()
    smooth = Material("shell", "#2a2c30", 0.6, 0.35)
    barrel = [(0.0135, 0.02), (0.0135, 0.098)]
    lens = [(0.0192, 0.1475), (0.0, 0.1482)]
    cone = [(0.0192, 0.1476), (0.0165, 0.1478)]
    button = fillet([(0.0055, -0.002), (0.0055, 0.0012, 0.0008), (0, 0.0014)])
    switch = moved(turned(stretched(lathe(button, 20), 1, 1.5), "x", 90), 0, -0.0138, 0.084)
    parts = laid(
        [
            Part(lathe(TORCH_TAIL, 40), smooth),
            Part(lathe(barrel, 40), grip),
            Part(lathe(TORCH_HEAD, 48), smooth),
            Part(lathe(cone, 40), Material("reflector", "#e4e6e8", 1.0, 0.15)),
            Part(lathe(lens, 40), Material("lens", "#f5f1d8", 0.0, 0.05)),
            Part(switch, rubber("switch", "#c4491c")),
        ],
        -3.35,
    )
    body = join([p.surface for p in parts[:3]])
    return Asset(
        "Flashlight",
        "flashlight",
        "A black aluminium flashlight.",
        0.19,
        parts,
        sliced([body], 0, [0.032, 0.056]),
    )


def _knurled() -> Material:
    """Black metal with a pattern of small diamonds."""
    knurl = np.arange(256) / 256 * 24 * np.pi
    return Material(
        "knurl",
        "#26282b",
        0.6,
        0.5,
        normal_picture=normal_map(
            np.abs(np.sin(knurl[None, :] + knurl[:, None]))
            + np.abs(np.sin(knurl[None, :] - knurl[:, None])),
            1.2,
        ),
    )


def scissors() -> Asset:
    """A pair of scissors with orange handles, slightly open."""
    handles, blades = [], []
    for side in (1, -1):
        ring = minus(oval(-0.071, 0.0205, 0.031, 0.0185), oval(-0.071, 0.0205, 0.0225, 0.0105))
        arm = polygon(
            [
                (-0.048, 0.0225),
                (-0.03, 0.012),
                (-0.006, 0.003),
                (0.002, -0.004),
                (-0.006, -0.0075),
                (-0.03, -0.001),
                (-0.05, 0.008),
            ]
        )
        grip = extruded(union(ring, arm, blend=0.008), -0.0042, 0.0042, 0.003)
        blade = extruded(
            polygon(
                [
                    (-0.02, 0.0075),
                    (-0.004, 0.004),
                    (0.012, 0.0045),
                    (0.105, -0.0022),
                    (0.106, -0.0032),
                    (0.02, -0.0075),
                    (0.0, -0.0078),
                    (-0.02, -0.001),
                ]
            ),
            0.0,
            0.0015,
            0.0003,
        )
        plastic_part = from_solid(
            solid_of(grip, (-0.103, -0.02, -0.0045), (0.004, 0.042, 0.0045), 0.0018, 0.0002),
            0.1,
            50,
        )
        steel_part = from_solid(
            solid_of(blade, (-0.021, -0.008, 0), (0.107, 0.0085, 0.0016), 0.0008, 0.0001), 0.05, 30
        )
        handles.append(_posed(plastic_part, side))
        blades.append(_posed(steel_part, side))
    rivet = lathe(fillet([(0.0042, 0.0), (0.0042, 0.0026, 0.0006), (0, 0.003)]), 24)
    rivet = moved(rivet, 0, 0, 0.0046)
    parts = [
        Part(join(handles), plastic("handle", "#e2601c", 0.4)),
        Part(join([*blades, rivet]), steel(44)),
    ]
    hulls = [h for s in handles for h in _around(s)] + [hull_points([b], 60) for b in blades]
    return Asset(
        "Scissors", "scissors", "A pair of scissors with orange handles.", 0.09, parts, hulls
    )


def _posed(half: Surface, side: int) -> Surface:
    """One half of the scissors, opened to its side; the other half is turned over."""
    flipped = half if side > 0 else turned(half, "x", 180)
    return moved(turned(flipped, "z", side * 7.0), z=0.0042)


def _around(handle: Surface) -> list[Array]:
    """A finger ring as four convex pieces around its hole."""
    center = handle.vertices[handle.vertices[:, 0] < -0.04].mean(axis=0)
    pieces = sliced([handle], 0, [center[0] - 0.019, center[0] + 0.017])
    middle = pieces.pop(1)
    return [*pieces, middle[middle[:, 1] > center[1]], middle[middle[:, 1] < center[1]]]


OBJECTS: dict[str, Callable[[], Asset]] = {
    "flashlight": flashlight,
    "scissors": scissors,
}
