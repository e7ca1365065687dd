"""Panoramas on the device: mipmaps hold them ever more blurred, for ever rougher reflections."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.render.context import GL
from scenegen.render.environment import Shine, prepare
from scenegen.render.gpu import Texture, texture_2d
from scenegen.render.programs import Program

LEVELS = 6
_KEPT = 3


@dataclass(frozen=True, eq=False)
class GlossyPanorama:
    """A panorama's light and its texture; level l shows it to a roughness of l / (LEVELS − 1)."""

    shine: Shine
    gloss: Texture


class Panoramas:
    """Loads, prepares and keeps the last few panoramas."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._program = Program("screen.vert", "prefilter.frag")
        self._framebuffer = int(GL.glGenFramebuffers(1))
        self.dark = _rgba(np.zeros((1, 2, 3), np.float32), 1)
        self._kept: OrderedDict[str, GlossyPanorama] = OrderedDict()

    def get(self, name: str) -> GlossyPanorama:
        if name not in self._kept:
            while len(self._kept) >= _KEPT:
                self._kept.popitem(last=False)[1].gloss.delete()
            panorama = prepare(self._library.environment(name))
            self._kept[name] = GlossyPanorama(panorama.shine, self._filtered(panorama.radiance))
        self._kept.move_to_end(name)
        return self._kept[name]

    def _filtered(self, radiance: NDArray[np.float32]) -> Texture:
        height, width = radiance.shape[:2]
        source = _rgba(radiance, max(width, height).bit_length())
        gloss = _rgba(radiance, LEVELS)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glDisable(GL.GL_DEPTH_TEST)
        program = self._program
        program.use()
        program.bind("u_radiance", source)
        for level in range(1, LEVELS):
            size = max(width >> level, 1), max(height >> level, 1)
            GL.glFramebufferTexture2D(
                GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, gloss.kind, gloss.name, level
            )
            GL.glDrawBuffers(1, [GL.GL_COLOR_ATTACHMENT0])
            GL.glViewport(0, 0, *size)
            program.set("u_size", size)
            program.set("u_roughness", level / (LEVELS - 1))
            program.cover()
        source.delete()
        return gloss

    def close(self) -> None:
        while self._kept:
            self._kept.popitem()[1].gloss.delete()
        self.dark.delete()
        GL.glDeleteFramebuffers(1, [self._framebuffer])
        self._program.delete()


def _rgba(radiance: NDArray[np.float32], levels: int) -> Texture:
    height, width = radiance.shape[:2]
    opaque = np.ones((height, width, 4), np.float32)
    opaque[..., :3] = radiance
    return texture_2d(
        "RGBA32F", width, height, opaque, levels=levels, smooth=True, repeat=(True, False)
    )
