"""Pictures with what is true of each pixel: what the lab's networks learn from and are tested on."""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.dataset import Dataset
from scenegen.dataset.folder import scene_folder
from scenegen.dataset.writing import CHECKSUMS

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
LEAST_PX = 64
"""An instance that shows less is not asked for."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """rgb (H, W, 3); ids and classes (H, W), 0 = none."""

    rgb: U8
    ids: U16
    classes: U16

    def part(self, window: tuple[slice, slice], *, mirrored: bool) -> "Labelled":
        """A window of it, mirrored left to right or not."""
        turn = np.s_[:, :: -1 if mirrored else 1]
        return Labelled(self.rgb[window][turn], self.ids[window][turn], self.classes[window][turn])

    def boxes(self) -> list[tuple[int, NDArray[np.float32], int]]:
        """(class, x0 y0 x1 y1 half-open around the visible pixels, their number), largest first."""
        found = []
        for instance in np.flatnonzero(np.bincount(self.ids.ravel())):
            mask = self.ids == instance
            label = int(self.classes[mask][0])
            if instance and label:
                x, y, wide, high = cv2.boundingRect(mask.astype(np.uint8))
                box = np.array([x, y, x + wide, y + high], np.float32)
                found.append((label, box, int(mask.sum())))
        return sorted(found, key=lambda one: -one[2])


def labelled(dataset: Dataset) -> list[Labelled]:
    """All shots of a dataset, decoded."""
    return [Labelled(shot.rgb, shot.ids, shot.semantic) for shot in dataset.all_shots()]


def contents(dataset: Dataset) -> str:
    """sha256 of the checksums of all its files: another picture, another digest."""
    sums = hashlib.sha256()
    for index in sorted(dataset.scene_indices()):
        sums.update((scene_folder(dataset.root, index) / CHECKSUMS).read_bytes())
    return sums.hexdigest()
