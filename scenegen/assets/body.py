"""How an object falls, remembered by content: the second time nothing slow is imported or run."""

from collections.abc import Sequence

import numpy as np

from scenegen.assets import cache
from scenegen.assets.mass import Solid, mass_properties, solid
from scenegen.assets.model import Body
from scenegen.assets.raw import Array, RawPart

COACD = {
    "threshold": 0.08,
    "max_convex_hull": 16,
    "preprocess_resolution": 30,
    "resolution": 1000,
    "mcts_nodes": 10,
    "mcts_iterations": 20,
    "mcts_max_depth": 2,
    "seed": 0,
}
"""A hollow scan takes half a minute of one core; CoACD's own defaults take ten times that."""

VERSION = 2
"""To be raised when this file, collision.py or mass.py changes what is stored."""

_SOLIDS = "solids"


def body_of(
    triangles: Array,
    given: Sequence[RawPart],
    *,
    snap: bool,
    mass: float | None,
    density: float,
) -> Body:
    """The body of (M, 3, 3) triangles; see `convex_solids` and `mass_properties`."""
    parts, solids = convex_solids(triangles, given, snap=snap)
    return Body(tuple(parts), *mass_properties(solids, mass, density))


def convex_solids(
    triangles: Array, given: Sequence[RawPart] = (), *, snap: bool = True
) -> tuple[list[Array], list[Solid]]:
    """Read-only convex parts, each (N, 3) float64, and what each is as a solid; cached by content.

    The connected pieces of `given` meshes are fitted to the mesh, the closer for `snap`; without
    any it is decomposed.
    """

    def work() -> dict[str, Array]:
        from scenegen.assets.collision import convex_parts, pieces

        parts = convex_parts(triangles, pieces(given), snap=snap)
        solids = np.array([solid(points).row() for points in parts])
        return {_SOLIDS: solids} | {f"part_{i:03d}": part for i, part in enumerate(parts)}

    data = [triangles, *(array for part in given for array in (part.positions, part.faces))]
    known = cache.remembered(work, data, f"{VERSION} {COACD} {snap}")
    parts = [known[name] for name in sorted(known) if name != _SOLIDS]
    for points in parts:
        points.setflags(write=False)
    return parts, [Solid.of_row(row) for row in known[_SOLIDS]]
