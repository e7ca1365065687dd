"""What surfaces are made of, before any light falls on them: one sample at each pixel's centre."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scenegen.render import Surfaces
from scenegen.render.context import GL
from scenegen.render.gpu import Sized
from scenegen.render.optics import MeshProgram, Rays
from scenegen.render.pieces import pieces
from scenegen.render.store import Store
from scenegen.render.surfaces import set_surface
from scenegen.render.view import Placed
from scenegen.scene import Backdrop, Camera


class AlbedoPass:
    """Draws albedo, roughness and metallic with the transforms and the depth test of the labels."""

    def __init__(self, store: Store, rays: Rays) -> None:
        self._store = store
        self._rays = rays
        self._programs: dict[tuple[str, ...], MeshProgram] = {}
        self._sized = Sized({"albedo": "RGBA8", "roughness_metallic": "RGBA8"}, depth=True)

    def run(self, camera: Camera, things: Sequence[Placed], backdrop: Backdrop) -> Surfaces:
        """See `render.Surfaces` for shapes and units."""
        target = self._sized.at(camera.width, camera.height)
        target.begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        for piece in pieces(self._store, camera, things, backdrop):
            for drawable in piece.drawables:
                surface = replace(drawable.surface, normal=None)
                mesh_program = self._program(tuple(surface.textures))
                program = mesh_program.use(camera)
                mesh_program.front_only(piece.one_sided)
                program.set("u_camera_from_object", piece.camera_from_mesh)
                set_surface(program, surface, piece.scale)
                mesh_program.draw(drawable)
                mesh_program.front_only(False)
        albedo, rest = target.read("albedo"), target.read("roughness_metallic")
        return Surfaces(np.ascontiguousarray(albedo[..., :3]), np.ascontiguousarray(rest[..., :3]))

    def _program(self, textures: tuple[str, ...]) -> MeshProgram:
        """The shader for surfaces with these textures."""
        if textures not in self._programs:
            defines = {name.upper(): 1 for name in textures}
            self._programs[textures] = MeshProgram("albedo.frag", self._rays, defines, exact=True)
        return self._programs[textures]

    def close(self) -> None:
        self._sized.delete()
        for program in self._programs.values():
            program.delete()
