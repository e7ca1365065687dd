"""Where objects are released: as low as they fit, clear of everything placed before.

All is worked out in the region's own upright frame with one box for each convex part, which is
conservative and quick, and exact for the walls of a box that stands at an angle.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import Asset
from scenegen.distributions import sample
from scenegen.errors import SceneRejected
from scenegen.geometry import (
    Array,
    inverse,
    rotation_about,
    rotation_from_quaternion_xyzw,
    transform,
)
from scenegen.recipe import Drop
from scenegen.sample.clutter import Boxes, Clutter, clutter_of, lowest_clear
from scenegen.scene import SceneObject

CANDIDATES = 24
TURNS = 8
INSET = 0.1
FLOOR_REGION = 1.0
"""Side (m) of the default region on a floor, around the world's origin."""


@dataclass(frozen=True, eq=False)
class Region:
    """A box in which objects are released, the whole of them where they fit into it.

    `world_from_region` is rigid and upright, its origin the middle of the box's bottom; `size`
    (3,) metres. A box without height has no lid: towers grow. Otherwise no object starts higher
    than its lid. A `strict` region refuses objects half as large again as itself.
    """

    world_from_region: Array
    size: NDArray[np.float64]
    strict: bool


def region_of(
    drop: Drop, support: SceneObject | None, asset: Asset | None, *, rng: np.random.Generator
) -> Region:
    """Draw the region that a `drop` section describes, on the floor (None) or on a fixture."""
    pose, scale = np.eye(4), 1.0
    low, high = np.full(3, -FLOOR_REGION / 2), np.full(3, FLOOR_REGION / 2)
    low[2] = high[2] = 0.0
    if support is not None and asset is not None:
        pose, scale = support.world_from_object, support.scale
        inset = (asset.bounds[1] - asset.bounds[0]) * [INSET, INSET, 0.0]
        low, high = asset.bounds[0] + inset, asset.bounds[1] - inset
    size = np.array([*(high - low)[:2], 0.0])
    bottom = np.array([*(low + high)[:2] / 2, high[2]])
    if drop.size is not None:
        size = np.array(sample(drop.size, rng=rng), dtype=np.float64)
    if drop.center is not None:
        bottom = np.array(sample(drop.center, rng=rng), dtype=np.float64) - [0, 0, size[2] / 2]
    frame = pose @ transform(np.eye(3), bottom * scale)
    return Region(frame, size * scale, strict=drop.size is None)


def orientation(kind: str, *, rng: np.random.Generator) -> Array:
    """(3, 3) rotation: `upright` turns about the vertical, `any` is uniform over all rotations."""
    if kind == "upright":
        return rotation_about([0.0, 0.0, 1.0], rng.uniform(0.0, 2 * np.pi))
    return rotation_from_quaternion_xyzw(rng.standard_normal(4))


def place(
    asset: Asset,
    scale: float,
    kind: str,
    region: Region,
    clearance: float,
    clutter: Clutter,
    *,
    rng: np.random.Generator,
) -> Array:
    """Draw `world_from_object` at release; SceneRejected where the object does not fit."""
    thing = clutter_of(asset, scale)
    obstacles = clutter.moved(inverse(region.world_from_region)).boxes()
    for _ in range(TURNS):
        rotation = orientation(kind, rng=rng)
        boxes = thing.moved(transform(rotation, np.zeros(3))).boxes()
        position = _position(boxes, region, clearance, obstacles, rng=rng)
        if position is not None:
            return region.world_from_region @ transform(rotation, position)
    raise SceneRejected(
        f"no room to release {asset.info.id!r} in a region of "
        + " × ".join(f"{side:.3g}" for side in region.size)
        + " m"
    )


def _position(
    boxes: Boxes, region: Region, clearance: float, obstacles: Boxes, *, rng: np.random.Generator
) -> Array | None:
    """The lowest of a few places for a turned object, in the region's frame; None: no place."""
    low, high = boxes.low.min(axis=0), boxes.high.max(axis=0)
    extent = (high - low)[:2]
    if region.strict and (extent > 1.5 * region.size[:2]).any():
        return None
    spread = np.maximum(region.size[:2] - extent, 0.0)
    places = rng.uniform(-0.5, 0.5, (CANDIDATES, 2)) * spread - ((low + high) / 2)[:2]
    best: Array | None = None
    for x, y in places:
        offset = np.array([x, y, 0.0])
        moved = Boxes(boxes.low + offset, boxes.high + offset)
        lift = lowest_clear(moved, obstacles, clearance - low[2], clearance)
        if best is None or lift < best[2]:
            best = np.array([x, y, lift])
    if best is None or (region.size[2] > 0 and best[2] + low[2] > region.size[2] + clearance):
        return None
    return best
