"""An indexed object becomes an `Asset`: its parts, its collision parts, its mass."""

from pathlib import Path

import numpy as np

from scenegen.assets.body import body_of
from scenegen.assets.index import Entry
from scenegen.assets.mesh import bounds, check_size, finished, load_raw
from scenegen.assets.model import Asset, AssetInfo, Body
from scenegen.assets.raw import Array, RawPart
from scenegen.assets.urdf import read_urdf
from scenegen.errors import AssetError
from scenegen.geometry import apply, rotation_about, transform


def load_asset(entry: Entry) -> Asset:
    """Read and prepare one object; AssetError where it cannot be used."""
    raw, given, given_mass = _read(entry)
    box = bounds(raw)
    check_size(entry.mesh, box)
    triangles = np.concatenate([part.positions[part.faces] for part in raw])
    _check_keypoints(entry.info, box)
    _check_symmetries(entry.info, box, triangles)
    box.setflags(write=False)

    source = [(triangles, given)]

    def body() -> Body:
        mass = entry.mass or given_mass
        made = body_of(*source[0], snap=entry.rough, mass=mass, density=entry.density)
        source.clear()  # the body is kept, and not asked for again
        return made

    return Asset(
        info=entry.info,
        parts=tuple(finished(part) for part in raw),
        bounds=box,
        make_body=body,
    )


def _read(entry: Entry) -> tuple[list[RawPart], list[RawPart], float | None]:
    """Visible triangles, the collision meshes that came along, and the mass that the file gives."""
    if Path(entry.mesh.path).suffix.lower() == ".urdf":
        return read_urdf(entry.mesh)
    given = [part for file in entry.collision for part in load_raw(file)]
    return load_raw(entry.mesh), given, None


def _check_keypoints(info: AssetInfo, box: Array) -> None:
    """Raise where a point lies so far from the object that another unit must have been meant."""
    diagonal = float(np.linalg.norm(np.ptp(box, axis=0)))
    for name, place in info.keypoints:
        apart = float(np.linalg.norm(place - np.clip(place, *box)))
        if apart > diagonal:
            raise AssetError(
                f"{info.path}: keypoint '{name}' lies {apart:.3g} m away from the object, whose "
                f"diagonal is {diagonal:.3g} m; keypoints are in metres, z up"
            )


def _check_symmetries(info: AssetInfo, box: Array, triangles: Array) -> None:
    """Raise where a symmetry moves the middle of the object's surface, which none does."""
    a, b, c = np.moveaxis(triangles, 1, 0)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    middle = np.average(triangles.mean(axis=1), axis=0, weights=areas)
    limit = float(np.linalg.norm(np.ptp(box, axis=0))) / 10
    turned = [np.reshape(numbers, (4, 4)) for numbers in info.symmetries_discrete]
    for axis, offset in info.symmetries_continuous:
        half = rotation_about(axis, np.pi)
        turned.append(transform(half, offset - half @ offset))
    for matrix in turned:
        apart = float(np.linalg.norm(apply(matrix, middle) - middle))
        if apart > limit:
            raise AssetError(
                f"{info.path}: one of its symmetries moves its middle by {apart:.3g} m; give the "
                "`offset` of its axis in metres, in the frame of the loaded object"
            )
