"""Where a photograph shows the very same as a render: how much the two differ, pixel by pixel."""

from collections.abc import Callable, Sequence

import numpy as np

from refine.gap.closing import Drawn
from refine.gap.report import PairError
from refine.gap.samples import F64, I64
from refine.gap.windows import U8
from scenegen.errors import RefineError


def pair_errors(
    raw: Sequence[U8], refined: Sequence[U8], twins: Sequence[U8], scenes: I64, weights: F64
) -> tuple[PairError, PairError]:
    """L1 (mean) and L2 (root mean square) differences, in steps of 8 bit, before and after.

    scenes: (n,) from 0 without gaps · weights: (draws, scenes) of the bootstrap.
    """
    rows = np.array([_errors(*three) for three in zip(raw, refined, twins, strict=True)])
    member = np.equal.outer(np.arange(scenes.max() + 1), scenes).astype(np.float64)
    by_scene = (member / member.sum(axis=1, keepdims=True)) @ rows
    first, second = (
        PairError(name, *(_drawn(by_scene[:, column], weights, root) for column in columns))
        for name, columns, root in (("L1", (0, 1), np.positive), ("L2", (2, 3), np.sqrt))
    )
    return first, second


def _errors(raw: U8, refined: U8, twin: U8) -> tuple[float, float, float, float]:
    if not raw.shape == refined.shape == twin.shape:
        raise RefineError(
            f"a photograph of {twin.shape[1]} × {twin.shape[0]} pixels is paired with a render of "
            f"{raw.shape[1]} × {raw.shape[0]}: pairs must show the same, pixel by pixel"
        )
    differences = [picture.astype(np.float64) - twin for picture in (raw, refined)]
    absolute = [float(np.abs(one).mean()) for one in differences]
    square = [float((one**2).mean()) for one in differences]
    return absolute[0], absolute[1], square[0], square[1]


def _drawn(by_scene: F64, weights: F64, root: Callable[[F64], F64]) -> Drawn:
    draws = weights @ by_scene / weights.sum(axis=1)
    return Drawn(float(root(by_scene.mean())), root(draws))
