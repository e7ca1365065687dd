"""What a lens and a sensor add to a clean picture: fitted before training, nothing where they are not.

They are buffers: an adversary that may set the noise hides what it cannot tell behind it.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from refine.networks.color import rgb_from

LEVELS = 5
STRONGEST = 0.5  # of ε, standard deviation; noise is cut off at ±2 standard deviations


class Lens(nn.Module):
    """A symmetric blur that is not negative: twice [a, 1 − 2a, a] both ways, σ² = 4a ≤ 1 pixel²."""

    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("spread", torch.zeros(()))

    def calibrate(self, *, blur_px: float) -> None:
        """Take a blur whose deviation is so many pixels."""
        self.spread.fill_(blur_px**2 / 4)

    def forward(self, picture: Tensor) -> Tensor:
        side = self.spread.clamp(0.0, 0.25)
        once = torch.stack([side, 1 - 2 * side, side])
        twice = functional.conv1d(once.view(1, 1, 3), once.view(1, 1, 3), padding=2).view(5)
        channels = picture.shape[1]
        padded = functional.pad(picture, (2, 2, 2, 2), mode="reflect")
        down = functional.conv2d(
            padded, twice.view(1, 1, 5, 1).expand(channels, 1, 5, 1), groups=channels
        )
        return functional.conv2d(
            down, twice.view(1, 1, 1, 5).expand(channels, 1, 1, 5), groups=channels
        )


class SensorNoise(nn.Module):
    """Luma and chroma noise whose strength depends on luma, with grains of up to 3 pixels."""

    strength: Tensor
    grain: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("strength", torch.zeros(3, LEVELS))  # luma, red − luma, blue − luma
        self.register_buffer("grain", torch.zeros(2))  # side and corner against the centre

    def calibrate(self, *, luma: Tensor, red: float, blue: float, grain_px: float) -> None:
        """Take (5,) deviations of luma in units of ε, those of chroma against luma's, and a grain."""
        self.strength.copy_(torch.stack([luma, red * luma, blue * luma]))
        side = math.exp(-0.5 / grain_px**2) if grain_px else 0.0
        self.grain.copy_(torch.tensor([side, side**2]))

    def forward(self, grey: Tensor, noise: Tensor) -> Tensor:
        """(B, 3, h, w) in units of ε, from the luma in [0, 1] and independent normals."""
        strength = self.strength.clamp(0.0, STRONGEST)
        places = torch.arange(LEVELS, device=grey.device, dtype=grey.dtype).view(1, -1, 1, 1)
        share = (1 - (grey.clamp(0.0, 1.0) * (LEVELS - 1) - places).abs()).clamp(min=0.0)
        drawn = torch.einsum("kl,blhw->bkhw", strength, share) * self._grains(noise)
        return rgb_from(drawn[:, 0:1], drawn[:, 1:])

    def _grains(self, noise: Tensor) -> Tensor:
        side, corner = self.grain.clamp(0.0, 1.0).unbind()
        one = torch.ones_like(side)
        kernel = torch.stack([corner, side, corner, side, one, side, corner, side, corner])
        kernel = kernel / kernel.square().sum().sqrt()  # keeps the variance
        padded = functional.pad(noise, (1, 1, 1, 1), mode="reflect")
        return functional.conv2d(padded, kernel.view(1, 1, 3, 3).expand(3, 1, 3, 3), groups=3)
