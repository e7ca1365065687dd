"""From where a camera looks, and at what."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from scenegen.assets.library import Library
from scenegen.distributions import sample
from scenegen.errors import SceneRejected
from scenegen.geometry import Array, apply, look_at, transform
from scenegen.recipe import CameraSection, Orbit, OrbitPose, PathPose, Recipe, Shell, ShellPose
from scenegen.sample.clutter import Boxes, clutter_of, merged
from scenegen.scene import Scene, SceneObject

TRIES = 100
ELBOW_ROOM = 0.05
"""Free space (m) that a camera on a shell keeps from objects, furniture, floor and walls."""


@dataclass(frozen=True)
class Moment:
    """Which of a scene's pictures this is: `number` counts from 0 over all captures and views."""

    number: int
    total: int


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What a camera may look at and must not stand in: named points, targets, boxes of parts."""

    scene: Scene
    points: dict[str, Array]
    targets: tuple[Array, ...]
    boxes: Boxes


def surroundings(recipe: Recipe, scene: Scene, library: Library) -> Surroundings:
    """Look around in a settled scene. Without targets all objects count, without any the support."""
    clutter = merged(
        [
            clutter_of(library.load(thing.asset_id), thing.scale).moved(thing.world_from_object)
            for thing in (*scene.fixtures, *scene.objects)
        ]
    )
    tops = {thing.name: _middle(thing, library, top=True) for thing in scene.fixtures}
    targets = [_middle(thing, library) for thing in scene.objects if thing.role == "target"]
    targets = targets or [_middle(thing, library) for thing in scene.objects]
    targets = targets or [tops.get(recipe.drop.onto, np.zeros(3))]
    points = tops | {"objects": np.mean(targets, axis=0)}
    return Surroundings(scene, points, tuple(targets), clutter.boxes())


def _middle(thing: SceneObject, library: Library, *, top: bool = False) -> Array:
    """The middle of a thing's box in the world, or of that box's top."""
    low, high = library.load(thing.asset_id).bounds
    middle = np.array([*((low + high) / 2)[:2], high[2] if top else (low[2] + high[2]) / 2])
    return apply(thing.world_from_object, middle * thing.scale)


def viewpoint(
    section: CameraSection, around: Surroundings, moment: Moment, *, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw `world_from_camera` and the point it is meant to look at, before any jitter.

    Raises SceneRejected where every place tried on a shell was blocked.
    """
    roll = radians(sample(section.roll_deg, rng=rng))
    for _ in range(TRIES):
        target = _target(section.look_at, around, rng=rng)
        direction = rng.standard_normal(3)
        reach = sample(section.look_at_jitter, rng=rng) * rng.uniform() ** (1 / 3)
        aim = target + direction * (reach / np.linalg.norm(direction))
        eye = _eye(section, aim, moment, rng=rng)
        if np.linalg.norm(aim - eye) < 1e-6:
            continue
        pose = look_at(eye, aim, roll)
        if not isinstance(section.pose, ShellPose) or _free(section, pose, around):
            return pose, target
    raise SceneRejected(
        f"camera {section.name!r}: {TRIES} places were tried, all blocked by objects, furniture, "
        "floor or walls"
    )


def right_of(world_from_camera: Array, baseline: float) -> Array:
    """The pose of a rectified pair's right camera: `baseline` metres along the left one's x."""
    return world_from_camera @ transform(np.eye(3), [baseline, 0.0, 0.0])


def _target(look: object, around: Surroundings, *, rng: np.random.Generator) -> Array:
    if look == "object":
        return around.targets[int(rng.integers(len(around.targets)))]
    if isinstance(look, str):
        return around.points[look]
    return np.array(sample(look, rng=rng), dtype=np.float64)


def _eye(section: CameraSection, aim: Array, moment: Moment, *, rng: np.random.Generator) -> Array:
    pose = section.pose
    if isinstance(pose, ShellPose):
        return _on_shell(pose.shell, aim, rng=rng)
    if isinstance(pose, OrbitPose):
        return _on_orbit(pose.orbit, aim, moment, rng=rng)
    if isinstance(pose, PathPose):
        points = np.array(sample(pose.path.points, rng=rng), dtype=np.float64)
        return along(points, moment.number / max(moment.total - 1, 1))
    return np.array(sample(pose.fixed.position, rng=rng), dtype=np.float64)


def _on_shell(shell: Shell, aim: Array, *, rng: np.random.Generator) -> Array:
    radius = sample(shell.radius, rng=rng)
    azimuth = radians(sample(shell.azimuth_deg, rng=rng))
    return aim + radius * _direction(azimuth, radians(sample(shell.elevation_deg, rng=rng)))


def _on_orbit(orbit: Orbit, aim: Array, moment: Moment, *, rng: np.random.Generator) -> Array:
    """A full turn does not repeat its first place at its end; a part of a turn reaches its end."""
    radius = sample(orbit.radius, rng=rng)
    elevation = radians(sample(orbit.elevation_deg, rng=rng))
    start, sweep = sample((orbit.start_deg, orbit.sweep_deg), rng=rng)
    closed = sweep != 0 and sweep % 360 == 0
    steps = moment.total if closed else max(moment.total - 1, 1)
    azimuth = radians(start + sweep * moment.number / steps)
    return aim + radius * _direction(azimuth, elevation)


def _direction(azimuth: float, elevation: float) -> Array:
    return np.array([cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation)])


def along(points: Array, share: float) -> Array:
    """The point at `share` (0 to 1) of a uniform Catmull-Rom spline through (N, 3) points."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    position = share * (len(points) - 1)
    piece = min(int(position), len(points) - 2)
    t = position - piece
    a, b, c, d = padded[piece : piece + 4]
    blend: Array = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3
    )
    return blend


def _free(section: CameraSection, pose: Array, around: Surroundings) -> bool:
    """Whether the camera, and its right half if any, has `ELBOW_ROOM` on all sides."""
    poses = [pose] + ([right_of(pose, section.stereo.baseline)] if section.stereo else [])
    backdrop = around.scene.backdrop
    for eye in (pose[:3, 3] for pose in poses):
        outside = np.maximum(around.boxes.low - eye, eye - around.boxes.high).max(axis=1)
        if (outside < ELBOW_ROOM).any():
            return False
        if backdrop.floor is not None and eye[2] < ELBOW_ROOM:
            return False
        side = backdrop.floor_size / 2 - ELBOW_ROOM
        if backdrop.wall_height > 0 and np.abs(eye[:2]).max() > side:
            return False
    return True
