"""The picture through a bending lens, put together from pinhole pictures around its axis."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen import geometry, lens
from scenegen.geometry import Array
from scenegen.scene import Camera

Picture = NDArray[np.float32]
FINE = 2
"""Samples along each side of a pixel."""

_WIDE = 1.5  # x/z up to which one pinhole picture does
_REACH, _BLEND = 1.12, 0.24  # side pictures reach beyond ±1 and are blended over so much
_RIM = 3  # pixels drawn around what is needed
_KEPT = 2
_SRGB_STEPS = np.arange(256) / 255.0
_LINEAR = np.where(
    _SRGB_STEPS <= 0.04045, _SRGB_STEPS / 12.92, ((_SRGB_STEPS + 0.055) / 1.055) ** 2.4
).astype(np.float32)


@dataclass(frozen=True, eq=False)
class View:
    """A pinhole picture that holds some of the rays; `reach`: |x/z| and |y/z| of those it is for."""

    camera_from_view: Array
    k: Array
    size: tuple[int, int]
    reach: float

    def of(self, camera: Camera) -> Camera:
        pose = camera.world_from_camera @ geometry.transform(self.camera_from_view, np.zeros(3))
        width, height = self.size
        return replace(
            camera, width=width, height=height, K=self.k, world_from_camera=pose, distortion=None
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """A lens: the rays of the finer samples (FINE·H, FINE·W, 3), blind pixels (H, W), the views."""

    rays: Picture
    blind: NDArray[np.bool_]
    views: tuple[View, ...]


class Resampler:
    """Keeps the plans of the lenses last used; no side of a view is longer than `largest`."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._plans: OrderedDict[tuple[object, ...], Plan] = OrderedDict()

    def picture(
        self, camera: Camera, draw: Callable[[Camera], NDArray[np.generic]], linear: bool
    ) -> NDArray[np.generic]:
        """(H, W, 3) uint8 sRGB, or with `linear` float32, like what `draw` gives for pinholes.

        Where the lens sees nothing it is black.
        """
        plan = self._plan(camera)
        total = np.zeros(plan.rays.shape, np.float32)
        weights = np.full(plan.rays.shape[:2], 1e-12, np.float32)
        for view in plan.views:
            drawn = draw(view.of(camera))
            weight, x, y = _places(view, plan.rays)
            source = drawn.astype(np.float32) if linear else _LINEAR[drawn]
            found = cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            total += weight[..., None] * found
            weights += weight
        picture = _gathered(total / weights[..., None], weights > 1e-6)
        picture[plan.blind] = 0
        return picture if linear else _encoded(picture)

    def _plan(self, camera: Camera) -> Plan:
        key = (camera.distortion, camera.K.tobytes(), camera.width, camera.height)
        if key not in self._plans:
            while len(self._plans) >= _KEPT:
                self._plans.popitem(last=False)
            self._plans[key] = planned(camera, self._largest)
        self._plans.move_to_end(key)
        return self._plans[key]


def planned(camera: Camera, largest: int) -> Plan:
    """One view where that is not too wide, else those of five sides of a cube that are needed."""
    k = camera.K.copy()
    k[:2] *= FINE
    k[:2, 2] += (FINE - 1) / 2
    fine = replace(camera, width=FINE * camera.width, height=FINE * camera.height, K=k)
    plane = lens.rays(fine)
    rays = np.dstack([plane, np.ones(plane.shape[:2])]).astype(np.float32)
    blind = np.isnan(lens.rays(camera)[..., 0])
    if blind.all():
        return Plan(rays, blind, ())
    focal = _sharpness(rays) / FINE
    if np.nanmax(np.abs(plane)) <= _WIDE:
        views = [_view(np.eye(3), rays, focal, np.inf, largest)]
    else:
        views = [_view(side, rays, focal, _REACH, largest) for side in _sides()]
    return Plan(rays, blind, tuple(view for view in views if view is not None))


def _sides() -> list[Array]:
    """Rotations `camera_from_view` that look ahead, right, left, down and up."""
    quarter = np.pi / 2
    turns = [
        ([0, 1, 0], quarter),
        ([0, 1, 0], -quarter),
        ([1, 0, 0], -quarter),
        ([1, 0, 0], quarter),
    ]
    return [np.eye(3), *(geometry.rotation_about(axis, angle) for axis, angle in turns)]


def _sharpness(rays: Picture) -> float:
    """The most samples that the lens puts on a radian."""
    ways = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    steps = [np.linalg.norm(np.diff(ways, axis=axis), axis=-1) for axis in (0, 1)]
    return float(1 / min(np.nanmin(step) for step in steps))


def _view(
    camera_from_view: Array, rays: Picture, focal: float, reach: float, largest: int
) -> View | None:
    """The smallest view for the rays within `reach`, None if there are none."""
    x, y = _seen_from(camera_from_view, rays)
    with np.errstate(invalid="ignore"):
        inside = np.maximum(np.abs(x), np.abs(y)) < reach
    if not inside.any():
        return None
    x, y = x[inside], y[inside]
    low, high = np.array([x.min(), y.min()]), np.array([x.max(), y.max()])
    focal = min(focal, (largest - 4 * _RIM) / float((high - low).max()))
    start = [floor(edge * focal) - _RIM for edge in low]
    width, height = (ceil(edge * focal) + _RIM + 1 - s for edge, s in zip(high, start, strict=True))
    k = np.array([[focal, 0, -start[0]], [0, focal, -start[1]], [0, 0, 1.0]])
    return View(camera_from_view, k, (width, height), reach)


def _seen_from(camera_from_view: Array, rays: Picture) -> tuple[Picture, Picture]:
    """x/z and y/z of rays in a view's frame, NaN behind it."""
    turned = rays @ camera_from_view.astype(np.float32)
    x, y, z = np.moveaxis(turned, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(z > 0.1, z, np.float32(np.nan))
        return x / z, y / z


def _places(view: View, rays: Picture) -> tuple[Picture, Picture, Picture]:
    """How much each ray takes from a view, and the x and y where it does."""
    x, y = _seen_from(view.camera_from_view, rays)
    with np.errstate(invalid="ignore"):
        weight = np.clip((view.reach - np.maximum(np.abs(x), np.abs(y))) / _BLEND, 0, 1)
    k = view.k.astype(np.float32)
    u, v = k[0, 0] * x + k[0, 2], k[1, 1] * y + k[1, 2]
    return tuple(np.nan_to_num(values, nan=0.0) for values in (weight, u, v))  # type: ignore[return-value]


def _gathered(samples: Picture, seen: NDArray[np.bool_]) -> Picture:
    """The mean of the samples of each pixel that see something."""
    height, width = (side // FINE for side in seen.shape)
    blocks = (height, FINE, width, FINE)
    count = seen.reshape(blocks).sum(axis=(1, 3), dtype=np.float32)
    total = (samples * seen[..., None]).reshape(*blocks, 3).sum(axis=(1, 3))
    return total / np.maximum(count, 1)[..., None]


def _encoded(linear: Picture) -> NDArray[np.uint8]:
    power = 1.055 * np.maximum(linear, 1e-6) ** (1 / 2.4) - 0.055
    value = np.where(linear <= 0.0031308, 12.92 * linear, power)
    return np.round(np.clip(value, 0, 1) * 255).astype(np.uint8)
