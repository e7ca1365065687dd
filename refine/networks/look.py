"""How a picture is colored as a whole, in six numbers; and what it is to change in them.

The moments of L*, a*, b* over a picture, which Reinhard et al. (Color transfer between images, 2001)
transfer from one picture to another. Photographs differ in them, for lamps, exposure and white
balance do; a refiner that is given nothing but the render can only make all alike.
"""

import math

import torch
from torch import Tensor

from refine.networks.color import lab

LOOK = 6
UNIT = 20.0  # of L*, a*, b*: a usual change is of the order of 1
LEAST_SPREAD = 0.5  # of L*, a*, b*
MOST = (1.5, 1.5, 1.5, *[math.log(2)] * 3)  # that each is asked to change


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
