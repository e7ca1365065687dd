"""How much each pixel counts where colors are compared: less, the more of its color there are.

Renders and photographs show other things, and more of one and less of another: where every pixel
counts once, a table that fills the renders passes for a color cast. Where every color counts once, as
in Forsyth's color constancy by gamuts (A novel algorithm for color constancy, 1990), what fills
pictures does not matter, but every stray pixel does. Here a color counts with the square root of
how common it is, half way between the two.
"""

import torch
from torch import Tensor

CELL = 10.0  # of L*, a*, b*: the side of the cells whose colors count as one
_CELLS = (11, 27, 27)  # of L* from 0 to 100, of a* and b* from −130 to 130
_FIRST = (0.0, -13.0, -13.0)


def evened(lab: Tensor, weight: Tensor) -> Tensor:
    """(N,) weights of the pixels (N, 3) in L*a*b*; `weight`: (N,) above 0, what they counted before."""
    first, count = lab.new_tensor(_FIRST), lab.new_tensor(_CELLS)
    place = ((lab / CELL).nan_to_num().round() - first).clamp(min=0.0).minimum(count - 1).long()
    light, a, b = place.unbind(1)
    cell = (light * _CELLS[1] + a) * _CELLS[2] + b
    return weight / torch.bincount(cell, weight)[cell].sqrt()
