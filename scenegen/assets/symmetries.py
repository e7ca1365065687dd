"""What leaves an object as it is: rigid transforms and axes of revolution, as YAML or BOP say them.

Terms and meaning are those of BOP (Hodaň et al. 2018): a symmetry transform maps the object onto
itself, shape and look, up to what a viewer can tell.
"""

from collections.abc import Iterator, Sequence
from math import radians
from typing import Annotated, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from scenegen import geometry
from scenegen.distributions import Finite
from scenegen.geometry import Array
from scenegen.scene import Vec3

MOST = 64
"""Transforms of an object's group, with the identity; the largest of a solid has 60."""

SAME = radians(4)
"""Rotations less than this apart count as one: measured symmetries are a degree or two off, and 64
steps of a full turn 5.6° apart."""

Vector = tuple[Finite, Finite, Finite]
Numbers = tuple[Finite, ...]


def _direction(axis: Vector) -> Vector:
    if not 1e-9 < np.linalg.norm(axis) < 1e9:
        raise ValueError("an axis needs a direction, such as [0, 0, 1]")
    return axis


def _rigid(numbers: Numbers) -> Numbers:
    matrix = np.reshape(numbers, (4, 4))
    rotation = matrix[:3, :3]
    if np.abs(matrix[3] - [0, 0, 0, 1]).max() > 1e-6:
        raise ValueError("the last row of a 4x4 transform is 0 0 0 1; write it row by row")
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-2:
        raise ValueError("not a rigid transform: the columns of its rotation are no unit vectors at "
                         "right angles")  # fmt: skip
    if np.linalg.det(rotation) < 0:
        raise ValueError("not a rigid transform but a mirror: its determinant is -1")
    return numbers


Direction = Annotated[Vector, AfterValidator(_direction)]
Matrix = Annotated[Numbers, Field(min_length=16, max_length=16), AfterValidator(_rigid)]


class Axis(BaseModel):
    """Turned about this axis by any angle, the object stays the same; `offset` lies on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    axis: Direction
    offset: Vector = (0.0, 0.0, 0.0)


class Turn(Axis):
    """A turn by one angle."""

    angle_deg: Finite


class Symmetries(BaseModel):
    """Of an object, in metres; the transforms that follow from those that are given need not be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    discrete: tuple[Turn | Matrix, ...] = ()
    continuous: tuple[Axis, ...] = ()

    @model_validator(mode="after")
    def _finite(self) -> Self:
        self.transforms()
        return self

    def transforms(self, unit: float = 1.0) -> tuple[Numbers, ...]:
        """All products of the discrete ones, row by row, without the identity.

        `unit` is that of the lengths, in metres. ValueError where there is no end of products.
        """
        found = closed([_matrix(entry) for entry in self.discrete])
        metres = [geometry.transform(m[:3, :3], m[:3, 3] * unit) for m in found[1:]]
        return tuple(tuple((np.round(m, 12) + 0.0).ravel().tolist()) for m in metres)

    def axes(self, unit: float = 1.0) -> tuple[tuple[Vec3, Vec3], ...]:
        """Unit vector and a point of each axis of revolution, in metres."""
        return tuple((_unit(a.axis), _scaled(a.offset, unit)) for a in self.continuous)


def closed(given: Sequence[Array]) -> list[Array]:
    """The identity, then what was given, then all products; ValueError if they are too many."""
    found = [np.eye(4)]
    for matrix in _products(found, given):
        if not _turns_like_one(matrix, found):
            found.append(matrix)
        if len(found) > MOST:
            raise ValueError(
                f"these symmetries make more than {MOST} different turns together: check their "
                "angles and axes, or give a `continuous` axis"
            )
    return found


def _products(found: list[Array], given: Sequence[Array]) -> Iterator[Array]:
    """Each transform of a list that may grow meanwhile, times each that was given."""
    for left in found:
        for right in given:
            yield left @ right


def _turns_like_one(matrix: Array, known: Sequence[Array]) -> bool:
    """Whether a rotation is one of those known: the trace of AᵀB is 1 + 2 cos of what lies between."""
    traces = np.einsum("nij,ij->n", np.array(known)[:, :3, :3], matrix[:3, :3])
    return bool((traces > 1 + 2 * np.cos(SAME)).any())


def _matrix(entry: Turn | Numbers) -> Array:
    if isinstance(entry, Turn):
        rotation = geometry.rotation_about(entry.axis, radians(entry.angle_deg))
        return geometry.transform(rotation, entry.offset - rotation @ entry.offset)
    matrix = np.reshape(entry, (4, 4))
    left, _, right = np.linalg.svd(matrix[:3, :3])
    return geometry.transform(left @ right, matrix[:3, 3])


def _unit(axis: Vec3) -> Vec3:
    x, y, z = (np.array(axis) / np.linalg.norm(axis)).tolist()
    return x, y, z


def _scaled(point: Vec3, unit: float) -> Vec3:
    x, y, z = (np.array(point) * unit).tolist()
    return x, y, z
