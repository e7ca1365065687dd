"""The lit picture. What surfaces are made of is drawn first, then they are lit all at once.

Shadows, the view of the sky and the light are found once at each pixel of the labels' picture. Edges
are smooth because a multisampled picture tells which surfaces share a pixel, and how.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.render.context import GL, Context
from scenegen.render.gpu import Sized, Target, Texture
from scenegen.render.lighting import MAX_LAMPS, MAX_LIGHTS, Lamp, Lighting
from scenegen.render.panoramas import LEVELS
from scenegen.render.pieces import Piece, pieces
from scenegen.render.programs import Program
from scenegen.render.sky import FORM
from scenegen.render.store import Store
from scenegen.render.surfaces import set_surface
from scenegen.render.view import NEAR, Placed, clip_from_camera
from scenegen.scene import Backdrop, Camera

Array = NDArray[np.float64]
SAMPLES = 4
_JITTER = 2.0  # texels of a sky map by which a look-up is moved
_NOOK = 0.04  # of the near ball's radius: about four texels of its maps
_CURVE = {"CURVE_A": 1.771, "CURVE_B": 0.871, "CURVE_C": 1.775, "CURVE_D": 0.766}
# fitted: 0.18 → 0.18, 0.5 → 0.48, 0.9 (paper) → 0.71 (sRGB 0.86), 4 → 0.98; a short, soft toe


@dataclass(frozen=True, eq=False)
class LitScene:
    """A scene's light and the maps drawn for it, good for every camera."""

    lighting: Lighting
    maps: Texture
    sky: Texture
    near_from_world: Array
    far_from_world: Array
    gloss: Texture


