"""How a picture is colored as a whole, in six numbers; and what it is to change in them.

The moments of L*, a*, b* over a picture, which Reinhard et al. (Color transfer between images, 2001)
transfer from one picture to another. Photographs differ in them, for lamps, exposure and white
balance do; a refiner that is given nothing but the render can only make all alike.
"""

import math

import torch
from torch import Tensor

LOOK = 6
UNIT = 20.0  # of L*, a*, b*: a usual change is of the order of 1
LEAST_SPREAD = 0.5  # of L*, a*, b*
MOST = (1.5, 1.5, 1.5, *[math.log(2)] * 3)  # that each is asked to change


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


_XYZ_FROM_RGB = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
_WHITE = [0.95047, 1.0, 1.08883]
_BEND = (6 / 29) ** 3


def look_of(rgb: Tensor) -> Tensor:
    """(B, 3, h, w) in [−1, 1] → (B, 6): means of L*, a*, b* in units of 20, logarithms of deviations."""
    values = lab(rgb.permute(0, 2, 3, 1).flatten(1, 2))
    spread = (values.var(1, unbiased=False) + LEAST_SPREAD**2).sqrt()
    return torch.cat([values.mean(1) / UNIT, spread.log()], 1)


def change_of_look(wanted: Tensor, own: Tensor) -> Tensor:
    """(B, 6) what to ask for, so that pictures of one look get another."""
    most = own.new_tensor(MOST)
    return (wanted - own).clamp(-most, most)


def changed_look(part: Tensor, whole: Tensor, change: Tensor) -> Tensor:
    """The look that a part of a picture gets when its moments change as those of the whole are to.

    As in adaptive instance normalization (Huang and Belongie, Arbitrary style transfer in real-time,
    2017): what is k deviations off the whole's mean is so afterwards, too. All (B, 6).
    """
    mean, spread = part[:, :3], part[:, 3:]
    off = (mean - whole[:, :3]) * change[:, 3:].exp()
    return torch.cat([whole[:, :3] + change[:, :3] + off, spread + change[:, 3:]], 1)
