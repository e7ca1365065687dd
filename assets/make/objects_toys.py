"""Toys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import trimesh
from objects_common import plastic
from objects_model import Asset, Material, Part, box_points, hull_points, sliced
from shapes import Array, Surface, from_solid, join, lathe, moved, solid_from, turn, turned
from shapes_box import rounded_box
from shapes_field import ball, block, egg, minus, solid_of, union
from shapes_outline import fillet
from textures import blend, bumps, generator, noise, picture
from textures_print import Sheet


def _directions(height: int) -> Array:
    """The unit vector (height, 2 height, 3) seen by each pixel of a lathed sphere's texture."""
    polar = (np.arange(height) + 0.5) / height * np.pi
    angle = np.pi / 2 + 2 * np.pi * (np.arange(2 * height) + 0.5) / (2 * height)
    x, y = (
        np.cos(angle)[None] * np.sin(polar)[:, None],
        np.sin(angle)[None] * np.sin(polar)[:, None],
    )
    return np.stack([x, y, np.cos(polar)[:, None] + 0 * x], axis=-1)


def sphere(radius: float, segments: int = 44) -> Surface:
    """A lathed sphere resting on z = 0."""
    t = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    profile = np.stack([radius * np.cos(t), radius * np.sin(t) + radius], axis=1)
    return lathe(profile, segments, 60)


def football() -> Asset:
    """A small football with black pentagons."""
    solid = trimesh.creation.icosahedron()
    black = np.asarray(solid.vertices)
    white = np.asarray(solid.triangles_center)
    white = white / np.linalg.norm(white, axis=1, keepdims=True)
    way = _directions(512) @ turn("x", 20).T
    to_black, to_white = way @ black.T, way @ white.T
    closeness = np.sort(np.concatenate([to_black * 1.022, to_white], axis=-1), axis=-1)
    seam = closeness[..., -1] - closeness[..., -2]
    is_black = to_black.max(axis=-1) * 1.022 > to_white.max(axis=-1)
    base = np.where(is_black[..., None], [28, 28, 31], [238, 238, 234]).astype(float)
    base *= np.clip(0.45 + seam / 0.012, 0, 1)[..., None]
    skin = Material(
        "leather",
        "#ffffff",
        0.0,
        0.38,
        picture=picture(base).resize((512, 256)),
        normal_picture=bumps(31, 3, 0.7),
    )
    body = sphere(0.075)
    return Asset(
        "Football",
        "ball",
        "A small football with black pentagons.",
        0.2,
        [Part(body, skin)],
        [hull_points([body], 400)],
    )


def tennis_ball() -> Asset:
    """A yellow tennis ball with its white seam."""
    t = np.linspace(0, 2 * np.pi, 400)
    a, b = 0.75, 0.25
    curve = np.stack(
        [
            a * np.cos(t) + b * np.cos(3 * t),
            a * np.sin(t) - b * np.sin(3 * t),
            2 * np.sqrt(a * b) * np.sin(2 * t),
        ],
        axis=1,
    )
    curve /= np.linalg.norm(curve, axis=1, keepdims=True)
    way = (_directions(256) @ turn("x", 35).T).reshape(-1, 3)
    near = np.max([way @ c for c in curve], axis=0).reshape(256, 512)
    fuzz = noise((256, 512), (2, 2), rng=generator(32)) - 0.5
    base = blend(("#b9cc2c", "#cfe03c", "#deec63"), 0.5 + fuzz)
    line = np.clip((0.058 - np.arccos(np.clip(near, -1, 1)) + fuzz * 0.02) / 0.012, 0, 1)
    base = base + (np.array([240, 240, 232]) - base) * line[..., None]
    felt = Material(
        "felt", "#ffffff", 0.0, 0.95, picture=picture(base), normal_picture=bumps(33, 2, 3.0)
    )
    body = sphere(0.0335, 40)
    return Asset(
        "Tennis ball",
        "ball",
        "A yellow tennis ball.",
        0.058,
        [Part(body, felt)],
        [hull_points([body], 400)],
    )


