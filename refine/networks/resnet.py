"""The classic residual network, for GPUs: free to paint anything, so nothing is promised of it.

The gate judges its pictures; nobody else does. It changes the picture in logit space, as in
Richter et al., Enhancing photorealism enhancement (2021), so it begins as the identity; it enlarges
by interpolation before a convolution, which leaves no checkerboard; it has no normalization, so a
tile of a picture is refined as the whole picture is.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from refine.networks.look import LOOK
from refine.networks.view import PIXEL_CHANNELS, View

DARKEST = 0.4 / 255  # rounds to 0
BLOCK_SCALE = 0.1  # of what a block adds, in the place of a norm
LEAK = 0.2


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _convolution(channels, channels), nn.LeakyReLU(LEAK), _convolution(channels, channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + BLOCK_SCALE * self.layers(features)


def _layer(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(_convolution(inputs, outputs, stride=stride), nn.LeakyReLU(LEAK))


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Conv2d:
    """What varies in a picture stays as large from layer to layer (He et al., Delving deep into
    rectifiers, 2015): there is no norm to bring it back.
    """
    layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, padding_mode="reflect")
    nn.init.kaiming_normal_(layer.weight, a=LEAK)
    nn.init.zeros_(layer.bias)
    return layer


class ResnetGenerator(nn.Module):
    """(B, 3, h, w) in [−1, 1] from colors, noise, the change that is asked for and, if `conditioned`,
    the G-buffers.
    """

    stride = 4

    def __init__(self, *, width: int = 32, blocks: int = 6, conditioned: bool = True) -> None:
        super().__init__()
        self.conditioned = conditioned
        inputs = 3 + LOOK + (PIXEL_CHANNELS if conditioned else 3)
        self.head = nn.Sequential(
            _layer(inputs, width),
            _layer(width, 2 * width, stride=2),
            _layer(2 * width, 4 * width, stride=2),
        )
        self.blocks = nn.Sequential(*(_Block(4 * width) for _ in range(blocks)))
        self.up1 = _layer(4 * width, 2 * width)
        self.up2 = _layer(2 * width, width)
        self.out = _convolution(width, 3)
        nn.init.zeros_(self.out.weight)
        self.radius = 1 + 2 + 4 + 8 * blocks + 4 + 2 + 2 + 1 + self.stride

    def forward(self, view: View, *, detail: bool = True) -> Tensor:
        """The same with and without `detail`: there is no telling the two apart here."""
        height, width = view.rgb.shape[2:]
        known = view.pixels if self.conditioned else view.rgb
        noise = view.noise if detail else torch.zeros_like(view.noise)
        change = view.change[:, :, None, None].expand(-1, -1, height, width)
        stack = torch.cat([known, noise, change], 1)
        stack = functional.pad(stack, (0, -width % 4, 0, -height % 4), mode="replicate")
        features = self.blocks(self.head(stack))
        features = self.up2(_doubled(self.up1(_doubled(features))))
        residual = self.out(features)[:, :, :height, :width]
        raw = ((view.rgb + 1) / 2).clamp(DARKEST, 1 - DARKEST)
        return 2 * torch.sigmoid(torch.logit(raw) + residual) - 1


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")
