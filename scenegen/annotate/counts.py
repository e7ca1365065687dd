"""How many pixels an object covers, and the boxes around them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.errors import RenderError
from scenegen.scene import Box, Camera, Frame, Scene, SceneObject, Silhouette


@dataclass(frozen=True)
class Visible:
    """By instance id: how many pixels of the map, and which rows and columns they lie in."""

    pixels: NDArray[np.intp]
    extents: Sequence[tuple[slice, slice] | None]

    def box(self, instance_id: int) -> Box | None:
        extent = self.extents[instance_id - 1] if self.pixels[instance_id] else None
        if extent is None:
            return None
        rows, columns = extent
        return _box(columns.start, rows.start, columns.stop, rows.stop)


def visible_in(ids: NDArray[np.uint16], last_id: int) -> Visible:
    """Count all instances in one pass over the (H, W) map, then enclose each that is there."""
    pixels = np.bincount(ids.ravel(), minlength=last_id + 1)
    extents = [_extent(ids == id) if pixels[id] else None for id in range(1, len(pixels))]
    return Visible(pixels, extents)


def _extent(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Which rows and columns hold some pixel."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return slice(y, y + height), slice(x, x + width)


def check_ids(scene: Scene, visible: Visible) -> None:
    known = {0, *(thing.instance_id for thing in scene.objects)}
    strange = sorted(set(np.flatnonzero(visible.pixels).tolist()) - known)
    if strange:
        raise RenderError(f"the instance map shows {strange}, which no object of the scene is")


def outline(silhouette: Silhouette) -> Box | None:
    """Tight box of the whole silhouette; it may leave the image."""
    rows = np.flatnonzero(silhouette.mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(silhouette.mask.any(axis=0))
    x0, y0 = silhouette.x0, silhouette.y0
    return _box(x0 + columns[0], y0 + rows[0], x0 + columns[-1] + 1, y0 + rows[-1] + 1)


def in_frame(silhouette: Silhouette, camera: Camera) -> Silhouette:
    """The part of a silhouette that lies inside the image."""
    height, width = silhouette.mask.shape
    left, top = max(0, -silhouette.x0), max(0, -silhouette.y0)
    right = max(left, min(width, camera.width - silhouette.x0))
    bottom = max(top, min(height, camera.height - silhouette.y0))
    mask = silhouette.mask[top:bottom, left:right]
    return Silhouette(silhouette.x0 + left, silhouette.y0 + top, mask)


def _box(x0: float, y0: float, x1: float, y1: float) -> Box:
    return (float(x0), float(y0), float(x1), float(y1))


def silhouette_of(thing: SceneObject, frame: Frame) -> Silhouette:
    if thing.instance_id not in frame.silhouettes:
        raise RenderError(f"object {thing.instance_id} ({thing.asset_id}) has no silhouette")
    return frame.silhouettes[thing.instance_id]
