"""A trained generator as a refiner of whole pictures, in tiles where they are large."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from refine.frames import U8, Render
from refine.networks import Generator
from refine.networks.look import LOOK, change_of_look
from refine.networks.view import View
from refine.stats.compression import Compression, compress
from refine.views import chance, cut, picture_of, view_of

TILE = 1024  # pixels; a picture of up to twice that many either way is refined whole


@dataclass(frozen=True)
class NetworkRefiner:
    """Refines with a generator, whose `name` it has.

    compression, balance: the photographs' own, the latter gains of red, green and blue ·
    looks: (P, 6) of photographs, of which each sequence takes one by chance; none: each keeps its own.
    """

    name: str
    generator: Generator
    compression: Compression | None = None
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    looks: Tensor = field(default_factory=lambda: torch.zeros(0, LOOK))

    def refine(self, render: Render, *, strength: float, seed: int) -> U8:
        """(H, W, 3) uint8: the same for the same render, strength and seed; strength 0 is the raw."""
        with torch.inference_mode():
            view = view_of(render, seed=seed)
            refined = refined_whole(self.generator, self._asked(view, f"{seed}/{render.sequence}"))
            mixed = view.rgb + strength * (refined - view.rgb)
        picture = picture_of(mixed[0])
        if self.compression is None or strength == 0:
            return picture
        return compress(picture, self.compression, strength)

    def in_the_mean_look(self) -> "NetworkRefiner":
        """The same for pictures that do not bear the look that was drawn for them."""
        looks = self.looks.mean(0, keepdim=True)
        return replace(self, name=f"{self.name}_mean_look", looks=looks)

    def _asked(self, view: View, key: str) -> View:
        """The view in the photographs' white balance, asking for the look of one of them."""
        view = view.balanced(self.balance)
        if not len(self.looks):
            return view
        number = torch.randint(len(self.looks), (1,), generator=chance(f"look/{key}"))
        return view.asking(change_of_look(self.looks[number], view.look))


def refined_whole(generator: Generator, view: View, *, tile: int = TILE) -> Tensor:
    """(1, 3, H, W): the whole picture, tile by tile if it is large; there are no seams."""
    height, width = view.pixels.shape[2:]
    if max(height, width) <= 2 * tile:
        return generator(view)
    refined = torch.empty_like(view.rgb)
    for rows, outer_rows in _tiles(height, tile, generator):
        for columns, outer_columns in _tiles(width, tile, generator):
            part = generator(cut(view, outer_rows, outer_columns))
            down = slice(rows.start - outer_rows.start, rows.stop - outer_rows.start)
            across = slice(columns.start - outer_columns.start, columns.stop - outer_columns.start)
            refined[:, :, rows, columns] = part[:, :, down, across]
    return refined


def _tiles(length: int, tile: int, generator: Generator) -> Iterator[tuple[slice, slice]]:
    """What a tile gives, and what it has to see for that, along one side."""
    margin = -(-generator.radius // generator.stride) * generator.stride
    tile = -(-tile // generator.stride) * generator.stride
    for start in range(0, length, tile):
        stop = min(start + tile, length)
        yield slice(start, stop), slice(max(start - margin, 0), min(stop + margin, length))