class PicturePass:
    """Draws what a camera sees in linear radiance and turns it into a picture."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        samples = min(SAMPLES, context.max_samples)
        lights = {"MAX_LIGHTS": MAX_LIGHTS, "MAX_LAMPS": MAX_LAMPS}
        self._shade = Program("screen.vert", "shade.frag")
        self._sky = Program("screen.vert", "sky.frag", {**FORM, "JITTER": _JITTER})
        self._blur = Program("screen.vert", "blur.frag")
        self._materials: dict[tuple[str, ...], Program] = {}
        self._light = Program("screen.vert", "light.frag", {**lights, **_CURVE})
        self._coverage = Program("mesh.vert", "coverage.frag")
        form = {"NEAR": NEAR, "SAMPLES": samples}
        self._blend = Program("screen.vert", "blend.frag", form)
        pair = {"first": "RGBA8", "second": "RGBA8"}
        self._lit, self._lit_blurred = Sized(pair), Sized(pair)
        half = {"first": "RGBA16F", "second": "RGBA8"}
        self._part, self._part_blurred = Sized(half), Sized(half)
        surfaces = {"base": "RGBA8", "normal": "RGBA16F", "part": "R16UI"}
        self._stuff = Sized(surfaces, depth=True)
        self._seen = Sized({"seen": "RGBA8"}, depth=True, samples=samples)
        self._radiance, self._light_there = Sized({"light": "RGBA32F"}), Sized({"light": "RGBA16F"})
        self._linear, self._picture = Sized({"color": "RGBA32F"}), Sized({"color": "RGBA8"})

    def run(
        self,
        camera: Camera,
        things: Sequence[Placed],
        backdrop: Backdrop,
        lit: LitScene,
        labels: Target,
        linear: bool,
    ) -> NDArray[np.generic]:
        """(H, W, 3) sRGB uint8, or with `linear` radiance float32 before exposure and tone curve."""
        GL.glDisable(GL.GL_DEPTH_TEST)
        sharp, soft = self._sharp(camera, lit, labels), self._soft(camera, lit, labels)
        drawn = pieces(self._store, camera, things, backdrop)  # uploads, which bind textures
        stuff = self._surfaces(camera, drawn)
        light = self._lighted(camera, backdrop, lit, labels, (sharp, soft, stuff), linear)
        seen = self._covered(camera, drawn)
        target = (self._linear if linear else self._picture).at(camera.width, camera.height)
        target.begin()
        GL.glDisable(GL.GL_DEPTH_TEST)
        program = self._blend
        program.use()
        program.set("u_linear", linear)
        program.bind("u_seen", seen.textures["seen"])
        program.bind("u_depth", seen.textures["depth"])
        program.bind("u_surface", labels.textures["surface"])
        program.bind("u_part", stuff.textures["part"])
        program.bind("u_light", light.textures["light"])
        program.cover()
        return np.ascontiguousarray(target.read("color")[..., :3])

    def _lighted(
        self,
        camera: Camera,
        backdrop: Backdrop,
        lit: LitScene,
        labels: Target,
        parts: tuple[Target, Target, Target],
        linear: bool,
    ) -> Target:
        """Light at each pixel's centre; `parts`: from `_sharp`, `_soft` and `_surfaces`."""
        sharp, soft, stuff = parts
        target = (self._radiance if linear else self._light_there).at(camera.width, camera.height)
        target.begin()
        GL.glDisable(GL.GL_DEPTH_TEST)
        program = self._light
        program.use()
        _set_lights(program, lit.lighting, camera)
        _set_surroundings(program, lit, camera, backdrop)
        _set_pixels(program, camera, labels)
        program.set("u_exposure", camera.exposure)
        program.set("u_linear", linear)
        program.bind("u_base", stuff.textures["base"])
        program.bind("u_normal", stuff.textures["normal"])
        program.bind("u_lit_first", sharp.textures["first"])
        program.bind("u_lit_second", sharp.textures["second"])
        program.bind("u_sky", soft.textures["first"])
        program.bind("u_lit_glows", soft.textures["second"])
        program.cover()
        return target

    def _sharp(self, camera: Camera, lit: LitScene, labels: Target) -> Target:
        """The part of suns and lamps that arrives, at full resolution."""
        target = self._lit.at(camera.width, camera.height)
        target.begin(color=1.0)
        lamps = [lamp for lamp in lit.lighting.lamps if lamp.glossy]
        if not lamps:
            return target
        self._shadow(camera, lit, labels, target, lamps, 0)
        return self._blurred(target, self._lit_blurred, labels, 1)

    def _soft(self, camera: Camera, lit: LitScene, labels: Target) -> Target:
        """The part of the smooth light and of the panorama's glows, at half resolution."""
        target = self._part.at((camera.width + 1) // 2, (camera.height + 1) // 2)
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
        _set_pixels(program, camera, labels)
        program.cover()
        glows = [lamp for lamp in lit.lighting.lamps if not lamp.glossy]
        self._shadow(camera, lit, labels, target, glows, 1)
        return self._blurred(target, self._part_blurred, labels, 2)

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
        _set_pixels(program, camera, labels)
        program.set("u_step", 2 if target.width < camera.width else 1)
        camera_from_world = geometry.inverse(camera.world_from_camera)
        for i, lamp in enumerate(lamps):
            slot = GL.GL_COLOR_ATTACHMENT0 + first + i // 4
            GL.glDrawBuffers(1, [slot])
            GL.glColorMask(*[channel == i % 4 for channel in range(4)])
            program.set("u_lamp", not lamp.is_sun)
            program.set("u_place", _in_camera(lamp, camera_from_world))
            program.set("u_size", lamp.shape[1])
            for view in lamp.views:
                program.set("u_layer", lit.lighting.views.index(view))
                program.set("u_clip_from_camera", view.clip_from_world @ camera.world_from_camera)
                program.set("u_reach", view.reach)
                program.set("u_texel", view.texel)
                program.cover()
        GL.glColorMask(True, True, True, True)
        target.draw_all()

    def _blurred(self, source: Target, into: Sized, labels: Target, step: int) -> Target:
        target = into.at(source.width, source.height)
        target.begin()
        program = self._blur
        program.use()
        program.set("u_step", step)
        program.bind("u_surface", labels.textures["surface"])
        program.bind("u_first", source.textures["first"])
        program.bind("u_second", source.textures["second"])
        program.cover()
        return target

    def _surfaces(self, camera: Camera, drawn: Sequence[Piece]) -> Target:
        """What the surface at each pixel's centre is made of."""
        target = self._begun(self._stuff, camera)
        clip = clip_from_camera(camera)
        numbers = itertools.count(1)
        for piece in drawn:
            (GL.glEnable if piece.one_sided else GL.glDisable)(GL.GL_CULL_FACE)
            for drawable in piece.drawables:
                program = self._material(tuple(drawable.surface.textures))
                program.use()
                program.set("u_clip_from_camera", clip)
                program.set("u_camera_from_object", piece.camera_from_mesh)
                program.set("u_part", next(numbers))
                set_surface(program, drawable.surface, piece.scale)
                drawable.draw()
        GL.glDisable(GL.GL_CULL_FACE)
        return target

    def _covered(self, camera: Camera, drawn: Sequence[Piece]) -> Target:
        """Which surface each sample of a pixel sees."""
        target = self._begun(self._seen, camera)
        program = self._coverage
        program.use()
        program.set("u_clip_from_camera", clip_from_camera(camera))
        numbers = itertools.count(1)  # as in `_surfaces`
        for piece in drawn:
            (GL.glEnable if piece.one_sided else GL.glDisable)(GL.GL_CULL_FACE)
            program.set("u_camera_from_object", piece.camera_from_mesh)
            for drawable in piece.drawables:
                program.set("u_part", next(numbers))
                drawable.draw()
        GL.glDisable(GL.GL_CULL_FACE)
        return target

    def _begun(self, sized: Sized, camera: Camera) -> Target:
        target = sized.at(camera.width, camera.height)
        target.begin(depth=0.0)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_GREATER)
        return target

    def _material(self, textures: tuple[str, ...]) -> Program:
        """The material shader for surfaces with these textures."""
        if textures not in self._materials:
            defines = {name.upper(): 1 for name in textures}
            self._materials[textures] = Program("mesh.vert", "material.frag", defines)
        return self._materials[textures]

    def close(self) -> None:
        lasting = (self._shade, self._sky, self._blur, self._light, self._coverage, self._blend)
        for program in (*lasting, *self._materials.values()):
            program.delete()
        for sized in (self._lit, self._lit_blurred, self._part, self._part_blurred):
            sized.delete()
        for sized in (self._stuff, self._seen, self._radiance, self._light_there):
            sized.delete()
        for sized in (self._linear, self._picture):
            sized.delete()


