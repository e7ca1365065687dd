"""Crops of renders and photographs of like content, in an order that the seed and the step decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from refine.matching import match
from refine.networks.look import change_of_look
from refine.networks.view import INVERSE_DEPTH, KNOWN, PARTS, PIXEL_CHANNELS, RGB, View
from refine.pool import Pool
from refine.recipe import Crops
from refine.views import NOISE_LIMIT


@dataclass(frozen=True)
class Batch:
    """Crops that are shown together.

    ids: (B, h, w) int32, instances of the renders · inverse_depth: (B, 1, h, w), 0 = not known; both
    are the truth, also where the renders' own G-buffers are hidden.
    """

    renders: View
    photographs: View
    ids: Tensor
    inverse_depth: Tensor

    def to(self, device: torch.device | str) -> "Batch":
        """The same on another device."""
        return Batch(
            self.renders.to(device),
            self.photographs.to(device),
            self.ids.to(device),
            self.inverse_depth.to(device),
        )


class CropStream:
    """Batches by their number: a pure function of data, settings, seed and step.

    Renders are shown in a white balance, gains of red, green and blue. Each is asked to look like the
    photograph that it is shown with, and that like the render.
    """

    def __init__(
        self,
        renders: Pool,
        photographs: Pool,
        *,
        settings: Crops,
        batch: int,
        seed: int,
        balance: Sequence[float] = (1.0, 1.0, 1.0),
    ) -> None:
        self.renders, self.photographs, self.balance = renders, photographs, balance
        self.settings, self.size, self.seed = settings, batch, seed
        self.matches = match(
            renders.pictures(), photographs.pictures(), neighbors=settings.neighbors
        )

    def batch(self, step: int) -> Batch:
        """Half of the pairs begin with a photograph, half with a render, so that all take part."""
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((self.seed, step))))
        pairs = [self._pair(step * self.size + place, rng=rng) for place in range(self.size)]
        ours, theirs = (np.array(indices) for indices in zip(*pairs, strict=True))
        renders, ids = self._view(self.renders, ours, rng=rng)
        photographs, _ = self._view(self.photographs, theirs, rng=rng)
        renders = renders.balanced(self.balance)
        change = change_of_look(photographs.look, renders.look)
        renders, photographs = renders.asking(change), photographs.asking(-change)
        truth = renders.pixels[:, INVERSE_DEPTH]
        return Batch(self._hidden(renders, rng=rng), photographs, ids, truth)

    def _pair(self, number: int, *, rng: np.random.Generator) -> tuple[int, int]:
        if number % 2:
            ours = int(rng.integers(len(self.renders)))
            return ours, int(rng.choice(self.matches.photographs_of[ours]))
        theirs = int(rng.integers(len(self.photographs)))
        return int(rng.choice(self.matches.renders_of[theirs])), theirs

    def _view(
        self, pool: Pool, indices: NDArray[np.int64], *, rng: np.random.Generator
    ) -> tuple[View, Tensor]:
        """The crops, each shifted by chance, and the instances in them."""
        size = self.settings.size
        shifts = rng.integers(0, pool.rgb.shape[2] - size, (len(indices), 2), endpoint=True)
        shape = (len(indices), PIXEL_CHANNELS, size, size)
        pixels, gate = np.zeros(shape, np.float32), np.ones((shape[0], 1, size, size), np.float32)
        ids = np.zeros((shape[0], size, size), np.int32)
        for place, (index, (down, across)) in enumerate(zip(indices, shifts, strict=True)):
            window = np.s_[index, ..., down : down + size, across : across + size]
            pixels[place, RGB] = pool.rgb[window] / np.float32(127.5) - 1
            if pool.gbuffers is not None and pool.ids is not None and pool.gate is not None:
                pixels[place, RGB.stop :] = pool.gbuffers[window] / np.float32(127)
                ids[place] = pool.ids[window]
                gate[place, 0] = pool.gate[window] / np.float32(255)
        noise = rng.standard_normal((shape[0], 3, size, size), np.float32)
        view = View(
            pixels=torch.from_numpy(pixels),
            thumbnail=pool.thumbnails[pool.picture[indices]],
            window=_windows(pool, indices, shifts, size),
            gate=torch.from_numpy(gate),
            noise=torch.from_numpy(noise.clip(-NOISE_LIMIT, NOISE_LIMIT)),
        )
        return view, torch.from_numpy(ids)

    def _hidden(self, view: View, *, rng: np.random.Generator) -> View:
        """Parts of the G-buffers are blank in some crops, and all of them in as many."""
        pixels, thumbnail = view.pixels.clone(), view.thumbnail.clone()
        drop = rng.random((len(pixels), 1 + len(PARTS))) < self.settings.drop_gbuffers
        for place, (everything, *parts) in enumerate(drop):
            for number, channels in enumerate(PARTS):
                if everything or parts[number]:
                    for part in channels:
                        pixels[place, part] = 0
                        thumbnail[place, part] = 0
                    thumbnail[place, KNOWN.start + number] = 0
        return replace(view, pixels=pixels, thumbnail=thumbnail)


def _windows(
    pool: Pool, indices: NDArray[np.int64], shifts: NDArray[np.int64], size: int
) -> Tensor:
    """(B, 4) top, bottom, left, right in shares of the pictures."""
    starts = pool.corner[indices] + shifts
    height, width = pool.sizes[pool.picture[indices]].T
    rows, columns = starts.T
    ends = [rows / height, (rows + size) / height, columns / width, (columns + size) / width]
    return torch.from_numpy(np.stack(ends, 1).astype(np.float32))
