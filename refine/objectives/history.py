"""Refined crops of earlier steps, which keep the discriminators from forgetting."""

import torch
from torch import Tensor, nn


class History(nn.Module):
    """Up to `length` crops; what is in it travels with the state of the objective.

    Shrivastava et al., Learning from simulated and unsupervised images (2017), 3.3.
    """

    crops: Tensor

    def __init__(self, length: int, size: int) -> None:
        super().__init__()
        self.length = length
        self.register_buffer("crops", torch.zeros(length, 3, size, size))
        self.register_buffer("held", torch.zeros((), dtype=torch.int64))

    def mixed(self, made: Tensor, *, generator: torch.Generator) -> Tensor:
        """The crops, about half of them replaced by older ones, which they replace in turn."""
        shown = []
        for crop in made.detach():
            held, chance = int(self.held), torch.rand(2, generator=generator).tolist()
            if held < self.length:
                self.crops[held] = crop
                self.held += 1
                shown.append(crop)
            elif self.length and chance[0] < 0.5:
                place = int(chance[1] * self.length)
                shown.append(self.crops[place].clone())
                self.crops[place] = crop
            else:
                shown.append(crop)
        return torch.stack(shown)
