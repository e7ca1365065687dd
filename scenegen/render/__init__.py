"""The seam between scenes and pictures: two methods, any back end.

`geometry` answers what is where, `color` how it looks; all labels come from `geometry` alone, so
back ends share them. List a back end in `RENDERERS`; it is built by `RENDERERS[name](library)`.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.scene import Camera, Scene, Silhouette


class Geometry(NamedTuple):
    """The exact part of a `Frame`: see there for shapes and units."""

    ids: NDArray[np.uint16]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    silhouettes: dict[int, Silhouette]


class Surfaces(NamedTuple):
    """Before any light falls on it: 8-bit, (0, 0, 0) where there is no surface.

    albedo (H, W, 3) uint8 sRGB base color · roughness_metallic (H, W, 3) uint8: 0, roughness,
    metallic, each × 255.
    """

    albedo: NDArray[np.uint8]
    roughness_metallic: NDArray[np.uint8]


class Renderer(Protocol):
    def prepare(self, scene: Scene) -> None:
        """Fetch what the scene's pictures will need, while its things still fall."""

    def geometry(self, scene: Scene, camera: Camera) -> Geometry:
        """One sample at each pixel's centre, no anti-aliasing."""

    def color(self, scene: Scene, camera: Camera) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB picture, anti-aliased."""

    def surfaces(self, scene: Scene, camera: Camera) -> Surfaces:
        """What the surfaces are made of, one sample at each pixel's centre."""

    def close(self) -> None:
        """Free what the back end holds; it cannot draw afterwards."""


def _raster(library: Library) -> Renderer:
    from scenegen.render.raster import Raster

    return Raster(library)


RENDERERS: dict[str, Callable[[Library], Renderer]] = {"raster": _raster}
