"""How much of the surroundings a point sees: small shadow maps from directions all around.

Each direction stands for the light arriving from its share of the panorama (or of the floor, below
the horizon). What a pixel receives is compared with what it would receive if nothing stood in the
way; that ratio dims the smooth light. Casters are drawn from coarse copies of their meshes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen.render.context import GL
from scenegen.render.gpu import Target, Texture
from scenegen.render.programs import Program
from scenegen.render.shadows import world_from_mesh
from scenegen.render.store import Store
from scenegen.scene import SceneObject

Array = NDArray[np.float64]
PAIRS = 24
GRID, TILE = 10, 224
FORM = {"PAIRS": PAIRS, "GRID": GRID, "TILE": TILE}
"""What the shaders must know of the atlas: GRID² tiles of TILE² texels hold 2 · PAIRS maps of
each of two balls."""


def _axes() -> Array:
    """(2 · PAIRS, 3) directions, as in shaders/sky_axes.glsl."""
    z = 1 - (np.arange(PAIRS) + 0.5) / PAIRS
    turn = 2.399963229728653 * np.arange(PAIRS)
    side = np.sqrt(1 - z * z)
    above = np.stack([side * np.cos(turn), side * np.sin(turn), z], axis=1)
    return np.concatenate([above, above * [1, 1, -1]])


AXES = _axes()


class SkyMaps:
    """One atlas of depth maps, a tile a direction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._program = Program("sky.vert", "shadow.frag", FORM)
        self._target = Target(GRID * TILE, GRID * TILE, {}, depth=True)

    @property
    def atlas(self) -> Texture:
        return self._target.textures["depth"]

    def draw(self, things: Sequence[SceneObject], near: Array, far: Array) -> tuple[Array, Array]:
        """Draw all tiles for the balls around two sets of corners (N, 3).

        Returns (4, 4) `ball_from_world` of both: into a ball of centre 0 and radius 1.
        """
        balls = _ball(near, 1.15), _ball(far, 1.03)
        self._target.begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glEnable(GL.GL_DEPTH_CLAMP)
        GL.glDepthFunc(GL.GL_GREATER)
        for plane in range(4):
            GL.glEnable(GL.GL_CLIP_DISTANCE0 + plane)
        self._program.use()
        for thing in things:
            matrix = world_from_mesh(thing)
            self._program.set("u_near_from_object", balls[0] @ matrix)
            self._program.set("u_far_from_object", balls[1] @ matrix)
            self._store.proxy(thing).draw(4 * PAIRS)
        for plane in range(4):
            GL.glDisable(GL.GL_CLIP_DISTANCE0 + plane)
        GL.glDisable(GL.GL_DEPTH_CLAMP)
        return balls

    def close(self) -> None:
        self._target.delete()
        self._program.delete()


def _ball(corners: Array, room: float) -> Array:
    """(4, 4) from the world into a ball `room` times as large as one around the corners."""
    center = (corners.min(axis=0) + corners.max(axis=0)) / 2
    radius = room * float(np.linalg.norm(corners - center, axis=1).max())
    matrix = np.eye(4) / radius
    matrix[:3, 3] = -center / radius
    matrix[3, 3] = 1
    return matrix
