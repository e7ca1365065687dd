"""Meshes and materials on the device, kept while there is room.

Meshes are kept by asset, textures of the library by material; what a scene changes of a surface
(color, roughness, metallic) is only numbers and costs no upload.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.assets.model import Part
from scenegen.render.context import GL, Primitive
from scenegen.render.gpu import Texture, image_texture, texture_2d
from scenegen.render.meshes import (
    box_mapped,
    coarsened,
    floor_part,
    octahedral,
    parted,
    solid,
    wall_part,
)
from scenegen.render.surfaces import Surface, overridden, own_surface, sheet_surface
from scenegen.scene import Backdrop, Material, SceneObject

TRIANGLES_WIDE = 341
CAPACITY = 768 * 1024 * 1024
"""Bytes of meshes and textures kept on the device; the least recently drawn go first."""


@dataclass(frozen=True, eq=False)
class Drawable:
    """A mesh on the device with its surface, and its triangles once more, for exact labels.

    `corners` has three texels a triangle, `TRIANGLES_WIDE` triangles a row: the bits of each corner's
    position in the mesh's frame and its octahedral normal. `solid`: see `meshes.solid`.
    """

    primitive: Primitive
    surface: Surface
    corners: Texture
    solid: bool

    def draw(self, instances: int = 1) -> None:
        self.primitive._bind()
        count = self.primitive.indices.size
        GL.glDrawElementsInstanced(GL.GL_TRIANGLES, count, GL.GL_UNSIGNED_INT, None, instances)


@dataclass(frozen=True, eq=False)
class _Entry:
    """An object (its parts, then its coarse copy), or a material (no drawables, one surface)."""

    drawables: tuple[Drawable, ...]
    surface: Surface
    textures: tuple[Texture, ...]
    bounds: NDArray[np.float64]

    @property
    def nbytes(self) -> int:
        meshes = [drawable.primitive for drawable in self.drawables]
        size = sum(48 * len(mesh.positions) + mesh.indices.nbytes for mesh in meshes)
        corners = [drawable.corners for drawable in self.drawables]
        return size + sum(texture.nbytes for texture in (*corners, *self.textures))

    def delete(self) -> None:
        for drawable in self.drawables:
            drawable.primitive._remove_from_context()
            drawable.corners.delete()
        for texture in self.textures:
            texture.delete()


_PLAIN = Surface(base_factor=(1.0, 1.0, 1.0))


class Store:
    """Uploads on demand; `trim` forgets the least recently used beyond `capacity` bytes."""

    def __init__(self, library: Library, capacity: int = CAPACITY) -> None:
        self._library = library
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def object(self, thing: SceneObject) -> tuple[Drawable, ...]:
        """The parts of an object, its material override applied."""
        return self._dressed(self._object(thing), thing.material)

    def proxy(self, thing: SceneObject) -> Drawable:
        """The whole object as one coarse mesh without surface."""
        return self._object(thing).drawables[-1]

    def bounds(self, thing: SceneObject) -> NDArray[np.float64]:
        """(2, 3) corners of the drawn mesh's box in the object frame, before `scale`."""
        return self._object(thing).bounds

    def floor(self, backdrop: Backdrop) -> tuple[Drawable, ...]:
        """The square at z = 0, facing up, if the backdrop has one."""
        side = backdrop.floor_size
        if backdrop.floor is None:
            return ()
        entry = self._get(("floor", side), lambda: _uploaded([box_mapped(floor_part(side))]))
        return self._dressed(entry, backdrop.floor)

    def walls(self, backdrop: Backdrop) -> tuple[Drawable, ...]:
        """Four quads around the floor, facing inward, if the backdrop has them."""
        side, height = backdrop.floor_size, backdrop.wall_height
        if backdrop.walls is None or height <= 0:
            return ()
        key = ("walls", side, height)
        entry = self._get(key, lambda: _uploaded([box_mapped(wall_part(side, height))]))
        return self._dressed(entry, backdrop.walls)

    def trim(self) -> None:
        """Forget what has not been drawn for longest; call it between pictures."""
        total = sum(entry.nbytes for entry in self._entries.values())
        while total > self._capacity and len(self._entries) > 1:
            entry = self._entries.popitem(last=False)[1]
            total -= entry.nbytes
            entry.delete()

    def close(self) -> None:
        while self._entries:
            self._entries.popitem()[1].delete()

    def _object(self, thing: SceneObject) -> _Entry:
        boxed = thing.material is not None and thing.material.texture is not None

        def build() -> _Entry:
            parts = self._library.load(thing.asset_id).parts
            return _uploaded([box_mapped(part) for part in parts] if boxed else parts)

        return self._get(("object", thing.asset_id, boxed), build)

    def _dressed(self, entry: _Entry, material: Material | None) -> tuple[Drawable, ...]:
        """The entry's parts (all but its coarse copy), the override laid on."""
        parts = entry.drawables[:-1]
        if material is None:
            return parts
        sheet = None if material.texture is None else self.sheet(material.texture)
        return tuple(
            replace(part, surface=overridden(sheet or part.surface, material)) for part in parts
        )

    def sheet(self, name: str) -> Surface:
        """A material of the library."""

        def build() -> _Entry:
            pictures = _Pictures()
            surface = sheet_surface(self._library.material(name), pictures.upload)
            return _Entry((), surface, pictures.textures, np.zeros((2, 3)))

        return self._get(("material", name), build).surface

    def _get(self, key: Hashable, build: Callable[[], _Entry]) -> _Entry:
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key]
        entry = self._entries[key] = build()
        return entry


