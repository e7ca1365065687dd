"""Tools."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from objects_common import BEECH, grained, laid, plastic, wooden
from objects_model import Asset, Material, Part, hull_points, sliced
from shapes import (
    Array,
    Surface,
    from_solid,
    join,
    lathe,
    loft,
    moved,
    raised,
    retiled,
    sweep,
    turned,
)
from shapes_field import (
    Field,
    block,
    common,
    disc,
    extruded,
    minus,
    polygon,
    rod,
    slab,
    solid_of,
    union,
)
from shapes_outline import ellipse, fillet
from textures import worn


def screwdriver() -> Asset:
    """A crosshead screwdriver with a red and black handle."""
    steps = [
        (0.0, 0.0065, 0),
        (0.001, 0.0085, 0),
        (0.003, 0.0095, 0),
        (0.012, 0.0098, 0),
        (0.016, 0.0105, 0),
        (0.024, 0.0135, 0.0008),
        (0.034, 0.0148, 0.0024),
        (0.06, 0.0155, 0.0026),
        (0.082, 0.0152, 0.0024),
        (0.088, 0.0148, 0.0006),
    ]
    black = loft([_fluted(z, r, d) for z, r, d in steps])
    butt = [
        (0.0875, 0.0147, 0),
        (0.09, 0.0147, 0),
        (0.097, 0.0138, 0),
        (0.1005, 0.0115, 0),
        (0.102, 0.008, 0),
    ]
    red = loft([_fluted(z, r, d) for z, r, d in butt])
    collar = lathe(
        fillet([(0.0104, 0.0125), (0.0112, 0.0132), (0.0112, 0.0158), (0.0108, 0.0165)]), 32
    )
    shaft = lathe(
        fillet([(0, -0.104), (0.0008, -0.104), (0.0031, -0.099, 0.001), (0.0031, 0.001)]), 20
    )
    wings = _cross_tip()
    shank = Material("shaft", "#d4d6d9", 1.0, 0.28)
    parts = laid(
        [
            Part(retiled(black, 0.03), grained("grip", "#222326", 41, 0.62)),
            Part(join([red, collar]), plastic("red", "#c4221d", 0.3)),
            Part(shaft, shank),
            Part(wings, Material("tip", "#4c4e52", 1.0, 0.45)),
        ],
        -3.6,
    )
    handle = join([parts[0].surface, parts[1].surface])
    hulls = sliced([handle], 0, [0.026]) + [hull_points([parts[2].surface, parts[3].surface], 60)]
    return Asset(
        "Screwdriver",
        "screwdriver",
        "A crosshead screwdriver with a red and black grip.",
        0.11,
        parts,
        hulls,
    )


def _fluted(z: float, radius: float, depth: float) -> Array:
    """A ring with six rounded grooves."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    r = radius - depth * np.clip(np.cos(6 * t) * 1.4 - 0.4, 0, 1) ** 0.8
    return np.stack([r * np.cos(t), r * np.sin(t), np.full(48, z)], axis=1)


def _cross_tip() -> Surface:
    """Four ridges of a crosshead tip around the end of the shaft."""
    ridges = []
    for angle in (0, 90):
        rings = [
            raised(ellipse(w, 0.0013, 12), z)
            for z, w in (
                (-0.106, 0.0015),
                (-0.1055, 0.0024),
                (-0.1005, 0.0064),
                (-0.094, 0.0066),
                (-0.09, 0.0058),
            )
        ]
        ridges.append(turned(loft(rings), "z", angle + 45))
    return join(ridges)


def hammer() -> Asset:
    """A claw hammer with a wooden handle, lying on its side."""
    thick = 0.014
    poll = union(
        rod(1, (0, -0.05, 0), 0.0138, 0.018, 0.0018),
        rod(1, (0, -0.035, 0), 0.0105, 0.024, 0.002),
        block((0, -0.009, 0), (0.027, 0.034, 0.0275), 0.005),
        blend=0.006,
    )
    claw = _claw()
    eye = block((0, -0.006, 0), (0.033, 0.026, 0.0275), 0.004)
    head = common(
        union(poll, claw, eye, blend=0.006), block((0, 0, 0), (0.2, 0.3, 2 * thick), 0.0005), 0.002
    )
    iron = from_solid(
        solid_of(head, (-0.03, -0.062, -0.015), (0.06, 0.075, 0.015), 0.0016, 0.00012), 0.05, 45
    )
    stations = [
        (-0.021, 0.0115, 0.0085),
        (-0.019, 0.0125, 0.0095),
        (0.02, 0.0125, 0.0095),
        (0.06, 0.0115, 0.009),
        (0.12, 0.012, 0.0095),
        (0.17, 0.0155, 0.0125),
        (0.235, 0.0165, 0.0135),
        (0.275, 0.0178, thick),
        (0.282, 0.017, 0.0132),
        (0.285, 0.013, 0.01),
    ]
    xs = np.array([s[0] for s in stations])
    path = np.stack([xs, np.full(len(xs), -0.006), 0 * xs], axis=1)
    grip = sweep(path, [ellipse(2 * a, 2 * b, 28) for _, a, b in stations], (0, 1, 0))
    uv = np.stack(
        [grip.vertices[:, 0] / 0.3, grip.vertices[:, 1] / 0.3 + grip.vertices[:, 2] / 0.3], axis=1
    )
    grip = Surface(grip.vertices, grip.normals, uv, grip.faces)
    metal = Material("iron", "#8d9095", 1.0, 1.0, rough_picture=worn(42, (0.32, 0.5), size=128))
    parts = [
        Part(moved(iron, -0.125, 0.0, thick), metal),
        Part(moved(grip, -0.125, 0.0, thick), wooden(43, BEECH, roughness=0.45, size=384)),
    ]
    hulls = sliced([parts[1].surface], 0, [0.02]) + sliced(
        [parts[0].surface], 1, [-0.03, 0.018, 0.05]
    )
    return Asset("Claw hammer", "hammer", "A claw hammer with a wooden handle.", 0.62, parts, hulls)


