"""A G-clamp."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import plastic
from objects_model import Asset, Material, Part, box_points
from shapes import Array, Surface, from_solid, join, lathe, moved, turned
from shapes_field import extruded, minus, polygon, rod, solid_of, union
from shapes_outline import fillet

AXIS = -0.036  # x of the screw
OUTER = fillet(
    [
        (-0.047, -0.058),
        (0.032, -0.058, 0.016),
        (0.032, 0.058, 0.016),
        (-0.047, 0.058),
        (-0.047, 0.036),
        (0.004, 0.036, 0.01),
        (0.004, -0.036, 0.01),
        (-0.047, -0.036),
    ],
    6,
    True,
)
RECESS = fillet(
    [
        (-0.03, -0.053),
        (0.027, -0.053, 0.012),
        (0.027, 0.053, 0.012),
        (-0.03, 0.053),
        (-0.03, 0.041),
        (0.009, 0.041, 0.008),
        (0.009, -0.041, 0.008),
        (-0.03, -0.041),
    ],
    6,
    True,
)
PAD = fillet(
    [
        (0, -0.004),
        (0.0095, -0.004, 0.001),
        (0.0095, 0, 0.001),
        (0.006, 0.006, 0.002),
        (0.0052, 0.006),
    ]
)
HUB = fillet([(0, -0.011), (0.0075, -0.011, 0.001), (0.0075, 0.006, 0.001), (0, 0.006)])
BAR = fillet(
    [
        (0, -0.033),
        (0.0042, -0.033, 0.001),
        (0.0042, -0.029, 0.001),
        (0.0027, -0.029),
        (0.0027, 0.029),
        (0.0042, 0.029, 0.001),
        (0.0042, 0.033, 0.001),
        (0, 0.033),
    ]
)


def clamp() -> Asset:
    """A G-clamp with a red frame, lying on its side."""
    red = _frame()
    shift = np.array([0.0185, -0.028, -float(red.vertices[:, 2].min())])
    parts = [
        Part(moved(red, *shift), plastic("paint", "#b8231d", 0.35)),
        Part(moved(_screw(), *shift), Material("steel", "#b9bcc0", 1.0, 0.36)),
    ]
    text = "A red G-clamp with a sliding bar."
    return Asset("G-clamp", "clamp", text, 0.55, parts, _hulls(shift))


def _frame() -> Surface:
    """The ribbed frame with its threaded boss and its anvil."""
    web = minus(
        extruded(polygon(OUTER), -0.0105, 0.0105, 0.0028),
        extruded(polygon(RECESS), 0.0055, 0.02, 0.0005),
        extruded(polygon(RECESS), -0.02, -0.0055, 0.0005),
        blend=0.002,
    )
    bossed = union(web, rod(1, (AXIS, 0.047, 0), 0.0105, 0.028, 0.0025), blend=0.003)
    whole = union(bossed, rod(1, (AXIS, -0.036, 0), 0.0103, 0.012, 0.0015), blend=0.002)
    low, high = (-0.05, -0.06, -0.0128), (0.034, 0.063, 0.0128)
    return from_solid(solid_of(whole, low, high, 0.0022, 0.0002), 0.1, 45)


def _screw() -> Surface:
    """The screw with its pad, hub and sliding bar."""
    return join(
        [
            moved(turned(lathe(_thread(0.0052, 0.09), 14), "x", 90), AXIS, 0.098),
            moved(turned(lathe(PAD, 28), "x", -90), AXIS, 0.004),
            moved(turned(lathe(HUB, 24), "x", 90), AXIS, 0.103),
            moved(turned(lathe(BAR, 20), "y", 90), AXIS, 0.105),
        ]
    )


def _thread(radius: float, length: float) -> list[tuple[float, float]]:
    """The zigzag profile of a screw thread."""
    heights = np.linspace(0, length, 73)
    zigzag = [(radius if i % 2 else radius * 0.82, float(z)) for i, z in enumerate(heights)]
    return [(0.0, 0.0), *zigzag, (0.0, length)]


def _hulls(shift: Array) -> list[Array]:
    """Three bars of the frame, the round parts around the screw's axis, and the sliding bar."""
    bars = [((0.028, 0.114, 0.0208), 0.018, 0.0)]
    bars += [((0.078, 0.0215, 0.0208), -0.0075, y) for y in (0.047, -0.047)]
    rods = [
        _lying(0.0103, 0.033, 0.061),
        _lying(0.01, -0.0415, -0.03),
        _lying(0.0052, 0.006, 0.098),
        _lying(0.0092, 0.0, 0.006),
        _lying(0.0073, 0.097, 0.114),
    ]
    flat = shift * [1, 1, 0]
    return [
        *[box_points(size, (x, y, 0) + flat) for size, x, y in bars],
        *[points + flat for points in rods],
        box_points((0.066, 0.007, 0.007), (AXIS, 0.105, 0.0069) + flat),
    ]


def _lying(radius: float, low: float, high: float) -> Array:
    """Points of a cylinder along the screw's axis, at the height of the frame's middle."""
    t = 2 * np.pi * np.arange(16) / 16
    around = [(AXIS + radius * np.sin(a), 0.0104 - radius * np.cos(a)) for a in t]
    return np.array([[x, y, z] for x, z in around for y in (low, high)])


OBJECTS: dict[str, Callable[[], Asset]] = {"clamp": clamp}
