"""A dataset read back: the folder is asked, nothing is loaded before it is wanted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from scenegen.dataset import pictures
from scenegen.dataset.card import Card
from scenegen.dataset.files import read_bytes, read_json
from scenegen.dataset.folder import (
    FAILED,
    SCENES,
    failure_file,
    first_mistake,
    numbered,
    read_card,
    scene_folder,
)
from scenegen.dataset.records import Failure, SceneRecord, ShotRecord
from scenegen.errors import DatasetError
from scenegen.scene import Camera, ObjectAnnotation, Scene

R = TypeVar("R", bound=BaseModel)
P = TypeVar("P", bound=np.generic)


@dataclass(frozen=True)
class StoredShot:
    """One shot on disk. Labels are read once; a picture is decoded each time it is asked for.

    Everything raises DatasetError, naming the file, where a file is missing or damaged.
    """

    folder: Path
    scene_index: int
    stem: str
    depth_scale: float

    @property
    def json_path(self) -> Path:
        return self.folder / f"{self.stem}.json"

    @cached_property
    def record(self) -> ShotRecord:
        """Everything but the pictures."""
        return _read(ShotRecord, self.json_path)

    @property
    def camera(self) -> Camera:
        return self.record.camera

    @property
    def annotations(self) -> tuple[ObjectAnnotation, ...]:
        """In the order of the scene's objects, seen or not."""
        return self.record.objects

    @property
    def capture(self) -> int:
        """Which of the scene's captures was seen."""
        return self.record.capture

    @property
    def stereo_partner(self) -> str | None:
        """Stem of the other half of a stereo pair."""
        return self.record.stereo_partner

    @property
    def successor(self) -> str | None:
        """Stem of the next picture of the same camera."""
        return self.record.successor

    @property
    def overflow_px(self) -> dict[str, int]:
        """By output: pixels written as nothing only because they do not fit into 16 bits."""
        return self.record.overflow_px

    @property
    def outputs(self) -> tuple[str, ...]:
        """The pictures there are."""
        return tuple(self.record.files)

    def path(self, output: str) -> Path:
        """The PNG of an output; DatasetError if the dataset was made without it."""
        files = self.record.files
        if output not in files:
            there = ", ".join(files) or "none"
            raise DatasetError(f"{self.json_path}: no picture of {output}, there are: {there}")
        return self.folder / files[output]

    @property
    def rgb(self) -> pictures.U8:
        """(H, W, 3) uint8 sRGB."""
        return self._picture("rgb", pictures.decode_rgb)

    @property
    def ids(self) -> pictures.U16:
        """(H, W) uint16 instance ids, 0 = background."""
        return self._picture("ids", pictures.decode_grey)

    @property
    def semantic(self) -> pictures.U16:
        """(H, W) uint16 category ids of targets, 0 = everything else."""
        return self._picture("semantic", pictures.decode_grey)

    @property
    def depth(self) -> pictures.F32:
        """(H, W) float32 metres along the optical axis, 0 = nothing."""
        steps = self._picture("depth", pictures.decode_grey)
        return pictures.depth_from_steps(steps, self.depth_scale)

    @property
    def normals(self) -> pictures.F32:
        """(H, W, 3) float32 unit vectors in the camera frame, 0 = nothing."""
        return pictures.normals_from_rgb(self._picture("normals", pictures.decode_rgb))

    @property
    def nocs(self) -> pictures.F32:
        """(H, W, 3) float32 in [0, 1], coordinates in the object's box; NaN = no object."""
        return pictures.nocs_from_rgb16(self._picture("nocs", pictures.decode_rgb16))

    @property
    def albedo(self) -> pictures.U8:
        """(H, W, 3) uint8 base color, sRGB."""
        return self._picture("albedo", pictures.decode_rgb)

    @property
    def roughness_metallic(self) -> pictures.F32:
        """(H, W, 2) float32 roughness and metallic, 0 to 1."""
        color = self._picture("roughness_metallic", pictures.decode_rgb)
        return color[..., 1:].astype(np.float32) / np.float32(255)

    @property
    def flow(self) -> pictures.F32:
        """(H, W, 2) float32 pixels to where the surface is in the successor; NaN = nowhere."""
        return pictures.flow_from_rgb16(self._picture("flow", pictures.decode_rgb16))

    @property
    def scene_flow(self) -> pictures.F32:
        """(H, W, 3) float32 metres, camera frames; NaN = nothing there."""
        color = self._picture("scene_flow", pictures.decode_rgb16)
        return pictures.scene_flow_from_rgb16(color, self.depth_scale)

    @property
    def flow_occlusion(self) -> pictures.U8:
        """(H, W) uint8: 0 nothing, 1 seen in the successor too, 2 hidden there, 3 outside it."""
        return self._picture("flow_occlusion", pictures.decode_grey8)

    @property
    def disparity(self) -> pictures.F32:
        """(H, W) float32 pixels, 0 = nothing."""
        steps = self._picture("disparity", pictures.decode_grey)
        return pictures.depth_from_steps(steps, pictures.DISPARITY_STEP)

    @property
    def stereo_occlusion(self) -> pictures.U8:
        """(H, W) uint8: 0 nothing, 1 seen by the other eye too, 2 hidden there, 3 outside it."""
        return self._picture("stereo_occlusion", pictures.decode_grey8)

    def _picture(self, output: str, decode: Callable[[bytes], NDArray[P]]) -> NDArray[P]:
        path = self.path(output)
        try:
            picture = decode(read_bytes(path))
        except ValueError as error:
            raise DatasetError(f"{path}: {error}") from error
        size = (self.camera.height, self.camera.width)
        if picture.shape[:2] != size:
            found = f"{picture.shape[1]} × {picture.shape[0]}"
            raise DatasetError(f"{path}: {found} pixels, but the camera has {size[1]} × {size[0]}")
        return picture


