"""One shot under test: its files, and what rays say about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.verify.findings import Figure, Result
from scenegen.verify.folder import Folder, Json
from scenegen.verify.meshes import Array, Meshes
from scenegen.verify.optics import Optics
from scenegen.verify.rims import rims
from scenegen.verify.world import NOTHING, Hits, Layer, Sight, World

Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
EDGE = 0.01
"""Pixels: a ray that passes an edge within this may see either side."""
TIE = 2e-5
"""Part of their depth within which two surfaces are at the same place."""
ON_EDGES = 2e-4
"""Part of an image that may differ there."""
_AROUND = [(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4]


class Take:
    """A camera at one capture: what it sees, cast when first asked for."""

    def __init__(self, world: World, camera: Json, optics: Optics) -> None:
        self.world = world
        self.optics = optics
        self.sight = Sight(world, np.array(camera["world_from_camera"], np.float64))

    @cached_property
    def layers(self) -> list[Layer]:
        """Of the image's rays, row by row, those that meet each thing."""
        rays = self.optics.image_rays
        return [self.sight.layer(place, rays) for place in range(len(self.world.things))]

    @cached_property
    def hits(self) -> Hits:
        """What every pixel sees, row by row."""
        return self.sight.composite(self.optics.image_rays, self.layers)

    @cached_property
    def ids(self) -> NDArray[np.int32]:
        """(H·W,) instance ids."""
        return self.sight.ids(self.hits)

    @cached_property
    def normals(self) -> Array:
        """(H·W, 3) camera frame, NaN for nothing."""
        return self.sight.normals(self.hits)

    def name_of(self, surface: int) -> str:
        """A surface in words."""
        things = self.world.things
        if surface >= len(things):
            return "the floor" if surface == len(things) else "a wall"
        thing = things[surface]
        kind = f"object {thing.number}" if thing.number else "furniture"
        return f"{kind} ({thing.asset_id})"

    def around(self, pixels: Array, radius: float) -> list[tuple[Array, Hits]]:
        """Eight places around each of (N, 2) places in the picture, and what is seen there."""
        places = [pixels + radius * np.array(step) for step in _AROUND]
        hits = self.sight.cast(self.optics.rays(np.concatenate(places)))
        size = len(pixels)
        return [(place, hits[k * size : (k + 1) * size]) for k, place in enumerate(places)]


