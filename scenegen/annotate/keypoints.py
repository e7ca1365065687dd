"""Named points of objects: where a camera sees them, and what hides them. docs/labels.md defines it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from scenegen import geometry, lens
from scenegen.annotate.cuboids import NEAR, vec3
from scenegen.annotate.sight import Flags, Surface, hidden
from scenegen.assets.library import Library
from scenegen.assets.model import Asset
from scenegen.geometry import Array
from scenegen.recipe.outputs import Farthest
from scenegen.scene import Backdrop, Camera, Keypoint, Scene, SceneObject

State = Literal["visible", "self_occluded", "occluded", "outside"]
Rule = Literal["box"] | Farthest
BOX_NAMES = (*(f"corner_{number}" for number in range(8)), "center")
KEPT = 128
"""Meshes and point sets that are remembered."""


@dataclass(frozen=True, eq=False)
class _Points:
    """The points of one object: in its own frame, the camera's (N, 3) and the picture (N, 2)."""

    owner: int
    names: tuple[str, ...]
    object: Array
    camera: Array
    image: Array
    inside: Flags


def keypoints_of(
    scene: Scene, library: Library, camera: Camera, rule: Rule
) -> dict[int, tuple[Keypoint, ...]]:
    """The keypoints of every object of a scene, by instance id.

    They are those that the asset names; `rule` is for assets that name none.
    """
    sets = [_seen(thing, library, camera, rule) for thing in scene.objects]
    if not sets:
        return {}
    inside = np.concatenate([points.inside for points in sets])
    owner = np.repeat([points.owner for points in sets], [len(points.names) for points in sets])
    places = np.ascontiguousarray(np.concatenate([points.camera for points in sets])[inside].T)
    by_self, by_any = np.zeros((2, len(owner)), bool)
    for number, surface in _surfaces(scene, library, camera):
        crossed = hidden(places, surface)
        by_self[inside] |= crossed & (owner[inside] == number)
        by_any[inside] |= crossed
    states = np.select(
        [~inside, by_self, by_any], ["outside", "self_occluded", "occluded"], "visible"
    ).tolist()
    ends = np.cumsum([len(points.names) for points in sets])
    return {
        points.owner: _labels(points, states[end - len(points.names) : end])
        for points, end in zip(sets, ends.tolist(), strict=True)
    }


def _seen(thing: SceneObject, library: Library, camera: Camera, rule: Rule) -> _Points:
    names, places = _named(library.load(thing.asset_id), rule)
    places = places * thing.scale
    pose = geometry.inverse(camera.world_from_camera) @ thing.world_from_object
    in_camera = geometry.apply(pose, places)
    image = lens.project(camera, in_camera)
    image[~(in_camera[:, 2] > NEAR)] = np.nan
    size = np.array([camera.width, camera.height])
    inside = np.all((image >= -0.5) & (image < size - 0.5), axis=1)
    return _Points(thing.instance_id, names, places, in_camera, image, inside)


def _labels(points: _Points, states: list[State]) -> tuple[Keypoint, ...]:
    return tuple(
        Keypoint(
            name=name,
            object=vec3(place),
            camera=vec3(in_camera),
            image=None if np.isnan(x) else (float(x), float(y)),
            state=state,
        )
        for name, place, in_camera, (x, y), state in zip(
            points.names, points.object, points.camera, points.image, states, strict=True
        )
    )


# ---------------------------------------------------------------------------- which points


def _named(asset: Asset, rule: Rule) -> tuple[tuple[str, ...], Array]:
    """Names and (N, 3) places in the object frame, before scaling."""
    if asset.info.keypoints:
        names, places = zip(*asset.info.keypoints, strict=True)
        return names, np.array(places)
    if isinstance(rule, Farthest):
        spread = _farthest(asset, rule.farthest)
        return tuple(f"point_{number}" for number in range(len(spread))), spread
    low, high = asset.bounds
    middle = (low + high) / 2
    return BOX_NAMES, np.vstack([geometry.box_corners(middle, high - low), middle])


@lru_cache(maxsize=KEPT)
def _farthest(asset: Asset, count: int) -> Array:
    """(≤ count, 3) distinct vertices, each the farthest from those before it (Gonzalez 1985).

    The first is the farthest from the middle of the box; of equals the first by x, y, z wins.
    """
    vertices = _mesh(asset).vertices.T
    apart = np.linalg.norm(vertices - asset.bounds.mean(axis=0), axis=1)
    chosen = [int(apart.argmax())]
    apart = np.full(len(vertices), np.inf)
    while len(chosen) < min(count, len(vertices)):
        apart = np.minimum(apart, np.linalg.norm(vertices - vertices[chosen[-1]], axis=1))
        chosen.append(int(apart.argmax()))
    return vertices[chosen]


# ---------------------------------------------------------------------------- what may hide them


def _surfaces(scene: Scene, library: Library, camera: Camera) -> Iterator[tuple[int, Surface]]:
    """Everything that is drawn, in the camera's frame, with its instance id."""
    camera_from_world = geometry.inverse(camera.world_from_camera)
    for thing in (*scene.objects, *scene.fixtures):
        mesh = _mesh(library.load(thing.asset_id))
        pose = camera_from_world @ thing.world_from_object
        yield thing.instance_id, mesh.moved(pose, thing.scale)
    for surface in _backdrop(scene.backdrop):
        yield 0, surface.moved(camera_from_world)


@lru_cache(maxsize=KEPT)
def _mesh(asset: Asset) -> Surface:
    """All triangles of an object; vertices that coincide are one, sorted by x, y, z."""
    corners = np.concatenate([part.positions[part.faces.ravel()] for part in asset.parts])
    vertices, faces = np.unique(corners.astype(np.float64), axis=0, return_inverse=True)
    return Surface(np.ascontiguousarray(vertices.T), np.ascontiguousarray(faces.reshape(-1, 3).T))


def _backdrop(backdrop: Backdrop) -> Iterator[Surface]:
    """The floor, and the walls, which are there only when seen from inside; world frame."""
    half = backdrop.floor_size / 2
    x, y = np.array([[-half, half, half, -half], [-half, -half, half, half]])
    ground = np.array([x, y, np.zeros(4)])
    if backdrop.floor is not None:
        yield Surface(ground, np.array([[0, 1, 2], [0, 2, 3]]).T)
    if backdrop.walls is not None and backdrop.wall_height > 0:
        above = ground + [[0], [0], [backdrop.wall_height]]
        start = np.arange(4)
        end = (start + 1) % 4
        faces = np.hstack([[end, start, start + 4], [end, start + 4, end + 4]])
        yield Surface(np.hstack([ground, above]), faces, one_sided=True)
