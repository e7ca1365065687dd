"""Crops of pictures, all of one size, each with the group it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.gap.samples import I64, numbered
from scenegen.errors import RefineError

U8 = NDArray[np.uint8]

SIDE = 160
"""Edge of a crop in pixels; smaller, by steps of 32, where the first picture is."""
SMALLEST = 32


@dataclass(frozen=True, eq=False)
class Windows:
    """crops: (n, s, s, 3) uint8 · picture: (n,) number of the picture each was cut from ·
    groups: (n,) number of its scene or photograph, from 0 without gaps · sizes: (pictures, 2)
    height and width of each picture."""

    crops: U8
    picture: I64
    groups: I64
    sizes: I64


def side_for(picture: U8) -> int:
    """The edge of crops that fit into a picture: a multiple of 32, at most 160."""
    short = min(picture.shape[:2])
    if short < SMALLEST:
        raise RefineError(
            f"pictures of {picture.shape[1]} × {picture.shape[0]} pixels are too small to compare; "
            f"they must be at least {SMALLEST} × {SMALLEST}"
        )
    return min(SIDE, short // 32 * 32)


def cut(pictures: Sequence[U8], groups: Sequence[int], side: int, each: int, seed: int) -> Windows:
    """`each` crops from random places of every picture.

    The places depend on the seed, the picture's number and its size alone: the same for a render
    and its refined twin. A picture smaller than a crop is enlarged to it.
    """
    crops: list[U8] = []
    sizes = []
    for number, picture in enumerate(pictures):
        crops += _crops(picture, side, each, np.random.default_rng((seed, number)))
        sizes.append(picture.shape[:2])
    origin = np.repeat(np.arange(len(pictures)), each)
    return Windows(np.stack(crops), origin, np.repeat(numbered(groups), each), np.array(sizes))


def spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers below `count`, evenly spread."""
    return [int(at) for at in np.linspace(0, count - 1, min(count, most)).round()]


def _crops(picture: U8, side: int, each: int, rng: np.random.Generator) -> list[U8]:
    short = min(picture.shape[:2])
    if short < side:
        scale = side / short
        wide, high = (max(side, round(size * scale)) for size in picture.shape[1::-1])
        picture = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    tops = rng.integers(0, picture.shape[0] - side + 1, each)
    lefts = rng.integers(0, picture.shape[1] - side + 1, each)
    return [
        picture[top : top + side, left : left + side] for top, left in zip(tops, lefts, strict=True)
    ]
