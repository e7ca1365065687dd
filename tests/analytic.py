"""A library of shapes with known sizes and masses, and short recipes around them."""

from typing import Any

import numpy as np

from scenegen.assets.model import Asset, AssetInfo, Body
from scenegen.geometry import box_corners, rotation_about
from scenegen.recipe import Recipe
from scenegen.scene import Scene, SceneObject

RADIUS = 0.04


def box(size, center=(0, 0, 0)):
    return box_corners(center, size)


def ball(radius=RADIUS, count=400):
    """Points spread evenly on a sphere, its poles among them."""
    z = np.linspace(-1, 1, count)
    turn = np.arange(count) * np.pi * (3 - 5**0.5)
    ring = np.sqrt(1 - z**2)
    return radius * np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])


def rod(radius=0.004, length=0.2):
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
    ends = [np.column_stack([np.full(12, x), ring]) for x in (-length / 2, length / 2)]
    tips = [[-length / 2 - radius, 0, 0], [length / 2 + radius, 0, 0]]
    return np.vstack([*ends, tips])


def cup(radius=0.06, height=0.08, wall=0.004, sides=12):
    """Open on top; its walls are separate convex parts around a hollow."""
    width = 2 * radius * np.tan(np.pi / sides) + wall
    upright = box([wall, width, height], [radius, 0, height / 2])
    turns = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    walls = [upright @ rotation_about([0, 0, 1], turn).T for turn in turns]
    angle = turns + np.pi / sides
    rim = radius / np.cos(np.pi / sides) * np.column_stack([np.cos(angle), np.sin(angle)])
    bottom = np.vstack([np.column_stack([rim, np.full(sides, z)]) for z in (0, wall)])
    return [bottom, *walls]


def tote(x=0.6, y=0.4, z=0.2, wall=0.004):
    return [
        box([x, y, wall], [0, 0, wall / 2]),
        *(box([wall, y, z], [s * x / 2, 0, z / 2]) for s in (-1, 1)),
        *(box([x, wall, z], [0, s * y / 2, z / 2]) for s in (-1, 1)),
    ]


def shelf():
    """Boards at 0, 0.3 and 0.6 m between two sides."""
    boards = [box([0.8, 0.3, 0.02], [0, 0, z - 0.01]) for z in (0.02, 0.32, 0.62)]
    return [*boards, *(box([0.02, 0.3, 0.6], [s * 0.4, 0, 0.3]) for s in (-1, 1))]


SHAPES: dict[str, tuple[str, list[Any]]] = {
    "ball": ("ball", [ball()]),
    "brick": ("brick", [box([0.2, 0.1, 0.06])]),
    "cup": ("cup", cup()),
    "dice": ("dice", [box([0.02, 0.02, 0.02])]),
    "lopsided": ("brick", [box([0.2, 0.1, 0.06], [0.1, 0.02, 0.03])]),
    "marble": ("ball", [ball(0.012)]),
    "plate": ("plate", [box([0.2, 0.15, 0.006])]),
    "rod": ("rod", [rod()]),
    "shelf": ("furniture", shelf()),
    "table": (
        "furniture",
        [box([1.4, 0.8, 0.03], [0, 0, 0.735]), box([0.1, 0.1, 0.72], [0, 0, 0.36])],
    ),
    "tote": ("container", tote()),
}


class Shapes:
    """Stands in for `scenegen.assets.library.Library`."""

    roots: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._assets = {name: _asset(name, *shape) for name, shape in SHAPES.items()}

    def ids(self):
        return tuple(sorted(self._assets))

    def info(self, asset_id):
        return self._assets[asset_id].info

    def load(self, asset_id):
        return self._assets[asset_id]

    def materials(self):
        return ("oak", "steel")

    def environments(self):
        return ("studio",)


def _asset(name, category, parts, mass=0.3):
    points = np.vstack(parts)
    bounds = np.array([points.min(axis=0), points.max(axis=0)])
    x, y, z = bounds[1] - bounds[0]
    inertia = mass / 12 * np.diag([y * y + z * z, x * x + z * z, x * x + y * y])
    body = Body(tuple(parts), mass, bounds.mean(axis=0), inertia)
    return Asset(AssetInfo(name, category, ""), (), bounds, lambda: body)


LIBRARY: Any = Shapes()


def recipe(**changes):
    """A small recipe: a ball on a floor, one sun, one camera."""
    plain = {
        "name": "test",
        "objects": [{"ids": ["ball"]}],
        "lights": [{"sun": {"elevation_deg": 90}}],
        "backdrop": {"floor": {"size": 4}},
        "cameras": [{"pose": {"shell": {"radius": 1, "azimuth_deg": 0, "elevation_deg": 40}}}],
        "captures": {"at_rest": True},
    }
    return Recipe.model_validate(plain | changes)


def furnished(asset, **changes):
    """The same with one piece of furniture that objects are dropped onto."""
    pieces = {"furniture": [{"name": asset, "asset": asset}], "drop": {"onto": asset}}
    return recipe(**(pieces | changes))


def scene(recipe, *things, index=0):
    """A scene before physics with objects (asset, position, rotation) of group 0, nothing drawn."""
    from scenegen.sample import sample_scene

    empty = sample_scene(recipe, LIBRARY, index)
    objects = []
    for number, (asset, position, *rotation) in enumerate(things, start=1):
        pose = np.eye(4)
        pose[:3, 3] = position
        pose[:3, :3] = rotation[0] if rotation else np.eye(3)
        category = LIBRARY.info(asset).category
        objects.append(SceneObject(number, asset, category, "target", pose))
    return Scene(index, 0, tuple(objects), empty.fixtures, empty.lights, empty.backdrop)
