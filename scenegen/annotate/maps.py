"""Pictures that follow from ids, depth and poses: NOCS, flow, disparity and what is hidden.

Every surface point of a picture is found again in the frame of its object, or where another camera
sees it; nothing is drawn.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry, lens
from scenegen.assets.library import Library
from scenegen.geometry import Array
from scenegen.scene import Camera, Scene, Silhouette

NOTHING, SEEN, HIDDEN, OUTSIDE = 0, 1, 2, 3
"""Codes of the occlusion pictures: no surface here; seen in the other picture too; hidden there;
outside it or behind its camera."""

NEAR = 0.01
"""Metres: nothing nearer than this in front of a camera is seen."""


class Geometry(Protocol):
    """What a picture shows; see `scene.Frame`."""

    @property
    def ids(self) -> NDArray[np.uint16]: ...
    @property
    def depth(self) -> NDArray[np.float32]: ...
    @property
    def normals(self) -> NDArray[np.float32]: ...
    @property
    def silhouettes(self) -> dict[int, Silhouette]: ...


@dataclass(frozen=True, eq=False)
class View:
    """A picture with all that is known of it."""

    scene: Scene
    camera: Camera
    seen: Geometry

    @cached_property
    def points(self) -> Array:
        """(H, W, 3) surface points in the camera's frame, NaN where there is none."""
        depth = np.where(self.seen.depth > 0, self.seen.depth, np.nan).astype(np.float64)
        return np.dstack([lens.rays(self.camera) * depth[..., None], depth])


def nocs(view: View, library: Library) -> NDArray[np.float32]:
    """(H, W, 3) in [0, 1]: place in the object's box, whose diagonal is 1 and whose middle is ½.

    NaN where there is no object (Wang et al. 2019, Normalized Object Coordinate Space).
    """
    points = view.points
    out = np.full(points.shape, np.nan, np.float32)
    for thing in view.scene.objects:
        mask = view.seen.ids == thing.instance_id
        low, high = library.load(thing.asset_id).bounds * thing.scale
        object_from_camera = (
            geometry.inverse(thing.world_from_object) @ view.camera.world_from_camera
        )
        inside = geometry.apply(object_from_camera, points[mask])
        middle, diagonal = (low + high) / 2, np.linalg.norm(high - low)
        out[mask] = np.clip((inside - middle) / diagonal + 0.5, 0, 1)
    return out


@dataclass(frozen=True, eq=False)
class Motion:
    """Where each pixel's surface point is in another picture.

    here, there (H, W, 3) metres in the frames of the two cameras · pixels (H, W, 2) px in the other
    picture. NaN where this picture shows no surface; `pixels` also where it is behind the other
    camera.
    """

    here: Array
    there: Array
    pixels: Array

    @property
    def flow(self) -> NDArray[np.float32]:
        """(H, W, 2) pixels: (Δx, Δy) from this picture to the other."""
        height, width = self.pixels.shape[:2]
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        return (self.pixels - np.stack([x, y], axis=-1)).astype(np.float32)

    @property
    def scene_flow(self) -> NDArray[np.float32]:
        """(H, W, 3) metres: the point in the other camera's frame less the same in this one's."""
        return (self.there - self.here).astype(np.float32)


def motion(view: View, scene: Scene, camera: Camera) -> Motion:
    """Follow every surface point to another moment and another camera."""
    here = view.points
    there = np.full_like(here, np.nan)
    camera_from_world = geometry.inverse(camera.world_from_camera)
    later = {thing.instance_id: thing.world_from_object for thing in scene.objects}
    earlier = {thing.instance_id: thing.world_from_object for thing in view.scene.objects}
    for number in [0, *earlier]:
        mask = view.seen.ids == number
        moved = np.eye(4)
        if number:
            moved = later[number] @ geometry.inverse(earlier[number])
        there[mask] = geometry.apply(
            camera_from_world @ moved @ view.camera.world_from_camera, here[mask]
        )
    pixels = lens.project(camera, there)
    pixels[~(there[..., 2] > NEAR)] = np.nan
    return Motion(here, there, pixels)


def occlusion(view: View, moved: Motion, other: View) -> NDArray[np.uint8]:
    """(H, W) codes: whether each surface point is seen in the other picture.

    It is, if one of the four pixels around its place there shows the same object, from the same
    side, in a plane that passes within a pixel's breadth of the point.
    """
    height, width = other.seen.ids.shape
    there = view.seen.depth > 0
    x, y = np.moveaxis(np.where(np.isfinite(moved.pixels), moved.pixels, -1e6), -1, 0)
    inside = there & (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    x, y, points, ids = x[inside], y[inside], moved.there[inside], view.seen.ids[inside]
    normals = _turned(view, other, view.seen.normals[inside], ids)
    breadth = points[:, 2] / min(other.camera.K[0, 0], other.camera.K[1, 1])
    found = np.zeros(len(x), bool)
    for round_x, round_y in product((np.floor, np.ceil), repeat=2):
        left = np.flatnonzero(~found)
        column = np.clip(round_x(x[left]), 0, width - 1).astype(np.intp)
        row = np.clip(round_y(y[left]), 0, height - 1).astype(np.intp)
        facing = other.seen.normals[row, column]
        apart = points[left] - other.points[row, column]
        found[left] = (
            (other.seen.ids[row, column] == ids[left])
            & (np.einsum("ij,ij->i", facing, normals[left]) > 0)
            & (np.abs(np.einsum("ij,ij->i", apart, facing)) <= breadth[left])
        )
    out = np.where(there, OUTSIDE, NOTHING).astype(np.uint8)
    out[inside] = np.where(found, SEEN, HIDDEN)
    return out


def disparity(view: View, baseline: float) -> NDArray[np.float32]:
    """(H, W) pixels, fx · baseline / z; 0 = nothing."""
    depth = view.seen.depth.astype(np.float64)
    there = depth > 0
    lengths = view.camera.K[0, 0] * baseline / np.where(there, depth, 1.0)
    return np.where(there, lengths, 0.0).astype(np.float32)


def _turned(
    view: View, other: View, normals: NDArray[np.float32], ids: NDArray[np.uint16]
) -> Array:
    """(N, 3) normals of this picture's surfaces at the other's moment, in its camera's frame."""
    out = np.empty(normals.shape)
    later = {thing.instance_id: thing.world_from_object for thing in other.scene.objects}
    earlier = {thing.instance_id: thing.world_from_object for thing in view.scene.objects}
    camera_from_world = other.camera.world_from_camera[:3, :3].T
    for number in np.unique(ids).tolist():
        turn = np.eye(3)
        if number:
            turn = later[number][:3, :3] @ earlier[number][:3, :3].T
        rotation = camera_from_world @ turn @ view.camera.world_from_camera[:3, :3]
        mask = ids == number
        out[mask] = normals[mask] @ rotation.T
    return out
