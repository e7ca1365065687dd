"""One scene: the pipeline from a recipe's number to the shots of it. `batch` makes many."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from scenegen.annotate import annotate
from scenegen.assets.library import Library
from scenegen.recipe import Recipe
from scenegen.render import RENDERERS, Renderer, render
from scenegen.sample import pool, sample_cameras, sample_scene
from scenegen.scene import Camera, Scene, Shot
from scenegen.settle import settle


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
        """Every picture of a settled scene, capture by capture, camera by camera."""
        for number, scene in enumerate(captures):
            with self.clock("sample"):
                cameras = sample_cameras(self.recipe, scene, self.library, number, len(captures))
            for camera in cameras:
                yield self.shot(scene, camera)

    def shot(self, scene: Scene, camera: Camera) -> Shot:
        """One picture and what is true in it."""
        with self.clock("draw"):
            frame = render(self.renderer, scene, camera)
        with self.clock("annotate"):
            annotations = annotate(scene, self.library, camera, frame, self.categories)
        return Shot(camera, scene, frame, annotations)


def category_ids(recipe: Recipe, library: Library) -> dict[str, int]:
    """Number, from 1 and in alphabetical order, every category a target of the recipe may have."""
    targets = [group for group in recipe.objects if group.role == "target"]
    names = {library.info(id).category for group in targets for id in pool(group, library)}
    return {name: number for number, name in enumerate(sorted(names), start=1)}