class _Pictures:
    """Uploads each picture of one object once, however many parts share it."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, bool], Texture] = {}

    def upload(self, image: NDArray[np.uint8], srgb: bool) -> Texture:
        key = (id(image), srgb)
        if key not in self._made:
            self._made[key] = image_texture(image, srgb=srgb)
        return self._made[key]

    @property
    def textures(self) -> tuple[Texture, ...]:
        return tuple(self._made.values())


def _uploaded(parts: Sequence[Part]) -> _Entry:
    pictures = _Pictures()
    drawables = [
        Drawable(
            _primitive(some), own_surface(some.material, pictures.upload), _corners(some), whole
        )
        for part, bounds_solid in zip(parts, solid(parts), strict=True)
        for some, whole in parted(part, bounds_solid)
    ]
    coarse = coarsened(parts)
    drawables.append(Drawable(_primitive(coarse), _PLAIN, _corners(coarse), False))
    points = np.concatenate([part.positions[part.faces.ravel()] for part in parts])
    bounds = np.array([points.min(axis=0), points.max(axis=0)], dtype=np.float64)
    return _Entry(tuple(drawables), _PLAIN, pictures.textures, bounds)


def _corners(part: Part) -> Texture:
    """What shaders/seen.glsl needs to know of every triangle; see `Drawable`."""
    count = len(part.faces)
    rows = max(1, -(-count // TRIANGLES_WIDE))  # a coarse copy may have none
    table = np.zeros((rows * TRIANGLES_WIDE, 3, 4), np.uint32)
    table[:count, :, :3] = part.positions.astype(np.float32)[part.faces].view(np.uint32)
    table[:count, :, 3] = octahedral(part.normals)[part.faces]
    wide = 3 * TRIANGLES_WIDE
    return texture_2d("RGBA32UI", wide, rows, table.reshape(rows, wide, 4))


def _primitive(part: Part) -> Primitive:
    """Upload a mesh with attributes 0 position, 1 normal, 2 uv and 3 color, in this order always."""
    count = len(part.positions)
    colors = np.ones((count, 4), np.float32)
    if part.colors is not None:
        colors[:, :3] = part.colors
    primitive = Primitive(
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
