"""The nouns: a render with what is known of each of its pixels, and what refines it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray

from scenegen.dataset import Dataset, StoredShot
from scenegen.errors import RefineError

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]

NEEDED = ("rgb", "ids")


@dataclass(frozen=True)
class GBuffers:
    """What the renderer knew of each pixel; a part that the dataset was made without is None.

    depth: (H, W) metres, 0 = nothing · normals: (H, W, 3) unit vectors in the camera frame, 0 =
    nothing · albedo: (H, W, 3) uint8 sRGB base color · semantic: (H, W) category id, 0 = none.
    """

    depth: F32 | None = None
    normals: F32 | None = None
    albedo: U8 | None = None
    semantic: U16 | None = None


@dataclass(frozen=True)
class Render:
    """One rendered picture. rgb: (H, W, 3) uint8 sRGB · ids: (H, W) instance ids, 0 = background.

    `categories` names the category of every instance id that the picture may show; `name` is
    `000003/0007`, scene and shot; pictures of one `scene` are not independent of each other, and
    those of one `sequence` belong together: moments of one video, the two eyes of a stereo camera.
    """

    name: str
    scene: int
    sequence: str
    rgb: U8
    ids: U16
    categories: dict[int, str]
    gbuffers: GBuffers


class Refiner(Protocol):
    """Whatever makes a picture look more like the photographs it was fitted to."""

    @property
    def name(self) -> str:
        """`stats`, `bilateral`, `bilateral_mean_look`, `resnet`, …: what the provenance of a frame says."""
        ...

    def refine(self, render: Render, *, strength: float, seed: int) -> U8:
        """(H, W, 3) uint8: the same for the same render, strength and seed; strength 0 is the raw."""
        ...


class Renders(Sequence[Render]):
    """The pictures of a dataset, decoded when they are asked for, in the dataset's order."""

    def __init__(self, shots: Sequence[StoredShot]) -> None:
        self.shots = tuple(shots)

    @classmethod
    def open(cls, dataset: Dataset) -> "Renders":
        """Raises RefineError where the dataset has no pictures, no ids, or no scenes."""
        missing = [name for name in NEEDED if name not in dataset.card.outputs]
        if missing:
            raise RefineError(
                f"{dataset.root}: made without {' and '.join(missing)}; "
                f"name them under `outputs:` in its recipe and generate again"
            )
        shots = list(dataset.all_shots())
        if not shots:
            raise RefineError(f"{dataset.root}: there is no complete scene in it")
        return cls(shots)

    @property
    def scenes(self) -> list[int]:
        """The scene of each picture."""
        return [shot.scene_index for shot in self.shots]

    @property
    def longest(self) -> int:
        """The longer side, in pixels, of the largest picture."""
        return max(max(shot.camera.width, shot.camera.height) for shot in self.shots)

    def __len__(self) -> int:
        return len(self.shots)

    @overload
    def __getitem__(self, at: int) -> Render: ...
    @overload
    def __getitem__(self, at: slice) -> "Renders": ...
    def __getitem__(self, at: int | slice) -> "Render | Renders":
        return Renders(self.shots[at]) if isinstance(at, slice) else read_render(self.shots[at])

    def __iter__(self) -> Iterator[Render]:
        return map(read_render, self.shots)


def read_render(shot: StoredShot) -> Render:
    """Decode a shot's picture and every G-buffer that was written with it."""
    there = shot.outputs
    return Render(
        name=f"{shot.scene_index:06d}/{shot.stem}",
        scene=shot.scene_index,
        sequence=f"{shot.scene_index:06d}/{shot.camera.name}/{shot.camera.sequence}",
        rgb=shot.rgb,
        ids=shot.ids,
        categories={label.instance_id: label.category for label in shot.annotations},
        gbuffers=GBuffers(
            depth=shot.depth if "depth" in there else None,
            normals=shot.normals if "normals" in there else None,
            albedo=shot.albedo if "albedo" in there else None,
            semantic=shot.semantic if "semantic" in there else None,
        ),
    )
