"""Meshes and materials on the device, kept while there is room.

An uploaded object is a tuple of `Drawable`: a vertex array and a `Surface`. Objects are keyed by
(asset id, material override), so a thousand scenes upload each of them once.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.assets.model import Part, PartMaterial
from scenegen.render.context import GL, pyrender
from scenegen.render.gpu import Texture, image_texture
from scenegen.render.meshes import box_mapped, coarsened, floor_part, wall_part
from scenegen.render.programs import Program
from scenegen.scene import Backdrop, Material, SceneObject

CAPACITY = 768 * 1024 * 1024
"""Bytes of meshes and textures kept on the device; the least recently drawn go first."""


@dataclass(frozen=True)
class Surface:
    """What the color shader is told of a material.

    roughness, metallic = texture (green, blue) × `scale` + `bias`, likewise occlusion (red).
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


@dataclass(frozen=True, eq=False)
class Drawable:
    """A mesh on the device with its surface."""

    primitive: pyrender.Primitive
    surface: Surface

    def draw(self, instances: int = 1) -> None:
        self.primitive._bind()
        count = self.primitive.indices.size
        GL.glDrawElementsInstanced(GL.GL_TRIANGLES, count, GL.GL_UNSIGNED_INT, None, instances)


@dataclass(frozen=True, eq=False)
class _Entry:
    drawables: tuple[Drawable, ...]
    proxy: Drawable
    textures: tuple[Texture, ...]
    bounds: NDArray[np.float64]
    nbytes: int

    def delete(self) -> None:
        for drawable in (*self.drawables, self.proxy):
            drawable.primitive._remove_from_context()
        for texture in self.textures:
            texture.delete()


