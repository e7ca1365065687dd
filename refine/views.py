"""Pictures become what a generator sees: numbers of one size and range, whatever is known."""

import hashlib
import zlib
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from refine.frames import F32, U8, U16, Render
from refine.networks.view import (
    ALBEDO,
    GROUP,
    GROUPS,
    INVERSE_DEPTH,
    KNOWN,
    NORMALS,
    OBJECT,
    PIXEL_CHANNELS,
    RGB,
    THUMBNAIL_CHANNELS,
    THUMBNAIL_SIZE,
    View,
)

GATE_SIGMA = 1.5  # pixels from the boundary of an instance to where texture may begin
NOISE_LIMIT = 2.0


def view_of(render: Render, *, seed: int) -> View:
    """The whole render as a batch of one; its noise is decided by its name and the seed."""
    height, width = render.ids.shape
    return View(
        pixels=torch.from_numpy(pixels_of(render))[None],
        thumbnail=torch.from_numpy(thumbnail_of(render))[None],
        window=torch.tensor([[0.0, 1.0, 0.0, 1.0]]),
        gate=torch.from_numpy(gate_of(render.ids))[None, None],
        noise=noise((1, 3, height, width), key=f"{seed}/{render.name}"),
    )


def noise(shape: tuple[int, ...], *, key: str) -> Tensor:
    """Independent standard normals cut off at ±2, the same for the same key."""
    return torch.randn(shape, generator=chance(key)).clamp_(-NOISE_LIMIT, NOISE_LIMIT)


def chance(key: str) -> torch.Generator:
    """The same for the same key, and unlike that of any other."""
    digest = hashlib.sha256(key.encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def pixels_of(render: Render) -> F32:
    """(11, H, W): RGB in [−1, 1] and the G-buffers at full resolution, 0 = not known."""
    known = render.gbuffers
    pixels = np.zeros((PIXEL_CHANNELS, *render.ids.shape), np.float32)
    pixels[RGB] = signed(render.rgb)
    if known.albedo is not None:
        pixels[ALBEDO] = signed(known.albedo)
    if known.normals is not None:
        pixels[NORMALS] = known.normals.transpose(2, 0, 1)
    if known.depth is not None:
        pixels[INVERSE_DEPTH] = inverse_depth(known.depth)
    pixels[OBJECT] = render.ids > 0
    return pixels


def thumbnail_of(render: Render) -> F32:
    """(27, 64, 64): the whole picture in small, with groups of categories and what is known."""
    known = render.gbuffers
    small = np.zeros((THUMBNAIL_CHANNELS, THUMBNAIL_SIZE, THUMBNAIL_SIZE), np.float32)
    small[RGB] = signed(shrunk(render.rgb))
    if known.albedo is not None:
        small[ALBEDO] = signed(shrunk(known.albedo))
    if known.normals is not None:
        small[NORMALS] = shrunk(known.normals).transpose(2, 0, 1)
    if known.depth is not None:
        small[INVERSE_DEPTH] = shrunk(inverse_depth(known.depth))
    ids = cv2.resize(render.ids, (THUMBNAIL_SIZE,) * 2, interpolation=cv2.INTER_NEAREST)
    small[OBJECT] = ids > 0
    group = _group_of_ids(render)[ids]
    small[GROUP] = group == np.arange(1, GROUPS + 1)[:, None, None]
    there = (known.albedo, known.normals, known.depth, render.ids)
    small[KNOWN] = np.array([part is not None for part in there])[:, None, None]
    return small


def photograph_thumbnail(photograph: U8) -> F32:
    """(27, 64, 64): as a render's of which nothing is known but the colors."""
    small = np.zeros((THUMBNAIL_CHANNELS, THUMBNAIL_SIZE, THUMBNAIL_SIZE), np.float32)
    small[RGB] = signed(shrunk(photograph))
    return small


def gate_of(ids: U16) -> F32:
    """(H, W): 1 − exp(−d² / 2σ²), d = pixels to the nearest boundary between two instances."""
    edge = np.zeros(ids.shape, bool)
    for axis in (0, 1):
        differs = np.diff(ids.astype(np.int32), axis=axis) != 0
        before, after = [slice(None)] * 2, [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        edge[tuple(before)] |= differs
        edge[tuple(after)] |= differs
    if not edge.any():
        return np.ones(ids.shape, np.float32)
    distance = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 3)
    return 1 - np.exp(np.square(distance) / np.float32(-2 * GATE_SIGMA**2))


def signed(picture: U8) -> F32:
    """(H, W, 3) uint8 → (3, H, W) in [−1, 1]."""
    return picture.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1


def picture_of(signed_rgb: Tensor) -> U8:
    """(3, H, W) in [−1, 1] → (H, W, 3) uint8, the nearest level."""
    levels = (signed_rgb.clamp(-1, 1) + 1) * 127.5
    picture: U8 = levels.round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    return picture


def inverse_depth(depth: F32) -> F32:
    """1 / (1 + z), 0 = nothing."""
    inverse: F32 = np.where(depth > 0, 1 / (1 + depth), 0).astype(np.float32)
    return inverse


def shrunk(picture: NDArray[Any]) -> NDArray[Any]:
    """64 × 64 averages."""
    size = (THUMBNAIL_SIZE, THUMBNAIL_SIZE)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), picture.dtype)


def _group_of_ids(render: Render) -> NDArray[np.int64]:
    """By instance id: 1 to 6 by the name of its category, so the same in every dataset; 0 = none."""
    largest = max(render.categories, default=0)
    groups = np.zeros(max(largest, int(render.ids.max(initial=0))) + 1, np.int64)
    for instance, category in render.categories.items():
        groups[instance] = 1 + zlib.crc32(category.encode()) % GROUPS
    return groups


def cut(view: View, rows: slice, columns: slice) -> View:
    """A window of a view of the whole picture."""
    height, width = view.pixels.shape[2:]
    ends = [rows.start / height, rows.stop / height, columns.start / width, columns.stop / width]
    return replace(
        view,
        pixels=view.pixels[:, :, rows, columns],
        gate=view.gate[:, :, rows, columns],
        noise=view.noise[:, :, rows, columns],
        window=view.window.new_tensor([ends]),
    )
