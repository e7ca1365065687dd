"""Small heads that see instances and depth: what they no longer see, a refiner has painted over."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Heads(nn.Module):
    """(B, 3, h, w) in [−1, 1] → (B, 2, h/4, w/4): logits of being an instance, inverse depth."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 5, stride=2, padding=2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2 * width, 3, padding=2, dilation=2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2 * width, 3, padding=4, dilation=4),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2, 1),
        )

    def forward(self, rgb: Tensor) -> Tensor:
        return self.layers(rgb)


def heads_loss(seen: Tensor, ids: Tensor, inverse_depth: Tensor) -> Tensor:
    """Cross entropy of instance or not, and L1 of inverse depth where there is any.

    ids: (B, h, w) · inverse_depth: (B, 1, h, w), 0 = not known.
    """
    size = seen.shape[2:]
    there = functional.adaptive_avg_pool2d((ids > 0).to(seen.dtype)[:, None], size)
    instance = functional.binary_cross_entropy_with_logits(seen[:, :1], there)
    depth = functional.interpolate(inverse_depth, size, mode="nearest")
    known = depth > 0
    wrong = ((seen[:, 1:] - depth).abs() * known).sum() / known.sum().clamp(min=1)
    return instance + wrong


def recolored(rgb: Tensor, *, generator: torch.Generator) -> Tensor:
    """Other gains, offsets and grain by chance, so that heads do not depend on the renderer's colors."""

    def chance(*shape: int) -> Tensor:
        return torch.rand(len(rgb), *shape, generator=generator).to(rgb.device)

    gain, offset = 0.6 + 0.8 * chance(3, 1, 1), 0.4 * chance(3, 1, 1) - 0.2
    grain = 0.2 * (chance(3, *rgb.shape[2:]) - 0.5)
    return (rgb * gain + offset + grain).clamp(-1, 1)
