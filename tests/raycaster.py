"""A slow ray-caster for spheres, boxes and squares: numpy, no OpenGL, one ray a pixel's centre.

It shares no code with the renderer, so that agreement means something; lenses are OpenCV's.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.scene import Camera

Array = NDArray[np.float64]
NEAR = 0.01
"""Metres: what is nearer along the optical axis no camera sees."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A sphere (size[0] = radius), a box (size = side lengths) or a square at z = 0 (size[0] = side)."""

    kind: Literal["sphere", "box", "square"]
    number: int
    world_from_shape: Array
    size: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Cast:
    """ids (H, W), depth (H, W) along the optical axis, normals (H, W, 3) camera frame; 0 = nothing.

    `shapes` (H, W) is the position in the list of shapes, from 1.
    """

    ids: NDArray[np.int64]
    depth: Array
    normals: Array
    shapes: NDArray[np.int64]


def cast(camera: Camera, shapes: list[Shape], shift: tuple[float, float] = (0.0, 0.0)) -> Cast:
    """What the camera sees through the pixel centres, moved by `shift` pixels."""
    u, v = np.meshgrid(np.arange(camera.width) + shift[0], np.arange(camera.height) + shift[1])
    pixels = np.stack([u, v], axis=-1)
    rays = np.dstack([undistorted(camera, pixels), np.ones(u.shape)])  # z = 1
    blind = np.isnan(rays[..., 0])
    rays[blind] = [0, 0, 1]
    best = np.full(u.shape, np.inf)
    ids, which = np.zeros(u.shape, np.int64), np.zeros(u.shape, np.int64)
    normals = np.zeros((*u.shape, 3))
    for index, shape in enumerate(shapes, start=1):
        matrix = np.linalg.inv(camera.world_from_camera) @ shape.world_from_shape
        origin = -matrix[:3, :3].T @ matrix[:3, 3]
        depth, normal = HITS[shape.kind](origin, rays @ matrix[:3, :3], np.array(shape.size))
        normal = normal @ matrix[:3, :3].T
        nearer = (depth < best) & (depth >= NEAR)
        best[nearer], normals[nearer] = depth[nearer], normal[nearer]
        ids[nearer], which[nearer] = shape.number, index
    best[blind], ids[blind], which[blind], normals[blind] = np.inf, 0, 0, 0
    away = (normals * rays).sum(axis=-1) > 0
    normals[away] *= -1
    return Cast(ids, np.where(np.isfinite(best), best, 0.0), normals, which)


def undistorted(camera: Camera, pixels: Array) -> Array:
    """(…, 2) x/z and y/z of what OpenCV says is seen at pixels; NaN where the lens sees nothing."""
    ones = np.ones((*pixels.shape[:-1], 1))
    plane = (np.concatenate([pixels, ones], axis=-1) @ np.linalg.inv(camera.K).T)[..., :2]
    lens = camera.distortion
    if lens is None:
        return plane
    known, flat = np.array(lens.coefficients), np.ascontiguousarray(plane).reshape(-1, 1, 2)
    most = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 500, 1e-13)
    fisheye = lens.model == "kannala_brandt"
    undo = cv2.fisheye.undistortPoints if fisheye else cv2.undistortPoints
    with np.errstate(all="ignore"):
        plane = undo(flat, np.eye(3), known, criteria=most).reshape(-1, 2)
        wrong = np.linalg.norm(distorted(camera, plane) - pixels.reshape(-1, 2), axis=1)
        far = np.hypot(plane[:, 0], plane[:, 1]) >= farthest(camera)
    plane[~(wrong < 1e-6) | far] = np.nan
    return plane.reshape(pixels.shape)


def distorted(camera: Camera, plane: Array) -> Array:
    """(N, 2) pixels where OpenCV puts points (N, 2) of the plane z = 1; skew is not for OpenCV."""
    assert camera.distortion is not None
    fisheye = camera.distortion.model == "kannala_brandt"
    points = np.column_stack([plane, np.ones(len(plane))]).reshape(-1, 1, 3)
    project = cv2.fisheye.projectPoints if fisheye else cv2.projectPoints
    still = np.zeros(3)
    known = np.array(camera.distortion.coefficients)
    bent = project(points, still, still, np.eye(3), known)[0].reshape(-1, 2)
    return np.column_stack([bent, np.ones(len(bent))]) @ camera.K[:2].T


@cache
def farthest(camera: Camera) -> float:
    """The tangent of the angle up to which OpenCV's radius grows, found by trying; at most of 89°."""
    assert camera.distortion is not None
    known = list(camera.distortion.coefficients)
    if camera.distortion.model == "brown_conrady":
        known[2:4] = [0.0, 0.0]
    even = replace(
        camera, K=np.eye(3), distortion=replace(camera.distortion, coefficients=tuple(known))
    )
    tangents = np.tan(np.linspace(0, np.deg2rad(89), 50_000))
    radii = distorted(even, np.column_stack([tangents, np.zeros_like(tangents)]))[:, 0]
    falls = np.flatnonzero(np.diff(radii) <= 0)
    return float(tangents[falls[0]] if falls.size else tangents[-1])


def sure(camera: Camera, shapes: list[Shape], margin: float) -> NDArray[np.bool_]:
    """Pixels that see the same shape when their ray moves by `margin` pixels any way."""
    middle = cast(camera, shapes).shapes
    same = np.ones(middle.shape, bool)
    for dx in (-margin, margin):
        for dy in (-margin, margin):
            same &= cast(camera, shapes, (dx, dy)).shapes == middle
    return same


def _hit_sphere(origin: Array, rays: Array, size: Array) -> tuple[Array, Array]:
    a = (rays * rays).sum(axis=-1)
    b = rays @ origin
    c = origin @ origin - size[0] ** 2
    inside = b * b - a * c
    root = np.sqrt(np.maximum(inside, 0.0))
    depth = np.where(-b - root > 0, (-b - root) / a, (-b + root) / a)
    depth = np.where((inside >= 0) & (depth > 0), depth, np.inf)
    points = origin + np.where(np.isfinite(depth), depth, 0.0)[..., None] * rays
    return depth, points / size[0]


def _hit_box(origin: Array, rays: Array, size: Array) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (-size / 2 - origin) / rays, (size / 2 - origin) / rays
    first, last = np.minimum(near, far), np.maximum(near, far)
    enter, leave = first.max(axis=-1), last.min(axis=-1)
    depth = np.where((enter <= leave) & (enter > 0), enter, np.inf)
    axis = first.argmax(axis=-1)
    normal = -np.sign(rays) * (np.arange(3) == axis[..., None])
    return depth, normal


def _hit_square(origin: Array, rays: Array, size: Array) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = -origin[2] / rays[..., 2]
    normal = np.broadcast_to(np.array([0.0, 0.0, 1.0]), rays.shape)
    hit = np.isfinite(depth) & (depth > 0)
    points = origin + np.where(hit, depth, 0.0)[..., None] * rays
    hit &= np.abs(points[..., :2]).max(axis=-1) <= size[0] / 2
    return np.where(hit, depth, np.inf), normal


HITS = {"sphere": _hit_sphere, "box": _hit_box, "square": _hit_square}
