"""Meshes drawn through a camera: rasterised by a pinhole, found ray by ray behind a bending lens."""

from collections import OrderedDict
from collections.abc import Mapping

import numpy as np

from scenegen import lens
from scenegen.render.context import GL
from scenegen.render.gpu import Texture, texture_2d
from scenegen.render.programs import Program
from scenegen.render.store import TRIANGLES_WIDE, Drawable
from scenegen.render.view import NEAR, clip_from_camera, window
from scenegen.scene import Camera, Distortion

_KEPT = 3
_BLIND = 1e9  # shaders/seen.glsl: there the lens sees nothing


class Rays:
    """The rays of all pixels as textures, kept for the cameras last drawn."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Texture] = OrderedDict()

    def texture(self, camera: Camera, times: int) -> Texture:
        """x/z and y/z on a canvas `times` (1, 3) the image's size, the image in its middle."""
        width, height = camera.width, camera.height
        key = (camera.distortion, camera.K.tobytes(), width, height, times)
        if key not in self._kept:
            x, y = width * (times // 2), height * (times // 2)
            rays = lens.rays(camera, (-x, -y, width + x, height + y))
            rays = np.nan_to_num(rays, copy=False, nan=_BLIND)
            while len(self._kept) >= _KEPT:
                self._kept.popitem(last=False)[1].delete()
            self._kept[key] = texture_2d("RG32F", width * times, height * times, rays)
        self._kept.move_to_end(key)
        return self._kept[key]

    def close(self) -> None:
        while self._kept:
            self._kept.popitem()[1].delete()


class MeshProgram:
    """A fragment shader that takes its points from shaders/seen.glsl, for cameras of both kinds.

    `exact`: point, normal and the side that is seen follow from the triangle and the pixel's ray,
    not from what a driver interpolates: on thin triangles that is off by parts in a thousand.
    """

    def __init__(
        self,
        fragment: str,
        rays: Rays,
        defines: Mapping[str, object] = {},
        *,
        exact: bool = False,
    ) -> None:
        self._fragment = fragment
        self._exact = exact
        self._defines = {**defines, "NEAR": NEAR}
        if exact:
            self._defines |= {"EXACT": TRIANGLES_WIDE}
        self._rays = rays
        self._made: dict[bool, Program] = {}
        self._bends = False

    def use(self, camera: Camera, times: int = 1) -> Program:
        """Draw with it from now on, on a canvas `times` (1, 3) the image's size."""
        self._bends = camera.distortion is not None
        program = self._program()
        program.use()
        if camera.distortion is None:
            clip = clip_from_camera(camera)
            clip[:2] /= times
            program.set("u_clip_from_camera", clip)
            if self._exact:
                program.set("u_ray_from_window", np.linalg.inv(window(camera)))
        else:
            _set_lens(program, camera, camera.distortion, times)
            program.bind("u_rays", self._rays.texture(camera, times))
            program.set("u_front_only", False)
        return program

    def draw(self, drawable: Drawable) -> None:
        """Draw a mesh with the program in use."""
        if self._exact:
            self._program().bind("u_corners", drawable.corners)
        drawable.draw()

    def front_only(self, only: bool) -> None:
        """Whether triangles are seen only from the side they face; back to False when done."""
        if self._bends:
            self._program().set("u_front_only", only)
        elif only:
            GL.glEnable(GL.GL_CULL_FACE)
        else:
            GL.glDisable(GL.GL_CULL_FACE)

    def _program(self) -> Program:
        if self._bends not in self._made:
            self._made[self._bends] = (
                Program(
                    "mesh.vert",
                    self._fragment,
                    {**self._defines, "LENS": 1},
                    "lens.geom",
                )
                if self._bends
                else Program("mesh.vert", self._fragment, self._defines)
            )
        return self._made[self._bends]

    def delete(self) -> None:
        for program in self._made.values():
            program.delete()


def _set_lens(program: Program, camera: Camera, distortion: Distortion, times: int) -> None:
    coefficients = np.zeros(8)
    coefficients[: len(distortion.coefficients)] = distortion.coefficients
    size = np.array([camera.width, camera.height])
    matrix = window(camera)
    matrix[:2, 2] += (times // 2) * size
    program.set("u_fisheye", distortion.model == "kannala_brandt")
    program.set("u_lens", coefficients)
    program.set("u_limit", lens.limit(distortion))
    program.set("u_window", matrix)
    program.set("u_size", size * times)
