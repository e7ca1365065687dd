"""What falls: every object of a scene with all that its fall depends on."""

from dataclasses import dataclass

import numpy as np

from scenegen.assets.library import Library
from scenegen.assets.model import Asset
from scenegen.distributions import sample
from scenegen.geometry import Array, apply, box_corners
from scenegen.recipe import Drop, Physics, Recipe
from scenegen.scene import Scene, SceneObject
from scenegen.settle.world import Solid, Touch
from scenegen.streams import Stage, stream

LIGHTEST = 0.1
"""The least share of the heaviest object's mass that an object falls with: iterative solvers cannot
carry a heap on a pencil. Where a thing of one shape lies at rest hardly depends on its mass."""


@dataclass(frozen=True, eq=False)
class Thing:
    """An object, how its surface behaves and how it is released (m/s and rad/s, world axes).

    `ballast` multiplies the asset's mass and moments of inertia.
    """

    noun: SceneObject
    asset: Asset
    drop: Drop
    touch: Touch
    ballast: float
    velocity: Array
    spin: Array

    @property
    def id(self) -> int:
        """The instance id."""
        return self.noun.instance_id

    @property
    def label(self) -> str:
        """How messages speak of it."""
        return f"'{self.noun.asset_id}' (#{self.id})"

    def solid(self) -> Solid:
        """Its body at its scale s: mass grows with s³, moments of inertia with s⁵."""
        s, body = self.noun.scale, self.asset.body
        return Solid(
            parts=[part * s for part in body.collision],
            mass=body.mass * s**3 * self.ballast,
            center_of_mass=body.center_of_mass * s,
            inertia=body.inertia * s**5 * self.ballast,
        )

    def corners(self, world_from_object: Array) -> Array:
        """(8, 3) corners of its box in the world."""
        low, high = self.asset.bounds * self.noun.scale
        return apply(world_from_object, box_corners((low + high) / 2, high - low))

    def extent(self, world_from_object: Array) -> Array:
        """(2, 3) lowest and highest coordinates of its collision parts in the world."""
        points = apply(world_from_object, np.vstack(self.asset.body.collision) * self.noun.scale)
        return np.array([points.min(axis=0), points.max(axis=0)])


def things_of(scene: Scene, library: Library, recipe: Recipe) -> list[Thing]:
    """Draw friction, bounce, speed and spin for every object, from a stream of its own."""
    masses = [library.load(noun.asset_id).body.mass * noun.scale**3 for noun in scene.objects]
    things = []
    for noun, mass in zip(scene.objects, masses, strict=True):
        rng = stream(recipe.seed, scene.index, scene.attempt, Stage.PHYSICS, noun.instance_id)
        drop = recipe.objects[noun.group].drop or recipe.drop
        touch = touch_of(recipe.physics, rng=rng)
        speed, spin_deg = sample((drop.speed, drop.spin_deg), rng=rng)
        velocity, spin = rng.standard_normal((2, 3))
        velocity *= speed / np.linalg.norm(velocity)
        spin *= np.radians(spin_deg) / np.linalg.norm(spin)
        ballast = max(1.0, LIGHTEST * max(masses) / mass)
        asset = library.load(noun.asset_id)
        things.append(Thing(noun, asset, drop, touch, ballast, velocity, spin))
    return things


def touch_of(physics: Physics, *, rng: np.random.Generator) -> Touch:
    """Draw how a surface behaves."""
    friction, restitution, rolling = sample(
        (physics.friction, physics.restitution, physics.rolling_friction), rng=rng
    )
    return Touch(float(friction), float(restitution), float(rolling))
