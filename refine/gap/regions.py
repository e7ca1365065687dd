"""Crops that show the same in renders and photographs: of one class, or alike in content."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Protocol

import cv2
import numpy as np

from refine.frames import U16
from refine.gap.samples import F64, I64, numbered
from refine.gap.windows import U8, Windows, spread

CLASS_SIDE = 96
LEAST_GROUPS = 8
"""Scenes and photographs that must show a class for its figures to mean anything."""

_MOST_CLASSES = 12
_MOST_CROPS = 80
_LEAST_PX = 400
_GREY = 128
_CELLS = 5
_ANGLES = 8


class Labelled(Protocol):
    """A picture whose instances are known: a `Render`, or a photograph of the twin."""

    @property
    def ids(self) -> U16: ...
    @property
    def categories(self) -> dict[int, str]: ...


def class_windows(
    pictures: Sequence[U8], labels: Sequence[Labelled], groups: Sequence[int]
) -> dict[str, Windows]:
    """By category, a crop around each instance that shows ≥ 400 pixels, all else painted grey.

    At most 80 crops a category: the first of each picture before the second of any, and where there
    is no room for all first (second, …) ones, evenly spread over the pictures.
    """
    found: dict[str, list[tuple[int, int, U8]]] = defaultdict(list)
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        ids, categories = label.ids, label.categories
        seen: dict[str, int] = defaultdict(int)
        for instance in np.flatnonzero(np.bincount(ids.ravel()) >= _LEAST_PX):
            category = categories.get(int(instance))
            if category is not None:
                found[category].append((seen[category], number, _masked(picture, ids == instance)))
                seen[category] += 1
    return {category: _windows(crops, groups) for category, crops in sorted(found.items())}


def shared_classes(renders: Mapping[str, Windows], photographs: Mapping[str, Windows]) -> list[str]:
    """The categories that enough scenes and photographs show, the most shown first."""
    enough = [
        name
        for name in renders
        if name in photographs
        and min(int(of[name].groups.max()) + 1 for of in (renders, photographs)) >= LEAST_GROUPS
    ]
    return sorted(enough, key=lambda name: (-len(renders[name].crops), name))[:_MOST_CLASSES]


def content_matched(renders: Windows, photographs: Windows) -> I64:
    """The crops of renders nearest to any of the photographs in where their edges run.

    Directions of gradients over 5 × 5 cells, normalized: color, exposure and contrast, which the
    gap is about, have no say in the match.
    """
    ours, theirs = _directions(renders.crops), _directions(photographs.crops)
    return np.unique(np.argmax(theirs @ ours.T, axis=1)).astype(np.int64)


def _windows(crops: list[tuple[int, int, U8]], groups: Sequence[int]) -> Windows:
    taken: list[tuple[int, int, U8]] = []
    for _, rank in groupby(sorted(crops, key=lambda crop: crop[:2]), key=lambda crop: crop[0]):
        of_rank = list(rank)
        taken += [of_rank[at] for at in spread(len(of_rank), _MOST_CROPS - len(taken))]
    picture = np.array([number for _, number, _ in taken], dtype=np.int64)
    group = numbered(np.asarray(groups)[picture])
    stacked = np.stack([crop for _, _, crop in taken])
    return Windows(stacked, picture, group, np.full((len(groups), 2), CLASS_SIDE))


def _masked(picture: U8, mask: np.ndarray) -> U8:
    """A square around a mask, everything outside the mask grey, at 96 × 96."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    shown = np.where(mask[..., None], picture, _GREY)[top:bottom, left:right].astype(np.uint8)
    side = max(shown.shape[:2])
    canvas = np.full((side, side, 3), _GREY, dtype=np.uint8)
    down, across = (side - shown.shape[0]) // 2, (side - shown.shape[1]) // 2
    canvas[down : down + shown.shape[0], across : across + shown.shape[1]] = shown
    resized = cv2.resize(canvas, (CLASS_SIDE, CLASS_SIDE), interpolation=cv2.INTER_AREA)
    return resized.astype(np.uint8)


def _directions(crops: U8) -> F64:
    """(n, 200) unit vectors: how much of each cell's edges runs in each direction."""
    return np.stack([_direction(crop) for crop in crops])


def _direction(crop: U8) -> F64:
    grey = cv2.GaussianBlur(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float64), (0, 0), 1.5)
    dx, dy = cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)
    angle = np.floor((np.arctan2(dy, dx) % np.pi) / np.pi * _ANGLES).astype(int) % _ANGLES
    cell = np.arange(len(grey)) * _CELLS // len(grey)
    bins = (cell[:, None] * _CELLS + cell[None]) * _ANGLES + angle
    found = np.bincount(bins.ravel(), np.hypot(dx, dy).ravel(), _CELLS * _CELLS * _ANGLES)
    rooted = np.sqrt(found / max(found.sum(), 1e-9))
    unit: F64 = rooted - rooted.mean()
    return unit / max(float(np.linalg.norm(unit)), 1e-9)
