"""How much of each light reaches each pixel of the labels' picture: sharp shadows and soft ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.render.context import GL
from scenegen.render.gpu import Sized, Target, Texture
from scenegen.render.lighting import Lamp, Lighting
from scenegen.render.programs import Program
from scenegen.render.sky import FORM
from scenegen.scene import Camera

Array = NDArray[np.float64]
_CHANNELS = 4  # lights in a picture
_JITTER = 2.0  # texels of a sky map by which a look-up is moved
_NOOK = 0.04  # of the near ball's radius: about four texels of its maps


@dataclass(frozen=True, eq=False)
class LitScene:
    """A scene's light and the maps drawn for it, good for every camera."""

    lighting: Lighting
    maps: Texture
    sky: Texture
    near_from_world: Array
    far_from_world: Array
    gloss: Texture

    @property
    def lamps(self) -> list[Lamp]:
        """Suns and lamps of the recipe."""
        return [lamp for lamp in self.lighting.lamps if lamp.glossy]

    @property
    def glows(self) -> list[Lamp]:
        """Bright places of the panorama."""
        return [lamp for lamp in self.lighting.lamps if not lamp.glossy]

    @property
    def seconds(self) -> tuple[bool, bool]:
        """Whether `ShadingPass.sharp` and `soft` have a second picture."""
        return len(self.lamps) > _CHANNELS, bool(self.glows)


class ShadingPass:
    """Finds the part of each light that arrives: 1 where nothing is in its way."""

    def __init__(self) -> None:
        self._shade = Program("screen.vert", "shade.frag")
        self._sky = Program("screen.vert", "sky.frag", {**FORM, "JITTER": _JITTER})
        self._blur = {
            second: Program("screen.vert", "blur.frag", {"SECOND": 1} if second else {})
            for second in (False, True)
        }
        sharp, soft = {"first": "RGBA8"}, {"first": "RGBA16F"}
        second = {"second": "RGBA8"}
        self._sharp = {False: _pair(sharp), True: _pair(sharp | second)}
        self._soft = {False: _pair(soft), True: _pair(soft | second)}

    def sharp(self, camera: Camera, lit: LitScene, labels: Target) -> Target:
        """`first`: of lamps 0 to 3, `second`: of those from 4 on; at full resolution."""
        second, _ = lit.seconds
        size = camera.width, camera.height
        target, other = (sized.at(*size) for sized in self._sharp[second])
        target.begin(color=1.0)
        if not lit.lamps:
            return target
        self._shadow(camera, lit, labels, target, lit.lamps, 0)
        return self._blurred(target, other, labels, 1)

    def soft(self, camera: Camera, lit: LitScene, labels: Target) -> Target:
        """`first`: of the smooth light, `second`: of the glows; at half resolution."""
        _, second = lit.seconds
        size = (camera.width + 1) // 2, (camera.height + 1) // 2
        target, other = (sized.at(*size) for sized in self._soft[second])
        target.begin(color=1.0)
        GL.glDrawBuffers(1, [GL.GL_COLOR_ATTACHMENT0])
        program = self._sky
        program.use()
        world_from_camera = camera.world_from_camera
        program.set("u_near_from_camera", lit.near_from_world @ world_from_camera)
        program.set("u_far_from_camera", lit.far_from_world @ world_from_camera)
        program.set("u_world_from_camera", world_from_camera[:3, :3])
        program.set("u_weights", lit.lighting.weights)
        program.set("u_has_floor", lit.lighting.ground is not None)
        program.set("u_floor_near", lit.near_from_world[2, 3])
        program.set("u_floor_far", lit.far_from_world[2, 3])
        program.set("u_nook", _NOOK / np.linalg.norm(lit.near_from_world[0, :3]))
        program.set("u_focal", camera.K[0, 0])
        program.set("u_step", 2)
        program.bind("u_atlas", lit.sky)
        set_pixels(program, camera, labels)
        program.cover()
        self._shadow(camera, lit, labels, target, lit.glows, 1)
        return self._blurred(target, other, labels, 2)

    def _shadow(
        self,
        camera: Camera,
        lit: LitScene,
        labels: Target,
        target: Target,
        lamps: Sequence[Lamp],
        first: int,
    ) -> None:
        """Write the part of each lamp that arrives into a channel of its own, from slot `first` on."""
        program = self._shade
        program.use()
        program.bind("u_maps", lit.maps)
        set_pixels(program, camera, labels)
        program.set("u_step", 2 if target.width < camera.width else 1)
        camera_from_world = geometry.inverse(camera.world_from_camera)
        for i, lamp in enumerate(lamps):
            slot = GL.GL_COLOR_ATTACHMENT0 + first + i // _CHANNELS
            GL.glDrawBuffers(1, [slot])
            GL.glColorMask(*[channel == i % _CHANNELS for channel in range(_CHANNELS)])
            program.set("u_lamp", not lamp.is_sun)
            program.set("u_place", place_in_camera(lamp, camera_from_world))
            program.set("u_size", lamp.shape[1])
            for view in lamp.views:
                program.set("u_layer", lit.lighting.views.index(view))
                program.set("u_clip_from_camera", view.clip_from_world @ camera.world_from_camera)
                program.set("u_reach", view.reach)
                program.set("u_texel", view.texel)
                program.cover()
        GL.glColorMask(True, True, True, True)
        target.draw_all()

    def _blurred(self, source: Target, other: Target, labels: Target, step: int) -> Target:
        """Blur `source` along rows into `other`, and along columns back again."""
        program = self._blur["second" in source.textures]
        program.use()
        program.set("u_step", step)
        program.bind("u_surface", labels.textures["surface"])
        for way, start, end in (((1, 0), source, other), ((0, 1), other, source)):
            end.begin(color=None)
            program.set("u_way", way)
            for name, texture in start.textures.items():
                program.bind(f"u_{name}", texture)
            program.cover()
        return source

    def close(self) -> None:
        for program in (self._shade, self._sky, *self._blur.values()):
            program.delete()
        for pairs in (self._sharp, self._soft):
            for sized in (*pairs[False], *pairs[True]):
                sized.delete()


def _pair(colors: dict[str, str]) -> tuple[Sized, Sized]:
    return Sized(colors), Sized(colors)


def set_pixels(program: Program, camera: Camera, labels: Target) -> None:
    """Hand over what shaders/surface.glsl needs."""
    program.set("u_ray_from_pixel", np.linalg.inv(camera.K))
    program.bind("u_surface", labels.textures["surface"])


def place_in_camera(lamp: Lamp, camera_from_world: Array) -> Array:
    """Its direction or position, camera frame."""
    if lamp.is_sun:
        return camera_from_world[:3, :3] @ lamp.place
    return geometry.apply(camera_from_world, lamp.place)
