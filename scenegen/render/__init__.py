"""The seam between scenes and pictures: two methods, any back end.

`geometry` answers what is where, `color` how it looks; all labels come from `geometry` alone, so
back ends share them. List a back end in `RENDERERS`; it is built by `RENDERERS[name](library)`.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.scene import Camera, Frame, Scene, Silhouette


class Geometry(NamedTuple):
    """The exact part of a `Frame`: see there for shapes and units."""

    ids: NDArray[np.uint16]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    silhouettes: dict[int, Silhouette]


class Renderer(Protocol):
    def geometry(self, scene: Scene, camera: Camera) -> Geometry:
        """One sample at each pixel's centre, no anti-aliasing."""

    def color(self, scene: Scene, camera: Camera) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB picture, anti-aliased."""

    def close(self) -> None:
        """Free what the back end holds; it cannot draw afterwards."""


def _raster(library: Library) -> Renderer:
    from scenegen.render.raster import Raster

    return Raster(library)


RENDERERS: dict[str, Callable[[Library], Renderer]] = {"raster": _raster}


def render(renderer: Renderer, scene: Scene, camera: Camera) -> Frame:
    """Draw everything that one camera sees."""
    exact = renderer.geometry(scene, camera)
    return Frame(
        color=renderer.color(scene, camera),
        ids=exact.ids,
        depth=exact.depth,
        normals=exact.normals,
        silhouettes=exact.silhouettes,
    )