@dataclass(frozen=True)
class Dataset:
    """A dataset, finished or growing; `len` counts its complete scenes, iterating numbers them."""

    root: Path
    card: Card

    @classmethod
    def open(cls, root: Path | str) -> "Dataset":
        """Look at a folder; DatasetError if it is no dataset or its card cannot be read."""
        return cls(Path(root), read_card(Path(root)))

    @property
    def categories(self) -> dict[str, int]:
        """Number of each category, from 1, by its name."""
        return self.card.category_ids

    def scene_indices(self) -> list[int]:
        """The numbers of all complete scenes, sorted."""
        return numbered(self.root / SCENES)

    def __len__(self) -> int:
        return len(self.scene_indices())

    def __iter__(self) -> Iterator[int]:
        return iter(self.scene_indices())

    def __contains__(self, index: int) -> bool:
        return scene_folder(self.root, index).exists()

    def scene(self, index: int) -> tuple[Scene, ...]:
        """The settled scene at each of its captures."""
        return self.record(index).captures

    def shots(self, index: int) -> list[StoredShot]:
        """All shots of a scene, in the order they were taken."""
        folder = scene_folder(self.root, index)
        return [
            StoredShot(folder, index, shot.stem, self.card.depth_scale)
            for shot in self.record(index).shots
        ]

    def record(self, index: int) -> SceneRecord:
        """The scene's captures and who looked at them; DatasetError if it is not there, whole."""
        folder = scene_folder(self.root, index)
        if not folder.exists():
            failure = failure_file(self.root, index)
            hint = f"; {failure} tells why" if failure.exists() else ""
            raise DatasetError(f"{self.root}: there is no scene {index} in it{hint}")
        return _read(SceneRecord, folder / "scene.json")

    def all_shots(self) -> Iterator[StoredShot]:
        """Every shot of every complete scene, in order."""
        for index in self.scene_indices():
            yield from self.shots(index)

    def failed(self) -> dict[int, Failure]:
        """Why scenes were given up, by number; complete scenes are not among them."""
        return {
            index: _read(Failure, failure_file(self.root, index))
            for index in numbered(self.root / FAILED)
            if index not in self
        }


def _read(kind: type[R], path: Path) -> R:
    try:
        return kind.model_validate(read_json(path))
    except ValidationError as error:
        raise DatasetError(f"{path}: damaged: {first_mistake(error)}") from error
