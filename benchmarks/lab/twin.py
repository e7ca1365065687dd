"""The twin's pictures through the hidden camera: a folder of photographs, and labelled ones.

python -m benchmarks.lab.twin out/lab/twin --photos out/lab/photos --labelled out/lab/twin_photos
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.lab.camera import HiddenCamera, decode
from scenegen.dataset import Dataset, StoredShot, open_rewriting, rewrite_scene
from scenegen.dataset.png import encode_png

CAMERA_SEED = 4711


def photograph(shot: StoredShot, camera: HiddenCamera) -> bytes:
    """The JPEG of a shot; chance depends on the shot's place alone."""
    rng = np.random.default_rng([CAMERA_SEED, shot.scene_index, int(shot.stem)])
    return camera.photograph(shot.rgb, rng=rng)


def write_photographs(dataset: Dataset, folder: Path) -> int:
    """A JPEG file for every shot; how many."""
    camera = HiddenCamera.draw(CAMERA_SEED)
    folder.mkdir(parents=True, exist_ok=True)
    shots = list(dataset.all_shots())
    for shot in shots:
        name = f"{shot.scene_index:06d}_{shot.stem}.jpg"
        (folder / name).write_bytes(photograph(shot, camera))
    return len(shots)


def write_labelled(dataset: Dataset, out: Path) -> Dataset:
    """The dataset with the camera's pixels in place of the clean ones; every label stays."""
    camera = HiddenCamera.draw(CAMERA_SEED)
    target = open_rewriting(dataset, out, "camera.json", {"camera": CAMERA_SEED})
    for index in dataset:
        if index not in target:
            pictures = (
                (shot.path("rgb").name, encode_png(decode(photograph(shot, camera))))
                for shot in dataset.shots(index)
            )
            rewrite_scene(dataset, index, out, pictures, {})
    return target


def main(
    dataset: Annotated[Path, typer.Argument(help="Made from twin.yaml.")],
    photos: Annotated[Path | None, typer.Option(help="Folder of the JPEG files.")] = None,
    labelled: Annotated[Path | None, typer.Option(help="Folder of the labelled twin.")] = None,
) -> None:
    """Take photographs of a dataset."""
    opened = Dataset.open(dataset)
    if photos is not None:
        print(f"{photos}: {write_photographs(opened, photos)} photographs")
    if labelled is not None:
        print(f"{labelled}: {len(write_labelled(opened, labelled))} labelled scenes")


if __name__ == "__main__":
    typer.run(main)
