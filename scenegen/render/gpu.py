"""Thin handles on textures and render targets in the OpenGL context."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.errors import RenderError
from scenegen.render.context import GL

_FORMATS: dict[str, tuple[int, int, int, int]] = {
    # name: internal format, pixel format, pixel type, bytes a pixel
    "R16UI": (GL.GL_R16UI, GL.GL_RED_INTEGER, GL.GL_UNSIGNED_SHORT, 2),
    "R32UI": (GL.GL_R32UI, GL.GL_RED_INTEGER, GL.GL_UNSIGNED_INT, 4),
    "RGBA32UI": (GL.GL_RGBA32UI, GL.GL_RGBA_INTEGER, GL.GL_UNSIGNED_INT, 16),
    "RG8": (GL.GL_RG8, GL.GL_RG, GL.GL_UNSIGNED_BYTE, 2),
    "RGBA8": (GL.GL_RGBA8, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, 4),
    "SRGBA8": (GL.GL_SRGB8_ALPHA8, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, 4),
    "RGBA16F": (GL.GL_RGBA16F, GL.GL_RGBA, GL.GL_FLOAT, 8),
    "RG32F": (GL.GL_RG32F, GL.GL_RG, GL.GL_FLOAT, 8),
    "R32F": (GL.GL_R32F, GL.GL_RED, GL.GL_FLOAT, 4),
    "RGBA32F": (GL.GL_RGBA32F, GL.GL_RGBA, GL.GL_FLOAT, 16),
    "DEPTH": (GL.GL_DEPTH_COMPONENT32F, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT, 4),
}
_DTYPES: dict[int, Any] = {
    GL.GL_UNSIGNED_SHORT: np.uint16,
    GL.GL_UNSIGNED_INT: np.uint32,
    GL.GL_UNSIGNED_BYTE: np.uint8,
    GL.GL_FLOAT: np.float32,
}
_CHANNELS = {GL.GL_RED: 1, GL.GL_RED_INTEGER: 1, GL.GL_RGBA: 4, GL.GL_RGBA_INTEGER: 4}


class Texture:
    """A texture on the device; `nbytes` counts its mipmaps too."""

    def __init__(self, kind: int, nbytes: int) -> None:
        self.kind = kind
        self.nbytes = nbytes
        self.name = int(GL.glGenTextures(1))

    def delete(self) -> None:
        GL.glDeleteTextures([self.name])


def texture_2d(
    form: str,
    width: int,
    height: int,
    data: NDArray[Any] | None = None,
    *,
    levels: int = 1,
    smooth: bool = False,
    repeat: tuple[bool, bool] = (False, False),
) -> Texture:
    """A 2D texture; `data` (H, W, C) has row 0 first in memory, i.e. at v = 0.

    `levels` > 1 makes room for a chain of mipmaps; with `data` they are computed.
    """
    internal, pixel_format, pixel_type, size = _FORMATS[form]
    texture = Texture(GL.GL_TEXTURE_2D, width * height * size * (4 if levels > 1 else 3) // 3)
    GL.glBindTexture(texture.kind, texture.name)
    if data is not None:
        data = np.ascontiguousarray(data, dtype=_DTYPES[pixel_type])
    GL.glTexStorage2D(texture.kind, levels, internal, width, height)
    if data is not None:
        place = (0, 0, width, height)
        GL.glTexSubImage2D(texture.kind, 0, *place, pixel_format, pixel_type, data)
    if data is not None and levels > 1:
        GL.glGenerateMipmap(texture.kind)
    _set_sampling(texture.kind, smooth, levels > 1, repeat)
    return texture


def _set_sampling(kind: int, smooth: bool, mipmaps: bool, repeat: tuple[bool, bool]) -> None:
    near = GL.GL_LINEAR if smooth else GL.GL_NEAREST
    far = GL.GL_LINEAR_MIPMAP_LINEAR if smooth and mipmaps else near
    GL.glTexParameteri(kind, GL.GL_TEXTURE_MAG_FILTER, near)
    GL.glTexParameteri(kind, GL.GL_TEXTURE_MIN_FILTER, far)
    for axis, again in zip((GL.GL_TEXTURE_WRAP_S, GL.GL_TEXTURE_WRAP_T), repeat, strict=True):
        GL.glTexParameteri(kind, axis, GL.GL_REPEAT if again else GL.GL_CLAMP_TO_EDGE)


def image_texture(image: NDArray[np.uint8], form: str) -> Texture:
    """A repeating, mipmapped texture of an (H, W, 3 or 4) picture whose row 0 is at v = 1.

    `form`: "RG8" keeps red and green alone, "RGBA8" and "SRGBA8" three channels.
    """
    height, width = image.shape[:2]
    upright: NDArray[Any] = image[::-1, :, :2]
    if form != "RG8":
        upright = cv2.cvtColor(np.ascontiguousarray(image[::-1, :, :3]), cv2.COLOR_RGB2RGBA)
    return texture_2d(
        form,
        width,
        height,
        upright,
        levels=max(width, height).bit_length(),
        smooth=True,
        repeat=(True, True),
    )


def depth_layers(size: int, layers: int) -> Texture:
    """`layers` square depth textures in one array."""
    texture = Texture(GL.GL_TEXTURE_2D_ARRAY, size * size * layers * 4)
    GL.glBindTexture(texture.kind, texture.name)
    internal, pixel_format, pixel_type, _ = _FORMATS["DEPTH"]
    shape = (size, size, layers)
    GL.glTexImage3D(texture.kind, 0, internal, *shape, 0, pixel_format, pixel_type, None)
    GL.glTexParameteri(texture.kind, GL.GL_TEXTURE_MAX_LEVEL, 0)
    _set_sampling(texture.kind, False, False, (False, False))
    return texture


def multisample_texture(form: str, width: int, height: int, samples: int) -> Texture:
    internal, _, _, size = _FORMATS[form]
    texture = Texture(GL.GL_TEXTURE_2D_MULTISAMPLE, width * height * size * samples)
    GL.glBindTexture(texture.kind, texture.name)
    GL.glTexImage2DMultisample(texture.kind, samples, internal, width, height, True)
    return texture


class Target:
    """A framebuffer with named color textures and, if asked for, a depth texture of its own."""

    def __init__(
        self, width: int, height: int, colors: Mapping[str, str], depth: bool, samples: int = 0
    ) -> None:
        self.width, self.height = width, height
        self.forms = dict(colors)
        self.name = int(GL.glGenFramebuffers(1))
        wanted = {**colors, **({"depth": "DEPTH"} if depth else {})}
        self.textures = {
            key: multisample_texture(form, width, height, samples)
            if samples
            else texture_2d(form, width, height)
            for key, form in wanted.items()
        }
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.name)
        for key, texture in self.textures.items():
            slot = GL.GL_DEPTH_ATTACHMENT if key == "depth" else self._slot(key)
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, slot, texture.kind, texture.name, 0)
        self.draw_all()
        status = GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER)
        if status != GL.GL_FRAMEBUFFER_COMPLETE:
            raise RenderError(f"the driver refused a {width}×{height} framebuffer ({wanted})")

    def _slot(self, key: str) -> int:
        return int(GL.GL_COLOR_ATTACHMENT0) + list(self.forms).index(key)

    def draw_all(self) -> None:
        """Let all color textures be drawn into, in their order."""
        slots = [self._slot(key) for key in self.forms] or [GL.GL_NONE]
        GL.glDrawBuffers(len(slots), slots)

    def begin(self, color: float | None = 0.0, depth: float | None = None) -> None:
        """Draw here from now on, on all of it; what is None is not cleared."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.name)
        GL.glViewport(0, 0, self.width, self.height)
        for index, form in enumerate(self.forms.values() if color is not None else ()):
            if form.endswith("UI"):
                GL.glClearBufferuiv(GL.GL_COLOR, index, np.zeros(4, np.uint32))
            else:
                GL.glClearBufferfv(GL.GL_COLOR, index, np.full(4, color, np.float32))
        if depth is not None:
            GL.glClearBufferfv(GL.GL_DEPTH, 0, np.array([depth], np.float32))

    def read(self, key: str, box: tuple[int, int, int, int] | None = None) -> NDArray[Any]:
        """(H, W) or (H, W, 4) pixels of the box (x, y, width, height), in memory order."""
        _, pixel_format, pixel_type, _ = _FORMATS[self.forms[key]]
        x, y, width, height = box or (0, 0, self.width, self.height)
        channels = _CHANNELS[pixel_format]
        shape = (height, width) if channels == 1 else (height, width, channels)
        pixels = np.empty(shape, _DTYPES[pixel_type])
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.name)
        GL.glReadBuffer(self._slot(key))
        GL.glReadPixels(x, y, width, height, pixel_format, pixel_type, pixels)
        return pixels

    def delete(self) -> None:
        GL.glDeleteFramebuffers(1, [self.name])
        for texture in self.textures.values():
            texture.delete()


class Sized:
    """A target that is made anew when another size is asked for."""

    def __init__(self, colors: Mapping[str, str], depth: bool = False, samples: int = 0) -> None:
        self._made: Target | None = None
        self._kind = (colors, depth, samples)

    def at(self, width: int, height: int) -> Target:
        if self._made is None or (self._made.width, self._made.height) != (width, height):
            self.delete()
            self._made = Target(width, height, *self._kind)
        return self._made

    def delete(self) -> None:
        if self._made is not None:
            self._made.delete()
        self._made = None
