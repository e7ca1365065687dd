"""The noun: a named function from crops to vectors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """`compute` turns (n, s, s, 3) uint8 sRGB crops into (n, d) vectors, each from its crop alone.

    `near_loss`: refiners here are fitted to statistics much like these, so a gap that closes on
    such a feature alone proves little. `one_unit`: its numbers are of one unit, as those of a
    network's one layer are, so that what varies more counts more. `about` says for people
    what it is; `digest` names the exact weights, where there are any.
    """

    name: str
    about: str
    near_loss: bool
    compute: Callable[[U8], F64]
    digest: str = ""
    one_unit: bool = True
