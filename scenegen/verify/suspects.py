"""What a wrong number looks like: known mistakes tried one after the other, the first that fits named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_OPENGL = np.diag([1.0, -1.0, -1.0])


def camera_change(key: str, found: Any, right: Any) -> str:
    """How a camera's entry differs from what it should be."""
    if key == "K":
        off = np.array(found) - np.array(right)
        if np.allclose(off[0, 2], 0) and np.allclose(off[1, 2], 0):
            focal = [f"{k[0][0]:.9g}, {k[1][1]:.9g}" for k in (found, right)]
            return f"fx and fy are {focal[0]}, not {focal[1]}"
        told = f"the principal point is off by ({off[0, 2]:.6g}, {off[1, 2]:.6g}) px"
        if np.allclose(np.abs(off[[0, 1], [2, 2]]), 0.5):
            told = f"off by half a pixel (centres at whole or at half numbers?): {told}"
        return told
    if key == "world_from_camera":
        a, b = np.array(found), np.array(right)
        apart = np.linalg.norm(a[:3, 3] - b[:3, 3])
        turned = angle_between(a[:3, :3], b[:3, :3])
        return f"{apart * 1000:.4g} mm and {turned:.4g}° apart"
    return f"{found} here, {right} there"


def angle_between(a: Array, b: Array) -> float:
    """Degrees between two rotations."""
    return float(np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1))))


# ---------------------------------------------------------------------------- instance maps


def of_ids(found: NDArray[Any], right: NDArray[Any], known: Iterable[int]) -> str:
    """What is wrong with an instance map, both (H, W); empty if nothing fits."""
    strange = sorted(set(np.unique(found).tolist()) - {0, *known})
    if strange:
        row, column = np.argwhere(np.isin(found, strange))[0]
        count = int(np.isin(found, strange).sum())
        where = f"first at column {column}, row {row}"
        return f"{count} stray pixels with id {strange[0]}, which no object has, {where}"
    for told, moved in _moves(found):
        if _same(moved, right):
            return f"the map is {told}"
    swapped, lost = [], []
    for number in sorted(set(np.unique(right).tolist()) - {0}):
        mask = right == number
        if (found == number).any():
            values, counts = np.unique(found[mask], return_counts=True)
            other = int(values[counts.argmax()])
            back = found[right == other] if other else np.zeros(0)
            if other not in (0, number) and len(back) and np.mean(back == number) > 0.5:
                swapped.append((min(number, other), max(number, other)))
        elif mask.sum() > 2:
            lost.append(number)
    if swapped:
        first, second = swapped[0]
        return f"the ids {first} and {second} are swapped"
    if lost:
        count = int((right == lost[0]).sum())
        return f"object {lost[0]} is missing from the map, where {count} pixels should show it"
    return ""


def _moves(picture: NDArray[Any]) -> Iterable[tuple[str, NDArray[Any]]]:
    """The picture with the usual displacements undone."""
    for dy in (-2, -1, 0, 1, 2):
        for dx in (-2, -1, 0, 1, 2):
            if dx or dy:
                told = f"shifted by ({dx}, {dy}) pixels (x, y)"
                yield told, np.roll(picture, (-dy, -dx), axis=(0, 1))
    yield "mirrored left-right", picture[:, ::-1]
    yield "mirrored up-down", picture[::-1]
    yield "turned by 180°", picture[::-1, ::-1]


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Whether two maps agree but for their border and one pixel in two thousand."""
    a, b = a[2:-2, 2:-2], b[2:-2, 2:-2]
    labelled = max(int(np.count_nonzero(b)), 1)
    return bool(np.count_nonzero(a != b) <= max(2, labelled / 200)) and bool(b.any())


# ---------------------------------------------------------------------------- depth


def of_depth(found: Array, right: Array, rays: Array) -> str:
    """What is wrong with depths (H, W) in metres; `rays` are (H, W, 3), z = 1."""
    there = (found > 0) & (right > 0)
    if there.sum() < 20:
        return ""
    f, r = found[there], right[there]
    length = r * np.linalg.norm(rays[there], axis=-1)
    if _near(f, length) and not _near(r, length):
        return "it is the length of the ray, not z along the optical axis"
    factor = float(np.median(f / r))
    if abs(factor - 1) > 2e-3 and _near(f, r * factor):
        units = {1000: ": millimetres for metres?", 0.001: ": metres for millimetres?"}
        hint = next((text for k, text in units.items() if abs(factor / k - 1) < 0.01), "")
        return f"it is off by a factor of {factor:.3g}, a wrong unit or depth_scale{hint}"
    offset = float(np.median(f - r))
    if abs(offset) > 1e-4 and _near(f, r + offset):
        return f"everything is {offset * 1000:.4g} mm too far"
    for told, moved in _moves(found):
        both = (moved > 0) & (right > 0)
        if _near(moved[both], right[both]):
            return f"it is {told}"
    return ""


def _near(a: Array, b: Array, part: float = 0.99) -> bool:
    """Whether nearly all depths agree within 2 in a thousand."""
    return bool(len(a)) and bool(np.mean(np.abs(a - b) <= 2e-3 * np.abs(b)) >= part)


def of_factor(found: Array, right: Array, what: str) -> str:
    """Whether (N,) values are all off by one factor."""
    good = (found > 0) & (right > 0)
    factor = float(np.median(found[good] / right[good])) if good.any() else 1.0
    if abs(factor - 1) > 0.01 and _near(found[good], right[good] * factor, 0.9):
        return f"{what} is off by a factor of {factor:.3g}"
    return ""


# ---------------------------------------------------------------------------- vectors


def of_vectors(found: Array, right: Array, candidates: Mapping[str, Array], within: float) -> str:
    """The first candidate (N, k) that (N, k) vectors are, but for one in ten; none if most are right."""
    if np.mean(np.linalg.norm(found - right, axis=-1) <= within) > 0.9:
        return ""
    for told, vectors in candidates.items():
        off = np.linalg.norm(found - vectors, axis=-1)
        if np.mean(off[np.isfinite(off)] <= within) > 0.9:
            return told
    return ""


def of_normals(found: Array, right: Array, rotation: Array) -> str:
    """What is wrong with (N, 3) normals; `rotation` is world_from_camera's."""
    return of_vectors(
        found,
        right,
        {
            "they are in the world frame": right @ rotation.T,
            "they point away from the camera": -right,
            "they are in OpenGL's axes (y up, z backward)": right @ _OPENGL,
            "red and blue are swapped": right[:, ::-1],
            "x is mirrored": right * [-1, 1, 1],
            "y is mirrored": right * [1, -1, 1],
            "z is mirrored": right * [1, 1, -1],
        },
        0.03,
    )