@dataclass(eq=False)
class Case:
    """A shot, its pictures and its truth; `agree` (H·W,) tells which pixels show the right thing."""

    folder: Folder
    stem: str
    shot: Json
    card: Json
    pictures: Mapping[str, NDArray[Any]]
    take: Take
    result: Result
    quick: bool
    takes: "Takes"
    info: "Info"
    partner_ids: NDArray[Any] | None = None
    """(H, W) instance map of the other eye's picture."""
    panels: dict[str, tuple[NDArray[Any], NDArray[Any], Flags]] = field(default_factory=dict)
    """By check: ours and the file's picture as colors, and where they differ; only if asked for."""
    draw: bool = False
    agree: Flags = field(init=False)

    def __post_init__(self) -> None:
        self.agree = np.ones(self.size, bool)

    @property
    def size(self) -> int:
        return self.take.optics.width * self.take.optics.height

    @property
    def shape(self) -> tuple[int, int]:
        return self.take.optics.height, self.take.optics.width

    def fail(self, check: str, message: str, number: int | None = None) -> None:
        self.result.fail(check, message, self.folder.index, self.stem, number)

    def measure(self, check: str, figure: Figure) -> None:
        self.result.measure(check, figure)

    def flat(self, output: str) -> NDArray[Any]:
        """A picture as (H·W,) or (H·W, 3)."""
        picture = self.pictures[output]
        return picture.reshape(self.size, *picture.shape[2:])

    def edges(self, index: Index, fits: Callable[[Index, Array, Hits], Flags]) -> Flags:
        """Which pixels, all of them differing, are so near an edge that what the file says is seen.

        `fits` is asked for eight rays around, with the pixels' numbers, the rays' places and what
        they meet. Where these rays pass more than one triangle, the nearest may just be missed, and
        where two lie in one place, either may be seen: then what they meet next counts as well.
        Where too much differs to be an edge, none is excused.
        """
        excused = np.zeros(len(index), bool)
        if not len(index) or len(index) > max(50, 10 * ON_EDGES * self.size):
            return excused
        around, edge = self._around(index)
        for places, hits in around:
            excused |= fits(index, places, hits)
        for places, hits in around:
            left = np.flatnonzero(~excused & (hits.surface != NOTHING))
            if len(left):
                near = hits[left]
                beyond = self.take.sight.cast(near.rays, near.depth * (1 + 1e-6) + 1e-6)
                tie = beyond.depth - near.depth <= TIE * near.depth
                excused[left] |= (edge[left] | tie) & fits(index[left], places[left], beyond)
        for row in np.flatnonzero(~excused).tolist():
            excused[row] = self._on_rim(index[row : row + 1], around, row, fits)
        return excused

    def _on_rim(
        self,
        pixel: Index,
        around: list[tuple[Array, Hits]],
        row: int,
        fits: Callable[[Index, Array, Hits], Flags],
    ) -> bool:
        """Whether a pixel (1,) shows a triangle so thin that the rays around it step over it."""
        middle = self.take.hits[pixel]
        reach = EDGE / min(self.take.optics.k[0], self.take.optics.k[4])
        seen = {int(middle.surface[0]), *(int(hits.surface[row]) for _, hits in around)}
        for place in sorted(seen & set(range(len(self.take.world.things)))):
            near = rims(self.take.sight, place, middle.rays[0], reach)
            if len(near.rays):
                places = np.repeat(self.take.optics.pixels[pixel], len(near.rays), axis=0)
                if fits(np.repeat(pixel, len(near.rays)), places, near).any():
                    return True
        return False

    def _around(self, index: Index) -> tuple[list[tuple[Array, Hits]], Flags]:
        """Eight rays around each pixel, and whether they pass more than one triangle."""
        middle = self.take.hits[index]
        around = self.take.around(self.take.optics.pixels[index], EDGE)
        edge = np.zeros(len(index), bool)
        for _, hits in around:
            edge |= (hits.surface != middle.surface) | (hits.triangle != middle.triangle)
        return around, edge

    def at(self, pixel: int) -> str:
        """Where a pixel is, in words."""
        row, column = divmod(int(pixel), self.take.optics.width)
        return f"column {column}, row {row}"


@dataclass(frozen=True)
class Info:
    """What the recipe and its library say: `rule` chooses keypoints for assets that name none.

    It is "box", or how many farthest points.
    """

    library: Library
    rule: str | int

    def keypoints(self, asset_id: str) -> tuple[tuple[str, tuple[float, float, float]], ...]:
        """Names and places of the points that an asset names, in its own frame."""
        return self.library.info(asset_id).keypoints


class Takes:
    """The takes of one scene, built when asked for."""

    def __init__(self, folder: Folder, meshes: Meshes) -> None:
        self._folder = folder
        self._meshes = meshes
        self._worlds: dict[int, World] = {}
        self._optics: dict[Optics, Optics] = {}

    def take(self, stem: str) -> Take:
        """The camera of a shot, as the shot itself says, at the shot's capture."""
        return self.seen_by(stem, self._folder.camera(stem))

    def seen_by(self, stem: str, camera: Json) -> Take:
        """Another camera at the shot's capture."""
        optics = Optics.of(camera)
        return Take(self.world(stem), camera, self._optics.setdefault(optics, optics))

    def world(self, stem: str) -> World:
        number = self._folder.entry(stem)["capture"]
        if number not in self._worlds:
            self._worlds[number] = World.of(self._folder.scene["captures"][number], self._meshes)
        return self._worlds[number]
