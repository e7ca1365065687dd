"""The lit picture. What surfaces are made of is drawn first, then they are lit all at once.

Shadows, the view of the sky and the light are found once at each pixel of the labels' picture. Edges
are smooth because a multisampled picture tells which surfaces share a pixel, and how.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.render.context import GL, Context
from scenegen.render.gpu import Sized, Target
from scenegen.render.lighting import MAX_LAMPS, MAX_LIGHTS, Lighting
from scenegen.render.panoramas import LEVELS
from scenegen.render.pieces import Piece, pieces
from scenegen.render.programs import Program
from scenegen.render.shading import LitScene, ShadingPass, place_in_camera, set_pixels
from scenegen.render.store import Store
from scenegen.render.surfaces import set_surface
from scenegen.render.view import NEAR, Placed, clip_from_camera
from scenegen.scene import Backdrop, Camera

Array = NDArray[np.float64]
SAMPLES = 4
_CURVE = {"CURVE_A": 1.771, "CURVE_B": 0.871, "CURVE_C": 1.775, "CURVE_D": 0.766}
# fitted: 0.18 → 0.18, 0.5 → 0.48, 0.9 (paper) → 0.71 (sRGB 0.86), 4 → 0.98; a short, soft toe


class PicturePass:
    """Draws what a camera sees in linear radiance and turns it into a picture."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        samples = min(SAMPLES, context.max_samples)
        self._shading = ShadingPass()
        self._materials: dict[tuple[str, ...], Program] = {}
        self._lights: dict[tuple[bool, bool], Program] = {}
        self._coverage = Program("mesh.vert", "coverage.frag")
        form = {"NEAR": NEAR, "SAMPLES": samples}
        self._blend = Program("screen.vert", "blend.frag", form)
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
        sharp = self._shading.sharp(camera, lit, labels)
        soft = self._shading.soft(camera, lit, labels)
        drawn = pieces(self._store, camera, things, backdrop)  # uploads, which bind textures
        stuff = self._surfaces(camera, drawn)
        light = self._lighted(camera, backdrop, lit, labels, (sharp, soft, stuff), linear)
        seen = self._covered(camera, drawn)
        target = (self._linear if linear else self._picture).at(camera.width, camera.height)
        target.begin(color=None)
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
        """Light at each pixel's centre; `parts`: sharp and soft shading, and `_surfaces`."""
        sharp, soft, stuff = parts
        target = (self._radiance if linear else self._light_there).at(camera.width, camera.height)
        target.begin(color=None)
        GL.glDisable(GL.GL_DEPTH_TEST)
        program = self._lighting(lit.seconds)
        program.use()
        _set_lights(program, lit.lighting, camera)
        _set_surroundings(program, lit, camera, backdrop)
        set_pixels(program, camera, labels)
        program.set("u_exposure", camera.exposure)
        program.set("u_linear", linear)
        program.bind("u_base", stuff.textures["base"])
        program.bind("u_normal", stuff.textures["normal"])
        for name, texture in sharp.textures.items():
            program.bind(f"u_sharp_{name}", texture)
        for name, texture in soft.textures.items():
            program.bind(f"u_soft_{name}", texture)
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

    def _lighting(self, seconds: tuple[bool, bool]) -> Program:
        """The light shader for what `LitScene.seconds` says there is."""
        if seconds not in self._lights:
            defines = {"MAX_LIGHTS": MAX_LIGHTS, "MAX_LAMPS": MAX_LAMPS, **_CURVE}
            names = ("MANY_LAMPS", "GLOWS")
            defines |= {name: 1 for name, there in zip(names, seconds, strict=True) if there}
            self._lights[seconds] = Program("screen.vert", "light.frag", defines)
        return self._lights[seconds]

    def close(self) -> None:
        self._shading.close()
        made = (*self._materials.values(), *self._lights.values())
        for program in (self._coverage, self._blend, *made):
            program.delete()
        for sized in (self._stuff, self._seen, self._radiance, self._light_there):
            sized.delete()
        for sized in (self._linear, self._picture):
            sized.delete()


def _panorama_from_camera(lighting: Lighting, camera: Camera) -> Array:
    return lighting.panorama_from_world @ camera.world_from_camera[:3, :3]


def _set_lights(program: Program, lighting: Lighting, camera: Camera) -> None:
    """Hand over the lamps, turned into the camera's frame."""
    lamps = lighting.lamps
    program.set("u_lights", len(lamps))
    program.set("u_lamps", sum(lamp.glossy for lamp in lamps))
    if not lamps:
        return
    camera_from_world = geometry.inverse(camera.world_from_camera)
    program.set("u_light_place", [place_in_camera(lamp, camera_from_world) for lamp in lamps])
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
