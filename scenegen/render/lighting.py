"""A scene's lights in the form the shaders want them; it depends on the scene, not on the camera."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.errors import RenderError
from scenegen.render.environment import (
    MAX_GLOWS,
    Glow,
    Shine,
    cells,
    matt_coefficients,
    with_ground,
)
from scenegen.render.shadows import ShadowView, lamp_views, sun_view
from scenegen.render.sky import AXES
from scenegen.scene import Light

Array = NDArray[np.float64]
MAX_LAMPS = 8
"""Suns and lamps a scene may have; with the panorama's own glows, MAX_LIGHTS."""

MAX_LIGHTS = MAX_LAMPS + MAX_GLOWS
MAX_VIEWS = 24


@dataclass(frozen=True, eq=False)
class Lamp:
    """One light with a place, world frame; see shaders/lights.glsl for what the numbers mean."""

    place: Array
    color: Array
    axis: Array
    shape: tuple[float, float, float, float]
    glossy: bool
    views: Sequence[ShadowView]

    @property
    def is_sun(self) -> bool:
        return self.shape[0] == 0.0


@dataclass(frozen=True, eq=False)
class Lighting:
    """Lamps, and the smooth light of all the rest.

    `matt` (9, 3): spherical harmonics in the panorama's frame; `weights` (2 · PAIRS, 3): the same light
    by direction; `ground` (3,): radiance of the floor, None without a floor.
    """

    lamps: tuple[Lamp, ...]
    matt: Array
    weights: Array
    ground: Array | None
    gain: Array
    yaw: float
    visible: bool

    @property
    def panorama_from_world(self) -> Array:
        return geometry.rotation_about([0, 0, 1], -self.yaw)

    @property
    def views(self) -> list[ShadowView]:
        return [view for lamp in self.lamps for view in lamp.views]


def environment_of(lights: Sequence[Light]) -> Light | None:
    """The one environment light, if there is one."""
    found = [light for light in lights if light.kind == "environment"]
    if len(found) > 1:
        raise RenderError(f"a scene can have one environment light, this one has {len(found)}")
    return found[0] if found else None


def light_up(
    lights: Sequence[Light], shine: Shine | None, corners: Array, floor_albedo: Array | None
) -> Lighting:
    """Gather the light of a scene whose shadow casters have these box corners (N, 3)."""
    environment = environment_of(lights)
    gain, yaw, rest = np.zeros(3), 0.0, np.zeros((32, 64, 3))
    lamps = [_lamp(light, corners) for light in lights if light.kind != "environment"]
    if len(lamps) > MAX_LAMPS:
        raise RenderError(f"a scene can have {MAX_LAMPS} suns and lamps, this one has {len(lamps)}")
    ground_light = sum((_on_floor(lamp, corners) for lamp in lamps), np.zeros(3))
    if environment is not None and shine is not None:
        gain, yaw = environment.strength * np.array(environment.color), environment.yaw
        rest = shine.rest * gain
        lamps += [_glow(glow, gain, yaw, corners) for glow in shine.glows]
    ground = None if floor_albedo is None else floor_albedo * (ground_light + gain)
    around = with_ground(rest, ground)
    axes = AXES @ geometry.rotation_about([0, 0, 1], yaw)
    lighting = Lighting(
        lamps=tuple(lamps),
        matt=matt_coefficients(around),
        weights=cells(around, axes),
        ground=ground,
        gain=gain,
        yaw=yaw,
        visible=environment is not None and environment.visible,
    )
    if len(lighting.views) > MAX_VIEWS:
        raise RenderError(f"the lamps need {len(lighting.views)} shadow maps, {MAX_VIEWS} at most")
    return lighting


def _lamp(light: Light, corners: Array) -> Lamp:
    direction = np.array(light.direction, dtype=np.float64)
    direction /= np.linalg.norm(direction)
    color = light.strength * np.array(light.color)
    if light.kind == "sun":
        shape = (0.0, light.size, 0.0, 0.0)
        return Lamp(direction, color, direction, shape, True, [sun_view(direction, corners)])
    place = np.array(light.position, dtype=np.float64)
    outer, inner = -3.0, -2.0  # cosines below any: a lamp that shines all around
    if light.kind == "spot":
        outer, inner = np.cos(light.cone), np.cos(0.85 * light.cone)
    shape = (1.0, light.size, float(outer), float(inner))
    return Lamp(place, color, direction, shape, True, lamp_views(place, corners))


def _glow(glow: Glow, gain: Array, yaw: float, corners: Array) -> Lamp:
    """A bright region of the panorama; reflections already show it, so it adds no gloss."""
    direction = geometry.rotation_about([0, 0, 1], yaw) @ glow.direction
    shape = (0.0, glow.angular_radius, 0.0, 0.0)
    views = [sun_view(direction, corners)]
    return Lamp(direction, glow.color * gain, direction, shape, False, views)


def _on_floor(lamp: Lamp, corners: Array) -> Array:
    """Radiance that a lamp gives a white matt floor beneath the middle of the objects."""
    if lamp.is_sun:
        return lamp.color * max(lamp.place[2], 0.0)
    toward = lamp.place - np.append(corners[:, :2].mean(axis=0), 0.0)
    distance = max(float(np.linalg.norm(toward)), 0.1)
    cosine = max(toward[2] / distance, 0.0)
    falling = (lamp.axis @ toward / distance) > lamp.shape[2]
    return lamp.color * (cosine / distance**2 * falling)
