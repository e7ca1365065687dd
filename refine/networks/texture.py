"""Detail within a bound: texture that a small network paints where it cannot hurt a boundary."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from refine.networks.view import PIXEL_CHANNELS


class TextureHead(nn.Module):
    """Pixels → (B, 3, h, w) in (−1, 1) without low frequencies; no stride, no norm, all 0 at first."""

    radius = 3 + 2  # pixels that it looks around: its layers', and the high-pass's

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(PIXEL_CHANNELS + 3, channels, 3, padding=1, padding_mode="reflect"),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect"),
            nn.LeakyReLU(0.2, inplace=True),
        )
        self.out = nn.Conv2d(channels, 3, 3, padding=1, padding_mode="reflect")
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, pixels: Tensor, noise: Tensor) -> Tensor:
        # few channels at full size: convolutions are twice as fast where the channels are innermost
        stack = torch.cat([pixels, noise], 1).contiguous(memory_format=torch.channels_last)
        texture = torch.tanh(self.out(self.layers(stack))).contiguous()
        padded = functional.pad(texture, (2, 2, 2, 2), mode="reflect")
        return (texture - functional.avg_pool2d(padded, 5, stride=1)) / 2