def _panorama_from_camera(lighting: Lighting, camera: Camera) -> Array:
    return lighting.panorama_from_world @ camera.world_from_camera[:3, :3]


def _set_pixels(program: Program, camera: Camera, labels: Target) -> None:
    program.set("u_ray_from_pixel", np.linalg.inv(camera.K))
    program.bind("u_surface", labels.textures["surface"])


def _in_camera(lamp: Lamp, camera_from_world: Array) -> Array:
    """Its direction or position, camera frame."""
    if lamp.is_sun:
        return camera_from_world[:3, :3] @ lamp.place
    return geometry.apply(camera_from_world, lamp.place)


def _set_lights(program: Program, lighting: Lighting, camera: Camera) -> None:
    """Hand over the lamps, turned into the camera's frame."""
    lamps = lighting.lamps
    program.set("u_lights", len(lamps))
    program.set("u_lamps", sum(lamp.glossy for lamp in lamps))
    if not lamps:
        return
    camera_from_world = geometry.inverse(camera.world_from_camera)
    program.set("u_light_place", [_in_camera(lamp, camera_from_world) for lamp in lamps])
    program.set("u_light_axis", [camera_from_world[:3, :3] @ lamp.axis for lamp in lamps])
    program.set("u_light_shape", [lamp.shape for lamp in lamps])
    program.set("u_light_color", [lamp.color for lamp in lamps])


def _set_surroundings(program: Program, lit: LitScene, camera: Camera, backdrop: Backdrop) -> None:
    lighting = lit.lighting
    program.set("u_matt", lighting.matt)
    program.set("u_panorama_from_camera", _panorama_from_camera(lighting, camera))
    program.set("u_panorama_gain", lighting.gain)
    program.set("u_gloss_top", LEVELS - 1)
    program.bind("u_gloss", lit.gloss)
    program.set("u_has_floor", lighting.ground is not None)
    program.set("u_ground", np.zeros(3) if lighting.ground is None else lighting.ground)
    program.set("u_panorama_visible", lighting.visible)
    program.set("u_plain", backdrop.color)
