"""The child's side of a measurement: set up, draw one picture, say ready, wait, draw, say how long.

What a peer prints itself goes to stderr; the first stdout belongs to the parent.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Picture(NamedTuple):
    """(H, W, 3) uint8 sRGB and, where the drawer has one, its (H, W) instance map."""

    rgb: NDArray[np.uint8]
    ids: NDArray[np.uint16] | None


class Drawer(Protocol):
    @property
    def shots(self) -> int:
        """How many different shots there are."""

    def draw(self, numbers: Sequence[int]) -> None:
        """Draw these shots with all that belongs to them; this is what is timed."""

    def picture(self, number: int) -> Picture:
        """A shot to look at; not timed."""


def main(open_drawer: Callable[[Path], Drawer]) -> None:
    """Measure a drawer as the command line says: FOLDER --shots N [--picture FILE.npz]."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shots", type=int, required=True, help="0: each one once")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    parent = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    drawer = open_drawer(options.folder)
    picture = drawer.picture(0)
    if options.picture:
        if picture.ids is None:
            np.savez(options.picture, rgb=picture.rgb)
        else:
            np.savez(options.picture, rgb=picture.rgb, ids=picture.ids)
    numbers = [number % drawer.shots for number in range(options.shots or drawer.shots)]
    print("ready", file=parent, flush=True)
    sys.stdin.readline()
    start = perf_counter()
    drawer.draw(numbers)
    seconds = perf_counter() - start
    print(json.dumps({"shots": len(numbers), "seconds": seconds}), file=parent, flush=True)
