"""Our own drawing alone, the limit of all that is built around it: a dataset's shots once more.

Nothing is simulated, annotated, encoded or written; meshes are read before the clock runs.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import measure
from scenegen.dataset import Dataset
from scenegen.project import open_project
from scenegen.render import RENDERERS


class Drawing:
    """Scene 0 warms up, as in a run from end to end; the shots are those of all other scenes."""

    def __init__(self, folder: Path) -> None:
        dataset = Dataset.open(folder)
        library = open_project(folder / "recipe.yaml", []).library
        self._renderer = RENDERERS["raster"](library)
        scenes = {index: dataset.scene(index) for index in dataset}
        for captures in scenes.values():
            for thing in (*captures[-1].objects, *captures[-1].fixtures):
                library.load(thing.asset_id)
        takes = [
            (index, scenes[index][shot.capture], shot.camera)
            for index in dataset
            for shot in dataset.shots(index)
        ]
        self._warm = [(scene, camera) for index, scene, camera in takes if index == 0]
        self._takes = [(scene, camera) for index, scene, camera in takes if index != 0]

    @property
    def shots(self) -> int:
        return len(self._takes)

    def draw(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._renderer.geometry(*self._takes[number])
            self._renderer.color(*self._takes[number])

    def picture(self, number: int) -> measure.Picture:
        for scene, camera in self._warm:
            self._renderer.geometry(scene, camera)
            self._renderer.color(scene, camera)
        scene, camera = self._takes[number]
        ids = self._renderer.geometry(scene, camera).ids
        return measure.Picture(self._renderer.color(scene, camera), ids)


if __name__ == "__main__":
    measure.main(Drawing)
