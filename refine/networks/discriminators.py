"""Judges that see texture and color, and too little at once to ask for objects."""

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from refine.networks.color import luma


class PatchDiscriminator(nn.Module):
    """One number for each 18 × 18 pixels of its input."""

    def __init__(self, inputs: int, width: int, *, spectral: bool) -> None:
        super().__init__()

        def convolution(before: int, after: int, size: int, stride: int) -> nn.Module:
            layer = nn.Conv2d(before, after, size, stride=stride)
            return spectral_norm(layer) if spectral else layer

        self.layers = nn.Sequential(
            convolution(inputs, width, 4, 2),
            nn.LeakyReLU(0.2),
            convolution(width, 2 * width, 4, 2),
            nn.LeakyReLU(0.2),
            convolution(2 * width, 1, 3, 1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        return self.layers(pictures)


class Judges(nn.Module):
    """Two patch discriminators: of colors at half size, and of grain in grey at full size."""

    def __init__(self, width: int, *, spectral: bool) -> None:
        super().__init__()
        self.colors = PatchDiscriminator(3, width, spectral=spectral)
        self.grain = PatchDiscriminator(1, width, spectral=spectral)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        grey = luma(pictures)
        smooth = functional.avg_pool2d(functional.pad(grey, (2, 2, 2, 2), mode="reflect"), 5, 1)
        half = functional.avg_pool2d(pictures, 2)
        return self.colors(half), self.grain((grey - smooth) * GRAIN_GAIN)


GRAIN_GAIN = 8.0  # brings the grain of a photograph to the size of its colors