def of_flow(found: Array, right: Array) -> str:
    """What is wrong with (N, 2) displacements."""
    return of_vectors(
        found,
        right,
        {
            "Δx and Δy are swapped": right[:, ::-1],
            "it is reversed (it points from the successor to this picture)": -right,
            "Δy has the wrong sign": right * [1, -1],
            "Δx has the wrong sign": right * [-1, 1],
            "it is zero": np.zeros_like(right),
        },
        0.1,
    )


def of_scene_flow(found: Array, right: Array, rotation: Array) -> str:
    """What is wrong with (N, 3) displacements in metres; `rotation` is world_from_camera's."""
    return of_vectors(
        found,
        right,
        {
            "it is in the world frame": right @ rotation.T,
            "it is reversed (it points from the successor to this picture)": -right,
            "it is in OpenGL's axes": right @ _OPENGL,
            "it is zero": np.zeros_like(right),
        },
        0.002,
    )


# ---------------------------------------------------------------------------- poses, boxes, corners


def of_pose(
    found: Array, right: Array, world: Array, center: Array, others: Mapping[str, Array]
) -> str:
    """What is wrong with a 4×4 camera_from_object.

    `world` is world_from_object, `center` the middle of its box; `others` are poses of other times
    and things, by what they are.
    """
    transposed, inverse = right.copy(), np.linalg.inv(right)
    transposed[:3, :3] = right[:3, :3].T
    of_center, opengl = right.copy(), np.diag([1.0, -1, -1, 1]) @ right
    of_center[:3, 3] += right[:3, :3] @ center
    known = {
        "the rotation is transposed": transposed,
        "the whole matrix is transposed (column by column)": right.T,
        "the translation is that of the cuboid's centre, not of the object's origin": of_center,
        "it is inverted: object_from_camera": inverse,
        "it is world_from_object": world,
        "it is in OpenGL's camera axes": opengl,
        **others,
    }
    for told, pose in known.items():
        if np.abs(found - pose).max() < 1e-6:
            return told
    turned = angle_between(found[:3, :3], right[:3, :3])
    apart = np.linalg.norm(found[:3, 3] - right[:3, 3]) * 1000
    return f"{apart:.4g} mm and {turned:.4g}° off"


def of_box(found: Sequence[float], right: Sequence[float]) -> str:
    """What is wrong with a box x0 y0 x1 y1."""
    x0, y0, x1, y1 = right
    known: dict[str, Sequence[float]] = {
        "its far edges are inclusive, one too small": (x0, y0, x1 - 1, y1 - 1),
        "its far edges are one too large": (x0, y0, x1 + 1, y1 + 1),
        "x and y are swapped": (y0, x0, y1, x1),
        "it is x, y, width, height": (x0, y0, x1 - x0, y1 - y0),
        "it is the centre, width and height": ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0),
        "off by half a pixel: it is in the OpenCV frame": tuple(v - 0.5 for v in right),
        "off by half a pixel": tuple(v + 0.5 for v in right),
        "off by one pixel": tuple(v + 1 for v in right),
        "off by one pixel to the left and up": tuple(v - 1 for v in right),
    }
    return next(
        (told for told, box in known.items() if np.abs(np.subtract(found, box)).max() < 1e-3), ""
    )


def of_corners(found: Array, right: Array) -> str:
    """In which order (8, k) corners are, if they are only in another order."""
    apart = np.linalg.norm(found[:, None] - right[None], axis=-1)
    order = apart.argmin(axis=1).tolist()
    size = float(np.ptp(right, axis=0).max())
    if sorted(order) == list(range(8)) and apart.min(axis=1).max() < 1e-3 * max(size, 1e-6):
        return f"they are in another order: {order}"
    return ""


def of_points(found: Array, right: Array) -> str:
    """What is wrong with (N, 2) places in the picture."""
    return of_vectors(
        found,
        right,
        {
            "off by half a pixel: they are in the corner frame": right + 0.5,
            "off by half a pixel": right - 0.5,
            "x and y are swapped": right[:, ::-1],
        },
        1e-3,
    )


def of_axes(found: Array, right: Array) -> str:
    """Whether (N, 3) values are only in another order of axes, or mirrored."""
    names = "xyz"
    known: dict[str, Array] = {}
    for order in permutations(range(3)):
        if order != (0, 1, 2):
            told = f"the axes are in the order {''.join(names[axis] for axis in order)}"
            known[told] = right[:, list(order)]
    known["every axis goes from 0 to 1 on its own"] = _stretched(right)
    return of_vectors(found, right, known, 2e-2)


def _stretched(values: Array) -> Array:
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    return (values - low) / np.maximum(high - low, 1e-9)


def first(*tries: Callable[[], str]) -> str:
    """The first explanation that is not empty."""
    return next((told for attempt in tries if (told := attempt())), "")
