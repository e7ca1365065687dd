"""One scene: the pipeline from a recipe's number to the shots of it. `batch` makes many."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.annotate import annotate, maps
from scenegen.assets.library import Library
from scenegen.links import links
from scenegen.recipe import Recipe
from scenegen.render import RENDERERS, Renderer
from scenegen.sample import pool, sample_cameras, sample_scene
from scenegen.scene import Camera, Frame, Scene, Shot
from scenegen.settle import settle

Take = tuple[Scene, Camera]
"""Who looks at what."""


class Clock:
    """Adds up wall seconds by stage; stages may not overlap."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start


@dataclass(frozen=True)
class Studio:
    """What scenes are made with, opened once in each process."""

    recipe: Recipe
    library: Library
    renderer: Renderer
    categories: dict[str, int]
    clock: Clock

    @classmethod
    def open(cls, recipe: Recipe, library: Library, renderer: str = "raster") -> "Studio":
        """Raises RenderError where nothing can be drawn."""
        drawing = RENDERERS[renderer](library)
        return cls(recipe, library, drawing, category_ids(recipe, library), Clock())

    def captures(self, index: int, attempt: int) -> tuple[Scene, ...]:
        """The scene at each capture time, falling and at rest; raises SceneRejected."""
        with self.clock("sample"):
            scene = sample_scene(self.recipe, self.library, index, attempt)
        with self.clock("physics"):
            return settle(scene, self.library, self.recipe)

    def shots(self, captures: Sequence[Scene]) -> Iterator[Shot]:
        """Every picture of a settled scene, capture by capture, camera by camera.

        All cameras find their places before the first picture is drawn; raises SceneRejected.
        """
        with self.clock("sample"):
            takes = [
                (number, camera)
                for number, scene in enumerate(captures)
                for camera in sample_cameras(
                    self.recipe, scene, self.library, number, len(captures)
                )
            ]
        return self.drawn(captures, takes)

    def drawn(
        self, captures: Sequence[Scene], takes: Sequence[tuple[int, Camera]]
    ) -> Iterator[Shot]:
        """The shots of a scene whose cameras are known, each with the number of its capture."""
        linked = links(takes)
        views = _Views(self.renderer, self.clock)
        for (number, camera), link in zip(takes, linked, strict=True):
            near = [
                None if place is None else (captures[takes[place][0]], takes[place][1])
                for place in (link.partner, link.successor)
            ]
            yield self._shot(views, (captures[number], camera), *near)

    def _shot(
        self, views: "_Views", take: Take, partner: Take | None, successor: Take | None
    ) -> Shot:
        """One picture and what is true in it."""
        scene, camera = take
        view = views.get(take)
        exact = view.seen
        with self.clock("draw"):
            color = self.renderer.color(scene, camera)
        frame = Frame(
            color=color,
            ids=exact.ids,
            depth=exact.depth,
            normals=exact.normals,
            silhouettes=exact.silhouettes,
            maps={
                **self._surfaces(scene, camera),
                **self._maps(views, take, partner, successor),
            },
        )
        with self.clock("annotate"):
            annotations = annotate(
                scene, self.library, camera, frame, self.categories, self.recipe.outputs
            )
        return Shot(camera, scene, frame, annotations)

    def _surfaces(self, scene: Scene, camera: Camera) -> dict[str, NDArray[Any]]:
        wanted = {"albedo", "roughness_metallic"}.intersection(self.recipe.outputs)
        if not wanted:
            return {}
        with self.clock("draw"):
            drawn = self.renderer.surfaces(scene, camera)._asdict()
        return {name: drawn[name] for name in sorted(wanted)}

    def _maps(
        self, views: "_Views", take: Take, partner: Take | None, successor: Take | None
    ) -> dict[str, NDArray[Any]]:
        """The wanted pictures that follow from geometry, as far as there are others to follow to."""
        wanted = set(self.recipe.outputs)
        found: dict[str, NDArray[Any]] = {}
        view = views.get(take)
        with self.clock("annotate"):
            if "nocs" in wanted:
                found["nocs"] = maps.nocs(view, self.library)
        if successor and wanted & {"flow", "scene_flow", "flow_occlusion"}:
            with self.clock("annotate"):
                moved = maps.motion(view, *successor)
                found |= {"flow": moved.flow, "scene_flow": moved.scene_flow}
            if "flow_occlusion" in wanted:
                other = views.get(successor)
                with self.clock("annotate"):
                    found["flow_occlusion"] = maps.occlusion(view, moved, other)
        if partner and view.camera.distortion is None and "disparity" in wanted:
            apart = take[1].world_from_camera[:3, 3] - partner[1].world_from_camera[:3, 3]
            found["disparity"] = maps.disparity(view, float(np.linalg.norm(apart)))
        if partner and "stereo_occlusion" in wanted:
            other = views.get(partner)
            with self.clock("annotate"):
                moved = maps.motion(view, *partner)
                found["stereo_occlusion"] = maps.occlusion(view, moved, other)
        return {name: values for name, values in found.items() if name in wanted}


class _Views:
    """The exact pictures last drawn: a picture is asked for again by its neighbours."""

    KEPT = 4

    def __init__(self, renderer: Renderer, clock: Clock) -> None:
        self._renderer = renderer
        self._clock = clock
        self._drawn: list[maps.View] = []

    def get(self, take: Take) -> maps.View:
        """What a camera sees, drawn now or a short while ago."""
        scene, camera = take
        for view in self._drawn:
            if view.scene is scene and view.camera is camera:
                return view
        with self._clock("draw"):
            view = maps.View(scene, camera, self._renderer.geometry(scene, camera))
        self._drawn = [*self._drawn, view][-self.KEPT :]
        return view


def category_ids(recipe: Recipe, library: Library) -> dict[str, int]:
    """Number, from 1 and in alphabetical order, every category a target of the recipe may have."""
    targets = [group for group in recipe.objects if group.role == "target"]
    names = {library.info(id).category for group in targets for id in pool(group, library)}
    return {name: number for number, name in enumerate(sorted(names), start=1)}
