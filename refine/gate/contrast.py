"""How much an instance stands out from what it is seen against, before and after."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.frames import U8, U16
from refine.gate.color import lab

F64 = NDArray[np.float64]
Pixels = tuple[NDArray[np.intp], ...]

_REACH_PX = 4
"""Far enough for a blur of one pixel and for halved chroma to be over."""
_FEWEST_PAIRS = 20
_LEAST_DELTA_E = 10.0


@dataclass(frozen=True)
class Contrast:
    """Differences across an outline in L*a*b*, refined over raw along the raw one's direction.

    `each` compares pair by pair, `mean` the means of all pairs, `lightness` L* pair by pair; None
    where the raw picture has too little of it. Below 0: turned round.
    """

    each: float | None
    mean: float | None
    lightness: float | None


def contrasts(raw: U8, refined: U8, ids: U16) -> dict[int, Contrast]:
    """Of every instance whose outline is _FEWEST_PAIRS long where both sides are wide enough."""
    here, there = _pairs(ids)
    before, after = (_steps(picture, here, there) for picture in (raw, refined))
    owners = np.concatenate([ids[here], ids[there]])
    order = np.argsort(owners, kind="stable")
    before, after = (np.concatenate([step, -step])[order] for step in (before, after))
    numbers, starts, counts = np.unique(owners[order], return_index=True, return_counts=True)
    return {
        int(number): _contrast(before[start : start + count], after[start : start + count])
        for number, start, count in zip(numbers, starts, counts, strict=True)
        if number and count >= _FEWEST_PAIRS
    }


def _contrast(before: F64, after: F64) -> Contrast:
    """(N, 3) steps out of an instance, before and after."""
    return Contrast(
        each=_ratio(before, after),
        mean=_ratio(before.mean(axis=0, keepdims=True), after.mean(axis=0, keepdims=True)),
        lightness=_ratio(before[:, :1], after[:, :1]),
    )


def _ratio(before: F64, after: F64) -> float | None:
    power = float((before * before).sum())
    if power < len(before) * _LEAST_DELTA_E**2:
        return None
    return float((before * after).sum()) / power


def _pairs(ids: U16) -> tuple[Pixels, Pixels]:
    """Pixels _REACH_PX from an outline on its two sides, along rows and along columns.

    Each side is one instance for as far.
    """
    sides: list[tuple[Pixels, Pixels]] = []
    for axis in (0, 1):
        n = max(ids.shape[axis] - 2 * _REACH_PX + 1, 0)
        line = [np.take(ids, range(k, k + n), axis) for k in range(2 * _REACH_PX)]
        near, far = line[:_REACH_PX], line[_REACH_PX:]
        met = near[-1] != far[0]
        for k in range(1, _REACH_PX):
            met &= (near[k - 1] == near[-1]) & (far[k] == far[0])
        at = np.nonzero(met)
        beyond = tuple(c + (2 * _REACH_PX - 1) * (k == axis) for k, c in enumerate(at))
        sides.append((at, beyond))
    (a, b), (c, d) = sides
    here = tuple(np.concatenate(part) for part in zip(a, c, strict=True))
    return here, tuple(np.concatenate(part) for part in zip(b, d, strict=True))


def _steps(picture: U8, here: Pixels, there: Pixels) -> F64:
    """(N, 3) differences in L*a*b* of means over 3 × 3 pixels."""
    means = np.asarray(cv2.blur(picture, (3, 3)), np.uint8)
    return lab(means[here]) - lab(means[there])