def _claw() -> Field:
    """A forked wedge that bends towards the handle."""
    side = polygon(
        [
            (-0.0135, 0.0),
            (0.0135, 0.0),
            (0.012, 0.02),
            (0.0165, 0.04),
            (0.028, 0.058),
            (0.041, 0.071),
            (0.039, 0.0725),
            (0.018, 0.061),
            (0.001, 0.045),
            (-0.0095, 0.024),
        ]
    )

    def wide(p: Array) -> Array:
        half = 0.0105 + 0.035 * np.clip(p[:, 1], 0, 0.07) * 0.1
        return np.maximum(side(p), np.abs(p[:, 2]) - half)

    notch = extruded(polygon([(0.0, 0.028), (0.0055, 0.09), (-0.0055, 0.09)]), -0.1, 0.1, 0.0005)
    return minus(lambda p: wide(p) - 0.0012, lambda p: notch(p[:, [2, 1, 0]]), blend=0.003)


def wrench() -> Asset:
    """A combination spanner: one open end, one ring."""
    shank = slab(0, 0, 0.13, 0.0125, 0.005)
    jaw = minus(
        union(disc(-0.075, 0, 0.0175), slab(-0.07, 0, 0.02, 0.016), blend=0.012),
        _tilted(slab(-0.0865, 0, 0.036, 0.0134, 0.001), (-0.075, 0.0), 15),
        blend=0.001,
    )
    ring = disc(0.078, 0, 0.0142)
    flat = union(
        extruded(shank, -0.0026, 0.0026, 0.0018),
        extruded(jaw, -0.0042, 0.0042, 0.0012),
        extruded(ring, -0.0052, 0.0052, 0.0016),
        blend=0.006,
    )
    hole = extruded(_star(0.078, 0.0, 0.0088), -0.02, 0.02, 0.0001)
    panel = [
        extruded(slab(0, 0, 0.095, 0.006, 0.003), z, z + 0.02, 0.0003) for z in (0.0021, -0.0221)
    ]
    body = minus(minus(flat, hole, blend=0.0012), *panel, blend=0.0006)
    solid = solid_of(body, (-0.095, -0.019, -0.0055), (0.094, 0.019, 0.0055), 0.0009, 0.00012)
    surface = from_solid(solid, 0.05, 45)
    low, high = solid.bounds
    surface = moved(surface, -(low[0] + high[0]) / 2, 0, -low[2])
    chrome = Material("chrome", "#cfd2d6", 1.0, 0.3)
    hulls = sliced([surface], 0, [-0.072, -0.055, 0.06])
    jaws = hulls.pop(0)
    hulls += [jaws[jaws[:, 1] > 0.0045], jaws[jaws[:, 1] < -0.0045]]
    return Asset(
        "Combination spanner",
        "wrench",
        "A chrome combination spanner.",
        0.14,
        [Part(surface, chrome)],
        hulls,
    )


def _tilted(field: Field, pivot: tuple[float, float], angle_deg: float) -> Field:
    """The outline turned about a pivot."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))

    def turned_field(p: Array) -> Array:
        q = p[:, :2] - pivot
        return field(
            np.stack([c * q[:, 0] + s * q[:, 1], c * q[:, 1] - s * q[:, 0]], axis=1) + pivot
        )

    return turned_field


def _star(x: float, y: float, radius: float) -> Field:
    """The twelve-cornered opening of a ring spanner."""
    t = np.arange(24) * np.pi / 12
    r = np.where(np.arange(24) % 2, 0.9, 1.0) * radius
    return polygon(np.stack([x + r * np.cos(t), y + r * np.sin(t)], axis=1))


OBJECTS: dict[str, Callable[[], Asset]] = {
    "screwdriver": screwdriver,
    "hammer": hammer,
    "wrench": wrench,
}
