"""The exact pass: ids, depth and normals of one sample at each pixel's centre, drawn together."""

from collections.abc import Sequence

from scenegen.render.context import GL
from scenegen.render.gpu import Sized, Target
from scenegen.render.optics import MeshProgram, Rays
from scenegen.render.pieces import pieces
from scenegen.render.store import Store
from scenegen.render.view import Placed
from scenegen.scene import Backdrop, Camera


class LabelPass:
    """Draws a camera's view into a target with `ids` (R16UI) and `surface` (normal, depth)."""

    def __init__(self, store: Store, rays: Rays) -> None:
        self._store = store
        self._program = MeshProgram("geometry.frag", rays, exact=True)
        self._sized = Sized({"ids": "R16UI", "surface": "RGBA32F"}, depth=True)

    def target(self, camera: Camera) -> Target:
        """Where pictures of this camera's size are drawn."""
        return self._sized.at(camera.width, camera.height)

    def run(self, camera: Camera, things: Sequence[Placed], backdrop: Backdrop) -> None:
        """Draw `things` (nearest first is fastest), floor and walls; background stays zero."""
        self.target(camera).begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        drawn = pieces(self._store, camera, things, backdrop)  # uploads, which bind textures
        program = self._program.use(camera)
        for piece in drawn:
            self._program.front_only(piece.one_sided)
            program.set("u_camera_from_object", piece.camera_from_mesh)
            program.set("u_id", piece.number)
            for drawable in piece.drawables:
                self._program.draw(drawable)
        self._program.front_only(False)

    def close(self) -> None:
        self._sized.delete()
        self._program.delete()
