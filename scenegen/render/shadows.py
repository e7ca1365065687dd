"""Shadow maps: which views each light needs, and their depths drawn into one texture array.

A map sees only what casts shadows (objects and fixtures), fitted as tightly as their boxes allow.
Depth is reversed: larger is nearer to the light, 0 is nothing. Sun-like lights get one
orthographic view, lamps one perspective view, or six when they stand amid the objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.render.context import GL
from scenegen.render.gpu import Texture, depth_layers
from scenegen.render.programs import Program
from scenegen.render.store import Store
from scenegen.scene import SceneObject

Array = NDArray[np.float64]
SIZE = 1024
"""Texels along a side of a shadow map."""

_WIDEST = np.deg2rad(65)  # half angle of a lamp's single view; beyond it six views are used
_NEAR = 0.02
_FACES = np.array(
    [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64
)


@dataclass(frozen=True, eq=False)
class ShadowView:
    """One map: `clip_from_world`; `texel` is its size in metres (sun) or per metre of distance (lamp).

    A sun's depth d is linear, `reach` · (1 − d) metres from the map's near side; a lamp's distance
    along the axis is `reach` / d.
    """

    clip_from_world: Array
    reach: float
    texel: float


def sun_view(direction: Array, corners: Array) -> ShadowView:
    """Orthographic view against `direction` (unit, toward the light) of all `corners` (N, 3)."""
    right, up = _across(direction)
    axes = np.stack([right, up, direction])
    local = corners @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    center, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-3)
    half[:2] *= SIZE / (SIZE - 8)  # an empty border, so that what lies outside reads as lit
    half[2] *= 1.01
    matrix = np.eye(4)
    matrix[:3, :3] = axes / half[:, None]
    matrix[:3, 3] = -center / half
    matrix[2, :] *= 0.5
    matrix[2, 3] += 0.5
    return ShadowView(matrix, 2 * half[2], float(2 * half[:2].max() / SIZE))


def lamp_views(position: Array, corners: Array) -> list[ShadowView]:
    """Perspective view from `position` that holds all `corners`, or six when one is too wide."""
    toward = corners - position
    center = (corners.min(axis=0) + corners.max(axis=0)) / 2 - position
    distance = np.linalg.norm(center)
    if distance > 1e-6:
        axis = center / distance
        cosines = toward @ axis / np.maximum(np.linalg.norm(toward, axis=1), 1e-9)
        if cosines.min() > np.cos(_WIDEST):
            right, up = _across(axis)
            depth = toward @ axis
            slope = max(np.abs(toward @ right / depth).max(), np.abs(toward @ up / depth).max())
            return [_perspective(position, axis, float(slope) * SIZE / (SIZE - 8))]
    return [_perspective(position, axis, 1.0) for axis in _FACES]


def _perspective(position: Array, axis: Array, slope: float) -> ShadowView:
    right, up = _across(axis)
    matrix = np.zeros((4, 4))
    matrix[0, :3], matrix[1, :3], matrix[3, :3] = right / slope, up / slope, axis
    matrix[:, 3] = -matrix[:, :3] @ position
    matrix[2, 3] = _NEAR
    return ShadowView(matrix, _NEAR, 2 * slope / SIZE)


def _across(axis: Array) -> tuple[Array, Array]:
    """Two unit vectors at right angles to `axis` and to each other."""
    helper = np.array([1.0, 0, 0]) if abs(axis[2]) > 0.9 else np.array([0, 0, 1.0])
    right = np.cross(helper, axis)
    right /= np.linalg.norm(right)
    return right, np.cross(axis, right)


class ShadowMaps:
    """The depth array of one scene's lights; it grows to as many layers as were ever needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._program = Program("shadow.vert", "shadow.frag")
        self._framebuffer = int(GL.glGenFramebuffers(1))
        self.layers = depth_layers(SIZE, 1)
        self._count = 1

    def draw(self, views: Sequence[ShadowView], things: Sequence[SceneObject]) -> Texture:
        """Fill one layer a view."""
        if len(views) > self._count:
            self.layers.delete()
            self.layers, self._count = depth_layers(SIZE, len(views)), len(views)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glViewport(0, 0, SIZE, SIZE)
        GL.glDrawBuffers(1, [GL.GL_NONE])
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        self._program.use()
        for layer, view in enumerate(views):
            slot = GL.GL_DEPTH_ATTACHMENT
            GL.glFramebufferTextureLayer(GL.GL_FRAMEBUFFER, slot, self.layers.name, 0, layer)
            GL.glClearBufferfv(GL.GL_DEPTH, 0, np.zeros(1, np.float32))
            for thing in things:
                matrix = view.clip_from_world @ world_from_mesh(thing)
                self._program.set("u_clip_from_object", matrix)
                for drawable in self._store.object(thing):
                    drawable.draw()
        return self.layers

    def close(self) -> None:
        GL.glDeleteFramebuffers(1, [self._framebuffer])
        self.layers.delete()
        self._program.delete()


def world_from_mesh(thing: SceneObject) -> Array:
    """(4, 4) `world_from_object` with the object's scale put into it."""
    matrix = thing.world_from_object.copy()
    matrix[:3, :3] *= thing.scale
    return matrix


def corners_in_world(things: Sequence[SceneObject], store: Store) -> Array:
    """(8 N, 3) corners of the boxes of all `things`; of a small box where there is nothing."""
    found = [np.zeros((0, 3))] if things else [geometry.box_corners(np.zeros(3), np.full(3, 0.1))]
    for thing in things:
        low, high = store.bounds(thing)
        corners = geometry.box_corners((low + high) / 2, high - low)
        found.append(geometry.apply(world_from_mesh(thing), corners))
    return np.concatenate(found)
