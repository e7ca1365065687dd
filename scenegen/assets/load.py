"""An indexed object becomes an `Asset`: its parts, its collision parts, its mass."""

from pathlib import Path

import numpy as np

from scenegen.assets.collision import convex_parts, pieces
from scenegen.assets.index import Entry
from scenegen.assets.mass import mass_properties
from scenegen.assets.mesh import bounds, check_size, finished, load_raw
from scenegen.assets.model import Asset
from scenegen.assets.raw import Array, RawPart
from scenegen.assets.urdf import read_urdf


def load_asset(entry: Entry) -> Asset:
    """Read and prepare one object; AssetError where it cannot be used."""
    raw, given, mass = _read(entry)
    box = bounds(raw)
    check_size(entry.mesh, box)
    triangles = np.concatenate([part.positions[part.faces] for part in raw])
    hulls = convex_parts(triangles, given, snap=entry.rough)
    mass, center, inertia = mass_properties(hulls, entry.mass or mass, entry.density)
    box.setflags(write=False)
    return Asset(
        info=entry.info,
        parts=tuple(finished(part) for part in raw),
        collision=tuple(hulls),
        mass=mass,
        center_of_mass=center,
        inertia=inertia,
        bounds=box,
    )


def _read(entry: Entry) -> tuple[list[RawPart], list[Array], float | None]:
    """Visible triangles, the convex parts that came along, and the mass that the file gives."""
    if Path(entry.mesh.path).suffix.lower() == ".urdf":
        return read_urdf(entry.mesh)
    given = [piece for file in entry.collision for piece in pieces(load_raw(file))]
    return load_raw(entry.mesh), given, None
