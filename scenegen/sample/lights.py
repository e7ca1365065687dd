"""The lamps, the sun and the panorama of a scene."""

from math import cos, radians, sin

import numpy as np

from scenegen.distributions import sample
from scenegen.recipe import Recipe
from scenegen.recipe.lights import (
    Environment,
    EnvironmentLight,
    Point,
    PointLight,
    Spot,
    SpotLight,
    Sun,
    SunLight,
)
from scenegen.sample.surfaces import light_color
from scenegen.scene import Light, Vec3
from scenegen.streams import Stage, stream


def sample_lights(recipe: Recipe, index: int, attempt: int) -> tuple[Light, ...]:
    """Draw every light; each section of the recipe has a stream of its own."""
    lights: list[Light] = []
    for number, section in enumerate(recipe.lights):
        rng = stream(recipe.seed, index, attempt, Stage.LIGHTS, number)
        if isinstance(section, EnvironmentLight):
            lights.append(_environment(section.environment, rng=rng))
        elif isinstance(section, SunLight):
            lights += [_sun(section.sun, rng=rng) for _ in range(_count(section.sun, rng=rng))]
        elif isinstance(section, PointLight):
            lamp = section.point
            lights += [_point(lamp, rng=rng) for _ in range(_count(lamp, rng=rng))]
        elif isinstance(section, SpotLight):
            spot = section.spot
            lights += [_spot(spot, rng=rng) for _ in range(_count(spot, rng=rng))]
    return tuple(lights)


def _count(lamp: Sun | Point, *, rng: np.random.Generator) -> int:
    return int(sample(lamp.count, rng=rng))


def _environment(section: Environment, *, rng: np.random.Generator) -> Light:
    return Light(
        kind="environment",
        texture=sample(section.map, rng=rng),
        strength=float(sample(section.strength, rng=rng)),
        yaw=radians(sample(section.rotation_deg, rng=rng)),
        visible=section.visible,
    )


def _sun(section: Sun, *, rng: np.random.Generator) -> Light:
    azimuth = radians(sample(section.azimuth_deg, rng=rng))
    elevation = radians(sample(section.elevation_deg, rng=rng))
    return Light(
        kind="sun",
        color=light_color(section.color, rng=rng),
        strength=float(sample(section.strength, rng=rng)),
        direction=(cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation)),
        size=radians(sample(section.size_deg, rng=rng)) / 2,
    )


def _point(section: Point, *, rng: np.random.Generator) -> Light:
    return Light(
        kind="point",
        color=light_color(section.color, rng=rng),
        strength=float(sample(section.strength, rng=rng)),
        position=_vector(section.position, rng=rng),
        size=float(sample(section.radius, rng=rng)),
    )


def _spot(section: Spot, *, rng: np.random.Generator) -> Light:
    position = _vector(section.position, rng=rng)
    back = np.subtract(position, _vector(section.look_at, rng=rng))
    length = float(np.linalg.norm(back))
    x, y, z = back / length if length > 0 else (0.0, 0.0, 1.0)
    return Light(
        kind="spot",
        color=light_color(section.color, rng=rng),
        strength=float(sample(section.strength, rng=rng)),
        position=position,
        direction=(float(x), float(y), float(z)),
        size=float(sample(section.radius, rng=rng)),
        cone=radians(sample(section.cone_deg, rng=rng)) / 2,
    )


def _vector(value: object, *, rng: np.random.Generator) -> Vec3:
    x, y, z = sample(value, rng=rng)
    return float(x), float(y), float(z)
