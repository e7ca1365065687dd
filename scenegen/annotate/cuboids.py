"""The 3D box of an object, and where a camera sees its corners."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry, lens
from scenegen.assets.library import Library
from scenegen.scene import Box, Camera, SceneObject, Vec2, Vec3

NEAR = 0.01
"""Metres: a corner whose z is not above this has no place in the picture."""


@dataclass(frozen=True)
class Cuboid:
    """The 3D box of an object, seen by a camera; corners in the order of `CORNER_SIGNS`."""

    camera_from_object: NDArray[np.float64]
    center: Vec3
    size: Vec3
    corners_camera: tuple[Vec3, ...]
    corners_image: tuple[Vec2 | None, ...]

    @property
    def box(self) -> Box | None:
        """Around all projected corners, corner frame; None if one of them has no projection."""
        seen = [corner for corner in self.corners_image if corner is not None]
        if len(seen) < len(self.corners_image):
            return None
        corners = np.array(seen) + 0.5
        (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return x0, y0, x1, y1


def cuboid_of(thing: SceneObject, library: Library, camera: Camera) -> Cuboid:
    low, high = library.load(thing.asset_id).bounds * thing.scale
    pose = geometry.inverse(camera.world_from_camera) @ thing.world_from_object
    pose.setflags(write=False)
    corners = geometry.apply(pose, geometry.box_corners((low + high) / 2, high - low))
    pixels = lens.project(camera, corners)
    return Cuboid(
        camera_from_object=pose,
        center=vec3((low + high) / 2),
        size=vec3(high - low),
        corners_camera=tuple(vec3(corner) for corner in corners),
        corners_image=tuple(
            (float(x), float(y)) if z > NEAR and np.isfinite(x) else None
            for (x, y), z in zip(pixels, corners[:, 2], strict=True)
        ),
    )


def vec3(values: NDArray[np.float64]) -> Vec3:
    x, y, z = values.tolist()
    return (x, y, z)
