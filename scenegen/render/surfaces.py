"""What the material shader is told of a surface, with its textures on the device."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import PartMaterial, SurfaceTexture
from scenegen.render.gpu import Texture
from scenegen.render.programs import Program
from scenegen.scene import Material

Upload = Callable[[NDArray[np.uint8], str], Texture]
_COLOR, _NUMBERS, _NORMAL = "SRGBA8", "RGBA8", "RG8"  # of a unit normal two parts tell the third
"""Puts a picture on the device; the flag tells that it is sRGB."""


@dataclass(frozen=True)
class Surface:
    """roughness, metallic = texture (green, blue) × `scale` + `bias`, likewise occlusion (red).

    `uv_scale` multiplies uv; it holds for an object of scale 1 where `true_size`. `mean_base` is
    the average of the base texture, linear.
    """

    base_factor: tuple[float, float, float]
    scale: tuple[float, float, float] = (0.0, 0.0, 0.0)
    bias: tuple[float, float, float] = (1.0, 1.0, 0.0)
    base: Texture | None = None
    orm: Texture | None = None
    normal: Texture | None = None
    uv_scale: float = 1.0
    true_size: bool = False
    mean_base: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def textures(self) -> dict[str, Texture]:
        """The textures it has, by the name the shader has for them."""
        found = {"base": self.base, "orm": self.orm, "normal": self.normal}
        return {name: texture for name, texture in found.items() if texture is not None}

    @property
    def albedo(self) -> NDArray[np.float64]:
        """(3,) linear color of the whole, on average."""
        return np.array(self.base_factor) * self.mean_base


def own_surface(material: PartMaterial, upload: Upload) -> Surface:
    """The surface a mesh brings along; without a texture for them, roughness and metallic are even."""

    def uploaded(image: NDArray[np.uint8] | None, form: str) -> Texture | None:
        return None if image is None else upload(image, form)

    rough, metal = material.roughness, material.metallic
    textured = material.metallic_roughness_texture is not None
    return Surface(
        base_factor=material.base_color,
        base=uploaded(material.base_color_texture, _COLOR),
        orm=uploaded(material.metallic_roughness_texture, _NUMBERS),
        normal=uploaded(material.normal_texture, _NORMAL),
        scale=(0.0, rough, metal) if textured else (0.0, 0.0, 0.0),
        bias=(1.0, 0.0, 0.0) if textured else (1.0, rough, metal),
    )


def sheet_surface(sheet: SurfaceTexture, upload: Upload) -> Surface:
    """A library material; its uv are metres, hence `true_size`."""
    return Surface(
        base_factor=(1.0, 1.0, 1.0),
        base=upload(sheet.base_color, _COLOR),
        orm=upload(sheet.orm, _NUMBERS),
        normal=upload(sheet.normal, _NORMAL),
        scale=(1.0, 1.0, 1.0),
        bias=(0.0, 0.0, 0.0),
        uv_scale=1.0 / sheet.tile_size,
        true_size=True,
        mean_base=_mean_linear(sheet.base_color),
    )


def overridden(surface: Surface, override: Material | None) -> Surface:
    """Color multiplies, roughness and metallic replace (see `scene.Material`)."""
    if override is None:
        return surface
    red, green, blue = override.color or (1.0, 1.0, 1.0)
    own = surface.base_factor
    scale, bias = list(surface.scale), list(surface.bias)
    for channel, value in ((1, override.roughness), (2, override.metallic)):
        if value is not None:
            scale[channel], bias[channel] = 0.0, value
    return replace(
        surface,
        base_factor=(own[0] * red, own[1] * green, own[2] * blue),
        scale=(scale[0], scale[1], scale[2]),
        bias=(bias[0], bias[1], bias[2]),
    )


def set_surface(program: Program, surface: Surface, scale: float) -> None:
    """Hand a surface to the material shader made for its textures; `scale` is the object's."""
    program.set("u_base_factor", surface.base_factor)
    program.set("u_orm_bias", surface.bias)
    if surface.orm is not None:
        program.set("u_orm_scale", surface.scale)
    if surface.textures:
        program.set("u_uv_scale", surface.uv_scale * (scale if surface.true_size else 1.0))
    for name, texture in surface.textures.items():
        program.bind(f"u_{name}", texture)


def _mean_linear(image: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Average linear RGB of an sRGB picture (every fourth pixel of every fourth row)."""
    value = image[::4, ::4, :3].reshape(-1, 3) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear.mean(axis=0).tolist()
    return red, green, blue