class Store:
    """Uploads on demand and forgets the least recently used beyond `CAPACITY` bytes."""

    def __init__(self, library: Library, capacity: int = CAPACITY) -> None:
        self._library = library
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def object(self, thing: SceneObject) -> tuple[Drawable, ...]:
        """The parts of an object, its material override applied."""
        return self._object_entry(thing).drawables

    def proxy(self, thing: SceneObject) -> Drawable:
        """The whole object as one coarse mesh without surface."""
        return self._object_entry(thing).proxy

    def bounds(self, thing: SceneObject) -> NDArray[np.float64]:
        """(2, 3) corners of the drawn mesh's box in the object frame, before `scale`."""
        return self._object_entry(thing).bounds

    def _object_entry(self, thing: SceneObject) -> _Entry:
        def build() -> _Entry:
            asset = self._library.load(thing.asset_id)
            return self._upload(asset.parts, thing.material)

        return self._get(("object", thing.asset_id, thing.material), build)

    def floor(self, backdrop: Backdrop) -> tuple[Drawable, ...]:
        """The square at z = 0, facing up, if the backdrop has one."""
        material, side = backdrop.floor, backdrop.floor_size
        if material is None:
            return ()
        return self._get(
            ("floor", side, material), lambda: self._upload((floor_part(side),), material)
        ).drawables

    def walls(self, backdrop: Backdrop) -> tuple[Drawable, ...]:
        """Four quads around the floor, facing inward, if the backdrop has them."""
        material, side, height = backdrop.walls, backdrop.floor_size, backdrop.wall_height
        if material is None or height <= 0:
            return ()
        return self._get(
            ("walls", side, height, material),
            lambda: self._upload((wall_part(side, height),), material),
        ).drawables

    def close(self) -> None:
        while self._entries:
            self._entries.popitem()[1].delete()

    def _get(self, key: Hashable, build: Callable[[], _Entry]) -> _Entry:
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key]
        entry = self._entries[key] = build()
        return entry

    def trim(self) -> None:
        """Forget what has not been drawn for longest; call it between pictures."""
        total = sum(entry.nbytes for entry in self._entries.values())
        while total > self._capacity and len(self._entries) > 1:
            entry = self._entries.popitem(last=False)[1]
            total -= entry.nbytes
            entry.delete()

    def _upload(self, parts: tuple[Part, ...], override: Material | None) -> _Entry:
        drawables: list[Drawable] = []
        textures: list[Texture] = []
        shared: dict[int, Texture] = {}
        for part in parts:
            if override is not None and override.texture is not None:
                part = box_mapped(part)
                surface = self._library_surface(override, textures)
            else:
                surface = _overridden(self._own_surface(part.material, textures, shared), override)
            drawables.append(Drawable(_primitive(part), surface))
        coarse = coarsened(parts)
        proxy = Drawable(_primitive(coarse), Surface((1.0, 1.0, 1.0)))
        points = np.concatenate([part.positions[part.faces.ravel()] for part in parts])
        bounds = np.array([points.min(axis=0), points.max(axis=0)], dtype=np.float64)
        meshes = [drawable.primitive for drawable in (*drawables, proxy)]
        nbytes = sum(48 * len(mesh.positions) + mesh.indices.nbytes for mesh in meshes)
        nbytes += sum(texture.nbytes for texture in textures)
        return _Entry(tuple(drawables), proxy, tuple(textures), bounds, nbytes)

    def _own_surface(
        self, material: PartMaterial, textures: list[Texture], shared: dict[int, Texture]
    ) -> Surface:
        def upload(image: NDArray[np.uint8] | None, srgb: bool) -> Texture | None:
            if image is None:
                return None
            if id(image) not in shared:
                shared[id(image)] = image_texture(image, srgb=srgb)
                textures.append(shared[id(image)])
            return shared[id(image)]

        rough, metal = material.roughness, material.metallic
        textured = material.metallic_roughness_texture is not None
        return Surface(
            base_factor=material.base_color,
            base=upload(material.base_color_texture, True),
            orm=upload(material.metallic_roughness_texture, False),
            normal=upload(material.normal_texture, False),
            scale=(0.0, rough, metal) if textured else (0.0, 0.0, 0.0),
            bias=(1.0, 0.0, 0.0) if textured else (1.0, rough, metal),
        )

    def _library_surface(self, override: Material, textures: list[Texture]) -> Surface:
        assert override.texture is not None
        sheet = self._library.material(override.texture)
        made = [
            image_texture(image, srgb=srgb)
            for image, srgb in ((sheet.base_color, True), (sheet.orm, False), (sheet.normal, False))
        ]
        textures.extend(made)
        surface = Surface(
            base_factor=(1.0, 1.0, 1.0),
            base=made[0],
            orm=made[1],
            normal=made[2],
            scale=(1.0, 1.0, 1.0),
            bias=(0.0, 0.0, 0.0),
            uv_scale=1.0 / sheet.tile_size,
            mean_base=_mean_linear(sheet.base_color),
            true_size=True,
        )
        return _overridden(surface, override)


def _overridden(surface: Surface, override: Material | None) -> Surface:
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


def _mean_linear(image: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Average linear RGB of an sRGB picture (every fourth pixel of every fourth row)."""
    value = image[::4, ::4, :3].reshape(-1, 3) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear.mean(axis=0).tolist()
    return red, green, blue


def _primitive(part: Part) -> pyrender.Primitive:
    """Upload a mesh with attributes 0 position, 1 normal, 2 uv and 3 color, in this order always."""
    count = len(part.positions)
    colors = np.ones((count, 4), np.float32)
    if part.colors is not None:
        colors[:, :3] = part.colors
    primitive = pyrender.Primitive(
        positions=part.positions,
        normals=part.normals,
        texcoord_0=np.zeros((count, 2), np.float32) if part.uv is None else part.uv,
        color_0=colors,
        indices=part.faces,
    )
    primitive._add_to_context()
    GL.glBindVertexArray(primitive._vaid)
    for attribute in range(4, 8):  # pyrender's per-instance poses are not used
        GL.glDisableVertexAttribArray(attribute)
    GL.glBindVertexArray(0)
    return primitive


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
