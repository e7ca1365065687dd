"""One pose for all that look the same."""

from collections.abc import Sequence

import numpy as np

from scenegen import geometry
from scenegen.assets.model import AssetInfo
from scenegen.geometry import Array
from scenegen.scene import Vec3

_EVEN = 1e-9  # traces less than this apart are equal: the first of them wins
_PARALLEL = 1e-3  # axes less than this apart (radians) are one: measured ones never meet exactly

Axes = Sequence[tuple[Array, Array]]


def canonical(camera_from_object: Array, info: AssetInfo, scale: float) -> Array:
    """camera_from_object @ S for the symmetry S of the object that turns it least from the camera.

    S ranges over the discrete transforms times the turns about the continuous axis, and maximises
    the trace of the product's rotation, which is 1 + 2 cos of its angle. For all poses that look
    the same the result is the same, so that a pose has one right answer (Pitteri et al. 2019, On
    Object Symmetries and 6D Pose Estimation from Images; symmetries in the terms of BOP). About two
    axes at once an object is a ball, and its rotation becomes the identity.
    """
    group = [np.eye(4), *(np.reshape(numbers, (4, 4)) for numbers in info.symmetries_discrete)]
    axes = _axes(group, info.symmetries_continuous)
    if len(axes) > 1:
        turn = camera_from_object[:3, :3].T
        best = _about(_meeting_point(axes), turn)
    else:
        choices = [
            symmetry @ _turned(camera_from_object @ symmetry, *axes[0]) if axes else symmetry
            for symmetry in group
        ]
        traces = np.array([np.trace((camera_from_object @ c)[:3, :3]) for c in choices])
        best = choices[int(np.argmax(traces > traces.max() - _EVEN))]
    return camera_from_object @ geometry.transform(best[:3, :3], best[:3, 3] * scale)


def _turned(pose: Array, axis: Array, offset: Array) -> Array:
    """The turn T about an axis (a unit vector a) for which pose @ T has the largest trace.

    With the pose's rotation M and T = aaᵀ + cos θ (1 − aaᵀ) + sin θ [a]ₓ (Rodrigues), the trace of
    M T is aᵀMa + cos θ (tr M − aᵀMa) + sin θ tr(M [a]ₓ): largest for θ = atan2 of the latter two.
    """
    m = pose[:3, :3]
    skew = np.array([m[1, 2] - m[2, 1], m[2, 0] - m[0, 2], m[0, 1] - m[1, 0]])
    theta = np.arctan2(skew @ axis, np.trace(m) - axis @ m @ axis)
    return _about(offset, geometry.rotation_about(axis, float(theta)))


def _axes(group: Sequence[Array], given: Sequence[tuple[Vec3, Vec3]]) -> Axes:
    """All different axes of revolution: what is one is still one where a symmetry takes it."""
    found: list[tuple[Array, Array]] = []
    for axis, offset in given:
        for symmetry in group:
            moved = symmetry[:3, :3] @ axis
            if all(np.linalg.norm(np.cross(moved, known)) > _PARALLEL for known, _ in found):
                found.append((moved, geometry.apply(symmetry, offset)))
    return found


def _meeting_point(axes: Axes) -> Array:
    """(3,) the point nearest to all axes."""
    across = [np.eye(3) - np.outer(axis, axis) for axis, _ in axes]
    goal = sum(square @ offset for square, (_, offset) in zip(across, axes, strict=True))
    return np.linalg.solve(np.sum(across, axis=0), goal)


def _about(center: Array, rotation: Array) -> Array:
    """(4, 4) a rotation about a point."""
    return geometry.transform(rotation, center - rotation @ center)
