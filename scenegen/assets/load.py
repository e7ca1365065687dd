"""An indexed object becomes an `Asset`: its parts, its collision parts, its mass."""

import dataclasses
from pathlib import Path

import numpy as np

from scenegen.assets.collision import decompose, fitted, pieces
from scenegen.assets.files import MeshFile
from scenegen.assets.index import Entry
from scenegen.assets.mass import mass_properties
from scenegen.assets.mesh import bounds, check_size, finished, load_raw
from scenegen.assets.model import Asset
from scenegen.assets.raw import Array, RawPart


def load_asset(entry: Entry) -> Asset:
    """Read and prepare one object; AssetError where it cannot be used."""
    raw = load_raw(entry.mesh)
    box = bounds(raw)
    check_size(entry.mesh, box)
    hulls = collision_parts(entry, raw)
    mass, center, inertia = mass_properties(hulls, entry.mass, entry.density)
    return Asset(
        info=entry.info,
        parts=tuple(finished(part) for part in raw),
        collision=tuple(hulls),
        mass=mass,
        center_of_mass=center,
        inertia=inertia,
        bounds=box,
    )


def collision_parts(entry: Entry, raw: list[RawPart]) -> list[Array]:
    """The convex parts, from files beside the mesh or else by decomposition."""
    triangles = np.concatenate([part.positions[part.faces] for part in raw])
    if entry.collision:
        given = [piece for file in entry.collision for piece in pieces(load_raw(file))]
        return given
    return decompose(triangles)
