"""From one take to another: another eye, or another moment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenegen.verify.case import Flags, Take
from scenegen.verify.meshes import Array
from scenegen.verify.optics import NEAR
from scenegen.verify.rows import every, moved
from scenegen.verify.world import NOTHING, Hits, rigid_inverse


@dataclass(frozen=True, eq=False)
class Passage:
    """Where surface points go with the objects they belong to."""

    here: Take
    there: Take

    @cached_property
    def own_points(self) -> Array:
        """(H·W, 3) `points` of all that this take sees."""
        return self.points(self.here.hits)

    @cached_property
    def own_pixels(self) -> Array:
        """(H·W, 2) where they are in the other picture."""
        return self.pixels(self.own_points)

    def points(self, hits: Hits) -> Array:
        """(N, 3) what is hit, in the other camera's frame at its moment; NaN for nothing."""
        out = np.full((len(hits.rays), 3), np.nan)
        points = hits.points
        for surface in np.unique(hits.surface).tolist():
            if surface != NOTHING:
                at = np.flatnonzero(hits.surface == surface)
                out[at] = moved(self.carrier(surface), points[at])
        return out

    def carrier(self, surface: int) -> Array:
        """(4, 4) from this camera's frame now to the other's then."""
        here, there = self.here.sight, self.there.sight
        things = self.here.world.things
        if surface < len(things) and things[surface].number:
            place = self.there.world.place_of(things[surface].number)
            return there.poses[place] @ rigid_inverse(here.poses[surface])
        return there.camera_from_world @ here.world_from_camera

    def pixels(self, points: Array) -> Array:
        """(N, 2) where points of the other camera's frame are in its picture; NaN: nowhere."""
        pixels = self.there.optics.project(points)
        pixels[~(points[:, 2] > NEAR)] = np.nan
        return pixels

    def inside(self, pixels: Array) -> Flags:
        size = np.array([self.there.optics.width, self.there.optics.height])
        return every((pixels >= -0.5) & (pixels < size - 0.5))
