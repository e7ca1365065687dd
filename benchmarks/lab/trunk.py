"""What the segmenter and the detector share."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.lab.frames import U8

FINE = 16
COARSE = 32
"""Channels that the trunk gives at a half and at an eighth of the size."""


class Block(nn.Sequential):
    """Two 3 × 3 convolutions with group norm; the first may halve the picture."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.GroupNorm(4, outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.GroupNorm(4, outputs),
            nn.ReLU(inplace=True),
        )


class Trunk(nn.Module):
    """A U-Net: (N, 3, H, W) in [0, 1] → (N, 16, H/2, W/2) and, on its way up, (N, 32, H/8, W/8)."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            [Block(3, FINE, 2), Block(FINE, 24, 2), Block(24, COARSE, 2), Block(COARSE, 48, 2)]
        )
        self.up = nn.ModuleList(
            [Block(48 + COARSE, COARSE), Block(COARSE + 24, 24), Block(24 + FINE, FINE)]
        )

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        value = rgb * 4 - 2
        seen, made = [], []
        for block in self.down:
            value = block(value)
            seen.append(value)
        for block, skip in zip(self.up, seen[-2::-1], strict=True):
            value = F.interpolate(value, size=skip.shape[-2:], mode="bilinear")
            value = block(torch.cat([value, skip], dim=1))
            made.append(value)
        return made[-1], made[0]


def tensor(pictures: Sequence[U8]) -> Tensor:
    """(N, 3, H, W) float32 in [0, 1]."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return stacked.float().div(255).contiguous(memory_format=torch.channels_last)
