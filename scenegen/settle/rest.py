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
"""Metres that no corner of its box may have moved meanwhile."""
STEADY = np.radians(0.1)
"""Radians that it may not have turned meanwhile."""


class Watch:
    """Remembers the last few poses of things that may come and go."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[tuple[Array, Array]]] = {}

    def look(self, name: int, world_from_object: Array, corners: Array) -> None:
        """Note where a thing is; `corners` (8, 3) are those of its box, in the world."""
        seen = self._seen.setdefault(name, deque(maxlen=LOOKS))
        seen.append((world_from_object[:3, :3], corners))

    def restless(self) -> Sequence[int]:
        """The things that moved, or were not watched for long enough."""
        return [name for name, seen in self._seen.items() if not _rests(seen)]


def _rests(seen: Sequence[tuple[Array, Array]]) -> bool:
    rotation, corners = seen[-1]
    return len(seen) == LOOKS and all(
        np.linalg.norm(corners - before, axis=1).max() < STILL
        and np.linalg.norm(rotation - turned) / np.sqrt(2) < STEADY
        for turned, before in seen
    )
