"""How much of the surroundings a point sees: small shadow maps from directions all around.

Each direction stands for the light arriving from its share of the panorama (or of the floor, below
the horizon). What a pixel receives is compared with what it would receive if nothing stood in the
way; that ratio dims the smooth light. Casters are drawn from coarse copies of their meshes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen.render.context import GL
from scenegen.render.gpu import Program, Target
from scenegen.render.shadows import across, world_from_mesh
from scenegen.render.surfaces import Store
from scenegen.scene import SceneObject

Array = NDArray[np.float64]
COUNT = 64
GRID, TILE = 8, 256


def _axes() -> Array:
    """(COUNT, 3) directions spread evenly over the sphere (Fibonacci lattice)."""
    z = 1 - (2 * np.arange(COUNT) + 1) / COUNT
    turn = np.pi * (1 + 5**0.5) * np.arange(COUNT)
    side = np.sqrt(1 - z * z)
    return np.stack([side * np.cos(turn), side * np.sin(turn), z], axis=1)


AXES = _axes()
"""Upward directions come first."""


class SkyMaps:
    """One atlas of depth maps, a tile a direction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._program = Program("sky.vert", "shadow.frag", {"COUNT": COUNT, "GRID": GRID})
        self._target = Target(GRID * TILE, GRID * TILE, {}, depth=True)

    @property
    def atlas(self):  # type: ignore[no-untyped-def]
        return self._target.textures["depth"]

    def draw(self, things: Sequence[SceneObject], corners: Array) -> tuple[Array, float]:
        """Draw all tiles; return (COUNT, 3, 4) tile-from-world rows and a texel's size in metres."""
        rows, texel = _tile_rows(corners)
        self._target.begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        self._program.use()
        self._program.set("u_rows", rows)
        for thing in things:
            self._program.set("u_world_from_object", world_from_mesh(thing))
            self._store.proxy(thing).draw(COUNT)
        return rows, texel

    def close(self) -> None:
        self._target.delete()
        self._program.delete()


def _tile_rows(corners: Array) -> tuple[Array, float]:
    """Orthographic views of the corners' sphere: x and y in [−1, 1], depth in [0, 1] to the light."""
    center = (corners.min(axis=0) + corners.max(axis=0)) / 2
    radius = float(np.linalg.norm(corners - center, axis=1).max()) * TILE / (TILE - 6)
    rows = np.zeros((COUNT, 3, 4))
    for row, axis in zip(rows, AXES, strict=True):
        right, up = across(axis)
        row[:, :3] = np.stack([right, up, axis / 2]) / radius
        row[:, 3] = -row[:, :3] @ center
        row[2, 3] += 0.5
    return rows, 2 * radius / TILE
