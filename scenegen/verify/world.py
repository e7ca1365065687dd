"""What stands in a scene at one moment, and what rays from a camera meet there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.verify.meshes import Array, Integers, Mesh, Meshes
from scenegen.verify.optics import NEAR
from scenegen.verify.rows import largest, moved, norm

NOTHING = -1
_INWARD = np.array([[0.0, 1, 0], [-1, 0, 0], [0, -1, 0], [1, 0, 0]])
"""Of the walls at y = −half, x = +half, y = +half, x = −half."""


@dataclass(frozen=True, eq=False)
class Thing:
    """An object (id from 1) or a piece of furniture (id 0); `pose` is world_from_object, rigid."""

    number: int
    asset_id: str
    role: str
    mesh: Mesh
    pose: Array
    scale: float


@dataclass(frozen=True, eq=False)
class World:
    """One capture: `things` are objects, then furniture; side lengths are None where nothing is."""

    things: tuple[Thing, ...]
    floor: float | None
    walls: tuple[float, float] | None

    @classmethod
    def of(cls, capture: Mapping[str, Any], meshes: Meshes) -> "World":
        """Of a capture as it stands in scene.json."""
        things = tuple(
            Thing(
                0 if data["role"] == "fixture" else data["instance_id"],
                data["asset_id"],
                data["role"],
                meshes[data["asset_id"]],
                np.array(data["world_from_object"], np.float64),
                float(data["scale"]),
            )
            for data in (*capture["objects"], *capture["fixtures"])
        )
        backdrop = capture["backdrop"]
        side, height = backdrop["floor_size"], backdrop["wall_height"]
        return cls(
            things,
            None if backdrop["floor"] is None else side,
            None if backdrop["walls"] is None or height <= 0 else (side, height),
        )

    def place_of(self, number: int) -> int:
        """Where an object stands in `things`."""
        return next(at for at, thing in enumerate(self.things) if thing.number == number)


@dataclass(frozen=True, eq=False)
class Hits:
    """What N rays meet first.

    surface (N,): number in `things`, then floor and walls, −1 nothing · depth (N,) metres along the
    optical axis, infinite for nothing · triangle (N,) · rays (N, 3), z = 1.
    """

    rays: Array
    surface: Integers
    depth: Array
    triangle: Integers

    @cached_property
    def points(self) -> Array:
        """(N, 3) camera frame, NaN for nothing."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(self.depth), self.depth, np.nan)[:, None] * self.rays

    def __getitem__(self, index: Any) -> "Hits":
        return Hits(self.rays[index], self.surface[index], self.depth[index], self.triangle[index])


