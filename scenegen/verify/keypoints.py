"""Keypoints: which they are, where they are, and what rays toward them meet; canonical poses."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.verify import suspects
from scenegen.verify.alone import METRES, Alone, places, projected
from scenegen.verify.case import EDGE, Flags
from scenegen.verify.findings import Figure
from scenegen.verify.meshes import Array
from scenegen.verify.rows import moved
from scenegen.verify.shapes import asked
from scenegen.verify.world import NOTHING

_BEFORE = 1e-4
"""Metres before a point at which a surface hides it."""
_BOX = (*(f"corner_{number}" for number in range(8)), "center")


def check_keypoints(one: Alone) -> None:
    """Names, places and states of the keypoints of one object."""
    given = one.label["keypoints"]
    if asked(one, "keypoints", "keypoints", given):
        return
    wrong = []
    names = [point["name"] for point in given]
    object_points = np.array([point["object"] for point in given], np.float64).reshape(-1, 3)
    thing = one.case.take.world.things[one.place]
    told = _which(one, names, object_points / thing.scale)
    if told:
        wrong.append(told)
    camera_points = moved(one.case.take.sight.poses[one.place], object_points)
    found = np.array([point["camera"] for point in given], np.float64).reshape(-1, 3)
    off = float(np.abs(found - camera_points).max(initial=0))
    if off > METRES:
        wrong.append(f"`camera` is up to {off * 1000:.4g} mm from where the pose puts `object`")
    pixels, exact = projected(one.case, camera_points)
    wrong += _wrong_image(given, pixels, exact)
    differing, excused, worst = _wrong_states(one, given, camera_points, pixels)
    wrong += worst
    figure = Figure(len(given), differing + len(wrong) - len(worst), excused, off, "m")
    one.case.measure("keypoints", figure)
    if wrong:
        one.fail("keypoints", "; ".join(wrong))


def _which(one: Alone, names: list[str], points: Array) -> str:
    """What is wrong with the choice of the points, (N, 3) in the mesh's frame before scaling."""
    thing = one.case.take.world.things[one.place]
    named = dict(one.case.info.keypoints(thing.asset_id))
    rule = one.case.info.rule
    if isinstance(rule, int) and not named:
        return _farthest(names, points, thing.mesh.vertices, thing.mesh.box, rule)
    if named:
        expected = list(named)
        right = np.array(list(named.values()), np.float64).reshape(-1, 3)
    else:
        expected = list(_BOX)
        right = np.vstack([thing.mesh.box_corners, thing.mesh.box.mean(axis=0)])
    if names != expected:
        return f"the points are called {', '.join(names)}; they should be {', '.join(expected)}"
    off = np.linalg.norm(points - right, axis=1)
    if off.max(initial=0) > METRES:
        at = int(off.argmax())
        return f"{names[at]} is {off[at] * 1000:.4g} mm from its place in the object"
    return ""


def _farthest(names: list[str], points: Array, vertices: Array, box: Array, count: int) -> str:
    """Every point is a vertex, and none is farther from those before it."""
    expected = min(count, len(vertices))
    if names != [f"point_{number}" for number in range(expected)]:
        return (
            f"the points are called {', '.join(names)}, but point_0 … point_{expected - 1} are due"
        )
    apart = np.linalg.norm(vertices - box.mean(axis=0), axis=1)
    before = np.full(len(vertices), np.inf)
    for number, point in enumerate(points):
        to = np.linalg.norm(vertices - point, axis=1)
        own = int(to.argmin())
        if to[own] > METRES:
            return f"point_{number} is no vertex of the mesh, the nearest is {to[own] * 1000:.4g} mm off"
        farther = float(apart.max() - apart[own])
        if farther > METRES:
            return f"point_{number} is not the farthest vertex, another is {farther * 1000:.4g} mm farther"
        before = np.minimum(before, to)
        apart = before
    return ""


def _wrong_image(given: Any, pixels: Array, exact: Array) -> list[str]:
    found = places([point["image"] for point in given])
    nowhere = np.isnan(found[:, 0]) != np.isnan(pixels[:, 0])
    if nowhere.any():
        point = given[int(nowhere.argmax())]
        return [
            f"`image` of {point['name']} is {point['image']}, its z is {point['camera'][2]:.4g} m"
        ]
    seen = np.isfinite(pixels[:, 0])
    off = np.abs(found - pixels).max(axis=1)
    if not (off[seen] > exact[seen]).any():
        return []
    told = suspects.of_points(found[seen], pixels[seen])
    return [f"`image`: {told or f'up to {off[seen].max():.4g} px off'}"]


# ---------------------------------------------------------------------------- states


def _wrong_states(
    one: Alone, given: Any, points: Array, pixels: Array
) -> tuple[int, int, list[str]]:
    """How many states differ, how many of these an edge explains, and what to say of the others."""
    said = np.array([point["state"] for point in given])
    size = np.array([one.case.take.optics.width, one.case.take.optics.height])

    def outside(shift: float) -> Flags:
        inside = (pixels >= -0.5 - shift) & (pixels < size - 0.5 + shift)
        return ~np.all(inside, axis=1)

    right = _states(one, points, outside(0.0))
    differing = np.flatnonzero(said != right)
    if not len(differing):
        return 0, 0, []
    excused = np.zeros(len(given), bool)
    excused |= (outside(EDGE) != outside(-EDGE)) & ((said == "outside") | (right == "outside"))
    focal = min(one.case.take.optics.k[0], one.case.take.optics.k[4])
    for angle in np.arange(8) * np.pi / 4:
        shift = EDGE / focal * points[:, 2:] * [[np.cos(angle), np.sin(angle), 0.0]]
        for before in (0.98 * _BEFORE, 1.02 * _BEFORE):
            excused |= _states(one, points + shift, outside(0.0), before) == said
    left = [at for at in differing if not excused[at]]
    told = [f"{given[at]['name']} is called {said[at]}, but it is {right[at]}" for at in left[:3]]
    if len(left) > 3:
        told.append(f"and {len(left) - 3} more")
    return len(differing), len(differing) - len(left), told


