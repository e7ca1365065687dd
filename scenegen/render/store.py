"""Meshes and materials on the device, kept while there is room.

Meshes are kept by asset, textures of the library by material; what a scene changes of a surface
(color, roughness, metallic) is only numbers and costs no upload.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

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
class Mesh:
    """Triangles on the device."""

    primitive: Primitive

    @property
    def nbytes(self) -> int:
        return 48 * len(self.primitive.positions) + int(self.primitive.indices.nbytes)

    def delete(self) -> None:
        self.primitive._remove_from_context()

    def draw(self, instances: int = 1) -> None:
        self.primitive._bind()
        count = self.primitive.indices.size
        GL.glDrawElementsInstanced(GL.GL_TRIANGLES, count, GL.GL_UNSIGNED_INT, None, instances)


@dataclass(frozen=True, eq=False)
class Drawable(Mesh):
    """A mesh with its surface, and its triangles once more, for exact labels.

    `corners` has three texels a triangle, `TRIANGLES_WIDE` triangles a row: the bits of each corner's
    position in the mesh's frame and its octahedral normal. `solid`: see `meshes.solid`.
    """

    surface: Surface
    corners: Texture
    solid: bool


@dataclass(frozen=True, eq=False)
class _Object:
    """An object's parts, the whole of it as one coarse mesh, its pictures and its box."""

    drawables: tuple[Drawable, ...]
    coarse: Mesh
    textures: tuple[Texture, ...]
    bounds: NDArray[np.float64]

    def held(self) -> Iterable[Mesh | Texture]:
        corners = [drawable.corners for drawable in self.drawables]
        return [*self.drawables, *corners, self.coarse, *self.textures]


@dataclass(frozen=True, eq=False)
class _Sheet:
    """A material of the library."""

    surface: Surface
    textures: tuple[Texture, ...]

    def held(self) -> Iterable[Mesh | Texture]:
        return self.textures


_Kept = TypeVar("_Kept", _Object, _Sheet)


class Store:
    """Uploads on demand; `trim` forgets the least recently used beyond `capacity` bytes."""

    def __init__(self, library: Library, capacity: int = CAPACITY) -> None:
        self._library = library
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, _Object | _Sheet] = OrderedDict()

    def object(self, thing: SceneObject) -> tuple[Drawable, ...]:
        """The parts of an object, its material override applied."""
        return self._dressed(self._object(thing), thing.material)

    def proxy(self, thing: SceneObject) -> Mesh:
        """The whole object as one coarse mesh without surface."""
        return self._object(thing).coarse

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
        total = sum(_nbytes(entry) for entry in self._entries.values())
        while total > self._capacity and len(self._entries) > 1:
            entry = self._entries.popitem(last=False)[1]
            total -= _nbytes(entry)
            _delete(entry)

    def close(self) -> None:
        while self._entries:
            _delete(self._entries.popitem()[1])

    def _object(self, thing: SceneObject) -> _Object:
        boxed = thing.material is not None and thing.material.texture is not None

        def build() -> _Object:
            parts = self._library.load(thing.asset_id).parts
            return _uploaded([box_mapped(part) for part in parts] if boxed else parts)

        return self._get(("object", thing.asset_id, boxed), build)

    def _dressed(self, entry: _Object, material: Material | None) -> tuple[Drawable, ...]:
        """The object's parts, the override laid on."""
        if material is None:
            return entry.drawables
        sheet = None if material.texture is None else self.sheet(material.texture)
        return tuple(
            replace(part, surface=overridden(sheet or part.surface, material))
            for part in entry.drawables
        )

    def sheet(self, name: str) -> Surface:
        """A material of the library."""

        def build() -> _Sheet:
            pictures = _Pictures()
            surface = sheet_surface(self._library.material(name), pictures.upload)
            return _Sheet(surface, pictures.textures)

        return self._get(("material", name), build).surface

    def _get(self, key: Hashable, build: Callable[[], _Kept]) -> _Kept:
        if key not in self._entries:
            self._entries[key] = build()
        self._entries.move_to_end(key)
        return cast(_Kept, self._entries[key])


def _nbytes(entry: _Object | _Sheet) -> int:
    return sum(part.nbytes for part in entry.held())


def _delete(entry: _Object | _Sheet) -> None:
    for part in entry.held():
        part.delete()


class _Pictures:
    """Uploads each picture of one object once, however many parts share it."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], Texture] = {}

    def upload(self, image: NDArray[np.uint8], form: str) -> Texture:
        key = (id(image), form)
        if key not in self._made:
            self._made[key] = image_texture(image, form)
        return self._made[key]

    @property
    def textures(self) -> tuple[Texture, ...]:
        return tuple(self._made.values())


def _uploaded(parts: Sequence[Part]) -> _Object:
    pictures = _Pictures()
    drawables = [
        Drawable(
            _primitive(some), own_surface(some.material, pictures.upload), _corners(some), whole
        )
        for part, bounds_solid in zip(parts, solid(parts), strict=True)
        for some, whole in parted(part, bounds_solid)
    ]
    coarse = Mesh(_primitive(coarsened(parts)))
    points = np.concatenate([part.positions[part.faces.ravel()] for part in parts])
    bounds = np.array([points.min(axis=0), points.max(axis=0)], dtype=np.float64)
    return _Object(tuple(drawables), coarse, pictures.textures, bounds)


def _corners(part: Part) -> Texture:
    """What shaders/seen.glsl needs to know of every triangle; see `Drawable`."""
    count = len(part.faces)
    rows = -(-count // TRIANGLES_WIDE)
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