def die() -> Asset:
    """A white die with black pips."""
    sheet = Sheet(384, 256, "#f4f1e8")
    spots = {
        1: [(1, 1)],
        2: [(0, 0), (2, 2)],
        3: [(0, 0), (1, 1), (2, 2)],
        4: [(0, 0), (0, 2), (2, 0), (2, 2)],
        5: [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)],
        6: [(0, 0), (0, 1), (0, 2), (2, 0), (2, 1), (2, 2)],
    }
    atlas = {}
    places = zip(("front", "right", "top", "bottom", "left", "back"), range(6), strict=True)
    for side, i in places:
        x, y = 128 * (i % 3), 128 * (i // 3)
        for column, row in spots[i + 1]:
            color = "#b3201c" if i == 0 else "#151517"
            sheet.circle(x + 36 + 28 * column, y + 36 + 28 * row, 14 if i == 0 else 10.5, color)
        atlas[side] = (x / 384, y / 256, (x + 128) / 384, (y + 128) / 256)
    white = Material("print", "#ffffff", 0.0, 0.25, picture=sheet.done())
    size = (0.019, 0.019, 0.019)
    cube = rounded_box(size, 0.0026, atlas, 3)
    return Asset(
        "Die", "die", "A large white die.", 0.009, [Part(cube, white)], [hull_points([cube], 200)]
    )


def brick_red() -> Asset:
    """A building brick with two by four studs, hollow below."""
    pitch, height = 0.016, 0.0192
    length, width = 4 * pitch - 0.0004, 2 * pitch - 0.0004
    outer = solid_from(rounded_box((length, width, height), 0.0007, steps=2))
    room = trimesh.creation.box((length - 0.006, width - 0.006, height - 0.003))
    room.apply_translation((0, 0, (height - 0.003) / 2 - 1e-4))
    hollow = trimesh.boolean.difference([outer, room], engine="manifold")
    stud = fillet([(0.0049, -0.001), (0.0049, 0.0036, 0.0005), (0, 0.0036)], 3)
    tube = [(0.0049, height - 0.002), (0.0049, 0.0003), (0.0065, 0.0003), (0.0065, height - 0.002)]
    shell = from_solid(hollow, 0.1, 50)
    studs = [
        moved(lathe(stud, 24), (i - 1.5) * pitch, (j - 0.5) * pitch, height)
        for i in range(4)
        for j in range(2)
    ]
    tubes = [moved(lathe(tube[::-1], 20), (i - 1) * pitch) for i in range(3)]
    tubes = [Surface(t.vertices, -t.normals, t.uv, t.faces[:, ::-1]) for t in tubes]
    hulls = [box_points((length, width, height))]
    hulls += [s.vertices for s in studs]
    return Asset(
        "Building brick",
        "building_brick",
        "A large red building brick, two by four.",
        0.018,
        [Part(join([shell, *studs, *tubes]), plastic("red", "#c8201c", 0.2))],
        hulls,
    )


def rubber_duck() -> Asset:
    """A yellow rubber duck, looking to the front."""
    trunk = union(
        egg((0, 0, 0.031), (0.043, 0.034, 0.031)),
        egg((-0.037, 0, 0.046), (0.014, 0.013, 0.011)),
        blend=0.03,
    )
    head = ball((0.02, 0, 0.078), 0.0245)
    figure = union(trunk, head, blend=0.014)
    wings = [egg((-0.008, s * 0.0315, 0.037), (0.022, 0.0065, 0.0145)) for s in (-1, 1)]
    figure = union(figure, *wings, blend=0.004)
    figure = minus(figure, block((0, 0, -0.02), (0.2, 0.2, 0.05), 0.001), blend=0.004)
    yellow = from_solid(
        solid_of(figure, (-0.052, -0.042, 0.002), (0.05, 0.042, 0.104), 0.003, 0.00015), 0.1, 60
    )
    bill = union(
        egg((0.045, 0, 0.0745), (0.0125, 0.0115, 0.0042)),
        egg((0.043, 0, 0.0695), (0.0095, 0.0095, 0.0035)),
        blend=0.002,
    )
    orange = from_solid(
        solid_of(bill, (0.03, -0.013, 0.064), (0.06, 0.013, 0.08), 0.0016, 0.0001), 0.1, 60
    )
    eyes, shine = [], []
    for s in (-1, 1):
        eyes.append(moved(sphere(0.0042, 18), 0.0365, s * 0.0128, 0.0815))
        shine.append(moved(sphere(0.0013, 10), 0.0402, s * 0.0142, 0.0865))
    parts = [
        (yellow, plastic("yellow", "#f7c916", 0.3)),
        (orange, plastic("bill", "#ee6a12", 0.32)),
        (join(eyes), plastic("eye", "#121214", 0.12)),
        (join(shine), plastic("shine", "#ffffff")),
    ]
    placed = [
        Part(moved(turned(s, "z", -90), z=-float(yellow.vertices[:, 2].min())), m) for s, m in parts
    ]
    hulls = [*sliced([placed[0].surface], 2, [0.03, 0.056]), hull_points([placed[1].surface], 60)]
    return Asset("Rubber duck", "rubber_duck", "A yellow rubber duck.", 0.055, placed, hulls)


OBJECTS: dict[str, Callable[[], Asset]] = {
    "football": football,
    "tennis_ball": tennis_ball,
    "die": die,
    "brick_red": brick_red,
    "rubber_duck": rubber_duck,
}
