"""Arrays to PNG bytes and back. The same array gives the same bytes, whoever encodes it.

| picture | array | PNG |
|---|---|---|
| rgb | (H, W, 3) uint8 sRGB | 8-bit RGB |
| ids, semantic | (H, W) uint16 | 16-bit grey |
| depth | (H, W) float32 metres, 0 = nothing | 16-bit grey, × `depth_scale` |
| normals | (H, W, 3) float32 unit, 0 = nothing | 8-bit RGB, round((n + 1)/2 · 255), 0 = nothing |

8-bit pictures are written by fpng where it is installed (ten times as fast), else by OpenCV.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

try:
    import fpng_py
except ImportError:  # needs a C++ compiler to install where there is no wheel
    fpng_py = None

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]

_OPENCV_LEVEL = 1
_MAX_STEPS = np.iinfo(np.uint16).max


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


# ---------------------------------------------------------------------------- integers ↔ PNG


def encode_rgb(color: U8) -> bytes:
    """(H, W, 3) uint8, red first, as an 8-bit RGB PNG."""
    if fpng_py is None:
        return _encode(cv2.cvtColor(color, cv2.COLOR_RGB2BGR))
    height, width, _ = color.shape
    slower = fpng_py.CompressionFlags.FPNG_ENCODE_SLOWER  # 12 % smaller, still a few ms
    png: bytes = fpng_py.fpng_encode_image_to_memory(color.tobytes(), width, height, 3, slower)
    return png


def encode_grey(values: U16) -> bytes:
    """(H, W) uint16 as a 16-bit grey PNG."""
    return _encode(values)


def _encode(array: NDArray[Any]) -> bytes:
    _, png = cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, _OPENCV_LEVEL])
    return png.tobytes()


def decode_rgb(png: bytes) -> U8:
    """(H, W, 3) uint8, red first; ValueError if these bytes are not a whole 8-bit RGB PNG."""
    picture = _decode(png)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"expected an 8-bit RGB PNG, found {_kind(picture)}")
    return np.ascontiguousarray(picture[..., ::-1])


def decode_grey(png: bytes) -> U16:
    """(H, W) uint16; ValueError if these bytes are not a whole 16-bit grey PNG."""
    picture = _decode(png)
    if picture.dtype != np.uint16 or picture.ndim != 2:
        raise ValueError(f"expected a 16-bit grey PNG, found {_kind(picture)}")
    return picture


def _decode(png: bytes) -> NDArray[Any]:
    data = np.frombuffer(png, dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if png else None
    if picture is None:
        raise ValueError("damaged or cut short: this is no whole PNG")
    return picture


def _kind(picture: NDArray[Any]) -> str:
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    return f"{channels} channel(s) of {picture.dtype}"
