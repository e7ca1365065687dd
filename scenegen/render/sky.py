"""How much of the surroundings a point sees: small shadow maps from directions all around.

Each direction stands for the light arriving from its share of the panorama (or of the floor, below
the horizon). What a pixel receives is compared with what it would receive if nothing stood in the
way; that ratio dims the smooth light. Casters are drawn from coarse copies of their meshes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen.render.context import GL
from scenegen.render.gpu import Program, Target, Texture
from scenegen.render.shadows import world_from_mesh
from scenegen.render.surfaces import Store
from scenegen.scene import SceneObject

Array = NDArray[np.float64]
PAIRS = 32
GRID, TILE = 8, 256
FORM = {"PAIRS": PAIRS, "GRID": GRID, "TILE": TILE}
"""What the shaders must know of the atlas: GRID² tiles of TILE² texels hold 2 · PAIRS maps."""


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

    def draw(self, things: Sequence[SceneObject], corners: Array) -> Array:
        """Draw all tiles; return (4, 4) `ball_from_world`: into the unit ball around `corners`."""
        ball_from_world = _ball(corners)
        self._target.begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        self._program.use()
        for thing in things:
            self._program.set("u_ball_from_object", ball_from_world @ world_from_mesh(thing))
            self._store.proxy(thing).draw(2 * PAIRS)
        return ball_from_world

    def close(self) -> None:
        self._target.delete()
        self._program.delete()


def _ball(corners: Array) -> Array:
    center = (corners.min(axis=0) + corners.max(axis=0)) / 2
    radius = float(np.linalg.norm(corners - center, axis=1).max()) * TILE / (TILE - 6)
    matrix = np.eye(4) / radius
    matrix[:3, 3] = -center / radius
    matrix[3, 3] = 1
    return matrix
