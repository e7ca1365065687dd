"""What pictures mean, as the integers that are in their files (`png` writes those), and back.

| picture | array | PNG |
|---|---|---|
| rgb | (H, W, 3) uint8 sRGB | 8-bit RGB |
| ids, semantic | (H, W) uint16 | 16-bit grey |
| depth | (H, W) float32 metres, 0 = nothing | 16-bit grey, × `depth_scale` |
| normals | (H, W, 3) float32 unit, 0 = nothing | 8-bit RGB, round((n + 1)/2 · 255), 0 = nothing |
| nocs | (H, W, 3) float32 in [0, 1], NaN = nothing | 16-bit RGB, 1 + round(c · 65534), 0 = nothing |
| albedo, roughness_metallic | (H, W, 3) uint8 | 8-bit RGB |
| flow | (H, W, 2) float32 px, NaN = none | 16-bit RGB, KITTI's: 2¹⁵ + 64 Δx, 2¹⁵ + 64 Δy, 1 |
| scene_flow | (H, W, 3) float32 metres, NaN = none | 16-bit RGB, 2¹⁵ + Δ/`depth_scale`, 0 = none |
| disparity | (H, W) float32 px, 0 = none | 16-bit grey, × 1/256 (KITTI's) |
| flow_occlusion, stereo_occlusion | (H, W) uint8 | 8-bit grey |
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]

_MAX_STEPS = np.iinfo(np.uint16).max
_BIAS = 2**15
DISPARITY_STEP = 1 / 256
FLOW_STEP = 1 / 64


# ---------------------------------------------------------------------------- meaning ↔ integers


def steps_from_depth(depth: F32, depth_scale: float) -> tuple[U16, int]:
    """(H, W) metres as 16-bit steps of `depth_scale`, and how many pixels did not fit.

    What is too far, nearer than half a step, negative or not a number is written 0 and counted.
    """
    steps = np.rint(depth.astype(np.float64) / depth_scale)
    fits = (steps >= 1) & (steps <= _MAX_STEPS)
    overflow = int(np.count_nonzero((depth != 0) & ~fits))
    return np.where(fits, steps, 0).astype(np.uint16), overflow


def depth_from_steps(steps: U16, depth_scale: float) -> F32:
    """(H, W) metres, 0 = nothing."""
    return (steps * np.float64(depth_scale)).astype(np.float32)


def rgb_from_normals(normals: F32) -> U8:
    """(H, W, 3) unit vectors, camera frame, as colors; a zero vector becomes (0, 0, 0)."""
    color: F32 = np.rint((normals + np.float32(1)) * np.float32(127.5))
    color[np.einsum("...i,...i", normals, normals) == 0] = 0
    return color.astype(np.uint8)


def normals_from_rgb(color: U8) -> F32:
    """(H, W, 3) unit vectors, zero where the color is (0, 0, 0); within 0.4° of the original."""
    vectors = color.astype(np.float32) / np.float32(127.5) - 1
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(color.any(axis=-1, keepdims=True), vectors, np.float32(0))


def rgb16_from_nocs(nocs: F32) -> U16:
    """(H, W, 3) coordinates in [0, 1] as 16-bit colors; NaN becomes (0, 0, 0)."""
    return np.nan_to_num(1 + np.rint(nocs * np.float64(65534)), nan=0.0).astype(np.uint16)


def nocs_from_rgb16(color: U16) -> F32:
    """(H, W, 3) coordinates in [0, 1]; NaN where there is no object."""
    there = color.any(axis=-1, keepdims=True)
    return np.where(there, (color - 1.0) / 65534, np.nan).astype(np.float32)


def steps_from_disparity(disparity: F32) -> tuple[U16, int]:
    """(H, W) pixels as steps of 1/256 px, and how many did not fit."""
    return steps_from_depth(disparity, DISPARITY_STEP)


def rgb16_from_flow(flow: F32) -> tuple[U16, int]:
    """(H, W, 2) pixels as KITTI's 16-bit colors, and how many vectors did not fit."""
    return _rgb16_from_vectors(np.dstack([flow, np.zeros(flow.shape[:2])]), FLOW_STEP, last=1)


def flow_from_rgb16(color: U16) -> F32:
    """(H, W, 2) pixels; NaN where there is none."""
    vectors = (color[..., :2] - float(_BIAS)) * FLOW_STEP
    return np.where(color[..., 2:] > 0, vectors, np.nan).astype(np.float32)


def rgb16_from_scene_flow(flow: F32, depth_scale: float) -> tuple[U16, int]:
    """(H, W, 3) metres as 16-bit colors in steps of `depth_scale`, and how many did not fit."""
    return _rgb16_from_vectors(flow, depth_scale)


def scene_flow_from_rgb16(color: U16, depth_scale: float) -> F32:
    """(H, W, 3) metres; NaN where there is none."""
    vectors = (color - float(_BIAS)) * depth_scale
    return np.where(color.any(axis=-1, keepdims=True), vectors, np.nan).astype(np.float32)


def _rgb16_from_vectors(vectors: F32, step: float, last: int | None = None) -> tuple[U16, int]:
    """Vectors in steps around 2¹⁵; (0, 0, 0) for NaN and for what does not fit into 1 … 65535."""
    steps = np.rint(vectors / np.float64(step)) + _BIAS
    fits: NDArray[np.bool_] = np.all((steps >= 1) & (steps <= _MAX_STEPS), axis=-1)
    overflow = int(np.count_nonzero(np.isfinite(vectors).all(axis=-1) & ~fits))
    if last is not None:
        steps[..., -1] = last
    return np.where(fits[..., None], steps, 0).astype(np.uint16), overflow


# ---------------------------------------------------------------------------- PNG → integers


def decode_rgb(png: bytes) -> U8:
    """(H, W, 3) uint8, red first; ValueError if these bytes are not a whole 8-bit RGB PNG."""
    return np.ascontiguousarray(_decode(png, np.uint8, 3)[..., ::-1])


def decode_rgb16(png: bytes) -> U16:
    """(H, W, 3) uint16, red first; ValueError if these bytes are not a whole 16-bit RGB PNG."""
    return np.ascontiguousarray(_decode(png, np.uint16, 3)[..., ::-1])


def decode_grey(png: bytes) -> U16:
    """(H, W) uint16; ValueError if these bytes are not a whole 16-bit grey PNG."""
    return _decode(png, np.uint16, 1)


def decode_grey8(png: bytes) -> U8:
    """(H, W) uint8; ValueError if these bytes are not a whole 8-bit grey PNG."""
    return _decode(png, np.uint8, 1)


def _decode(png: bytes, kind: type[np.generic], channels: int) -> NDArray[Any]:
    data = np.frombuffer(png, dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if png else None
    if picture is None:
        raise ValueError("damaged or cut short: this is no whole PNG")
    found = 1 if picture.ndim == 2 else picture.shape[2]
    if picture.dtype != kind or found != channels:
        bits, model = 8 * np.dtype(kind).itemsize, {1: "grey", 3: "RGB"}[channels]
        raise ValueError(
            f"expected {'an' if bits == 8 else 'a'} {bits}-bit {model} PNG, "
            f"found {found} channel(s) of {picture.dtype}"
        )
    return picture
