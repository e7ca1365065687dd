"""A mesh as its file says it, before units, checks and normals; and the quiet around parsers."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenegen.assets.model import PartMaterial
from scenegen.geometry import apply

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RawPart:
    """Triangles with one material, in the file's own unit and axes.

    positions, normals (N, 3) · uv (N, 2), v up · colors (N, 3) linear RGB · faces (M, 3).
    """

    positions: Array
    faces: NDArray[np.int64]
    material: PartMaterial | None = None
    normals: Array | None = None
    uv: Array | None = None
    colors: Array | None = None

    def moved(self, matrix: Array) -> "RawPart":
        """The same under an affine 4×4; a mirroring one keeps the outside outside."""
        linear = matrix[:3, :3]
        determinant = float(np.linalg.det(linear))
        normals = self.normals
        if normals is not None:
            usable = abs(determinant) > 1e-300
            normals = unit(normals @ np.linalg.inv(linear)) if usable else None
        faces = self.faces[:, ::-1] if determinant < 0 else self.faces
        return replace(self, positions=apply(matrix, self.positions), normals=normals, faces=faces)


def unit(vectors: Array) -> Array:
    """(N, 3) vectors of length 1; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def linear_from_srgb(srgb: ArrayLike) -> Array:
    """Linear light of sRGB values in [0, 1] (IEC 61966-2-1)."""
    value = np.clip(np.asarray(srgb, dtype=np.float64), 0.0, 1.0)
    curve = ((value + 0.055) / 1.055) ** 2.4
    light: Array = np.where(value <= 0.04045, value / 12.92, curve)
    return light


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that a parser logs or warns of reaches the person; errors pass."""
    logger = logging.getLogger("trimesh")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
