"""A scene falls, and comes out once for every capture, the last time at rest."""

from collections.abc import Mapping

from scenegen.assets.library import Library
from scenegen.distributions import sample
from scenegen.errors import SceneRejected
from scenegen.recipe import Recipe
from scenegen.scene import Scene
from scenegen.settle.acceptance import (
    LOST,
    SLACK,
    Place,
    check_carried,
    check_clear,
    check_inside,
    places_of,
)
from scenegen.settle.fall import Fall, add_fixed
from scenegen.settle.rest import INTERVAL, Watch
from scenegen.settle.things import things_of, touch_of
from scenegen.settle.world import World
from scenegen.streams import Stage, stream

__all__ = ["settle"]


def settle(scene: Scene, library: Library, recipe: Recipe) -> tuple[Scene, ...]:
    """Drop a scene's objects; the result is the scene at each capture: falling by time, then at rest.

    Bit for bit the same for the same arguments, whatever ran before. Raises SceneRejected, naming
    object and reason, where objects start inside each other or do not end lying still, carried by
    what they were dropped onto.
    """
    physics, captures = recipe.physics, recipe.captures
    key = (recipe.seed, scene.index, scene.attempt)
    times = sorted(sample(captures.falling, rng=stream(*key, Stage.CAPTURES)))
    rng = stream(*key, Stage.PHYSICS)
    gravity, touch = float(sample(physics.gravity, rng=rng)), touch_of(physics, rng=rng)
    things = things_of(scene, library, recipe)
    with World(gravity=gravity, step_hz=physics.step_hz) as world:
        fixed = add_fixed(world, scene, library, touch)
        places = places_of(world, fixed, scene, library, things)
        fall = Fall(world, fixed, scene, things, step_hz=physics.step_hz)
        check_clear(fall, physics.max_penetration)
        results = []
        for time in times:
            fall.run_until(time)
            results.append(fall.scene(at_rest=False))
        if captures.at_rest:
            _run_to_rest(fall, physics.max_time, places)
            check_inside(fall, places, SLACK)
            check_carried(fall, physics)
            results.append(fall.scene(at_rest=True))
    return tuple(results)


def _run_to_rest(fall: Fall, max_time: float, places: Mapping[int, Place]) -> None:
    """Go on until everything lies still; SceneRejected as soon as something cannot any more."""
    watch = Watch()
    looks = 0
    while True:
        looks += 1
        fall.run_until(max(fall.time, looks * INTERVAL))
        check_inside(fall, places, LOST)
        for id, pose in fall.poses().items():
            watch.look(id, fall.things[id].corners(pose))
        restless = watch.restless()
        if not fall.waiting and not restless:
            return
        if fall.since_release > max_time:
            raise SceneRejected(
                f"{fall.things[restless[0]].label} still moves after {max_time:g} s"
            )
        fall.calm()
