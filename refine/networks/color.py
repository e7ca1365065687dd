"""Luma and chroma, the coordinates in which a label-safe change is easily said."""

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