def _states(one: Alone, points: Array, outside: Flags, before: float = _BEFORE) -> NDArray[np.str_]:
    """(N,) what rays from the camera toward (N, 3) points meet before them."""
    sight, things = one.case.take.sight, one.case.take.world.things
    states = np.where(outside, "outside", "visible").astype("<U13")
    index = np.flatnonzero(~outside)
    if not len(index):
        return states
    ahead = points[index]
    rays = ahead / ahead[:, 2:]
    reach = ahead[:, 2] * (1 - before / np.linalg.norm(ahead, axis=1))
    own, others = np.zeros(len(index), bool), np.zeros(len(index), bool)
    for place in range(len(things)):
        layer = sight.layer(place, rays)
        crossed = layer.index[layer.depth < reach[layer.index]]
        (own if place == one.place else others)[crossed] = True
    flats = sight.composite(rays, [])
    others |= (flats.surface != NOTHING) & (flats.depth < reach)
    states[index[others]] = "occluded"
    states[index[own]] = "self_occluded"
    return states


# ---------------------------------------------------------------------------- canonical poses


def check_canonical(one: Alone) -> None:
    """The canonical pose is the pose times the symmetry that turns it least from the camera."""
    given = one.label["camera_from_object_canonical"]
    if asked(one, "canonical", "canonical_poses", given):
        return
    thing, pose = one.case.take.world.things[one.place], one.case.take.sight.poses[one.place]
    asset = next((a for a in one.case.card["assets"] if a["id"] == thing.asset_id), None)
    if asset is None:
        return  # missed in the card
    discrete = [np.eye(4), *(np.array(m).reshape(4, 4) for m in asset["symmetries_discrete"])]
    axes = _axes(discrete, asset["symmetries_continuous"])
    found = np.array(given)
    step = np.linalg.inv(pose) @ found
    step[:3, 3] /= thing.scale
    off = _from_group(step, discrete, axes)
    best = max(_largest_trace(pose @ symmetry, axes) for symmetry in discrete)
    short = best - float(np.trace(found[:3, :3]))
    one.case.measure("canonical", Figure(1, off > 1e-5 or abs(short) > 1e-6, worst=max(off, short)))
    if off > 1e-5:
        message = f"it is not the pose times a symmetry of {thing.asset_id} (off by {off:.3g})"
        one.fail("canonical", message)
    elif abs(short) > 1e-6:
        told = f"another symmetry turns it less: traces {best:.6f} and {best - short:.6f}"
        one.fail("canonical", told)


def _from_group(step: Array, discrete: list[Array], axes: list[tuple[Array, Array]]) -> float:
    """How far a transform is from the nearest symmetry."""
    if len(axes) > 1:  # a ball: all rotations that leave its middle where it is
        middle = _meeting(axes)
        return float(np.abs(step[:3, :3] @ middle + step[:3, 3] - middle).max())
    least = np.inf
    for symmetry in discrete:
        rest = np.linalg.inv(symmetry) @ step
        if not axes:
            least = min(least, float(np.abs(rest - np.eye(4)).max()))
            continue
        (axis, offset), turn = axes[0], rest[:3, :3]
        kept = np.abs(turn @ axis - axis).max()
        point = np.abs(turn @ offset + rest[:3, 3] - offset).max()
        least = min(least, float(max(kept, point)))
    return least


def _axes(discrete: list[Array], given: Any) -> list[tuple[Array, Array]]:
    """All axes of revolution in different directions: a symmetry takes one to another."""
    found: list[tuple[Array, Array]] = []
    for entry in given:
        for symmetry in discrete:
            axis = symmetry[:3, :3] @ np.array(entry["axis"])
            if all(np.linalg.norm(np.cross(axis, known)) > 1e-3 for known, _ in found):
                found.append((axis, moved(symmetry, np.array([entry["offset"]]))[0]))
    return found


def _meeting(axes: list[tuple[Array, Array]]) -> Array:
    """The point nearest to all axes."""
    across = [np.eye(3) - np.outer(axis, axis) for axis, _ in axes]
    goal = np.sum([flat @ offset for flat, (_, offset) in zip(across, axes, strict=True)], axis=0)
    return np.linalg.solve(np.sum(across, axis=0), goal)


def _largest_trace(pose: Array, axes: list[tuple[Array, Array]]) -> float:
    """Of the pose's rotation times any turn about the axis."""
    rotation = pose[:3, :3]
    if len(axes) > 1:
        return 3.0
    if not axes:
        return float(np.trace(rotation))
    axis = axes[0][0]
    along = float(axis @ rotation @ axis)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return along + float(np.hypot(np.trace(rotation) - along, np.trace(rotation @ cross)))
