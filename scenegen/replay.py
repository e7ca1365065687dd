"""A stored scene drawn again: no chance, no physics, only scene.json and the library."""

import filecmp
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scenegen.dataset import Dataset, write_scene
from scenegen.errors import DatasetError
from scenegen.generate import Studio
from scenegen.project import open_project


@dataclass(frozen=True)
class Replayed:
    """Where the new files are and which of them differ from the stored ones."""

    folder: Path
    same: tuple[str, ...]
    different: tuple[str, ...]

    def __str__(self) -> str:
        whole = len(self.same) + len(self.different)
        text = f"{self.folder}: {len(self.same)} of {whole} files identical to the dataset's"
        return text + "".join(f"\n  differs: {name}" for name in self.different)


def replay_scene(root: Path, index: int, out: Path | None, asset_roots: Sequence[Path]) -> Replayed:
    """Draw scene `index` of a dataset again into `out` and compare every file byte by byte.

    The recipe stored with the dataset names the objects; folders it names are looked for in the
    dataset and in `asset_roots`. DatasetError if `out` already holds the scene.
    """
    dataset = Dataset.open(root)
    captures, stored = dataset.scene(index), dataset.shots(index)
    project = open_project(root / "recipe.yaml", asset_roots)
    studio = Studio.open(project.recipe, project.library)
    target = out or root.with_name(f"{root.name}_replay")
    (target / "scenes").mkdir(parents=True, exist_ok=True)
    shots = studio.drawn(captures, [(shot.capture, shot.camera) for shot in stored])
    card = dataset.card
    if not write_scene(target, captures, shots, project.recipe.outputs, card.depth_scale):
        raise DatasetError(
            f"{target}: scene {index} was replayed there before; choose another --out"
        )
    name = f"scenes/{index:06d}"
    files = sorted(path.name for path in (root / name).iterdir())
    same, different, errors = filecmp.cmpfiles(root / name, target / name, files, shallow=False)
    return Replayed(target / name, tuple(same), (*different, *errors))
