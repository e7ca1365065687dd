"""Which photographs show the same thing: exact copies, and the pictures of one burst."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from refine.frames import U8

SAME_BURST_BITS = 10  # of 63: pictures of one burst differ in fewer


def fingerprint(pixels: U8) -> int:
    """63 bits that survive scaling and compression: the signs of the lowest cosines about their median.

    The perceptual hash of Zauner, Implementation and Benchmarking of Perceptual Image Hash
    Functions, 2010.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    cosines = cv2.dct(small)[:8, :8].ravel()[1:]
    return int("".join("1" if above else "0" for above in cosines > np.median(cosines)), 2)


def bursts(fingerprints: Sequence[int]) -> list[int]:
    """The number of the group of each: like and like share one, and so do their likes."""
    alike = np.array(
        [
            [(one ^ other).bit_count() <= SAME_BURST_BITS for other in fingerprints]
            for one in fingerprints
        ],
        bool,
    ).reshape(len(fingerprints), len(fingerprints))
    groups: NDArray[np.int32] = connected_components(alike, directed=False)[1]
    return groups.tolist()


def is_grey(pixels: U8) -> bool:
    """Whether no color is left in it, but for what compression leaves behind."""
    small = cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_AREA)
    return bool(np.ptp(small.astype(np.int16), axis=2).max() <= 3)
