"""When is a thing at rest? When it has not gone anywhere for a while, whatever its momentary speed."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from scenegen.geometry import Array

INTERVAL = 1 / 16
"""Seconds between two looks."""
LOOKS = 5
"""A thing rests when it did not move between this many looks, a quarter of a second."""
STILL = 0.0002
"""Metres that no corner of its box may have moved meanwhile: turning on the spot moves corners."""


class Watch:
    """Remembers where the corners of things were in the last few looks."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[Array]] = {}

    def look(self, id: int, corners: Array) -> None:
        """Note where a thing is: `corners` (8, 3) of its box in the world, metres."""
        self._seen.setdefault(id, deque(maxlen=LOOKS)).append(corners)

    def restless(self) -> Sequence[int]:
        """The things that moved, or were not watched for long enough."""
        return [id for id, seen in self._seen.items() if not _rests(seen)]


def _rests(seen: Sequence[Array]) -> bool:
    return len(seen) == LOOKS and all(
        np.linalg.norm(seen[-1] - before, axis=1).max() < STILL for before in seen
    )
