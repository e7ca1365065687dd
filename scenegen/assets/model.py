"""What an object is made of once loaded: metres, z up, arrays read-only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scenegen.scene import Vec3

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PartMaterial:
    """Metallic-roughness surface, glTF's terms.

    `base_color` is linear RGB; textures are (H, W, 3 or 4) uint8, row 0 at v = 1 (OpenGL's uv
    origin is bottom left): base color in sRGB, `metallic_roughness` linear with roughness in
    green and metallic in blue, `normal` tangent space with +y up (OpenGL convention).
    """

    base_color: tuple[float, float, float] = (0.8, 0.8, 0.8)
    roughness: float = 0.6
    metallic: float = 0.0
    base_color_texture: Image | None = None
    metallic_roughness_texture: Image | None = None
    normal_texture: Image | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """A triangle mesh with one material.

    positions, normals (N, 3) · uv (N, 2) or None · colors (N, 3) linear RGB in [0, 1] or None
    (multiply the base color) · faces (M, 3) uint32, counter-clockwise seen from outside.
    """

    positions: Floats
    normals: Floats
    faces: NDArray[np.uint32]
    material: PartMaterial
    uv: Floats | None = None
    colors: Floats | None = None


@dataclass(frozen=True)
class AssetInfo:
    """What is known of an object without reading its mesh; lengths in metres, as it is loaded.

    `keypoints` are names and places. `symmetries_discrete` are 4×4 transforms, 16 numbers row by
    row, closed under composition but for the identity; `symmetries_continuous` are axes (unit
    vectors), each with a point on it.
    """

    id: str
    category: str
    path: str
    name: str = ""
    description: str = ""
    licence: str = ""
    keypoints: tuple[tuple[str, Vec3], ...] = ()
    symmetries_discrete: tuple[tuple[float, ...], ...] = ()
    symmetries_continuous: tuple[tuple[Vec3, Vec3], ...] = ()


@dataclass(frozen=True, eq=False)
class Body:
    """How an object falls, at scale 1; scaled by s, mass and inertia grow with s³ and s⁵.

    `collision` holds the vertices (N, 3) float64 of each convex part; `mass` is in kg,
    `center_of_mass` (3,), `inertia` (3, 3) about it in kg m².
    """

    collision: tuple[NDArray[np.float64], ...]
    mass: float
    center_of_mass: NDArray[np.float64]
    inertia: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Asset:
    """An object, ready to be drawn and to fall; `bounds` (2, 3) are the corners of its mesh's box.

    Its body is made when first asked for: cutting a mesh into convex parts takes seconds, and who
    only draws does not need them.
    """

    info: AssetInfo
    parts: tuple[Part, ...]
    bounds: NDArray[np.float64]
    make_body: Callable[[], Body]

    @cached_property
    def body(self) -> Body:
        """Raises AssetError where no body can be made."""
        return self.make_body()


@dataclass(frozen=True, eq=False)
class SurfaceTexture:
    """A tileable surface: (H, W, 3) uint8 each; `tile_size` metres a repetition.

    base_color sRGB · normal tangent space, +y up · orm linear: occlusion, roughness, metallic.
    """

    id: str
    base_color: Image
    normal: Image
    orm: Image
    tile_size: float
