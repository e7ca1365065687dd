"""One object of a shot as if nothing else were there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.verify.case import EDGE, Case, Flags
from scenegen.verify.folder import Json
from scenegen.verify.meshes import Array
from scenegen.verify.optics import NEAR, grid

METRES = 1e-6
"""How exactly lengths are known."""
_PIXELS = 1e-3
Rect = tuple[int, int, int, int]


@dataclass(eq=False)
class Alone:
    """An object, its label and what rays see of it."""

    case: Case
    label: Json
    place: int

    @property
    def number(self) -> int:
        return int(self.label["instance_id"])

    def fail(self, check: str, message: str) -> None:
        self.case.fail(check, message, self.number)

    @cached_property
    def canvas(self) -> Rect:
        """Where on the enlarged canvas the object may be: x0 y0 x1 y1."""
        width, height = self.case.take.optics.width, self.case.take.optics.height
        whole = (-width, -height, 2 * width, 2 * height)
        corners = self.case.take.sight.corners(self.place)
        if (corners[:, 2] <= NEAR).all():
            return (0, 0, 0, 0)
        steps = np.linspace(0, 1, 9 if self.case.take.optics.model else 2)
        weights = np.array(np.meshgrid(steps, steps, steps)).reshape(3, -1).T
        axes = corners[[4, 2, 1]] - corners[0]
        pixels = self.case.take.optics.project(corners[0] + weights @ axes)
        if (corners[:, 2] <= NEAR).any() or np.isnan(pixels).any():
            return whole
        margin = 1 + (0.05 * np.ptp(pixels, axis=0) if self.case.take.optics.model else 0)
        low = np.clip(np.floor(pixels.min(axis=0) - margin), -1e6, 1e6).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0) + margin) + 1, -1e6, 1e6).astype(int)
        x0, y0 = max(whole[0], int(low[0])), max(whole[1], int(low[1]))
        x1, y1 = min(whole[2], int(high[0])), min(whole[3], int(high[1]))
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else (0, 0, 0, 0)

    @cached_property
    def leaves(self) -> bool:
        """Whether it may reach out of the image."""
        x0, y0, x1, y1 = self.canvas
        return (
            x0 < 0
            or y0 < 0
            or x1 > self.case.take.optics.width
            or y1 > self.case.take.optics.height
        )

    @cached_property
    def inside(self) -> NDArray[np.uint8]:
        """(H, W) 1 where the image shows it alone."""
        mask = np.zeros(self.case.size, np.uint8)
        mask[self.case.take.layers[self.place].index] = 1
        return mask.reshape(self.case.shape)

    @cached_property
    def whole(self) -> tuple[NDArray[np.uint8], int, int]:
        """Its silhouette on the canvas, and the column and row of its first pixel.

        With `quick` it is cut off at the image's border.
        """
        height, width = self.case.shape
        if not self.leaves or self.case.quick:
            return self.inside, 0, 0
        x0, y0, x1, y1 = self.canvas
        x0, y0, x1, y1 = min(x0, 0), min(y0, 0), max(x1, width), max(y1, height)
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        left, top, right, bottom = self.canvas
        strips = (
            (left, top, right, min(0, bottom)),
            (left, max(height, top), right, bottom),
            (left, max(0, top), min(0, right), min(height, bottom)),
            (max(width, left), max(0, top), right, min(height, bottom)),
        )
        for a, b, c, d in strips:
            if a < c and b < d:
                rays = self.case.take.optics.rays(grid(a, b, c, d))
                hit = np.zeros(len(rays), np.uint8)
                hit[self.case.take.sight.layer(self.place, rays).index] = 1
                mask[b - y0 : d - y0, a - x0 : c - x0] = hit.reshape(d - b, c - a)
        mask[-y0 : height - y0, -x0 : width - x0] = self.inside
        return mask, x0, y0

    @cached_property
    def unsure(self) -> Flags:
        """Like the mask of `whole`: pixels within 0.01 px of the silhouette's edge."""
        mask, x0, y0 = self.whole
        kernel = np.ones((5, 5), np.uint8)
        band = cv2.dilate(mask, kernel) != cv2.erode(mask, kernel, borderValue=0)
        rows, columns = np.nonzero(band)
        pixels = np.column_stack([columns + x0, rows + y0]).astype(np.float64)
        changes = np.zeros(len(pixels), bool)
        for angle in np.arange(8) * np.pi / 4:
            rays = self.case.take.optics.rays(
                pixels + EDGE * np.array([np.cos(angle), np.sin(angle)])
            )
            hit = np.zeros(len(rays), bool)
            hit[self.case.take.sight.layer(self.place, rays).index] = True
            changes |= hit != (mask[rows, columns] > 0)
        out = np.zeros(mask.shape, bool)
        out[rows, columns] = changes
        return out

    @property
    def window(self) -> tuple[slice, slice]:
        """The image in the mask of `whole`."""
        _, x0, y0 = self.whole
        height, width = self.case.shape
        return slice(-y0, height - y0), slice(-x0, width - x0)


def projected(case: Case, points: Array) -> tuple[Array, Array]:
    """(N, 2) places in the picture, NaN for none; (N,) how exactly they can be known, pixels."""
    pixels = case.take.optics.project(points)
    pixels[~(points[:, 2] > NEAR)] = np.nan
    focal = max(case.take.optics.k[0], case.take.optics.k[4])
    with np.errstate(all="ignore"):
        exact = _PIXELS + 2 * METRES * focal * np.linalg.norm(points, axis=1) / points[:, 2] ** 2
    return pixels, exact


def places(values: Any) -> Array:
    """(N, 2) of a list of places and nulls, which become NaN."""
    return np.array([(np.nan, np.nan) if value is None else value for value in values], np.float64)