class Sight:
    """A camera's place in a world."""

    def __init__(self, world: World, world_from_camera: Array) -> None:
        self.world = world
        self.world_from_camera = world_from_camera
        self.camera_from_world = rigid_inverse(world_from_camera)
        self.poses = [self.camera_from_world @ thing.pose for thing in world.things]
        """camera_from_object of all things."""
        floor = len(world.things)
        self.numbers: Integers = np.array(
            [*(thing.number for thing in world.things), 0, 0, 0, 0, 0, 0], np.int32
        )
        """Instance id by surface; the last is nothing's."""
        self._floor, self._wall = floor, floor + 1

    def corners(self, place: int) -> Array:
        """(8, 3) corners of a thing's 3D box, camera frame."""
        thing = self.world.things[place]
        return moved(self.poses[place], thing.mesh.box_corners * thing.scale)

    @cached_property
    def _windows(self) -> list[Array | None]:
        """(2, 2) least and largest x/z and y/z of every thing's box; None: all, or it is behind."""
        windows: list[Array | None] = []
        for place in range(len(self.world.things)):
            corners = self.corners(place)
            if (corners[:, 2] > NEAR).all():
                plane = corners[:, :2] / corners[:, 2:]
                windows.append(np.stack([plane.min(axis=0) - 1e-6, plane.max(axis=0) + 1e-6]))
            else:
                windows.append(None)
        return windows

    def candidates(self, place: int, rays: Array) -> NDArray[np.intp]:
        """Which of (N, 3) rays may meet a thing."""
        if (self.corners(place)[:, 2] <= 0).all():
            return np.zeros(0, np.intp)
        window = self._windows[place]
        if window is None:
            return np.flatnonzero(np.isfinite(rays[:, 0]))
        low, high = window
        x, y = rays[:, 0], rays[:, 1]
        return np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))

    def cast_at(
        self, place: int, rays: Array, after: Array | float = 0.0
    ) -> tuple[Array, Integers]:
        """Depth (infinite: none) and triangle at which (N, 3) rays meet one thing, after a depth."""
        thing, pose = self.world.things[place], self.poses[place]
        inverse = pose[:3, :3].T / thing.scale
        directions = moved(inverse, rays)
        front = float(self.corners(place)[:, 2].min()) * (1 - 1e-6) - 1e-4
        start = np.maximum(max(NEAR, front), after)
        origins = np.multiply.outer(start, np.ones(3)) * directions - inverse @ pose[:3, 3]
        length, triangle = thing.mesh.first_hit(origins, directions)
        return start + length, triangle

    def cast(self, rays: Array, after: Array | None = None) -> Hits:
        """What (N, 3) rays meet first, or first after a depth; a ray of NaN meets nothing."""
        layers = [self.layer(place, rays, after) for place in range(self._floor)]
        return self.composite(rays, layers, after)

    def layer(self, place: int, rays: Array, after: Array | None = None) -> "Layer":
        """Which rays meet a thing, whatever else there is."""
        index = self.candidates(place, rays)
        beyond = 0.0 if after is None else after[index]
        depth, triangle = self.cast_at(place, rays[index], beyond)
        hit = np.isfinite(depth)
        return Layer(index[hit], depth[hit], triangle[hit])

    def composite(self, rays: Array, layers: list["Layer"], after: Array | None = None) -> Hits:
        """The nearest of all things, floor and walls."""
        surface = np.full(len(rays), NOTHING, np.int32)
        triangle = np.full(len(rays), -1, np.int32)
        depth = np.full(len(rays), np.inf)
        for place, layer in enumerate(layers):
            nearer = layer.depth < depth[layer.index]
            index = layer.index[nearer]
            depth[index] = layer.depth[nearer]
            surface[index], triangle[index] = place, layer.triangle[nearer]
        for number, flat in self._flats(rays):
            nearer = flat < depth
            if after is not None:
                nearer &= flat > after
            depth[nearer], surface[nearer] = flat[nearer], number
        return Hits(rays, surface, depth, triangle)

    def _flats(self, rays: Array) -> list[tuple[int, Array]]:
        """Surface number and depth of the floor and of every wall."""
        rotation, eye = self.world_from_camera[:3, :3], self.world_from_camera[:3, 3]
        way = moved(rotation, rays)
        found = []
        if self.world.floor is not None:
            depth, points = _plane(eye, way, np.array([0.0, 0.0, 1.0]), 0.0)
            outside = largest(points[:, :2]) > self.world.floor / 2
            found.append((self._floor, np.where(outside, np.inf, depth)))
        if self.world.walls is not None:
            side, height = self.world.walls
            for number, inward in enumerate(_INWARD):
                depth, points = _plane(eye, way, inward, -side / 2)
                along = np.abs(points @ np.abs(np.cross(inward, [0.0, 0.0, 1.0])))
                outside = (along > side / 2) | (points[:, 2] < 0) | (points[:, 2] > height)
                with np.errstate(invalid="ignore"):
                    outside |= ~(way @ inward < 0)
                found.append((self._wall + number, np.where(outside, np.inf, depth)))
        return found

    def ids(self, hits: Hits) -> Integers:
        """(N,) instance ids."""
        return self.numbers[hits.surface]

    def normals(self, hits: Hits, *, flat: bool = False) -> Array:
        """(N, 3) unit normals toward the camera, camera frame, NaN for nothing.

        They are those of the mesh's corners, or, if `flat`, of its triangles.
        """
        out = np.full((len(hits.rays), 3), np.nan)
        for surface in np.unique(hits.surface).tolist():
            at = np.flatnonzero(hits.surface == surface)
            if surface == NOTHING:
                continue
            if surface >= self._floor:
                normal = np.array([0.0, 0.0, 1.0])
                if surface >= self._wall:
                    normal = _INWARD[surface - self._wall]
                face = np.broadcast_to(self.camera_from_world[:3, :3] @ normal, (len(at), 3))
                out[at] = _toward(face, face, hits.rays[at])
                continue
            mesh, rotation = self.world.things[surface].mesh, self.poses[surface][:3, :3]
            triangle = hits.triangle[at]
            face = normal = moved(rotation, mesh.faces[triangle])
            if not flat:
                weights = mesh.weights(triangle, self.in_mesh(surface, hits.points[at]))
                mixed = np.einsum("ij,ijk->ik", weights, mesh.normals[triangle])
                mixed = moved(rotation, mixed)
                with np.errstate(all="ignore"):
                    normal = mixed / norm(mixed)[:, None]
            out[at] = _toward(normal, face, hits.rays[at])
        return out

    def in_mesh(self, place: int, points: Array) -> Array:
        """(N, 3) camera-frame points in the frame of a thing's mesh, before scaling."""
        return moved(rigid_inverse(self.poses[place]), points) / self.world.things[place].scale


@dataclass(frozen=True, eq=False)
class Layer:
    """The rays that meet one thing: index (M,) into the rays, depth and triangle (M,)."""

    index: NDArray[np.intp]
    depth: Array
    triangle: Integers


def rigid_inverse(matrix: Array) -> Array:
    """The inverse of a rigid 4×4 transform."""
    out = np.eye(4)
    out[:3, :3] = matrix[:3, :3].T
    out[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return out


def _plane(eye: Array, way: Array, normal: Array, height: float) -> tuple[Array, Array]:
    """Depth at which rays meet the plane normal · x = height, and where; infinite: not ahead."""
    with np.errstate(all="ignore"):
        depth = (height - eye @ normal) / (way @ normal)
    depth = np.where(np.isfinite(depth) & (depth >= NEAR), depth, np.inf)
    return depth, eye + np.where(np.isfinite(depth), depth, 0.0)[:, None] * way


def _toward(normal: Array, face: Array, rays: Array) -> Array:
    """Normals turned over where the face is seen from behind."""
    behind = np.einsum("ij,ij->i", face, rays) > 0
    return np.where(behind[:, None], -normal, normal)
