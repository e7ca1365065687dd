"""What leaves each object as it is, in shape and in look, as `asset.yaml` says it.

Print that can be read, a label, a handle or a wick makes a difference; grain, speckles, pores and
the like do not. README.md says more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import trimesh
from shapes import turn

Symmetries = dict[str, list[dict[str, Any]]]


def _listed(values: Sequence[float]) -> list[float]:
    return [round(float(value), 6) + 0.0 for value in values]


def axis(direction: Sequence[float], offset: Sequence[float] = (0, 0, 0)) -> dict[str, Any]:
    """An axis of revolution, `offset` in metres."""
    found = {"axis": _listed(direction)}
    return found | ({"offset": _listed(offset)} if any(offset) else {})


def turned(
    direction: Sequence[float], angle_deg: float, offset: Sequence[float] = (0, 0, 0)
) -> dict[str, Any]:
    """A turn by one angle."""
    return axis(direction, offset) | {"angle_deg": angle_deg}


def _football() -> Symmetries:
    """All turns of the icosahedron: those about two neighboring black patches make the others."""
    vertices = np.asarray(trimesh.creation.icosahedron().vertices) @ turn("x", 20)
    near = vertices @ vertices[0]
    other = vertices[np.flatnonzero((near > 0) & (near < near.max() - 1e-6))[0]]
    middle = (0, 0, 0.075)
    return {"discrete": [turned(vertices[0], 72, middle), turned(other, 72, middle)]}


def _tennis_ball() -> Symmetries:
    """Half turns about the axes of the seam."""
    across, along = np.eye(3)[[0, 2]] @ turn("x", 35)
    middle = (0, 0, 0.0335)
    return {"discrete": [turned(across, 180, middle), turned(along, 180, middle)]}


def _screwdriver() -> Symmetries:
    """Six grooves and four ridges have a half turn in common; it lies aslant."""
    return {"discrete": [turned(turn("y", 86.4) @ [0, 0, 1], 180, (-0.000753, 0, 0.011974))]}


UP = (0, 0, 1)
HALF_TURN: Symmetries = {"discrete": [turned(UP, 180)]}

SYMMETRIES: dict[str, Symmetries] = {
    "bowl_green": {"continuous": [axis(UP)]},
    "plate_white": {"continuous": [axis(UP)]},
    "orange": {"continuous": [axis(UP)]},
    "lemon": {"continuous": [axis((1, 0, 0), (0, 0, 0.02695))]},
    "tape_roll": {
        "discrete": [turned((1, 0, 0), 180, (0, 0, 0.0241))],
        "continuous": [axis(UP)],
    },
    "pencil": {"discrete": [turned((1, 0, 0), 60, (0, 0, 0.0039))]},
    "football": _football(),
    "tennis_ball": _tennis_ball(),
    "screwdriver": _screwdriver(),
    "cup_paper": HALF_TURN,
    "bottle_flask": HALF_TURN,
    "brick_red": HALF_TURN,
    "sponge": HALF_TURN,
    "crate_wood": HALF_TURN,
    "tray_wood": HALF_TURN,
}
