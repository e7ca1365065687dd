"""Luma and chroma, in which a label-safe change is easily said, and Lab, in which colors are compared."""

import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def luma(rgb: Tensor) -> Tensor:
    """(B, 3, h, w) → (B, 1, h, w)."""
    red, green, blue = rgb[:, 0:1], rgb[:, 1:2], rgb[:, 2:3]
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def chroma(rgb: Tensor, grey: Tensor) -> Tensor:
    """(B, 2, h, w): red − luma, blue − luma."""
    return torch.cat([rgb[:, 0:1] - grey, rgb[:, 2:3] - grey], 1)


def rgb_from(grey: Tensor, colors: Tensor) -> Tensor:
    """The linear inverse of `luma` and `chroma`, so it turns changes into changes as well."""
    red, blue = colors[:, 0:1], colors[:, 1:2]
    green = -(LUMA[0] * red + LUMA[2] * blue) / LUMA[1]
    return grey + torch.cat([red, green, blue], 1)


def in_gamut(rgb: Tensor) -> Tensor:
    """(B, 3, h, w), of any range, in [0, 1]: the luma cut off there, the chroma made no larger than
    fits beside it. What is in range stays as it is.

    Cutting off each channel by itself would change the luma of what is strongly colored, and so
    could turn an edge round.
    """
    grey = luma(rgb)
    kept = grey.clamp(0.0, 1.0)
    off = rgb - grey
    room = torch.where(off > 0, 1 - kept, kept)
    share = (room / off.abs().clamp(min=_TINY)).amin(1, keepdim=True).clamp(max=1.0)
    return kept + share * off


def lab(rgb: Tensor) -> Tensor:
    """sRGB in [−1, 1], last dimension 3, → CIE L*a*b* (D65)."""
    encoded = ((rgb + 1) / 2).clamp(1e-4, 1)
    linear = torch.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)
    xyz = linear @ linear.new_tensor(_XYZ_FROM_RGB).T / linear.new_tensor(_WHITE)
    cubic = torch.where(
        xyz > _BEND, xyz.clamp(min=_BEND) ** (1 / 3), xyz / (3 * (6 / 29) ** 2) + 4 / 29
    )
    x, y, z = cubic.unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


_TINY = 1e-6
_XYZ_FROM_RGB = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
_WHITE = [0.95047, 1.0, 1.08883]
_BEND = (6 / 29) ** 3
