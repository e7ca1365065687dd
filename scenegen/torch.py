"""A dataset for PyTorch: pictures with detection targets in torchvision's form.

    data = DetectionDataset(select(Dataset.open("out/tabletop"), "train=0.8,val=0.2"), "train")
    loader = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True, collate_fn=collate)

An item is (image, target). image: (3, H, W) float32, 0 to 1. target: boxes (N, 4) float32, x0 y0 x1
y1 around the visible pixels · labels (N,) int64, from 1 in the order of `selection.names` · masks
(N, H, W) uint8, the visible pixels · area (N,) float32 · iscrowd (N,) int64, 1 for objects seen less
than the selection's `min_visible` · image_id: int, the same however much the dataset grows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.utils.data

from scenegen.errors import DatasetError
from scenegen.export.huggingface_rows import image_id
from scenegen.export.pinholes import require
from scenegen.export.selection import Picked, Selection

Target = dict[str, Any]
Item = tuple[torch.Tensor, Target]
Transforms = Callable[[torch.Tensor, Target], Item]


class DetectionDataset(torch.utils.data.Dataset[Item]):
    """Every shot of a split by its number; all scene.json are looked at once, at the beginning."""

    def __init__(
        self, selection: Selection, split: str = "train", transforms: Transforms | None = None
    ) -> None:
        self.selection, self.split, self.transforms = selection, split, transforms
        self._shots = [
            shot for index in _scenes(selection, split) for shot in selection.dataset.shots(index)
        ]

    def __len__(self) -> int:
        return len(self._shots)

    def __getitem__(self, number: int) -> Item:
        shot = replace(self._shots[number])  # a copy: what is read of it does not stay
        return _item(self.selection, self.selection.pick(shot, self.split), self.transforms)


class DetectionStream(torch.utils.data.IterableDataset[Item]):
    """The same items scene after scene, dealt out among a loader's workers; begins at once.

    With a `seed` the scenes come in an order that it and `epoch` decide: set `epoch` before each.
    """

    def __init__(
        self,
        selection: Selection,
        split: str = "train",
        transforms: Transforms | None = None,
        seed: int | None = None,
    ) -> None:
        self.selection, self.transforms = selection, transforms
        self.seed, self.epoch = seed, 0
        self._scenes = _scenes(selection, split)

    def __iter__(self) -> Iterator[Item]:
        scenes = self._scenes
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(len(scenes))
            scenes = [scenes[place] for place in order]
        worker = torch.utils.data.get_worker_info()
        mine = scenes if worker is None else scenes[worker.id :: worker.num_workers]
        for index in mine:
            for picked in self.selection.picked(index):
                yield _item(self.selection, picked, self.transforms)


def collate(items: Iterable[Item]) -> tuple[tuple[torch.Tensor, ...], tuple[Target, ...]]:
    """A batch as torchvision's detectors take it: pictures and targets, one each a shot."""
    images, targets = zip(*items, strict=True)
    return images, targets


def _scenes(selection: Selection, split: str) -> list[int]:
    require(selection, "scenegen.torch", ("rgb", "ids"))
    if split not in selection.splits:
        raise DatasetError(f"there is no split '{split}'; there is: {', '.join(selection.splits)}")
    return selection.scenes(split)


def _item(selection: Selection, picked: Picked, transforms: Transforms | None) -> Item:
    image = torch.from_numpy(picked.shot.rgb.transpose(2, 0, 1)).float() / 255
    target = _target(selection, picked)
    return transforms(image, target) if transforms else (image, target)


def _target(selection: Selection, picked: Picked) -> Target:
    labels = (*picked.objects, *picked.ignored)
    numbers = np.array([label.instance_id for label in labels], np.uint16)
    masks = picked.shot.ids == numbers[:, None, None]
    boxes = np.array([label.box_visible for label in labels], np.float32)
    crowd = [0] * len(picked.objects) + [1] * len(picked.ignored)
    return {
        "boxes": torch.from_numpy(boxes.reshape(-1, 4)),
        "labels": torch.tensor([selection.category_id(o) for o in labels], dtype=torch.int64),
        "masks": torch.from_numpy(masks.astype(np.uint8)),
        "image_id": image_id(picked.shot),
        "area": torch.tensor([o.px_visible for o in labels], dtype=torch.float32),
        "iscrowd": torch.tensor(crowd, dtype=torch.int64),
    }
