"""How much each pixel counts where colors are compared: less, the more of its color there are.

Renders and photographs show other things, and more of one and less of another: where every pixel
counts once, a table that fills the renders passes for a color cast. Where every color counts once, as
in Forsyth's color constancy by gamuts (A novel algorithm for color constancy, 1990), what fills
pictures does not matter, but every stray pixel does. Here a color counts with the square root of
how common it is, half way between the two.
"""

import torch
from torch import Tensor

CELL = 10.0  # of L*, a*, b*: what is nearer than that is one color
_CELLS = (11, 27, 27)  # of L* from 0 to 100, of a* and b* from −130 to 130
_FIRST = (0.0, -13.0, -13.0)


def evened(lab: Tensor, weight: Tensor) -> Tensor:
    """(B, N) weights of the pixels (B, N, 3) in L*a*b*, B samples apart; `weight`: (B, N), as they are."""
    first, count = lab.new_tensor(_FIRST), lab.new_tensor(_CELLS)
    place = ((lab / CELL).nan_to_num().round() - first).clamp(min=0.0).minimum(count - 1).long()
    cell = torch.arange(len(lab), device=lab.device)[:, None]
    for axis, cells in enumerate(_CELLS):
        cell = cell * cells + place[..., axis]
    mass = torch.bincount(cell.flatten(), weight.flatten())[cell]
    return torch.where(mass > 0, weight / mass.sqrt(), weight)
