"""One scene: the pipeline from a recipe's number to the shots of it. `batch` makes many."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from scenegen.annotate import annotate
from scenegen.assets.library import Library
from scenegen.clock import Clock
from scenegen.links import links
from scenegen.recipe import Recipe
from scenegen.render import RENDERERS, Renderer
from scenegen.sample import pool, sample_cameras, sample_scene
from scenegen.scene import Camera, Frame, Scene, Shot
from scenegen.settle import settle
from scenegen.views import Take, Views


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
        with ThreadPoolExecutor(1) as physics:
            falling = physics.submit(self._settled, scene)
            self.renderer.prepare(scene)
            return falling.result()

    def _settled(self, scene: Scene) -> tuple[Scene, ...]:
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
        views = Views(self.renderer, self.library, self.recipe.outputs, self.clock)
        for (number, camera), link in zip(takes, links(takes), strict=True):
            partner, successor = (
                None if place is None else (captures[takes[place][0]], takes[place][1])
                for place in (link.partner, link.successor)
            )
            yield self._shot(views, (captures[number], camera), partner, successor)

    def _shot(self, views: Views, take: Take, partner: Take | None, successor: Take | None) -> Shot:
        """One picture and what is true in it."""
        scene, camera = take
        exact = views.get(take).seen
        color = np.zeros((camera.height, camera.width, 3), np.uint8)
        if "rgb" in self.recipe.outputs:
            with self.clock("draw"):
                color = self.renderer.color(scene, camera)
        frame = Frame(
            color=color,
            ids=exact.ids,
            depth=exact.depth,
            normals=exact.normals,
            silhouettes=exact.silhouettes,
            maps=views.optional(take, partner, successor),
        )
        with self.clock("annotate"):
            annotations = annotate(
                scene,
                self.library,
                camera,
                frame,
                self.categories,
                self.recipe.outputs,
                self.recipe.keypoints,
            )
        return Shot(camera, scene, frame, annotations)


def category_ids(recipe: Recipe, library: Library) -> dict[str, int]:
    """Number, from 1 and in alphabetical order, every category a target of the recipe may have."""
    targets = [group for group in recipe.objects if group.role == "target"]
    names = {library.info(id).category for group in targets for id in pool(group, library)}
    return {name: number for number, name in enumerate(sorted(names), start=1)}
