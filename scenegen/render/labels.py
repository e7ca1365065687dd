"""The exact pass: ids, depth and normals of one sample at each pixel's centre, drawn together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.render.context import GL
from scenegen.render.gpu import Sized, Target
from scenegen.render.programs import Program
from scenegen.render.store import Drawable, Store
from scenegen.render.view import Placed, clip_from_camera
from scenegen.scene import Backdrop, Camera


class LabelPass:
    """Draws a camera's view into a target with `ids` (R16UI) and `surface` (normal, depth)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._program = Program("mesh.vert", "geometry.frag")
        self._sized = Sized({"ids": "R16UI", "surface": "RGBA32F"}, depth=True)

    def target(self, camera: Camera) -> Target:
        """Where pictures of this camera's size are drawn."""
        return self._sized.at(camera.width, camera.height)

    def run(self, camera: Camera, things: Sequence[Placed], backdrop: Backdrop) -> None:
        """Draw `things` (nearest first is fastest), floor and walls; background stays zero."""
        self.target(camera).begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        program = self._program
        program.use()
        program.set("u_clip_from_camera", clip_from_camera(camera))
        for thing in things:
            self._draw(self._store.object(thing.thing), thing.camera_from_mesh, thing.instance_id)
        camera_from_world = geometry.inverse(camera.world_from_camera)
        self._draw(self._store.floor(backdrop), camera_from_world, 0)
        GL.glEnable(GL.GL_CULL_FACE)  # walls are seen from inside only
        self._draw(self._store.walls(backdrop), camera_from_world, 0)
        GL.glDisable(GL.GL_CULL_FACE)

    def _draw(
        self, drawables: Sequence[Drawable], matrix: NDArray[np.float64], number: int
    ) -> None:
        if not drawables:
            return
        self._program.set("u_camera_from_object", matrix)
        self._program.set("u_id", number)
        for drawable in drawables:
            drawable.draw()

    def close(self) -> None:
        self._sized.delete()
        self._program.delete()
