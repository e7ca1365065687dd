"""What a lens and a sensor add to a clean picture; both nothing before training."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from refine.networks.color import rgb_from

LEVELS = 5
STRONGEST = 0.5  # of ε, standard deviation; noise is cut off at ±2 standard deviations


def at_least_nothing(parameter: Tensor, most: float) -> Tensor:
    """The parameter kept in [0, most]; its gradient passes, so that 0 is no trap."""
    return parameter + (parameter.clamp(0.0, most) - parameter).detach()


class Lens(nn.Module):
    """A symmetric blur that is not negative: twice [a, 1 − 2a, a] both ways, σ² = 4a ≤ 1 pixel²."""

    def __init__(self) -> None:
        super().__init__()
        self.spread = nn.Parameter(torch.zeros(()))

    def forward(self, picture: Tensor) -> Tensor:
        side = at_least_nothing(self.spread, 0.25)
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

    def __init__(self) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(2, LEVELS))  # luma, chroma
        self.grain = nn.Parameter(torch.zeros(2, 2))  # of each: side and corner against the centre

    def forward(self, grey: Tensor, noise: Tensor) -> Tensor:
        """(B, 3, h, w) in units of ε, from the luma in [0, 1] and independent normals."""
        strength = at_least_nothing(self.strength, STRONGEST)
        places = torch.arange(LEVELS, device=grey.device, dtype=grey.dtype).view(1, -1, 1, 1)
        share = (1 - (grey.clamp(0.0, 1.0) * (LEVELS - 1) - places).abs()).clamp(min=0.0)
        sigma = torch.einsum("kl,blhw->bkhw", strength, share)
        grains = self._grains(noise)
        return rgb_from(sigma[:, 0:1] * grains[:, 0:1], sigma[:, 1:2] * grains[:, 1:])

    def _grains(self, noise: Tensor) -> Tensor:
        side, corner = at_least_nothing(self.grain, 1.0).unbind(1)
        one = torch.ones_like(side)
        rows = [corner, side, corner, side, one, side, corner, side, corner]
        kernels = torch.stack(rows, 1)
        kernels = kernels / kernels.square().sum(1, keepdim=True).sqrt()  # keeps the variance
        kernels = kernels[[0, 1, 1]].view(3, 1, 3, 3)
        return functional.conv2d(
            functional.pad(noise, (1, 1, 1, 1), mode="reflect"), kernels, groups=3
        )
