"""Plain modules: generators and discriminators.

Generator: from a View to pictures. Listed in GENERATORS; each begins as the identity.
"""

from typing import Any, Protocol

from torch import Tensor, nn

from refine.networks.bilateral import BilateralGenerator
from refine.networks.resnet import ResnetGenerator
from refine.networks.view import View

GENERATORS: dict[str, type[nn.Module]] = {
    "bilateral": BilateralGenerator,
    "resnet": ResnetGenerator,
}


class Generator(Protocol):
    """A module that refines the window of a picture.

    radius: how many pixels around a pixel decide about it; stride: windows must begin at multiples.
    """

    radius: int
    stride: int

    def __call__(self, view: View, *, detail: bool = True) -> Tensor:
        """(B, 3, h, w) in [−1, 1]; without `detail` what can be undone, without grain or noise."""
        ...


def make_generator(name: str, settings: dict[str, Any]) -> nn.Module:
    """A generator that is still the identity."""
    return GENERATORS[name](**settings)
