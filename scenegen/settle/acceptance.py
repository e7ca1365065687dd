"""What a scene must be like to be kept; every complaint names the object and the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scenegen.assets.library import Library
from scenegen.errors import SceneRejected
from scenegen.geometry import Array, apply
from scenegen.recipe import Physics
from scenegen.scene import Scene, SceneObject
from scenegen.settle.fall import Fall
from scenegen.settle.things import Thing
from scenegen.settle.world import World

SLACK = 0.01
"""Metres that a thing may end lower than the lowest place it could have been dropped onto."""
LOST = 0.05
"""While it still moves it may be as much lower for a moment; further down it does not come back."""
INSET = 0.1
RAYS = 7
"""A support's height is felt by a grid of rays, this many a side, inset from its edges."""
NOWHERE = 1e6


@dataclass(frozen=True, eq=False)
class Place:
    """Where a thing must stay: its middle within `low` to `high` (2,) xy, itself above `ground`."""

    name: str
    low: Array
    high: Array
    ground: float


def places_of(
    world: World,
    fixed: Mapping[str, int],
    scene: Scene,
    library: Library,
    things: Sequence[Thing],
) -> dict[int, Place]:
    """The place of each thing, by instance id; only what stands still may be in the world yet."""
    supports = {fixture.name: fixture for fixture in scene.fixtures}
    places = {}
    for thing in things:
        support = supports.get(thing.drop.onto)
        if support is None:
            reach = scene.backdrop.floor_size / 2 if scene.backdrop.floor else NOWHERE
            places[thing.id] = Place("floor", np.full(2, -reach), np.full(2, reach), 0.0)
        else:
            bottom = float(thing.extent(thing.noun.world_from_object)[0, 2])
            places[thing.id] = _on_fixture(world, fixed, support, library, bottom)
    return places


def _on_fixture(
    world: World, fixed: Mapping[str, int], support: SceneObject, library: Library, top: float
) -> Place:
    """The ground is the lowest that a vertical ray from `top` (m) meets of the support."""
    asset = library.load(support.asset_id)
    points = np.vstack(asset.body.collision) * support.scale
    world_points = apply(support.world_from_object, points)
    low, high = points.min(axis=0), points.max(axis=0)
    steps = np.linspace(INSET, 1 - INSET, RAYS)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    xy = apply(
        support.world_from_object, np.pad(low[:2] + grid * (high - low)[:2], [(0, 0), (0, 1)])
    )
    heights = world.heights(fixed[support.name], xy[:, :2], top)
    ground = min(heights, default=float(world_points[:, 2].min()))
    return Place(support.name, world_points.min(axis=0)[:2], world_points.max(axis=0)[:2], ground)


def check_inside(fall: Fall, places: Mapping[int, Place], slack: float) -> None:
    """Every released thing is where it must stay, give or take `slack` metres; or SceneRejected."""
    for id, pose in fall.poses().items():
        if id not in fall.bodies:
            continue
        thing, place = fall.things[id], places[id]
        if not np.isfinite(pose).all():
            raise SceneRejected(f"{thing.label} was lost: the simulation broke down")
        middle = thing.corners(pose).mean(axis=0)[:2]
        if thing.extent(pose)[0, 2] < place.ground - slack:
            raise SceneRejected(f"{thing.label} fell off {place.name!r}")
        if (middle < place.low).any() or (middle > place.high).any():
            raise SceneRejected(f"{thing.label} left {place.name!r}")


def check_clear(fall: Fall, max_penetration: float) -> None:
    """Nothing is deep inside anything else; SceneRejected otherwise."""
    for a, b, distance in fall.near(0.0):
        if distance < -max_penetration:
            raise SceneRejected(f"{a} and {b} overlap by {-distance * 1000:.1f} mm")


def check_carried(fall: Fall, physics: Physics) -> None:
    """Nothing overlaps and nothing hovers: contacts lead from everything to what stands still."""
    check_clear(fall, physics.max_penetration)
    neighbors: dict[str, set[str]] = {}
    for a, b, _ in fall.near(physics.max_gap):
        neighbors.setdefault(a, set()).add(b)
        neighbors.setdefault(b, set()).add(a)
    reached = set(fall.fixed)
    frontier = list(reached)
    while frontier:
        new = neighbors.get(frontier.pop(), set()) - reached
        reached |= new
        frontier += new
    for thing in fall.things.values():
        if thing.label not in reached:
            raise SceneRejected(f"{thing.label} hovers: nothing within reach carries it")
