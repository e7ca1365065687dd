"""A scene in motion: bodies in a world, some of them still waiting to be released."""

import dataclasses
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from scenegen.assets.library import Library
from scenegen.errors import SceneRejected
from scenegen.geometry import Array, apply
from scenegen.scene import Scene, moved
from scenegen.settle.things import Thing
from scenegen.settle.world import Touch, World

GROUND = "floor"
WALL = 1.0
"""Thickness (m) of a room's walls, more than anything covers in a step."""
BRIEF, SOON = 0.1, 0.15
"""At least and at most this many seconds pass between two `one_by_one` releases …"""
SLOW, LAZY = 0.2, 3.0
"""… and between them the next comes when the last is slower than this (m/s, rad/s)."""
CALM_AFTER, CALM_OVER = 1.0, 2.0
"""Damping starts this many seconds after the last release and grows over that many seconds …"""
CALM = 8.0
"""… until a second takes all but 10⁻⁸ of a speed. It ends what rocks or creeps for ever; what has no
hold still falls over, since gravity goes on at full strength."""


class Fall:
    """A world filled with a scene; objects join it as they are released.

    `things` by instance id; `bodies` those of them that were released; `fixed` the bodies that
    stand still, by name (`GROUND`, a fixture's name).
    """

    def __init__(
        self,
        world: World,
        fixed: Mapping[str, int],
        scene: Scene,
        things: Sequence[Thing],
        *,
        step_hz: int,
    ) -> None:
        self.things = {thing.id: thing for thing in things}
        self.fixed = dict(fixed)
        self.bodies: dict[int, int] = {}
        self._world = world
        self._scene = scene
        self._hz = step_hz
        self._steps = self._last_release = self._last = 0
        for thing in things:
            if not thing.drop.one_by_one:
                self._release(thing)
        self._waiting = deque(thing for thing in things if thing.drop.one_by_one)
        self._release_due()

    @property
    def time(self) -> float:
        """Seconds since the first release."""
        return self._steps / self._hz

    @property
    def waiting(self) -> bool:
        """Whether some objects are still to be released."""
        return bool(self._waiting)

    @property
    def since_release(self) -> float:
        """Seconds since the last release; 0 while objects wait."""
        return 0.0 if self._waiting else (self._steps - self._last_release) / self._hz

    def run_until(self, time: float) -> None:
        """Go on to the step nearest to `time` seconds."""
        goal = round(time * self._hz)
        while self._steps < goal:
            self._release_due()
            self._world.step()
            self._steps += 1

    def poses(self) -> dict[int, Array]:
        """`world_from_object` of every object by instance id, released or not."""
        return {
            id: self._world.pose(self.bodies[id])
            if id in self.bodies
            else thing.noun.world_from_object
            for id, thing in self.things.items()
        }

    def scene(self, *, at_rest: bool) -> Scene:
        """The scene as it is now; SceneRejected where the simulation broke down."""
        poses = self.poses()
        for id, pose in poses.items():
            if not np.isfinite(pose).all():
                raise SceneRejected(f"{self.things[id].label} was lost: the simulation broke down")
        objects = tuple(moved(noun, poses[noun.instance_id]) for noun in self._scene.objects)
        return dataclasses.replace(self._scene, objects=objects, time=self.time, at_rest=at_rest)

    def near(self, reach: float) -> Iterator[tuple[str, str, float]]:
        """Labels of every two bodies within `reach` metres, not both fixed, and their distance."""
        poses = self.poses()
        extents = {id: self.things[id].extent(poses[id]) for id in self.bodies}
        for id, body in self.bodies.items():
            label = self.things[id].label
            for name, other in self.fixed.items():
                if (distance := self._world.distance(body, other, reach)) is not None:
                    yield label, name, distance
            for rest, other in self.bodies.items():
                if rest <= id or _apart(extents[id], extents[rest], reach):
                    continue
                if (distance := self._world.distance(body, other, reach)) is not None:
                    yield label, self.things[rest].label, distance

    def calm(self) -> None:
        """Damp all motion as strongly as is due by now."""
        grown = np.clip((self.since_release - CALM_AFTER) / CALM_OVER, 0.0, 1.0)
        if grown > 0:
            self._world.damp(list(self.bodies.values()), 1.0 - 10.0 ** (-CALM * float(grown)))

    def _release_due(self) -> None:
        """Release the next waiting object when its turn has come."""
        if not self._waiting:
            return
        if self.bodies:
            passed = (self._steps - self._last_release) / self._hz
            speed, turning = self._world.speeds(self._last)
            calm = passed >= BRIEF and speed < SLOW and turning < LAZY
            if not calm and passed < SOON:
                return
        self._release(self._waiting.popleft())

    def _release(self, thing: Thing) -> None:
        """Let a thing go."""
        pose = thing.noun.world_from_object
        solid = thing.solid()
        body = self._world.add_moving(solid, pose, thing.velocity, thing.spin, thing.touch)
        self.bodies[thing.id] = self._last = body
        self._last_release = self._steps


def add_fixed(world: World, scene: Scene, library: Library, touch: Touch) -> dict[str, int]:
    """Add what stands still: the floor, walls, furniture."""
    fixed = {}
    backdrop = scene.backdrop
    if backdrop.floor is not None:
        fixed[GROUND] = world.add_ground(touch)
    if backdrop.wall_height > 0:
        reach, height = backdrop.floor_size / 2 + WALL / 2, backdrop.wall_height
        for number, (x, y) in enumerate([(1, 0), (-1, 0), (0, 1), (0, -1)]):
            center = np.array([x * reach, y * reach, height / 2])
            size = np.array([WALL, WALL, height]) + backdrop.floor_size * np.abs([y, x, 0])
            fixed[f"wall {number + 1}"] = world.add_box(center, size, touch)
    for fixture in scene.fixtures:
        pose, scale = fixture.world_from_object, fixture.scale
        parts = [
            apply(pose, part * scale) for part in library.load(fixture.asset_id).body.collision
        ]
        fixed[fixture.name] = world.add_fixed(parts, touch)
    return fixed


def _apart(a: Array, b: Array, reach: float) -> bool:
    """Whether two boxes, (2, 3) low and high corners, are further apart than `reach`."""
    return bool((a[0] > b[1] + reach).any() or (b[0] > a[1] + reach).any())
